//! Phrases in refusals that depend on the status of a payment or refund.

use jiff::Timestamp;

use crate::{
    money::Money,
    v1::{PaymentStatus, RefundStatus},
};

pub(super) fn spoken_of_refund(status: RefundStatus) -> String {
    status.as_str_name().trim_start_matches("REFUND_STATUS_").to_owned()
}

pub(super) fn spoken(status: PaymentStatus) -> String {
    status.as_str_name().trim_start_matches("PAYMENT_STATUS_").to_owned()
}

/// A hint for an open payment, whose status may have changed at Stripe.
pub(super) fn hint(status: PaymentStatus) -> &'static str {
    if matches!(status, PaymentStatus::ActionRequired | PaymentStatus::Pending) {
        return "; repeat its Authorize to see whether that has changed";
    }
    ""
}

pub(super) fn on(at: &Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| format!(" on {at}"))
}

/// The method to call instead of a release.
pub(super) fn instead_of_release(status: PaymentStatus) -> &'static str {
    if status == PaymentStatus::Captured { "; call Refund to give it back" } else { hint(status) }
}

pub(super) fn on_its_way(pending: &Money) -> String {
    if pending.is_zero() { String::new() } else { format!(", and {pending} is on its way back") }
}

/// The refundable rest, or the word for none.
pub(super) fn rest(left: &Money) -> String {
    if left.is_zero() { "nothing".to_owned() } else { left.to_string() }
}
