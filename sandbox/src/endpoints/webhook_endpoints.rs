//! `/v1/webhook_endpoints`: the addresses to which events are delivered.

use std::net::IpAddr;

use reqwest::Url;
use serde_json::json;

use crate::changes::Change;
use crate::endpoints::Plan;
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::webhook_endpoint::{Secret, WebhookEndpoint};
use crate::state::WorkContext;
use crate::version::Version;

/// The greatest number of endpoints of one mode of an account.
const MAX_ENDPOINTS: usize = 16;

/// Parses `POST /v1/webhook_endpoints`. `url` and `enabled_events` are required.
pub(crate) fn create(form: &Form) -> StripeResult<Plan> {
    let url = read_url(form)?.ok_or_else(|| crate::description::refuse_missing("url"))?;
    let enabled_events =
        read_events(form)?.ok_or_else(|| crate::description::refuse_missing("enabled_events"))?;
    let mut description = None;
    Change::read(form, "description", 5000)?.apply(&mut description);
    let metadata = MetadataChange::read(form)?.fresh();
    let api_version = form.text("api_version")?.map(str::to_owned);
    if let Some(version) = api_version.as_deref() {
        Version::read(version).map_err(|refused| refused.param("api_version"))?;
    }
    if form.flag("connect")? == Some(true) {
        return Err(StripeError::invalid("Events of connected accounts are not played by this sandbox.")
            .param("connect"));
    }
    Plan::object(form, Kind::WebhookEndpoint, move |work| {
        check_url(work, &url)?;
        check_count(work)?;
        let secret = Secret { text: format!("whsec_{}", work.ids.letters(32)), until: None };
        let endpoint = WebhookEndpoint {
            id: work.ids.fresh("we"),
            created: work.unix_seconds(),
            url,
            enabled_events,
            description,
            disabled: false,
            api_version,
            secrets: vec![secret.clone()],
            metadata,
            destination: None,
        };
        let mut shown = work.account.webhook_endpoints.put(endpoint).show(work.render_context());
        // With an endpoint in place, due effects happen on time instead of with the next call.
        work.account.outbox.wake_by(work.unix_seconds(), &work.account.webhook_endpoints);
        // Only the answer to the creation shows the secret.
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("secret".to_owned(), json!(secret.text));
        }
        Ok(shown)
    })
}

/// Parses `POST /v1/webhook_endpoints/{id}`, which may also disable the endpoint.
pub(crate) fn update(form: &Form, id: &str) -> StripeResult<Plan> {
    let id = id.to_owned();
    let (url, events) = (read_url(form)?, read_events(form)?);
    let description = Change::read(form, "description", 5000)?;
    let metadata = MetadataChange::read(form)?;
    let disabled = form.flag("disabled")?;
    Plan::object(form, Kind::WebhookEndpoint, move |work| {
        let mut endpoint = find(work, &id)?;
        endpoint.metadata = metadata.applied(&endpoint.metadata)?;
        endpoint.url = url.unwrap_or(endpoint.url);
        check_url(work, &endpoint.url)?;
        endpoint.enabled_events = events.unwrap_or(endpoint.enabled_events);
        endpoint.disabled = disabled.unwrap_or(endpoint.disabled);
        description.apply(&mut endpoint.description);
        Ok(work.account.webhook_endpoints.put(endpoint).show(work.render_context()))
    })
}

/// Parses `DELETE /v1/webhook_endpoints/{id}`, which removes the endpoint at once.
pub(crate) fn delete(form: &Form, id: &str) -> StripeResult<Plan> {
    let id = id.to_owned();
    Plan::object(form, Kind::WebhookEndpoint, move |work| {
        find(work, &id)?;
        work.account.webhook_endpoints.remove(&id);
        Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
    })
}

fn find(work: &WorkContext<'_>, id: &str) -> StripeResult<WebhookEndpoint> {
    let found = work.account.webhook_endpoints.get(id).filter(|endpoint| endpoint.destination.is_none());
    let found = found.cloned();
    found.ok_or_else(|| StripeError::missing("webhook endpoint", id, "webhook_endpoint"))
}

fn read_url(form: &Form) -> StripeResult<Option<String>> {
    form.text("url")?.map(|url| parse_url(url, "url")).transpose()
}

/// Refuses a text that is no URL with http or https. `param` is the parameter in the refusal.
pub(crate) fn parse_url(url: &str, param: &str) -> StripeResult<String> {
    let refused = |message: &str| Err(StripeError::invalid(message).code("url_invalid").param(param));
    if !url.contains("://") {
        return refused("Invalid URL: An explicit scheme (such as https) must be provided.");
    }
    match Url::parse(url) {
        Ok(parsed) if ["http", "https"].contains(&parsed.scheme()) && parsed.has_host() => Ok(url.to_owned()),
        Ok(_) | Err(_) => refused("Not a valid URL"),
    }
}

/// Refuses another endpoint if one mode of the account has as many as Stripe allows, together with the event
/// destinations.
pub(crate) fn check_count(work: &WorkContext<'_>) -> StripeResult<()> {
    if work.account.webhook_endpoints.newest_first().count() < MAX_ENDPOINTS {
        return Ok(());
    }
    let mode = if work.account.mode.livemode { "live" } else { "test" };
    Err(StripeError::invalid(format!(
        "You have reached the maximum of {MAX_ENDPOINTS} {mode} webhook endpoints."
    )))
}

/// Requires https in live mode, as Stripe does. A loopback address is exempt, because a certificate for a
/// loopback address is not available.
pub(crate) fn check_url(work: &WorkContext<'_>, url: &str) -> StripeResult<()> {
    let allowed = Url::parse(url).is_ok_and(|url| url.scheme() == "https" || is_loopback(&url));
    if allowed || !work.account.mode.livemode {
        return Ok(());
    }
    Err(StripeError::invalid("Invalid URL: In live mode it must begin with https.")
        .code("url_invalid")
        .param("url"))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn read_events(form: &Form) -> StripeResult<Option<Vec<String>>> {
    let events: Vec<String> = form.list("enabled_events").into_iter().map(str::to_owned).collect();
    if !form.has("enabled_events") {
        return Ok(None);
    }
    if events.is_empty() || events.iter().any(String::is_empty) {
        return Err(crate::description::refuse_empty("enabled_events"));
    }
    if events.len() > 1 && events.iter().any(|event| event == "*") {
        return Err(StripeError::invalid(
            "You cannot combine `*` with other events: it stands for all of them.",
        )
        .param("enabled_events"));
    }
    Ok(Some(events))
}
