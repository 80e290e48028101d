//! Returns the money of an order that billing could not fulfil, once: refunds captured money, releases
//! a hold, cancels an open authorization. A success that comes later is compensated by the relay.

use async_trait::async_trait;
use causeway::{
    money::PositiveMoney,
    refusal::Refusal,
    request::{RefundReason, ReleaseReason, ReportOrderFailed},
    text::RequestId,
};
use causeway_domain::{
    change::{PaymentChange, Versioned},
    idempotency::IdempotencyKey,
    operation::PaymentCommand,
    payment::{Abandoned, Payment, Refund, State},
    request::ProcessorRequest,
    transition::Outcome,
};
use causeway_ports::processor::{Correlation, Effect};
use jiff::Timestamp;

use super::{asking, finished, refund::started, release::cancel, requested};
use crate::{
    aggregate::Aggregate,
    context::Context,
    execute::command::{Caller, Command, Plan},
    phase::damaged,
    processors::request,
};

#[async_trait]
impl Command for ReportOrderFailed {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::ReportOrderFailed;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let Versioned { value: mut payment, version } = context.payment(caller, self.payment).await?;
        context.outcome_known(caller, &payment, &self.request_id)?;
        let now = context.environment.now();
        let before = payment.status();
        let held = payment.holds_money().map_err(damaged)?;
        payment.given_up.get_or_insert_with(|| Abandoned {
            reason: self.reason,
            note: self.note.clone(),
            at: now,
            request_id: self.request_id.clone(),
            held,
        });
        let id = context.environment.uuid();
        let key = context.key(caller, self, &payment.account());
        let request = give_back(context, self, &mut payment, (id, &key), now)?;
        payment.updated = now;
        let note = format!("billing could not fulfil it: {}", self.reason.spoken());
        let entry = requested(self, Some(before), &payment, now, note);
        let under_way = payment.refunds.iter().any(|refund| refund.state.is_open());
        let change = PaymentChange { payment, basis: Some(version), entry };
        Ok(match request {
            Some(request) => asking(context, caller, self, id, request, change)?.into(),
            // No money is left to return, or a refund is in flight already.
            None => {
                let outcome = if under_way { Outcome::Pending } else { Outcome::Approved };
                finished(context, caller, self, &outcome, change)?.into()
            }
        })
    }
}

/// The request that returns the money; `None` if no money has to be returned.
fn give_back(
    context: &Context,
    command: &ReportOrderFailed,
    payment: &mut Payment,
    (id, key): (uuid::Uuid, &IdempotencyKey),
    now: Timestamp,
) -> Result<Option<ProcessorRequest>, Refusal> {
    match &payment.state {
        State::Captured { .. } => {
            let left = payment.left().map_err(damaged)?;
            let Ok(amount) = PositiveMoney::try_from(left) else { return Ok(None) };
            let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
            let correlation = Correlation { operation: id, payment: payment.id };
            let reason = Some(RefundReason::RequestedByCustomer);
            let effect = Effect::Refund { intent: &intent, amount, reason, correlation };
            let request = request(context.processor(payment)?, &payment.payment_system, &effect, key)?;
            let refund = started((id, amount, now), &command.request_id, reason, command.note.clone());
            payment.refunds.push(Refund { key: Some(key.as_str().to_owned()), ..refund });
            Ok(Some(request))
        }
        State::Authorized { .. } | State::ActionRequired { .. } | State::Pending => {
            let reason = Some(ReleaseReason::Abandoned);
            cancel(context, payment, &command.request_id, key, reason).map(Some)
        }
        State::Started | State::Unknown { .. } => Err(Refusal::PaymentBusy),
        State::Declined { .. }
        | State::Released
        | State::Expired { .. }
        | State::NotCharged
        | State::Canceled => Ok(None),
    }
}
