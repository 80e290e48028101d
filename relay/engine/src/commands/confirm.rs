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
    observation::{IntentSnapshot, IntentStatus, Observation, Purpose, Rejection},
    operation::{PaymentCommand, Source},
    payment::{
        Payment, State,
        observe::{self, RequestedEffect},
    },
    policy::{self, Judged, JudgedOperation, PolicyInput, Shown},
    timeline::TimelineEntry,
    transition::Transition,
};
use causeway_ports::{
    journal::Begin,
    processor::{Confirmation, Effect, Found, Object, ObjectRef},
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
        let seen = if waits && (self.payment_method.is_some() || ready) {
            match judge(context, caller, self, payment, &intent).await? {
                Some(Ok(judged)) => return ask(context, caller, self, found, &judged).map(Into::into),
                // An instrument that the processor does not show cannot be judged, and is not sent.
                Some(Err(rejection)) => Observation::Refused(rejection),
                None => Observation::Intent(Box::new(intent)),
            }
        } else {
            Observation::Intent(Box::new(intent))
        };
        settle(context, caller, self, found, seen).map(Into::into)
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

/// The instrument that continues the payment, by the same rules as the first one: the PaymentMethod of
/// the request, or else the one that the PaymentIntent has. `None`: there is neither.
async fn judge(
    context: &Context,
    caller: &Caller,
    command: &Confirm,
    payment: &Payment,
    intent: &IntentSnapshot,
) -> Result<Option<Result<Judged, Box<Rejection>>>, Refusal> {
    let tenant = context.tenant(&caller.tenant)?;
    let system = tenant.system(&payment.payment_system).ok_or(Refusal::Internal)?;
    let purpose = Purpose::Payment(payment.order.amount);
    let present = intent.payment_method.as_deref().and_then(|id| PaymentMethodId::parse(id).ok());
    let (id, looked_up) = match (&command.payment_method, present) {
        (Some(another), _) => {
            let asking = Asking { customer: payment.order.payer.as_ref(), processor_customer: None };
            let looked_up = context.look_up_method(tenant, system, another, &asking, purpose).await?;
            (another.clone(), looked_up)
        }
        (None, Some(present)) => {
            let looked_up = context.method(tenant, system, &present, purpose).await?;
            (present, looked_up)
        }
        (None, None) => return Ok(None),
    };
    let method = match looked_up {
        Ok(method) => method,
        Err(rejection) => return Ok(Some(Err(rejection))),
    };
    let now = context.environment.now();
    let input = PolicyInput::of_payment(tenant, system, JudgedOperation::Confirm, payment, now);
    policy::admit(input, &Shown::Method(id, &method)).map(|judged| Some(Ok(judged)))
}

/// The beginning of a confirmation that sends a request to the processor.
fn ask(
    context: &Context,
    caller: &Caller,
    command: &Confirm,
    found: Versioned<Payment>,
    judged: &Judged,
) -> Result<Begin, Refusal> {
    let Versioned { value: mut payment, version } = found;
    payment.admit_instrument(judged);
    let now = context.environment.now();
    let intent = payment.facts.payment_intent.clone().unwrap_or_default();
    let instrument = match &command.payment_method {
        Some(_) => Confirmation::Another(judged),
        None => Confirmation::Present(judged),
    };
    let return_url = command.return_url.as_ref();
    let effect = Effect::Confirm { intent: &intent, instrument, return_url };
    let key = context.key(caller, command, &payment.account());
    let request = request(context.processor(&payment)?, &payment.payment_system, &effect, &key)?;
    payment.updated = now;
    let entry = requested(command, Some(payment.status()), &payment, now, PAYER_ACTED.to_owned());
    let change = PaymentChange { payment, basis: Some(version), entry };
    asking(context, caller, command, context.environment.uuid(), request, change)
}

/// The beginning of a confirmation that needs no processor request: the journal stores the observation
/// and the answer together. Each Confirm is a separate attempt with a final answer.
fn settle(
    context: &Context,
    caller: &Caller,
    command: &Confirm,
    found: Versioned<Payment>,
    seen: Observation,
) -> Result<Begin, Refusal> {
    let Versioned { value: before, version } = found;
    let (status, now) = (before.status(), context.environment.now());
    let Transition { aggregate: mut payment, outcome, note, .. } =
        observe::apply(before, RequestedEffect::Authorize, seen, now);
    payment.updated = now;
    let entry = requested(command, Some(status), &payment, now, note);
    let entry = TimelineEntry { source: Source::Api, ..entry };
    finished(context, caller, command, &outcome, PaymentChange { payment, basis: Some(version), entry })
}
