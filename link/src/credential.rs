//! Link credentials: a key shared between a billing platform's adapter and the relay.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use causeway::{
    secret::is_guessable_key,
    tenant::{self, NameError, TenantName},
};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::signature;

/// The minimum length of a key in bytes; HMAC-SHA256 gains no strength from more than 64 bytes.
const MIN_KEY: usize = 32;

/// Public id of a credential. 1 to 64 of a-z 0-9 _ -
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// Parses a key id; the only constructor.
    pub fn parse(text: &str) -> Result<KeyId, NameError> {
        tenant::name(text).map(KeyId)
    }

    /// The id as a string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The shared key of a credential. Cannot be printed.
#[derive(Clone)]
pub struct LinkKey(SecretSlice<u8>);

/// Why a text is not a key. The error never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not base64.
    #[error("it is not base64; make one with: openssl rand -base64 32")]
    NotBase64,
    /// The key is too short; the value is the length in bytes.
    #[error("it has {0} bytes and needs at least 32; make one with: openssl rand -base64 32")]
    TooShort(usize),
    /// The key has few distinct bytes, as no random key has.
    #[error("it has few distinct bytes and can be guessed; make one with: openssl rand -base64 32")]
    Guessable,
}

impl LinkKey {
    /// Reads base64 of at least 32 bytes that cannot be guessed.
    pub fn parse(text: &SecretString) -> Result<LinkKey, KeyError> {
        let bytes = STANDARD.decode(text.expose_secret().trim()).map_err(|_| KeyError::NotBase64)?;
        if bytes.len() < MIN_KEY {
            return Err(KeyError::TooShort(bytes.len()));
        }
        if is_guessable_key(&bytes) {
            return Err(KeyError::Guessable);
        }
        Ok(LinkKey(bytes.into()))
    }

    /// Whether another key makes the same signatures.
    pub fn is_same(&self, other: &LinkKey) -> bool {
        signature::same_key(self, other)
    }

    /// The bytes of the key, for the MAC only.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(hidden)")
    }
}

/// A credential: key id, key and tenant.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Id of the key, sent in clear text.
    pub key_id: KeyId,
    /// The shared key, never sent.
    pub key: LinkKey,
    /// The tenant follows from the key id, never from the message.
    pub tenant: TenantName,
}
