//! Take a held amount, once.

use async_trait::async_trait;
use causeway::{money::Money, order::Capture, refusal::Refusal, text::RequestId, v1::PaymentStatus};

use super::{Caller, Desk, New, Order, Prepared};
use crate::{
    journal::{Begin, Changes, Kind, PaymentChange, Source, Step, Versioned},
    payment::{OpenCapture, Payment, State},
    stripe::request::StripeRequest,
};

#[async_trait]
impl Order for Capture {
    const KIND: Kind = Kind::Capture;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn is_asynchronous(&self) -> bool {
        self.asynchronous
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let Versioned { it: mut payment, version } = desk.payment(caller, self.payment).await?;
        let under_way = |request: &RequestId| desk.turns.is_taken(&caller.tenant, request.as_str());
        known(&payment, &self.request_id, under_way)?;
        let amount = admit(&payment, self.amount)?;
        let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
        let request = StripeRequest::capture(&intent, amount)
            .map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
        let now = desk.surroundings.now();
        let request_id = self.request_id.clone();
        payment.open_capture = Some(OpenCapture { request_id, amount, unknown: false, asked: Some(now) });
        payment.updated = now;
        let step = Step {
            at: now,
            from: Some(payment.status()),
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Billing,
            note: format!("a capture of {amount} was asked for"),
            reference: None,
        };
        let operation =
            desk.operation(caller, self, New::about_payment(desk.surroundings.uuid(), &payment, request));
        let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
        Ok(Begin { operation, changes, nonce: caller.nonce.clone() }.into())
    }
}

/// How much may be captured. Pure.
fn admit(payment: &Payment, asked: Option<Money>) -> Result<Money, Refusal> {
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
    if asked.currency() != held.currency() {
        return Err(Refusal::OtherCurrency { payment: held.currency(), asked: asked.currency() });
    }
    if asked.minor() > held.minor() {
        return Err(Refusal::CaptureAboveHold { held, asked });
    }
    Ok(asked)
}

/// Refuses a follow-up while something before it is under way or not known. That
/// something is named, so that billing knows which request to repeat. A request does
/// not stand in its own way.
pub(super) fn known(
    payment: &Payment,
    own: &RequestId,
    under_way: impl Fn(&RequestId) -> bool,
) -> Result<(), Refusal> {
    let authorizing = matches!(payment.status(), PaymentStatus::Started | PaymentStatus::Unknown);
    let open = match (&payment.open_capture, &payment.open_release) {
        (Some(capture), _) => Some(("capture", &capture.request_id)),
        (None, Some(release)) => Some(("release_hold", &release.request_id)),
        (None, None) => authorizing.then_some(("authorize", &payment.order.request_id)),
    };
    match open {
        None => Ok(()),
        Some((_, request_id)) if request_id == own => Ok(()),
        Some((_, request_id)) if under_way(request_id) => Err(Refusal::PaymentBusy),
        Some((operation, request_id)) => {
            Err(Refusal::OutcomeUnknown { operation, request_id: request_id.to_string() })
        }
    }
}
