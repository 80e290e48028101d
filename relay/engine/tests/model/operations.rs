//! Sequences of requests and faults on a real engine with a real journal, compared with a model of
//! the outcomes that the billing platform may expect. Engine and journal are real; Stripe is
//! simulated by the test.
//!
//! `CAUSEWAY_SEQUENCES` is the number of sequences, `CAUSEWAY_SEED` repeats a run.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use causeway::request::PaymentId;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

/// The invariants of answers, journal and Stripe.
mod answers;
/// The engine with journal and clock.
mod harness;
/// The outcomes that the billing platform may expect.
mod model;
/// The objects of the simulated Stripe.
mod objects;
/// The possible steps of a sequence.
mod steps;
/// Simulated Stripe: idempotency keys and faults.
mod stripe;
/// A machine that is suspended.
mod suspend;

use answers::Answers;
use harness::{Harness, Reply};
use model::{Expected, Model};
use steps::{Call, Card, DashboardAction, Step};
use stripe::Fault;

/// Number of occurrences of each kind of event.
static COUNTS: Mutex<BTreeMap<&'static str, usize>> = Mutex::new(BTreeMap::new());

fn count(what: &'static str, times: usize) {
    *COUNTS.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += times;
}

struct Machine {
    harness: Harness,
    answers: Answers,
}

impl StateMachineTest for Machine {
    type SystemUnderTest = Machine;
    type Reference = Model;

    fn init_test(_: &Model) -> Machine {
        Machine { harness: Harness::new(), answers: Answers::default() }
    }

    fn apply(mut machine: Machine, model: &Model, step: Step) -> Machine {
        machine.step(model, step);
        machine
    }

    fn check_invariants(machine: &Machine, model: &Model) {
        machine.answers.check(&machine.harness, model);
    }

    fn teardown(mut machine: Machine, model: Model) {
        machine.settle(&model);
        machine.answers.check_end(&machine.harness, &model);
        let account = machine.harness.stripe.account();
        count("replayed", account.replayed);
        count("effects", account.objects.effects.len());
        count("deaths", machine.harness.deaths);
    }
}

impl Machine {
    fn step(&mut self, model: &Model, step: Step) {
        match step {
            Step::Send { call, fault, copies } => {
                let number = model.requests.len() - 1;
                self.send(model, (call, number), fault, copies);
            }
            Step::Repeat { request, fault } => {
                self.send(model, (model.requests[request].call, request), fault, 1);
            }
            Step::OtherContent { request } => self.send_other_content(model, request),
            Step::Concurrent { one, other } => {
                let number = model.requests.len() - 2;
                let calls = [(one, number), (other, number + 1)]
                    .map(|(call, number)| (call, number, self.payment_of(model, call)));
                let replies = self.harness.send(&calls);
                for (reply, (_, number, _)) in replies.iter().zip(calls) {
                    self.record(number, reply);
                }
            }
            Step::PayerActs { payment, passes } => {
                if let Some(intent) = self.intent(model, payment) {
                    self.harness.stripe.account().objects.payer_acts(&intent, passes);
                }
            }
            Step::Dashboard { payment, action } => self.act_at_dashboard(model, payment, action),
            Step::Event { which, times } => {
                let events = self.harness.stripe.account().objects.events.len();
                for _ in 0..times.min(events * 9) {
                    self.harness.deliver_event(which.index(events));
                }
            }
            Step::Sync { payment, silent } => {
                let id = self.harness.payment_id(model.payments[payment].request);
                self.harness.stripe.account().silent = silent;
                self.harness.sync(id);
                self.harness.stripe.account().silent = false;
            }
            Step::TimePasses { seconds } => self.harness.advance(seconds),
            Step::Restart => self.harness.restart(),
            Step::Recover => self.harness.recover(),
        }
    }

    fn payment_of(&self, model: &Model, call: Call) -> PaymentId {
        let request = call.payment().map(|payment| model.payments[payment].request);
        request.map_or(PaymentId(uuid::Uuid::nil()), |request| self.harness.payment_id(request))
    }

    fn intent(&self, model: &Model, payment: usize) -> Option<String> {
        let id = self.harness.payment_id(model.payments[payment].request);
        let known = self.harness.payment(id)?.facts.payment_intent;
        let account = self.harness.stripe.account();
        let id = id.to_string();
        let ours = || account.objects.intents.iter().find(|it| it.metadata["causeway_payment"] == *id);
        known.or_else(|| ours().map(|intent| intent.id.clone()))
    }

    fn record(&mut self, number: usize, reply: &Reply) {
        count(
            match reply {
                Reply::Answer(answer) => answer.outcome().as_str_name(),
                Reply::Refusal(refusal) => refusal.reason(),
                Reply::Died => "died",
            },
            1,
        );
        self.answers.record(number, reply);
    }

    fn send(&mut self, model: &Model, (call, number): (Call, usize), fault: Fault, copies: u8) {
        self.harness.stripe.account().faults.push_back(fault);
        let calls = vec![(call, number, self.payment_of(model, call)); usize::from(copies)];
        let replies = self.harness.send(&calls);
        for reply in &replies {
            self.record(number, reply);
            check_expected(model.expected, reply);
        }
    }

    /// I6: other content under a used request id is refused, without an effect.
    fn send_other_content(&mut self, model: &Model, request: usize) {
        let call = model.requests[request].call;
        let (before, posts) = (self.harness.operation(request), self.harness.stripe.account().posts);
        let other = call.with_other_content();
        let replies = self.harness.send(&[(other, request, self.payment_of(model, other))]);
        check_expected(model.expected, &replies[0]);
        count("REQUEST_ID_REUSED", 1);
        assert_eq!(before, self.harness.operation(request));
        assert_eq!(posts, self.harness.stripe.account().posts, "Stripe was asked");
    }

    fn act_at_dashboard(&mut self, model: &Model, payment: usize, action: DashboardAction) {
        let Some(intent) = self.intent(model, payment) else { return };
        let now = self.harness.now();
        let mut account = self.harness.stripe.account();
        let fields = |fields: &[(&str, String)]| -> objects::Form {
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let (path, form) = match action {
            DashboardAction::Capture(cents) => (
                format!("/v1/payment_intents/{intent}/capture"),
                fields(&[("amount_to_capture", cents.to_string())]),
            ),
            DashboardAction::Cancel => (format!("/v1/payment_intents/{intent}/cancel"), fields(&[])),
            DashboardAction::Refund(cents) => (
                "/v1/refunds".to_owned(),
                fields(&[("payment_intent", intent), ("amount", cents.to_string())]),
            ),
        };
        account.objects.change(&path, &form, None, now);
    }

    /// Removes all faults and advances time until no operation can be open.
    fn settle(&mut self, model: &Model) {
        const SPANS: [u64; 10] = [31, 31, 90, 3600, 3600, 24 * 3600, 7200, 24 * 3600, 7 * 24 * 3600, 3600];
        for seconds in SPANS {
            self.harness.advance(seconds);
            self.harness.recover();
            self.answers.check(&self.harness, model);
        }
        for payment in &model.payments {
            let id = self.harness.payment_id(payment.request);
            self.harness.sync(id);
        }
        for number in 0..model.requests.len() {
            if self.harness.operation(number).is_some() {
                let call = model.requests[number].call;
                let replies = self.harness.send(&[(call, number, self.payment_of(model, call))]);
                self.record(number, &replies[0]);
            }
        }
        self.answers.check(&self.harness, model);
    }
}

fn check_expected(expected: Expected, reply: &Reply) {
    let fits = match (expected, reply) {
        (Expected::Anything, _) | (Expected::Death, Reply::Died) => true,
        (Expected::Answer(outcome), Reply::Answer(answer)) => answer.outcome() == outcome,
        (Expected::Refusal(reason), Reply::Refusal(refusal)) => refusal.reason() == reason,
        _ => false,
    };
    assert!(fits, "expected {expected:?}, and it is {reply:?}");
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// Runs `cases` sequences of one seed.
fn run(seed: u64, cases: u32) -> Result<(), String> {
    let source_file = Some(file!());
    let config = Config { cases, rng_seed: RngSeed::Fixed(seed), source_file, ..Config::default() };
    let mut runner = TestRunner::new(config.clone());
    let ran = runner.run(&Model::sequential_strategy(1..40), |(model, steps, count)| {
        Machine::test_sequential(config.clone(), model, steps, count);
        Ok(())
    });
    ran.map_err(|error| format!("CAUSEWAY_SEED={seed} CAUSEWAY_SEQUENCES={cases}: {error}"))
}

#[test]
fn every_sequence_keeps_the_promises() {
    let sequences = u32::try_from(number("CAUSEWAY_SEQUENCES").unwrap_or(300)).unwrap();
    let seed = number("CAUSEWAY_SEED").unwrap_or_else(|| crate::setup::machine().up_to(1 << 32));
    println!("{sequences} sequences, CAUSEWAY_SEED={seed}");
    let threads = u32::try_from(std::thread::available_parallelism().map_or(1, usize::from)).unwrap();
    let runs: Vec<_> = (0..threads)
        .map(|thread| std::thread::spawn(move || run(seed + u64::from(thread), sequences.div_ceil(threads))))
        .collect();
    let failed: Vec<_> = runs.into_iter().filter_map(|run| run.join().unwrap().err()).collect();
    let counted = COUNTS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("{counted:?}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // A run without any fault proves too little.
    for needed in
        ["died", "replayed", "REQUEST_ID_REUSED", "OUTCOME_UNKNOWN", "OUTCOME_APPROVED", "NOT_CAPTURABLE"]
    {
        let times = counted.get(needed).copied().unwrap_or_default();
        assert!(times >= usize::try_from(sequences / 30).unwrap(), "{needed} happened {times} times");
    }
}

/// Regression test: a declined card, then another card, and the answer lost. The billing platform
/// received the final answer DECLINED while the money was on hold.
#[test]
fn a_second_card_after_a_decline_is_unknown_without_an_answer() {
    let authorize = Call::Authorize { card: Card::Declined, automatic: false, cents: 1000 };
    let confirm = Call::Confirm { payment: 0, card: true };
    let steps = [
        Step::Send { call: authorize, fault: Fault::Nothing, copies: 1 },
        Step::Send { call: confirm, fault: Fault::LostAfter, copies: 1 },
        Step::Repeat { request: 1, fault: Fault::Nothing },
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
