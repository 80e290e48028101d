//! What comes later to a payment: the payer has acted, a hold is given back, an order
//! has failed, a payment is taken over.

use causeway::v1;
use clap::{Args, ValueEnum};

use super::amount::money;

/// Which payment goes on.
#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// Our id of the payment
    payment: String,
    /// Another PaymentMethod to go on with, pm_… [default: the one there is]
    #[arg(long, value_name = "PM")]
    payment_method: Option<String>,
    /// Where the browser returns after a further action [default: as before]
    #[arg(long, value_name = "URL")]
    return_url: Option<String>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// Which hold to give back.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// Our id of the payment
    payment: String,
    /// Why, for Stripe
    #[arg(long)]
    reason: Option<ReleaseReason>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// What could not be fulfilled.
#[derive(Debug, Args)]
pub(crate) struct OrderFailed {
    /// Our id of the payment
    payment: String,
    /// Why; kept with the payment
    #[arg(long)]
    reason: OrderFailure,
    /// Why, in your words; kept with the payment
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// What to take over.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The PaymentIntent, pi_…
    #[arg(value_name = "PI")]
    payment_intent: String,
    /// Through which payment system [default: the only one]
    #[arg(long, value_name = "NAME")]
    payment_system: Option<String>,
    /// Billing's own name of what is paid
    #[arg(long)]
    reference: Option<String>,
    /// Billing's own id of who pays
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// What is still owed, as in "12.50 USD"
    #[arg(long, value_name = "AMOUNT CURRENCY", value_parser = money)]
    amount_due: Option<v1::Money>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// Why a hold is given back.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReleaseReason {
    /// The same thing was held twice.
    Duplicate,
    /// It is fraudulent.
    Fraudulent,
    /// The customer asked for it.
    #[value(alias = "requested_by_customer")]
    RequestedByCustomer,
    /// The order was left.
    Abandoned,
}

/// Why an order could not be fulfilled.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderFailure {
    /// It cannot be shipped to the address.
    #[value(alias = "shipping_invalid")]
    ShippingInvalid,
    /// It is not paid in full.
    #[value(alias = "not_fully_paid")]
    NotFullyPaid,
    /// What was ordered is not there any more.
    #[value(alias = "products_unavailable")]
    ProductsUnavailable,
    /// The payment is not active any more at billing.
    #[value(alias = "payment_inactive")]
    PaymentInactive,
}

impl Confirm {
    /// The message.
    pub(crate) fn message(self, request_id: String) -> v1::ConfirmRequest {
        v1::ConfirmRequest {
            request_id,
            payment_id: self.payment,
            payment_method: self.payment_method.unwrap_or_default(),
            return_url: self.return_url.unwrap_or_default(),
        }
    }
}

impl Release {
    /// The message.
    pub(crate) fn message(self, request_id: String) -> v1::ReleaseHoldRequest {
        let reason = match self.reason {
            None => v1::ReleaseReason::Unspecified,
            Some(ReleaseReason::Duplicate) => v1::ReleaseReason::Duplicate,
            Some(ReleaseReason::Fraudulent) => v1::ReleaseReason::Fraudulent,
            Some(ReleaseReason::RequestedByCustomer) => v1::ReleaseReason::RequestedByCustomer,
            Some(ReleaseReason::Abandoned) => v1::ReleaseReason::Abandoned,
        };
        v1::ReleaseHoldRequest { request_id, payment_id: self.payment, reason: reason.into() }
    }
}

impl OrderFailed {
    /// The message.
    pub(crate) fn message(self, request_id: String) -> v1::ReportOrderFailedRequest {
        let reason = match self.reason {
            OrderFailure::ShippingInvalid => v1::OrderFailure::ShippingInvalid,
            OrderFailure::NotFullyPaid => v1::OrderFailure::NotFullyPaid,
            OrderFailure::ProductsUnavailable => v1::OrderFailure::ProductsUnavailable,
            OrderFailure::PaymentInactive => v1::OrderFailure::PaymentInactive,
        };
        v1::ReportOrderFailedRequest {
            request_id,
            payment_id: self.payment,
            reason: reason.into(),
            note: self.note.unwrap_or_default(),
        }
    }
}

impl Import {
    /// The message.
    pub(crate) fn message(self, request_id: String) -> v1::ImportPaymentRequest {
        v1::ImportPaymentRequest {
            request_id,
            payment_intent: self.payment_intent,
            payment_system: self.payment_system.unwrap_or_default(),
            billing_reference: self.reference.unwrap_or_default(),
            customer_id: self.customer.unwrap_or_default(),
            amount_due: self.amount_due,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Call, Command, MoneyCall};

    #[track_caller]
    fn call(line: &[&str]) -> MoneyCall {
        let line = ["causeway"].iter().chain(line);
        match Arguments::try_parse_from(line).unwrap().command {
            Command::Call(Call::Money(call)) => call,
            other @ (Command::Call(_) | Command::Dev(_) | Command::Sandbox(_) | Command::Events(_)) => {
                panic!("{other:?}")
            }
        }
    }

    fn id() -> String {
        "r-1".to_owned()
    }

    #[test]
    fn what_is_given_is_in_the_message() {
        let line = ["confirm", "p-1", "--payment-method", "pm_1", "--return-url", "https://a.example"];
        let MoneyCall::Confirm(order) = call(&line) else { panic!() };
        let expected = v1::ConfirmRequest {
            request_id: id(),
            payment_id: "p-1".to_owned(),
            payment_method: "pm_1".to_owned(),
            return_url: "https://a.example".to_owned(),
        };
        assert_eq!(order.message(id()), expected);
        let line =
            ["import", "pi_1", "--payment-system", "main", "--reference", "INV 17", "--customer", "c-1"];
        let line: Vec<_> = line.into_iter().chain(["--amount-due", "12.50 USD"]).collect();
        let MoneyCall::Import(order) = call(&line) else { panic!() };
        let expected = v1::ImportPaymentRequest {
            request_id: id(),
            payment_intent: "pi_1".to_owned(),
            payment_system: "main".to_owned(),
            billing_reference: "INV 17".to_owned(),
            customer_id: "c-1".to_owned(),
            amount_due: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
        };
        assert_eq!(order.message(id()), expected);
    }

    #[test]
    fn a_reason_is_written_with_either_stroke() {
        for word in ["requested-by-customer", "requested_by_customer"] {
            let MoneyCall::Release(order) = call(&["release", "p-1", "--reason", word]) else { panic!() };
            assert_eq!(order.message(id()).reason(), v1::ReleaseReason::RequestedByCustomer);
        }
        for word in ["not-fully-paid", "not_fully_paid"] {
            let line = ["order-failed", "p-1", "--reason", word, "--note", "too little"];
            let MoneyCall::OrderFailed(order) = call(&line) else { panic!() };
            let message = order.message(id());
            assert_eq!(
                (message.reason(), message.note.as_str()),
                (v1::OrderFailure::NotFullyPaid, "too little")
            );
        }
    }
}
