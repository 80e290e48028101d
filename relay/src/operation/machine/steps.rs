//! What can happen in one step, and how likely.

use proptest::{prelude::*, sample::Index};

use super::stripe::Fault;

/// How a card behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    Pays,
    Refused,
    /// The payer has to act.
    Asks,
}

/// What is asked for. Payments are counted in the order in which they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Authorize {
        card: Card,
        take: bool,
        cents: u64,
    },
    Capture {
        payment: usize,
        cents: u64,
    },
    Refund {
        payment: usize,
        cents: u64,
    },
    Release {
        payment: usize,
    },
    GiveUp {
        payment: usize,
    },
    /// With another card, or as it is.
    Confirm {
        payment: usize,
        card: bool,
    },
    /// Of what another system made.
    Import {
        take: bool,
        cents: u64,
    },
}

impl What {
    pub(super) fn payment(self) -> Option<usize> {
        match self {
            What::Authorize { .. } | What::Import { .. } => None,
            What::Capture { payment, .. }
            | What::Refund { payment, .. }
            | What::Release { payment }
            | What::GiveUp { payment }
            | What::Confirm { payment, .. } => Some(payment),
        }
    }

    /// Something else, for the same request id.
    pub(super) fn changed(self) -> What {
        match self {
            What::Authorize { card, take, cents } => What::Authorize { card, take, cents: cents + 1 },
            What::Capture { payment, cents } => What::Capture { payment, cents: cents + 1 },
            What::Refund { payment, cents } => What::Refund { payment, cents: cents + 1 },
            What::Release { payment } => What::GiveUp { payment },
            What::GiveUp { payment } => What::Release { payment },
            What::Confirm { payment, card } => What::Confirm { payment, card: !card },
            What::Import { take, cents } => What::Authorize { card: Card::Pays, take, cents },
        }
    }
}

/// What somebody does at Stripe's dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meddling {
    Capture(u64),
    Cancel,
    Refund(u64),
}

/// One step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A new request, in so many copies at the same time.
    Ask { what: What, fault: Fault, copies: u8 },
    /// A request again.
    Again { request: usize, fault: Fault },
    /// Something else under the same request id.
    Changed { request: usize },
    /// Two requests at the same time.
    Together { one: What, other: What },
    /// The payer acts.
    Act { payment: usize, passes: bool },
    /// Somebody acts at the dashboard.
    Elsewhere { payment: usize, what: Meddling },
    /// Stripe tells of one thing that happened, whenever, so many times.
    News { which: Index, times: usize },
    /// Somebody looks a payment up; Stripe may not answer.
    Look { payment: usize, silent: bool },
    /// Time passes.
    Pass { seconds: u64 },
    /// The relay is killed between two requests.
    Restart,
    /// Recovery runs.
    TakeUp,
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        12 => Just(Fault::Nothing),
        1 => Just(Fault::NotSent),
        1 => Just(Fault::LostBefore),
        3 => Just(Fault::LostAfter),
        2 => Just(Fault::DiesBefore),
        3 => Just(Fault::DiesAfter),
        1 => any::<bool>().prop_map(Fault::Kept500),
        1 => Just(Fault::Html),
        1 => prop::sample::select(vec![409, 429, 503]).prop_map(Fault::Away),
    ]
}

fn cents() -> impl Strategy<Value = u64> {
    prop_oneof![Just(1000), Just(500), Just(300), 100..=1200_u64]
}

fn new_payment() -> impl Strategy<Value = What> {
    let card = prop_oneof![5 => Just(Card::Pays), 1 => Just(Card::Refused), 2 => Just(Card::Asks)];
    prop_oneof![
        6 => (card, any::<bool>(), cents())
            .prop_map(|(card, take, cents)| What::Authorize { card, take, cents }),
        1 => (any::<bool>(), cents()).prop_map(|(take, cents)| What::Import { take, cents }),
    ]
}

fn follow_up(payments: usize) -> impl Strategy<Value = What> {
    let payment = || 0..payments;
    prop_oneof![
        4 => (payment(), cents()).prop_map(|(payment, cents)| What::Capture { payment, cents }),
        4 => (payment(), cents()).prop_map(|(payment, cents)| What::Refund { payment, cents }),
        2 => payment().prop_map(|payment| What::Release { payment }),
        2 => payment().prop_map(|payment| What::GiveUp { payment }),
        2 => (payment(), any::<bool>()).prop_map(|(payment, card)| What::Confirm { payment, card }),
    ]
}

/// A step where there are so many requests and payments.
pub(super) fn step(requests: usize, payments: usize) -> BoxedStrategy<Step> {
    let copies = || prop_oneof![5 => Just(1_u8), 1 => Just(2)];
    let ask = |(what, fault, copies)| Step::Ask { what, fault, copies };
    let begin = (new_payment(), fault(), copies()).prop_map(ask);
    if payments == 0 {
        return begin.boxed();
    }
    // Mostly one of the last few payments: lives are to be long.
    let meddling = prop_oneof![
        cents().prop_map(Meddling::Capture),
        Just(Meddling::Cancel),
        cents().prop_map(Meddling::Refund)
    ];
    let seconds = prop::sample::select(vec![1, 31, 90, 700, 3 * 3600, 22 * 3600, 25 * 3600]);
    prop_oneof![
        if payments < 4 { 3 } else { 1 } => begin,
        8 => (follow_up(payments), fault(), copies()).prop_map(ask),
        6 => (0..requests, fault()).prop_map(|(request, fault)| Step::Again { request, fault }),
        1 => (0..requests).prop_map(|request| Step::Changed { request }),
        1 => (follow_up(payments), follow_up(payments))
            .prop_map(|(one, other)| Step::Together { one, other }),
        1 => (0..payments, any::<bool>()).prop_map(|(payment, passes)| Step::Act { payment, passes }),
        1 => (0..payments, meddling).prop_map(|(payment, what)| Step::Elsewhere { payment, what }),
        3 => (any::<Index>(), 1..3_usize).prop_map(|(which, times)| Step::News { which, times }),
        1 => (0..payments, any::<bool>()).prop_map(|(payment, silent)| Step::Look { payment, silent }),
        2 => seconds.prop_map(|seconds| Step::Pass { seconds }),
        1 => Just(Step::Restart),
        1 => Just(Step::TakeUp),
    ]
    .boxed()
}
