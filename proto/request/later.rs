//! Later steps of a payment: Confirm, ReleaseHold, ReportOrderFailed, DecideRefund and
//! ImportPayment.

use std::collections::BTreeSet;

use super::{Form, ImportRule, PaymentId, follow_up::payment_of};
use crate::{
    money::PositiveMoney,
    refusal::Refusal,
    text::{
        BillingReference, CustomerId, Note, PaymentIntentId, PaymentMethodId, PersonName, RequestId,
        ReturnUrl, SystemName,
    },
    v1,
};

/// A well-formed Confirm request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Confirm {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// Id of the payment to confirm.
    pub payment: PaymentId,
    /// Another PaymentMethod to continue with.
    pub payment_method: Option<PaymentMethodId>,
    /// URL to which the browser returns after a further action.
    pub return_url: Option<ReturnUrl>,
}

/// Why a hold is released, in Stripe's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReleaseReason {
    /// The same purchase was held twice.
    Duplicate,
    /// The payment is fraudulent.
    Fraudulent,
    /// The customer requested the release.
    RequestedByCustomer,
    /// The customer abandoned the order.
    Abandoned,
}

impl ReleaseReason {
    /// Stripe's value of the cancellation reason.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A well-formed ReleaseHold request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReleaseHold {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// Id of the payment on hold.
    pub payment: PaymentId,
    /// Reason for the release, sent to Stripe.
    pub reason: Option<ReleaseReason>,
}

/// Why the billing platform could not fulfil a paid order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderFailure {
    /// The order cannot be shipped to the address.
    ShippingInvalid,
    /// The order is not paid in full.
    NotFullyPaid,
    /// Ordered products are no longer available.
    ProductsUnavailable,
    /// The payment is no longer active.
    PaymentInactive,
}

impl OrderFailure {
    /// Converts the reason to the contract's enum.
    pub fn to_wire(self) -> v1::OrderFailure {
        match self {
            OrderFailure::ShippingInvalid => v1::OrderFailure::ShippingInvalid,
            OrderFailure::NotFullyPaid => v1::OrderFailure::NotFullyPaid,
            OrderFailure::ProductsUnavailable => v1::OrderFailure::ProductsUnavailable,
            OrderFailure::PaymentInactive => v1::OrderFailure::PaymentInactive,
        }
    }

    /// The reason as an English phrase.
    pub fn spoken(self) -> &'static str {
        match self {
            OrderFailure::ShippingInvalid => "it cannot be shipped to the address",
            OrderFailure::NotFullyPaid => "the order is not paid in full",
            OrderFailure::ProductsUnavailable => "what was ordered is not there any more",
            OrderFailure::PaymentInactive => "the payment is not active any more",
        }
    }
}

/// A well-formed ReportOrderFailed request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReportOrderFailed {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// Id of the payment of the failed order.
    pub payment: PaymentId,
    /// Reason for the failure of the order.
    pub reason: OrderFailure,
    /// Reason in free text, kept in the journal.
    pub note: Option<Note>,
}

/// A well-formed DecideRefund request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DecideRefund {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// Id of the refunded payment.
    pub payment: PaymentId,
    /// Id of the submitted refund.
    pub refund: uuid::Uuid,
    /// Whether the refund is approved.
    pub approves: bool,
    /// Name of the deciding person, other than the requesting person.
    pub decided_by: PersonName,
}

/// A well-formed ImportPayment request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ImportPayment {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// Id of the PaymentIntent, "pi_…".
    pub payment_intent: PaymentIntentId,
    /// Payment system whose account owns the PaymentIntent.
    pub payment_system: Option<SystemName>,
    /// The billing platform's reference of the order or invoice.
    pub reference: Option<BillingReference>,
    /// The billing platform's id of the payer.
    pub customer: Option<CustomerId>,
    /// Amount still due on the order.
    pub amount_due: Option<PositiveMoney>,
    /// Rules that the import may break; empty in requests of an earlier version.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub accept_rules: BTreeSet<ImportRule>,
}

impl Confirm {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::ConfirmRequest) -> Result<Confirm, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let payment = payment_of(&mut form, &message.payment_id, "confirm");
        let payment_method = form.optional("payment_method", &message.payment_method, PaymentMethodId::parse);
        let return_url = form.optional("return_url", &message.return_url, ReturnUrl::parse);
        let parts = (|| {
            Some(Confirm {
                request_id: request_id?,
                payment: payment?,
                payment_method: payment_method?,
                return_url: return_url?,
            })
        })();
        form.finish(parts)
    }
}

impl ReleaseHold {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::ReleaseHoldRequest) -> Result<ReleaseHold, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let payment = payment_of(&mut form, &message.payment_id, "release");
        let reason = release_reason(&mut form, message.reason);
        let parts = (|| Some(ReleaseHold { request_id: request_id?, payment: payment?, reason: reason? }))();
        form.finish(parts)
    }
}

fn release_reason(form: &mut Form, wire: i32) -> Option<Option<ReleaseReason>> {
    match v1::ReleaseReason::try_from(wire) {
        Ok(v1::ReleaseReason::Unspecified) => Some(None),
        Ok(v1::ReleaseReason::Duplicate) => Some(Some(ReleaseReason::Duplicate)),
        Ok(v1::ReleaseReason::Fraudulent) => Some(Some(ReleaseReason::Fraudulent)),
        Ok(v1::ReleaseReason::RequestedByCustomer) => Some(Some(ReleaseReason::RequestedByCustomer)),
        Ok(v1::ReleaseReason::Abandoned) => Some(Some(ReleaseReason::Abandoned)),
        Err(_) => {
            form.wrong("reason", format!("{wire} is not a release reason; they are 0 to 4"));
            None
        }
    }
}

impl ReportOrderFailed {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::ReportOrderFailedRequest) -> Result<ReportOrderFailed, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let payment = payment_of(&mut form, &message.payment_id, "give back");
        let reason = order_failure(&mut form, message.reason);
        let note = form.optional("note", &message.note, Note::parse);
        let parts = (|| {
            Some(ReportOrderFailed {
                request_id: request_id?,
                payment: payment?,
                reason: reason?,
                note: note?,
            })
        })();
        form.finish(parts)
    }
}

fn order_failure(form: &mut Form, wire: i32) -> Option<OrderFailure> {
    match v1::OrderFailure::try_from(wire) {
        Ok(v1::OrderFailure::ShippingInvalid) => Some(OrderFailure::ShippingInvalid),
        Ok(v1::OrderFailure::NotFullyPaid) => Some(OrderFailure::NotFullyPaid),
        Ok(v1::OrderFailure::ProductsUnavailable) => Some(OrderFailure::ProductsUnavailable),
        Ok(v1::OrderFailure::PaymentInactive) => Some(OrderFailure::PaymentInactive),
        Ok(v1::OrderFailure::Unspecified) | Err(_) => {
            let why = "it is missing; give SHIPPING_INVALID (1), NOT_FULLY_PAID (2), \
                       PRODUCTS_UNAVAILABLE (3) or PAYMENT_INACTIVE (4)";
            form.wrong("reason", why.to_owned());
            None
        }
    }
}

impl ImportPayment {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::ImportPaymentRequest) -> Result<ImportPayment, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let payment_intent = form.field("payment_intent", PaymentIntentId::parse(&message.payment_intent));
        let payment_system = form.optional("payment_system", &message.payment_system, SystemName::parse);
        let reference =
            form.optional("billing_reference", &message.billing_reference, BillingReference::parse);
        let customer = form.optional("customer_id", &message.customer_id, CustomerId::parse);
        let amount_due = form.optional_money("amount_due", message.amount_due.as_ref());
        let accept_rules = form.accept_rules(&message.accept_rules);
        let parts = (|| {
            Some(ImportPayment {
                request_id: request_id?,
                payment_intent: payment_intent?,
                payment_system: payment_system?,
                reference: reference?,
                customer: customer?,
                amount_due: amount_due?,
                accept_rules: accept_rules?,
            })
        })();
        form.finish(parts)
    }
}

impl DecideRefund {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::DecideRefundRequest) -> Result<DecideRefund, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let payment = payment_of(&mut form, &message.payment_id, "refund");
        let refund = uuid::Uuid::try_parse(&message.refund_id)
            .map_err(|_| "it is not the id of a refund, a UUID as RefundRecord.id has it");
        let refund = form.field("refund_id", refund);
        let approves = match v1::RefundDecision::try_from(message.decision) {
            Ok(v1::RefundDecision::Approve) => Some(true),
            Ok(v1::RefundDecision::Reject) => Some(false),
            Ok(v1::RefundDecision::Unspecified) | Err(_) => {
                form.wrong("decision", "it is missing; give APPROVE (1) or REJECT (2)".to_owned());
                None
            }
        };
        let decided_by = form.field("decided_by", PersonName::parse(&message.decided_by));
        let parts = (|| {
            Some(DecideRefund {
                request_id: request_id?,
                payment: payment?,
                refund: refund?,
                approves: approves?,
                decided_by: decided_by?,
            })
        })();
        form.finish(parts)
    }
}
