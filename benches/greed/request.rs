//! The requests of each way.

use std::collections::HashMap;

use causeway::v1;

/// Reference of the payments that together make a large order.
pub(crate) const BIG_ORDER: &str = "big-order";

/// A payment of some amount under a reference.
fn payment(request_id: &str, amount: &str, currency: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        request_id: request_id.to_owned(),
        amount: Some(v1::Money { amount: amount.to_owned(), currency: currency.to_owned() }),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_card_visa".to_owned())),
        ..Default::default()
    }
}

/// The most metadata that a payment may have: 40 values of 500 characters of four bytes, 81 KB.
fn metadata() -> HashMap<String, String> {
    (0..40).map(|number| (format!("key-{number}"), "\u{1f4b6}".repeat(500))).collect()
}

/// A payment that takes as much room in the journal as a payment can take.
pub(crate) fn big_payment(request_id: &str, reference: &str, currency: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        billing_reference: reference.to_owned(),
        metadata: metadata(),
        ..payment(request_id, "3.00", currency)
    }
}

/// A payment; every second one in the currency whose processor has Stripe's rate limit.
pub(super) fn operation(number: usize) -> v1::AuthorizeRequest {
    payment(&format!("greedy-{number}"), "2.00", if number.is_multiple_of(2) { "EUR" } else { "GBP" })
}

/// A payment that is answered before it is made.
pub(super) fn asynchronous(number: usize) -> v1::AuthorizeRequest {
    let mut request = operation(number);
    request.set_answer_mode(v1::AnswerMode::Async);
    request
}

/// A payment above the maximum.
pub(super) fn refused(number: usize) -> v1::AuthorizeRequest {
    payment(&format!("refused-{number}"), "5000.01", "USD")
}

/// The newest payment of the large order, with its history.
pub(super) fn read() -> v1::GetPaymentRequest {
    let by = v1::get_payment_request::By::BillingReference(BIG_ORDER.to_owned());
    v1::GetPaymentRequest { by: Some(by), timeline_after: 0 }
}

/// The same payment, for which the processor has to be asked.
pub(super) fn sync() -> v1::SyncPaymentRequest {
    let by = v1::sync_payment_request::By::BillingReference(BIG_ORDER.to_owned());
    v1::SyncPaymentRequest { by: Some(by) }
}

/// The longest page of payments.
pub(super) fn list() -> v1::ListPaymentsRequest {
    v1::ListPaymentsRequest { page_size: 100, ..Default::default() }
}

/// The large order.
pub(super) fn order() -> v1::GetOrderRequest {
    v1::GetOrderRequest {
        billing_reference: BIG_ORDER.to_owned(),
        expected_total: None,
        ..Default::default()
    }
}

/// A message near the limit that changes nothing.
pub(super) fn large_check() -> v1::CheckPolicyRequest {
    let payment = big_payment("", "", "USD");
    v1::CheckPolicyRequest { operation: "Authorize".to_owned(), payment: Some(payment) }
}

/// A job, each in turn.
pub(super) fn job(number: usize) -> v1::RunJobRequest {
    let jobs = ["inbox", "poll", "sweep", "open", "customers", "setups", "holds"];
    v1::RunJobRequest { job: jobs[number % jobs.len()].to_owned() }
}
