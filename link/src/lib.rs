//! The signed link between adapter and relay.
//!
//! Each request carries an HTTP Message Signature (RFC 9421, `hmac-sha256`) over the method, path,
//! authority, content type and the digest of the body as sent (RFC 9530), with a timestamp, a nonce
//! and the id of the credential. The adapter signs in [`sign`], the relay verifies in [`verify`]
//! before the message is decoded.

/// Credentials, the keys that adapter and relay share.
pub mod credential;
/// The header Content-Digest, RFC 9530.
pub mod digest;
/// The HTTP Message Signature, RFC 9421.
pub mod signature;
/// The adapter's side of the link: a tower layer that signs requests.
pub mod sign;
/// The relay's side of the link: verifies incoming requests.
pub mod verify;
/// Nonces, each accepted only once.
pub mod nonce;
/// Reads that were signed by a clock ahead of the relay's.
pub mod ahead;
/// The names of a relay, compared with the signed authority.
pub mod names;
/// Reads a whole body, with limits.
pub mod body;
/// The connections of a listener, and the connections that close when room is needed.
pub mod connections;
/// The byte stream of one connection, with the limits before authentication.
pub mod connection;
/// The certificate and the key of a listener.
pub mod tls;
/// The address of a client behind a trusted proxy.
pub mod proxy_protocol;
/// Accepts connections.
pub mod accept;
/// The share of one tenant or caller.
pub mod share;
/// The body of an answer, sent as the client reads.
mod answer;
/// The gate before every gRPC service, which examines requests.
pub mod gate;
/// The health service.
mod health;
/// gRPC listeners and the drain at shutdown.
pub mod listen;

/// The maximum size of one message in bytes. The largest valid message, an Authorize with 40
/// metadata entries in four-byte characters, has about 95,000 bytes.
pub const MAX_MESSAGE: usize = 128 * 1024;
