//! The log of calls, newest first.

use serde_json::{Value, json};

use crate::calls::{Answer, LoggedCall};
use crate::control::pages::page;
use crate::control::{ControlRequest, ControlResult};
use crate::lock::lock;

/// Answers one page of the log.
pub(super) fn list(request: &ControlRequest<'_>) -> ControlResult {
    let query = request.query(&["before", "limit"])?;
    page(&lock(&request.shared.calls), &query, "calls", shown)
}

/// One call of the log, as JSON.
fn shown(number: usize, logged: &LoggedCall) -> Value {
    let call = logged.call();
    json!({
        "number": number,
        "at": call.at.to_string(),
        "method": call.method,
        "path": call.path,
        "query": call.query,
        "headers": call.headers,
        "body": String::from_utf8_lossy(&call.body),
        "fault": call.fault,
        "answer": call.answer.as_ref().map(answer),
    })
}

/// The answer to a call, with a JSON body as JSON and any other body as text.
fn answer(answer: &Answer) -> Value {
    let text = || json!(String::from_utf8_lossy(&answer.body));
    let body = serde_json::from_slice(&answer.body).unwrap_or_else(|_| text());
    json!({ "status": answer.status, "body": body })
}
