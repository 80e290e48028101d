//! Paths of objects and lists.

/// Objects on a page of a list, Stripe's maximum.
pub(crate) const PAGE: usize = 100;

/// A PaymentIntent (docs.stripe.com/api/payment_intents/retrieve).
pub(crate) fn intent(intent: &str) -> String {
    format!("/v1/payment_intents/{intent}?expand[]=latest_charge")
}

/// The PaymentIntents created between two moments, Unix seconds (docs.stripe.com/api/payment_intents/list).
pub(crate) fn intents(from: i64, to: i64) -> String {
    format!("/v1/payment_intents?limit={PAGE}&created[gte]={from}&created[lte]={to}")
}

/// A refund (docs.stripe.com/api/refunds/retrieve).
pub(crate) fn refund(refund: &str) -> String {
    format!("/v1/refunds/{refund}")
}

/// The refunds created between two moments, Unix seconds (docs.stripe.com/api/refunds/list).
pub(crate) fn refunds(from: i64, to: i64) -> String {
    format!("/v1/refunds?limit={PAGE}&created[gte]={from}&created[lte]={to}")
}

/// All refunds of a PaymentIntent.
pub(crate) fn refunds_of(intent: &str) -> String {
    format!("/v1/refunds?limit={PAGE}&payment_intent={intent}")
}

/// All disputes of a PaymentIntent (docs.stripe.com/api/disputes/list).
pub(crate) fn disputes_of(intent: &str) -> String {
    format!("/v1/disputes?limit={PAGE}&payment_intent={intent}")
}

/// A SetupIntent (docs.stripe.com/api/setup_intents/retrieve).
pub(crate) fn setup(setup: &str) -> String {
    format!("/v1/setup_intents/{setup}")
}

/// A PaymentMethod (docs.stripe.com/api/payment_methods/retrieve).
pub(crate) fn method(method: &str) -> String {
    format!("/v1/payment_methods/{method}")
}

/// A customer's PaymentMethods (docs.stripe.com/api/payment_methods/customer_list).
pub(crate) fn cards_of(customer: &str) -> String {
    format!("/v1/customers/{customer}/payment_methods?limit={PAGE}")
}

/// A customer (docs.stripe.com/api/customers/retrieve).
pub(crate) fn customer(customer: &str) -> String {
    format!("/v1/customers/{customer}")
}

/// Events since a moment, Unix seconds, newest first (docs.stripe.com/api/events/list).
pub(crate) fn events_since(from: i64) -> String {
    format!("/v1/events?limit={PAGE}&created[gte]={from}")
}

/// Events of a span of time, Unix seconds, both ends included, newest first.
pub(crate) fn events_between(from: i64, to: i64) -> String {
    format!("{}&created[lte]={to}", events_since(from))
}

/// The events directly after a known event, newest first.
pub(crate) fn events_after(event: &str) -> String {
    format!("/v1/events?limit={PAGE}&ending_before={event}")
}
