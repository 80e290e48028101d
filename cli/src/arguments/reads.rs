//! The commands that only read.

use causeway::{
    request::lookup::moment_to_wire,
    v1::{self, get_payment_request::By, sync_payment_request::By as SyncBy},
};
use clap::Args;
use jiff::Timestamp;

use super::amount::money;

/// The payment to show or to synchronize, by one of several ids.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Payment {
    /// Causeway's id of the payment
    payment: Option<String>,
    /// The billing platform's own reference; the newest payment with this reference
    #[arg(long)]
    reference: Option<String>,
    /// An id of Stripe's: pi_…, ch_…, re_…, du_… or txn_…
    #[arg(long, value_name = "ID")]
    processor_id: Option<String>,
    /// The request id of any operation of the payment
    #[arg(long, value_name = "ID")]
    by_request_id: Option<String>,
}

/// The filter for the list of payments.
#[derive(Debug, Args)]
pub(crate) struct Payments {
    /// Only payments with this billing reference
    #[arg(long)]
    reference: Option<String>,
    /// Only payments in this status, as in authorized
    #[arg(long, value_parser = status)]
    status: Option<v1::PaymentStatus>,
    /// Only payments started at or after this moment, as in 2026-11-21T00:00:00Z
    #[arg(long, value_name = "RFC3339", value_parser = timestamp)]
    from: Option<Timestamp>,
    /// Only payments started before this moment
    #[arg(long, value_name = "RFC3339", value_parser = timestamp)]
    before: Option<Timestamp>,
    /// The largest number of payments, 1 to 100 [default: 20]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    page_size: Option<i32>,
    /// The next_page_token of the page before
    #[arg(long, value_name = "TOKEN")]
    page_token: Option<String>,
}

/// The order to show.
#[derive(Debug, Args)]
pub(crate) struct Order {
    /// The billing platform's own reference of the order
    reference: String,
    /// The total of the order, as in "12.50 USD" [default: the total that the newest payment gave]
    #[arg(long, value_name = "AMOUNT CURRENCY", value_parser = money)]
    expected_total: Option<v1::Money>,
}

/// The filter for payment options.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only in this currency, ISO 4217, as in USD
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// The billing platform's own id of the customer of the planned payment
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
}

/// The filter for the list of currencies.
#[derive(Debug, Args)]
pub(crate) struct Currencies {
    /// Only currencies that a payment system takes
    #[arg(long)]
    pub(crate) assigned: bool,
}

fn status(text: &str) -> Result<v1::PaymentStatus, &'static str> {
    let name = text.to_ascii_uppercase().replace('-', "_");
    let name = name.strip_prefix("PAYMENT_STATUS_").unwrap_or(&name);
    v1::PaymentStatus::from_str_name(&format!("PAYMENT_STATUS_{name}")).ok_or(
        "it is one of started, action_required, pending, authorized, captured, declined, unknown, released, \
         expired, not_charged, canceled",
    )
}

fn timestamp(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "it is a moment with its offset, as in 2026-11-21T00:00:00Z")
}

impl Payment {
    /// Builds the GetPayment message from whichever id is given.
    pub(crate) fn message(self) -> v1::GetPaymentRequest {
        let by = (self.payment.map(By::PaymentId))
            .or(self.reference.map(By::BillingReference))
            .or(self.processor_id.map(By::ProcessorId))
            .or(self.by_request_id.map(By::RequestId));
        v1::GetPaymentRequest { by, timeline_after: 0 }
    }

    /// Builds the SyncPayment message from whichever id is given.
    pub(crate) fn sync(self) -> v1::SyncPaymentRequest {
        let by = self.message().by.map(|by| match by {
            By::PaymentId(id) => SyncBy::PaymentId(id),
            By::BillingReference(reference) => SyncBy::BillingReference(reference),
            By::ProcessorId(id) => SyncBy::ProcessorId(id),
            By::RequestId(id) => SyncBy::RequestId(id),
        });
        v1::SyncPaymentRequest { by }
    }
}

impl Order {
    /// Builds the GetOrder message for the reference.
    pub(crate) fn message(self) -> v1::GetOrderRequest {
        v1::GetOrderRequest {
            billing_reference: self.reference,
            expected_total: self.expected_total,
            page_size: 100,
            page_token: String::new(),
        }
    }
}

impl Payments {
    /// Builds the ListPayments message for one page.
    pub(crate) fn message(self) -> v1::ListPaymentsRequest {
        v1::ListPaymentsRequest {
            billing_reference: self.reference.unwrap_or_default(),
            status: self.status.unwrap_or_default().into(),
            created_from: self.from.map(moment_to_wire),
            created_before: self.before.map(moment_to_wire),
            page_size: self.page_size.unwrap_or_default(),
            page_token: self.page_token.unwrap_or_default(),
        }
    }
}

impl Options {
    /// Builds the ListPaymentOptions message; empty fields mean no filter.
    pub(crate) fn message(self) -> v1::ListPaymentOptionsRequest {
        v1::ListPaymentOptionsRequest {
            currency: self.currency.unwrap_or_default(),
            customer_id: self.customer.unwrap_or_default(),
        }
    }
}
