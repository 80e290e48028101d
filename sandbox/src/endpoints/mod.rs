//! The endpoints. Each is read first, which may refuse the call before anything happens, and carried out
//! after that.

pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod conditions;
pub(crate) mod confirm;
pub(crate) mod create;
pub(crate) mod customers;
pub(crate) mod list;
pub(crate) mod page;
pub(crate) mod payment_methods;
pub(crate) mod raw_card;
pub(crate) mod refunds;
pub(crate) mod setup_confirm;
pub(crate) mod setup_intents;
pub(crate) mod show;
pub(crate) mod terms;
pub(crate) mod wallet;

use jiff::Timestamp;
use serde_json::Value;

use crate::error::{Answer, StripeError};
use crate::expand::{Expansions, Kind};
use crate::form::Form;
use crate::settings::RawCards;
use crate::state::Desk;

/// What is done at the desk of an account, once and for all.
type Act = dyn FnOnce(&mut Desk<'_>) -> Answer<Value> + Send;

/// What a call will do once it is carried out.
pub(crate) struct Plan {
    act: Box<Act>,
    expansions: Expansions,
}

impl Plan {
    /// A plan that answers one object.
    pub(crate) fn one(
        form: &Form,
        kind: Kind,
        act: impl FnOnce(&mut Desk<'_>) -> Answer<Value> + Send + 'static,
    ) -> Answer<Self> {
        Ok(Self { act: Box::new(act), expansions: Expansions::read(form, kind, false)? })
    }

    /// A plan that answers a list of objects.
    pub(crate) fn many(
        form: &Form,
        kind: Kind,
        act: impl FnOnce(&mut Desk<'_>) -> Answer<Value> + Send + 'static,
    ) -> Answer<Self> {
        Ok(Self { act: Box::new(act), expansions: Expansions::read(form, kind, true)? })
    }

    /// Carries it out.
    pub(crate) fn run(self, desk: &mut Desk<'_>) -> Answer<Value> {
        let answer = (self.act)(desk)?;
        Ok(self.expansions.apply(answer, desk.account, desk.seen()))
    }
}

/// What the reading of a call depends on, besides the call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    /// The account.
    pub(crate) account: &'a str,
    /// What its statement descriptors begin with.
    pub(crate) prefix: &'a str,
    /// What happens to the numbers of cards.
    pub(crate) raw_cards: RawCards,
    /// The moment.
    pub(crate) now: Timestamp,
}

/// Reads a call.
pub(crate) fn read(method: &str, path: &str, form: &Form, rules: Rules<'_>) -> Answer<Plan> {
    let parts = parts(path);
    if parts.iter().any(|part| part.is_empty()) {
        return Err(unrecognized(method, path));
    }
    raw_card::refuse_numbers(form, rules.raw_cards)?;
    match (method, parts.as_slice()) {
        ("POST", ["payment_intents"]) => create::read(form, rules.prefix),
        ("GET", ["payment_intents"]) => list::payment_intents(form),
        ("GET", ["payment_intents", id]) => show::payment_intent(form, id),
        ("POST", ["payment_intents", id, "confirm"]) => confirm::read(form, id),
        ("POST", ["payment_intents", id, "capture"]) => capture::read(form, id, rules.prefix),
        ("POST", ["payment_intents", id, "cancel"]) => cancel::read(form, id),
        ("POST", ["refunds"]) => refunds::read(form),
        ("GET", ["refunds"]) => list::refunds(form),
        ("GET", ["refunds", id]) => show::refund(form, id),
        ("GET", ["charges", id]) => show::charge(form, id),
        ("GET", ["balance_transactions", id]) => show::balance_transaction(form, id),
        (_, ["setup_intents", ..]) => read_setup(method, path, form),
        (_, ["customers" | "payment_methods", ..]) => read_keeping(method, path, form, rules),
        _ => Err(unrecognized(method, path)),
    }
}

/// Reads a call about customers and what is kept for them.
fn read_keeping(method: &str, path: &str, form: &Form, rules: Rules<'_>) -> Answer<Plan> {
    match (method, parts(path).as_slice()) {
        ("POST", ["customers"]) => customers::create(form),
        ("GET", ["customers"]) => list::customers(form),
        ("GET", ["customers", id]) => show::customer(form, id),
        ("POST", ["customers", id]) => customers::update(form, id),
        ("DELETE", ["customers", id]) => customers::delete(form, id),
        ("GET", ["customers", id, "payment_methods"]) => list::payment_methods_of_customer(form, id),
        ("GET", ["customers", id, "payment_methods", of]) => payment_methods::show_of_customer(form, id, of),
        ("POST", ["payment_methods"]) => payment_methods::create(form, rules),
        ("GET", ["payment_methods"]) => list::payment_methods(form),
        ("GET", ["payment_methods", id]) => payment_methods::show(form, id),
        ("POST", ["payment_methods", id]) => payment_methods::update(form, id, rules),
        ("POST", ["payment_methods", id, "attach"]) => payment_methods::attach(form, id),
        ("POST", ["payment_methods", id, "detach"]) => payment_methods::detach(form, id),
        _ => Err(unrecognized(method, path)),
    }
}

/// Reads a call about cards that are to be set up.
fn read_setup(method: &str, path: &str, form: &Form) -> Answer<Plan> {
    match (method, parts(path).as_slice()) {
        ("POST", ["setup_intents"]) => setup_intents::create(form),
        ("GET", ["setup_intents"]) => list::setup_intents(form),
        ("GET", ["setup_intents", id]) => show::setup_intent(form, id),
        ("POST", ["setup_intents", id]) => setup_intents::update(form, id),
        ("POST", ["setup_intents", id, "confirm"]) => setup_confirm::confirm(form, id),
        ("POST", ["setup_intents", id, "cancel"]) => setup_confirm::cancel(form, id),
        _ => Err(unrecognized(method, path)),
    }
}

/// The parts of a path after the version.
fn parts(path: &str) -> Vec<&str> {
    path.strip_prefix("/v1/").unwrap_or_default().split('/').collect()
}

fn unrecognized(method: &str, path: &str) -> StripeError {
    StripeError::invalid(format!(
        "Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing \
         slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier \
         in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    ))
    .status(404)
}
