//! The rules for texts: their length, statement descriptors, and email addresses.

use crate::error::{StripeError, StripeResult};
use crate::form::Form;

/// Reads the suffix of the statement descriptor, which shares 22 characters with the account's prefix.
pub(crate) fn descriptor_suffix(form: &Form, prefix: &str) -> StripeResult<Option<String>> {
    const NAME: &str = "statement_descriptor_suffix";
    let Some(suffix) = form.text(NAME)? else {
        return Ok(None);
    };
    check_descriptor(suffix, NAME)?;
    let length = format!("{prefix}* {suffix}").chars().count();
    if length > 22 {
        return Err(refusal(
            NAME,
            format!(
                "The statement descriptor, with the prefix of the account, must be at most 22 characters; it has \
                 {length}."
            ),
        ));
    }
    Ok(Some(suffix.to_owned()))
}

/// Refuses a descriptor that a statement cannot show.
pub(crate) fn check_descriptor(text: &str, param: &str) -> StripeResult<()> {
    if text.chars().count() > 22 {
        return Err(refusal(param, "The statement descriptor must be at most 22 characters.".to_owned()));
    }
    if !text.chars().any(is_latin_letter) {
        return Err(refusal(
            param,
            "The statement descriptor must contain at least one Latin character.".to_owned(),
        ));
    }
    if text.chars().any(|character| !(character.is_ascii() || is_latin_letter(character))) {
        return Err(refusal(
            param,
            "The statement descriptor must contain only Latin characters.".to_owned(),
        ));
    }
    if text.contains(['<', '>', '\\', '\'', '"', '*']) {
        return Err(refusal(
            param,
            "The statement descriptor contains invalid characters. The following characters are not allowed: \
             <, >, \\, ', \", *".to_owned(),
        ));
    }
    Ok(())
}

/// Whether a character is a letter of the Latin alphabet, with or without a diacritic.
fn is_latin_letter(character: char) -> bool {
    character.is_ascii_alphabetic()
        || ('\u{c0}'..='\u{24f}').contains(&character) && character.is_alphabetic()
}

/// Reads an optional email address.
pub(crate) fn email(form: &Form, name: &str) -> StripeResult<Option<String>> {
    let address = form.text_up_to(name, 512)?;
    if let Some(address) = &address {
        check_email(address, name)?;
    }
    Ok(address)
}

/// Refuses a text that is not an email address.
pub(crate) fn check_email(address: &str, param: &str) -> StripeResult<()> {
    let well_formed = address.split_once('@').is_some_and(|(local_part, at)| {
        !local_part.is_empty() && at.contains('.') && !address.contains(char::is_whitespace)
    });
    if well_formed {
        return Ok(());
    }
    Err(StripeError::invalid(format!("Invalid email address: {address}")).code("email_invalid").param(param))
}

/// Refuses a text of more than `max` characters.
pub(crate) fn check_length(text: &str, param: &str, max: usize) -> StripeResult<()> {
    if text.chars().count() <= max {
        return Ok(());
    }
    Err(StripeError::invalid(format!(
        "Invalid string: {}...; must be at most {max} characters",
        text.chars().take(12).collect::<String>()
    ))
    .code("parameter_invalid_string_too_long")
    .param(param))
}

fn refusal(param: &str, message: String) -> StripeError {
    StripeError::invalid(message).param(param)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_short_and_has_a_letter() {
        let read = |suffix: &str| {
            descriptor_suffix(
                &Form::decode(format!("statement_descriptor_suffix={suffix}").as_bytes()),
                "SBX",
            )
            .is_ok()
        };
        assert!(read("ORDER 1"));
        assert!(read("ABCDEFGHIJKLMNOPQ"));
        assert!(!read("ABCDEFGHIJKLMNOPQR"));
        assert!(!read("12345"));
        assert!(!read("A*B"));
        assert!(read("CAF%C3%89 1"), "a letter with a diacritic is Latin");
        assert!(!read("%D0%9F%D0%9B%D0%90%D0%A2%D0%95%D0%96"), "Cyrillic letters are not Latin");
        assert!(!read("SHOP%20%E6%94%AF%E6%89%95"), "no Chinese characters beside Latin letters either");
    }
}
