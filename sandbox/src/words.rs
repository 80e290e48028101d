//! Enums with Stripe's words as variants, so that no state is passed on as a string.

/// An enum that can be read from and written as a word.
pub(crate) trait Word: Copy + 'static {
    /// Every variant, in the order in which Stripe lists the words.
    const ALL: &'static [Self];

    /// The word that stands for this variant.
    fn word(self) -> &'static str;

    /// The variant that a word stands for.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}

/// Declares an enum together with the words of the variants.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$note])* $variant,)+ }

        impl crate::words::Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}
pub(crate) use words;

/// The words of an enum as a list in an English sentence.
pub(crate) fn one_of<T: Word>() -> String {
    enumerated(&T::ALL.iter().map(|one| one.word()).collect::<Vec<_>>())
}

/// A list of words as in an English sentence: "a, b, or c".
pub(crate) fn enumerated(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} or {second}"),
        [start @ .., last] => format!("{}, or {last}", start.join(", ")),
    }
}
