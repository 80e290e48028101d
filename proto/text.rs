//! Ids and texts, each a type of its own with one door in.

use std::fmt;

use email_address::EmailAddress;

use crate::pan::{holds_card_number, holds_ungrouped_card_number};

/// Why a text was not taken. Never repeats the text, which may be anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TextError(String);

impl TextError {
    fn new(problem: impl Into<String>) -> TextError {
        TextError(problem.into())
    }

    fn card() -> TextError {
        TextError::new("it looks like it holds a card number, which may not be kept or logged")
    }
}

/// Makes a newtype over text whose only door is `parse`.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The only door in.
            pub fn parse(text: &str) -> Result<$name, TextError> {
                $check(text)?;
                Ok($name(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<$name, TextError> {
                $name::parse(&text)
            }
        }
    };
}

text!(
    /// The caller's idempotency key of one operation attempt.
    RequestId,
    check_request_id
);
text!(
    /// Id of a Stripe PaymentMethod, `pm_…`.
    PaymentMethodId,
    check_payment_method
);
text!(
    /// Id of a Stripe customer, `cus_…`.
    ProcessorCustomerId,
    check_customer
);
text!(
    /// Billing's own name of what is paid.
    BillingReference,
    check_reference
);
text!(
    /// What Stripe shows in its dashboard and on receipts.
    Description,
    check_description
);
text!(
    /// What an operator keeps with a refund.
    Note,
    check_note
);
text!(
    /// An email address, as Stripe takes it for receipts.
    Email,
    check_email
);
text!(
    /// The part of a card statement's line that follows the account's prefix.
    DescriptorSuffix,
    check_descriptor
);
text!(
    /// Where the payer's browser returns to.
    ReturnUrl,
    check_return_url
);
text!(
    /// An id that Stripe gave: PaymentIntent, charge, refund or balance transaction.
    ProcessorId,
    check_processor_id
);
text!(
    /// Name of a metadata entry.
    MetadataKey,
    check_metadata_key
);
text!(
    /// Value of a metadata entry.
    MetadataValue,
    check_metadata_value
);

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

fn no_card(text: &str) -> Result<(), TextError> {
    if holds_card_number(text) {
        return Err(TextError::card());
    }
    Ok(())
}

/// 1 to 255 characters: an id in Stripe's manner.
fn stripe_id(text: &str, prefix: &str, what: &str) -> Result<(), TextError> {
    let shaped = text.strip_prefix(prefix).is_some_and(|rest| {
        !rest.is_empty() && text.len() <= 255 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    if !shaped {
        return Err(TextError::new(format!("it is not the id of {what}, as in \"{prefix}1Ab…\"")));
    }
    no_card(text)
}

fn check_request_id(text: &str) -> Result<(), TextError> {
    length(text, 1, 255)?;
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)) {
        return Err(TextError::new("it may only hold A-Z a-z 0-9 . _ : -"));
    }
    if holds_ungrouped_card_number(text) {
        return Err(TextError::card());
    }
    Ok(())
}

fn check_payment_method(text: &str) -> Result<(), TextError> {
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

fn check_customer(text: &str) -> Result<(), TextError> {
    stripe_id(text, "cus_", "a Stripe customer")
}

fn check_processor_id(text: &str) -> Result<(), TextError> {
    let known =
        ["pi_", "ch_", "py_", "re_", "pyr_", "txn_"].iter().any(|prefix| stripe_id(text, prefix, "").is_ok());
    if known {
        return Ok(());
    }
    Err(TextError::new("it is not an id of Stripe's, as in \"pi_…\", \"ch_…\", \"re_…\" or \"txn_…\""))
}

fn check_reference(text: &str) -> Result<(), TextError> {
    length(text, 1, 255)?;
    plain(text)
}

fn check_description(text: &str) -> Result<(), TextError> {
    length(text, 1, 1000)?;
    plain(text)
}

fn check_note(text: &str) -> Result<(), TextError> {
    length(text, 1, 500)?;
    plain(text)
}

/// An address as RFC 5321 has it, with a domain that could be on the internet.
fn check_email(text: &str) -> Result<(), TextError> {
    length(text, 1, 254)?;
    let domain_has_dot = text.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'));
    if domain_has_dot && EmailAddress::parse_with_options(text, EMAIL).is_ok() {
        return no_card(text);
    }
    Err(TextError::new("it is not an email address, as in \"ann@example.com\""))
}

/// Neither display names nor domain literals: Stripe takes neither.
const EMAIL: email_address::Options =
    email_address::Options { minimum_sub_domains: 2, allow_domain_literal: false, allow_display_text: false };

/// Stripe's rule: docs.stripe.com/get-started/account/statement-descriptors.
fn check_descriptor(text: &str) -> Result<(), TextError> {
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

fn check_return_url(text: &str) -> Result<(), TextError> {
    length(text, 1, 2048)?;
    let parsed = text.parse::<http::Uri>().ok();
    let shaped = parsed.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if shaped { no_card(text) } else { Err(TextError::new("it is not an http or https URL")) }
}

/// Prefix of the metadata that we add ourselves.
pub const OUR_METADATA: &str = "causeway_";

fn check_metadata_key(text: &str) -> Result<(), TextError> {
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

fn check_metadata_value(text: &str) -> Result<(), TextError> {
    length(text, 1, 500)?;
    no_card(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: fmt::Debug>(parse: impl Fn(&str) -> Result<T, TextError>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(parse(text).is_ok(), "{text:?}: {:?}", parse(text));
        }
        for text in bad {
            let error = parse(text).expect_err(text).to_string();
            assert!(text.len() < 6 || !error.contains(text), "{error} repeats what was given");
        }
    }

    #[test]
    fn ids_have_their_shapes() {
        let long = "a".repeat(255);
        let longer = "a".repeat(256);
        check(
            RequestId::parse,
            &["1", "INV-1_2:3.4", &long],
            &[
                "",
                " ",
                "a b",
                "a/b",
                &longer,
                "ä",
                "a\0",
                "a\r\nb",
                "%00",
                "4242424242424242",
                "'; drop table--",
            ],
        );
        check(
            PaymentMethodId::parse,
            &["pm_card_visa", "pm_1Ab"],
            &[
                "",
                "pm_",
                "tok_visa",
                "src_1",
                "card_1",
                "4242424242424242",
                "pm_1/../x",
                "pm_4242424242424242",
                "PM_1",
                "pm_ü",
                "cus_1",
            ],
        );
        check(ProcessorCustomerId::parse, &["cus_1"], &["", "cus_", "pm_1"]);
        check(ProcessorId::parse, &["pi_1", "ch_1", "re_1", "txn_1"], &["", "pi_", "x", "pi_1 or 1=1"]);
    }

    #[test]
    fn texts_have_their_limits() {
        check(
            BillingReference::parse,
            &["INV 17/2026", "Größe"],
            &["", "a\0b", "a\nb", "4242 4242 4242 4242"],
        );
        check(
            DescriptorSuffix::parse,
            &["INV 17", "A"],
            &["", "1234", "A*B", "it's", "ÄRZTE", "12345678901234567890ABC"],
        );
        check(
            Email::parse,
            &["a@b.de", "a.b+c@d.e.fr"],
            &["", "a", "a@b", "@b.de", "a@b.", "a b@c.de", "a@b@c.de", "<a@b.de>"],
        );
        check(
            ReturnUrl::parse,
            &["https://a.de/x?y=1", "http://127.0.0.1:1/x"],
            &["", "ftp://a", "javascript:alert(1)", "/x", "https://"],
        );
        check(MetadataKey::parse, &["order", "a b"], &["", "a[b]", "causeway_x", &"k".repeat(41)]);
        check(MetadataValue::parse, &["v", "two\nlines"], &["", &"v".repeat(501), "4000 0000 0000 0002"]);
    }
}
