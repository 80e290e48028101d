//! Fingerprints, which decide whether a repeated request id has the same content.
//!
//! Without a card number, the fingerprint is a hash over the request's kind and JSON. With a card
//! number, the fingerprint is a MAC over the whole request with number and expiry, under a key
//! outside the journal and with a salt per row. A reader of the journal can neither try card
//! numbers nor see that two rows have the same card. The security code is excluded: a thousand
//! tries would find the code, and the code may not be stored in any form (PCI DSS 3.3.1, 3.5.1.1).

use std::{io, path::Path};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use causeway::{card::RawCard, environment::Environment, secret::is_guessable_key};
use causeway_runtime::private_file::{self, Exposure};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Minimum length of a key, in bytes.
const MIN_KEY_BYTES: usize = 32;
/// Length of a row's salt, in bytes.
const SALT: usize = 16;

/// The MAC key. The type has no `Debug`, so the key cannot be logged.
#[derive(Clone)]
pub struct FingerprintKey(SecretSlice<u8>);

/// The current MAC key, and the keys before the last rotations.
pub struct FingerprintKeys {
    /// Key for the fingerprints of new requests.
    pub current: FingerprintKey,
    /// Keys of older fingerprints, for comparison only.
    pub previous: Vec<FingerprintKey>,
}

/// The result of comparing a request with a stored fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The content is the same.
    Same,
    /// The content is different.
    Different,
    /// The stored fingerprint was made with a key that is not configured.
    NotComparable,
}

impl FingerprintKey {
    /// Parses a key from base64 with at least 32 bytes.
    pub fn parse(text: &SecretString) -> Result<FingerprintKey, &'static str> {
        let wrong = "it has to be base64 of at least 32 bytes; make one with: openssl rand -base64 32";
        let bytes = STANDARD.decode(text.expose_secret().trim()).map_err(|_| wrong)?;
        if bytes.len() < MIN_KEY_BYTES {
            return Err(wrong);
        }
        if is_guessable_key(&bytes) {
            return Err(
                "it has few distinct bytes and can be guessed; make one with: openssl rand -base64 32",
            );
        }
        Ok(FingerprintKey(bytes.into()))
    }

    /// Reads the key from a file with owner-only permissions; creates key and file if the
    /// file does not exist. A symbolic link is refused: it could lead to a key that others know.
    pub fn of_file(path: &Path, environment: &Environment) -> io::Result<FingerprintKey> {
        let shown = path.display();
        let other = |problem: String| io::Error::other(format!("{shown}: {problem}"));
        let read = || private_file::read_own(path).map_err(|error| other(error.to_string()));
        let found = match read()? {
            Some(found) => Some(found),
            None => {
                let mut bytes = [0; MIN_KEY_BYTES];
                environment.random.fill(&mut bytes);
                // The file is replaced as a whole, so a crash leaves either no key or a whole key.
                private_file::replace(path, STANDARD.encode(bytes).as_bytes(), || {})?;
                read()?
            }
        };
        let (text, about) = found.ok_or_else(|| other("it was removed after it was made".to_owned()))?;
        if Exposure::of(&about).to_others() {
            return Err(other(Exposure::of(&about).sentence(path)));
        }
        FingerprintKey::parse(&SecretString::from(text)).map_err(|problem| other(problem.to_owned()))
    }

    /// The key's id in fingerprints: 48 bits of a hash, which do not reveal the key.
    fn id(&self) -> String {
        let mut hash = Sha256::new();
        hash.update("causeway-fingerprint-key-id");
        hash.update(self.0.expose_secret());
        let id: Vec<u8> = hash.finalize().into_iter().take(6).collect();
        STANDARD_NO_PAD.encode(id)
    }
}

/// The parts of a request that count for the comparison.
pub struct RequestContent<'a> {
    /// The name of the command's kind.
    pub kind: &'static str,
    /// The request as JSON, without card data.
    pub json: Vec<u8>,
    /// The card data, if the request has a card number.
    pub card: Option<&'a RawCard>,
}

impl RequestContent<'_> {
    /// The fingerprint of a new request. The leading number is the version of the format.
    pub fn fingerprint(&self, keys: &FingerprintKeys, environment: &Environment) -> String {
        let Some(card) = self.card else { return self.plain() };
        let mut salt = [0; SALT];
        environment.random.fill(&mut salt);
        self.keyed(&keys.current, &salt, card)
    }

    /// Compares this request with a stored fingerprint.
    pub fn compare(&self, stored: &str, keys: &FingerprintKeys) -> Comparison {
        let known = |yes: bool| if yes { Comparison::Same } else { Comparison::Different };
        let Some(card) = self.card else { return known(stored == self.plain()) };
        let mut parts = stored.split(':');
        let (Some("2"), Some(id), Some(salt)) = (parts.next(), parts.next(), parts.next()) else {
            return Comparison::Different;
        };
        let mut all = std::iter::once(&keys.current).chain(&keys.previous);
        let (Some(key), Ok(salt)) = (all.find(|key| key.id() == id), STANDARD_NO_PAD.decode(salt)) else {
            return Comparison::NotComparable;
        };
        known(self.keyed(key, &salt, card).as_bytes().ct_eq(stored.as_bytes()).into())
    }

    fn plain(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.kind);
        hash.update([0]);
        hash.update(&self.json);
        format!("1:{}", STANDARD_NO_PAD.encode(hash.finalize()))
    }

    fn keyed(&self, key: &FingerprintKey, salt: &[u8], card: &RawCard) -> String {
        let expiry = card.expiry.to_string();
        let parts =
            [salt, self.kind.as_bytes(), &self.json, card.number.expose().as_bytes(), expiry.as_bytes()];
        // HMAC accepts keys of any length, so the call cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.0.expose_secret()) else {
            return String::new();
        };
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        let mac = STANDARD_NO_PAD.encode(mac.finalize().into_bytes());
        format!("2:{}:{}:{mac}", key.id(), STANDARD_NO_PAD.encode(salt))
    }
}

#[cfg(test)]
mod tests {
    use causeway::card::{CardNumber, Cvc, Expiry};

    use super::*;

    /// Test keys of one repeated byte: the first is the current key, and the others are previous keys.
    fn keys(bytes: &[u8]) -> FingerprintKeys {
        let mut keys = bytes.iter().map(|byte| FingerprintKey(vec![*byte; MIN_KEY_BYTES].into()));
        FingerprintKeys { current: keys.next().unwrap(), previous: keys.collect() }
    }

    fn card(number: &str, month: i32, cvc: Option<&str>) -> RawCard {
        RawCard {
            number: CardNumber::parse(number).unwrap_or_else(|error| panic!("{error}")),
            expiry: Expiry::new(month, 2034).unwrap(),
            cvc: cvc.map(|cvc| Cvc::parse(cvc, None).unwrap_or_else(|error| panic!("{error}"))),
            holder: None,
        }
    }

    #[test]
    fn the_same_card_is_the_same_and_another_is_not() {
        let environment = causeway_runtime::machine::environment();
        let (visa, keys) = (card("4242424242424242", 12, Some("737")), keys(&[1]));
        fn asked(card: &RawCard) -> RequestContent<'_> {
            RequestContent { kind: "authorize", json: b"{}".to_vec(), card: Some(card) }
        }
        let stored = asked(&visa).fingerprint(&keys, &environment);
        let same = |asked: RequestContent<'_>| asked.compare(&stored, &keys);
        assert_eq!(same(asked(&visa)), Comparison::Same);
        let with = |number: &str, month| same(asked(&card(number, month, None)));
        assert_eq!(with("4242424242424242", 12), Comparison::Same, "the CVC is no part of it");
        assert_eq!(with("5555555555554444", 12), Comparison::Different);
        assert_eq!(with("4242424242424242", 11), Comparison::Different);
        assert_eq!(same(RequestContent { json: b"{1}".to_vec(), ..asked(&visa) }), Comparison::Different);
        assert_eq!(same(RequestContent { kind: "tokenize", ..asked(&visa) }), Comparison::Different);
        assert_eq!(same(RequestContent { card: None, ..asked(&visa) }), Comparison::Different);
        for broken in ["", "2:", "1:x", "3:a:b:c"] {
            assert_ne!(asked(&visa).compare(broken, &keys), Comparison::Same);
        }
        let again = asked(&visa).fingerprint(&keys, &environment);
        assert_ne!(stored, again, "two rows with the same card cannot be told");
        assert!(!stored.contains("4242"));
        // An unrelated key cannot compare, and a rotated key still can.
        assert_eq!(asked(&visa).compare(&stored, &self::keys(&[2])), Comparison::NotComparable);
        assert_eq!(asked(&visa).compare(&stored, &self::keys(&[2, 1])), Comparison::Same);
    }

    #[test]
    fn a_key_is_made_once_and_kept_private() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let (path, environment) =
            (directory.path().join("j.card-key"), causeway_runtime::machine::environment());
        let bytes = |key: FingerprintKey| key.0.expose_secret().to_vec();
        let first = FingerprintKey::of_file(&path, &environment).map(bytes).unwrap();
        assert_eq!(FingerprintKey::of_file(&path, &environment).map(bytes).unwrap(), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let message = FingerprintKey::of_file(&path, &environment).map(drop).map_err(|e| e.to_string());
        assert!(message.is_err_and(|message| message.contains("chmod 600")));
    }
}
