//! The model of a minimal relay. The model knows which requests take effect and which answers are
//! lost, and predicts the answer. For changes at Stripe's dashboard and for two simultaneous
//! requests the model predicts no answer, and only the invariants are checked.

use causeway::v1::Outcome;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use super::{
    steps::{Call, Card, Step, step},
    stripe::Fault,
};

/// Seconds after which recovery may do other steps than repeat the request.
const REPEATED_UNTIL: u64 = 9 * 60;

/// The expected result of the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// Any result that the invariants allow.
    Anything,
    Answer(Outcome),
    Refusal(&'static str),
    /// The relay dies during the step.
    Death,
}

/// The state of a payment at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtStripe {
    /// Stripe has received no request for the payment.
    Nothing,
    ActionRequired,
    Held,
    Captured(u64),
    /// The hold was released, or the payment canceled.
    Canceled,
    /// The card was declined.
    Declined,
}

#[derive(Debug, Clone)]
pub(super) struct ExpectedPayment {
    /// The request that created the payment.
    pub(super) request: usize,
    pub(super) cents: u64,
    automatic: bool,
    /// `None`: the state is unknown.
    at_stripe: Option<AtStripe>,
    refunded: u64,
    /// The request with an outcome unknown to the relay.
    unknown: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) call: Call,
    /// Start in seconds; `None`: not begun.
    begun: Option<u64>,
    /// The answer of Stripe, if Stripe has executed the request.
    kept: Option<Outcome>,
    /// Stripe stores a 500 under the key instead.
    kept500: bool,
    /// The only possible answer from now on.
    answered: Option<Outcome>,
}

/// The model of requests and payments.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) requests: Vec<Request>,
    pub(super) payments: Vec<ExpectedPayment>,
    pub(super) seconds: u64,
    pub(super) expected: Expected,
}

impl ReferenceStateMachine for Model {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::new()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Step> {
        step(model.requests.len(), model.payments.len())
    }

    fn preconditions(model: &Model, step: &Step) -> bool {
        let there = |payment: Option<usize>| payment.is_none_or(|payment| payment < model.payments.len());
        match step {
            Step::Send { call, .. } => there(call.payment()),
            Step::Concurrent { one, other } => there(one.payment()) && there(other.payment()),
            Step::Repeat { request, .. } => *request < model.requests.len(),
            Step::OtherContent { request } => {
                model.requests.get(*request).is_some_and(|request| request.begun.is_some())
            }
            Step::PayerActs { payment, .. }
            | Step::Dashboard { payment, .. }
            | Step::Sync { payment, .. } => *payment < model.payments.len(),
            Step::Event { .. } | Step::TimePasses { .. } | Step::Restart | Step::Recover => true,
        }
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        model.expected = model.expect(step);
        model
    }
}

impl Model {
    /// The state before the first request.
    pub(super) fn new() -> Model {
        Model { requests: vec![], payments: vec![], seconds: 0, expected: Expected::Anything }
    }

    fn expect(&mut self, step: &Step) -> Expected {
        match *step {
            Step::Send { call, fault, copies } => {
                let number = self.new_request(call);
                let expected = self.send_new(number, fault);
                let disturbed = copies > 1 && fault != Fault::Nothing;
                if disturbed { self.expect_anything(call) } else { expected }
            }
            Step::Concurrent { one, other } => {
                for call in [one, other] {
                    self.new_request(call);
                    self.expect_anything(call);
                }
                Expected::Anything
            }
            Step::Repeat { request, fault } => self.repeat(request, fault),
            Step::OtherContent { .. } => Expected::Refusal("REQUEST_ID_REUSED"),
            Step::PayerActs { payment, .. } | Step::Dashboard { payment, .. } => {
                self.payments[payment].at_stripe = None;
                Expected::Anything
            }
            Step::Sync { payment, silent } => self.sync(payment, silent),
            Step::Event { .. } | Step::Recover => {
                for expected in self.payments.iter_mut().filter(|expected| expected.unknown.is_some()) {
                    expected.at_stripe = None;
                }
                Expected::Anything
            }
            Step::TimePasses { seconds } => {
                self.seconds += seconds;
                Expected::Anything
            }
            Step::Restart => Expected::Anything,
        }
    }

    fn new_request(&mut self, call: Call) -> usize {
        let number = self.requests.len();
        let request = Request { call, begun: None, kept: None, kept500: false, answered: None };
        self.requests.push(request);
        if let Call::Authorize { cents, automatic, .. } | Call::Import { cents, automatic } = call {
            let at_stripe = Some(AtStripe::Nothing);
            let expected =
                ExpectedPayment { request: number, cents, automatic, at_stripe, refunded: 0, unknown: None };
            self.payments.push(expected);
        }
        number
    }

    /// The payment that a request refers to or created.
    pub(super) fn payment_of(&self, number: usize) -> usize {
        let made = || self.payments.iter().position(|expected| expected.request == number).unwrap();
        self.requests[number].call.payment().unwrap_or_else(made)
    }

    fn expect_anything(&mut self, call: Call) -> Expected {
        let payment = call.payment().unwrap_or(self.payments.len() - 1);
        self.payments[payment].at_stripe = None;
        Expected::Anything
    }

    /// Predicts the result of a request that has not begun: whether the request begins, and the
    /// answer.
    fn send_new(&mut self, number: usize, fault: Fault) -> Expected {
        let call = self.requests[number].call;
        let expected = &self.payments[self.payment_of(number)];
        let Some(at_stripe) = expected.at_stripe.filter(|_| self.seconds < 6 * 24 * 3600) else {
            return self.expect_anything_of(number);
        };
        let makes = matches!(call, Call::Authorize { .. } | Call::Import { .. });
        // A payment that is missing at Stripe may belong to another request by now.
        if !makes && at_stripe == AtStripe::Nothing && expected.unknown.is_none() {
            return Expected::Refusal("PAYMENT_NOT_FOUND");
        }
        match expected.unknown.map(|unknown| self.requests[unknown].call) {
            None => {}
            Some(Call::Refund { .. } | Call::ReportOrderFailed { .. } | Call::Confirm { .. }) => {
                return self.expect_anything_of(number);
            }
            Some(_) if matches!(call, Call::Confirm { .. }) => return self.expect_anything_of(number),
            Some(_) => return Expected::Refusal("OUTCOME_UNKNOWN"),
        }
        if let Some(refusal) = refusal(call, at_stripe, expected) {
            return Expected::Refusal(refusal);
        }
        self.requests[number].begun = Some(self.seconds);
        if let Some(answer) = answer_without_asking(call, at_stripe, expected.refunded) {
            self.requests[number].answered = Some(answer);
            if let Call::Import { automatic, cents } = call {
                let payment = self.payment_of(number);
                self.payments[payment].at_stripe =
                    Some(if automatic { AtStripe::Captured(cents) } else { AtStripe::Held });
            }
            return Expected::Answer(answer);
        }
        self.send(number, fault)
    }

    fn expect_anything_of(&mut self, number: usize) -> Expected {
        self.requests[number].begun = None;
        let payment = self.payment_of(number);
        self.payments[payment].at_stripe = None;
        Expected::Anything
    }

    /// Predicts the sending of a begun request.
    fn send(&mut self, number: usize, fault: Fault) -> Expected {
        let received = match fault {
            Fault::Nothing | Fault::LostAfter | Fault::DiesAfter | Fault::Html => Some(self.execute(number)),
            Fault::Kept500(effect) => {
                if self.requests[number].kept.is_none() && !self.requests[number].kept500 {
                    self.requests[number].kept500 = true;
                    if effect {
                        self.execute(number);
                    }
                }
                None
            }
            Fault::NotSent | Fault::LostBefore | Fault::DiesBefore | Fault::TurnedAway(_) => None,
        };
        let payment = self.payment_of(number);
        match (fault, received) {
            (Fault::DiesBefore | Fault::DiesAfter, _) => {
                self.payments[payment].unknown = Some(number);
                Expected::Death
            }
            (Fault::Nothing, Some(outcome)) => {
                self.payments[payment].unknown = None;
                if outcome != Outcome::ActionRequired {
                    self.requests[number].answered = Some(outcome);
                }
                Expected::Answer(outcome)
            }
            _ => {
                self.payments[payment].unknown = Some(number);
                Expected::Answer(Outcome::Unknown)
            }
        }
    }

    /// Stripe executes the request, once.
    fn execute(&mut self, number: usize) -> Outcome {
        if let Some(kept) = self.requests[number].kept {
            return kept;
        }
        let call = self.requests[number].call;
        let payment = self.payment_of(number);
        let expected = &mut self.payments[payment];
        let paying = |expected: &ExpectedPayment| {
            if expected.automatic { AtStripe::Captured(expected.cents) } else { AtStripe::Held }
        };
        let outcome = match call {
            Call::Authorize { card: Card::Declined, .. } => {
                expected.at_stripe = Some(AtStripe::Declined);
                Outcome::Declined
            }
            Call::Authorize { card: Card::NeedsAction, .. } => {
                expected.at_stripe = Some(AtStripe::ActionRequired);
                Outcome::ActionRequired
            }
            Call::Authorize { card: Card::Pays, .. } | Call::Confirm { .. } | Call::Import { .. } => {
                expected.at_stripe = Some(paying(expected));
                Outcome::Approved
            }
            Call::Capture { cents, .. } => {
                expected.at_stripe = Some(AtStripe::Captured(cents));
                Outcome::Approved
            }
            Call::Refund { cents, .. } => {
                expected.refunded += cents;
                Outcome::Approved
            }
            Call::ReleaseHold { .. } => {
                expected.at_stripe = Some(AtStripe::Canceled);
                Outcome::Approved
            }
            Call::ReportOrderFailed { .. } => {
                match expected.at_stripe {
                    Some(AtStripe::Captured(cents)) => expected.refunded = cents,
                    _ => expected.at_stripe = Some(AtStripe::Canceled),
                }
                Outcome::Approved
            }
        };
        self.requests[number].kept = Some(outcome);
        outcome
    }

    /// Predicts the result of a repeated request.
    fn repeat(&mut self, number: usize, fault: Fault) -> Expected {
        let Request { begun, kept500, answered, call, .. } = self.requests[number];
        if let Some(answered) = answered {
            return Expected::Answer(answered);
        }
        let payment = self.payment_of(number);
        let Some(begun) = begun else {
            return if self.payments[payment].at_stripe.is_none() {
                Expected::Anything
            } else {
                self.send_new(number, fault)
            };
        };
        let sure = self.payments[payment].at_stripe.is_some() && fault == Fault::Nothing;
        if !sure || kept500 || self.seconds - begun >= REPEATED_UNTIL {
            self.payments[payment].at_stripe = None;
            return Expected::Anything;
        }
        if self.payments[payment].unknown == Some(number) {
            return self.send(number, fault);
        }
        match (call, self.payments[payment].at_stripe) {
            // The payer still has to act.
            (Call::Authorize { .. }, Some(AtStripe::ActionRequired)) => {
                Expected::Answer(Outcome::ActionRequired)
            }
            _ => {
                self.payments[payment].at_stripe = None;
                Expected::Anything
            }
        }
    }

    /// A sync observes objects that exist. A missing object may still be created.
    fn sync(&mut self, payment: usize, silent: bool) -> Expected {
        if let (Some(unknown), false) = (self.payments[payment].unknown, silent) {
            let request = &self.requests[unknown];
            if request.kept.is_some() {
                self.payments[payment].at_stripe = None;
            }
        }
        Expected::Anything
    }
}

/// The refusal before the begin, if any.
fn refusal(call: Call, at_stripe: AtStripe, expected: &ExpectedPayment) -> Option<&'static str> {
    match (call, at_stripe) {
        (Call::Authorize { .. } | Call::Import { .. }, _) => None,
        (Call::Capture { cents, .. }, AtStripe::Held) if cents <= expected.cents => None,
        (Call::Capture { .. }, AtStripe::Held) => Some("CAPTURE_ABOVE_HOLD"),
        (Call::Capture { .. }, _) => Some("NOT_CAPTURABLE"),
        (Call::Refund { cents, .. }, AtStripe::Captured(captured))
            if expected.refunded + cents <= captured =>
        {
            None
        }
        (Call::Refund { .. }, AtStripe::Captured(_)) => Some("REFUND_ABOVE_LEFT"),
        (Call::Refund { .. }, _) => Some("NOT_REFUNDABLE"),
        (Call::ReleaseHold { .. }, AtStripe::Held) => None,
        (Call::ReleaseHold { .. }, _) => Some("NOT_RELEASABLE"),
        (Call::ReportOrderFailed { .. }, _) => None,
        (Call::Confirm { .. }, AtStripe::Canceled) => Some("NOT_CONFIRMABLE"),
        // Without a PaymentIntent to continue with.
        (Call::Confirm { .. }, _) => None,
    }
}

/// The outcome of a request that needs no call to Stripe.
fn answer_without_asking(call: Call, at_stripe: AtStripe, refunded: u64) -> Option<Outcome> {
    match (call, at_stripe) {
        (Call::ReportOrderFailed { .. }, AtStripe::Captured(captured)) if captured == refunded => {
            Some(Outcome::Approved)
        }
        (Call::Import { .. }, _) => Some(Outcome::Approved),
        (Call::ReportOrderFailed { .. }, AtStripe::Canceled | AtStripe::Declined) => Some(Outcome::Approved),
        (Call::Confirm { .. }, AtStripe::ActionRequired) => Some(Outcome::ActionRequired),
        (Call::Confirm { .. }, AtStripe::Held | AtStripe::Captured(_)) => Some(Outcome::Approved),
        (Call::Confirm { card: false, .. }, AtStripe::Declined) => Some(Outcome::Declined),
        _ => None,
    }
}
