//! Make a new hold in the place of one that ends: the new one first, and the old one is
//! given back once that stands. A decline leaves the old one as it is.

use std::sync::Arc;

use async_trait::async_trait;
use causeway::{
    order::{PaymentId, ReleaseReason},
    refusal::Refusal,
    tenant::TenantName,
    text::RequestId,
};

use super::{Caller, Desk, New, Order, Prepared, subject::Folded};
use crate::{
    journal::{Begin, Changes, Kind, Operation, PaymentChange, Source, Step, Versioned},
    payment::{
        AlarmKind, Facts, Payment, State,
        failure::Failure,
        observation::Observation,
        observe::{self, Asked, Moved, Outcome},
    },
    stripe::{
        client::{Asked as Heard, Heard as Tried},
        idempotency::{IdempotencyKey, Parts},
        request::{Marks, StripeRequest},
    },
};

/// Our own order: nobody outside asks for it.
#[derive(serde::Serialize)]
pub(crate) struct RenewHold {
    request_id: RequestId,
    payment: PaymentId,
}

#[async_trait]
impl Order for RenewHold {
    const KIND: Kind = Kind::RenewHold;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let Versioned { it: mut payment, version } = desk.payment(caller, self.payment).await?;
        if !matches!(payment.state, State::Authorized { .. })
            || payment.open_capture.is_some()
            || payment.open_release.is_some()
        {
            return Err(Refusal::PaymentBusy);
        }
        let id = desk.surroundings.uuid();
        let marks = Marks { operation: &id.to_string(), payment: &payment.id.to_string() };
        let mut terms = payment.order.clone();
        // What Stripe took is what pays again, and nobody is there to act.
        terms.payment_method = payment
            .facts
            .payment_method
            .as_deref()
            .and_then(|method| causeway::text::PaymentMethodId::parse(method).ok())
            .or(terms.payment_method);
        terms.store_card = None;
        terms.return_url = None;
        terms.off_session = true;
        let amount = terms.amount;
        let request = StripeRequest::create_intent(&terms, payment.capture_mode, &marks)
            .map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
        let now = desk.surroundings.now();
        payment.updated = now;
        let step = Step {
            at: now,
            from: Some(payment.status()),
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Recovery,
            note: "the hold ends soon and is to be renewed".to_owned(),
            reference: None,
        };
        let operation = desk.operation(caller, self, New::about_payment(id, &payment, request));
        let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
        Ok(Begin { operation, changes, nonce: None }.into())
    }
}

/// What asking for the new hold came to. It is folded into a payment of its own; only a
/// hold that stands takes the place of the old one.
pub(crate) fn renewed(payment: Payment, operation: &Operation, seen: Observation) -> Folded<Payment> {
    let fresh = Payment { state: State::Started, facts: Facts::default(), ..payment.clone() };
    let now = payment.updated;
    let Moved { payment: new, outcome, .. } = observe::fold(fresh, Asked::Authorize, seen, now);
    let folded =
        |it: Payment, outcome, note: &str| Folded { it, outcome, note: note.to_owned(), foreign: false };
    let wanted = matches!(payment.state, State::Authorized { .. })
        && payment.open_capture.is_none()
        && payment.open_release.is_none();
    match &new.state {
        State::Authorized { .. } if wanted => {
            let old = payment.facts.payment_intent.clone();
            // The same answer once more.
            if old == new.facts.payment_intent {
                return folded(payment, Outcome::Approved, "the hold was renewed");
            }
            let mut renewed =
                Payment { state: new.state, facts: new.facts, warned: false, former_held: true, ..payment };
            renewed.former_intents.extend(old);
            folded(renewed, Outcome::Approved, "the hold was renewed")
        }
        // The payment has gone on meanwhile: the new hold goes back instead of the old one.
        State::Authorized { .. } => {
            let mut payment = payment;
            let new =
                new.facts.payment_intent.filter(|new| payment.facts.payment_intent.as_ref() != Some(new));
            payment.former_held |= new.is_some();
            payment.former_intents.extend(new);
            let why = "the payment has gone on meanwhile, so its hold is not renewed";
            folded(payment, Outcome::Declined(not_renewed(why)), why)
        }
        State::Unknown { failure } => {
            let outcome = Outcome::Unknown(failure.clone());
            folded(payment, outcome, "nobody knows yet whether the hold was renewed")
        }
        State::Started
        | State::ActionRequired { .. }
        | State::Pending
        | State::Captured { .. }
        | State::Declined { .. }
        | State::Released
        | State::Expired { .. }
        | State::NotCharged
        | State::Canceled => refused(payment, operation, &outcome),
    }
}

/// The old hold stays as it is, and somebody hears of it.
fn refused(mut payment: Payment, operation: &Operation, outcome: &Outcome) -> Folded<Payment> {
    let why = match outcome {
        Outcome::Declined(failure) | Outcome::ActionRequired(Some(failure)) => {
            failure.operator_message.clone()
        }
        Outcome::Approved | Outcome::Pending | Outcome::ActionRequired(None) | Outcome::Unknown(_) => {
            "the bank wants the payer to act".to_owned()
        }
    };
    let note = format!(
        "the hold of {} could not be renewed ({}): {why}; the old one stands until it lapses",
        payment.order.amount, operation.request_id
    );
    payment.contradict(AlarmKind::RenewalFailed, note.clone());
    Folded { it: payment, outcome: Outcome::Declined(not_renewed(&why)), note, foreign: false }
}

/// For the journal only: nobody outside asks for a renewal.
fn not_renewed(why: &str) -> Failure {
    Failure { code: "RENEWAL_FAILED".to_owned(), operator_message: why.to_owned(), ..Failure::default() }
}

impl Desk {
    /// Renews the hold of a payment, once for each hold, and gives the old one back.
    pub(crate) async fn renew(self: &Arc<Self>, payment: &Payment) -> Result<bool, Refusal> {
        let hold = payment.former_intents.len();
        let request_id = RequestId::kept(format!("causeway/renew/{}/{hold}", payment.id));
        let order = RenewHold { request_id, payment: payment.id };
        let caller = Caller::itself(&payment.tenant);
        let answer = self.work(caller, order).await?;
        causeway_runtime::failpoint!("relay.renewal.held");
        self.give_back_former(&payment.tenant, payment.id).await?;
        Ok(answer.outcome() == causeway::v1::Outcome::Approved)
    }

    /// Gives back the holds that were renewed, if that is still to be done. The next run asks
    /// again where Stripe did not answer.
    pub(crate) async fn give_back_former(&self, tenant: &TenantName, id: PaymentId) -> Result<(), Refusal> {
        let found = self.journal.payment(tenant, id).await.map_err(super::unwritable)?;
        let payment = found.ok_or(Refusal::PaymentNotFound)?.it;
        if !payment.former_held {
            return Ok(());
        }
        for former in &payment.former_intents {
            let request_id = RequestId::kept(format!("causeway/former/{former}"));
            let parts = Parts {
                environment: &self.settings.environment,
                tenant,
                account: if payment.account.is_empty() { &payment.payment_system } else { &payment.account },
                kind: Kind::ReleaseHold.as_str(),
                request_id: &request_id,
            };
            let request = StripeRequest::cancel(former, Some(ReleaseReason::Duplicate));
            let key = IdempotencyKey::derive(&parts);
            if let Heard::Unknown { why } | Heard::Kept { why } | Heard::KeyReused { why } =
                self.processor(&payment)?.ask(&request, &key, Tried::Maybe).await
            {
                return Err(Refusal::ProcessorSilent { why });
            }
        }
        causeway_runtime::failpoint!("relay.renewal.released");
        let given_back = |now: &mut Payment, _| {
            // One that came meanwhile is for the next run.
            now.former_held = now.former_intents != payment.former_intents;
            "the hold that was renewed was given back".to_owned()
        };
        self.amend(tenant, id, Source::Recovery, None, given_back).await.map_err(super::unwritable)?;
        Ok(())
    }
}
