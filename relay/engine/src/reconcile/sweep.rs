//! Compares recent payments and refunds with Stripe's, both ways. What is at Stripe with
//! our marks and not in the journal raises an alarm, and so does the other way round.

use std::{collections::HashSet, sync::Arc};

use causeway::{
    order::{Listing, Lookup, PaymentId},
    refusal::Refusal,
    tenant::TenantName,
    text::ProcessorId,
};
use causeway_domain::{
    event::Alarm,
    observation::{IntentSnapshot, Metadata, RefundSnapshot, Way, correlation},
    operation::Source,
    payment::{AlarmKind, Origin, Payment, State, observe},
    tenant::{PaymentSystem, Tenant},
};
use causeway_ports::processor::Span;
use jiff::{SignedDuration, Timestamp};

use super::sync;
use crate::{counts::Counts, engine::Engine, phase::before_begin};

/// How far back it is compared at the least, and how much of it at once.
const RECENT: SignedDuration = SignedDuration::from_hours(2);
/// From so long before the last time on.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);
/// How far back once a day, and at the most: what is older is older than Stripe's keys, twice.
const FAR: SignedDuration = SignedDuration::from_hours(48);
/// What is so young may be under way.
const YOUNG: SignedDuration = SignedDuration::from_mins(1);
/// Pages of a hundred that are read.
const MAX_PAGES: usize = 200;
/// Payments that are read from the journal at once.
const PAGE: u32 = 100;

/// A payment system and the time that is looked at.
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
    counts: &mut Counts,
) -> Result<(), Refusal> {
    let now = engine.surroundings.now();
    for (tenant, system) in engine.listing(only) {
        for (from, to) in parts(now, last) {
            let sweep = Sweep { engine, tenant, system, from, to };
            if let Err(refusal) = sweep.run(counts).await {
                counts.one("swept", &system.name, Err(refusal));
                break;
            }
        }
    }
    Ok(())
}

/// The time that is compared, in parts, the latest first. After a pause, or in a journal that
/// was put back, it reaches to before the last sweep that the journal knows of.
fn parts(now: Timestamp, last: Option<Timestamp>) -> Vec<(Timestamp, Timestamp)> {
    let before = |moment: Timestamp, by| moment.checked_sub(by).unwrap_or_default();
    let day = |moment: Timestamp| moment.as_second().div_euclid(24 * 60 * 60);
    let first = match last {
        Some(last) if day(last) != day(now) => before(now, FAR),
        Some(last) => before(last, OVERLAP).min(before(now, RECENT)),
        None => before(now, RECENT),
    };
    let (mut parts, mut to) = (vec![], before(now, YOUNG));
    while to > first {
        let from = before(to, RECENT).max(first);
        parts.push((from, to));
        to = from;
    }
    parts
}

impl Sweep<'_> {
    async fn run(&self, counts: &mut Counts) -> Result<(), Refusal> {
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
            counts.one("found_at_stripe", &intent.id, compared);
        }
        for refund in refunds.ok_or_else(|| silent("refunds"))? {
            let compared = self.refund(&refund).await;
            counts.one("found_at_stripe", &refund.id, compared);
        }
        self.the_other_way(&seen, counts).await
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

    /// The payment that an object belongs to, by its id or by our marks.
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
        let way = Way { source: Source::Recovery, reference: None };
        Ok(sync(self.engine, &self.tenant.name, id, &way).await?.changed)
    }

    /// Without our marks it is somebody else's, and so it is when another tenant knows it.
    async fn orphan(&self, id: &str, marks: &Metadata) -> Result<bool, Refusal> {
        let ours = marks.contains_key(correlation::PAYMENT);
        if !ours || self.engine.journal.is_known(id).await.map_err(before_begin)? {
            return Ok(false);
        }
        let message = format!(
            "{id} at Stripe has our marks and is not in the journal, as after a journal was lost; find it in Stripe's dashboard, and import or refund it"
        );
        self.raise(AlarmKind::Orphan, id, message).await
    }

    async fn raise(&self, code: AlarmKind, about: &str, message: String) -> Result<bool, Refusal> {
        let alarm = Alarm {
            tenant: self.tenant.name.clone(),
            key: format!("{}:{about}", code.as_str()),
            at: self.engine.surroundings.now(),
            code,
            message,
            payment_system: self.system.name.clone(),
            processor_id: about.to_owned(),
        };
        self.engine.journal.raise(alarm).await.map_err(before_begin)
    }

    /// Payments of ours that were not on Stripe's list are looked at one by one.
    async fn the_other_way(&self, seen: &HashSet<String>, counts: &mut Counts) -> Result<(), Refusal> {
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
            for payment in page.iter().filter(|payment| self.is_missed(payment, seen)) {
                counts.one("missing_at_stripe", &payment.id.to_string(), self.sync(payment.id).await);
            }
            match page.last() {
                Some(last) if page.len() > usize::try_from(PAGE).unwrap_or_default() => {
                    listing.after = Some(last.id);
                }
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// What was imported is older at Stripe than here, and what was declined at once may
    /// never have got an id.
    fn is_missed(&self, payment: &Payment, seen: &HashSet<String>) -> bool {
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

    /// From when on it is compared, and in how many parts, by when it was compared before.
    #[test]
    fn a_sweep_makes_up_for_what_it_was_not_there_for() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-21T23:30:00Z");
        for (last, from, count) in [
            (None, "2026-11-21T21:30:00Z", 1),
            (Some("2026-11-21T22:30:00Z"), "2026-11-21T21:30:00Z", 1),
            (Some("2026-11-21T23:29:00Z"), "2026-11-21T21:30:00Z", 1),
            (Some("2026-11-21T12:30:00Z"), "2026-11-21T11:30:00Z", 6),
            // The first of a day, and after days.
            (Some("2026-11-20T23:59:00Z"), "2026-11-19T23:30:00Z", 24),
            (Some("2026-10-01T12:00:00Z"), "2026-11-19T23:30:00Z", 24),
            // A clock that went back.
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
