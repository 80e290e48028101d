//! Values of the contract as text: enums, moments, amounts.

use causeway::v1;
use jiff::Timestamp;

/// The contract's name of an enum value; the number of a value that this version does not know.
pub(crate) fn of<E: TryFrom<i32>>(value: i32, name: impl Fn(&E) -> &'static str) -> String {
    E::try_from(value).map_or_else(|_| value.to_string(), |known| name(&known).to_owned())
}

/// The same for people, without the prefix that all values of the enum share.
pub(crate) fn short_name<E: TryFrom<i32>>(
    value: i32,
    name: impl Fn(&E) -> &'static str,
    prefix: &str,
) -> String {
    let name = of(value, name);
    name.strip_prefix(prefix).unwrap_or(&name).to_owned()
}

/// A payment's status, for people.
pub(crate) fn status(value: i32) -> String {
    short_name(value, v1::PaymentStatus::as_str_name, "PAYMENT_STATUS_")
}

/// An operation's outcome, for people.
pub(crate) fn outcome(value: i32) -> String {
    short_name(value, v1::Outcome::as_str_name, "OUTCOME_")
}

/// A capture mode, for people.
pub(crate) fn capture_mode(value: i32) -> String {
    short_name(value, v1::CaptureMode::as_str_name, "CAPTURE_MODE_").to_lowercase()
}

/// The result of a call that stores a card, for people.
pub(crate) fn tokenization(value: i32) -> String {
    short_name(value, v1::TokenizationStatus::as_str_name, "TOKENIZATION_STATUS_")
}

/// The result of a call that deletes a card, for people.
pub(crate) fn deletion(value: i32) -> String {
    short_name(value, v1::DeletionStatus::as_str_name, "DELETION_STATUS_")
}

/// The status of a stored card, for people.
pub(crate) fn card_status(value: i32) -> String {
    short_name(value, v1::CardStatus::as_str_name, "CARD_STATUS_")
}

/// How a card may be used again, for people.
pub(crate) fn reuse(value: i32) -> String {
    short_name(value, v1::CardReuse::as_str_name, "CARD_REUSE_").to_lowercase().replace('_', " ")
}

/// How a payment system receives card data, for people.
pub(crate) fn card_data_mode(value: i32, cvc_required: bool) -> String {
    let mode = short_name(value, v1::CardDataMode::as_str_name, "CARD_DATA_MODE_").to_lowercase();
    let mode = mode.replace('_', " ");
    if cvc_required { format!("{mode}, CVC required") } else { mode }
}

/// A rule's verdict, for people.
pub(crate) fn judgement(value: i32) -> String {
    short_name(value, v1::Judgement::as_str_name, "JUDGEMENT_").to_lowercase().replace('_', " ")
}

/// The kind of an event, for people.
pub(crate) fn event_kind(value: i32) -> String {
    short_name(value, v1::EventKind::as_str_name, "EVENT_KIND_").to_lowercase().replace('_', " ")
}

/// The source of an event, for people.
pub(crate) fn event_source(value: i32) -> String {
    short_name(value, v1::EventSource::as_str_name, "EVENT_SOURCE_").to_lowercase()
}

/// The status of a refund, for people.
pub(crate) fn refund_status(value: i32) -> String {
    short_name(value, v1::RefundStatus::as_str_name, "REFUND_STATUS_")
}

/// The status of a dispute, for people.
pub(crate) fn dispute_status(value: i32) -> String {
    short_name(value, v1::DisputeStatus::as_str_name, "DISPUTE_STATUS_")
}

/// Why an order could not be fulfilled, for people.
pub(crate) fn order_failure(value: i32) -> String {
    short_name(value, v1::OrderFailure::as_str_name, "ORDER_FAILURE_").to_lowercase().replace('_', " ")
}

/// The side that authorized a payment, for people.
pub(crate) fn processing_mode(value: i32) -> String {
    short_name(value, v1::ProcessingMode::as_str_name, "PROCESSING_MODE_").to_lowercase()
}

/// A moment in the format of RFC 3339.
pub(crate) fn moment(wire: &prost_types::Timestamp) -> String {
    Timestamp::new(wire.seconds, wire.nanos)
        .map_or_else(|_| format!("{} s since 1970", wire.seconds), |moment| moment.to_string())
}

/// An amount with a currency; empty without an amount.
pub(crate) fn money(wire: Option<&v1::Money>) -> String {
    wire.map(|money| format!("{} {}", money.amount, money.currency)).unwrap_or_default()
}

/// A moment for people, to this many digits of a second.
pub(crate) fn moment_to(wire: &prost_types::Timestamp, digits: usize) -> String {
    Timestamp::new(wire.seconds, wire.nanos)
        .map_or_else(|_| moment(wire), |moment| format!("{moment:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_values_have_readable_names() {
        assert_eq!(of(4, v1::PaymentStatus::as_str_name), "PAYMENT_STATUS_AUTHORIZED");
        assert_eq!(of(99, v1::PaymentStatus::as_str_name), "99");
        assert_eq!(
            (status(7), outcome(1), capture_mode(2)),
            ("UNKNOWN".into(), "APPROVED".into(), "automatic".into())
        );
        assert_eq!(
            (tokenization(4), deletion(1)),
            ("FAILED_TO_TOKENIZE".into(), "SUCCESSFULLY_DELETED".into())
        );
        assert_eq!(
            (reuse(3), card_status(2), judgement(3), card_data_mode(2, true), card_data_mode(1, false)),
            (
                "off session".into(),
                "ACTION_REQUIRED".into(),
                "not applicable".into(),
                "full card, CVC required".into(),
                "token only".into()
            )
        );
        assert_eq!(
            (event_kind(4), event_source(3), order_failure(2), processing_mode(2)),
            (
                "payment action required".into(),
                "dashboard".into(),
                "not fully paid".into(),
                "external".into()
            )
        );
        assert_eq!((refund_status(3), dispute_status(4)), ("SUCCEEDED".into(), "NEEDS_RESPONSE".into()));
        let at = prost_types::Timestamp { seconds: 1_795_238_400, nanos: 0 };
        assert_eq!(moment(&at), "2026-11-21T05:20:00Z");
        let later = prost_types::Timestamp { nanos: 123_456_789, ..at };
        assert_eq!(moment(&later), "2026-11-21T05:20:00.123456789Z");
        assert_eq!(
            (moment_to(&later, 0).as_str(), moment_to(&later, 3).as_str()),
            ("2026-11-21T05:20:00Z", "2026-11-21T05:20:00.123Z")
        );
    }
}
