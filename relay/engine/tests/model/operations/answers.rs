//! The answers to the billing platform, and the invariants of these answers, of the journal and of
//! Stripe's objects after every step.

use std::collections::BTreeMap;

use causeway::v1::{self, Outcome};
use causeway_domain::{operation::Progress, payment::RefundState};

use super::{
    harness::{Harness, Reply},
    model::Model,
    steps::{Call, Card},
};

/// Every final answer, by number of the request.
#[derive(Default)]
pub(super) struct Answers(BTreeMap<usize, v1::OperationResult>);

fn is_final(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Approved | Outcome::Declined)
}

impl Answers {
    /// Records an answer. A final answer is repeated unchanged (I5).
    pub(super) fn record(&mut self, number: usize, reply: &Reply) {
        let Reply::Answer(answer) = reply else { return };
        if !is_final(answer.outcome()) {
            assert!(!self.0.contains_key(&number), "r{number} had its answer and is now {answer:?}");
            return;
        }
        let answer = v1::OperationResult { duplicate: false, ..answer.as_ref().clone() };
        let first = self.0.entry(number).or_insert_with(|| answer.clone());
        assert_eq!(*first, answer, "two answers to r{number}");
    }

    /// Checks the invariants that hold at any time.
    pub(super) fn check(&self, harness: &Harness, model: &Model) {
        {
            let account = harness.stripe.account();
            // I3, the 23-hour limit, and the same bytes under an idempotency key.
            assert!(account.violations.is_empty(), "{:#?}", account.violations);
            // I7, as far as the relay checks amounts: Stripe would refuse the excess.
            assert!(account.objects.excessive.is_empty(), "{:#?}", account.objects.excessive);
        }
        self.effects(harness, model);
        check_history(harness);
    }

    /// I1, I2: one effect for each success, and no effect without a request.
    fn effects(&self, harness: &Harness, model: &Model) {
        let (effects, intents) = {
            let account = harness.stripe.account();
            (account.objects.effects.clone(), account.objects.intents.clone())
        };
        for (place, intent) in intents.iter().enumerate() {
            let payment = &intent.metadata["causeway_payment"];
            let other = intents[..place].iter().find(|other| other.metadata["causeway_payment"] == *payment);
            assert!(
                payment.is_null() || other.is_none(),
                "two PaymentIntents of one payment: {other:?} {intent:?}"
            );
        }
        let keys = keys(harness);
        for (number, request) in model.requests.iter().enumerate() {
            let Some(key) = keys.get(&format!("r{number}")) else {
                assert!(!self.0.contains_key(&number), "r{number} was answered and is not in the journal");
                continue;
            };
            let own: Vec<_> = effects.iter().filter(|effect| effect.key.as_ref() == Some(key)).collect();
            assert!(own.len() <= 1, "r{number} took effect more than once: {own:?}");
            let intent = own.first().and_then(|own| intents.iter().find(|intent| intent.id == own.intent));
            let changed_at_dashboard = intents.iter().any(|intent| intent.changed_at_dashboard);
            let (cents, needed) = match request.call {
                Call::Authorize { card, cents, .. } => (Some(cents), card == Card::Pays),
                Call::Capture { cents, .. } => (Some(cents), !changed_at_dashboard),
                Call::Refund { cents, .. } => (Some(cents), true),
                Call::ReleaseHold { .. } => (None, false),
                Call::ReportOrderFailed { .. } | Call::Confirm { .. } | Call::Import { .. } => (None, false),
            };
            if let (Some(cents), Some(own)) = (cents, own.first()) {
                assert_eq!(own.cents, cents, "r{number} is {:?} and {intent:?}", request.call);
            }
            match self.0.get(&number).map(v1::OperationResult::outcome) {
                Some(Outcome::Approved) if needed => assert_eq!(own.len(), 1, "r{number} had no effect"),
                // A hold that was released before the first answer is answered as declined.
                Some(Outcome::Declined) if intent.is_none_or(|intent| intent.canceled.is_none()) => {
                    assert_eq!(own.len(), 0, "r{number} was declined and is {own:?}");
                }
                _ => {}
            }
        }
        for effect in effects.iter().filter(|effect| effect.key.as_deref() != Some("payer")) {
            // A compensation by the relay has an operation too.
            let known = effect.key.as_ref().is_none_or(|key| keys.values().any(|known| known == key));
            assert!(known, "nobody asked for {effect:?}");
        }
    }

    /// I4, I15: no operation is open, and the journal matches the objects of Stripe.
    pub(super) fn check_end(&self, harness: &Harness, model: &Model) {
        for (number, request) in model.requests.iter().enumerate() {
            let Some(operation) = harness.operation(number) else { continue };
            let decided = matches!(operation.progress, Progress::Finished { .. } | Progress::Waiting);
            // A request that creates an object is known to have failed in the end. A change that
            // Stripe never executed, and that can no longer be sent, is left to an operator.
            let makes = matches!(request.call, Call::Authorize { .. } | Call::Refund { .. });
            let settled = harness.stripe.account().settled.contains(operation.idempotency_key.as_str());
            assert!(decided || (!settled && !makes), "r{number} is for ever {operation:?}");
        }
        let account = harness.stripe.account();
        let intents = account.objects.intents.clone();
        let refunded: BTreeMap<_, _> =
            intents.iter().map(|intent| (intent.id.clone(), account.objects.refunded(&intent.id))).collect();
        drop(account);
        let mut held = 0;
        for expected in &model.payments {
            let Some(payment) = harness.payment(harness.payment_id(expected.request)) else { continue };
            let captured = payment.captured().map_or(0, |money| u64::try_from(money.minor()).unwrap());
            let back = u64::try_from(payment.refunded(RefundState::counts).unwrap().minor()).unwrap();
            let intent = intents.iter().find(|it| payment.facts.payment_intent.as_ref() == Some(&it.id));
            let at_stripe = intent.map_or((0, 0), |intent| (intent.received, refunded[&intent.id]));
            assert_eq!((captured, back), at_stripe, "{:?} and {intent:?}", payment.state);
            held += captured - back;
        }
        let received: u64 = intents.iter().map(|intent| intent.received - refunded[&intent.id]).sum();
        // A PaymentIntent of another system without an import is not counted.
        let foreign = |id: &str| {
            let known = model.payments.iter().any(|expected| {
                let payment = harness.payment(harness.payment_id(expected.request));
                payment.is_some_and(|payment| payment.facts.payment_intent.as_deref() == Some(id))
            });
            !known && id.starts_with("pi_m")
        };
        let others: u64 = intents.iter().filter(|it| foreign(&it.id)).map(|it| it.received).sum();
        assert_eq!(held, received - others, "the journal and Stripe do not hold the same money");
    }
}

/// The idempotency key of each request id.
fn keys(harness: &Harness) -> BTreeMap<String, String> {
    let account = harness.stripe.account();
    let mut found =
        account.journal.prepare_cached("SELECT request_id, idempotency_key FROM operation").unwrap();
    let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// I8: each transition starts in the status in which the previous transition ended, and a final
/// status stays.
fn check_history(harness: &Harness) {
    let account = harness.stripe.account();
    let all = "SELECT payment, from_status, to_status FROM history ORDER BY seq";
    let mut all = account.journal.prepare_cached(all).unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let mut at: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let (payment, from, to): (String, Option<String>, String) = row.unwrap();
        let before = at.insert(payment, to.clone());
        assert_eq!(from, before, "a step does not begin where the one before it ended");
        let may = match (from.as_deref(), to.as_str()) {
            (None, _) => true,
            (Some(from), to) if from == to => true,
            (Some("CAPTURED" | "RELEASED" | "EXPIRED" | "CANCELED"), _) => false,
            (Some("AUTHORIZED"), to) => matches!(to, "CAPTURED" | "RELEASED" | "EXPIRED"),
            // A declined card is not final if another card is given. A payment that was closed as
            // not charged may turn out to be charged at Stripe.
            (Some("DECLINED"), to) => {
                matches!(to, "AUTHORIZED" | "CAPTURED" | "ACTION_REQUIRED" | "CANCELED")
            }
            (Some("NOT_CHARGED"), to) => !matches!(to, "STARTED" | "UNKNOWN"),
            (Some(_), to) => to != "STARTED",
        };
        assert!(may, "from {from:?} to {to}");
    }
}
