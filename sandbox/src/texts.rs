//! The limits of the texts that reach the customer: descriptors on statements, and addresses of mail.

use crate::error::{Answer, StripeError};
use crate::form::Form;

/// Reads the suffix of the statement descriptor, which shares 22 characters with the account's prefix.
pub(crate) fn descriptor_suffix(form: &Form, prefix: &str) -> Answer<Option<String>> {
    const NAME: &str = "statement_descriptor_suffix";
    let Some(suffix) = form.text(NAME)? else {
        return Ok(None);
    };
    check_descriptor(suffix, NAME)?;
    let together = format!("{prefix}* {suffix}").chars().count();
    if together > 22 {
        return Err(refused(
            NAME,
            format!(
                "The statement descriptor, with the prefix of the account, must be at most 22 characters; it has \
                 {together}."
            ),
        ));
    }
    Ok(Some(suffix.to_owned()))
}

/// Refuses a descriptor that no statement can show.
pub(crate) fn check_descriptor(text: &str, param: &str) -> Answer<()> {
    if text.chars().count() > 22 {
        return Err(refused(param, "The statement descriptor must be at most 22 characters.".to_owned()));
    }
    if !text.chars().any(char::is_alphabetic) {
        return Err(refused(
            param,
            "The statement descriptor must contain at least one alphabetic character.".to_owned(),
        ));
    }
    if text.contains(['<', '>', '\\', '\'', '"', '*']) {
        return Err(refused(
            param,
            "The statement descriptor contains invalid characters. The following characters are not allowed: \
             <, >, \\, ', \", *".to_owned(),
        ));
    }
    Ok(())
}

/// Reads an address of mail.
pub(crate) fn email(form: &Form, name: &str) -> Answer<Option<String>> {
    let Some(address) = form.text_up_to(name, 512)? else {
        return Ok(None);
    };
    let well_formed = address.split_once('@').is_some_and(|(who, at)| {
        !who.is_empty() && at.contains('.') && !address.contains(char::is_whitespace)
    });
    if well_formed {
        return Ok(Some(address));
    }
    Err(StripeError::invalid(format!("Invalid email address: {address}")).code("email_invalid").param(name))
}

fn refused(param: &str, message: String) -> StripeError {
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
    }
}
