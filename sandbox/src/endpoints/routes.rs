//! The table of all calls of Stripe's API that the sandbox answers.

use crate::access::permissions::{Level, Resource};
use crate::access::{Key, Rights};
use crate::description;
use crate::endpoints::payment_intents as pi;
use crate::endpoints::payment_methods as pm;
use crate::endpoints::setup_intents as si;
use crate::endpoints::{
    Plan, Request, account, balance, charges, confirmation_tokens, customers, disputes, events, list,
    payment_method_domains, payouts, radar, refunds, search, setup_attempts, show, tokens, v2,
    webhook_endpoints,
};
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::version;

/// A call that the sandbox answers.
pub(crate) struct Route {
    /// The HTTP method: `GET`, `POST` or `DELETE`.
    pub(crate) method: &'static str,
    /// The path as in Stripe's description, such as `/v1/payment_intents/{intent}`.
    pub(crate) path: &'static str,
    /// The resource for which a restricted key needs a permission.
    pub(crate) resource: Resource,
    /// Whether a page in a browser may make the call with a publishable key.
    pub(crate) by_page: bool,
    /// The parser of the call.
    pub(crate) read: fn(&Request<'_>) -> StripeResult<Plan>,
}

/// The parameters that the scripts of pages send in addition to the parameters of a call.
const OF_PAGES: &[&str] = &[
    "client_secret",
    "expected_payment_method_type",
    "key",
    "mandate_data[customer_acceptance][online][infer_from_client]",
    "payment_user_agent",
];

/// The calls that clients make and Stripe's description leaves out, each with the described call that has the
/// same parameters, if there is one.
const NOT_DESCRIBED: &[(&str, Option<&str>)] = &[
    ("GET /v1/accounts/{account}", Some("GET /v1/account")),
    ("POST /v1/events/{id}/retry", None),
    ("POST /v2/core/event_destinations", None),
    ("GET /v2/core/event_destinations", None),
    ("GET /v2/core/event_destinations/{id}", None),
    ("POST /v2/core/event_destinations/{id}", None),
    ("DELETE /v2/core/event_destinations/{id}", None),
    ("POST /v2/core/event_destinations/{id}/disable", None),
    ("POST /v2/core/event_destinations/{id}/enable", None),
    ("POST /v2/core/event_destinations/{id}/ping", None),
    ("GET /v2/core/events", None),
    ("GET /v2/core/events/{id}", None),
];

const fn route(
    method: &'static str,
    path: &'static str,
    resource: Resource,
    read: fn(&Request<'_>) -> StripeResult<Plan>,
) -> Route {
    Route { method, path, resource, by_page: false, read }
}

/// A call that a page in a browser may make as well.
const fn open(
    method: &'static str,
    path: &'static str,
    resource: Resource,
    read: fn(&Request<'_>) -> StripeResult<Plan>,
) -> Route {
    Route { by_page: true, ..route(method, path, resource, read) }
}

use Resource::{
    Account, Balance, BalanceTransactions, Charges, ConfirmationTokens, Customers, Disputes,
    EarlyFraudWarnings, EventDestinations, Events, PaymentIntents, PaymentMethodDomains, PaymentMethods,
    Payouts, Reviews, SetupIntents, Tokens, Webhooks,
};

/// The calls, grouped by resource.
#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = &[
    route("POST", "/v1/payment_intents", PaymentIntents, pi::create::read),
    route("GET", "/v1/payment_intents", PaymentIntents, |call| list::payment_intents(call.form)),
    route("GET", "/v1/payment_intents/search", PaymentIntents, search::payment_intents),
    open("GET", "/v1/payment_intents/{intent}", PaymentIntents, |call| show::payment_intent(call.form, call.id())),
    route("POST", "/v1/payment_intents/{intent}", PaymentIntents, pi::update::read),
    open("POST", "/v1/payment_intents/{intent}/confirm", PaymentIntents, pi::confirm::read),
    route("POST", "/v1/payment_intents/{intent}/capture", PaymentIntents, pi::capture::read),
    route("POST", "/v1/payment_intents/{intent}/cancel", PaymentIntents, pi::cancel::read),
    route("POST", "/v1/payment_intents/{intent}/increment_authorization", PaymentIntents, pi::increment::read),
    open("POST", "/v1/payment_intents/{intent}/verify_microdeposits", PaymentIntents, pi::microdeposits::read),
    route("POST", "/v1/setup_intents", SetupIntents, si::create::create),
    route("GET", "/v1/setup_intents", SetupIntents, |call| list::setup_intents(call.form)),
    open("GET", "/v1/setup_intents/{intent}", SetupIntents, |call| show::setup_intent(call.form, call.id())),
    route("POST", "/v1/setup_intents/{intent}", SetupIntents, si::create::update),
    open("POST", "/v1/setup_intents/{intent}/confirm", SetupIntents, si::confirm::confirm),
    route("POST", "/v1/setup_intents/{intent}/cancel", SetupIntents, si::confirm::cancel),
    open("POST", "/v1/setup_intents/{intent}/verify_microdeposits", SetupIntents, si::microdeposits::read),
    route("GET", "/v1/setup_attempts", SetupIntents, setup_attempts::list),
    open("POST", "/v1/payment_methods", PaymentMethods, pm::create),
    route("GET", "/v1/payment_methods", PaymentMethods, |call| list::payment_methods(call.form)),
    route("GET", "/v1/payment_methods/{payment_method}", PaymentMethods, pm::show),
    route("POST", "/v1/payment_methods/{payment_method}", PaymentMethods, pm::update),
    route("POST", "/v1/payment_methods/{payment_method}/attach", PaymentMethods, pm::attach),
    route("POST", "/v1/payment_methods/{payment_method}/detach", PaymentMethods, pm::detach),
    route("POST", "/v1/payment_method_domains", PaymentMethodDomains, payment_method_domains::create),
    route("GET", "/v1/payment_method_domains", PaymentMethodDomains, payment_method_domains::list),
    route("GET", "/v1/payment_method_domains/{payment_method_domain}", PaymentMethodDomains, payment_method_domains::show),
    route("POST", "/v1/payment_method_domains/{payment_method_domain}", PaymentMethodDomains, payment_method_domains::update),
    route("POST", "/v1/payment_method_domains/{payment_method_domain}/validate", PaymentMethodDomains, payment_method_domains::show),
    route("POST", "/v1/customers", Customers, customers::create),
    route("GET", "/v1/customers", Customers, |call| list::customers(call.form)),
    route("GET", "/v1/customers/search", Customers, search::customers),
    route("GET", "/v1/customers/{customer}", Customers, |call| show::customer(call.form, call.id())),
    route("POST", "/v1/customers/{customer}", Customers, customers::update),
    route("DELETE", "/v1/customers/{customer}", Customers, |call| customers::delete(call.form, call.id())),
    route("GET", "/v1/customers/{customer}/payment_methods", PaymentMethods, |call| list::payment_methods_of_customer(call.form, call.id())),
    route("GET", "/v1/customers/{customer}/payment_methods/{payment_method}", PaymentMethods, pm::show_of_customer),
    route("POST", "/v1/refunds", Charges, |call| refunds::create(call.form)),
    route("GET", "/v1/refunds", Charges, |call| list::refunds(call.form)),
    route("GET", "/v1/refunds/{refund}", Charges, |call| show::refund(call.form, call.id())),
    route("POST", "/v1/refunds/{refund}", Charges, |call| refunds::update(call.form, call.id())),
    route("POST", "/v1/refunds/{refund}/cancel", Charges, |call| refunds::cancel(call.form, call.id())),
    route("GET", "/v1/charges", Charges, |call| list::charges(call.form)),
    route("POST", "/v1/charges", Charges, charges::create),
    route("GET", "/v1/charges/search", Charges, search::charges),
    route("GET", "/v1/charges/{charge}", Charges, |call| show::charge(call.form, call.id())),
    route("POST", "/v1/charges/{charge}", Charges, charges::update),
    route("GET", "/v1/charges/{charge}/refunds", Charges, charges::refunds),
    route("POST", "/v1/charges/{charge}/refunds", Charges, charges::create_refund),
    route("GET", "/v1/charges/{charge}/refunds/{refund}", Charges, charges::one_refund),
    route("POST", "/v1/charges/{charge}/refunds/{refund}", Charges, charges::update_refund),
    route("POST", "/v1/charges/{charge}/refund", Charges, charges::refund),
    route("POST", "/v1/charges/{charge}/capture", Charges, charges::capture),
    route("GET", "/v1/charges/{charge}/dispute", Disputes, charges::dispute),
    route("POST", "/v1/charges/{charge}/dispute", Disputes, charges::answer_dispute),
    route("POST", "/v1/charges/{charge}/dispute/close", Disputes, charges::close_dispute),
    route("GET", "/v1/mandates/{mandate}", PaymentMethods, |call| show::mandate(call.form, call.id())),
    route("GET", "/v1/disputes", Disputes, |call| list::disputes(call.form)),
    route("GET", "/v1/disputes/{dispute}", Disputes, |call| show::dispute(call.form, call.id())),
    route("POST", "/v1/disputes/{dispute}", Disputes, |call| disputes::update(call.form, call.id())),
    route("POST", "/v1/disputes/{dispute}/close", Disputes, |call| disputes::close(call.form, call.id())),
    route("GET", "/v1/account", Account, account::show),
    route("GET", "/v1/accounts/{account}", Account, account::show_by_id),
    route("GET", "/v1/balance", Balance, |call| balance::show(call.form)),
    route("GET", "/v1/balance_transactions", BalanceTransactions, |call| list::balance_transactions(call.form)),
    route("GET", "/v1/balance_transactions/{id}", BalanceTransactions, |call| show::balance_transaction(call.form, call.id())),
    route("POST", "/v1/payouts", Payouts, payouts::create),
    route("GET", "/v1/payouts", Payouts, payouts::list),
    route("GET", "/v1/payouts/{payout}", Payouts, payouts::show),
    route("POST", "/v1/payouts/{payout}", Payouts, payouts::update),
    route("POST", "/v1/payouts/{payout}/cancel", Payouts, payouts::cancel),
    route("POST", "/v1/payouts/{payout}/reverse", Payouts, payouts::reverse),
    route("GET", "/v1/radar/early_fraud_warnings", EarlyFraudWarnings, radar::warnings),
    route("GET", "/v1/radar/early_fraud_warnings/{early_fraud_warning}", EarlyFraudWarnings, radar::warning),
    route("GET", "/v1/reviews", Reviews, radar::reviews),
    route("GET", "/v1/reviews/{review}", Reviews, radar::review),
    route("POST", "/v1/reviews/{review}/approve", Reviews, radar::approve),
    open("POST", "/v1/tokens", Tokens, tokens::create),
    route("GET", "/v1/tokens/{token}", Tokens, |call| show::token(call.form, call.id())),
    open("POST", "/v1/confirmation_tokens", ConfirmationTokens, confirmation_tokens::create),
    route("GET", "/v1/confirmation_tokens/{confirmation_token}", ConfirmationTokens, |call| show::confirmation_token(call.form, call.id())),
    route("POST", "/v1/test_helpers/confirmation_tokens", ConfirmationTokens, confirmation_tokens::create_by_test_helper),
    route("GET", "/v1/events", Events, |call| events::list(call.form)),
    route("GET", "/v1/events/{id}", Events, events::show),
    route("POST", "/v1/events/{id}/retry", Events, events::retry),
    route("POST", "/v1/webhook_endpoints", Webhooks, |call| webhook_endpoints::create(call.form)),
    route("GET", "/v1/webhook_endpoints", Webhooks, |call| list::webhook_endpoints(call.form)),
    route("GET", "/v1/webhook_endpoints/{webhook_endpoint}", Webhooks, |call| show::webhook_endpoint(call.form, call.id())),
    route("POST", "/v1/webhook_endpoints/{webhook_endpoint}", Webhooks, |call| webhook_endpoints::update(call.form, call.id())),
    route("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}", Webhooks, |call| webhook_endpoints::delete(call.form, call.id())),
    route("POST", "/v2/core/event_destinations", EventDestinations, v2::destinations::create),
    route("GET", "/v2/core/event_destinations", EventDestinations, v2::destinations::list),
    route("GET", "/v2/core/event_destinations/{id}", EventDestinations, v2::destinations::retrieve),
    route("POST", "/v2/core/event_destinations/{id}", EventDestinations, v2::destinations::update),
    route("DELETE", "/v2/core/event_destinations/{id}", EventDestinations, v2::destinations::delete),
    route("POST", "/v2/core/event_destinations/{id}/disable", EventDestinations, v2::destinations::disable),
    route("POST", "/v2/core/event_destinations/{id}/enable", EventDestinations, v2::destinations::enable),
    route("POST", "/v2/core/event_destinations/{id}/ping", EventDestinations, v2::destinations::ping),
    route("GET", "/v2/core/events", Events, v2::events::list),
    route("GET", "/v2/core/events/{id}", Events, v2::events::show),
];

impl Route {
    /// The route of a call, and the ids in the path.
    pub(crate) fn find<'a>(method: &str, path: &'a str) -> Option<(&'static Self, Vec<&'a str>)> {
        let of_method = ROUTES.iter().filter(|route| route.method == method);
        of_method.filter_map(|route| Some((route, route.ids(path)?))).next()
    }

    /// The permission that a restricted key needs for the call.
    pub(crate) fn level(&self) -> Level {
        if self.method == "GET" { Level::Read } else { Level::Write }
    }

    /// Checks the parameters against Stripe's description.
    pub(crate) fn check(&self, form: &Form, key: &Key) -> StripeResult<()> {
        let call = format!("{} {}", self.method, self.path);
        let alias = NOT_DESCRIBED.iter().find(|(name, _)| *name == call).map(|(_, alias)| *alias);
        let Some(described) = description::of_call(alias.flatten().unwrap_or(&call)) else {
            return Ok(());
        };
        let by_page = matches!(key.rights, Rights::Page) || self.by_page;
        described.check(form, if by_page { OF_PAGES } else { &[] })?;
        version::request::check(form, self.method, self.path)
    }

    /// The ids in a path that matches the route.
    fn ids<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let (mut wanted, mut parts) = (self.path.split('/'), path.split('/'));
        let mut ids = vec![];
        loop {
            match (wanted.next(), parts.next()) {
                (None, None) => return Some(ids),
                (Some(name), Some(part)) if name.starts_with('{') && !part.is_empty() => ids.push(part),
                (Some(name), Some(part)) if name == part => {}
                _ => return None,
            }
        }
    }
}

/// The refusal of a call that is not in the table, with status 404.
pub(crate) fn unrecognized(method: &str, path: &str) -> StripeError {
    StripeError::invalid(format!(
        "Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing \
         slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier \
         in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    ))
    .status(404)
    .bare()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_in_stripes_description() {
        for route in ROUTES {
            let call = format!("{} {}", route.method, route.path);
            let listed = NOT_DESCRIBED.iter().any(|(name, _)| *name == call);
            assert!(description::of_call(&call).is_some() != listed, "{call}");
        }
        for (call, alias) in NOT_DESCRIBED {
            assert!(alias.is_none_or(|alias| description::of_call(alias).is_some()), "{call}");
        }
    }

    #[test]
    fn a_path_matches_the_most_specific_route() {
        let found = |path: &'static str| Route::find("GET", path).map(|(route, ids)| (route.path, ids));
        assert_eq!(found("/v1/charges/search"), Some(("/v1/charges/search", vec![])));
        assert_eq!(found("/v1/charges/ch_1"), Some(("/v1/charges/{charge}", vec!["ch_1"])));
        assert_eq!(found("/v1/charges/"), None);
        assert_eq!(found("/v1/nothing"), None);
    }
}
