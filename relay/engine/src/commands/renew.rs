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
    observation::{Observation, Purpose, Rejection},
    operation::{PaymentCommand, Source},
    payment::{Payment, State, observe},
    policy::{self, Judged, JudgedOperation, PolicyInput, Shown},
    timeline::TimelineEntry,
    transition::Transition,
};
use causeway_ports::processor::{Correlation, Delivery, Effect, ProcessorReply};

use super::{asking, finished, requested};
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
        let judged = match judge(context, caller, &payment).await? {
            Ok(judged) => judged,
            Err(refused) => return settle(context, caller, self, payment, version, refused),
        };
        payment.admit_instrument(&judged);
        let id = context.environment.uuid();
        let correlation = Correlation { operation: id, payment: payment.id };
        let mut terms = payment.order.clone();
        terms.payment_method = Some(judged.method().clone());
        terms.store_card = None;
        terms.return_url = None;
        terms.off_session = true;
        let (terms, capture_mode) = (&terms, payment.capture_mode);
        let effect = Effect::Authorize { terms, instrument: &judged, capture_mode, correlation };
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

/// Why an instrument does not renew a hold.
enum NotJudged {
    /// The processor has rejected the look-up, so the instrument cannot be judged.
    Rejected(Box<Rejection>),
    /// The instrument breaks a rule.
    Broken(Refusal),
}

/// The instrument of the new hold, judged anew: the PaymentMethod that Stripe charged pays again, without
/// the payer present.
async fn judge(
    context: &Context,
    caller: &Caller,
    payment: &Payment,
) -> Result<Result<Judged, NotJudged>, Refusal> {
    let tenant = context.tenant(&caller.tenant)?;
    let system = tenant.system(&payment.payment_system).ok_or(Refusal::Internal)?;
    let charged = payment.facts.payment_method.as_deref();
    let charged = charged.and_then(|method| PaymentMethodId::parse(method).ok());
    let id = charged.or_else(|| payment.order.payment_method.clone()).ok_or(Refusal::Internal)?;
    let method = match context.method(tenant, system, &id, Purpose::FollowUp).await? {
        Ok(method) => method,
        Err(rejection) => return Ok(Err(NotJudged::Rejected(rejection))),
    };
    let now = context.environment.now();
    let input = PolicyInput::of_payment(tenant, system, JudgedOperation::RenewHold, payment, now);
    Ok(policy::admit(input, &Shown::Method(id, &method)).map_err(NotJudged::Broken))
}

/// The beginning of a renewal that is refused: the old hold stands, and an alarm is raised.
fn settle(
    context: &Context,
    caller: &Caller,
    command: &RenewHold,
    before: Payment,
    version: u64,
    refused: NotJudged,
) -> Result<Plan, Refusal> {
    let status = before.status();
    let Transition { aggregate: mut payment, outcome, note, .. } = match refused {
        NotJudged::Rejected(rejection) => {
            observe::renewed(before, command.request_id(), Observation::Refused(rejection))
        }
        NotJudged::Broken(refusal) => observe::not_renewed_by_rule(before, command.request_id(), &refusal),
    };
    let now = context.environment.now();
    payment.updated = now;
    let entry = requested(command, Some(status), &payment, now, note);
    let entry = TimelineEntry { source: Source::Recovery, ..entry };
    let change = PaymentChange { payment, basis: Some(version), entry };
    finished(context, caller, command, &outcome, change).map(Into::into)
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
