//! The list of all faults: the name, the fields, and the effect of each fault in one sentence.

use crate::fault::Fault;

/// The description of one kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultKind {
    /// The name, as in the JSON field `kind`.
    pub name: &'static str,
    /// The JSON fields in addition to `kind`.
    pub fields: &'static [&'static str],
    /// The effect of the fault, as one sentence.
    pub description: &'static str,
}

/// Makes one entry of the list.
const fn kind(name: &'static str, fields: &'static [&'static str], description: &'static str) -> FaultKind {
    FaultKind { name, fields, description }
}

impl FaultKind {
    /// The kind as a row of a Markdown table: name, fields and effect.
    pub fn row(&self) -> String {
        let fields: Vec<String> = self.fields.iter().map(|field| format!("`{field}`")).collect();
        format!("| `{}` | {} | {} |", self.name, fields.join(", "), self.description)
    }
}

impl Fault {
    /// Every kind of fault, in the order of the enum.
    pub const KINDS: &'static [FaultKind] = &[
        kind("refuse_before", &[], "The connection is reset before anything happens."),
        kind("lose_answer", &[], "The call takes effect, and the connection is reset before the answer."),
        kind(
            "cut_body",
            &[],
            "The call takes effect, and the connection ends in the middle of the answer's body.",
        ),
        kind(
            "rate_limited",
            &["reason"],
            "429 with `Stripe-Rate-Limited-Reason`: `global-rate` unless `reason` says `global-concurrency`, \
             `endpoint-concurrency`, `endpoint-rate` or `resource-specific`. Nothing happens, nothing is kept.",
        ),
        kind(
            "lock_timeout",
            &[],
            "429 without that header: the object is locked. Nothing happens, nothing is kept.",
        ),
        kind(
            "key_in_use",
            &[],
            "409, as if another call with the same idempotency key were under way. Nothing happens, nothing is kept.",
        ),
        kind(
            "server_error",
            &["effect"],
            "500, with the effect or without it. It is kept under the idempotency key, so a repetition hears it again.",
        ),
        kind("bad_gateway", &[], "502. Nothing happens, nothing is kept."),
        kind("unavailable", &[], "503. Nothing happens, nothing is kept."),
        kind("gateway_timeout", &[], "504. Nothing happens, nothing is kept."),
        kind(
            "should_retry",
            &["retry"],
            "503 with `Stripe-Should-Retry: true` or `false`. Nothing happens, nothing is kept.",
        ),
        kind(
            "slow_before",
            &["milliseconds"],
            "A wait, and then the effect. A caller who hangs up while waiting has caused nothing.",
        ),
        kind(
            "slow_after",
            &["milliseconds"],
            "The effect at once, and the answer after a wait. The effect stands if the caller hangs up.",
        ),
        kind(
            "black_hole",
            &["effect"],
            "No answer until the caller gives up or the sandbox stops, with the effect or without it.",
        ),
        kind("broken_json", &[], "The effect, and an answer that says it is JSON and is not."),
        kind("html", &[], "The effect, and a page of HTML as the answer."),
        kind(
            "truncated",
            &[],
            "The effect, and an answer whose JSON ends early, although its length is announced correctly.",
        ),
        kind(
            "huge",
            &["bytes"],
            "The effect, and an answer that is padded to so many bytes. It is streamed, and it is valid JSON.",
        ),
        kind(
            "wrong_object",
            &[],
            "The effect, and an answer without a mistake that shows an object of another type.",
        ),
    ];

    /// The name of the fault's kind, as in the JSON field `kind`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RefuseBefore => "refuse_before",
            Self::LoseAnswer => "lose_answer",
            Self::CutBody => "cut_body",
            Self::RateLimited { .. } => "rate_limited",
            Self::LockTimeout => "lock_timeout",
            Self::KeyInUse => "key_in_use",
            Self::ServerError { .. } => "server_error",
            Self::BadGateway => "bad_gateway",
            Self::Unavailable => "unavailable",
            Self::GatewayTimeout => "gateway_timeout",
            Self::ShouldRetry(_) => "should_retry",
            Self::SlowBefore(_) => "slow_before",
            Self::SlowAfter(_) => "slow_after",
            Self::BlackHole { .. } => "black_hole",
            Self::BrokenJson => "broken_json",
            Self::Html => "html",
            Self::Truncated => "truncated",
            Self::Huge { .. } => "huge",
            Self::WrongObject => "wrong_object",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_value};

    use super::*;
    use crate::fault::RateLimit;

    /// A sample value for each field.
    fn sample(field: &str) -> Value {
        match field {
            "reason" => json!("endpoint-rate"),
            "milliseconds" => json!(1_500),
            "bytes" => json!(70_000),
            _ => json!(true),
        }
    }

    #[test]
    fn every_listed_kind_round_trips_through_json() {
        for kind in Fault::KINDS {
            let mut fault = json!({"kind": kind.name});
            for field in kind.fields {
                fault[field] = sample(field);
            }
            let read: Fault = from_value(fault.clone()).unwrap();
            assert_eq!((read.name(), to_value(read).unwrap()), (kind.name, fault));
        }
    }

    #[test]
    fn the_list_has_every_kind_of_fault() {
        let error = from_value::<Fault>(json!({"kind": "nothing"})).unwrap_err().to_string();
        let names = error.split_once("expected one of ").unwrap().1;
        let listed: Vec<String> = Fault::KINDS.iter().map(|kind| format!("`{}`", kind.name)).collect();
        assert_eq!(names.split(", ").collect::<Vec<_>>(), listed);
    }

    #[test]
    fn a_rate_limit_reason_is_the_header_value() {
        for reason in [
            "global-concurrency",
            "global-rate",
            "endpoint-concurrency",
            "endpoint-rate",
            "resource-specific",
        ] {
            let read: RateLimit = from_value(json!(reason)).unwrap();
            assert_eq!(read.as_str(), reason);
        }
        assert_eq!(from_value::<Fault>(json!({"kind": "rate_limited"})).unwrap(), Fault::RATE_LIMITED);
    }
}
