//! The state of two relays, the journal, Stripe and the billing platform, as small as possible, so
//! that every order of moves fits into memory.

use causeway_domain::operation::PaymentCommand;

/// Number of relays on one journal.
pub(super) const RELAYS: usize = 2;
/// Number of request ids: a payment, which must not be charged late, and a capture.
pub(super) const REQUESTS: usize = 2;
/// Commands of the request ids, in order.
pub(super) const COMMANDS: [PaymentCommand; REQUESTS] = [PaymentCommand::Authorize, PaymentCommand::Capture];
/// Idempotency keys per request. A correct relay uses one key; the mistake `NewKey` uses one key
/// per epoch.
pub(super) const KEYS: usize = 5;

/// Age of the operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Age {
    /// Younger than `charge_not_after` of the recovery limits.
    Young,
    /// Younger than 23 hours, the limit for repeated sending.
    Old,
    /// Stripe may forget the key within the hour.
    Late,
    /// Stripe has forgotten the key, and no call is in flight any more.
    Dead,
}

/// An answer of Stripe, or an observation of Stripe's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Word {
    Done,
    Declined,
    /// A 500, stored under the key: the outcome is unknown.
    Broken,
    /// No answer from Stripe.
    Nothing,
    /// A look that finds no object.
    NotThere,
    /// A look that finds no object while no call can be in flight, at the time of the look.
    Missing,
}

/// A final answer to the billing platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Answer {
    Done,
    Declined,
    NotCharged,
}

/// The next step of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Plan {
    Send,
    Look,
    /// The plan was to send, and the relay has slept since.
    Slept,
}

/// The work of one relay on one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Task {
    Idle,
    /// Before the request is sent, or before the look.
    Ready {
        epoch: u8,
        plan: Plan,
    },
    /// The request is sent; Stripe has not read the request.
    Sent {
        epoch: u8,
    },
    /// Before the record of Stripe's answer, or of a missing answer.
    Answered {
        epoch: u8,
        word: Word,
    },
}

impl Task {
    fn of_epoch(self, new: impl Fn(u8) -> u8) -> Task {
        match self {
            Task::Idle => Task::Idle,
            Task::Ready { epoch, plan } => Task::Ready { epoch: new(epoch), plan },
            Task::Sent { epoch } => Task::Sent { epoch: new(epoch) },
            Task::Answered { epoch, word } => Task::Answered { epoch: new(epoch), word },
        }
    }
}

/// A row of the table `operation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) epoch: u8,
    pub(super) owner: usize,
    /// Whether the lease is valid.
    pub(super) leased: bool,
    pub(super) answer: Option<Answer>,
    /// A look has found no object, so the next look is due later.
    pub(super) looked: bool,
    /// No call of the operation can be in flight.
    pub(super) settled: bool,
    /// A look after the last call has found no object.
    pub(super) first_not_found_at: bool,
}

/// The state of one relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Relay {
    pub(super) alive: bool,
    pub(super) tasks: [Task; REQUESTS],
}

/// The state of one request at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AtStripe {
    pub(super) kept: [Option<Word>; KEYS],
    /// Calls in flight of senders that have given up.
    pub(super) flying: [bool; KEYS],
    /// Number of times that the request took effect.
    pub(super) effects: u8,
    /// Whether an object of a declined payment exists.
    pub(super) declined: bool,
}

/// Violations of the properties that a single state does not show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Wrong {
    /// Two final answers that differ, or a final answer that is not in the journal.
    pub(super) answer: bool,
    /// A finished operation became unfinished.
    pub(super) undone: bool,
    /// A key was sent when Stripe may have forgotten the key.
    pub(super) resent: bool,
    /// The relay sent a payment late, without a request of the billing platform.
    pub(super) late: bool,
    /// A request was sent before the operation was in the journal.
    pub(super) early: bool,
}

/// The faults that may still occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Budget {
    /// Number of request ids in the run.
    pub(super) requests: usize,
    pub(super) crashes: u8,
    pub(super) losses: u8,
    /// Number of leases that may expire under a slow relay.
    pub(super) slow: u8,
}

/// The state of the whole model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) age: Age,
    pub(super) rows: [Option<Row>; REQUESTS],
    pub(super) relays: [Relay; RELAYS],
    pub(super) stripe: [AtStripe; REQUESTS],
    pub(super) reported: [Option<Answer>; REQUESTS],
    pub(super) budget: Budget,
    pub(super) wrong: Wrong,
}

impl State {
    pub(super) fn new(budget: Budget) -> State {
        let at_stripe = AtStripe { kept: [None; KEYS], flying: [false; KEYS], effects: 0, declined: false };
        State {
            age: Age::Young,
            rows: [None; REQUESTS],
            relays: [Relay { alive: true, tasks: [Task::Idle; REQUESTS] }; RELAYS],
            stripe: [at_stripe; REQUESTS],
            reported: [None; REQUESTS],
            budget,
            wrong: Wrong::default(),
        }
    }

    /// Normalizes the state: the two relays are interchangeable. With one key, the number of
    /// take-overs does not matter either, only the holder of the lease.
    pub(super) fn in_order(mut self, one_key: bool) -> State {
        for (request, row) in self.rows.iter_mut().enumerate().filter(|_| one_key) {
            let Some(row) = row else { continue };
            for relay in &mut self.relays {
                relay.tasks[request] =
                    relay.tasks[request].of_epoch(|epoch| 1 + u8::from(epoch == row.epoch));
            }
            row.epoch = 2;
        }
        if self.relays[0] > self.relays[1] {
            self.relays.swap(0, 1);
            for row in self.rows.iter_mut().flatten() {
                row.owner = 1 - row.owner;
            }
        }
        for row in self.rows.iter_mut().flatten().filter(|row| !row.leased) {
            row.owner = 0;
        }
        self
    }

    /// The billing platform receives a final answer.
    pub(super) fn tell(&mut self, request: usize, answer: Answer) {
        let on_disk = self.rows[request].is_some_and(|row| row.answer == Some(answer));
        let same = self.reported[request].is_none_or(|reported| reported == answer);
        self.wrong.answer |= !on_disk || !same;
        self.reported[request] = Some(answer);
    }
}
