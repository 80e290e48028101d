//! Go on after the payer acted: finish, or say what is still needed.

use async_trait::async_trait;
use causeway::{order::Confirm, refusal::Refusal, text::RequestId};

use super::{Caller, Desk, New, Order, Prepared, instrument::Asking};
use crate::{
    journal::{Begin, Changes, Kind, PaymentChange, Progress, Source, Step, Versioned},
    payment::{
        Payment, State,
        observation::Observation,
        observe::{self, Asked, Moved},
    },
    policy::{self, Case, Method},
    stripe::{client::Asked as Heard, paths, request::StripeRequest, view::Intent},
};

#[async_trait]
impl Order for Confirm {
    const KIND: Kind = Kind::Confirm;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Looks first: mostly the payer has done it all, and there is nothing to ask for.
    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let Versioned { it: payment, version } = desk.payment(caller, self.payment).await?;
        admit(&payment)?;
        desk.reserve(caller, desk.processor(&payment)?, &payment.payment_system)?;
        let intent = look(desk, &payment).await?;
        let waits = payment.facts.payment_intent.as_deref() == Some(&intent.id)
            && matches!(intent.status.as_str(), "requires_payment_method" | "requires_confirmation");
        if waits && (self.payment_method.is_some() || intent.status == "requires_confirmation") {
            if let Some(method) = &self.payment_method {
                judge(desk, caller, &payment, method).await?;
            }
            return Ok(self.ask(desk, caller, payment, version));
        }
        Ok(self.settle(desk, caller, (payment, version), intent))
    }
}

/// What is over needs no confirming, and says so in its answer; what was never begun
/// cannot be confirmed.
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

async fn look(desk: &Desk, payment: &Payment) -> Result<Intent, Refusal> {
    let silent = |why: String| Refusal::ProcessorSilent { why };
    let id = payment.facts.payment_intent.as_deref();
    let id = id.ok_or(Refusal::NotConfirmable { status: payment.status() })?;
    match desk.processor(payment)?.look(&paths::intent(id)).await {
        Heard::Done { object, .. } => {
            serde_json::from_value(object).map_err(|error| silent(format!("not a PaymentIntent: {error}")))
        }
        Heard::Refused { error, .. } => Err(silent(format!("HTTP {} to a look-up", error.status))),
        Heard::Unknown { why } | Heard::Kept { why } | Heard::KeyReused { why } => Err(silent(why)),
    }
}

/// Another PaymentMethod has to keep the rules as the first one did.
async fn judge(
    desk: &Desk,
    caller: &Caller,
    payment: &Payment,
    method: &causeway::text::PaymentMethodId,
) -> Result<(), Refusal> {
    let tenant = desk.tenant(&caller.tenant)?;
    let system = tenant.system(&payment.payment_system).ok_or(Refusal::Internal)?;
    let asking = Asking { customer: payment.order.payer.as_ref(), processor_customer: None };
    let told = desk.look_at_method(tenant, system, method, &asking).await?;
    match told {
        Ok(told) => {
            let now = desk.surroundings.now();
            policy::judge_method(&Case::of_method(tenant, system, payment, Method::of_stripe(&told), now))
        }
        // Stripe says why when it is asked to go on with it.
        Err(_) => Ok(()),
    }
}

trait Begun {
    fn ask(&self, desk: &Desk, caller: &Caller, payment: Payment, version: u64) -> Prepared;
    fn settle(&self, desk: &Desk, caller: &Caller, before: (Payment, u64), intent: Intent) -> Prepared;
    fn step(&self, payment: &Payment, now: jiff::Timestamp) -> Step;
}

impl Begun for Confirm {
    /// Stripe is asked to go on.
    fn ask(&self, desk: &Desk, caller: &Caller, mut payment: Payment, version: u64) -> Prepared {
        let now = desk.surroundings.now();
        let id = payment.facts.payment_intent.clone().unwrap_or_default();
        let request = StripeRequest::confirm(&id, self.payment_method.as_ref(), self.return_url.as_ref());
        payment.updated = now;
        let step = self.step(&payment, now);
        let new = New::about_payment(desk.surroundings.uuid(), &payment, request);
        let operation = desk.operation(caller, self, new);
        let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
        Begin { operation, changes, nonce: caller.nonce.clone() }.into()
    }

    /// What was seen is the answer, and is written down with it.
    fn settle(&self, desk: &Desk, caller: &Caller, before: (Payment, u64), intent: Intent) -> Prepared {
        let (before, version) = before;
        let now = desk.surroundings.now();
        let seen = Observation::Intent(Box::new(intent));
        let moved = observe::fold(before.clone(), Asked::Authorize, seen, now);
        let Moved { mut payment, outcome, note, .. } = moved;
        payment.updated = now;
        // Each Confirm is an attempt of its own: what it was told is its answer for good.
        let answer = prost::Message::encode_to_vec(&outcome.to_wire(&payment));
        let step =
            Step { from: Some(before.status()), note, source: Source::Api, ..self.step(&payment, now) };
        let new = New {
            id: desk.surroundings.uuid(),
            about: crate::journal::About::Payment(payment.id),
            system: (payment.payment_system.as_str(), payment.account.as_str()),
            request: None,
            progress: Progress::Finished { answer },
        };
        let operation = desk.operation(caller, self, new);
        let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
        Begin { operation, changes, nonce: caller.nonce.clone() }.into()
    }

    fn step(&self, payment: &Payment, now: jiff::Timestamp) -> Step {
        Step {
            at: now,
            from: Some(payment.status()),
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Billing,
            note: "the payer has acted".to_owned(),
            reference: None,
        }
    }
}
