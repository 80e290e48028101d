//! The arguments of a bench: `cargo bench --bench NAME -- --seconds 5 --connections 64`.

use std::{fmt::Debug, str::FromStr};

/// Pairs of a name and a value.
pub(crate) struct Arguments(Vec<(String, String)>);

impl Arguments {
    /// Reads the arguments of this process, without those that cargo adds. An unknown name ends the
    /// process.
    pub(crate) fn read(known: &[&str]) -> Arguments {
        let mut given = std::env::args().skip(1).filter(|argument| argument != "--bench");
        let mut pairs = vec![];
        while let Some(argument) = given.next() {
            let name = argument.strip_prefix("--").unwrap_or_default();
            assert!(known.contains(&name), "{argument} is not one of {known:?}");
            let value = given.next().unwrap_or_default();
            assert!(!value.is_empty(), "{argument} needs a value");
            pairs.push((name.to_owned(), value));
        }
        Arguments(pairs)
    }

    /// The value of an argument, if the argument was given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value as a number.
    pub(crate) fn number<N: FromStr<Err: Debug>>(&self, name: &str, default: N) -> N {
        self.text(name).map_or(default, |value| value.trim_end_matches('M').parse().unwrap())
    }

    /// Whether a list with commas has an entry; true for all without the argument.
    pub(crate) fn wants(&self, name: &str, entry: &str) -> bool {
        self.text(name).is_none_or(|list| list.split(',').any(|wanted| wanted == entry))
    }
}
