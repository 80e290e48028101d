//! The endpoints. Each is read first, which may refuse the call before anything happens, and carried out
//! after that.

pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod conditions;
pub(crate) mod confirm;
pub(crate) mod create;
pub(crate) mod customers;
pub(crate) mod list;
pub(crate) mod payment_methods;
pub(crate) mod refunds;
pub(crate) mod show;
pub(crate) mod terms;

use serde_json::Value;

use crate::error::{Answer, StripeError};
use crate::expand::{Expansions, Kind};
use crate::form::Form;
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

/// Reads a call. `prefix` is what the account's statement descriptors begin with.
pub(crate) fn read(method: &str, path: &str, form: &Form, prefix: &str) -> Answer<Plan> {
    let parts: Vec<&str> = path.strip_prefix("/v1/").unwrap_or_default().split('/').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(unrecognized(method, path));
    }
    payment_methods::refuse_card_numbers(form)?;
    match (method, parts.as_slice()) {
        ("POST", ["payment_intents"]) => create::read(form, prefix),
        ("GET", ["payment_intents"]) => list::payment_intents(form),
        ("GET", ["payment_intents", id]) => show::payment_intent(form, id),
        ("POST", ["payment_intents", id, "confirm"]) => confirm::read(form, id),
        ("POST", ["payment_intents", id, "capture"]) => capture::read(form, id, prefix),
        ("POST", ["payment_intents", id, "cancel"]) => cancel::read(form, id),
        ("POST", ["refunds"]) => refunds::read(form),
        ("GET", ["refunds"]) => list::refunds(form),
        ("GET", ["refunds", id]) => show::refund(form, id),
        ("GET", ["charges", id]) => show::charge(form, id),
        ("GET", ["balance_transactions", id]) => show::balance_transaction(form, id),
        ("POST", ["customers"]) => customers::read(form),
        ("GET", ["customers", id]) => show::customer(form, id),
        ("POST", ["payment_methods", id, "attach"]) => payment_methods::attach(form, id),
        ("GET", ["payment_methods", id]) => payment_methods::show(form, id),
        _ => Err(unrecognized(method, path)),
    }
}

fn unrecognized(method: &str, path: &str) -> StripeError {
    StripeError::invalid(format!(
        "Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing \
         slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier \
         in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    ))
    .status(404)
}
