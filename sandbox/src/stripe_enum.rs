//! Enums with the values that Stripe's API has, so that no state is passed on as a string.

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
