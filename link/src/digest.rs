//! Content-Digest, RFC 9530: the digest of the body bytes that the signature covers.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The value of the header for a body: `sha-256=:…:`.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Whether a header value matches a body, compared in constant time.
pub fn fits(header: &str, body: &[u8]) -> bool {
    content_digest(body).as_bytes().ct_eq(header.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The JSON document in the examples of RFC 9530, appendix D, "Server Returns No Representation
    /// Data" and others.
    #[test]
    fn the_digest_equals_the_example_of_the_rfc() {
        assert_eq!(
            content_digest(b"{\"hello\": \"world\"}\n"),
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
        assert!(fits(&content_digest(b"x"), b"x"));
        assert!(!fits(&content_digest(b"x"), b"y"));
    }
}
