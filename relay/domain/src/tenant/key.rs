//! Publishable keys, and whether a key moves real money.

/// The mode of a key or an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Mode {
    /// No real money moves.
    Test,
    /// Real money moves.
    Live,
}

impl Mode {
    /// The mode as keys spell it, "test" or "live".
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Reads the mode of a key with one of the prefixes; `None` for a text of another form.
    pub fn of_key(text: &str, prefixes: &[&str]) -> Option<Mode> {
        let rest = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))?;
        let (mode, rest) = match (rest.strip_prefix("test_"), rest.strip_prefix("live_")) {
            (Some(rest), _) => (Mode::Test, rest),
            (None, Some(rest)) => (Mode::Live, rest),
            (None, None) => return None,
        };
        let shaped = !rest.is_empty()
            && text.len() <= 255
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        shaped.then_some(mode)
    }
}

/// Why a text is not a key of the required kind. The errors never contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A publishable key where a secret key is required.
    #[error("it is a publishable key (pk_…); the secret key starts with sk_ or rk_")]
    Publishable,
    /// A secret key where a publishable key is required.
    #[error("it is a secret key; the publishable key starts with pk_. Put the secret one in secret_key only")]
    Secret,
    /// Neither a secret nor a publishable key.
    #[error(
        "it is not a Stripe key; those start with sk_test_, sk_live_, rk_test_, rk_live_ (secret) or pk_test_, pk_live_ (publishable)"
    )]
    NotAKey,
}

/// A key that browsers may receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishableKey {
    text: String,
    mode: Mode,
}

impl PublishableKey {
    /// Reads "pk_test_…" or "pk_live_…".
    pub fn parse(text: &str) -> Result<PublishableKey, KeyError> {
        if text.starts_with("sk_") || text.starts_with("rk_") {
            return Err(KeyError::Secret);
        }
        let mode = Mode::of_key(text, &["pk_"]).ok_or(KeyError::NotAKey)?;
        Ok(PublishableKey { text: text.to_owned(), mode })
    }

    /// The key, "pk_test_…" or "pk_live_…".
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The mode of the key and of the secret key of the same account.
    pub fn mode(&self) -> Mode {
        self.mode
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_publishable_key_is_one() {
        assert_eq!(PublishableKey::parse("sk_test_1"), Err(KeyError::Secret));
        assert_eq!(PublishableKey::parse("pk_1"), Err(KeyError::NotAKey));
        assert_eq!(PublishableKey::parse("pk_live_1").map(|key| key.mode()), Ok(Mode::Live));
    }
}
