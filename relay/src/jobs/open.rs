//! Looks at what is still open: operations that wait, payments, captures and refunds that
//! are not decided. Each by itself.

use std::sync::Arc;

use causeway::{
    order::{OrderFailure, ReportOrderFailed},
    refusal::Refusal,
    tenant::TenantName,
    text::RequestId,
};
use jiff::{SignedDuration, Timestamp};

use super::{Counts, PAGE};
use crate::{
    customer::Customer,
    journal::{About, Kind, Operation, Page, Source, Unfinished},
    operation::{Caller, Desk, unwritable},
    payment::{Payment, State, observation::Way},
};

/// What is so young has somebody who works on it.
const YOUNG: SignedDuration = SignedDuration::from_secs(30);
/// After this time no payer comes back.
pub(super) const ABANDONED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Tokenize is for the job that is about set-ups.
const KINDS: [Kind; 11] = [
    Kind::Authorize,
    Kind::Capture,
    Kind::Refund,
    Kind::DeleteCard,
    Kind::SetDefaultCard,
    Kind::PutCustomer,
    Kind::Confirm,
    Kind::ReleaseHold,
    Kind::ReportOrderFailed,
    Kind::DecideRefund,
    Kind::RenewHold,
];

pub(super) async fn run(
    desk: &Arc<Desk>,
    only: Option<&TenantName>,
    counts: &mut Counts,
) -> Result<(), Refusal> {
    operations(desk, only, &KINDS, counts).await?;
    let mut page = Page { tenant: only.cloned(), after: String::new(), most: PAGE };
    loop {
        let payments = desk.journal.open_payments(page.clone()).await.map_err(unwritable)?;
        let Some(last) = payments.last() else { return Ok(()) };
        page.after = last.id.to_string();
        for payment in &payments {
            counts.one("payments", &payment.id.to_string(), look(desk, payment).await);
        }
    }
}

/// Looks at operations that wait for a payer or for Stripe. What nobody knows the outcome of
/// is recovery's.
pub(super) async fn operations(
    desk: &Arc<Desk>,
    only: Option<&TenantName>,
    kinds: &[Kind],
    counts: &mut Counts,
) -> Result<(), Refusal> {
    let now = desk.surroundings.now();
    let mut which = Unfinished {
        tenant: only.cloned(),
        kinds: kinds.to_vec(),
        waiting: true,
        before: now.checked_sub(YOUNG).unwrap_or_default(),
        after: Timestamp::MIN,
        most: PAGE,
    };
    loop {
        let found = desk.journal.unfinished(which.clone()).await.map_err(unwritable)?;
        let Some(last) = found.last() else { return Ok(()) };
        which.after = last.started;
        for operation in &found {
            let name = format!("{}s", operation.kind.as_str());
            counts.one(&name, &operation.id.to_string(), look_at(desk, operation).await);
        }
    }
}

async fn look_at(desk: &Arc<Desk>, operation: &Operation) -> Result<bool, Refusal> {
    Ok(match &operation.about {
        About::Payment(_) => desk.resume::<Payment>(operation, Source::Recovery).await?.is_some(),
        About::Customer { .. } => desk.resume::<Customer>(operation, Source::Recovery).await?.is_some(),
    })
}

/// Gives up a payment whose payer has not come back for a month.
async fn abandon(desk: &Arc<Desk>, payment: &Payment) -> Result<bool, Refusal> {
    let order = ReportOrderFailed {
        request_id: RequestId::kept(format!("causeway/abandoned/{}", payment.id)),
        payment: payment.id,
        reason: OrderFailure::PaymentInactive,
        note: None,
    };
    let caller = Caller::itself(&payment.tenant);
    desk.work(caller, order).await.map(|_| true)
}

async fn look(desk: &Arc<Desk>, payment: &Payment) -> Result<bool, Refusal> {
    let now = desk.surroundings.now();
    if now.duration_since(payment.updated) < YOUNG {
        return Ok(false);
    }
    let way = Way { source: Source::Recovery, reference: None };
    let (payment, changed) = desk.sync(&payment.tenant, payment.id, &way).await?;
    desk.give_back_former(&payment.tenant, payment.id).await?;
    if payment.owes_back() {
        desk.give_back_late(&payment.tenant, payment.id).await?;
    }
    let waits = matches!(payment.state, State::ActionRequired { .. }) && payment.given_up.is_none();
    if waits && now.duration_since(payment.created) >= ABANDONED {
        return abandon(desk, &payment).await;
    }
    Ok(changed)
}
