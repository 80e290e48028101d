//! Enums with the values that Stripe's API has, so that no state is passed on as a string.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// An enum that can be read from and written as text.
pub(crate) trait StripeEnum: Copy + 'static {
    /// Every variant, in the order in which Stripe lists the values.
    const ALL: &'static [Self];

    /// Stripe's text of this variant.
    fn as_str(self) -> &'static str;

    /// The variant with this text.
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|variant| variant.as_str() == text)
    }
}

/// Reads a variant from Stripe's text.
pub(crate) fn deserialize<'de, T: StripeEnum, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::parse(&text).ok_or_else(|| D::Error::custom(format!("unknown text: {text}")))
}

/// Declares an enum together with Stripe's texts of the variants.
macro_rules! stripe_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$note])* $variant,)+ }

        impl crate::stripe_enum::StripeEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(crate::stripe_enum::StripeEnum::as_str(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::stripe_enum::deserialize(deserializer)
            }
        }
    };
}
pub(crate) use stripe_enum;

/// The texts of an enum as a list in an English sentence.
pub(crate) fn alternatives<T: StripeEnum>() -> String {
    enumerated(&T::ALL.iter().map(|variant| variant.as_str()).collect::<Vec<_>>())
}

/// A list of texts as in an English sentence: "a, b, or c".
pub(crate) fn enumerated(texts: &[&str]) -> String {
    match texts {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} or {second}"),
        [start @ .., last] => format!("{}, or {last}", start.join(", ")),
    }
}
