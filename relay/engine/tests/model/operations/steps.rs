//! The possible steps of a sequence, with probabilities.

use proptest::{prelude::*, sample::Index};

use super::stripe::Fault;

/// The behaviour of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    Pays,
    Declined,
    /// The payer has to act.
    NeedsAction,
}

/// A request. Payments are numbered in the order of the requests that created them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Authorize {
        card: Card,
        automatic: bool,
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
    ReleaseHold {
        payment: usize,
    },
    ReportOrderFailed {
        payment: usize,
    },
    /// With another card, or without a card.
    Confirm {
        payment: usize,
        card: bool,
    },
    /// Import of a PaymentIntent that another system created.
    Import {
        automatic: bool,
        cents: u64,
    },
}

impl Call {
    pub(super) fn payment(self) -> Option<usize> {
        match self {
            Call::Authorize { .. } | Call::Import { .. } => None,
            Call::Capture { payment, .. }
            | Call::Refund { payment, .. }
            | Call::ReleaseHold { payment }
            | Call::ReportOrderFailed { payment }
            | Call::Confirm { payment, .. } => Some(payment),
        }
    }

    /// The request with other content, for the same request id.
    pub(super) fn with_other_content(self) -> Call {
        match self {
            Call::Authorize { card, automatic, cents } => {
                Call::Authorize { card, automatic, cents: cents + 1 }
            }
            Call::Capture { payment, cents } => Call::Capture { payment, cents: cents + 1 },
            Call::Refund { payment, cents } => Call::Refund { payment, cents: cents + 1 },
            Call::ReleaseHold { payment } => Call::ReportOrderFailed { payment },
            Call::ReportOrderFailed { payment } => Call::ReleaseHold { payment },
            Call::Confirm { payment, card } => Call::Confirm { payment, card: !card },
            Call::Import { automatic, cents } => Call::Authorize { card: Card::Pays, automatic, cents },
        }
    }
}

/// An action at Stripe's dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DashboardAction {
    Capture(u64),
    Cancel,
    Refund(u64),
}

/// One step of a sequence.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A new request, in several copies at the same time.
    Send { call: Call, fault: Fault, copies: u8 },
    /// Repeats an earlier request.
    Repeat { request: usize, fault: Fault },
    /// Other content under a used request id.
    OtherContent { request: usize },
    /// Two requests at the same time.
    Concurrent { one: Call, other: Call },
    /// The payer passes or fails the required action.
    PayerActs { payment: usize, passes: bool },
    /// An action at Stripe's dashboard.
    Dashboard { payment: usize, action: DashboardAction },
    /// Stripe delivers one of the events, at any time, repeatedly.
    Event { which: Index, times: usize },
    /// A look-up of a payment; Stripe may not answer.
    Sync { payment: usize, silent: bool },
    /// Advances the clock by `seconds`.
    TimePasses { seconds: u64 },
    /// The relay is killed between two requests.
    Restart,
    /// Runs the recovery jobs once.
    Recover,
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
        1 => prop::sample::select(vec![409, 429, 503]).prop_map(Fault::TurnedAway),
    ]
}

fn cents() -> impl Strategy<Value = u64> {
    prop_oneof![Just(1000), Just(500), Just(300), 100..=1200_u64]
}

fn new_payment() -> impl Strategy<Value = Call> {
    let card = prop_oneof![5 => Just(Card::Pays), 1 => Just(Card::Declined), 2 => Just(Card::NeedsAction)];
    prop_oneof![
        6 => (card, any::<bool>(), cents())
            .prop_map(|(card, automatic, cents)| Call::Authorize { card, automatic, cents }),
        1 => (any::<bool>(), cents()).prop_map(|(automatic, cents)| Call::Import { automatic, cents }),
    ]
}

fn follow_up(payments: usize) -> impl Strategy<Value = Call> {
    let payment = || 0..payments;
    prop_oneof![
        4 => (payment(), cents()).prop_map(|(payment, cents)| Call::Capture { payment, cents }),
        4 => (payment(), cents()).prop_map(|(payment, cents)| Call::Refund { payment, cents }),
        2 => payment().prop_map(|payment| Call::ReleaseHold { payment }),
        2 => payment().prop_map(|payment| Call::ReportOrderFailed { payment }),
        2 => (payment(), any::<bool>()).prop_map(|(payment, card)| Call::Confirm { payment, card }),
    ]
}

/// A step for the given number of requests and payments.
pub(super) fn step(requests: usize, payments: usize) -> BoxedStrategy<Step> {
    let copies = || prop_oneof![5 => Just(1_u8), 1 => Just(2)];
    let send = |(call, fault, copies)| Step::Send { call, fault, copies };
    let begin = (new_payment(), fault(), copies()).prop_map(send);
    if payments == 0 {
        return begin.boxed();
    }
    // Mostly one of the last payments, so that payments get long histories.
    let action = prop_oneof![
        cents().prop_map(DashboardAction::Capture),
        Just(DashboardAction::Cancel),
        cents().prop_map(DashboardAction::Refund)
    ];
    let seconds = prop::sample::select(vec![1, 31, 90, 700, 3 * 3600, 22 * 3600, 25 * 3600]);
    prop_oneof![
        if payments < 4 { 3 } else { 1 } => begin,
        8 => (follow_up(payments), fault(), copies()).prop_map(send),
        6 => (0..requests, fault()).prop_map(|(request, fault)| Step::Repeat { request, fault }),
        1 => (0..requests).prop_map(|request| Step::OtherContent { request }),
        1 => (follow_up(payments), follow_up(payments))
            .prop_map(|(one, other)| Step::Concurrent { one, other }),
        1 => (0..payments, any::<bool>()).prop_map(|(payment, passes)| Step::PayerActs { payment, passes }),
        1 => (0..payments, action).prop_map(|(payment, action)| Step::Dashboard { payment, action }),
        3 => (any::<Index>(), 1..3_usize).prop_map(|(which, times)| Step::Event { which, times }),
        1 => (0..payments, any::<bool>()).prop_map(|(payment, silent)| Step::Sync { payment, silent }),
        2 => seconds.prop_map(|seconds| Step::TimePasses { seconds }),
        1 => Just(Step::Restart),
        1 => Just(Step::Recover),
    ]
    .boxed()
}
