//! Sequences of everything that can happen, on a real desk with a real journal, against a
//! model of what billing may expect. Relay and journal are ours; Stripe is played.
//!
//! `CAUSEWAY_SEQUENCES` says how many, `CAUSEWAY_SEED` repeats a run.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use causeway::order::PaymentId;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

/// What billing may expect.
mod model;
/// What can happen.
mod steps;
/// The relay.
mod stage;
/// Stripe: keys and faults.
mod stripe;
/// Stripe: objects.
mod objects;
/// The invariants.
mod book;
/// A machine that is suspended.
mod sleep;

use book::Book;
use model::{Expected, Model};
use stage::{Stage, Told};
use steps::{Card, Meddling, Step, What};
use stripe::Fault;

/// How often each kind of thing happened.
static SEEN: Mutex<BTreeMap<&'static str, usize>> = Mutex::new(BTreeMap::new());

fn seen(what: &'static str, times: usize) {
    *SEEN.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += times;
}

struct Machine {
    stage: Stage,
    book: Book,
}

impl StateMachineTest for Machine {
    type SystemUnderTest = Machine;
    type Reference = Model;

    fn init_test(_: &Model) -> Machine {
        Machine { stage: Stage::new(), book: Book::default() }
    }

    fn apply(mut machine: Machine, model: &Model, step: Step) -> Machine {
        machine.step(model, step);
        machine
    }

    fn check_invariants(machine: &Machine, model: &Model) {
        machine.book.judge(&machine.stage, model);
    }

    fn teardown(mut machine: Machine, model: Model) {
        machine.settle(&model);
        machine.book.close(&machine.stage, &model);
        let world = machine.stage.stripe.world();
        seen("replayed", world.replayed);
        seen("effects", world.objects.effects.len());
        seen("deaths", machine.stage.deaths);
    }
}

impl Machine {
    fn step(&mut self, model: &Model, step: Step) {
        match step {
            Step::Ask { what, fault, copies } => {
                let number = model.requests.len() - 1;
                self.ask(model, (what, number), fault, copies);
            }
            Step::Again { request, fault } => {
                self.ask(model, (model.requests[request].what, request), fault, 1);
            }
            Step::Changed { request } => self.changed(model, request),
            Step::Together { one, other } => {
                let number = model.requests.len() - 2;
                let asked = [(one, number), (other, number + 1)]
                    .map(|(what, number)| (what, number, self.about(model, what)));
                let told = self.stage.ask(&asked);
                for (told, (_, number, _)) in told.iter().zip(asked) {
                    self.note(number, told);
                }
            }
            Step::Act { payment, passes } => {
                if let Some(intent) = self.intent(model, payment) {
                    self.stage.stripe.world().objects.act(&intent, passes);
                }
            }
            Step::Elsewhere { payment, what } => self.meddle(model, payment, what),
            Step::News { which, times } => {
                let news = self.stage.stripe.world().objects.news.len();
                for _ in 0..times.min(news * 9) {
                    self.stage.news(which.index(news));
                }
            }
            Step::Look { payment, silent } => {
                let id = self.stage.payment_id(model.payments[payment].request);
                self.stage.stripe.world().silent = silent;
                self.stage.look(id);
                self.stage.stripe.world().silent = false;
            }
            Step::Pass { seconds } => self.stage.pass(seconds),
            Step::Restart => self.stage.restart(),
            Step::TakeUp => self.stage.take_up(),
        }
    }

    fn about(&self, model: &Model, what: What) -> PaymentId {
        let request = what.payment().map(|payment| model.payments[payment].request);
        request.map_or(PaymentId(uuid::Uuid::nil()), |request| self.stage.payment_id(request))
    }

    fn intent(&self, model: &Model, payment: usize) -> Option<String> {
        let id = self.stage.payment_id(model.payments[payment].request);
        let known = self.stage.payment(id)?.facts.payment_intent;
        let world = self.stage.stripe.world();
        let mark = id.to_string();
        let marked = || world.objects.intents.iter().find(|it| it.marks["causeway_payment"] == *mark);
        known.or_else(|| marked().map(|intent| intent.id.clone()))
    }

    fn note(&mut self, number: usize, told: &Told) {
        seen(
            match told {
                Told::Answer(answer) => answer.outcome().as_str_name(),
                Told::Refusal(refusal) => refusal.reason(),
                Told::Nothing => "died",
            },
            1,
        );
        self.book.note(number, told);
    }

    fn ask(&mut self, model: &Model, (what, number): (What, usize), fault: Fault, copies: u8) {
        self.stage.stripe.world().faults.push_back(fault);
        let asked = vec![(what, number, self.about(model, what)); usize::from(copies)];
        let told = self.stage.ask(&asked);
        for told in &told {
            self.note(number, told);
            fits(model.expected, told);
        }
    }

    /// I6: refused, and nothing happens.
    fn changed(&mut self, model: &Model, request: usize) {
        let what = model.requests[request].what;
        let (before, posts) = (self.stage.operation(request), self.stage.stripe.world().posts);
        let what = what.changed();
        let told = self.stage.ask(&[(what, request, self.about(model, what))]);
        fits(model.expected, &told[0]);
        seen("REQUEST_ID_REUSED", 1);
        assert_eq!(before, self.stage.operation(request));
        assert_eq!(posts, self.stage.stripe.world().posts, "Stripe was asked");
    }

    fn meddle(&mut self, model: &Model, payment: usize, what: Meddling) {
        let Some(intent) = self.intent(model, payment) else { return };
        let now = self.stage.now();
        let mut world = self.stage.stripe.world();
        let fields = |fields: &[(&str, String)]| -> objects::Form {
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let (path, form) = match what {
            Meddling::Capture(cents) => (
                format!("/v1/payment_intents/{intent}/capture"),
                fields(&[("amount_to_capture", cents.to_string())]),
            ),
            Meddling::Cancel => (format!("/v1/payment_intents/{intent}/cancel"), fields(&[])),
            Meddling::Refund(cents) => (
                "/v1/refunds".to_owned(),
                fields(&[("payment_intent", intent), ("amount", cents.to_string())]),
            ),
        };
        world.objects.change(&path, &form, None, now);
    }

    /// Everything works again, and time passes until nothing can be open any more.
    fn settle(&mut self, model: &Model) {
        const SPANS: [u64; 10] = [31, 31, 90, 3600, 3600, 24 * 3600, 7200, 24 * 3600, 7 * 24 * 3600, 3600];
        for seconds in SPANS {
            self.stage.pass(seconds);
            self.stage.take_up();
            self.book.judge(&self.stage, model);
        }
        for paid in &model.payments {
            let id = self.stage.payment_id(paid.request);
            self.stage.look(id);
        }
        for number in 0..model.requests.len() {
            if self.stage.operation(number).is_some() {
                let what = model.requests[number].what;
                let told = self.stage.ask(&[(what, number, self.about(model, what))]);
                self.note(number, &told[0]);
            }
        }
        self.book.judge(&self.stage, model);
    }
}

fn fits(expected: Expected, told: &Told) {
    let is = match (expected, told) {
        (Expected::Anything, _) | (Expected::Death, Told::Nothing) => true,
        (Expected::Answer(outcome), Told::Answer(answer)) => answer.outcome() == outcome,
        (Expected::Refusal(reason), Told::Refusal(refusal)) => refusal.reason() == reason,
        _ => false,
    };
    assert!(is, "expected {expected:?}, and it is {told:?}");
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// Plays so many sequences of one seed.
fn play(seed: u64, cases: u32) -> Result<(), String> {
    let source_file = Some(file!());
    let config = Config { cases, rng_seed: RngSeed::Fixed(seed), source_file, ..Config::default() };
    let mut runner = TestRunner::new(config.clone());
    let played = runner.run(&Model::sequential_strategy(1..40), |(model, steps, count)| {
        Machine::test_sequential(config.clone(), model, steps, count);
        Ok(())
    });
    played.map_err(|error| format!("CAUSEWAY_SEED={seed} CAUSEWAY_SEQUENCES={cases}: {error}"))
}

#[test]
fn every_sequence_keeps_the_promises() {
    let sequences = u32::try_from(number("CAUSEWAY_SEQUENCES").unwrap_or(300)).unwrap();
    let seed =
        number("CAUSEWAY_SEED").unwrap_or_else(|| causeway_runtime::machine::surroundings().up_to(1 << 32));
    println!("{sequences} sequences, CAUSEWAY_SEED={seed}");
    let threads = u32::try_from(std::thread::available_parallelism().map_or(1, usize::from)).unwrap();
    let players: Vec<_> = (0..threads)
        .map(|player| std::thread::spawn(move || play(seed + u64::from(player), sequences.div_ceil(threads))))
        .collect();
    let failed: Vec<_> = players.into_iter().filter_map(|player| player.join().unwrap().err()).collect();
    let counted = SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("{counted:?}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // A run in which nothing goes wrong shows nothing.
    for needed in
        ["died", "replayed", "REQUEST_ID_REUSED", "OUTCOME_UNKNOWN", "OUTCOME_APPROVED", "NOT_CAPTURABLE"]
    {
        let times = counted.get(needed).copied().unwrap_or_default();
        assert!(times >= usize::try_from(sequences / 30).unwrap(), "{needed} happened {times} times");
    }
}

/// A sequence that once went wrong: a card that was declined, another one, and the answer lost.
/// Billing was told DECLINED for good, and the money was held.
#[test]
fn another_card_after_a_no_is_unknown_while_its_answer_is() {
    let authorize = What::Authorize { card: Card::Refused, take: false, cents: 1000 };
    let confirm = What::Confirm { payment: 0, card: true };
    let steps = [
        Step::Ask { what: authorize, fault: Fault::Nothing, copies: 1 },
        Step::Ask { what: confirm, fault: Fault::LostAfter, copies: 1 },
        Step::Again { request: 1, fault: Fault::Nothing },
    ];
    let mut model = Model::new();
    let mut machine = Machine::init_test(&model);
    for (step, expected) in steps.into_iter().zip(["Declined", "Unknown", "Approved"]) {
        model = Model::apply(model, &step);
        machine = Machine::apply(machine, &model, step);
        assert!(format!("{:?}", model.expected).contains(expected), "{:?}", model.expected);
    }
    Machine::teardown(machine, model);
}
