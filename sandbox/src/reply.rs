//! The HTTP answer: Stripe's headers and the body, whole or broken by a fault.

use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::compressed_text::CompressedText;
use crate::error::StripeError;
use crate::fault::Fault;
use crate::pretty::pretty;
use crate::wire::{BrokenBody, ConnectionHandle, PaddedBody};

/// An answer before sending.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The HTTP status code.
    pub(crate) status: u16,
    /// The headers, without the content length.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The bytes of the body.
    pub(crate) body: Vec<u8>,
    /// The body in compressed form, which the log and the idempotency key share.
    pub(crate) compressed: Option<CompressedText>,
}

/// The form in which an answer is sent to the caller.
#[derive(Debug)]
pub(crate) enum Transmission {
    /// The whole answer is sent.
    Whole(Reply),
    /// Only the first half of the body is sent.
    Cut(Reply),
    /// The body is padded to this number of bytes.
    Padded(Reply, u64),
    /// The connection is reset without an answer.
    Reset,
}

impl Reply {
    /// An answer with a JSON body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::of("application/json", status, pretty(body).into_bytes())
    }

    /// A refusal. The body ends with a newline.
    pub(crate) fn refusal(error: &StripeError, log_url: &str) -> Self {
        let mut reply = Self::json(error.status, &error.body(log_url));
        reply.body.push(b'\n');
        reply
    }

    /// An answer with a body of another content type.
    pub(crate) fn of(kind: &str, status: u16, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type", kind.to_owned())], body, compressed: None }
    }

    /// The body in compressed form. The body does not change afterwards, except by a fault.
    pub(crate) fn compress(&mut self) -> CompressedText {
        self.compressed.get_or_insert_with(|| CompressedText::compress(&self.body)).clone()
    }

    /// The length of the body in bytes.
    fn length(&self) -> u64 {
        u64::try_from(self.body.len()).unwrap_or(u64::MAX)
    }

    /// Adds a header to the answer.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer after a fault has changed the body.
    pub(crate) fn with_fault(mut self, fault: Option<Fault>) -> Self {
        match fault {
            Some(Fault::BrokenJson) => {
                self.body.iter_mut().filter(|byte| **byte == b':').for_each(|byte| *byte = b';')
            }
            Some(Fault::Truncated) => self.body.truncate(self.body.len() / 2),
            Some(Fault::Html) => {
                self.headers.retain(|(name, _)| *name != "content-type");
                self.headers.push(("content-type", "text/html".to_owned()));
                self.body = b"<html><body><h1>It works!</h1></body></html>\n".to_vec();
            }
            Some(Fault::WrongObject) if self.status == 200 => {
                self.body = pretty(&other_object(&self.body)).into_bytes();
            }
            Some(_) | None => {}
        }
        self
    }
}

/// An object of another type than the type in a body: a list for a customer, and a deleted customer for
/// all other types.
fn other_object(body: &[u8]) -> Value {
    let original: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |field: &str| original.get(field).and_then(Value::as_str).unwrap_or_default();
    if text("object") == "customer" {
        return json!({ "object": "list", "data": [], "has_more": false, "url": "/v1/customers" });
    }
    let letters = text("id").split_once('_').map_or("0", |(_, letters)| letters);
    json!({ "id": format!("cus_{letters}"), "object": "customer", "deleted": true })
}

impl Transmission {
    /// Puts the answer on the wire.
    pub(crate) fn send(self, connection: &ConnectionHandle) -> Response<Body> {
        match self {
            Self::Whole(reply) => {
                let (length, body) = (reply.length(), Body::from(reply.body.clone()));
                response(reply, length, body)
            }
            Self::Cut(reply) => {
                let half = reply.body.get(..reply.body.len() / 2).unwrap_or_default();
                let body = Body::new(BrokenBody::after(Bytes::copy_from_slice(half)));
                let length = reply.length();
                response(reply, length, body)
            }
            Self::Padded(reply, bytes) => {
                let body = PaddedBody::of(&reply.body, bytes);
                response(reply, body.length(), Body::new(body))
            }
            Self::Reset => {
                connection.reset_on_close();
                let body = Body::new(BrokenBody::before_headers());
                response(Reply::of("application/json", 200, vec![]), 1, body)
            }
        }
    }
}

fn response(reply: Reply, length: u64, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}
