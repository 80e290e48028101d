//! Comparison of recent payments and refunds with Stripe in both directions. An object at Stripe
//! with the relay's correlation metadata and without a payment in the journal raises an alarm, and
//! so does the reverse case.

use std::{collections::HashSet, sync::Arc};

use causeway::{
    refusal::Refusal,
    request::{Listing, Lookup, PaymentId},
    tenant::TenantName,
    text::ProcessorId,
};
use causeway_domain::{
    event::Alarm,
    observation::{IntentSnapshot, Metadata, Provenance, RefundSnapshot, correlation},
    operation::Source,
    payment::{AlarmKind, Origin, Payment, State, observe},
    tenant::{PaymentSystem, Tenant},
};
use causeway_ports::processor::Span;
use jiff::{SignedDuration, Timestamp};

use super::sync;
use crate::{
    counts::{Item, JobCounts},
    engine::Engine,
    phase::before_begin,
};

/// Minimum length of the compared period, and maximum length of one part.
const RECENT: SignedDuration = SignedDuration::from_hours(2);
/// Overlap with the period of the previous sweep.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);
/// Length of the daily sweep, and the maximum: 48 hours is twice the lifetime of Stripe's idempotency keys.
const MAX_PERIOD: SignedDuration = SignedDuration::from_hours(48);
/// Objects younger than this age may be in flight and are not compared.
const MIN_AGE: SignedDuration = SignedDuration::from_mins(1);
/// Maximum number of pages, of one hundred objects each, read per list.
const MAX_PAGES: usize = 200;
/// Payments read from the journal at once.
const PAGE: u32 = 100;

/// One comparison: a payment system and a period.
struct Sweep<'a> {
    engine: &'a Arc<Engine>,
    tenant: &'a Tenant,
    system: &'a PaymentSystem,
    from: Timestamp,
    to: Timestamp,
}

pub(crate) async fn run(
    engine: &Arc<Engine>,
    only: Option<&TenantName>,
    last: Option<Timestamp>,
    counts: &mut JobCounts,
) -> Result<(), Refusal> {
    let now = engine.environment.now();
    for (tenant, system) in engine.listing(only) {
        for (from, to) in parts(now, last) {
            let sweep = Sweep { engine, tenant, system, from, to };
            if let Err(refusal) = sweep.run(counts).await {
                counts.one("swept", &Item::of_system(&tenant.name, &system.name), Err(refusal));
                break;
            }
        }
    }
    Ok(())
}

/// The compared period in parts, the latest first. After a downtime or a restored journal, the
/// period starts before the last sweep in the journal, limited to 48 hours.
fn parts(now: Timestamp, last: Option<Timestamp>) -> Vec<(Timestamp, Timestamp)> {
    let before = |moment: Timestamp, by| moment.checked_sub(by).unwrap_or_default();
    let day = |moment: Timestamp| moment.as_second().div_euclid(24 * 60 * 60);
    let first = match last {
        Some(last) if day(last) != day(now) => before(now, MAX_PERIOD),
        Some(last) => before(last, OVERLAP).min(before(now, RECENT)),
        None => before(now, RECENT),
    };
    let (mut parts, mut to) = (vec![], before(now, MIN_AGE));
    while to > first {
        let from = before(to, RECENT).max(first);
        parts.push((from, to));
        to = from;
    }
    parts
}

impl Sweep<'_> {
    async fn run(&self, counts: &mut JobCounts) -> Result<(), Refusal> {
        let silent = |what: &str| Refusal::ProcessorSilent { why: format!("the list of {what}") };
        let processor = self.engine.processor_of_system(&self.tenant.name, self.system)?;
        let span = Span { from: self.from.as_second(), to: self.to.as_second() };
        let intents = processor.list_intents(span, MAX_PAGES).await;
        let refunds = processor.list_refunds(span, MAX_PAGES).await;
        let intents = intents.ok_or_else(|| silent("PaymentIntents"))?;
        let mut seen = HashSet::new();
        for intent in &intents {
            seen.insert(intent.id.clone());
            let compared = self.intent(intent).await;
            counts.one("found_at_stripe", &self.item(&intent.id), compared);
        }
        for refund in refunds.ok_or_else(|| silent("refunds"))? {
            let compared = self.refund(&refund).await;
            counts.one("found_at_stripe", &self.item(&refund.id), compared);
        }
        self.the_other_way(&seen, counts).await
    }

    /// An object of the compared list, for the log.
    fn item<'a>(&'a self, id: &'a str) -> Item<'a> {
        Item::at_stripe(&self.tenant.name, &self.system.name, id)
    }

    async fn intent(&self, intent: &IntentSnapshot) -> Result<bool, Refusal> {
        match self.known(&intent.id, &intent.metadata).await? {
            Some(payment) => {
                let same = payment.former_intents.contains(&intent.id)
                    || observe::shows_nothing_new(&payment, intent);
                if same { Ok(false) } else { self.sync(payment.id).await }
            }
            None => self.orphan(&intent.id, &intent.metadata).await,
        }
    }

    async fn refund(&self, refund: &RefundSnapshot) -> Result<bool, Refusal> {
        let Some(intent) = refund.payment_intent.as_deref() else { return Ok(false) };
        match self.known(intent, &refund.metadata).await? {
            Some(payment) if observe::refund_is_known(&payment, refund) => Ok(false),
            Some(payment) if payment.captured().is_none() => Ok(false),
            Some(payment) => self.sync(payment.id).await,
            None => self.orphan(&refund.id, &refund.metadata).await,
        }
    }

    /// The tenant's payment for an object, by the object's id or by correlation metadata.
    async fn known(&self, id: &str, marks: &Metadata) -> Result<Option<Payment>, Refusal> {
        let journal = self.engine.journal.as_ref();
        let tenant = &self.tenant.name;
        if let Ok(id) = ProcessorId::parse(id)
            && let Some(payment) =
                journal.look_up(tenant, &Lookup::Processor(id)).await.map_err(before_begin)?
        {
            return Ok(Some(payment));
        }
        let Some(Ok(id)) = marks.get(correlation::PAYMENT).map(|id| PaymentId::parse(id)) else {
            return Ok(None);
        };
        let found = journal.payment(tenant, id).await.map_err(before_begin)?;
        Ok(found.map(|found| found.value))
    }

    async fn sync(&self, id: PaymentId) -> Result<bool, Refusal> {
        let provenance = Provenance { source: Source::Recovery, reference: None };
        Ok(sync(self.engine, &self.tenant.name, id, &provenance).await?.changed)
    }

    /// An object without the relay's correlation metadata is foreign, and so is an object that
    /// another tenant's payment has.
    async fn orphan(&self, id: &str, marks: &Metadata) -> Result<bool, Refusal> {
        let ours = marks.contains_key(correlation::PAYMENT);
        if !ours || self.engine.journal.is_known(id).await.map_err(before_begin)? {
            return Ok(false);
        }
        let message = format!(
            "{id} at Stripe has the relay's correlation metadata and is not in the journal, as after a journal was lost; find it in Stripe's dashboard, and import or refund it"
        );
        self.raise(AlarmKind::Orphan, id, message).await
    }

    async fn raise(&self, code: AlarmKind, about: &str, message: String) -> Result<bool, Refusal> {
        let alarm = Alarm {
            tenant: self.tenant.name.clone(),
            key: format!("{}:{about}", code.as_str()),
            at: self.engine.environment.now(),
            code,
            message,
            payment_system: self.system.name.clone(),
            processor_id: about.to_owned(),
        };
        self.engine.journal.raise(alarm).await.map_err(before_begin)
    }

    /// Looks up the journal's payments of the period that are missing from Stripe's list, one by one.
    async fn the_other_way(&self, seen: &HashSet<String>, counts: &mut JobCounts) -> Result<(), Refusal> {
        let mut listing = Listing {
            reference: None,
            status: None,
            created_from: Some(self.from),
            created_before: Some(self.to),
            page_size: PAGE,
            after: None,
        };
        loop {
            let page = self.engine.journal.list(&self.tenant.name, &listing).await.map_err(before_begin)?;
            for payment in page.iter().filter(|payment| self.is_overlooked(payment, seen)) {
                counts.one("missing_at_stripe", &Item::of_payment(payment), self.sync(payment.id).await);
            }
            match page.last() {
                Some(last) if page.len() > usize::try_from(PAGE).unwrap_or_default() => {
                    listing.after = Some(last.id);
                }
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// Imported payments are excluded, because Stripe created the PaymentIntent before the import,
    /// and so are payments declined at once, which may have no PaymentIntent id. Payments with a
    /// renewed hold are excluded too.
    fn is_overlooked(&self, payment: &Payment, seen: &HashSet<String>) -> bool {
        let listed = payment.facts.payment_intent.as_ref().is_some_and(|id| seen.contains(id));
        let declined =
            matches!(payment.state, State::Declined { .. }) && payment.facts.payment_intent.is_none();
        payment.payment_system == self.system.name
            && payment.origin == Origin::Internal
            && payment.former_intents.is_empty()
            && !listed
            && !declined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The start of the compared period and the number of parts, by the time of the previous sweep.
    #[test]
    fn a_sweep_covers_the_time_since_the_last_sweep() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-21T23:30:00Z");
        for (last, from, count) in [
            (None, "2026-11-21T21:30:00Z", 1),
            (Some("2026-11-21T22:30:00Z"), "2026-11-21T21:30:00Z", 1),
            (Some("2026-11-21T23:29:00Z"), "2026-11-21T21:30:00Z", 1),
            (Some("2026-11-21T12:30:00Z"), "2026-11-21T11:30:00Z", 6),
            // The first sweep of a day, and a sweep after several days.
            (Some("2026-11-20T23:59:00Z"), "2026-11-19T23:30:00Z", 24),
            (Some("2026-10-01T12:00:00Z"), "2026-11-19T23:30:00Z", 24),
            // The wall clock was set back.
            (Some("2026-11-22T03:00:00Z"), "2026-11-19T23:30:00Z", 24),
            (Some("2026-11-21T23:59:00Z"), "2026-11-21T21:30:00Z", 1),
        ] {
            let parts = parts(now, last.map(at));
            assert_eq!(parts.len(), count, "{last:?}");
            assert_eq!(parts.last().map(|(from, _)| *from), Some(at(from)), "{last:?}");
            assert_eq!(parts.first().map(|(_, to)| *to), Some(at("2026-11-21T23:29:00Z")), "{last:?}");
            assert!(parts.windows(2).all(|two| two[0].0 == two[1].1), "without a gap: {parts:?}");
        }
    }
}
