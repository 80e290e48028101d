//! The table of all endpoints of the control API, and the dispatch to the handlers.

use serde_json::json;

use crate::control::{
    ControlError, ControlRequest, ControlResult, ROOT, account_settings, accounts, calls, clock, decisions,
    faults, intents, ledger, mandates, methods, payouts, radar, search, versions, webhooks,
};
use crate::exchange::Incoming;
use crate::shared::Shared;

/// One endpoint of the control API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// The HTTP method: `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path; `{id}` stands for an id.
    pub path: &'static str,
    /// The description of the endpoint, as one sentence.
    pub description: &'static str,
}

impl Control {
    /// The endpoint as a row of a Markdown table: method, path and description.
    pub fn row(&self) -> String {
        format!("| {} | `{}` | {} |", self.method, self.path, self.description)
    }
}

/// One endpoint of the control API with the handler.
struct ControlRoute {
    control: Control,
    answer: fn(&ControlRequest<'_>) -> ControlResult,
}

/// Makes one row of the table `CONTROL_ROUTES`.
const fn route(
    method: &'static str,
    path: &'static str,
    description: &'static str,
    answer: fn(&ControlRequest<'_>) -> ControlResult,
) -> ControlRoute {
    ControlRoute { control: Control { method, path, description }, answer }
}

/// Every endpoint of the control API.
const CONTROL_ROUTES: &[ControlRoute] = &[
    route("GET", "/_sandbox", "Lists what there is.", index),
    route("GET", "/_sandbox/clock", "What time it is here.", clock::show),
    route(
        "POST",
        "/_sandbox/clock",
        "Moves the clock forward: `advance_seconds`, or `advance_to` a unix time.",
        clock::advance,
    ),
    route(
        "GET",
        "/_sandbox/faults",
        "The armed rules with how often each has hit, and how often each kind of fault has.",
        faults::list,
    ),
    route("POST", "/_sandbox/faults", "Arms one rule.", faults::arm),
    route("DELETE", "/_sandbox/faults", "Disarms all rules.", faults::disarm),
    route("DELETE", "/_sandbox/faults/{id}", "Disarms one rule.", faults::disarm_one),
    route("GET", "/_sandbox/webhook_faults", "The rules for deliveries that are armed.", webhooks::rules),
    route("POST", "/_sandbox/webhook_faults", "Arms one rule for deliveries.", webhooks::arm),
    route("DELETE", "/_sandbox/webhook_faults", "Disarms all of them.", webhooks::disarm),
    route(
        "GET",
        "/_sandbox/deliveries",
        "What became of deliveries, newest first: `before`, `limit`.",
        webhooks::deliveries,
    ),
    route(
        "POST",
        "/_sandbox/deliveries/resend",
        "Sends an `event` to an `endpoint` once more.",
        webhooks::resend,
    ),
    route(
        "POST",
        "/_sandbox/webhook_endpoints/{id}/roll",
        "Gives an endpoint a new secret; the old one signs as well for `keep_old_for_seconds`.",
        webhooks::roll,
    ),
    route(
        "GET",
        "/_sandbox/ledger",
        "The effects on money, and their sums: `account`, `payment_intent`, `currency`, `after`, `limit`.",
        ledger::show,
    ),
    route("GET", "/_sandbox/calls", "The log of calls, newest first: `before`, `limit`.", calls::list),
    route(
        "POST",
        "/_sandbox/authenticate",
        "Lets the customer of an `intent` pass or fail (`passes`) the bank's check.",
        intents::authenticate,
    ),
    route(
        "POST",
        "/_sandbox/cancel",
        "Cancels a `payment_intent` as Stripe does by itself, for a `reason`.",
        decisions::cancel,
    ),
    route(
        "POST",
        "/_sandbox/disputes",
        "Lets a bank decide a `dispute`: `won` or not, also after another decision.",
        decisions::decide_dispute,
    ),
    route(
        "POST",
        "/_sandbox/keys",
        "Sets the `account` of a `key` (or `account_of`), its `permissions`, or that it is `revoked` or `expired`.",
        accounts::key,
    ),
    route(
        "POST",
        "/_sandbox/accounts",
        "Sets of an `account` (or `account_of`) whether it is `activated`, its `capabilities` and its `payouts`.",
        account_settings::change,
    ),
    route(
        "POST",
        "/_sandbox/raw_cards",
        "Says what happens in one account (`account` or `account_of`) to the numbers of cards (`raw_cards`).",
        accounts::raw_cards,
    ),
    route(
        "POST",
        "/_sandbox/wallets",
        "Says which `wallets` one account (`account` or `account_of`) has enabled: `klarna`, `paypal`, `link`.",
        methods::set_wallets,
    ),
    route(
        "POST",
        "/_sandbox/payouts/{id}/fail",
        "Lets the bank return a payout: `failure_code`.",
        payouts::fail,
    ),
    route(
        "POST",
        "/_sandbox/mandates/{id}",
        "Lets the owner of the account revoke or renew a mandate: `status`.",
        mandates::change,
    ),
    route("POST", "/_sandbox/reviews", "Opens the review of a `payment_intent` by a person.", radar::review),
    route(
        "POST",
        "/_sandbox/early_fraud_warnings",
        "Lets the bank warn of fraud with a `charge`: `fraud_type`.",
        radar::warn,
    ),
    route("GET", "/_sandbox/search_lag", "How long a new object cannot be found by searching.", search::show),
    route("POST", "/_sandbox/search_lag", "Sets that, in `seconds`.", search::set),
    route(
        "GET",
        "/_sandbox/versions",
        "The versions of Stripe's API, and what each changes.",
        versions::list,
    ),
];

/// Every endpoint of the control API, for documentation pages.
pub fn controls() -> impl Iterator<Item = Control> {
    CONTROL_ROUTES.iter().map(|route| route.control)
}

/// Finds the handler of a request, and calls the handler.
pub(super) fn dispatch(shared: &Shared, incoming: &Incoming, suffix: &str) -> ControlResult {
    let path = format!("{ROOT}{}", suffix.trim_end_matches('/'));
    let matching: Vec<(&ControlRoute, Option<&str>)> = CONTROL_ROUTES
        .iter()
        .filter_map(|route| Some((route, match_path(route.control.path, &path)?)))
        .collect();
    let allowed: Vec<&'static str> = matching.iter().map(|(route, _)| route.control.method).collect();
    let method = incoming.method.as_str();
    match matching.iter().find(|(route, _)| route.control.method == method) {
        Some((route, id)) => (route.answer)(&ControlRequest { shared, incoming, id: id.unwrap_or_default() }),
        None if matching.is_empty() => Err(ControlError::Path { path, known: paths() }),
        None => Err(ControlError::Method { method: method.to_owned(), path, allowed }),
    }
}

/// Matches a path against an endpoint's path, and returns the id in the path.
fn match_path<'a>(route: &str, path: &'a str) -> Option<Option<&'a str>> {
    let Some((before, after)) = route.split_once("{id}") else {
        return (route == path).then_some(None);
    };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    (!id.is_empty() && !id.contains('/')).then_some(Some(id))
}

/// Every path once, in the order of the table.
fn paths() -> Vec<&'static str> {
    let mut paths: Vec<&str> = controls().map(|control| control.path).collect();
    paths.dedup();
    paths
}

/// Answers the list of endpoints.
fn index(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    let show = |control: Control| json!({ "method": control.method, "path": control.path, "says": control.description });
    Ok(json!({ "controls": controls().map(show).collect::<Vec<_>>() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_contain_an_id() {
        for (route, path, found) in [
            ("/a/faults", "/a/faults", Some(None)),
            ("/a/faults", "/a/faults/1", None),
            ("/a/faults/{id}", "/a/faults/1", Some(Some("1"))),
            ("/a/faults/{id}", "/a/faults/", None),
            ("/a/faults/{id}", "/a/faults/1/2", None),
            ("/a/{id}/roll", "/a/we_1/roll", Some(Some("we_1"))),
            ("/a/{id}/roll", "/a/roll", None),
        ] {
            assert_eq!(match_path(route, path), found, "{route} {path}");
        }
    }
}
