//! A second person approves or rejects a refund. The requester cannot approve the refund.

use async_trait::async_trait;
use causeway::{refusal::Refusal, request::DecideRefund, text::RequestId};
use causeway_domain::{
    change::{PaymentChange, Versioned},
    operation::PaymentCommand,
    payment::{Payment, Refund, RefundState, refund::Decision},
    transition::Outcome,
};
use causeway_ports::processor::{Correlation, Effect};

use super::{asking, finished, requested};
use crate::{
    aggregate::Aggregate,
    context::Context,
    execute::command::{Caller, Command, Plan},
    processors::request,
};

#[async_trait]
impl Command for DecideRefund {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::DecideRefund;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let Versioned { value: mut payment, version } = context.payment(caller, self.payment).await?;
        context.outcome_known(caller, &payment, &self.request_id)?;
        let intent = payment.facts.payment_intent.clone().ok_or(Refusal::Internal)?;
        let key = context.key(caller, self, &payment.account());
        let now = context.environment.now();
        payment.updated = now;
        let found = payment.refunds.iter_mut().find(|refund| refund.id == self.refund);
        let refund = found.ok_or(Refusal::RefundNotFound)?;
        admit(refund, self)?;
        refund.decision = Some(Decision { by: self.decided_by.clone(), request_id: self.request_id.clone() });
        let (id, amount, reason) = (refund.id, refund.amount, refund.reason);
        if !self.approves {
            refund.state = RefundState::Rejected;
            let note = format!("{} rejected the refund of {amount}", self.decided_by);
            let entry = requested(self, Some(payment.status()), &payment, now, note);
            let change = PaymentChange { payment, basis: Some(version), entry };
            return finished(context, caller, self, &Outcome::Approved, change).map(Into::into);
        }
        refund.state = RefundState::Started;
        refund.key = Some(key.as_str().to_owned());
        let correlation = Correlation { operation: id, payment: payment.id };
        let effect = Effect::Refund { intent: &intent, amount, reason, correlation };
        let request = request(context.processor(&payment)?, &payment.payment_system, &effect, &key)?;
        let note = format!("{} approved the refund of {amount}", self.decided_by);
        let entry = requested(self, Some(payment.status()), &payment, now, note);
        let change = PaymentChange { payment, basis: Some(version), entry };
        asking(context, caller, self, context.environment.uuid(), request, change).map(Into::into)
    }
}

/// The requester may withdraw the refund by rejecting, but may not approve. Pure.
fn admit(refund: &Refund, command: &DecideRefund) -> Result<(), Refusal> {
    if refund.state != RefundState::Submitted {
        return Err(Refusal::RefundNotSubmitted { status: refund.to_wire().status() });
    }
    let own = refund
        .requested_by
        .as_ref()
        .is_some_and(|by| by.as_str().trim().eq_ignore_ascii_case(command.decided_by.as_str().trim()));
    if own && command.approves {
        return Err(Refusal::RefundOwnApproval { by: command.decided_by.to_string() });
    }
    Ok(())
}
