//! Faults, their rates, and the counts of their strikes. The rates are means; each seed moves each
//! rate up or down.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};

use crate::{
    config::{Scale, SeededRng},
    sandbox::Stripe,
};

/// A fault of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ConnectionFault {
    /// A new connection is reset at once.
    Refuse,
    /// A chunk is late, with all bytes after the chunk.
    Latency,
    /// A chunk is lost, and the connection breaks.
    Lose,
    /// A chunk arrives, and then the connection breaks.
    ResetAfter,
    /// The first half of a chunk arrives, and then the connection breaks.
    Cut,
    /// No more bytes arrive, and neither side is notified.
    HalfOpen,
    /// A bit is flipped.
    Flip,
    /// A chunk arrives byte by byte.
    Drip,
    /// All bytes of a client are sent once more, by another connection.
    Replay,
}

impl ConnectionFault {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// Rates by fault, in strikes per million chunks.
#[derive(Clone, Default)]
pub(crate) struct Rates(BTreeMap<ConnectionFault, u64>);

impl Rates {
    /// Means, each moved by the seed to between half and twice the mean.
    pub(crate) fn around(means: &[(ConnectionFault, u64)], rng: &mut SeededRng) -> Rates {
        Rates(means.iter().map(|(fault, mean)| (*fault, varied(*mean, rng))).collect())
    }

    pub(crate) fn of(&self, fault: ConnectionFault) -> u64 {
        self.0.get(&fault).copied().unwrap_or_default()
    }
}

fn varied(mean: u64, rng: &mut SeededRng) -> u64 {
    (mean * (50 + rng.below(151)) / 100).max(1)
}

/// Faults between the billing platform and the adapter.
pub(crate) const BILLING: &[(ConnectionFault, u64)] = &[
    (ConnectionFault::Refuse, 30_000),
    (ConnectionFault::Latency, 6000),
    (ConnectionFault::Lose, 1500),
    (ConnectionFault::ResetAfter, 1500),
    (ConnectionFault::Cut, 800),
    (ConnectionFault::HalfOpen, 400),
    (ConnectionFault::Drip, 2000),
];
/// Faults between adapter and relay.
pub(crate) const LINK: &[(ConnectionFault, u64)] = &[
    (ConnectionFault::Refuse, 30_000),
    (ConnectionFault::Latency, 6000),
    (ConnectionFault::Lose, 2500),
    (ConnectionFault::ResetAfter, 2500),
    (ConnectionFault::Cut, 1000),
    (ConnectionFault::HalfOpen, 500),
    (ConnectionFault::Flip, 1500),
    (ConnectionFault::Drip, 2000),
    (ConnectionFault::Replay, 2000),
];
/// Between the relay and Stripe. The sandbox's own faults come on top.
pub(crate) const STRIPE: &[(ConnectionFault, u64)] = &[
    (ConnectionFault::Refuse, 40_000),
    (ConnectionFault::Latency, 10_000),
    (ConnectionFault::Lose, 2500),
    (ConnectionFault::ResetAfter, 2500),
    (ConnectionFault::Cut, 2000),
    (ConnectionFault::HalfOpen, 800),
    (ConnectionFault::Drip, 2000),
];
/// Between Stripe's webhooks and the relay.
pub(crate) const HOOKS: &[(ConnectionFault, u64)] = &[
    (ConnectionFault::Refuse, 10_000),
    (ConnectionFault::Latency, 5000),
    (ConnectionFault::Lose, 2000),
    (ConnectionFault::Cut, 1000),
    (ConnectionFault::Flip, 2000),
];

/// Faults in the sandbox, per thousand calls.
fn calls() -> Vec<(Value, u64)> {
    vec![
        (json!({"kind": "refuse_before"}), 20),
        (json!({"kind": "lose_answer"}), 30),
        (json!({"kind": "cut_body"}), 10),
        (json!({"kind": "rate_limited"}), 20),
        (json!({"kind": "lock_timeout"}), 10),
        (json!({"kind": "key_in_use"}), 5),
        (json!({"kind": "server_error", "effect": false}), 10),
        (json!({"kind": "server_error", "effect": true}), 5),
        (json!({"kind": "bad_gateway"}), 4),
        (json!({"kind": "unavailable"}), 3),
        (json!({"kind": "gateway_timeout"}), 3),
        (json!({"kind": "slow_before", "milliseconds": 1200}), 10),
        (json!({"kind": "slow_after", "milliseconds": 1800}), 10),
        (json!({"kind": "black_hole", "effect": true}), 3),
        (json!({"kind": "black_hole", "effect": false}), 2),
        (json!({"kind": "broken_json"}), 1),
        (json!({"kind": "html"}), 1),
        (json!({"kind": "truncated"}), 1),
        (json!({"kind": "huge", "bytes": 10_000_000}), 1),
        (json!({"kind": "wrong_object"}), 1),
    ]
}

/// Faults in the sandbox, per thousand deliveries.
fn deliveries() -> Vec<(Value, u64)> {
    vec![
        (json!("lost"), 100),
        (json!("doubled"), 150),
        (json!({"delayed": {"after_ms": 1500}}), 100),
        (json!("reordered"), 100),
        (json!("bad_signature"), 10),
        (json!("stale"), 10),
        (json!("unheard"), 20),
    ]
}

/// The names of all faults of Stripe that a run has to meet.
pub(crate) fn kinds_of_calls() -> Vec<String> {
    let mut kinds: Vec<_> =
        calls().iter().map(|(fault, _)| fault["kind"].as_str().unwrap().to_owned()).collect();
    kinds.dedup();
    kinds
}

/// The names of all faults of webhook deliveries.
pub(crate) fn kinds_of_deliveries() -> Vec<String> {
    deliveries().iter().map(|(fault, _)| delivery(fault)).collect()
}

/// The name of a delivery's fault.
pub(crate) fn delivery(fault: &Value) -> String {
    match fault.as_object().and_then(|object| object.keys().next()) {
        Some(name) => name.clone(),
        None => fault.as_str().unwrap_or_default().to_owned(),
    }
}

/// Arms the sandbox with all faults.
pub(crate) async fn arm(stripe: &Stripe, scale: &Scale) {
    let mut rng = SeededRng::of(scale.seed, "rates", 0);
    // More 500s with an effect, at a rate that no seed lowers, and at most one for forty payments:
    // a small run needs these faults too. This rule comes first, so that no other rule takes the
    // calls away.
    let journal_status = json!({"fault": {"kind": "server_error", "effect": true}, "times": (scale.payments / 40).max(1),
        "rate_per_mille": 20, "method": "POST"});
    stripe.post("/_sandbox/faults", &journal_status).await;
    for (fault, mean) in calls() {
        // Event polls run beside the payments; a share of the rate hits them.
        let rule = json!({"fault": fault, "times": null, "rate_per_mille": varied(mean, &mut rng).min(60)});
        stripe.post("/_sandbox/faults", &rule).await;
    }
    for (fault, mean) in deliveries() {
        let rule = json!({"fault": fault, "times": null, "rate_per_mille": varied(mean, &mut rng).min(200)});
        stripe.post("/_sandbox/webhook_faults", &rule).await;
    }
}

/// Forces the faults that have struck fewer than `least` times.
pub(crate) async fn top_up(stripe: &Stripe, least: u64) {
    let hits = stripe.fault_hits().await;
    for (fault, _) in calls() {
        let kind = fault["kind"].as_str().unwrap();
        let missing = least.saturating_sub(hits.get(kind).copied().unwrap_or_default());
        if missing > 0 {
            // One in five of the remaining calls, so that no fault takes all calls of the others.
            let rule = json!({"fault": fault, "times": missing, "rate_per_mille": 200, "method": "POST"});
            stripe.post("/_sandbox/faults", &rule).await;
        }
    }
}

/// The strikes of each fault on each connection.
#[derive(Default)]
pub(crate) struct Hits {
    counts: Mutex<BTreeMap<String, u64>>,
    least: AtomicU64,
    late: AtomicBool,
}

impl Hits {
    /// Whether a fault strikes now. A fault with too few strikes strikes more often
    /// late in the run.
    pub(crate) fn strike(&self, wire: &str, fault: ConnectionFault, rate: u64, rng: &mut SeededRng) -> bool {
        let mut counts = self.counts.lock().unwrap();
        let name = format!("{wire} {}", fault.name());
        let so_far = counts.get(&name).copied().unwrap_or_default();
        let missing = so_far < self.least.load(Ordering::SeqCst) && self.late.load(Ordering::SeqCst);
        let strikes = rng.below(1_000_000) < if missing { rate * 30 } else { rate };
        if strikes {
            counts.insert(name, so_far + 1);
        }
        strikes
    }

    pub(crate) fn at_least(&self, least: u64) {
        self.least.store(least, Ordering::SeqCst);
    }

    /// Raises the rates of faults with too few strikes.
    pub(crate) fn top_up(&self) {
        self.late.store(true, Ordering::SeqCst);
    }

    pub(crate) fn read(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap().clone()
    }
}

/// Every fault of every connection, as [`Hits`] names them.
pub(crate) fn kinds_of_connection_faults() -> Vec<String> {
    let wires = [("billing", BILLING), ("link", LINK), ("stripe", STRIPE), ("hooks", HOOKS)];
    let all = wires.iter().flat_map(|(wire, means)| means.iter().map(move |(fault, _)| (wire, fault)));
    all.map(|(wire, fault)| format!("{wire} {}", fault.name())).collect()
}
