//! HTTP Message Signatures, RFC 9421, restricted to the profile of the link.
//!
//! The covered components and the order of the parameters are fixed, so each signature has exactly
//! one valid notation.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sfv::{BareItem, Dictionary, ListEntry, Parser};
use sha2::Sha256;

use super::credential::{KeyId, LinkKey};

/// Components that the signature covers, in this order. Every component is required.
pub const COVERED: [&str; 5] = ["@method", "@path", "@authority", "content-digest", "content-type"];

/// Label of the link's signature among the signatures of a message.
const LABEL: &str = "causeway";

/// Length of a nonce in bytes.
pub const NONCE: usize = 16;

/// Parameters of the signature, also covered by the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// Time of the signature, Unix seconds.
    pub created: i64,
    /// Nonce, accepted once; base64 of 16 bytes.
    pub nonce: String,
    /// Id of the credential that made the signature.
    pub key_id: KeyId,
}

impl Parameters {
    /// The value of `@signature-params`, a component of the signature base.
    fn written(&self) -> String {
        let covered: Vec<_> = COVERED.iter().map(|name| format!("\"{name}\"")).collect();
        format!(
            "({});created={};nonce=\"{}\";keyid=\"{}\";alg=\"hmac-sha256\"",
            covered.join(" "),
            self.created,
            self.nonce,
            self.key_id
        )
    }

    /// The value of the `Signature-Input` header.
    pub fn to_header(&self) -> String {
        format!("{LABEL}={}", self.written())
    }

    /// Reads the `Signature-Input` header. Any notation other than the output of
    /// [`Self::to_header`] is `None`, even if well formed.
    pub fn from_header(header: &str) -> Option<Parameters> {
        let dictionary = Parser::new(header).parse::<Dictionary>().ok()?;
        let ListEntry::InnerList(list) = dictionary.get(LABEL)? else {
            return None;
        };
        let text = |name: &str| list.params.get(name).and_then(BareItem::as_string).map(|text| text.as_str());
        let created = list.params.get("created").and_then(BareItem::as_integer)?;
        let nonce = text("nonce")?;
        STANDARD.decode(nonce).ok().filter(|bytes| bytes.len() == NONCE)?;
        let read = Parameters {
            created: created.into(),
            nonce: nonce.to_owned(),
            key_id: KeyId::parse(text("keyid")?).ok()?,
        };
        (read.to_header() == header).then_some(read)
    }
}

/// The covered parts of a request, without the parameters.
#[derive(Debug, Clone, Copy)]
pub struct Components<'a> {
    /// HTTP method; always `POST` for gRPC.
    pub method: &'a str,
    /// Path of the method, `/causeway.v1.Processor/Authorize`.
    pub path: &'a str,
    /// Host and port of the request, lower case.
    pub authority: &'a str,
    /// The header Content-Digest, over the body as sent.
    pub content_digest: &'a str,
    /// The value of the header Content-Type.
    pub content_type: &'a str,
}

impl Components<'_> {
    fn base(&self, parameters: &Parameters) -> String {
        let values = [self.method, self.path, self.authority, self.content_digest, self.content_type];
        base(COVERED.into_iter().zip(values), &parameters.written())
    }
}

/// The signature base of RFC 9421, section 2.5.
fn base<'a>(components: impl Iterator<Item = (&'a str, &'a str)>, parameters: &str) -> String {
    let mut base = String::new();
    for (name, value) in components {
        base.push_str(&format!("\"{name}\": {value}\n"));
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(parameters);
    base
}

/// The value of the `Signature` header.
pub fn sign(key: &LinkKey, components: Components<'_>, parameters: &Parameters) -> String {
    let mac = mac(key.bytes(), &components.base(parameters)).finalize().into_bytes();
    format!("{LABEL}=:{}:", STANDARD.encode(mac))
}

/// Whether a `Signature` header was made with the key, compared in constant time.
pub fn verify(key: &LinkKey, components: Components<'_>, parameters: &Parameters, header: &str) -> bool {
    let given = header
        .strip_prefix(LABEL)
        .and_then(|rest| rest.strip_prefix("=:"))
        .and_then(|rest| rest.strip_suffix(':'))
        .and_then(|text| STANDARD.decode(text).ok());
    given.is_some_and(|given| mac(key.bytes(), &components.base(parameters)).verify_slice(&given).is_ok())
}

/// Whether two keys make the same signatures. Their bytes may differ: HMAC pads a short key with zeros
/// and hashes a long one.
pub(crate) fn same_key(one: &LinkKey, other: &LinkKey) -> bool {
    let signed = mac(other.bytes(), LABEL).finalize().into_bytes();
    mac(one.bytes(), LABEL).verify_slice(&signed).is_ok()
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn mac(key: &[u8], base: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(base.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    /// RFC 9421, appendix B.2.5, "Signing a Request Using hmac-sha256".
    #[test]
    fn the_vector_of_the_rfc() {
        let key = STANDARD
            .decode(
                "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==",
            )
            .unwrap();
        let covered = [
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("@authority", "example.com"),
            ("content-type", "application/json"),
        ];
        let parameters =
            "(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
        let made = mac(&key, &base(covered.into_iter(), parameters)).finalize().into_bytes();
        assert_eq!(STANDARD.encode(made), "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
    }

    fn key(first: u8) -> LinkKey {
        let bytes: Vec<u8> = (first..).take(32).collect();
        LinkKey::parse(&SecretString::from(STANDARD.encode(bytes))).unwrap()
    }

    fn parameters() -> Parameters {
        Parameters {
            created: 1_700_000_000,
            nonce: STANDARD.encode([7; NONCE]),
            key_id: KeyId::parse("k-1").unwrap(),
        }
    }

    const REQUEST: Components<'_> = Components {
        method: "POST",
        path: "/causeway.v1.Processor/Capture",
        authority: "relay:443",
        content_digest: "sha-256=:x:",
        content_type: "application/grpc",
    };

    #[test]
    fn a_signature_covers_all_of_the_request() {
        let made = sign(&key(1), REQUEST, &parameters());
        assert!(verify(&key(1), REQUEST, &parameters(), &made));
        let others = [
            Components { method: "GET", ..REQUEST },
            Components { path: "/causeway.v1.Processor/Refund", ..REQUEST },
            Components { authority: "relay:444", ..REQUEST },
            Components { content_digest: "sha-256=:y:", ..REQUEST },
            Components { content_type: "application/grpc+proto", ..REQUEST },
        ];
        for other in others {
            assert!(!verify(&key(1), other, &parameters(), &made), "{other:?}");
        }
        assert!(!verify(&key(2), REQUEST, &parameters(), &made));
        assert!(!verify(&key(1), REQUEST, &Parameters { created: 1, ..parameters() }, &made));
        assert!(!verify(
            &key(1),
            REQUEST,
            &Parameters { key_id: KeyId::parse("k-2").unwrap(), ..parameters() },
            &made
        ));
    }

    #[test]
    fn every_flipped_bit_of_a_signature_is_seen() {
        let made = sign(&key(1), REQUEST, &parameters());
        for place in 0..made.len() {
            for bit in 0..7 {
                let mut bytes = made.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let altered = String::from_utf8(bytes).unwrap();
                assert!(!verify(&key(1), REQUEST, &parameters(), &altered), "{altered}");
            }
        }
    }

    #[test]
    fn there_is_one_way_to_write_the_parameters() {
        let written = parameters().to_header();
        assert_eq!(Parameters::from_header(&written), Some(parameters()));
        let others = [
            String::new(),
            "causeway".to_owned(),
            format!("{written}, causeway=()"),
            format!(" {written}"),
            written.replace("causeway=", "other="),
            written.replace(";alg=\"hmac-sha256\"", ""),
            written.replace("hmac-sha256", "ed25519"),
            written.replace("\"@path\" ", ""),
            written.replace("created=1700000000", "created=1700000000;created=1700000001"),
            written.replace("created=1700000000", "created=\"1700000000\""),
            written.replace("created=1700000000", "created=01700000000"),
            written.replace("k-1", "K-1"),
            written.replace(";nonce=", ";nonces="),
            written.replace("==\"", "\""),
        ];
        for other in others {
            assert_eq!(Parameters::from_header(&other), None, "{other}");
        }
    }
}
