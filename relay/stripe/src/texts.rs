//! Texts of Stripe, each a type of its own that limits the length while parsing. The fields of `view.rs`
//! and `error.rs` have these types, so no text of Stripe's reaches a snapshot, the journal or an event
//! without its limit.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};

/// Begins each error about a text that cannot be Stripe's.
pub(crate) const NOT_AS_STRIPE: &str = "a text that is not as Stripe writes it: ";
/// Maximum length of an id in bytes (docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible).
const LONGEST_ID: usize = 255;
/// Maximum number of metadata entries; Stripe takes 50.
const MOST_ENTRIES: usize = 50;

/// The beginning of a text, with a mark that shows the cut. At most `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(MARK.len());
    let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}{MARK}", text.get(..end).unwrap_or_default())
}

/// Defines a text that is cut at its limit.
macro_rules! cut_text {
    ($(#[$doc:meta])* $name:ident, $limit:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub(crate) struct $name(String);

        impl $name {
            /// Maximum length in bytes.
            pub(crate) const LIMIT: usize = $limit;

            /// The text up to the limit; the only constructor.
            pub(crate) fn cut(text: &str) -> $name {
                $name(cut(text, Self::LIMIT))
            }

            /// The text as a string slice.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                String::deserialize(deserializer).map(|text| $name::cut(&text))
            }
        }
    };
}

cut_text!(
    /// A word: a code, a status, a type, a currency, a brand, a check's result.
    Word,
    100
);
cut_text!(
    /// A sentence: a message for people.
    Sentence,
    1000
);

/// A reference to an object, by its id, or another token without spaces. A longer text is an error, because
/// the beginning of an id is another id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Id(String);

impl Id {
    /// The id, if a text may be one; the only constructor. Old customers have ids that their merchants chose.
    pub(crate) fn parse(text: &str) -> Option<Id> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#%\\\"'<>".contains(&byte);
        let good = !text.is_empty() && text.len() <= LONGEST_ID && text.bytes().all(plain);
        good.then(|| Id(text.to_owned()))
    }

    /// The id as a string slice.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Id> for String {
    fn from(id: Id) -> String {
        id.0
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        let text = String::deserialize(deserializer)?;
        Id::parse(&text).ok_or_else(|| D::Error::custom(format!("{NOT_AS_STRIPE}an id")))
    }
}

/// The URL of a page for the payer's browser: https, or http on the machine itself, as a sandbox has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageUrl(String);

impl PageUrl {
    /// The URL, if a browser may be sent there; the only constructor.
    pub(crate) fn parse(text: &str) -> Option<PageUrl> {
        let url = reqwest::Url::parse(text).ok()?;
        let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        let named = url.username().is_empty() && url.password().is_none() && url.has_host();
        (safe && named && text.len() <= 4096).then(|| PageUrl(text.to_owned()))
    }

    /// Whether the page is served without TLS, which only a sandbox may do.
    pub(crate) fn is_plain(text: &str) -> bool {
        reqwest::Url::parse(text).is_ok_and(|url| url.scheme() == "http")
    }
}

/// Whether a URL names the machine itself.
pub(crate) fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

impl From<PageUrl> for String {
    fn from(url: PageUrl) -> String {
        url.0
    }
}

impl<'de> Deserialize<'de> for PageUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PageUrl, D::Error> {
        let text = String::deserialize(deserializer)?;
        PageUrl::parse(&text).ok_or_else(|| D::Error::custom(format!("{NOT_AS_STRIPE}a page's URL")))
    }
}

/// Metadata of an object. The relay's own entries are kept before others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entries(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entries, D::Error> {
        let all = BTreeMap::<String, String>::deserialize(deserializer)?;
        let ours = |name: &str| name.starts_with(causeway::text::OUR_METADATA);
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| ours(name));
        let short = |(name, value): (String, String)| (cut(&name, 100), cut(&value, 2000));
        Ok(Entries(own.into_iter().chain(others).take(MOST_ENTRIES).map(short).collect()))
    }
}

impl From<Entries> for BTreeMap<String, String> {
    fn from(entries: Entries) -> BTreeMap<String, String> {
        entries.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn texts_end_at_their_limits() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcdef", 5), "ab…");
        assert_eq!(cut("ää", 3), "…");
        let long = "x".repeat(4_190_000);
        assert_eq!(from_value::<Word>(json!(long)).unwrap().as_str().len(), Word::LIMIT);
        assert_eq!(from_value::<Sentence>(json!(long)).unwrap().as_str().len(), Sentence::LIMIT);
        for wrong in [long.as_str(), "", "a b", "a/../b", "a?b", "ä", "a\n"] {
            assert!(from_value::<Id>(json!(wrong)).is_err(), "{}", wrong.len());
        }
        let many: BTreeMap<_, _> = (0..1000).map(|n| (format!("a{n}"), "x".repeat(5000))).collect();
        let mut whole = json!(many);
        whole["causeway_key"] = json!("cw1-a");
        let entries = BTreeMap::from(from_value::<Entries>(whole).unwrap());
        assert_eq!((entries.len(), entries["causeway_key"].as_str()), (MOST_ENTRIES, "cw1-a"));
        assert!(entries.values().all(|value| value.len() <= 2000));
    }

    #[test]
    fn a_browser_is_sent_to_https_or_to_this_machine() {
        for good in [
            "https://hooks.stripe.com/r/x?y=1#z",
            "http://127.0.0.1:4242/x",
            "http://[::1]/",
            "http://localhost:1/",
        ] {
            assert!(PageUrl::parse(good).is_some(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScript:alert(1)",
            "data:text/html,x",
            "http://hooks.stripe.com/",
            "ftp://a.de/",
            "https://user:pw@a.de/",
            "https://a@b.de/",
            "//a.de",
            "/x",
            "",
            "http://localhost.evil.com/",
            "https://",
            " javascript:alert(1)",
            "file:///etc/passwd",
        ] {
            assert!(PageUrl::parse(bad).is_none(), "{bad}");
        }
    }

    /// The sources of the types that read Stripe's objects. A field of type `String`, or a map or a value
    /// of any size, would be a way around the limits.
    #[test]
    fn no_field_of_stripes_objects_is_without_a_limit() {
        for (file, source) in [("view.rs", include_str!("view.rs")), ("error.rs", include_str!("error.rs"))] {
            let code = source.split("#[cfg(test)]").next().unwrap();
            let fields: Vec<_> =
                code.lines().map(str::trim).filter(|line| line.starts_with("pub ")).collect();
            assert!(fields.len() > 10, "{file}: {fields:?}");
            for field in fields {
                let kind = field.split_once(": ").map_or(field, |(_, kind)| kind);
                for unlimited in ["String", "Metadata", "Value", "BTreeMap", "Vec<u8>"] {
                    let known = kind.split(|c: char| !c.is_alphanumeric()).any(|word| word == unlimited);
                    assert!(!known, "{file}: {field} has no limit; take a type of texts.rs");
                }
            }
        }
    }
}
