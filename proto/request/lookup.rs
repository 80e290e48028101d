//! Look-up of one payment and listing of payments, with the tokens of pages.

use jiff::Timestamp;

use super::{Form, PaymentId};
use crate::{
    refusal::Refusal,
    text::{BillingReference, ProcessorId, RequestId},
    v1,
};

/// The key by which one payment is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// By the payment id of Causeway.
    Payment(PaymentId),
    /// The newest payment with the billing platform's reference.
    Reference(BillingReference),
    /// By an id assigned by Stripe.
    Processor(ProcessorId),
    /// By the request id of any operation of the payment.
    Request(RequestId),
}

/// Filter and page of a list of payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Only payments with this reference.
    pub reference: Option<BillingReference>,
    /// Only payments in this status.
    pub status: Option<v1::PaymentStatus>,
    /// Only payments started at or after this time.
    pub created_from: Option<Timestamp>,
    /// Only payments started before this time.
    pub created_before: Option<Timestamp>,
    /// Maximum number of payments on the page, 1 to 100.
    pub page_size: u32,
    /// Only payments older than this payment.
    pub after: Option<PaymentId>,
}

/// A page of a list of payments, as requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingPage {
    /// The filter, from the first payment on.
    pub listing: Listing,
    /// The token of the page before; `None` for the first page.
    pub token: Option<PageToken>,
}

/// The token of a page, as the relay gave it. Only the relay can tell the place in the list from a
/// token, and only for the tenant and the filter of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken(pub u128);

impl PageToken {
    /// Reads a token in the form of a UUID.
    pub fn parse(text: &str) -> Result<PageToken, &'static str> {
        let read = PaymentId::parse(text).map(|id| PageToken(id.0.as_u128()));
        read.map_err(|_| "it is not a next_page_token of the same list")
    }

    /// Reads a token that may be absent.
    pub(super) fn optional(form: &mut Form, text: &str) -> Option<Option<PageToken>> {
        form.optional("page_token", text, PageToken::parse)
    }
}

impl std::fmt::Display for PageToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&uuid::Uuid::from_u128(self.0), f)
    }
}

/// Reads a page size; `None` without one.
pub(super) fn page_size(form: &mut Form, given: i32, most: u32) -> Option<Option<u32>> {
    match u32::try_from(given) {
        Ok(0) => Some(None),
        Ok(size) if size <= most => Some(Some(size)),
        _ => form.field("page_size", Err(format!("{given} is not from 1 to {most}"))),
    }
}

/// Payments on a page when the caller gives no page size.
const USUAL_PAGE: u32 = 20;
/// Maximum number of payments on a page.
pub(super) const MAX_PAGE: u32 = 100;

impl Lookup {
    /// Reads the message, or refuses the message with the mistake.
    pub fn read(message: &v1::GetPaymentRequest) -> Result<Lookup, Refusal> {
        use v1::get_payment_request::By;
        let mut form = Form::default();
        let parts = match &message.by {
            None => {
                form.wrong(
                    "by",
                    "give one of payment_id, billing_reference, processor_id, request_id".to_owned(),
                );
                None
            }
            Some(By::PaymentId(id)) => form.field("payment_id", PaymentId::parse(id)).map(Lookup::Payment),
            Some(By::BillingReference(reference)) => {
                form.field("billing_reference", BillingReference::parse(reference)).map(Lookup::Reference)
            }
            Some(By::ProcessorId(id)) => {
                form.field("processor_id", ProcessorId::parse(id)).map(Lookup::Processor)
            }
            Some(By::RequestId(id)) => form.request_id(id).map(Lookup::Request),
        };
        form.finish(parts)
    }
}

impl ListingPage {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::ListPaymentsRequest) -> Result<ListingPage, Refusal> {
        let mut form = Form::default();
        let reference =
            form.optional("billing_reference", &message.billing_reference, BillingReference::parse);
        let status = match v1::PaymentStatus::try_from(message.status) {
            Ok(v1::PaymentStatus::Unspecified) => Some(None),
            Ok(status) => Some(Some(status)),
            Err(_) => form.field("status", Err(format!("{} is not a payment status", message.status))),
        };
        let created_from = moment(&mut form, "created_from", message.created_from.as_ref());
        let created_before = moment(&mut form, "created_before", message.created_before.as_ref());
        let size = page_size(&mut form, message.page_size, MAX_PAGE);
        let token = PageToken::optional(&mut form, &message.page_token);
        let parts = (|| {
            let listing = Listing {
                reference: reference?,
                status: status?,
                created_from: created_from?,
                created_before: created_before?,
                page_size: size?.unwrap_or(USUAL_PAGE),
                after: None,
            };
            Some(ListingPage { listing, token: token? })
        })();
        form.finish(parts)
    }
}

fn moment(form: &mut Form, name: &str, wire: Option<&prost_types::Timestamp>) -> Option<Option<Timestamp>> {
    match wire {
        None => Some(None),
        Some(wire) => form
            .field(name, Timestamp::new(wire.seconds, wire.nanos).map_err(|_| "it is not a moment in time"))
            .map(Some),
    }
}

/// Converts a time to the protobuf timestamp.
pub fn moment_to_wire(moment: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: moment.as_second(), nanos: moment.subsec_nanosecond() }
}
