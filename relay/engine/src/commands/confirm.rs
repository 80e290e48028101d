//! Continues an authorization after the payer has acted: finishes the payment, or answers
//! with the next action.

use async_trait::async_trait;
use causeway::{
    refusal::Refusal,
    request::Confirm,
    text::{PaymentMethodId, RequestId},
};
use causeway_domain::{
    change::{PaymentChange, Versioned},
    observation::{IntentSnapshot, IntentStatus, Observation, Purpose},
    operation::{PaymentCommand, Source},
    payment::{
        Payment, State,
        observe::{self, RequestedEffect},
    },
    policy::{self, Method, PolicyInput},
    timeline::TimelineEntry,
    transition::Transition,
};
use causeway_ports::{
    journal::Begin,
    processor::{Effect, Found, Object, ObjectRef},
};

use super::{asking, finished, instrument::Asking, requested};
use crate::{
    aggregate::Aggregate,
    context::Context,
    execute::command::{Caller, Command, Plan},
    processors::request,
};

#[async_trait]
impl Command for Confirm {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::Confirm;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Looks up the PaymentIntent first: usually the payer's action has completed the payment and
    /// no request is needed.
    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let found = context.payment(caller, self.payment).await?;
        let payment = &found.value;
        admit(payment)?;
        context.reserve(caller, context.processor(payment)?, &payment.payment_system)?;
        let intent = look_up(context, payment).await?;
        let waits =
            payment.facts.payment_intent.as_deref() == Some(&intent.id) && intent.status.waits_for_a_method();
        let ready = intent.status == IntentStatus::RequiresConfirmation;
        if waits && (self.payment_method.is_some() || ready) {
            if let Some(method) = &self.payment_method {
                judge(context, caller, payment, method).await?;
            }
            return ask(context, caller, self, found).map(Into::into);
        }
        settle(context, caller, self, found, intent).map(Into::into)
    }
}

/// The timeline note of a confirmation.
const PAYER_ACTED: &str = "the payer has acted";

/// An authorized, captured or declined payment needs no confirmation, and the answer shows the
/// state. A payment of unknown outcome, and a payment that was released, expired, canceled or
/// not charged, is refused.
fn admit(payment: &Payment) -> Result<(), Refusal> {
    match &payment.state {
        State::ActionRequired { .. }
        | State::Pending
        | State::Authorized { .. }
        | State::Captured { .. }
        | State::Declined { .. } => Ok(()),
        State::Started | State::Unknown { .. } => Err(Refusal::OutcomeUnknown {
            operation: "authorize",
            request_id: payment.order.request_id.to_string(),
        }),
        State::Released | State::Expired { .. } | State::NotCharged | State::Canceled => {
            Err(Refusal::NotConfirmable { status: payment.status() })
        }
    }
}

async fn look_up(context: &Context, payment: &Payment) -> Result<IntentSnapshot, Refusal> {
    let silent = |why: String| Refusal::ProcessorSilent { why };
    let id = payment.facts.payment_intent.as_deref();
    let id = id.ok_or(Refusal::NotConfirmable { status: payment.status() })?;
    let purpose = Purpose::Payment(payment.order.amount);
    let reply = context.processor(payment)?.retrieve(ObjectRef::Intent(id), purpose).await;
    match reply.found(Object::intent) {
        Found::Is(intent) => Ok(intent),
        Found::Missing => Err(silent("the PaymentIntent is not there".to_owned())),
        Found::Rejected(rejection) => Err(silent(format!("HTTP {} to a look-up", rejection.status))),
        Found::Unreadable { why } => Err(silent(format!("not a PaymentIntent: {why}"))),
        Found::Silent { why } => Err(silent(why)),
    }
}

/// A new PaymentMethod has to satisfy the same policy as the first PaymentMethod.
async fn judge(
    context: &Context,
    caller: &Caller,
    payment: &Payment,
    method: &PaymentMethodId,
) -> Result<(), Refusal> {
    let tenant = context.tenant(&caller.tenant)?;
    let system = tenant.system(&payment.payment_system).ok_or(Refusal::Internal)?;
    let asking = Asking { customer: payment.order.payer.as_ref(), processor_customer: None };
    let looked_up = context
        .look_up_method(tenant, system, method, &asking, Purpose::Payment(payment.order.amount))
        .await?;
    match looked_up {
        Ok(looked_up) => {
            let now = context.environment.now();
            policy::judge_method(&PolicyInput::of_method(
                tenant,
                system,
                payment,
                Method::of_snapshot(&looked_up),
                now,
            ))
        }
        // The confirmation request returns the processor's reason for the rejection.
        Err(_) => Ok(()),
    }
}

/// The beginning of a confirmation that sends a request to the processor.
fn ask(
    context: &Context,
    caller: &Caller,
    command: &Confirm,
    found: Versioned<Payment>,
) -> Result<Begin, Refusal> {
    let Versioned { value: mut payment, version } = found;
    let now = context.environment.now();
    let intent = payment.facts.payment_intent.clone().unwrap_or_default();
    let (method, return_url) = (command.payment_method.as_ref(), command.return_url.as_ref());
    let effect = Effect::Confirm { intent: &intent, method, return_url };
    let key = context.key(caller, command, &payment.account());
    let request = request(context.processor(&payment)?, &payment.payment_system, &effect, &key)?;
    payment.updated = now;
    let entry = requested(command, Some(payment.status()), &payment, now, PAYER_ACTED.to_owned());
    let change = PaymentChange { payment, basis: Some(version), entry };
    asking(context, caller, command, context.environment.uuid(), request, change)
}

/// The beginning of a confirmation that needs no processor request: the journal stores the observation
/// of the look-up and the answer together. Each Confirm is a separate attempt with a final answer.
fn settle(
    context: &Context,
    caller: &Caller,
    command: &Confirm,
    found: Versioned<Payment>,
    intent: IntentSnapshot,
) -> Result<Begin, Refusal> {
    let Versioned { value: before, version } = found;
    let (status, now) = (before.status(), context.environment.now());
    let seen = Observation::Intent(Box::new(intent));
    let Transition { aggregate: mut payment, outcome, note, .. } =
        observe::apply(before, RequestedEffect::Authorize, seen, now);
    payment.updated = now;
    let entry = requested(command, Some(status), &payment, now, note);
    let entry = TimelineEntry { source: Source::Api, ..entry };
    finished(context, caller, command, &outcome, PaymentChange { payment, basis: Some(version), entry })
}
