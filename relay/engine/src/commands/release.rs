//! Releases a hold before the hold expires. Refused unless the payment system enables releases.

use async_trait::async_trait;
use causeway::{
    refusal::Refusal,
    request::{ReleaseHold, ReleaseReason},
    text::RequestId,
};
use causeway_domain::{
    change::{PaymentChange, Versioned},
    idempotency::IdempotencyKey,
    operation::PaymentCommand,
    payment::{OpenRelease, Payment, State},
    request::ProcessorRequest,
};
use causeway_ports::processor::Effect;

use super::{asking, requested};
use crate::{
    aggregate::Aggregate,
    context::Context,
    execute::command::{Caller, Command, Plan},
    processors::request,
};

#[async_trait]
impl Command for ReleaseHold {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::ReleaseHold;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let Versioned { value: mut payment, version } = context.payment(caller, self.payment).await?;
        context.outcome_known(caller, &payment, &self.request_id)?;
        admit(context, caller, &payment)?;
        let key = context.key(caller, self, &payment.account());
        let request = cancel(context, &mut payment, &self.request_id, &key, self.reason)?;
        let now = context.environment.now();
        payment.updated = now;
        let note = "the hold is to be given back".to_owned();
        let entry = requested(self, Some(payment.status()), &payment, now, note);
        let change = PaymentChange { payment, basis: Some(version), entry };
        asking(context, caller, self, context.environment.uuid(), request, change).map(Into::into)
    }
}

fn admit(context: &Context, caller: &Caller, payment: &Payment) -> Result<(), Refusal> {
    let State::Authorized { hold_expires } = payment.state else {
        return Err(Refusal::NotReleasable { status: payment.status() });
    };
    let system = context.tenant(&caller.tenant)?.system(&payment.payment_system);
    if system.is_some_and(|system| system.release_hold) {
        return Ok(());
    }
    Err(Refusal::ReleaseDisabled { payment_system: payment.payment_system.clone(), hold_expires })
}

/// The request that cancels the PaymentIntent; the payment records an open release.
pub(super) fn cancel(
    context: &Context,
    payment: &mut Payment,
    request_id: &RequestId,
    key: &IdempotencyKey,
    reason: Option<ReleaseReason>,
) -> Result<ProcessorRequest, Refusal> {
    let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
    let effect = Effect::Cancel { intent: &intent, reason };
    let request = request(context.processor(payment)?, &payment.payment_system, &effect, key)?;
    payment.open_release = Some(OpenRelease { request_id: request_id.clone(), unknown: false });
    Ok(request)
}
