//! The endpoints. Each call is parsed first, which may refuse the call before any effect, and executed
//! afterwards. `routes.rs` has the table of all calls.

pub(crate) mod account;
pub(crate) mod activation;
pub(crate) mod balance;
pub(crate) mod charges;
pub(crate) mod confirmation_tokens;
pub(crate) mod customers;
pub(crate) mod disputes;
pub(crate) mod events;
pub(crate) mod intents;
pub(crate) mod list;
pub(crate) mod page;
pub(crate) mod payment_intents;
pub(crate) mod payment_method_domains;
pub(crate) mod payment_methods;
pub(crate) mod payouts;
pub(crate) mod radar;
pub(crate) mod refunds;
pub(crate) mod routes;
pub(crate) mod search;
pub(crate) mod setup_attempts;
pub(crate) mod setup_intents;
pub(crate) mod show;
pub(crate) mod tokens;
pub(crate) mod v2;
pub(crate) mod webhook_endpoints;

use jiff::Timestamp;
use serde_json::Value;

use crate::access::{Key, Rights};
use crate::endpoints::routes::Route;
use crate::error::{StripeError, StripeResult};
use crate::expand::{Expansions, Kind};
use crate::form::Form;
use crate::objects::wallet::EnabledWallets;
use crate::settings::RawCards;
use crate::state::WorkContext;
use crate::version::{self, Version};

/// The action of a call on one account, executed at most once.
type Action = dyn FnOnce(&mut WorkContext<'_>) -> StripeResult<Value> + Send;

/// A parsed call, ready for execution.
pub(crate) struct Plan {
    action: Box<Action>,
    expansions: Expansions,
    /// The version in which the answer is shown.
    version: Version,
}

impl Plan {
    /// A plan that answers one object.
    pub(crate) fn object(
        form: &Form,
        kind: Kind,
        action: impl FnOnce(&mut WorkContext<'_>) -> StripeResult<Value> + Send + 'static,
    ) -> StripeResult<Self> {
        let expansions = Expansions::read(form, kind, false)?;
        Ok(Self { action: Box::new(action), expansions, version: form.version() })
    }

    /// A plan that answers a list of objects.
    pub(crate) fn list(
        form: &Form,
        kind: Kind,
        action: impl FnOnce(&mut WorkContext<'_>) -> StripeResult<Value> + Send + 'static,
    ) -> StripeResult<Self> {
        let expansions = Expansions::read(form, kind, true)?;
        Ok(Self { action: Box::new(action), expansions, version: form.version() })
    }

    /// Executes the plan, expands ids in the answer, and shows the answer in the version of the call.
    pub(crate) fn run(self, work: &mut WorkContext<'_>) -> StripeResult<Value> {
        let answer = (self.action)(work)?;
        let (account, context) = (&*work.account, work.render_context());
        let in_version = |answer| version::answer::rendered(answer, self.version, account, context);
        // The lists of earlier versions can be expanded, and expanded objects have these lists as well.
        Ok(in_version(self.expansions.apply(in_version(answer), account, context)))
    }
}

/// A call before parsing.
pub(crate) struct Request<'a> {
    /// The parameters of the call.
    pub(crate) form: &'a Form,
    /// The ids in the path.
    pub(crate) ids: Vec<&'a str>,
    /// The account's settings on which parsing depends.
    pub(crate) settings: CallSettings<'a>,
}

impl Request<'_> {
    /// The first id in the path, or an empty text.
    pub(crate) fn id(&self) -> &str {
        self.ids.first().copied().unwrap_or_default()
    }

    /// The second id in the path, or an empty text.
    pub(crate) fn second_id(&self) -> &str {
        self.ids.get(1).copied().unwrap_or_default()
    }
}

/// The settings on which the parsing of a call depends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallSettings<'a> {
    /// The id of the account, `acct_…`.
    pub(crate) account: &'a str,
    /// The key of the call, masked as refusals show the key.
    pub(crate) masked_key: &'a str,
    /// The prefix of the account's statement descriptors.
    pub(crate) prefix: &'a str,
    /// The treatment of raw card numbers.
    pub(crate) raw_cards: RawCards,
    /// The wallets that the account has enabled.
    pub(crate) wallets: EnabledWallets,
    /// The time of the call, by the sandbox's clock.
    pub(crate) now: Timestamp,
    /// The time during which a search does not find a new object, in seconds.
    pub(crate) search_lag: i64,
}

/// Parses a call. A page in a browser has to send the secret of the intent, and may not expand
/// ids except the PaymentMethod.
pub(crate) fn read(
    route: &Route,
    ids: Vec<&str>,
    form: &Form,
    key: &Key,
    settings: CallSettings<'_>,
) -> StripeResult<Plan> {
    payment_methods::raw_card::refuse_numbers(form, settings.raw_cards)?;
    refuse_page_expansions(form, key)?;
    route.check(form, key)?;
    let by_page = route.by_page.then(|| form.last("client_secret").map(str::to_owned)).flatten();
    let guard = intents::secret::guard(key, &ids, by_page);
    let plan = (route.read)(&Request { form, ids, settings })?;
    Ok(activation::guard(route, form, guard.run_before(plan)))
}

/// Refuses expansions for a page in a browser, except the PaymentMethod.
fn refuse_page_expansions(form: &Form, key: &Key) -> StripeResult<()> {
    let expands = form.list("expand");
    let hidden = expands.iter().find(|path| **path != "payment_method");
    match hidden {
        Some(path) if matches!(key.rights, Rights::Page) => {
            Err(StripeError::invalid(format!("This property cannot be expanded ({path}).")))
        }
        Some(_) | None => Ok(()),
    }
}
