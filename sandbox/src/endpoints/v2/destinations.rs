//! `/v2/core/event_destinations`: the addresses to which thin events and snapshots are delivered.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::changes::Change;
use crate::description::{refuse_empty, refuse_missing};
use crate::endpoints::v2::{check_names, not_found, page};
use crate::endpoints::webhook_endpoints::{check_count, check_url, parse_url};
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::event_destination::{Destination, EventPayload, Included, show};
use crate::objects::webhook_endpoint::{Secret, WebhookEndpoint};
use crate::state::WorkContext;
use crate::stripe_enum::StripeEnum;
use crate::version::Version;

/// The parameters of the creation.
const OF_CREATION: &[&str] = &[
    "description",
    "enabled_events",
    "event_payload",
    "events_from",
    "include",
    "metadata",
    "name",
    "snapshot_api_version",
    "type",
    "webhook_endpoint",
];

/// The parameters of an update.
const OF_UPDATE: &[&str] =
    &["description", "enabled_events", "include", "metadata", "name", "webhook_endpoint"];

/// Parses `POST /v2/core/event_destinations`, for destinations of the type `webhook_endpoint`.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    let form = call.form;
    check_names(form, OF_CREATION)?;
    if form.required("type")? != "webhook_endpoint" {
        return Err(StripeError::invalid(
            "This sandbox plays destinations of the type webhook_endpoint only.",
        )
        .param("type"));
    }
    let included = read_included(form, true)?;
    let payload: EventPayload =
        form.choice("event_payload")?.ok_or_else(|| refuse_missing("event_payload"))?;
    let (name, enabled_events) = (form.required("name")?.to_owned(), read_events(form)?);
    let enabled_events = enabled_events.ok_or_else(|| refuse_missing("enabled_events"))?;
    let url = read_url(form)?.ok_or_else(|| refuse_missing("webhook_endpoint[url]"))?;
    let mut description = None;
    Change::read(form, "description", 5000)?.apply(&mut description);
    let metadata = MetadataChange::read(form)?.fresh();
    let api_version = form.text("snapshot_api_version")?.map(str::to_owned);
    let api_version = (payload == EventPayload::Snapshot)
        .then(|| api_version.unwrap_or_else(|| Version::default().as_str().to_owned()));
    form.mark_read("events_from");
    Plan::object(form, Kind::Nothing, move |work| {
        check_url(work, &url)?;
        check_count(work)?;
        let (created, mode) = (work.unix_seconds(), if work.account.mode.livemode { "" } else { "test_" });
        let secret = Secret { text: format!("whsec_{}", work.ids.letters(32)), until: None };
        let destination = WebhookEndpoint {
            id: format!("ed_{mode}{}", work.ids.letters(50)),
            created,
            url,
            enabled_events,
            description,
            disabled: false,
            api_version,
            secrets: vec![secret],
            metadata,
            destination: Some(Destination { name, payload, updated: created }),
        };
        let destination = work.account.webhook_endpoints.put(destination);
        work.account.outbox.wake_by(created, &work.account.webhook_endpoints);
        Ok(shown(work, &destination, included))
    })
}

/// Parses `GET /v2/core/event_destinations`, which lists all destinations on one page.
pub(crate) fn list(call: &Request<'_>) -> StripeResult<Plan> {
    check_names(call.form, &["include", "limit"])?;
    let included = read_included(call.form, false)?;
    call.form.mark_read("limit");
    Plan::object(call.form, Kind::Nothing, move |work| {
        let context = work.render_context();
        let endpoints = work.account.webhook_endpoints.newest_first();
        Ok(page(endpoints.filter_map(|endpoint| show(endpoint, context, included)).collect(), None))
    })
}

/// Parses `GET /v2/core/event_destinations/{id}`, without the signing secret.
pub(crate) fn retrieve(call: &Request<'_>) -> StripeResult<Plan> {
    check_names(call.form, &["include"])?;
    let (id, included) = (call.id().to_owned(), read_included(call.form, false)?);
    Plan::object(call.form, Kind::Nothing, move |work| {
        let destination = find(work, &id)?;
        Ok(shown(work, &destination, included))
    })
}

/// Parses `POST /v2/core/event_destinations/{id}`. An absent parameter stays as before.
pub(crate) fn update(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    check_names(form, OF_UPDATE)?;
    let included = read_included(form, false)?;
    let (url, events) = (read_url(form)?, read_events(form)?);
    let name = form.text("name")?.map(str::to_owned);
    let description = Change::read(form, "description", 5000)?;
    let metadata = MetadataChange::read(form)?;
    Plan::object(form, Kind::Nothing, move |work| {
        let mut destination = (*find(work, &id)?).clone();
        destination.url = url.unwrap_or(destination.url);
        check_url(work, &destination.url)?;
        destination.enabled_events = events.unwrap_or(destination.enabled_events);
        destination.metadata = metadata.applied(&destination.metadata)?;
        description.apply(&mut destination.description);
        if let (Some(name), Some(details)) = (name, &mut destination.destination) {
            details.name = name;
        }
        Ok(store(work, destination, included))
    })
}

/// Parses `DELETE /v2/core/event_destinations/{id}`, which removes the destination at once.
pub(crate) fn delete(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Nothing, move |work| {
        find(work, &id)?;
        work.account.webhook_endpoints.remove(&id);
        Ok(json!({ "id": id, "object": "v2.core.event_destination" }))
    })
}

/// Parses `POST /v2/core/event_destinations/{id}/disable`, which stops all deliveries.
pub(crate) fn disable(call: &Request<'_>) -> StripeResult<Plan> {
    set_disabled(call, true)
}

/// Parses `POST /v2/core/event_destinations/{id}/enable`, which resumes deliveries.
pub(crate) fn enable(call: &Request<'_>) -> StripeResult<Plan> {
    set_disabled(call, false)
}

/// Parses `POST /v2/core/event_destinations/{id}/ping`, which delivers a thin event to the destination.
pub(crate) fn ping(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    check_names(call.form, &[])?;
    Plan::object(call.form, Kind::Nothing, move |work| {
        find(work, &id)?;
        Ok(work.ping(&id).show_with_data(work.render_context()))
    })
}

fn set_disabled(call: &Request<'_>, disabled: bool) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    check_names(call.form, &[])?;
    Plan::object(call.form, Kind::Nothing, move |work| {
        let destination = WebhookEndpoint { disabled, ..(*find(work, &id)?).clone() };
        Ok(store(work, destination, Included::default()))
    })
}

/// Stores a changed destination, and shows the destination.
fn store(work: &mut WorkContext<'_>, mut destination: WebhookEndpoint, included: Included) -> Value {
    let now = work.unix_seconds();
    if let Some(details) = &mut destination.destination {
        details.updated = now;
    }
    let destination = work.account.webhook_endpoints.put(destination);
    shown(work, &destination, included)
}

fn shown(work: &WorkContext<'_>, destination: &WebhookEndpoint, included: Included) -> Value {
    show(destination, work.render_context(), included).unwrap_or_default()
}

fn find(work: &WorkContext<'_>, id: &str) -> StripeResult<Arc<WebhookEndpoint>> {
    let found = work.account.webhook_endpoints.snapshot(id);
    found.filter(|endpoint| endpoint.destination.is_some()).ok_or_else(|| not_found(id))
}

/// Reads `include`. The signing secret can be included on creation only.
fn read_included(form: &Form, on_creation: bool) -> StripeResult<Included> {
    let mut included = Included::default();
    for name in form.list("include") {
        match name {
            "webhook_endpoint.url" => included.url = true,
            "webhook_endpoint.signing_secret" if on_creation => included.secret = true,
            _ => {
                return Err(StripeError::invalid(format!("Invalid include: {name}")).param("include"));
            }
        }
    }
    Ok(included)
}

fn read_url(form: &Form) -> StripeResult<Option<String>> {
    const NAME: &str = "webhook_endpoint[url]";
    form.text(NAME)?.map(|url| parse_url(url, NAME)).transpose()
}

fn read_events(form: &Form) -> StripeResult<Option<Vec<String>>> {
    let events: Vec<String> = form.list("enabled_events").into_iter().map(str::to_owned).collect();
    if events.iter().any(String::is_empty) {
        return Err(refuse_empty("enabled_events"));
    }
    Ok((!events.is_empty()).then_some(events))
}
