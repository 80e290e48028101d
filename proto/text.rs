//! Ids and texts, each a separate type that is validated on construction.

use std::fmt;

/// Validation rules of each kind of text.
mod check;
/// URLs to which a browser may be redirected.
mod url;

/// Why a text was rejected. The error never repeats the text, which is untrusted input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TextError(String);

impl TextError {
    fn new(problem: impl Into<String>) -> TextError {
        TextError(problem.into())
    }

    fn card() -> TextError {
        TextError::new(
            "it looks like it holds a card number, which may not be kept or logged: give a card number in \
             card.number only, and write another number with a letter among its digits",
        )
    }
}

/// Defines a newtype over text, constructed by `parse`.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Parses and validates the text.
            pub fn parse(text: &str) -> Result<$name, TextError> {
                $check(text)?;
                Ok($name(text.to_owned()))
            }

            /// Restores a text that was validated before and stored. The text is not validated
            /// again, because the rules may be newer than the text.
            pub fn kept(text: String) -> $name {
                $name(text)
            }

            /// The text as a string slice.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// The caller's idempotency key of one operation attempt.
    RequestId,
check::request_id
);
text!(
    /// Id of a Stripe PaymentMethod, `pm_…`.
    PaymentMethodId,
check::payment_method
);
text!(
    /// Id of a Stripe PaymentIntent, `pi_…`.
    PaymentIntentId,
check::payment_intent
);
text!(
    /// Id of a Stripe customer, `cus_…`.
    ProcessorCustomerId,
check::customer
);
text!(
    /// The billing platform's reference of the paid order or invoice.
    BillingReference,
check::reference
);
text!(
    /// Text that Stripe shows in the dashboard and on receipts.
    Description,
check::description
);
text!(
    /// Note that an operator stores with a refund.
    Note,
check::note
);
text!(
    /// An email address in the form that Stripe takes for receipts.
    Email,
check::email
);
text!(
    /// The part of the statement descriptor that follows the account's prefix.
    DescriptorSuffix,
check::descriptor
);
text!(
    /// URL to which the payer's browser returns.
    ReturnUrl,
check::return_url
);
text!(
    /// Id assigned by Stripe: PaymentIntent, charge, refund or balance transaction.
    ProcessorId,
check::processor_id
);
text!(
    /// The billing platform's id of a customer.
    CustomerId,
check::reference
);
text!(
    /// Token of a stored card, `ct_…`; meaningless outside Causeway.
    CardToken,
check::card_token
);
text!(
    /// Name of a person, or a part of an address.
    PersonName,
check::reference
);
text!(
    /// Phone number, at most 15 digits (E.164).
    Phone,
check::phone
);
text!(
    /// Country code, ISO 3166-1 alpha-2.
    Country,
check::country
);
text!(
    /// Language tag as in BCP 47.
    Language,
check::language
);
text!(
    /// Name of a payment system in the operator's settings.
    SystemName,
check::system_name
);
text!(
    /// Key of a metadata entry.
    MetadataKey,
check::metadata_key
);
text!(
    /// Value of a metadata entry.
    MetadataValue,
check::metadata_value
);

/// Prefix of the correlation metadata that the relay adds.
pub const OUR_METADATA: &str = "causeway_";

impl CardToken {
    /// Builds a token from 128 bits.
    pub fn of_bits(bits: u128) -> CardToken {
        let letters = bits.to_be_bytes().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let letters: String = letters.map(|half| char::from(b'a'.saturating_add(half))).collect();
        CardToken(format!("ct_{letters}"))
    }

    /// The 128 bits of the token; `None` for a text of another form.
    pub fn bits(&self) -> Option<u128> {
        let letters = self.0.strip_prefix("ct_").filter(|letters| letters.len() == 32)?;
        letters.bytes().try_fold(0_u128, |bits, letter| {
            let half = letter.checked_sub(b'a').filter(|half| *half < 16)?;
            Some(bits << 4 | u128::from(half))
        })
    }
}

impl PaymentMethodId {
    /// Whether the id is one of Stripe's test ids, `pm_card_visa` and so on: each use of a test id
    /// creates a new PaymentMethod (docs.stripe.com/testing).
    pub fn is_test_alias(&self) -> bool {
        self.as_str().starts_with("pm_card_")
    }
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
                "4242-4242-4242-4242",
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
        let token = CardToken::of_bits(u128::MAX / 3);
        assert_eq!((token.bits(), CardToken::kept("ct_a".to_owned()).bits()), (Some(u128::MAX / 3), None));
        let token = token.to_string();
        check(
            CardToken::parse,
            &[&token],
            &["", "ct_", "ct_abc", "pm_1", &token[..34], &format!("{token}a")],
        );
        check(
            Phone::parse,
            &["+4915123456789", "+49 (30) 123-456", "112", "4222222222222"],
            &["", "1", "+4915123456789012", "+378282246310005", "call me", "4242424242424242"],
        );
        check(Country::parse, &["DE"], &["", "de", "DEU", "Ä"]);
        check(Language::parse, &["de", "pt-BR", "zh-Hant-TW"], &["", "d", "de_DE", "-", "de-"]);
        check(CustomerId::parse, &["c-1", "Kunde 7"], &["", "a\0", "4242 4242 4242 4242"]);
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
            &[
                "a@b.de%00",
                "a@b_c.de/x",
                "a@-b.de",
                "a@b..de",
                "",
                "a",
                "a@b",
                "@b.de",
                "a@b.",
                "a b@c.de",
                "a@b@c.de",
                "<a@b.de>",
            ],
        );
        check(
            ReturnUrl::parse,
            &["https://a.de/x?y=1", "http://127.0.0.1:1/x"],
            &[
                "",
                "ftp://a",
                "javascript:alert(1)",
                "/x",
                "https://",
                "https://a.de:99999999/",
                "https://a.de:0/",
                "https://user:pw@a.de/",
                "https://a..de/",
                "https://a.de/?card=4000%200566%205566%205556",
            ],
        );
        check(MetadataKey::parse, &["order", "a b"], &["", "a[b]", "causeway_x", &"k".repeat(41)]);
        check(MetadataValue::parse, &["v", "two\nlines"], &["", &"v".repeat(501), "4000 0000 0000 0002"]);
    }
}
