//! Conversion between refusals and gRPC statuses. No other file uses gRPC codes.

use std::collections::HashMap;

use http::{HeaderValue, Response, header::CONTENT_TYPE};
use tonic::{Code, Status, body::Body};
use tonic_types::{ErrorDetails, PreconditionViolation, StatusExt};

use crate::refusal::{Limit, Refusal, Violation};

/// Value of `ErrorInfo.domain` in every status of Causeway.
pub const DOMAIN: &str = "causeway";

/// The gRPC code of a refusal. `UNAVAILABLE` invites clients to retry automatically, which is safe
/// because a retry carries the same request id.
fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::MalformedMessage
        | Refusal::MalformedRequest(_)
        | Refusal::TextsBeyondLimits(_)
        | Refusal::CurrencyUnknown { .. }
        | Refusal::PaymentSystemUnknown { .. }
        | Refusal::PaymentSystemUnnamed { .. }
        | Refusal::CardElsewhere { .. }
        | Refusal::OtherCurrency { .. } => Code::InvalidArgument,
        Refusal::MessageTooLarge { .. }
        | Refusal::Limit(Limit::Answer { .. })
        | Refusal::EventsAhead { .. } => Code::OutOfRange,
        Refusal::MethodUnknown | Refusal::VoidUnsupported { .. } => Code::Unimplemented,
        Refusal::CallerUnknown
        | Refusal::LinkSignature { .. }
        | Refusal::LinkClock { .. }
        | Refusal::LinkReplay => Code::Unauthenticated,
        Refusal::RightMissing { .. } => Code::PermissionDenied,
        Refusal::Rule(_)
        | Refusal::PaymentSystemMissing { .. }
        | Refusal::KeyRefused { .. }
        | Refusal::CardDeleted { .. }
        | Refusal::CardNotUsable { .. }
        | Refusal::DefaultCardMissing
        | Refusal::CardNotKept { .. }
        | Refusal::RawCardsNotEnabled { .. }
        | Refusal::NotComparable { .. }
        | Refusal::AmountNotChargeable { .. }
        | Refusal::NotCapturable { .. }
        | Refusal::NotRefundable { .. }
        | Refusal::CaptureAboveHold { .. }
        | Refusal::HoldExpired { .. }
        | Refusal::ReleaseDisabled { .. }
        | Refusal::NotReleasable { .. }
        | Refusal::NotConfirmable { .. }
        | Refusal::RefundNotSubmitted { .. }
        | Refusal::RefundOwnApproval { .. }
        | Refusal::NotImportable { .. }
        | Refusal::ContractVersion { .. }
        | Refusal::Limit(Limit::Payment { .. })
        | Refusal::RefundAboveLeft { .. } => Code::FailedPrecondition,
        Refusal::PaymentNotFound
        | Refusal::CardNotFound
        | Refusal::CustomerNotFound
        | Refusal::RefundNotFound => Code::NotFound,
        Refusal::Limit(Limit::Watchers { .. } | Limit::Share { .. })
        | Refusal::Overloaded { .. }
        | Refusal::DeadlineTooShort { .. }
        | Refusal::JournalFull => Code::ResourceExhausted,
        Refusal::JournalDamaged => Code::DataLoss,
        Refusal::RequestIdReused { .. } => Code::AlreadyExists,
        Refusal::PaymentBusy => Code::Aborted,
        Refusal::OutcomeUnknown { .. }
        | Refusal::ProcessorSilent { .. }
        | Refusal::JournalUnavailable
        | Refusal::RelayUnreachable
        | Refusal::Stopping
        | Refusal::AnswerLost => Code::Unavailable,
        Refusal::OutOfTime => Code::DeadlineExceeded,
        Refusal::Internal => Code::Internal,
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Status {
        let code = code(&refusal);
        let mut details = ErrorDetails::new();
        details.set_error_info(refusal.reason(), DOMAIN, metadata(&refusal));
        details.set_localized_message("en", refusal.payer_message());
        if let Refusal::MalformedRequest(violations) | Refusal::TextsBeyondLimits(violations) = &refusal {
            for Violation { field, problem } in violations {
                details.add_bad_request_violation(field, problem);
            }
        } else if code == Code::FailedPrecondition {
            let violation = PreconditionViolation::new(refusal.reason(), refusal.rule(), refusal.to_string());
            details.set_precondition_failure(vec![violation]);
        }
        if let Some(wait) = refusal.retry_after() {
            details.set_retry_info(Some(wait));
        }
        Status::with_error_details(code, refusal.to_string(), details)
    }
}

fn metadata(refusal: &Refusal) -> HashMap<String, String> {
    let mut metadata = HashMap::from([
        ("rule".to_owned(), refusal.rule().to_owned()),
        ("fix".to_owned(), refusal.fix().as_str().to_owned()),
        ("stripe_contacted".to_owned(), refusal.stripe_contacted().to_string()),
    ]);
    if let Some((operation, request_id)) = refusal.pending() {
        metadata.insert("pending_operation".to_owned(), operation.to_owned());
        metadata.insert("pending_request_id".to_owned(), request_id.to_owned());
    }
    metadata.extend(refusal.share_of().map(|whose| ("share_of".to_owned(), whose.to_owned())));
    metadata.extend(refusal.configured().map(|value| ("configured".to_owned(), value)));
    metadata.extend(refusal.actual().map(|value| ("actual".to_owned(), value)));
    metadata
}

/// A refusal as read by the calling side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalDetails {
    /// The stable reason; the name of the gRPC code if the peer is not Causeway.
    pub reason: String,
    /// The message for the operator.
    pub message: String,
    /// The message for the payer; may be empty.
    pub payer_message: String,
    /// `rule`, `fix`, `stripe_contacted`, `configured`, `actual`.
    pub metadata: HashMap<String, String>,
    /// Whether a retry, at once or later, can reach the peer.
    pub unreachable: bool,
}

impl RefusalDetails {
    /// Reads the details of a status.
    pub fn of(status: &Status) -> RefusalDetails {
        let details = status.get_error_details();
        let info = details.error_info();
        RefusalDetails {
            reason: info.map_or_else(|| format!("{:?}", status.code()), |info| info.reason.clone()),
            message: status.message().to_owned(),
            payer_message: details.localized_message().map(|said| said.message.clone()).unwrap_or_default(),
            metadata: info.map(|info| info.metadata.clone()).unwrap_or_default(),
            unreachable: status.code() == Code::Unavailable,
        }
    }
}

/// How a call over the link ended without an answer of the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The request never reached the relay.
    NotSent,
    /// The request may have reached the relay.
    MaybeSent,
}

/// Classification of the status of a failed call over the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The relay refused the request; the refusal is the answer.
    Refused,
    /// The relay refused the request before the look-up of an earlier copy.
    RefusedBeforeLookup,
    /// The relay refused the request, but a retry with a fresh signature may succeed.
    RefusedForNow,
    /// The call ended without an answer of the relay.
    Broken(Broken),
}

/// Reasons that do not depend on the request: another relay, or the same relay with a fresh
/// signature, may accept the request.
const FOR_NOW: [&str; 3] = ["JOURNAL_UNAVAILABLE", "JOURNAL_FULL", "LINK_CLOCK"];

/// Reasons raised before the relay looks for an earlier copy of the request: these refusals do not
/// report the outcome of the earlier copy.
const BEFORE_LOOKUP: [&str; 6] = [
    "LINK_SIGNATURE",
    "LINK_REPLAY",
    "METHOD_UNKNOWN",
    "MALFORMED_MESSAGE",
    "MALFORMED_REQUEST",
    "MESSAGE_TOO_LARGE",
];

/// Distinguishes a refusal of the relay from a failed connection. Only a status with Causeway's
/// details is an answer; tonic creates the other statuses when the connection fails.
pub fn kind(status: &Status) -> Kind {
    let details = status.get_error_details();
    match details.error_info().filter(|info| info.domain == DOMAIN) {
        Some(info) if FOR_NOW.contains(&info.reason.as_str()) => Kind::RefusedForNow,
        Some(info) if BEFORE_LOOKUP.contains(&info.reason.as_str()) => Kind::RefusedBeforeLookup,
        Some(_) => Kind::Refused,
        None if connect_failed(status) => Kind::Broken(Broken::NotSent),
        None => Kind::Broken(Broken::MaybeSent),
    }
}

fn connect_failed(status: &Status) -> bool {
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// Converts statuses that tonic creates by default into refusals: a message that is too large, a
/// message that cannot be decoded, a method or service that does not exist. Every other response
/// passes unchanged. `limit` is the maximum size of a message in bytes.
pub fn dress(response: Response<Body>, limit: usize) -> Response<Body> {
    let Some(status) = Status::from_header_map(response.headers()) else {
        return response;
    };
    if !status.details().is_empty() {
        return response;
    }
    let refusal = match status.code() {
        Code::OutOfRange => Refusal::MessageTooLarge { limit },
        Code::Unimplemented if status.message().is_empty() => Refusal::MethodUnknown,
        // The message of tonic repeats the header, which is untrusted input.
        Code::Unimplemented => Refusal::MalformedRequest(vec![Violation {
            field: "grpc-encoding".to_owned(),
            problem: "this compression is not spoken here; send messages as they are (identity)".to_owned(),
        }]),
        Code::Internal => Refusal::MalformedMessage,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::InvalidArgument
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => return response,
    };
    Status::from(refusal).into_http()
}

/// A refusal as a complete HTTP response, for a layer that answers without the service.
pub fn response(refusal: Refusal) -> Response<Body> {
    let mut response = Status::from(refusal).into_http();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{refusal::Broken, v1::PaymentStatus};

    /// The billing platform's view of a refusal, in one line. The table is documentation.
    #[track_caller]
    fn check(refusal: Refusal, line: &str) {
        let status = Status::from(refusal);
        let details = RefusalDetails::of(&status);
        let get = |key: &str| details.metadata.get(key).cloned().unwrap_or_default();
        let seen = format!(
            "{:?} {} [{} fix={} stripe={}] {} | {}",
            status.code(),
            details.reason,
            get("rule"),
            get("fix"),
            get("stripe_contacted"),
            details.message,
            details.payer_message
        );
        assert_eq!(seen, line);
    }

    #[test]
    fn a_refusal_names_the_problem_the_fixer_and_whether_stripe_was_asked() {
        let broken = Broken {
            rule: "amount.minimum",
            reason: "AMOUNT_BELOW_MINIMUM",
            fix: crate::refusal::Fix::Payer,
            configured: Some("0.50 USD".to_owned()),
            actual: Some("0.49 USD".to_owned()),
            problem: "0.49 USD is below the minimum".to_owned(),
            payer_message: "Your payment must be no less than 0.50 USD".to_owned(),
        };
        check(
            Refusal::Rule(Box::new(broken)),
            "FailedPrecondition AMOUNT_BELOW_MINIMUM [amount.minimum fix=payer stripe=false] \
             0.49 USD is below the minimum | Your payment must be no less than 0.50 USD",
        );
        check(
            Refusal::NotCapturable { status: PaymentStatus::Declined },
            "FailedPrecondition NOT_CAPTURABLE [capture.status fix=operator stripe=false] \
             a payment that is DECLINED has nothing to capture | \
             This could not be done. Your payment is unchanged.",
        );
        check(
            Refusal::AnswerLost,
            "Unavailable ANSWER_LOST [link.answer fix=operator stripe=true] \
             the relay's answer was lost; ask again with the same request id to learn the outcome | \
             Your payment is being processed. Please do not pay again.",
        );
    }

    #[test]
    fn a_retryable_refusal_has_a_retry_delay() {
        for refusal in [
            Refusal::PaymentBusy,
            Refusal::JournalUnavailable,
            Refusal::RelayUnreachable,
            Refusal::AnswerLost,
        ] {
            assert!(Status::from(refusal).get_error_details().retry_info().is_some());
        }
    }
}
