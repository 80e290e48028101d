//! Everything that two relays, their journal, Stripe and billing know, as small as it can be
//! written, so that every order of what can happen fits into memory.

use causeway_domain::operation::PaymentCommand;

/// Relays on one journal.
pub(super) const RELAYS: usize = 2;
/// Request ids: a payment, which nobody is charged for late, and a capture.
pub(super) const REQUESTS: usize = 2;
/// Their commands.
pub(super) const COMMANDS: [PaymentCommand; REQUESTS] = [PaymentCommand::Authorize, PaymentCommand::Capture];
/// Keys of a request. A right relay has one; one that makes a mistake has one for each epoch.
pub(super) const KEYS: usize = 5;

/// How old the operations are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Age {
    /// Younger than `charge_not_after`.
    Young,
    /// Younger than 23 hours.
    Old,
    /// Stripe may forget the key within the hour.
    Late,
    /// Stripe has forgotten the key, and no call is on its way any more.
    Dead,
}

/// What Stripe says, or what was seen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Word {
    Done,
    Declined,
    /// A 500, kept under the key. Nobody knows.
    Broken,
    /// No answer.
    Nothing,
    /// A look that finds no object.
    NotThere,
    /// The same when nothing that was sent can still be on its way. What counts is the moment
    /// of the look.
    Missing,
}

/// What billing is told for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Answer {
    Done,
    Declined,
    NotCharged,
}

/// What a relay is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Plan {
    Send,
    Look,
    /// It was to be sent, and the relay has slept since.
    Slept,
}

/// The work on one request in one relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Task {
    Idle,
    /// About to send, or to look.
    Ready {
        epoch: u8,
        plan: Plan,
    },
    /// Sent; Stripe has not read it.
    Sent {
        epoch: u8,
    },
    /// About to record what Stripe said, or that it said nothing.
    Heard {
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
            Task::Heard { epoch, word } => Task::Heard { epoch: new(epoch), word },
        }
    }
}

/// A row in `operation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) epoch: u8,
    pub(super) owner: usize,
    /// The lease holds.
    pub(super) leased: bool,
    pub(super) answer: Option<Answer>,
    /// A look has found nothing, so the next one is due later.
    pub(super) looked: bool,
    /// Nothing that was sent can still be on its way.
    pub(super) settled: bool,
    /// A look since then has found nothing.
    pub(super) missed: bool,
}

/// One relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Relay {
    pub(super) alive: bool,
    pub(super) tasks: [Task; REQUESTS],
}

/// What Stripe knows of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AtStripe {
    pub(super) kept: [Option<Word>; KEYS],
    /// Calls on their way whose senders have given up.
    pub(super) flying: [bool; KEYS],
    /// How often it took effect.
    pub(super) effects: u8,
    /// There is an object of a payment that was declined.
    pub(super) declined: bool,
}

/// What must never be, as far as a state alone does not show it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Wrong {
    /// Two definitive answers that differ, or one that is not on disk.
    pub(super) answer: bool,
    /// What was finished was not any more.
    pub(super) undone: bool,
    /// A key was sent when Stripe may have forgotten it.
    pub(super) resent: bool,
    /// The relay by itself has sent a purchase late.
    pub(super) late: bool,
    /// Something was sent that was not on disk.
    pub(super) early: bool,
}

/// What may still go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Budget {
    /// How many request ids there are.
    pub(super) requests: usize,
    pub(super) crashes: u8,
    pub(super) losses: u8,
    /// Leases that run out under a relay that lives and is slow.
    pub(super) slow: u8,
}

/// All of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) age: Age,
    pub(super) rows: [Option<Row>; REQUESTS],
    pub(super) relays: [Relay; RELAYS],
    pub(super) stripe: [AtStripe; REQUESTS],
    pub(super) told: [Option<Answer>; REQUESTS],
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
            told: [None; REQUESTS],
            budget,
            wrong: Wrong::default(),
        }
    }

    /// The relays are alike, so which is which does not matter. Nor does it, with one key, how
    /// often a lease was taken: only who has it.
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

    /// Billing is told something for good.
    pub(super) fn tell(&mut self, request: usize, answer: Answer) {
        let on_disk = self.rows[request].is_some_and(|row| row.answer == Some(answer));
        let same = self.told[request].is_none_or(|told| told == answer);
        self.wrong.answer |= !on_disk || !same;
        self.told[request] = Some(answer);
    }
}
