//! A second person approves or rejects a refund. Nobody approves their own.

use async_trait::async_trait;
use causeway::{order::DecideRefund, refusal::Refusal, text::RequestId};

use super::{Caller, Desk, New, Order, Prepared, capture::known, refund::settled};
use crate::{
    journal::{Begin, Changes, Kind, PaymentChange, Source, Step, Versioned},
    payment::{Payment, Refund, RefundState, observe::Outcome, refund::Decision},
    stripe::request::{Marks, StripeRequest},
};

#[async_trait]
impl Order for DecideRefund {
    const KIND: Kind = Kind::DecideRefund;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let Versioned { it: mut payment, version } = desk.payment(caller, self.payment).await?;
        known(&payment, &self.request_id, |request| desk.turns.is_taken(&caller.tenant, request.as_str()))?;
        let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
        let mark = payment.id.to_string();
        let key = desk.key(caller, self, (&payment.payment_system, &payment.account));
        let now = desk.surroundings.now();
        payment.updated = now;
        let found = payment.refunds.iter_mut().find(|refund| refund.id == self.refund);
        let refund = found.ok_or(Refusal::RefundNotFound)?;
        admit(refund, self)?;
        refund.decision = Some(Decision { by: self.decided_by.clone(), request_id: self.request_id.clone() });
        let (id, amount, reason) = (refund.id, refund.amount, refund.reason);
        if !self.approves {
            refund.state = RefundState::Rejected;
            let note = format!("{} rejected the refund of {amount}", self.decided_by);
            return Ok(settled(desk, caller, self, (payment, version), (Outcome::Approved, note)).into());
        }
        refund.state = RefundState::Started;
        refund.key = Some(key.as_str().to_owned());
        let marks = Marks { operation: &id.to_string(), payment: &mark };
        let request = StripeRequest::refund(&intent, amount, reason, &marks)
            .map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
        let step = Step {
            at: now,
            from: Some(payment.status()),
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Billing,
            note: format!("{} approved the refund of {amount}", self.decided_by),
            reference: None,
        };
        let new = New::about_payment(desk.surroundings.uuid(), &payment, request);
        let operation = desk.operation(caller, self, new);
        let changes = Changes::of_payment(PaymentChange { payment, basis: Some(version), step });
        Ok(Begin { operation, changes, nonce: caller.nonce.clone() }.into())
    }
}

/// Who asked may take it back, and does not approve it. Pure.
fn admit(refund: &Refund, order: &DecideRefund) -> Result<(), Refusal> {
    if refund.state != RefundState::Submitted {
        return Err(Refusal::RefundNotSubmitted { status: refund.to_wire().status() });
    }
    let own = refund
        .requested_by
        .as_ref()
        .is_some_and(|by| by.as_str().trim().eq_ignore_ascii_case(order.decided_by.as_str().trim()));
    if own && order.approves {
        return Err(Refusal::RefundOwnApproval { by: order.decided_by.to_string() });
    }
    Ok(())
}
