//! Refunds captured money, in full or in part, as often as money is left.

use std::cmp::Ordering;

use async_trait::async_trait;
use causeway::{
    bounds,
    money::PositiveMoney,
    refusal::{Limit, Refusal, Violation},
    request,
    text::{Note, RequestId},
};
use causeway_domain::{
    change::{PaymentChange, Versioned},
    idempotency::IdempotencyKey,
    operation::PaymentCommand,
    payment::{Payment, Refund, RefundState, observe::refunds},
    transition::Outcome,
};
use causeway_ports::{
    journal::Begin,
    processor::{Correlation, Effect},
};
use jiff::Timestamp;

use super::{asking, finished, requested};
use crate::{
    aggregate::Aggregate,
    context::Context,
    execute::command::{Caller, Command, Plan},
    phase::damaged,
    processors::request,
};

#[async_trait]
impl Command for request::Refund {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::Refund;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn is_asynchronous(&self) -> bool {
        self.asynchronous
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let Versioned { value: mut payment, version } = context.payment(caller, self.payment).await?;
        context.outcome_known(caller, &payment, &self.request_id)?;
        let key = context.key(caller, self, &payment.account());
        if let Some((outcome, note)) = find_lost(&mut payment, self, &key) {
            payment.updated = context.environment.now();
            return settled(context, caller, self, (payment, version), &outcome, note).map(Into::into);
        }
        let amount = admit(&payment, self.amount)?;
        has_room(&payment)?;
        let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
        let id = context.environment.uuid();
        let system = context.tenant(&caller.tenant)?.system(&payment.payment_system);
        if system.is_some_and(|system| system.refund_approval) {
            return submit(context, caller, self, (payment, version), (id, amount)).map(Into::into);
        }
        let correlation = Correlation { operation: id, payment: payment.id };
        let effect = Effect::Refund { intent: &intent, amount, reason: self.reason, correlation };
        let request = request(context.processor(&payment)?, &payment.payment_system, &effect, &key)?;
        let now = context.environment.now();
        let refund = started((id, amount, now), &self.request_id, self.reason, self.note.clone());
        let key = Some(key.as_str().to_owned());
        payment.refunds.push(Refund { key, requested_by: self.requested_by.clone(), ..refund });
        payment.updated = now;
        let note = format!("a refund of {amount} was asked for");
        let entry = requested(self, Some(payment.status()), &payment, now, note);
        let change = PaymentChange { payment, basis: Some(version), entry };
        asking(context, caller, self, id, request, change).map(Into::into)
    }
}

/// A new refund in the state `Started`, before the request is sent.
pub(super) fn started(
    (id, amount, now): (uuid::Uuid, PositiveMoney, Timestamp),
    request_id: &RequestId,
    reason: Option<request::RefundReason>,
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

/// Finds a refund that the processor made under this request's key and the journal has lost. The
/// journal holds such a refund as foreign since a look-up; this request takes the refund over.
fn find_lost(
    payment: &mut Payment,
    command: &request::Refund,
    key: &IdempotencyKey,
) -> Option<(Outcome, String)> {
    let lost = |refund: &&mut Refund| refund.is_foreign() && refund.has_key(key);
    let refund = payment.refunds.iter_mut().find(lost)?;
    if command.amount.is_some_and(|asked| asked != refund.amount) {
        return None;
    }
    refund.request_id = Some(command.request_id.clone());
    refund.note.clone_from(&command.note);
    refund.requested_by.clone_from(&command.requested_by);
    let note = format!("a refund of {} was asked for before the journal was lost", refund.amount);
    Some((refunds::outcome_of(refund).0, note))
}

/// The beginning of a refund that waits for a second person. No request is sent, and the amount
/// counts against the refundable rest.
fn submit(
    context: &Context,
    caller: &Caller,
    command: &request::Refund,
    (mut payment, version): (Payment, u64),
    (id, amount): (uuid::Uuid, PositiveMoney),
) -> Result<Begin, Refusal> {
    let Some(by) = command.requested_by.clone() else {
        let problem = "it is missing; two people are needed for a refund here, so say who asks".to_owned();
        let field = "requested_by".to_owned();
        return Err(Refusal::MalformedRequest(vec![Violation { field, problem }]));
    };
    let now = context.environment.now();
    let refund = started((id, amount, now), &command.request_id, command.reason, command.note.clone());
    let note = format!("{by} asks for a refund of {amount}, which waits for a second person");
    payment.refunds.push(Refund { state: RefundState::Submitted, requested_by: Some(by), ..refund });
    payment.updated = now;
    settled(context, caller, command, (payment, version), &Outcome::Pending, note)
}

/// The beginning of a refund that needs no processor request.
fn settled(
    context: &Context,
    caller: &Caller,
    command: &request::Refund,
    (payment, version): (Payment, u64),
    outcome: &Outcome,
    note: String,
) -> Result<Begin, Refusal> {
    let entry = requested(command, Some(payment.status()), &payment, payment.updated, note);
    finished(context, caller, command, outcome, PaymentChange { payment, basis: Some(version), entry })
}

/// Refuses a refund that would not fit into the payment's answers and events.
fn has_room(payment: &Payment) -> Result<(), Refusal> {
    let wire = payment.to_wire().map_err(damaged)?;
    if bounds::size_of(&wire) <= bounds::REFUNDABLE_LIMIT {
        return Ok(());
    }
    Err(Limit::Payment { refunds: payment.refunds.len() }.into())
}

/// The refundable amount, pure: the captured amount less refunds that are done, in flight
/// or of unknown outcome.
fn admit(payment: &Payment, asked: Option<PositiveMoney>) -> Result<PositiveMoney, Refusal> {
    let captured = payment.captured().ok_or(Refusal::NotRefundable { status: payment.status() })?;
    let currency = captured.currency();
    let left = payment.left().map_err(damaged)?;
    let asked = asked.or(PositiveMoney::try_from(left).ok()).unwrap_or(captured);
    match asked.compare(left) {
        Ok(Ordering::Less | Ordering::Equal) => return Ok(asked),
        Ok(Ordering::Greater) => {}
        Err(_) => return Err(Refusal::OtherCurrency { payment: currency, asked: asked.currency() }),
    }
    let pending = payment.refunded(|state| state.counts() && *state != RefundState::Succeeded);
    let pending = pending.map_err(damaged)?;
    Err(Refusal::RefundAboveLeft { left, captured, pending, asked })
}
