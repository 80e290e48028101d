//! The protocol of leases, epochs and repeated requests, in every possible order: two relays on one
//! journal, two requests, three crashes, a lease that expires under a relay that is only slow, a
//! lost call or a lost answer, and an idempotency key that Stripe forgets.
//!
//! The same search runs with a seeded mistake, for each mistake that the rules prevent; the search
//! has to find each mistake.

use stateright::{Checker, Model, Property};

/// The possible moves in each state.
mod moves;
/// The state of relays, journal, Stripe and billing platform.
mod state;

use moves::{Move, after, moves};
use state::{Age, Answer, Budget, State, Task};

/// A mistake that can be seeded into a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeededBug {
    None,
    /// An outcome is recorded although another relay holds the lease.
    NoEpochCheck,
    /// Each take-over sends under a new idempotency key.
    NewKey,
    /// An idempotency key is sent again at any age.
    ResendsForEver,
    /// A request planned before the relay slept is sent after the sleep.
    SendsAfterSleep,
    /// A payment that is missing from a list is at once closed as not charged.
    BelievesAnEmptyList,
    /// The request is sent to Stripe before the operation is in the journal.
    SendsBeforeBegin,
    /// The billing platform is answered before the outcome is in the journal.
    AnswersBeforeRecord,
}

struct Protocol {
    bug: SeededBug,
    budget: Budget,
}

/// The properties that hold in every state.
const NEVER_TWICE: &str = "at most one effect for a request id";
const TRUE: &str = "what billing is told for good is so, and stays so";
const ONE_ANSWER: &str = "all definitive answers are equal, and on disk before";
const FOR_EVER: &str = "what is finished stays finished";
const NOT_RESENT: &str = "no key is sent after 23 hours";
const NOT_LATE: &str = "the relay by itself sends no payment after charge_not_after";
const ON_DISK: &str = "nothing leaves before it is on disk";
const RESOLVED: &str = "every operation is resolved in the end";
/// The situations that have to occur at least once; otherwise the search proves too little.
const STALE: &str = "a record is refused because the lease was taken";
const REPLAYED: &str = "an effect whose answer was lost is adopted";
const CLOSED: &str = "what Stripe has never heard of is closed";

impl Model for Protocol {
    type State = State;
    type Action = Move;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self.budget)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Move>) {
        moves(state, self.bug, actions);
    }

    fn next_state(&self, state: &State, action: Move) -> Option<State> {
        Some(after(*state, self.bug, action))
    }

    fn properties(&self) -> Vec<Property<Protocol>> {
        vec![
            Property::always(NEVER_TWICE, |_, state: &State| {
                state.stripe.iter().all(|stripe| stripe.effects <= 1)
            }),
            Property::always(TRUE, |_, state: &State| {
                state.reported.iter().zip(&state.stripe).all(|(reported, stripe)| match reported {
                    None => true,
                    Some(Answer::Done) => stripe.effects > 0,
                    Some(Answer::Declined | Answer::NotCharged) => stripe.effects == 0,
                })
            }),
            Property::always(ONE_ANSWER, |_, state: &State| !state.wrong.answer),
            Property::always(FOR_EVER, |_, state: &State| !state.wrong.undone),
            Property::always(NOT_RESENT, |_, state: &State| !state.wrong.resent),
            Property::always(NOT_LATE, |_, state: &State| !state.wrong.late),
            Property::always(ON_DISK, |_, state: &State| !state.wrong.early),
            Property::always(RESOLVED, |model: &Protocol, state: &State| {
                let mut left = vec![];
                moves(state, model.bug, &mut left);
                let goes_on = left.iter().any(|step| !matches!(step, Move::Die(_)));
                let open = |row: &state::Row| row.answer.is_none();
                goes_on || !state.rows.iter().flatten().any(open)
            }),
            Property::sometimes(STALE, |_, state: &State| {
                let epoch = |request: usize| state.rows[request].map(|row| row.epoch);
                let stale = |(request, task): (usize, &Task)| matches!(task, Task::Answered { epoch: its, .. } if Some(*its) != epoch(request));
                state.relays.iter().any(|relay| relay.tasks.iter().enumerate().any(stale))
            }),
            Property::sometimes(REPLAYED, |model: &Protocol, state: &State| {
                let lost =
                    state.budget.losses < model.budget.losses || state.budget.crashes < model.budget.crashes;
                let again =
                    state.rows.iter().flatten().any(|row| row.epoch > 1 && row.answer == Some(Answer::Done));
                lost && again
                    && state.relays.iter().all(|relay| relay.tasks.iter().all(|task| *task == Task::Idle))
            }),
            Property::sometimes(CLOSED, |_, state: &State| {
                state.age == Age::Dead && state.reported.contains(&Some(Answer::NotCharged))
            }),
        ]
    }
}

fn search(bug: SeededBug, budget: Budget) -> impl Checker<Protocol> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Protocol { bug, budget }.checker().threads(threads).spawn_bfs().join()
}

#[test]
fn every_order_of_the_protocol_keeps_the_promises() {
    // One request with every fault, and two requests processed by the same relays.
    let one = Budget { requests: 1, crashes: 3, losses: 2, slow: 2 };
    let two = Budget { requests: 2, crashes: 3, losses: 0, slow: 1 };
    for budget in [one, two] {
        let checker = search(SeededBug::None, budget);
        println!("{} states of {} steps: {budget:?}", checker.unique_state_count(), checker.state_count());
        checker.assert_properties();
    }
}

#[test]
fn a_relay_with_a_mistake_is_found_out() {
    // Each mistake, with the broken properties.
    let mistakes: [(SeededBug, &[&str]); 7] = [
        (SeededBug::NoEpochCheck, &[FOR_EVER]),
        (SeededBug::NewKey, &[NEVER_TWICE]),
        (SeededBug::ResendsForEver, &[NOT_RESENT, NEVER_TWICE]),
        (SeededBug::SendsAfterSleep, &[TRUE, NOT_RESENT]),
        (SeededBug::BelievesAnEmptyList, &[TRUE]),
        (SeededBug::SendsBeforeBegin, &[ON_DISK]),
        (SeededBug::AnswersBeforeRecord, &[ONE_ANSWER]),
    ];
    let budget = Budget { requests: 1, crashes: 1, losses: 1, slow: 1 };
    for (bug, promises) in mistakes {
        let checker = search(bug, budget);
        for promise in promises {
            let found = checker.discovery(promise);
            println!("{bug:?}: {} states until {promise:?} is broken", checker.unique_state_count());
            assert!(found.is_some(), "{bug:?} does not break {promise:?}");
        }
    }
}
