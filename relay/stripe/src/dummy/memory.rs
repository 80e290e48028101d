//! The latest objects and answers, in memory. A forgotten object is created from the data in the id.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::names::{self, Behaviour};
use crate::error::ErrorBody;

/// Maximum number of remembered objects of a kind.
const MAX_OBJECTS: usize = 10_000;

/// The latest objects of a kind, by id.
pub(super) struct Latest<T> {
    by_id: HashMap<String, T>,
    oldest_first: VecDeque<String>,
}

impl<T> Default for Latest<T> {
    fn default() -> Latest<T> {
        Latest { by_id: HashMap::new(), oldest_first: VecDeque::new() }
    }
}

impl<T> Latest<T> {
    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id)
    }

    /// Inserts an object and forgets the oldest object above the maximum.
    pub(super) fn insert(&mut self, id: &str, object: T) {
        if self.by_id.insert(id.to_owned(), object).is_some() {
            return;
        }
        self.oldest_first.push_back(id.to_owned());
        if self.oldest_first.len() > MAX_OBJECTS
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.by_id.remove(&oldest);
        }
    }

    /// The object of an id; a forgotten object is created by `make`, where possible.
    fn known_or(&mut self, id: &str, make: impl FnOnce() -> Option<T>) -> Option<&mut T> {
        if !self.by_id.contains_key(id) {
            self.insert(id, make()?);
        }
        self.by_id.get_mut(id)
    }
}

/// An answer that is repeated under the same key.
#[derive(Clone)]
pub(super) enum Answer {
    /// The call succeeded, with the object as JSON.
    Done(Value),
    /// The call was refused and had no effect.
    Refused {
        /// HTTP status of the refusal.
        status: u16,
        /// The error in Stripe's format.
        body: Box<ErrorBody>,
    },
}

/// The state of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum State {
    /// The payer has to act first.
    #[strum(serialize = "requires_action")]
    Waiting,
    /// The amount is held.
    #[strum(serialize = "requires_capture")]
    Held,
    /// The amount, or a part, is captured.
    #[strum(serialize = "succeeded")]
    Taken,
    /// The payment is canceled.
    Canceled,
}

impl State {
    /// The status in Stripe's words.
    pub(super) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A payment in memory, with amounts in Stripe's units.
pub(super) struct Payment {
    pub(super) units: u64,
    pub(super) currency: String,
    pub(super) is_manual: bool,
    pub(super) state: State,
    /// The PaymentMethod that pays; empty for a forgotten payment.
    pub(super) method: String,
    pub(super) captured: u64,
    /// Units that can still be refunded.
    pub(super) left: u64,
    pub(super) customer: Option<String>,
    /// Whether the PaymentMethod is attached to the customer after the payment.
    pub(super) stores: bool,
    pub(super) metadata: Value,
    pub(super) created: i64,
}

impl Payment {
    /// The payment of an id, in the state after authorization.
    fn of_id(id: &str, created: i64) -> Option<Payment> {
        let (units, currency, is_manual) = names::payment(id)?;
        let mut payment = Payment {
            units,
            currency: currency.to_owned(),
            is_manual,
            state: State::Waiting,
            method: String::new(),
            captured: 0,
            left: 0,
            customer: None,
            stores: false,
            metadata: Value::Object(serde_json::Map::new()),
            created,
        };
        payment.authorize();
        Some(payment)
    }

    /// Holds the amount, or captures the amount at once.
    pub(super) fn authorize(&mut self) {
        if self.is_manual {
            self.state = State::Held;
        } else {
            self.capture(self.units);
        }
    }

    pub(super) fn capture(&mut self, units: u64) {
        self.state = State::Taken;
        self.captured = units;
        self.left = units;
    }

    /// Refunds units; `false` where fewer are left.
    pub(super) fn refund(&mut self, units: u64) -> bool {
        let left = self.left.checked_sub(units);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// The verification of a card.
pub(super) struct Setup {
    pub(super) customer: Option<String>,
    /// The PaymentMethod of the verified card.
    pub(super) method: String,
    /// The status in Stripe's words.
    pub(super) status: &'static str,
}

impl Setup {
    /// The verification of an id, in the state after the payer acted.
    fn of_id(id: &str) -> Option<Setup> {
        let method = names::setup(id)?;
        Some(Setup { customer: None, method: names::own_method(method, id), status: "succeeded" })
    }
}

/// The latest objects, and answers by their keys.
#[derive(Default)]
pub(super) struct Memory {
    /// The moment of the call, Unix seconds.
    pub(super) now: i64,
    /// Fingerprints of requests with their answers, by key.
    pub(super) answers: Latest<([u8; 32], Answer)>,
    pub(super) refunds: Latest<Value>,
    /// Customers of PaymentMethods; `None` for a detached PaymentMethod.
    pub(super) owners: Latest<Option<String>>,
    /// Customers that were deleted.
    pub(super) deleted: Latest<()>,
    payments: Latest<Payment>,
    setups: Latest<Setup>,
}

impl Memory {
    pub(super) fn payment(&mut self, id: &str) -> Option<&mut Payment> {
        let now = self.now;
        self.payments.known_or(id, || Payment::of_id(id, now))
    }

    pub(super) fn setup(&mut self, id: &str) -> Option<&mut Setup> {
        self.setups.known_or(id, || Setup::of_id(id))
    }

    pub(super) fn add_payment(&mut self, id: &str, payment: Payment) {
        self.payments.insert(id, payment);
        self.store_card_of(id);
    }

    pub(super) fn add_setup(&mut self, id: &str, setup: Setup) {
        self.setups.insert(id, setup);
        self.store_verified_card(id);
    }

    /// Attaches the PaymentMethod of a payment to the customer, once the payment went through.
    pub(super) fn store_card_of(&mut self, id: &str) {
        let Some(payment) = self.payments.by_id.get_mut(id) else { return };
        let has_paid = matches!(payment.state, State::Held | State::Taken);
        if has_paid && std::mem::take(&mut payment.stores) && payment.customer.is_some() {
            self.owners.insert(&payment.method, payment.customer.clone());
        }
    }

    /// Attaches the PaymentMethod of a verification to the customer, once the verification succeeded.
    pub(super) fn store_verified_card(&mut self, id: &str) {
        let Some(setup) = self.setups.get(id) else { return };
        if setup.status == "succeeded" && setup.customer.is_some() {
            self.owners.insert(&setup.method, setup.customer.clone());
        }
    }

    /// Whether the customer exists and is not deleted.
    pub(super) fn has_customer(&self, id: &str) -> bool {
        names::is_customer(id) && self.deleted.get(id).is_none()
    }

    /// Whether the PaymentMethod exists, according to the name.
    pub(super) fn has_method(id: &str) -> bool {
        Behaviour::of(id) != Behaviour::IsMissing
    }
}
