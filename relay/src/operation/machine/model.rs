//! What billing may expect: a relay as small as it can be written. It knows which call takes
//! effect and which answer is lost, and says what has to be answered. Where somebody else
//! meddles or two are at work at once it expects nothing, and only the invariants count.

use causeway::v1::Outcome;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use super::{
    steps::{Card, Step, What, step},
    stripe::Fault,
};

/// From then on recovery may do other than repeat.
const CALM: u64 = 9 * 60;

/// What is expected of the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// Whatever the invariants allow.
    Anything,
    Answer(Outcome),
    Refusal(&'static str),
    /// The relay died.
    Death,
}

/// Where a payment stands at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// Stripe has not heard of it.
    Nothing,
    Asks,
    Held,
    Taken(u64),
    /// Given back, or given up.
    Gone,
    /// The card was refused.
    Refused,
}

#[derive(Debug, Clone)]
pub(super) struct Paid {
    /// The request that made it.
    pub(super) request: usize,
    pub(super) cents: u64,
    take: bool,
    /// `None`: who knows.
    truth: Option<Truth>,
    refunded: u64,
    /// The request whose outcome the relay does not know.
    doubt: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) what: What,
    /// Seconds; `None`: not begun.
    begun: Option<u64>,
    /// Stripe has executed it, and this was its word.
    kept: Option<Outcome>,
    /// A 500 is kept instead.
    kept500: bool,
    /// It can be answered with nothing else.
    answered: Option<Outcome>,
}

/// The whole of it.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) requests: Vec<Request>,
    pub(super) payments: Vec<Paid>,
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
            Step::Ask { what, .. } => there(what.payment()),
            Step::Together { one, other } => there(one.payment()) && there(other.payment()),
            Step::Again { request, .. } => *request < model.requests.len(),
            Step::Changed { request } => {
                model.requests.get(*request).is_some_and(|request| request.begun.is_some())
            }
            Step::Act { payment, .. } | Step::Elsewhere { payment, .. } | Step::Look { payment, .. } => {
                *payment < model.payments.len()
            }
            Step::News { .. } | Step::Pass { .. } | Step::Restart | Step::TakeUp => true,
        }
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        model.expected = model.expect(step);
        model
    }
}

impl Model {
    /// Before anything was asked for.
    pub(super) fn new() -> Model {
        Model { requests: vec![], payments: vec![], seconds: 0, expected: Expected::Anything }
    }

    fn expect(&mut self, step: &Step) -> Expected {
        match *step {
            Step::Ask { what, fault, copies } => {
                let number = self.new_request(what);
                let expected = self.ask(number, fault);
                let disturbed = copies > 1 && fault != Fault::Nothing;
                if disturbed { self.lose_sight(what) } else { expected }
            }
            Step::Together { one, other } => {
                for what in [one, other] {
                    self.new_request(what);
                    self.lose_sight(what);
                }
                Expected::Anything
            }
            Step::Again { request, fault } => self.again(request, fault),
            Step::Changed { .. } => Expected::Refusal("REQUEST_ID_REUSED"),
            Step::Act { payment, .. } | Step::Elsewhere { payment, .. } => {
                self.payments[payment].truth = None;
                Expected::Anything
            }
            Step::Look { payment, silent } => self.look(payment, silent),
            Step::News { .. } | Step::TakeUp => {
                for paid in self.payments.iter_mut().filter(|paid| paid.doubt.is_some()) {
                    paid.truth = None;
                }
                Expected::Anything
            }
            Step::Pass { seconds } => {
                self.seconds += seconds;
                Expected::Anything
            }
            Step::Restart => Expected::Anything,
        }
    }

    fn new_request(&mut self, what: What) -> usize {
        let number = self.requests.len();
        let request = Request { what, begun: None, kept: None, kept500: false, answered: None };
        self.requests.push(request);
        if let What::Authorize { cents, take, .. } | What::Import { cents, take } = what {
            let truth = Some(Truth::Nothing);
            let paid = Paid { request: number, cents, take, truth, refunded: 0, doubt: None };
            self.payments.push(paid);
        }
        number
    }

    /// The payment that a request is about or has made.
    pub(super) fn payment_of(&self, number: usize) -> usize {
        let made = || self.payments.iter().position(|paid| paid.request == number).unwrap();
        self.requests[number].what.payment().unwrap_or_else(made)
    }

    fn lose_sight(&mut self, what: What) -> Expected {
        let payment = what.payment().unwrap_or(self.payments.len() - 1);
        self.payments[payment].truth = None;
        Expected::Anything
    }

    /// A request that was not begun: may it be, and what does Stripe say?
    fn ask(&mut self, number: usize, fault: Fault) -> Expected {
        let what = self.requests[number].what;
        let paid = &self.payments[self.payment_of(number)];
        let Some(truth) = paid.truth.filter(|_| self.seconds < 6 * 24 * 3600) else {
            return self.lose_sight_of(number);
        };
        let makes = matches!(what, What::Authorize { .. } | What::Import { .. });
        // What Stripe does not show yet may be another request's by now.
        if !makes && truth == Truth::Nothing && paid.doubt.is_none() {
            return Expected::Refusal("PAYMENT_NOT_FOUND");
        }
        match paid.doubt.map(|doubt| self.requests[doubt].what) {
            None => {}
            Some(What::Refund { .. } | What::GiveUp { .. } | What::Confirm { .. }) => {
                return self.lose_sight_of(number);
            }
            Some(_) if matches!(what, What::Confirm { .. }) => return self.lose_sight_of(number),
            Some(_) => return Expected::Refusal("OUTCOME_UNKNOWN"),
        }
        if let Some(refusal) = refusal(what, truth, paid) {
            return Expected::Refusal(refusal);
        }
        self.requests[number].begun = Some(self.seconds);
        if let Some(answer) = answer_without_asking(what, truth, paid.refunded) {
            self.requests[number].answered = Some(answer);
            if let What::Import { take, cents } = what {
                let payment = self.payment_of(number);
                self.payments[payment].truth = Some(if take { Truth::Taken(cents) } else { Truth::Held });
            }
            return Expected::Answer(answer);
        }
        self.send(number, fault)
    }

    fn lose_sight_of(&mut self, number: usize) -> Expected {
        self.requests[number].begun = None;
        let payment = self.payment_of(number);
        self.payments[payment].truth = None;
        Expected::Anything
    }

    /// The relay sends what was begun.
    fn send(&mut self, number: usize, fault: Fault) -> Expected {
        let heard = match fault {
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
            Fault::NotSent | Fault::LostBefore | Fault::DiesBefore | Fault::Away(_) => None,
        };
        let payment = self.payment_of(number);
        match (fault, heard) {
            (Fault::DiesBefore | Fault::DiesAfter, _) => {
                self.payments[payment].doubt = Some(number);
                Expected::Death
            }
            (Fault::Nothing, Some(outcome)) => {
                self.payments[payment].doubt = None;
                if outcome != Outcome::ActionRequired {
                    self.requests[number].answered = Some(outcome);
                }
                Expected::Answer(outcome)
            }
            _ => {
                self.payments[payment].doubt = Some(number);
                Expected::Answer(Outcome::Unknown)
            }
        }
    }

    /// Stripe does it, once.
    fn execute(&mut self, number: usize) -> Outcome {
        if let Some(kept) = self.requests[number].kept {
            return kept;
        }
        let what = self.requests[number].what;
        let payment = self.payment_of(number);
        let paid = &mut self.payments[payment];
        let paying = |paid: &Paid| if paid.take { Truth::Taken(paid.cents) } else { Truth::Held };
        let outcome = match what {
            What::Authorize { card: Card::Refused, .. } => {
                paid.truth = Some(Truth::Refused);
                Outcome::Declined
            }
            What::Authorize { card: Card::Asks, .. } => {
                paid.truth = Some(Truth::Asks);
                Outcome::ActionRequired
            }
            What::Authorize { card: Card::Pays, .. } | What::Confirm { .. } | What::Import { .. } => {
                paid.truth = Some(paying(paid));
                Outcome::Approved
            }
            What::Capture { cents, .. } => {
                paid.truth = Some(Truth::Taken(cents));
                Outcome::Approved
            }
            What::Refund { cents, .. } => {
                paid.refunded += cents;
                Outcome::Approved
            }
            What::Release { .. } => {
                paid.truth = Some(Truth::Gone);
                Outcome::Approved
            }
            What::GiveUp { .. } => {
                match paid.truth {
                    Some(Truth::Taken(cents)) => paid.refunded = cents,
                    _ => paid.truth = Some(Truth::Gone),
                }
                Outcome::Approved
            }
        };
        self.requests[number].kept = Some(outcome);
        outcome
    }

    /// The same request again.
    fn again(&mut self, number: usize, fault: Fault) -> Expected {
        let Request { begun, kept500, answered, what, .. } = self.requests[number];
        if let Some(answered) = answered {
            return Expected::Answer(answered);
        }
        let payment = self.payment_of(number);
        let Some(begun) = begun else {
            return if self.payments[payment].truth.is_none() {
                Expected::Anything
            } else {
                self.ask(number, fault)
            };
        };
        let sure = self.payments[payment].truth.is_some() && fault == Fault::Nothing;
        if !sure || kept500 || self.seconds - begun >= CALM {
            self.payments[payment].truth = None;
            return Expected::Anything;
        }
        if self.payments[payment].doubt == Some(number) {
            return self.send(number, fault);
        }
        match (what, self.payments[payment].truth) {
            // The payer has still to act.
            (What::Authorize { .. }, Some(Truth::Asks)) => Expected::Answer(Outcome::ActionRequired),
            _ => {
                self.payments[payment].truth = None;
                Expected::Anything
            }
        }
    }

    /// What is there is seen. What is not may still come.
    fn look(&mut self, payment: usize, silent: bool) -> Expected {
        if let (Some(doubt), false) = (self.payments[payment].doubt, silent) {
            let request = &self.requests[doubt];
            if request.kept.is_some() {
                self.payments[payment].truth = None;
            }
        }
        Expected::Anything
    }
}

/// Why it is refused before it is begun.
fn refusal(what: What, truth: Truth, paid: &Paid) -> Option<&'static str> {
    match (what, truth) {
        (What::Authorize { .. } | What::Import { .. }, _) => None,
        (What::Capture { cents, .. }, Truth::Held) if cents <= paid.cents => None,
        (What::Capture { .. }, Truth::Held) => Some("CAPTURE_ABOVE_HOLD"),
        (What::Capture { .. }, _) => Some("NOT_CAPTURABLE"),
        (What::Refund { cents, .. }, Truth::Taken(taken)) if paid.refunded + cents <= taken => None,
        (What::Refund { .. }, Truth::Taken(_)) => Some("REFUND_ABOVE_LEFT"),
        (What::Refund { .. }, _) => Some("NOT_REFUNDABLE"),
        (What::Release { .. }, Truth::Held) => None,
        (What::Release { .. }, _) => Some("NOT_RELEASABLE"),
        (What::GiveUp { .. }, _) => None,
        (What::Confirm { .. }, Truth::Gone) => Some("NOT_CONFIRMABLE"),
        // Without a PaymentIntent that could be gone on with.
        (What::Confirm { .. }, _) => None,
    }
}

/// The outcome of what Stripe is not asked for.
fn answer_without_asking(what: What, truth: Truth, refunded: u64) -> Option<Outcome> {
    match (what, truth) {
        (What::GiveUp { .. }, Truth::Taken(taken)) if taken == refunded => Some(Outcome::Approved),
        (What::Import { .. }, _) => Some(Outcome::Approved),
        (What::GiveUp { .. }, Truth::Gone | Truth::Refused) => Some(Outcome::Approved),
        (What::Confirm { .. }, Truth::Asks) => Some(Outcome::ActionRequired),
        (What::Confirm { .. }, Truth::Held | Truth::Taken(_)) => Some(Outcome::Approved),
        (What::Confirm { card: false, .. }, Truth::Refused) => Some(Outcome::Declined),
        _ => None,
    }
}
