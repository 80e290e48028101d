//! Compensation of late successes: a payment was given up and succeeded afterwards.

use std::sync::Arc;

use causeway::{
    refusal::Refusal,
    request::{OrderFailure, PaymentId, ReportOrderFailed},
    tenant::TenantName,
    text::RequestId,
};
use causeway_domain::{
    operation::Source,
    payment::{AlarmKind, Payment},
};

use tokio::sync::{mpsc, watch};

use crate::{
    engine::Engine,
    execute::command::Caller,
    inspect::{Synced, amend},
    phase::{AfterBegin, before_begin},
};

/// Compensates the late successes that operations report, until the relay stops. The job `open`
/// finds the payments that remain.
pub(crate) async fn run(
    engine: Arc<Engine>,
    mut found: mpsc::UnboundedReceiver<(TenantName, PaymentId)>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let next = tokio::select! {
            next = found.recv() => next,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let Some((tenant, id)) = next else { return };
        if let Err(refusal) = compensate_late_success(&engine, &tenant, id).await {
            tracing::warn!(tenant = %tenant, payment = %id, "the refund of a late success failed, and the job open tries again: {refusal}");
        }
    }
}

/// Returns the money of a payment that was given up. Raises an alarm if the payment held no money
/// when the payment was given up. A release without an answer is resumed; otherwise each attempt
/// has a request id derived from the number of refunds.
pub(super) async fn compensate_late_success(
    engine: &Arc<Engine>,
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
    let amended = amend(engine, tenant, id, Source::Recovery, note).await;
    let Synced { payment, .. } = amended.map_err(before_begin)?;
    if let Some(open) = &payment.open_release {
        let found = engine.journal.operation(tenant, &open.request_id).await.map_err(before_begin)?;
        let operation = found.ok_or(AfterBegin::Broken("the release of a payment is not in the journal"))?;
        engine.resume::<Payment>(&operation, Source::Recovery).await?;
        return Ok(());
    }
    causeway_runtime::failpoint!("relay.late_success.noted");
    let tries = payment.refunds.len();
    let command = ReportOrderFailed {
        request_id: RequestId::kept(format!("causeway/give-back/{id}/{tries}")),
        payment: id,
        reason: payment.given_up.as_ref().map_or(OrderFailure::PaymentInactive, |given| given.reason),
        note: None,
    };
    engine.execute(Caller::relay(tenant), command).await.map(drop)
}
