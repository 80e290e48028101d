//! Give back what billing could not fulfil, once: refund what was taken, release what is
//! held, give up what is not decided. What succeeds after all is given back then.

use std::sync::Arc;

use async_trait::async_trait;
use causeway::{
    money::Money,
    order::{OrderFailure, PaymentId, RefundReason, ReleaseReason, ReportOrderFailed},
    refusal::Refusal,
    tenant::TenantName,
    text::RequestId,
};

use super::{Caller, Desk, New, Order, Prepared, capture::known, refund::started, release::cancel};
use crate::{
    journal::{About, Begin, Changes, Kind, PaymentChange, Progress, Source, Step, Versioned},
    payment::{AlarmKind, GivenUp, Payment, Refund, State, observe::Outcome},
    stripe::{
        idempotency::IdempotencyKey,
        request::{Marks, StripeRequest},
    },
};

#[async_trait]
impl Order for ReportOrderFailed {
    const KIND: Kind = Kind::ReportOrderFailed;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let Versioned { it: mut payment, version } = desk.payment(caller, self.payment).await?;
        known(&payment, &self.request_id, |request| desk.turns.is_taken(&caller.tenant, request.as_str()))?;
        let now = desk.surroundings.now();
        let before = payment.status();
        let held = payment.holds_money();
        payment.given_up.get_or_insert_with(|| GivenUp {
            reason: self.reason,
            note: self.note.clone(),
            at: now,
            request_id: self.request_id.clone(),
            held,
        });
        let id = desk.surroundings.uuid();
        let key = desk.key(caller, self, (&payment.payment_system, &payment.account));
        let request = self.give_back(&mut payment, (id, &key), now)?;
        payment.updated = now;
        let step = Step {
            at: now,
            from: Some(before),
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Billing,
            note: format!("billing could not fulfil it: {}", self.reason.spoken()),
            reference: None,
        };
        let progress = match &request {
            Some(_) => Progress::Open,
            // There is nothing to give back, or it is on its way already.
            None => {
                let under_way = payment.refunds.iter().any(|refund| refund.state.is_open());
                let outcome = if under_way { Outcome::Pending } else { Outcome::Approved };
                Progress::Finished { answer: prost::Message::encode_to_vec(&outcome.to_wire(&payment)) }
            }
        };
        let new = New {
            id,
            about: About::Payment(payment.id),
            system: (payment.payment_system.as_str(), payment.account.as_str()),
            request,
            progress,
        };
        let operation = desk.operation(caller, self, new);
        let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
        Ok(Begin { operation, changes, nonce: caller.nonce.clone() }.into())
    }
}

trait GiveBack {
    fn give_back(
        &self,
        payment: &mut Payment,
        marks: (uuid::Uuid, &IdempotencyKey),
        now: jiff::Timestamp,
    ) -> Result<Option<StripeRequest>, Refusal>;
}

impl GiveBack for ReportOrderFailed {
    /// What Stripe is asked to do about it; `None`: there is nothing to do.
    fn give_back(
        &self,
        payment: &mut Payment,
        (id, key): (uuid::Uuid, &IdempotencyKey),
        now: jiff::Timestamp,
    ) -> Result<Option<StripeRequest>, Refusal> {
        match &payment.state {
            State::Captured { captured } => {
                let Ok(amount) = Money::of_minor(payment.left_minor(), captured.currency()) else {
                    return Ok(None);
                };
                let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
                let marks = Marks { operation: &id.to_string(), payment: &payment.id.to_string() };
                let reason = Some(RefundReason::RequestedByCustomer);
                let request = StripeRequest::refund(&intent, amount, reason, &marks)
                    .map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
                let refund = started((id, amount, now), &self.request_id, reason, self.note.clone());
                payment.refunds.push(Refund { key: Some(key.as_str().to_owned()), ..refund });
                Ok(Some(request))
            }
            State::Authorized { .. } | State::ActionRequired { .. } | State::Pending => {
                cancel(payment, &self.request_id, Some(ReleaseReason::Abandoned)).map(Some)
            }
            State::Started | State::Unknown { .. } => Err(Refusal::PaymentBusy),
            State::Declined { .. }
            | State::Released
            | State::Expired { .. }
            | State::NotCharged
            | State::Canceled => Ok(None),
        }
    }
}

impl Desk {
    /// A payment that was given up and holds money: it is given back. Somebody hears of it
    /// where there was none when it was given up. A release that was not heard of is taken
    /// up; otherwise each try has a request id of its own, made of how often it was tried.
    pub(crate) async fn give_back_late(
        self: &Arc<Self>,
        tenant: &TenantName,
        id: PaymentId,
    ) -> Result<(), Refusal> {
        let what = "the payment was given up and succeeded after all; its money is being given back";
        let note = |payment: &mut Payment, _| {
            if payment.given_up.as_ref().is_some_and(|given| !given.held) {
                payment.contradict(AlarmKind::LateSuccess, what.to_owned());
            }
            what.to_owned()
        };
        let amended = self.amend(tenant, id, Source::Recovery, None, note).await;
        let (payment, _) = amended.map_err(super::unwritable)?;
        if let Some(open) = &payment.open_release {
            let found = self.journal.operation(tenant, &open.request_id).await.map_err(super::unwritable)?;
            return match found {
                Some(operation) => self.resume::<Payment>(&operation, Source::Recovery).await.map(drop),
                None => Err(Refusal::Internal),
            };
        }
        causeway_runtime::failpoint!("relay.late_success.noted");
        let tries = payment.refunds.len();
        let order = ReportOrderFailed {
            request_id: RequestId::kept(format!("causeway/give-back/{id}/{tries}")),
            payment: id,
            reason: payment.given_up.as_ref().map_or(OrderFailure::PaymentInactive, |given| given.reason),
            note: None,
        };
        let caller = Caller::itself(tenant);
        self.work(caller, order).await.map(drop)
    }
}
