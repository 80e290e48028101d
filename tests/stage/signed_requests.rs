//! Requests over the link, signed by hand, so that a story can spoil them.

use std::net::SocketAddr;

use causeway_link::{
    credential::{KeyId, LinkKey},
    digest::content_digest,
    signature::{self, Components, NONCE, Parameters},
};
use jiff::Timestamp;
use prost::Message;
use secrecy::SecretString;

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
        let key = LinkKey::parse(&SecretString::from(self.secret.clone())).unwrap();
        let parameters = Parameters {
            created: self.created.as_second(),
            nonce: base64::Engine::encode(&base64::engine::general_purpose::STANDARD, self.nonce),
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
        let signature = signature::sign(&key, components, &parameters);
        let headers = vec![
            ("content-type", "application/grpc".to_owned()),
            ("te", "trailers".to_owned()),
            ("content-digest", digest),
            ("signature-input", parameters.to_header()),
            ("signature", signature),
        ];
        SignedRequest { relay, path: path.to_owned(), headers, body }
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
