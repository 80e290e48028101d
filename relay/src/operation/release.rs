//! Give a hold back before it lapses. Off unless the payment system enables it.

use async_trait::async_trait;
use causeway::{
    order::{ReleaseHold, ReleaseReason},
    refusal::Refusal,
    text::RequestId,
};

use super::{Caller, Desk, New, Order, Prepared, capture::known};
use crate::{
    journal::{Begin, Changes, Kind, PaymentChange, Source, Step, Versioned},
    payment::{OpenRelease, Payment, State},
    stripe::request::StripeRequest,
};

#[async_trait]
impl Order for ReleaseHold {
    const KIND: Kind = Kind::ReleaseHold;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let Versioned { it: mut payment, version } = desk.payment(caller, self.payment).await?;
        known(&payment, &self.request_id, |request| desk.turns.is_taken(&caller.tenant, request.as_str()))?;
        admit(desk, caller, &payment)?;
        let request = cancel(&mut payment, &self.request_id, self.reason)?;
        let now = desk.surroundings.now();
        payment.updated = now;
        let step = Step {
            at: now,
            from: Some(payment.status()),
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Billing,
            note: "the hold is to be given back".to_owned(),
            reference: None,
        };
        let new = New::about_payment(desk.surroundings.uuid(), &payment, request);
        let operation = desk.operation(caller, self, new);
        let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
        Ok(Begin { operation, changes, nonce: caller.nonce.clone() }.into())
    }
}

fn admit(desk: &Desk, caller: &Caller, payment: &Payment) -> Result<(), Refusal> {
    let State::Authorized { hold_expires } = payment.state else {
        return Err(Refusal::NotReleasable { status: payment.status() });
    };
    let system = desk.tenant(&caller.tenant)?.system(&payment.payment_system);
    if system.is_some_and(|system| system.release_hold) {
        return Ok(());
    }
    Err(Refusal::ReleaseDisabled { payment_system: payment.payment_system.clone(), hold_expires })
}

/// What Stripe is asked, and the payment knows that it is.
pub(super) fn cancel(
    payment: &mut Payment,
    request_id: &RequestId,
    reason: Option<ReleaseReason>,
) -> Result<StripeRequest, Refusal> {
    let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
    payment.open_release = Some(OpenRelease { request_id: request_id.clone(), unknown: false });
    Ok(StripeRequest::cancel(&intent, reason))
}
