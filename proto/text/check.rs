//! Validation rules of each kind of text.

use email_address::EmailAddress;

use super::{OUR_METADATA, TextError, url::is_web_url};
use crate::pan::holds_card_number;

fn length(text: &str, least: usize, most: usize) -> Result<(), TextError> {
    let count = text.chars().count();
    if count < least {
        return Err(TextError::new("it is empty"));
    }
    if count > most {
        return Err(TextError::new(format!("it has {count} characters and may have {most}")));
    }
    Ok(())
}

fn plain(text: &str) -> Result<(), TextError> {
    match text.chars().find(|c| c.is_control()) {
        Some(control) => {
            Err(TextError::new(format!("it holds the control character U+{:04X}", u32::from(control))))
        }
        None => no_card(text),
    }
}

/// Whether a text is a domain: labels of letters, digits and hyphens, at least two labels.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || !(c.is_ascii() || c.is_control()))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

/// Refuses card numbers, in every text of a request.
fn no_card(text: &str) -> Result<(), TextError> {
    if holds_card_number(text) { Err(TextError::card()) } else { Ok(()) }
}

/// Validates an id in Stripe's format, 1 to 255 characters.
fn stripe_id(text: &str, prefix: &str, what: &str) -> Result<(), TextError> {
    let shaped = text.strip_prefix(prefix).is_some_and(|rest| {
        !rest.is_empty() && text.len() <= 255 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    if !shaped {
        return Err(TextError::new(format!("it is not the id of {what}, as in \"{prefix}1Ab…\"")));
    }
    no_card(text)
}

pub(super) fn request_id(text: &str) -> Result<(), TextError> {
    length(text, 1, 255)?;
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)) {
        return Err(TextError::new("it may only hold A-Z a-z 0-9 . _ : -"));
    }
    no_card(text)
}

pub(super) fn payment_method(text: &str) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::new("it is empty; give the id of a PaymentMethod, as in \"pm_1Ab…\""));
    }
    for (prefix, old) in [("tok_", "a token"), ("src_", "a source"), ("card_", "a card of the old kind")] {
        if text.starts_with(prefix) {
            return Err(TextError::new(format!(
                "it is the id of {old}; only PaymentMethods (\"pm_…\") are taken"
            )));
        }
    }
    stripe_id(text, "pm_", "a PaymentMethod")
}

pub(super) fn payment_intent(text: &str) -> Result<(), TextError> {
    stripe_id(text, "pi_", "a PaymentIntent")
}

pub(super) fn customer(text: &str) -> Result<(), TextError> {
    stripe_id(text, "cus_", "a Stripe customer")
}

/// Thirty-two letters after the prefix: a token without digits cannot look like a card number.
pub(super) fn card_token(text: &str) -> Result<(), TextError> {
    let shaped = text
        .strip_prefix("ct_")
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| (b'a'..=b'p').contains(&b)));
    if shaped { Ok(()) } else { Err(TextError::new("it is not a card token that Tokenize gave, \"ct_…\"")) }
}

/// ITU-T E.164 has 15 digits at most; Stripe takes 20 characters.
pub(super) fn phone(text: &str) -> Result<(), TextError> {
    length(text, 1, 20)?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !text.chars().all(|c| c.is_ascii_digit() || "+-(). /".contains(c)) || !(3..=15).contains(&digits) {
        return Err(TextError::new("it is not a phone number, as in \"+49 30 123456\""));
    }
    no_card(text)
}

pub(super) fn country(text: &str) -> Result<(), TextError> {
    let shaped = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
    if shaped { Ok(()) } else { Err(TextError::new("it is not a country of ISO 3166-1, as in \"DE\"")) }
}

pub(super) fn language(text: &str) -> Result<(), TextError> {
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let first = text.split('-').next().unwrap_or_default();
    let shaped = text.len() <= 35
        && (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && text.split('-').all(part);
    if shaped {
        no_card(text)
    } else {
        Err(TextError::new("it is not a language, as in \"de\" or \"pt-BR\""))
    }
}

pub(super) fn system_name(text: &str) -> Result<(), TextError> {
    length(text, 1, 64)?;
    plain(text)
}

pub(super) fn processor_id(text: &str) -> Result<(), TextError> {
    let known = ["pi_", "ch_", "py_", "re_", "pyr_", "txn_", "du_", "dp_"]
        .iter()
        .any(|prefix| stripe_id(text, prefix, "").is_ok());
    if known {
        return Ok(());
    }
    Err(TextError::new("it is not an id of Stripe's, as in \"pi_…\", \"ch_…\", \"re_…\" or \"txn_…\""))
}

pub(super) fn reference(text: &str) -> Result<(), TextError> {
    length(text, 1, 255)?;
    plain(text)
}

pub(super) fn description(text: &str) -> Result<(), TextError> {
    length(text, 1, 1000)?;
    plain(text)
}

pub(super) fn note(text: &str) -> Result<(), TextError> {
    length(text, 1, 500)?;
    plain(text)
}

/// Validates an address as in RFC 5321, with a domain that could be on the internet.
pub(super) fn email(text: &str) -> Result<(), TextError> {
    length(text, 1, 254)?;
    let domain = text.rsplit_once('@').map_or("", |(_, domain)| domain);
    if is_domain(domain) && EmailAddress::parse_with_options(text, EMAIL).is_ok() {
        return no_card(text);
    }
    Err(TextError::new("it is not an email address, as in \"ann@example.com\""))
}

/// Neither display names nor domain literals: Stripe takes neither.
const EMAIL: email_address::Options =
    email_address::Options { minimum_sub_domains: 2, allow_domain_literal: false, allow_display_text: false };

/// Stripe's rule: docs.stripe.com/get-started/account/statement-descriptors.
pub(super) fn descriptor(text: &str) -> Result<(), TextError> {
    length(text, 1, 22)?;
    if let Some(bad) = text.chars().find(|c| "<>\\'\"*".contains(*c) || !(' '..='~').contains(c)) {
        let shown = bad.escape_default();
        return Err(TextError::new(format!(
            "it may not hold {shown}; card statements take ASCII without < > \\ ' \" *"
        )));
    }
    if !text.bytes().any(|b| b.is_ascii_alphabetic()) {
        return Err(TextError::new("it needs at least one letter"));
    }
    no_card(text)
}

pub(super) fn return_url(text: &str) -> Result<(), TextError> {
    length(text, 1, 2048)?;
    if is_web_url(text) { no_card(text) } else { Err(TextError::new("it is not an http or https URL")) }
}

pub(super) fn metadata_key(text: &str) -> Result<(), TextError> {
    length(text, 1, 40)?;
    if text.contains(['[', ']']) {
        return Err(TextError::new("Stripe takes no [ or ] in the name of a metadata entry"));
    }
    if text.starts_with(OUR_METADATA) {
        return Err(TextError::new(format!(
            "names that start with {OUR_METADATA} are used by the relay itself"
        )));
    }
    plain(text)
}

pub(super) fn metadata_value(text: &str) -> Result<(), TextError> {
    length(text, 1, 500)?;
    no_card(text)
}
