//! Give captured money back, in full or in part, as often as something is left.

use async_trait::async_trait;
use causeway::{
    money::Money,
    order,
    refusal::Refusal,
    text::{Note, RequestId},
};

use super::{Caller, Desk, New, Order, Prepared, capture::known};
use crate::{
    journal::{Begin, Changes, Kind, PaymentChange, Source, Step, Versioned},
    payment::{Payment, Refund, RefundState},
    stripe::request::{Marks, StripeRequest},
};

#[async_trait]
impl Order for order::Refund {
    const KIND: Kind = Kind::Refund;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn is_asynchronous(&self) -> bool {
        self.asynchronous
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let Versioned { it: mut payment, version } = desk.payment(caller, self.payment).await?;
        known(&payment, &self.request_id, |request| desk.turns.is_taken(&caller.tenant, request.as_str()))?;
        let amount = admit(&payment, self.amount)?;
        let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
        let operation_id = desk.surroundings.uuid();
        let marks = Marks { operation: &operation_id.to_string(), payment: &payment.id.to_string() };
        let request = StripeRequest::refund(&intent, amount, self.reason, &marks)
            .map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
        let now = desk.surroundings.now();
        let refund = started((operation_id, amount, now), &self.request_id, self.reason, self.note.clone());
        payment.refunds.push(refund);
        payment.updated = now;
        let step = Step {
            at: now,
            from: Some(payment.status()),
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Billing,
            note: format!("a refund of {amount} was asked for"),
            reference: None,
        };
        let operation = desk.operation(caller, self, New::about_payment(operation_id, &payment, request));
        let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
        Ok(Begin { operation, changes, nonce: caller.nonce.clone() }.into())
    }
}

/// A refund that is about to be asked for.
pub(super) fn started(
    (id, amount, now): (uuid::Uuid, Money, jiff::Timestamp),
    request_id: &RequestId,
    reason: Option<order::RefundReason>,
    note: Option<Note>,
) -> Refund {
    Refund {
        id,
        request_id: Some(request_id.clone()),
        amount,
        reason,
        note,
        created: now,
        state: RefundState::Started,
        processor_id: None,
        balance_transaction: None,
        failure_balance_transaction: None,
    }
}

/// How much may be refunded: what is captured less what is back, on its way back
/// or perhaps back. Pure.
fn admit(payment: &Payment, asked: Option<Money>) -> Result<Money, Refusal> {
    let captured = payment.captured().ok_or(Refusal::NotRefundable { status: payment.status() })?;
    let currency = captured.currency();
    let left = Money::of_minor(payment.left_minor(), currency).ok();
    let asked = asked.or(left).unwrap_or(captured);
    if asked.currency() != currency {
        return Err(Refusal::OtherCurrency { payment: currency, asked: asked.currency() });
    }
    if left.is_some_and(|left| asked.minor() <= left.minor()) {
        return Ok(asked);
    }
    let pending = payment.refunded_minor(|state| state.counts() && *state != RefundState::Succeeded);
    Err(Refusal::RefundAboveLeft {
        left: left.map_or_else(|| "nothing".to_owned(), |left| left.to_string()),
        captured,
        pending: Money::of_minor(pending, currency).ok(),
        asked,
    })
}
