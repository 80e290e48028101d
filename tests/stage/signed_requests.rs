//! Requests over the link, signed by hand, so that a story can spoil them.

use std::net::SocketAddr;

use base64::{Engine, engine::general_purpose::STANDARD};
use causeway_link::{
    credential::{KeyId, LinkKey},
    digest::content_digest,
    signature::{self, COVERED, Components, NONCE, Parameters},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use prost::Message;
use secrecy::SecretString;
use sha2::Sha256;

use super::{billing::reason, settings::ACME_SECRET};

/// A signed request that has not been sent.
#[derive(Clone)]
pub(crate) struct SignedRequest {
    pub(crate) relay: SocketAddr,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// The key and the parameters of a signature.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) key_id: String,
    pub(crate) secret: String,
    pub(crate) created: Timestamp,
    pub(crate) nonce: [u8; NONCE],
}

impl Signer {
    /// A signature as acme's adapter makes, at a moment, with the given nonce.
    pub(crate) fn for_acme(created: Timestamp, nonce: u128) -> Signer {
        let secret = ACME_SECRET.to_owned();
        Signer { key_id: "acme-1".to_owned(), secret, created, nonce: nonce.to_be_bytes() }
    }

    /// Signs a call of a method.
    pub(crate) fn sign(&self, relay: SocketAddr, method: &str, message: &impl Message) -> SignedRequest {
        let encoded = message.encode_to_vec();
        let mut body = vec![0];
        body.extend(u32::try_from(encoded.len()).unwrap().to_be_bytes());
        body.extend(encoded);
        self.sign_bytes(relay, &format!("/causeway.v1.Processor/{method}"), body)
    }

    /// Signs a body of any bytes.
    pub(crate) fn sign_bytes(&self, relay: SocketAddr, path: &str, body: Vec<u8>) -> SignedRequest {
        let parameters = Parameters {
            created: self.created.as_second(),
            nonce: STANDARD.encode(self.nonce),
            key_id: KeyId::parse(&self.key_id).unwrap(),
        };
        let digest = content_digest(&body);
        let components = Components {
            method: "POST",
            path,
            authority: &relay.to_string(),
            content_digest: &digest,
            content_type: "application/grpc",
        };
        let signature = match LinkKey::parse(&SecretString::from(self.secret.clone())) {
            Ok(key) => signature::sign(&key, components, &parameters),
            // A key that no settings file may have, as an attacker may use it all the same.
            Err(_) => self.signed_by_hand(components, &parameters),
        };
        let headers = vec![
            ("content-type", "application/grpc".to_owned()),
            ("te", "trailers".to_owned()),
            ("content-digest", digest),
            ("signature-input", parameters.to_header()),
            ("signature", signature),
        ];
        SignedRequest { relay, path: path.to_owned(), headers, body }
    }

    /// Signs by the text of RFC 9421, with separate code, with a key of any kind.
    fn signed_by_hand(&self, request: Components<'_>, parameters: &Parameters) -> String {
        let key = STANDARD.decode(&self.secret).unwrap();
        let Components { method, path, authority, content_digest, content_type } = request;
        let values = [method, path, authority, content_digest, content_type];
        let lines = COVERED.iter().zip(values).map(|(name, value)| format!("\"{name}\": {value}\n"));
        let header = parameters.to_header();
        let covered = header.strip_prefix("causeway=").unwrap();
        let base = format!("{}\"@signature-params\": {covered}", lines.collect::<String>());
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(base.as_bytes());
        format!("causeway=:{}:", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl SignedRequest {
    /// The value of a header, for a change.
    pub(crate) fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(given, _)| *given == name).unwrap().1
    }

    /// Sends the request; returns "let in", or code and reason of the refusal.
    pub(crate) async fn send(&self, client: &reqwest::Client) -> String {
        let mut request = client.post(format!("http://{}{}", self.relay, self.path)).body(self.body.clone());
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return format!("no answer: {error}"),
        };
        match tonic::Status::from_header_map(response.headers()) {
            Some(status) => reason(&status),
            None => "let in".to_owned(),
        }
    }
}

/// An HTTP/2 client without TLS, as gRPC uses on loopback.
pub(crate) fn http2() -> reqwest::Client {
    reqwest::Client::builder().http2_prior_knowledge().no_proxy().build().unwrap()
}

/// Authenticates the client's connection to the relay by a signed health check, which leaves no rows.
/// Requests that are refused on it are answered without the limits for strangers.
pub(crate) async fn authenticate(client: &reqwest::Client, relay: SocketAddr, now: Timestamp) {
    let check =
        Signer::for_acme(now, u128::MAX).sign_bytes(relay, "/grpc.health.v1.Health/Check", vec![0; 5]);
    assert_eq!(check.send(client).await, "let in");
}
