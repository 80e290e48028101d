//! Replaces a hold that expires soon: the relay places the new hold first, and releases the old
//! hold after the approval. A decline leaves the old hold unchanged.

use std::sync::Arc;

use async_trait::async_trait;
use causeway::{
    refusal::Refusal,
    request::{PaymentId, ReleaseReason},
    tenant::TenantName,
    text::{PaymentMethodId, RequestId},
    v1,
};
use causeway_domain::{
    change::{PaymentChange, Versioned},
    idempotency::{IdempotencyKey, Parts},
    observation::Purpose,
    operation::{PaymentCommand, Source},
    payment::{Payment, State},
    timeline::TimelineEntry,
};
use causeway_ports::processor::{Correlation, Delivery, Effect, ProcessorReply};

use super::{asking, requested};
use crate::{
    aggregate::Aggregate,
    context::Context,
    engine::Engine,
    execute::command::{Caller, Command, Plan},
    inspect::amend,
    phase::before_begin,
    processors::request,
};

/// The relay's own command; no call of the contract leads to RenewHold.
#[derive(serde::Serialize)]
pub(crate) struct RenewHold {
    request_id: RequestId,
    payment: PaymentId,
}

#[async_trait]
impl Command for RenewHold {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::RenewHold;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let Versioned { value: mut payment, version } = context.payment(caller, self.payment).await?;
        if !matches!(payment.state, State::Authorized { .. })
            || payment.open_capture.is_some()
            || payment.open_release.is_some()
        {
            return Err(Refusal::PaymentBusy);
        }
        let id = context.environment.uuid();
        let correlation = Correlation { operation: id, payment: payment.id };
        let mut terms = payment.order.clone();
        // The PaymentMethod that Stripe charged pays again, without the payer present.
        terms.payment_method = payment
            .facts
            .payment_method
            .as_deref()
            .and_then(|method| PaymentMethodId::parse(method).ok())
            .or(terms.payment_method);
        terms.store_card = None;
        terms.return_url = None;
        terms.off_session = true;
        let effect = Effect::Authorize { terms: &terms, capture_mode: payment.capture_mode, correlation };
        let key = context.key(caller, self, &payment.account());
        let request = request(context.processor(&payment)?, &payment.payment_system, &effect, &key)?;
        let now = context.environment.now();
        payment.updated = now;
        let note = "the hold ends soon and is to be renewed".to_owned();
        let entry = requested(self, Some(payment.status()), &payment, now, note);
        let entry = TimelineEntry { source: Source::Recovery, ..entry };
        let change = PaymentChange { payment, basis: Some(version), entry };
        asking(context, caller, self, id, request, change).map(Into::into)
    }
}

/// Renews the hold of a payment, once for each hold, and releases the old hold. Returns whether the
/// new hold was approved.
pub(crate) async fn renew(engine: &Arc<Engine>, payment: &Payment) -> Result<bool, Refusal> {
    let hold = payment.former_intents.len();
    let request_id = RequestId::kept(format!("causeway/renew/{}/{hold}", payment.id));
    let command = RenewHold { request_id, payment: payment.id };
    let answer = engine.execute(Caller::relay(&payment.tenant), command).await?;
    causeway_runtime::failpoint!("relay.renewal.held");
    give_back_former(engine, &payment.tenant, payment.id).await?;
    Ok(answer.outcome() == v1::Outcome::Approved)
}

/// Releases the replaced holds that are still open. After a missing answer of the processor, the
/// next run repeats the request.
pub(crate) async fn give_back_former(
    context: &Context,
    tenant: &TenantName,
    id: PaymentId,
) -> Result<(), Refusal> {
    let found = context.journal.payment(tenant, id).await.map_err(before_begin)?;
    let payment = found.ok_or(Refusal::PaymentNotFound)?.value;
    if !payment.former_hold_open {
        return Ok(());
    }
    for former in &payment.former_intents {
        let request_id = RequestId::kept(format!("causeway/former/{former}"));
        let key = IdempotencyKey::derive(&Parts {
            environment: &context.config.environment,
            tenant,
            account: payment.account().key_account(),
            kind: PaymentCommand::ReleaseHold.as_str(),
            request_id: &request_id,
        });
        let effect = Effect::Cancel { intent: former, reason: Some(ReleaseReason::Duplicate) };
        let processor = context.processor(&payment)?;
        let request = request(processor, &payment.payment_system, &effect, &key)?;
        if let ProcessorReply::NoAnswer { why }
        | ProcessorReply::PersistedError { why }
        | ProcessorReply::KeyConflict { why } =
            processor.send(&request, &key, Delivery::MaybeSent, Purpose::FollowUp).await
        {
            return Err(Refusal::ProcessorSilent { why });
        }
    }
    causeway_runtime::failpoint!("relay.renewal.released");
    let given_back = |now: &mut Payment, _| {
        // A renewal in the meantime adds another hold, which the next run releases.
        now.former_hold_open = now.former_intents != payment.former_intents;
        "the hold that was renewed was given back".to_owned()
    };
    amend(context, tenant, id, Source::Recovery, given_back).await.map_err(before_begin)?;
    Ok(())
}
