//! The log of calls, newest first.

use serde_json::{Value, json};

use crate::calls::{Answer, Call};
use crate::control::{Ask, Told};
use crate::lock::lock;

/// Shows a page of the log.
pub(super) fn list(ask: &Ask<'_>) -> Told {
    let query = ask.query(&["before", "limit"])?;
    let (before, limit) = (query.number("before")?.unwrap_or(usize::MAX), query.limit()?);
    let (made, kept) = {
        let calls = lock(&ask.shared.calls);
        (calls.made(), calls.kept())
    };
    let gone = made.saturating_sub(kept.len());
    let numbered = (gone.saturating_add(1)..).zip(&kept);
    let older: Vec<(usize, &Call)> = numbered.take_while(|(number, _)| *number < before).collect();
    let page: Vec<&(usize, &Call)> = older.iter().rev().take(limit).collect();
    let last = page.last().map_or(before, |(number, _)| *number);
    Ok(json!({
        "made": made,
        "kept": kept.len(),
        "calls": page.iter().map(|(number, call)| shown(*number, call)).collect::<Vec<_>>(),
        "next_before": (page.len() < older.len()).then_some(last),
    }))
}

/// One call.
fn shown(number: usize, call: &Call) -> Value {
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

/// What was answered, as JSON where it was JSON.
fn answer(answer: &Answer) -> Value {
    let text = || json!(String::from_utf8_lossy(&answer.body));
    let body = serde_json::from_slice(&answer.body).unwrap_or_else(|_| text());
    json!({ "status": answer.status, "body": body })
}
