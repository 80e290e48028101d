//! The control API for Rust: the same operations as over HTTP, without a request.

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use serde_json::Value;

use crate::control::{ROOT, routes};
use crate::exchange::Incoming;
use crate::sandbox::Sandbox;

impl Sandbox {
    /// Does one operation of the control API, such as `POST` of `/accounts`, and returns the answer. The
    /// path is the path after `/_sandbox`, with a query if the operation has one; a body of null is no body.
    /// An error is the sentence that the control API refuses the operation with.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let method: Method = method.parse().map_err(|_| format!("{method} is no method"))?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let incoming = Incoming {
            method,
            path: format!("{ROOT}{path}"),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body,
        };
        routes::dispatch(&self.shared, &incoming, path).map_err(|error| error.to_string())
    }
}
