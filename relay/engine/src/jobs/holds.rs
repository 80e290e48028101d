//! Warns of expiring holds, records expired holds, and renews holds where the payment system
//! enables renewal.

use std::{sync::Arc, time::Duration};

use causeway::{refusal::Refusal, tenant::TenantName};
use causeway_domain::{
    observation::Provenance,
    operation::Source,
    payment::{Payment, State},
    tenant::PaymentSystem,
};
use causeway_ports::journal::Page;
use jiff::{SignedDuration, Timestamp};

use super::{Item, JobCounts, PAGE};
use crate::{
    commands::renew, context::Context, engine::Engine, inspect::amend, phase::before_begin, reconcile::sync,
};

/// Stripe's own expiry of a hold may run a little later than the announced time.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

pub(super) async fn run(
    engine: &Arc<Engine>,
    only: Option<&TenantName>,
    counts: &mut JobCounts,
) -> Result<(), Refusal> {
    let now = engine.environment.now();
    let before = now.checked_add(horizon(engine)).unwrap_or(Timestamp::MAX);
    let mut page = Page { tenant: only.cloned(), after: String::new(), most: PAGE };
    loop {
        let payments = engine.journal.holds_ending(before, page.clone()).await.map_err(before_begin)?;
        let Some(last) = payments.last() else { return Ok(()) };
        page.after = last.id.to_string();
        for payment in &payments {
            one(engine, payment, now, counts).await;
        }
    }
}

/// The longest configured time before expiry for a warning or a renewal.
fn horizon(context: &Context) -> Duration {
    let tenants = context.config.tenants.values();
    let systems = tenants.flat_map(|tenant| tenant.payment_systems.values());
    let wanted = systems.flat_map(|system| [system.warn_of_hold, system.renew_hold]);
    wanted.flatten().max().unwrap_or_default()
}

async fn one(engine: &Arc<Engine>, payment: &Payment, now: Timestamp, counts: &mut JobCounts) {
    let State::Authorized { hold_expires: Some(end) } = payment.state else { return };
    let item = Item::of_payment(payment);
    if now >= end.checked_add(GRACE).unwrap_or(end) {
        let provenance = Provenance { source: Source::Recovery, reference: None };
        let looked = sync(engine, &payment.tenant, payment.id, &provenance).await;
        counts.one("ended", &item, looked.map(|synced| synced.changed));
        return;
    }
    let system =
        engine.tenant(&payment.tenant).ok().and_then(|tenant| tenant.system(&payment.payment_system));
    let Some(system) = system else { return };
    let left = end.duration_since(now);
    let within = |time: Option<Duration>| {
        time.and_then(|time| SignedDuration::try_from(time).ok()).is_some_and(|time| left <= time)
    };
    if within(system.renew_hold) && can_be_renewed(payment, system) {
        let renewed = renew::renew(engine, payment).await;
        let stands = matches!(renewed, Ok(true));
        counts.one("renewed", &item, renewed);
        if stands {
            return;
        }
    }
    if within(system.warn_of_hold) && !payment.warned {
        counts.one("warned", &item, warn(engine, payment, end).await);
    }
    if payment.former_hold_open {
        let given_back = renew::give_back_former(engine, &payment.tenant, payment.id).await;
        counts.one("given_back", &item, given_back.map(|()| false));
    }
}

/// A renewal needs a stored PaymentMethod of a customer, because the payer is not present.
fn can_be_renewed(payment: &Payment, system: &PaymentSystem) -> bool {
    system.active
        && payment.order.customer.is_some()
        && payment.facts.payment_method.is_some()
        && payment.must_compensate() == Ok(false)
}

async fn warn(context: &Context, payment: &Payment, end: Timestamp) -> Result<bool, Refusal> {
    let note = |payment: &mut Payment, _| {
        let held = matches!(payment.state, State::Authorized { .. });
        payment.warned |= held;
        format!("the hold ends on {end}; capture it before, or leave it")
    };
    let warned = amend(context, &payment.tenant, payment.id, Source::Recovery, note).await;
    warned.map(|synced| synced.changed).map_err(before_begin)
}
