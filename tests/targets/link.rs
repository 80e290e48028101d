//! The link between adapter and relay, before the signature is verified.

use std::{net::IpAddr, sync::Arc};

use causeway::{
    environment::{Clock, Environment},
    tenant::TenantName,
};
use causeway_link::{
    credential::{Credential, KeyId, LinkKey},
    digest::{self, content_digest},
    gate::Examine,
    proxy_protocol,
    signature::{Components, Parameters, sign},
    verify::Verifier,
};
use jiff::Timestamp;

/// The moment of every verification, as Unix seconds.
const NOW: i64 = 1_795_000_000;
/// The body of the signed request.
const BODY: &[u8] = b"\0\0\0\0\x02\n\0";

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(NOW).expect("a moment")
    }
}

fn key() -> LinkKey {
    LinkKey::parse(&"dGhlIHNlY3JldCBvZiBhY21lIGluIGFsbCBzdG9yaWVzIQ==".into()).expect("a key")
}

/// The one valid request: four headers and a body, a line each.
pub(super) fn good() -> Vec<u8> {
    let parameters = Parameters {
        created: NOW,
        nonce: "AAAAAAAAAAAAAAAAAAAAAA==".to_owned(),
        key_id: KeyId::parse("acme-1").expect("a key id"),
    };
    let digest = content_digest(BODY);
    let components = Components {
        method: "POST",
        path: "/causeway.v1.Processor/Authorize",
        authority: "relay:443",
        content_digest: &digest,
        content_type: "application/grpc",
    };
    let signature = sign(&key(), components, &parameters);
    let head = format!("{}\n{signature}\n{digest}\napplication/grpc\n", parameters.to_header());
    [head.as_bytes(), BODY].concat()
}

/// Only the one valid request is accepted.
pub(super) fn verify(data: &[u8]) {
    let mut parts = data.splitn(5, |byte| *byte == b'\n');
    let mut request = http::Request::post("http://relay:443/causeway.v1.Processor/Authorize");
    for name in ["signature-input", "signature", "content-digest", "content-type"] {
        if let Some(value) = parts.next() {
            request = request.header(name, value);
        }
    }
    let body = bytes::Bytes::copy_from_slice(parts.next().unwrap_or_default());
    // Bytes that no HTTP header may contain are rejected earlier.
    let Ok(request) = request.body(()) else { return };
    let (mut head, ()) = request.into_parts();
    let tenant = TenantName::parse("acme").expect("a tenant");
    let key_id = KeyId::parse("acme-1").expect("a key id");
    let environment = Environment { clock: Arc::new(FixedClock), ..causeway_runtime::machine::environment() };
    let verifier = Verifier::new([Credential { key_id, key: key(), tenant }], [], |_| true, environment);
    let verified = verifier.examine_head(&head);
    let let_in = verified.and_then(|sender| verifier.examine_body(&mut head, sender, &body)).is_ok();
    assert_eq!(let_in, data == good(), "let in: {let_in}");
}

/// The header of a trusted proxy gives no address that is not in it.
pub(super) fn proxy_header(data: &[u8]) {
    if let Ok(Some(address)) = proxy_protocol::address(data) {
        assert!(data.starts_with(b"\r\n\r\n\0\r\nQUIT\n"), "the prefix");
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        assert!(data.get(16..).is_some_and(|rest| rest.starts_with(&octets)), "{address}");
    }
}

/// Parsed parameters are written back as the same text.
pub(super) fn header_parse(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(parameters) = Parameters::from_header(text) {
        assert_eq!(parameters.to_header(), text);
    }
    assert_eq!(digest::fits(text, BODY), text == content_digest(BODY), "the digest");
}
