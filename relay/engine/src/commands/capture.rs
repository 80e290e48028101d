//! Captures the held amount of a payment, once.

use std::cmp::Ordering;

use async_trait::async_trait;
use causeway::{
    money::PositiveMoney, refusal::Refusal, request::Capture, text::RequestId, v1::PaymentStatus,
};
use causeway_domain::{
    change::{PaymentChange, Versioned},
    operation::PaymentCommand,
    payment::{OpenCapture, Payment, State},
    policy,
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
impl Command for Capture {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::Capture;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn is_asynchronous(&self) -> bool {
        self.asynchronous
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let Versioned { value: mut payment, version } = context.payment(caller, self.payment).await?;
        context.outcome_known(caller, &payment, &self.request_id)?;
        let amount = admit(&payment, self.amount)?;
        let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
        let key = context.key(caller, self, &payment.account());
        let effect = Effect::Capture { intent: &intent, amount };
        let request = request(context.processor(&payment)?, &payment.payment_system, &effect, &key)?;
        let now = context.environment.now();
        let request_id = self.request_id.clone();
        payment.open_capture = Some(OpenCapture { request_id, amount, unknown: false, asked: Some(now) });
        payment.updated = now;
        let note = format!("a capture of {amount} was asked for");
        let entry = requested(self, Some(payment.status()), &payment, now, note);
        let change = PaymentChange { payment, basis: Some(version), entry };
        asking(context, caller, self, context.environment.uuid(), request, change).map(Into::into)
    }
}

/// The amount to capture, or a refusal. Pure.
fn admit(payment: &Payment, asked: Option<PositiveMoney>) -> Result<PositiveMoney, Refusal> {
    let held = payment.order.amount;
    match &payment.state {
        State::Authorized { .. } => {}
        State::Expired { at: Some(at) } => return Err(Refusal::HoldExpired { at: *at }),
        State::Started
        | State::ActionRequired { .. }
        | State::Pending
        | State::Captured { .. }
        | State::Declined { .. }
        | State::Unknown { .. }
        | State::Released
        | State::Expired { at: None }
        | State::NotCharged
        | State::Canceled => {
            return Err(Refusal::NotCapturable { status: payment.status() });
        }
    }
    let asked = asked.unwrap_or(held);
    match asked.compare(held) {
        // All that is held can always be captured.
        Ok(Ordering::Equal) => Ok(asked),
        Ok(Ordering::Less) => policy::judge_capture(asked, payment.limits.minimum).map(|()| asked),
        Ok(Ordering::Greater) => Err(Refusal::CaptureAboveHold { held, asked }),
        Err(_) => Err(Refusal::OtherCurrency { payment: held.currency(), asked: asked.currency() }),
    }
}

impl Context {
    /// Refuses a follow-up while an earlier operation of the payment is in flight or has an
    /// unknown outcome. The refusal names the request id that billing has to repeat. The same
    /// request id is never refused.
    pub(super) fn outcome_known(
        &self,
        caller: &Caller,
        payment: &Payment,
        own: &RequestId,
    ) -> Result<(), Refusal> {
        let authorizing = matches!(payment.status(), PaymentStatus::Started | PaymentStatus::Unknown);
        let open = match (&payment.open_capture, &payment.open_release) {
            (Some(capture), _) => Some((PaymentCommand::Capture, &capture.request_id)),
            (None, Some(release)) => Some((PaymentCommand::ReleaseHold, &release.request_id)),
            (None, None) => authorizing.then_some((PaymentCommand::Authorize, &payment.order.request_id)),
        };
        match open {
            None => Ok(()),
            Some((_, request_id)) if request_id == own => Ok(()),
            Some((_, request_id)) if self.locks.is_held(&caller.tenant, request_id.as_str()) => {
                Err(Refusal::PaymentBusy)
            }
            Some((command, request_id)) => Err(Refusal::OutcomeUnknown {
                operation: command.as_str(),
                request_id: request_id.to_string(),
            }),
        }
    }
}
