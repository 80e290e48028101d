//! The possible moves: relays take steps, Stripe reads and answers, calls and answers are lost,
//! relays die, leases expire, time passes.

use std::sync::LazyLock;

use causeway::{request::PaymentId, tenant::TenantName, text::RequestId};
use causeway_domain::{
    idempotency::IdempotencyKey,
    operation::{Lease, Operation, Progress, Target},
};
use causeway_engine::{
    RecoveryLimits,
    recovery_policy::plan::{self, RecoveryAction, RecoveryTrigger},
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    SeededBug,
    state::{Age, Answer, COMMANDS, KEYS, Plan, RELAYS, REQUESTS, Row, State, Task, Word},
};

/// The operations, as input of the engine's recovery policy.
static OPERATIONS: LazyLock<[Operation; REQUESTS]> = LazyLock::new(|| {
    COMMANDS.map(|command| Operation {
        id: Uuid::nil(),
        tenant: TenantName::parse("acme").unwrap(),
        request_id: RequestId::kept("r".to_owned()),
        target: Target::Payment { id: PaymentId(Uuid::nil()), command },
        fingerprint: String::new(),
        idempotency_key: IdempotencyKey::once(Uuid::nil()),
        request: None,
        started: Timestamp::UNIX_EPOCH,
        progress: Progress::Unknown,
        lease: Lease::free(),
        tries: 0,
        sent: Timestamp::UNIX_EPOCH,
        key_spent: false,
    })
});

/// A move of the model. The numbers are the indexes of a relay and of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// The billing platform sends a new request id.
    Begin(usize, usize),
    /// The billing platform or recovery finds an operation without a lease.
    TakeOver(usize, usize, RecoveryTrigger),
    Send(usize, usize),
    Look(usize, usize),
    /// Stripe reads a call, and gives this answer if the idempotency key is new.
    Read(usize, usize, Word, bool),
    /// A call or the answer is lost, or takes longer than the timeout.
    Lose(usize, usize),
    Record(usize, usize),
    /// Stripe reads a call after the sender has given up.
    ReadLate(usize, usize, Word, bool),
    Vanish(usize, usize),
    Die(usize),
    Start(usize),
    RunOut(usize),
    /// Time passes until no call sent for a request is in flight.
    Settle(usize),
    Grow,
}

/// Possible answers of Stripe to an unknown idempotency key, and whether the request took effect.
const WORDS: [(Word, bool); 4] =
    [(Word::Done, true), (Word::Declined, false), (Word::Broken, true), (Word::Broken, false)];

/// Every possible move in a state.
pub(super) fn moves(state: &State, bug: SeededBug, into: &mut Vec<Move>) {
    for request in 0..state.budget.requests {
        for relay in (0..RELAYS).filter(|relay| state.relays[*relay].alive) {
            of_task(state, bug, (relay, request), into);
        }
        for key in (0..KEYS).filter(|key| state.stripe[request].flying[*key]) {
            for (word, effect) in words(state, request, key) {
                into.push(Move::ReadLate(request, key, word, effect));
            }
            into.push(Move::Vanish(request, key));
        }
        if let Some(row) = state.rows[request].filter(|row| row.leased && row.answer.is_none()) {
            let works = state.relays[row.owner].alive && state.relays[row.owner].tasks[request] != Task::Idle;
            if !works || state.budget.slow > 0 {
                into.push(Move::RunOut(request));
            }
        }
    }
    for request in 0..state.budget.requests {
        let open = |row: &Row| row.answer.is_none() && !row.settled;
        if state.age > Age::Young && state.rows[request].is_some_and(|row| open(&row)) {
            into.push(Move::Settle(request));
        }
    }
    for relay in 0..RELAYS {
        if !state.relays[relay].alive {
            into.push(Move::Start(relay));
        } else if state.budget.crashes > 0 {
            into.push(Move::Die(relay));
        }
    }
    if state.age != Age::Dead {
        into.push(Move::Grow);
    }
}

fn of_task(state: &State, bug: SeededBug, (relay, request): (usize, usize), into: &mut Vec<Move>) {
    match state.relays[relay].tasks[request] {
        Task::Idle => match state.rows[request] {
            None if state.age == Age::Young => into.push(Move::Begin(relay, request)),
            Some(row) if is_due(&row) => {
                into.extend(
                    [RecoveryTrigger::Billing, RecoveryTrigger::Recovery]
                        .map(|trigger| Move::TakeOver(relay, request, trigger)),
                );
            }
            Some(_) | None => {}
        },
        Task::Ready { plan: Plan::Look, .. } => into.push(Move::Look(relay, request)),
        Task::Ready { .. } => into.push(Move::Send(relay, request)),
        Task::Sent { epoch } => {
            let key = key(bug, epoch);
            into.extend(
                words(state, request, key)
                    .into_iter()
                    .map(|(word, effect)| Move::Read(relay, request, word, effect)),
            );
            if state.budget.losses > 0 {
                into.push(Move::Lose(relay, request));
            }
        }
        Task::Answered { word, .. } => {
            into.push(Move::Record(relay, request));
            if state.budget.losses > 0 && matches!(word, Word::Done | Word::Declined) {
                into.push(Move::Lose(relay, request));
            }
        }
    }
}

fn is_due(row: &Row) -> bool {
    !row.leased && row.answer.is_none() && !row.looked && usize::from(row.epoch) < KEYS - 1
}

/// Possible answers under a key: the stored answer, or any answer. Only the payment is declined or
/// answered with a 500, because further combinations add states without new behaviour.
fn words(state: &State, request: usize, key: usize) -> Vec<(Word, bool)> {
    match state.stripe[request].kept[key] {
        Some(kept) => vec![(kept, false)],
        None => WORDS.into_iter().filter(|(word, _)| request == 0 || *word == Word::Done).collect(),
    }
}

/// Index of the idempotency key that an epoch sends.
fn key(bug: SeededBug, epoch: u8) -> usize {
    if bug == SeededBug::NewKey { usize::from(epoch) } else { 0 }
}

/// The plan for an operation of this age, by the engine's recovery policy.
fn planned(bug: SeededBug, request: usize, age: Age, trigger: RecoveryTrigger) -> Plan {
    let minutes = match age {
        Age::Young => 5,
        Age::Old => 5 * 60,
        Age::Late => 23 * 60 + 30,
        Age::Dead => 25 * 60,
    };
    let limits = RecoveryLimits::default();
    match plan::action(&OPERATIONS[request], trigger, SignedDuration::from_mins(minutes), &limits) {
        RecoveryAction::Look if bug != SeededBug::ResendsForEver => Plan::Look,
        RecoveryAction::Look | RecoveryAction::Resend => Plan::Send,
    }
}

/// The state after a move.
pub(super) fn after(mut state: State, bug: SeededBug, step: Move) -> State {
    match step {
        Move::Begin(relay, request) => {
            let row = Row {
                epoch: 1,
                owner: relay,
                leased: true,
                answer: None,
                looked: false,
                settled: false,
                first_not_found_at: false,
            };
            if bug != SeededBug::SendsBeforeBegin {
                state.rows[request] = Some(row);
            }
            state.relays[relay].tasks[request] = Task::Ready { epoch: 1, plan: Plan::Send };
        }
        Move::TakeOver(relay, request, trigger) => take_over(&mut state, bug, (relay, request, trigger)),
        Move::Send(relay, request) => send(&mut state, bug, (relay, request)),
        Move::Look(relay, request) => look_up(&mut state, (relay, request)),
        Move::Read(relay, request, word, effect) => {
            let Task::Sent { epoch } = state.relays[relay].tasks[request] else { return state };
            execute(&mut state, (request, key(bug, epoch)), word, effect);
            state.relays[relay].tasks[request] = Task::Answered { epoch, word };
            if bug == SeededBug::AnswersBeforeRecord {
                answer(word, false, bug).into_iter().for_each(|word| state.tell(request, word));
            }
        }
        Move::Lose(relay, request) => {
            state.budget.losses -= 1;
            let task = state.relays[relay].tasks[request];
            let (Task::Sent { epoch } | Task::Answered { epoch, .. }) = task else { return state };
            fly(&mut state, bug, (relay, request));
            state.relays[relay].tasks[request] = Task::Answered { epoch, word: Word::Nothing };
        }
        Move::Record(relay, request) => record(&mut state, bug, (relay, request)),
        Move::ReadLate(request, key, word, effect) => {
            state.stripe[request].flying[key] = false;
            execute(&mut state, (request, key), word, effect);
        }
        Move::Vanish(request, key) => state.stripe[request].flying[key] = false,
        Move::Die(relay) => {
            state.budget.crashes -= 1;
            for request in 0..REQUESTS {
                fly(&mut state, bug, (relay, request));
            }
            state.relays[relay].alive = false;
            state.relays[relay].tasks = [Task::Idle; REQUESTS];
        }
        Move::Start(relay) => state.relays[relay].alive = true,
        Move::RunOut(request) => {
            let row = state.rows[request].as_mut().unwrap();
            let owner = state.relays[row.owner];
            row.leased = false;
            let owned = row.owner;
            if owner.alive && owner.tasks[request] != Task::Idle {
                state.budget.slow -= 1;
                sleep(&mut state.relays[owned].tasks[request]);
            }
        }
        Move::Settle(request) => settle(&mut state, request),
        Move::Grow => grow(&mut state),
    }
    state.in_order(bug != SeededBug::NewKey)
}

impl State {
    /// Whether Stripe stored a 500 under the key: a repeated request gets the same 500.
    fn stripe_is_broken(&self, request: usize) -> bool {
        self.stripe[request].kept.contains(&Some(Word::Broken))
    }
}

/// A relay takes over an unfinished operation and plans the next step.
fn take_over(state: &mut State, bug: SeededBug, (relay, request, trigger): (usize, usize, RecoveryTrigger)) {
    let mut plan = planned(bug, request, state.age, trigger);
    let late = trigger == RecoveryTrigger::Recovery && request == 0 && state.age > Age::Young;
    state.wrong.late |= late && plan == Plan::Send;
    if plan == Plan::Send && state.stripe_is_broken(request) {
        // A repeated request would get the stored 500, after which the relay looks at Stripe.
        plan = Plan::Look;
    }
    let row = state.rows[request].as_mut().unwrap();
    (row.epoch, row.owner, row.leased) = (row.epoch + 1, relay, true);
    if plan == Plan::Send {
        (row.settled, row.first_not_found_at) = (false, false);
    }
    let epoch = row.epoch;
    state.relays[relay].tasks[request] = Task::Ready { epoch, plan };
}

/// The result of a look at the objects of Stripe.
fn look_up(state: &mut State, (relay, request): (usize, usize)) {
    let at = &state.stripe[request];
    let word = match (at.effects, at.declined) {
        (1.., _) => Word::Done,
        (0, true) => Word::Declined,
        (0, false) if state.rows[request].is_some_and(|row| row.settled) => Word::Missing,
        (0, false) => Word::NotThere,
    };
    let Task::Ready { epoch, .. } = state.relays[relay].tasks[request] else { return };
    state.relays[relay].tasks[request] = Task::Answered { epoch, word };
}

/// A relay that has slept since the plan to send does not send any more.
fn send(state: &mut State, bug: SeededBug, (relay, request): (usize, usize)) {
    let Task::Ready { epoch, plan } = state.relays[relay].tasks[request] else { return };
    if plan == Plan::Slept && bug != SeededBug::SendsAfterSleep {
        state.relays[relay].tasks[request] = Task::Answered { epoch, word: Word::Nothing };
        return;
    }
    state.wrong.early |= state.rows[request].is_none();
    state.wrong.resent |= state.age > Age::Old;
    state.relays[relay].tasks[request] = Task::Sent { epoch };
}

fn sleep(task: &mut Task) {
    if let Task::Ready { plan: plan @ Plan::Send, .. } = task {
        *plan = Plan::Slept;
    }
}

/// Every call in flight is settled: read by Stripe or lost, and every relay has stopped waiting.
fn settle(state: &mut State, request: usize) {
    if let Some(row) = &mut state.rows[request] {
        (row.settled, row.looked) = (true, false);
    }
    state.stripe[request].flying = [false; KEYS];
    for relay in &mut state.relays {
        let task = &mut relay.tasks[request];
        sleep(task);
        if let Task::Sent { epoch } = *task {
            *task = Task::Answered { epoch, word: Word::Nothing };
        }
    }
}

/// Stripe reads a call. The answer is stored, and a key takes effect once.
fn execute(state: &mut State, (request, key): (usize, usize), word: Word, effect: bool) {
    let stripe = &mut state.stripe[request];
    if stripe.kept[key].is_none() {
        stripe.kept[key] = Some(word);
        stripe.effects += u8::from(effect);
        stripe.declined |= word == Word::Declined;
    }
}

/// A call of a sender that has gone may still be read.
fn fly(state: &mut State, bug: SeededBug, (relay, request): (usize, usize)) {
    if let Task::Sent { epoch } = state.relays[relay].tasks[request] {
        state.stripe[request].flying[key(bug, epoch)] = true;
    }
}

/// The answer to the billing platform for a result of Stripe.
fn answer(word: Word, first_not_found_at: bool, bug: SeededBug) -> Option<Answer> {
    match word {
        Word::Done => Some(Answer::Done),
        Word::Declined => Some(Answer::Declined),
        Word::Missing if first_not_found_at => Some(Answer::NotCharged),
        Word::NotThere if bug == SeededBug::BelievesAnEmptyList => Some(Answer::NotCharged),
        Word::Missing | Word::NotThere | Word::Broken | Word::Nothing => None,
    }
}

fn record(state: &mut State, bug: SeededBug, (relay, request): (usize, usize)) {
    let Task::Answered { epoch, word } = state.relays[relay].tasks[request] else { return };
    state.relays[relay].tasks[request] = Task::Idle;
    let Some(row) = state.rows[request].as_mut() else {
        // Reached only by a relay that sends before the begin.
        let answer = answer(word, false, bug);
        let (looked, settled, first_not_found_at) = (false, false, false);
        state.rows[request] =
            Some(Row { epoch, owner: relay, leased: false, answer, looked, settled, first_not_found_at });
        return;
    };
    let mine = row.epoch == epoch;
    if !mine && bug != SeededBug::NoEpochCheck {
        let there = row.answer;
        there.into_iter().for_each(|there| state.tell(request, there));
        return;
    }
    let answer = answer(word, row.first_not_found_at, bug);
    state.wrong.undone |= row.answer.is_some() && row.answer != answer;
    row.answer = answer;
    row.leased = false;
    row.first_not_found_at |= word == Word::Missing && row.settled;
    row.looked = word == Word::NotThere && !row.settled;
    answer.into_iter().for_each(|answer| state.tell(request, answer));
}

/// Hours pass. No call is in flight for longer than an hour.
fn grow(state: &mut State) {
    state.age = match state.age {
        Age::Young => Age::Old,
        Age::Old => Age::Late,
        Age::Late | Age::Dead => Age::Dead,
    };
    for task in state.relays.iter_mut().flat_map(|relay| &mut relay.tasks) {
        sleep(task);
    }
    for row in state.rows.iter_mut().flatten() {
        row.looked = false;
    }
    if state.age == Age::Dead {
        for request in 0..REQUESTS {
            settle(state, request);
            state.stripe[request].kept = [None; KEYS];
        }
    }
}
