//! The signed way between adapter and relay.
//!
//! Each request carries an HTTP Message Signature (RFC 9421, `hmac-sha256`) over
//! its method, path, authority, content type and the digest of its body as sent
//! (RFC 9530), with the moment, a nonce and the id of the credential. The adapter
//! signs in [`sign`], the relay verifies in [`verify`], before anything is decoded.

/// Who shares which key.
pub mod credential;
/// Content-Digest, RFC 9530.
pub mod digest;
/// The signature itself, RFC 9421.
pub mod signature;
/// The adapter's side: a tower layer that signs.
pub mod sign;
/// The relay's side: verifies what comes in.
pub mod verify;
/// Nonces, each good once.
pub mod nonce;
/// A gate before a service.
pub mod gate;
/// Reading a whole body.
pub mod body;
/// Connections, so many and no more.
pub mod connection;
/// TLS 1.3 and listening.
pub mod listen;

/// The most that one message may be, in bytes. The largest good one, an Authorize
/// with 40 entries of metadata in characters of four bytes, has about 95,000.
pub const MOST_MESSAGE: usize = 128 * 1024;
