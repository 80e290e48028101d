//! Looks up operations that wait, and payments, captures and refunds without a final
//! outcome, each one separately.

use std::sync::Arc;

use causeway::{
    refusal::Refusal,
    request::{OrderFailure, ReportOrderFailed},
    tenant::TenantName,
    text::RequestId,
};
use causeway_domain::{
    observation::Provenance,
    operation::{CommandKind, CustomerCommand, PaymentCommand, Source},
    payment::{Payment, State},
};
use causeway_ports::journal::{Page, Unfinished};
use jiff::{SignedDuration, Timestamp};

use super::{Item, JobCounts, PAGE};
use crate::{
    commands::renew, engine::Engine, execute::command::Caller, inspect::Synced, phase::before_begin,
    reconcile::sync, recovery,
};

/// Minimum age for the look-up; a younger operation or payment is still in flight.
const MIN_AGE: SignedDuration = SignedDuration::from_secs(30);
/// Age after which a payer is not expected to return, 30 days.
pub(super) const ABANDONED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The kinds of operations that this job looks up. The job `setups` handles Tokenize.
const KINDS: [CommandKind; 11] = [
    CommandKind::Payment(PaymentCommand::Authorize),
    CommandKind::Payment(PaymentCommand::Capture),
    CommandKind::Payment(PaymentCommand::Refund),
    CommandKind::Payment(PaymentCommand::Confirm),
    CommandKind::Payment(PaymentCommand::ReleaseHold),
    CommandKind::Payment(PaymentCommand::ReportOrderFailed),
    CommandKind::Payment(PaymentCommand::DecideRefund),
    CommandKind::Payment(PaymentCommand::RenewHold),
    CommandKind::Customer(CustomerCommand::DeleteCard),
    CommandKind::Customer(CustomerCommand::SetDefaultCard),
    CommandKind::Customer(CustomerCommand::PutCustomer),
];

pub(super) async fn run(
    engine: &Arc<Engine>,
    only: Option<&TenantName>,
    counts: &mut JobCounts,
) -> Result<(), Refusal> {
    operations(engine, only, &KINDS, counts).await?;
    let mut page = Page { tenant: only.cloned(), after: String::new(), most: PAGE };
    loop {
        let payments = engine.journal.open_payments(page.clone()).await.map_err(before_begin)?;
        let Some(last) = payments.last() else { return Ok(()) };
        page.after = last.id.to_string();
        for payment in &payments {
            counts.one("payments", &Item::of_payment(payment), inspect_payment(engine, payment).await);
        }
    }
}

/// Looks up operations that wait for a payer or for Stripe. Recovery handles operations of unknown outcome.
pub(super) async fn operations(
    engine: &Arc<Engine>,
    only: Option<&TenantName>,
    kinds: &[CommandKind],
    counts: &mut JobCounts,
) -> Result<(), Refusal> {
    let now = engine.environment.now();
    let mut which = Unfinished {
        tenant: only.cloned(),
        kinds: kinds.to_vec(),
        waiting: true,
        before: now.checked_sub(MIN_AGE).unwrap_or_default(),
        after: Timestamp::MIN,
        most: PAGE,
    };
    loop {
        let found = engine.journal.unfinished(which.clone()).await.map_err(before_begin)?;
        let Some(last) = found.last() else { return Ok(()) };
        which.after = last.started;
        for operation in &found {
            let name = format!("{}s", operation.kind().as_str());
            counts.one(
                &name,
                &Item::of_operation(operation),
                recovery::resume(engine, operation).await.map_err(Into::into),
            );
        }
    }
}

/// Cancels a payment that has waited for the payer for 30 days.
async fn abandon(engine: &Arc<Engine>, payment: &Payment) -> Result<bool, Refusal> {
    let command = ReportOrderFailed {
        request_id: RequestId::kept(format!("causeway/abandoned/{}", payment.id)),
        payment: payment.id,
        reason: OrderFailure::PaymentInactive,
        note: None,
    };
    let caller = Caller::relay(&payment.tenant);
    engine.execute(caller, command).await.map(|_| true)
}

async fn inspect_payment(engine: &Arc<Engine>, payment: &Payment) -> Result<bool, Refusal> {
    let now = engine.environment.now();
    if now.duration_since(payment.updated) < MIN_AGE {
        return Ok(false);
    }
    let provenance = Provenance { source: Source::Recovery, reference: None };
    let Synced { payment, changed } = sync(engine, &payment.tenant, payment.id, &provenance).await?;
    renew::give_back_former(engine, &payment.tenant, payment.id).await?;
    let waits = matches!(payment.state, State::ActionRequired { .. }) && payment.given_up.is_none();
    if waits && now.duration_since(payment.created) >= ABANDONED {
        return abandon(engine, &payment).await;
    }
    Ok(changed)
}
