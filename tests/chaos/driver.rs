//! The load: clients that take one payment after the other and play the plan, and the number of
//! payments that may begin so far.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinSet;

use crate::{
    billing::Billing,
    config::Scale,
    history::History,
    leaks::{self, canary::Deck},
    plan::{self, Plan},
    test_bed::TestBed,
};

/// How long the billing platform repeats a request while faults go on.
pub(crate) const REPETITION_LIMIT: Duration = Duration::from_secs(20);

/// The clients that make payments.
pub(crate) struct Driver {
    pub(crate) test_bed: Arc<TestBed>,
    pub(crate) history: Arc<History>,
    pub(crate) deck: Deck,
    plans: Vec<Plan>,
    next: AtomicUsize,
    begun: AtomicU64,
    /// Payments may begin up to this number.
    released: AtomicU64,
    /// The number of payments that begin at the very end, and are in flight when the faults end.
    reserve: u64,
}

impl Driver {
    pub(crate) fn of(test_bed: Arc<TestBed>, history: Arc<History>, scale: &Scale) -> Driver {
        let deck = leaks::deck(scale.seed);
        let plans = plan::all(scale);
        let [begun, released] = [0, 0].map(AtomicU64::new);
        let reserve = scale.clients.min(scale.payments / 10);
        Driver { test_bed, history, deck, plans, next: AtomicUsize::new(0), begun, released, reserve }
    }

    fn payment_count(&self) -> u64 {
        u64::try_from(self.plans.len()).unwrap()
    }

    /// The number of payments that may begin before the very end.
    pub(crate) fn releasable(&self) -> u64 {
        self.payment_count() - self.reserve
    }

    /// Lets a share of all payments begin, except the reserve.
    pub(crate) fn release(&self, share: u64, of: u64) {
        let limit = self.releasable();
        self.released.fetch_max((limit * share / of.max(1) + 20).min(limit), Ordering::SeqCst);
    }

    /// Lets a few more payments begin when every released payment has begun.
    pub(crate) fn keep_going(&self) {
        if self.begun() >= self.released.load(Ordering::SeqCst) {
            self.release(self.begun().saturating_sub(18), self.releasable());
        }
    }

    /// Lets all begin, and waits until they have.
    pub(crate) async fn release_all(&self) {
        self.released.store(self.payment_count(), Ordering::SeqCst);
        while self.begun() < self.payment_count() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How many payments have begun.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Plays all plans; returns when all have ended.
    pub(crate) async fn run(self: Arc<Self>, clients: u64) {
        let mut all = JoinSet::new();
        for _ in 0..clients {
            let driver = Arc::clone(&self);
            all.spawn(async move { driver.client().await });
        }
        while let Some(ended) = all.join_next().await {
            ended.expect("a client does not break");
        }
    }

    async fn client(&self) {
        loop {
            let place = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(plan) = self.plans.get(place) else { return };
            while self.released.load(Ordering::SeqCst) <= plan.number {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.play(plan.clone()).await;
        }
    }

    /// A billing platform at a tenant's adapter, over a new connection.
    pub(crate) fn billing(&self, tenant: usize) -> Billing {
        Billing::at(self.test_bed.billing_addresses[tenant], &self.test_bed.secrets.keys.billing)
    }
}
