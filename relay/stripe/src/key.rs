//! Stripe's secret keys, which `Debug` does not print.

use std::fmt;

use causeway_domain::tenant::key::{KeyError, Mode};
use secrecy::{ExposeSecret, SecretString};

/// A secret or restricted key, "sk_…" or "rk_…".
#[derive(Clone)]
pub struct SecretKey {
    text: SecretString,
    mode: Mode,
}

impl SecretKey {
    /// Reads "sk_test_…", "rk_live_…", …
    pub fn parse(text: &SecretString) -> Result<SecretKey, KeyError> {
        let plain = text.expose_secret();
        if plain.starts_with("pk_") {
            return Err(KeyError::Publishable);
        }
        let mode = Mode::of_key(plain, &["sk_", "rk_"]).ok_or(KeyError::NotAKey)?;
        Ok(SecretKey { text: text.clone(), mode })
    }

    /// The key, for the `Authorization` header only.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The mode of the key: test or live.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Compares the mode with the payment system's `test_mode`; the error says which of both settings
    /// to change.
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
    }
}
