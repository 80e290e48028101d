//! Give captured money back, in full or in part, as often as something is left.

use async_trait::async_trait;
use causeway::{
    money::Money,
    order,
    refusal::{Refusal, Violation},
    text::{Note, RequestId},
};

use super::{Caller, Desk, New, Order, Prepared, capture::known};
use crate::{
    journal::{About, Begin, Changes, Kind, PaymentChange, Progress, Source, Step, Versioned},
    payment::{
        Payment, Refund, RefundState,
        observe::{self, Outcome},
    },
    stripe::{
        idempotency::IdempotencyKey,
        request::{Marks, StripeRequest},
    },
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
        let key = desk.key(caller, self, (&payment.payment_system, &payment.account));
        if let Some((outcome, note)) = find_again(&mut payment, self, &key) {
            payment.updated = desk.surroundings.now();
            return Ok(settled(desk, caller, self, (payment, version), (outcome, note)).into());
        }
        let amount = admit(&payment, self.amount)?;
        let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
        let operation_id = desk.surroundings.uuid();
        let system = desk.tenant(&caller.tenant)?.system(&payment.payment_system);
        if system.is_some_and(|system| system.refund_approval) {
            return submit(desk, caller, self, (payment, version), (operation_id, amount)).map(Into::into);
        }
        let marks = Marks { operation: &operation_id.to_string(), payment: &payment.id.to_string() };
        let request = StripeRequest::refund(&intent, amount, self.reason, &marks)
            .map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
        let now = desk.surroundings.now();
        let refund = started((operation_id, amount, now), &self.request_id, self.reason, self.note.clone());
        let key = Some(key.as_str().to_owned());
        payment.refunds.push(Refund { key, requested_by: self.requested_by.clone(), ..refund });
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
        key: None,
        requested_by: None,
        decision: None,
    }
}

/// The refund that Stripe made under the key of this request, and that the journal has lost:
/// it was seen since as one that was made elsewhere. From now on it is this request's.
fn find_again(
    payment: &mut Payment,
    order: &order::Refund,
    key: &IdempotencyKey,
) -> Option<(Outcome, String)> {
    let lost = |refund: &&mut Refund| refund.is_foreign() && refund.has_key(key);
    let refund = payment.refunds.iter_mut().find(lost)?;
    if order.amount.is_some_and(|asked| asked != refund.amount) {
        return None;
    }
    refund.request_id = Some(order.request_id.clone());
    refund.note.clone_from(&order.note);
    refund.requested_by.clone_from(&order.requested_by);
    let note = format!("a refund of {} was asked for before the journal was lost", refund.amount);
    Some((observe::refunds::outcome_of(refund).0, note))
}

/// A refund that waits for a second person. Stripe is not asked, and the amount counts
/// against what is left.
fn submit(
    desk: &Desk,
    caller: &Caller,
    order: &order::Refund,
    (mut payment, version): (Payment, u64),
    (id, amount): (uuid::Uuid, Money),
) -> Result<Begin, Refusal> {
    let Some(by) = order.requested_by.clone() else {
        let problem = "it is missing; two people are needed for a refund here, so say who asks".to_owned();
        let field = "requested_by".to_owned();
        return Err(Refusal::MalformedRequest(vec![Violation { field, problem }]));
    };
    let now = desk.surroundings.now();
    let refund = started((id, amount, now), &order.request_id, order.reason, order.note.clone());
    let note = format!("{by} asks for a refund of {amount}, which waits for a second person");
    payment.refunds.push(Refund { state: RefundState::Submitted, requested_by: Some(by), ..refund });
    payment.updated = now;
    Ok(settled(desk, caller, order, (payment, version), (Outcome::Pending, note)))
}

/// An operation on a payment that is written down and needs nothing of Stripe.
pub(super) fn settled<O: Order<About = Payment>>(
    desk: &Desk,
    caller: &Caller,
    order: &O,
    (payment, version): (Payment, u64),
    (outcome, note): (Outcome, String),
) -> Begin {
    let step = Step {
        at: payment.updated,
        from: Some(payment.status()),
        to: payment.status(),
        operation: Some((O::KIND, order.request_id().clone())),
        source: Source::Billing,
        note,
        reference: None,
    };
    let answer = prost::Message::encode_to_vec(&outcome.to_wire(&payment));
    let new = New {
        id: desk.surroundings.uuid(),
        about: About::Payment(payment.id),
        system: (payment.payment_system.as_str(), payment.account.as_str()),
        request: None,
        progress: Progress::Finished { answer },
    };
    let operation = desk.operation(caller, order, new);
    let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
    Begin { operation, changes, nonce: caller.nonce.clone() }
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
