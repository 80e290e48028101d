//! The commands for a later step of a payment: `confirm`, `release`, `order-failed` and `import`.

use causeway::v1;
use clap::{Args, ValueEnum};

use super::amount::money;

/// The payment to continue, with the changes.
#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// Causeway's id of the payment
    payment: String,
    /// Another PaymentMethod for the payment, pm_… [default: the present one]
    #[arg(long, value_name = "PM")]
    payment_method: Option<String>,
    /// The URL to which the browser returns after a further action [default: as before]
    #[arg(long, value_name = "URL")]
    return_url: Option<String>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// The hold to release.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// Causeway's id of the payment
    payment: String,
    /// The reason, for Stripe
    #[arg(long)]
    reason: Option<ReleaseReason>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// The payment to give back after a failed order.
#[derive(Debug, Args)]
pub(crate) struct OrderFailed {
    /// Causeway's id of the payment
    payment: String,
    /// The reason; stored with the payment
    #[arg(long)]
    reason: OrderFailure,
    /// The reason in your words; stored with the payment
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// The PaymentIntent to import.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Id of the PaymentIntent, pi_…
    #[arg(value_name = "PI")]
    payment_intent: String,
    /// The payment system of the PaymentIntent [default: the only one]
    #[arg(long, value_name = "NAME")]
    payment_system: Option<String>,
    /// The billing platform's own reference of the invoice or order
    #[arg(long)]
    reference: Option<String>,
    /// The billing platform's own id of the payer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// The amount still due, as in "12.50 USD"
    #[arg(long, value_name = "AMOUNT CURRENCY", value_parser = money)]
    amount_due: Option<v1::Money>,
    /// A rule that the PaymentIntent may break, as in card.brand; repeat it for several rules. The caller
    /// needs the right `import`
    #[arg(long = "accept-rule", value_name = "RULE")]
    accept_rules: Vec<String>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// The reason of a release.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReleaseReason {
    /// The same order was held twice.
    Duplicate,
    /// The hold is fraudulent.
    Fraudulent,
    /// The customer asked for the release.
    #[value(alias = "requested_by_customer")]
    RequestedByCustomer,
    /// The customer abandoned the order.
    Abandoned,
}

/// The reason of an order's failure.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderFailure {
    /// The order cannot be shipped to the address.
    #[value(alias = "shipping_invalid")]
    ShippingInvalid,
    /// The order is not paid in full.
    #[value(alias = "not_fully_paid")]
    NotFullyPaid,
    /// The ordered products are not available any more.
    #[value(alias = "products_unavailable")]
    ProductsUnavailable,
    /// The payment is not active any more at the billing platform.
    #[value(alias = "payment_inactive")]
    PaymentInactive,
}

impl Confirm {
    /// Builds the Confirm message with this request id.
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
    /// Builds the ReleaseHold message with this request id.
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
    /// Builds the ReportOrderFailed message with this request id.
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
    /// Builds the ImportPayment message with this request id.
    pub(crate) fn message(self, request_id: String) -> v1::ImportPaymentRequest {
        v1::ImportPaymentRequest {
            request_id,
            payment_intent: self.payment_intent,
            payment_system: self.payment_system.unwrap_or_default(),
            billing_reference: self.reference.unwrap_or_default(),
            customer_id: self.customer.unwrap_or_default(),
            amount_due: self.amount_due,
            accept_rules: self.accept_rules,
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
    fn every_argument_is_in_the_message() {
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
        let line: Vec<_> = line
            .into_iter()
            .chain(["--accept-rule", "card.brand", "--accept-rule", "amount.minimum"])
            .collect();
        let MoneyCall::Import(order) = call(&line) else { panic!() };
        let expected = v1::ImportPaymentRequest {
            request_id: id(),
            payment_intent: "pi_1".to_owned(),
            payment_system: "main".to_owned(),
            billing_reference: "INV 17".to_owned(),
            customer_id: "c-1".to_owned(),
            amount_due: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
            accept_rules: vec!["card.brand".to_owned(), "amount.minimum".to_owned()],
        };
        assert_eq!(order.message(id()), expected);
    }

    #[test]
    fn a_reason_may_have_hyphens_or_underscores() {
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
