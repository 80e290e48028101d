//! Stripe's keys, which cannot be printed.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Whether real money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// No real money.
    Test,
    /// Real money.
    Live,
}

impl Mode {
    fn as_str(self) -> &'static str {
        match self {
            Mode::Test => "test",
            Mode::Live => "live",
        }
    }
}

/// Why a text is not a key of the kind that is needed. Never tells the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Publishable where a secret is needed.
    #[error("it is a publishable key (pk_…); the secret key starts with sk_ or rk_")]
    Publishable,
    /// Secret where a publishable is needed.
    #[error("it is a secret key; the publishable key starts with pk_. Put the secret one in secret_key only")]
    Secret,
    /// Neither.
    #[error(
        "it is not a Stripe key; those start with sk_test_, sk_live_, rk_test_, rk_live_ (secret) or pk_test_, pk_live_ (publishable)"
    )]
    NotAKey,
}

fn mode(text: &str, prefixes: &[&str]) -> Option<Mode> {
    let rest = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let (mode, rest) = match (rest.strip_prefix("test_"), rest.strip_prefix("live_")) {
        (Some(rest), _) => (Mode::Test, rest),
        (None, Some(rest)) => (Mode::Live, rest),
        (None, None) => return None,
    };
    let shaped =
        !rest.is_empty() && text.len() <= 255 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    shaped.then_some(mode)
}

/// A secret or restricted key.
#[derive(Clone)]
pub struct SecretKey {
    text: SecretString,
    mode: Mode,
}

impl SecretKey {
    /// The only door in.
    pub fn parse(text: &SecretString) -> Result<SecretKey, KeyError> {
        let plain = text.expose_secret();
        if plain.starts_with("pk_") {
            return Err(KeyError::Publishable);
        }
        let mode = mode(plain, &["sk_", "rk_"]).ok_or(KeyError::NotAKey)?;
        Ok(SecretKey { text: text.clone(), mode })
    }

    /// For the `Authorization` header only.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// Whose money it moves.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Compares with the payment system's switch and says which of the two to change.
    pub fn fits(&self, test_mode: bool) -> Result<(), String> {
        match (self.mode, test_mode) {
            (Mode::Test, true) | (Mode::Live, false) => Ok(()),
            (Mode::Live, true) => {
                Err("it is a live key and test_mode is on: set test_mode = false to take real \
                 money, or put a test key here"
                    .to_owned())
            }
            (Mode::Test, false) => {
                Err("it is a test key and test_mode is off: put a live key here to take real \
                 money, or set test_mode = true"
                    .to_owned())
            }
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, hidden)", self.mode.as_str())
    }
}

/// A key that browsers may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishableKey {
    text: String,
    mode: Mode,
}

impl PublishableKey {
    /// The only door in.
    pub fn parse(text: &str) -> Result<PublishableKey, KeyError> {
        if text.starts_with("sk_") || text.starts_with("rk_") {
            return Err(KeyError::Secret);
        }
        let mode = mode(text, &["pk_"]).ok_or(KeyError::NotAKey)?;
        Ok(PublishableKey { text: text.to_owned(), mode })
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Which keys it belongs to.
    pub fn mode(&self) -> Mode {
        self.mode
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, reads_as: &str) {
        let seen = match SecretKey::parse(&SecretString::from(text)) {
            Ok(key) => format!("{key:?}"),
            Err(error) => error.to_string(),
        };
        assert!(seen.starts_with(reads_as), "{text}: {seen}");
    }

    #[test]
    fn keys_know_their_mode_and_do_not_print() {
        check("sk_test_123", "SecretKey(test, hidden)");
        check("rk_live_123", "SecretKey(live, hidden)");
        check("pk_test_123", "it is a publishable key");
        for wrong in
            ["", "sk_", "sk_test_", "sk_prod_1", "whsec_1", "sk_test_1 2", "sk_test_ü", "sk_test_1\n"]
        {
            check(wrong, "it is not a Stripe key");
        }
        assert_eq!(PublishableKey::parse("sk_test_1"), Err(KeyError::Secret));
        assert!(PublishableKey::parse("pk_live_1").is_ok());
    }
}
