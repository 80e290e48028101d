//! The endpoints. Each is read first, which may refuse the call before anything happens, and carried out
//! after that. `routes.rs` has all of them.

pub(crate) mod balance;
pub(crate) mod charges;
pub(crate) mod customers;
pub(crate) mod disputes;
pub(crate) mod events;
pub(crate) mod intents;
pub(crate) mod list;
pub(crate) mod page;
pub(crate) mod payment_intents;
pub(crate) mod payment_methods;
pub(crate) mod refunds;
pub(crate) mod routes;
pub(crate) mod search;
pub(crate) mod setup_intents;
pub(crate) mod show;
pub(crate) mod tokens;
pub(crate) mod webhook_endpoints;

use jiff::Timestamp;
use serde_json::Value;

use crate::access::{Key, Rights};
use crate::endpoints::routes::Route;
use crate::error::{Answer, StripeError};
use crate::expand::{Expansions, Kind};
use crate::form::Form;
use crate::settings::RawCards;
use crate::state::Desk;
use crate::version;

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

/// A call that is about to be read.
pub(crate) struct Request<'a> {
    /// Its parameters.
    pub(crate) form: &'a Form,
    /// The ids in its path.
    pub(crate) ids: Vec<&'a str>,
    /// What its reading depends on besides.
    pub(crate) rules: Rules<'a>,
}

impl Request<'_> {
    /// The first id in the path.
    pub(crate) fn id(&self) -> &str {
        self.ids.first().copied().unwrap_or_default()
    }

    /// The second id in the path.
    pub(crate) fn second_id(&self) -> &str {
        self.ids.get(1).copied().unwrap_or_default()
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
    /// How long objects cannot be found by searching, in seconds.
    pub(crate) search_lag: i64,
}

/// Reads a call. A page has to show the secret of its intent, and sees nothing behind ids.
pub(crate) fn read(
    route: &Route,
    ids: Vec<&str>,
    form: &Form,
    key: &Key,
    version: &str,
    rules: Rules<'_>,
) -> Answer<Plan> {
    payment_methods::raw_card::refuse_numbers(form, rules.raw_cards)?;
    refuse_page_expansions(form, key)?;
    route.check(form, key, version::is_without_listed_types(version))?;
    let by_page = route.by_page.then(|| form.last("client_secret").map(str::to_owned)).flatten();
    let guard = intents::secret::guard(key, &ids, by_page);
    let plan = (route.read)(&Request { form, ids, rules })?;
    Ok(guard.before(plan))
}

/// Refuses to show a page anything that is behind an id, but for the PaymentMethod.
fn refuse_page_expansions(form: &Form, key: &Key) -> Answer<()> {
    let expands = form.list("expand");
    let hidden = expands.iter().find(|path| **path != "payment_method");
    match hidden {
        Some(path) if matches!(key.rights, Rights::Page) => {
            Err(StripeError::invalid(format!("This property cannot be expanded ({path}).")))
        }
        Some(_) | None => Ok(()),
    }
}
