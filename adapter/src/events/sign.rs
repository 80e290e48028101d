//! Signs posted events as in Standard Webhooks (www.standardwebhooks.com), so that the billing
//! platform can verify the signature with any library of that specification.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use causeway::secret::is_guessable_key;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

/// Prefix of a secret, by the specification.
const PREFIX: &str = "whsec_";
/// The allowed length of a key in bytes, by the specification.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The key shared with the billing platform. Cannot be printed.
#[derive(Clone)]
pub struct PostKey(SecretSlice<u8>);

/// Why a text is not a key. The error never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostKeyError {
    /// Not a secret as in the specification.
    #[error(
        "it is not \"whsec_\" and base64 behind it; make one with: echo whsec_$(openssl rand -base64 32)"
    )]
    Shape,
    /// The key is too short or too long; the value is the length in bytes.
    #[error("it has {0} bytes and needs 24 to 64; make one with: echo whsec_$(openssl rand -base64 32)")]
    Length(usize),
    /// The key has few distinct bytes, as no random key has.
    #[error(
        "it has few distinct bytes and can be guessed; make one with: echo whsec_$(openssl rand -base64 32)"
    )]
    Guessable,
}

impl PostKey {
    /// Reads "whsec_" and base64 of 24 to 64 bytes.
    pub fn parse(text: &SecretString) -> Result<PostKey, PostKeyError> {
        let encoded = text.expose_secret().trim().strip_prefix(PREFIX).ok_or(PostKeyError::Shape)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| PostKeyError::Shape)?;
        if !BYTES.contains(&bytes.len()) {
            return Err(PostKeyError::Length(bytes.len()));
        }
        if is_guessable_key(&bytes) {
            return Err(PostKeyError::Guessable);
        }
        Ok(PostKey(bytes.into()))
    }

    /// The value of the header `webhook-signature`.
    pub(crate) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = mac(self.0.expose_secret());
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for PostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostKey(hidden)")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PostKey, PostKeyError> {
        PostKey::parse(&text.into())
    }

    /// The example in the tests of the specification's libraries.
    #[test]
    fn the_vector_of_standard_webhooks() {
        let key = parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b"{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_has_its_shape_and_its_length() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode((0..).take(bytes).collect::<Vec<u8>>()));
        let seen = |text: &str| parse(text).map(drop);
        for good in [of(24), of(32), of(64), format!(" {}\n", of(32))] {
            assert_eq!(seen(&good), Ok(()));
        }
        let zeros = format!("whsec_{}", STANDARD.encode([0; 32]));
        assert_eq!(seen(&zeros), Err(PostKeyError::Guessable));
        assert_eq!(seen(&of(23)), Err(PostKeyError::Length(23)));
        assert_eq!(seen(&of(65)), Err(PostKeyError::Length(65)));
        for wrong in ["", "whsec_", "whsec-MfKQ", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%%"] {
            assert!(seen(wrong).is_err(), "{wrong}");
        }
        assert_eq!(format!("{:?}", parse(&of(24)).unwrap()), "PostKey(hidden)");
    }
}
