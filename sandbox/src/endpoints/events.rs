//! `/v1/events`: the events of the last thirty days, and events that are sent once more.

use std::sync::Arc;

use crate::endpoints::page::Page;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::events::Event;
use crate::expand::Kind;
use crate::form::Form;
use crate::index::IndexQuery;
use crate::objects::Object;
use crate::state::WorkContext;
use crate::stripe_enum::StripeEnum;

/// The greatest number of types in one call.
const MAX_TYPES: usize = 20;

/// Parses the call. `type` and `types` exclude each other.
pub(crate) fn list(form: &Form) -> StripeResult<Plan> {
    let page = Page::read(form)?;
    let event_type = form.text("type")?;
    let mut types: Vec<String> = form.list("types").into_iter().map(str::to_owned).collect();
    if event_type.is_some() && !types.is_empty() {
        return Err(StripeError::invalid("You may only specify one of these parameters: type, types.")
            .code("parameters_exclusive"));
    }
    if types.len() > MAX_TYPES {
        return Err(
            StripeError::invalid(format!("You may only specify up to {MAX_TYPES} types.")).param("types")
        );
    }
    types.extend(event_type.map(str::to_owned));
    let query = match types.as_slice() {
        [] => IndexQuery::default(),
        types if types.iter().any(|wanted| wanted.ends_with('*')) => IndexQuery::default(),
        types => IndexQuery::any(types.iter().map(|wanted| ("type", wanted.as_str()))),
    };
    let delivered = form.flag("delivery_success")?;
    Plan::list(form, Kind::Event, move |work| {
        let wanted = |event: &Event| {
            !event.kind.is_thin()
                && (types.is_empty() || types.iter().any(|wanted| fits(event.kind.as_str(), wanted)))
                && delivered.is_none_or(|delivered| event.is_delivered() == delivered)
        };
        page.select_indexed(
            (&work.account.events, &query),
            wanted,
            work.render_context(),
            "event",
            "/v1/events",
        )
    })
}

/// Parses `GET /v1/events/{id}`, for events of version 1 of the API.
pub(crate) fn show(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Event, move |work| Ok(find(work, &id)?.show(work.render_context())))
}

/// Parses `POST /v1/events/{id}/retry`, by which Stripe's command line client sends an event once more. The
/// client asks for a `webhook_endpoint`, or for itself with `for_stripecli`.
pub(crate) fn retry(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    check_retry(form, call.settings.account)?;
    let endpoint = form.text("webhook_endpoint")?.map(str::to_owned);
    Plan::object(form, Kind::Event, move |work| {
        let event = find(work, &id)?;
        let endpoint = endpoint.ok_or_else(no_listener)?;
        let missing = || StripeError::missing("webhook endpoint", &endpoint, "webhook_endpoint");
        let known = work.account.webhook_endpoints.get(&endpoint);
        if known.ok_or_else(missing)?.disabled {
            return Err(StripeError::invalid(format!("The webhook endpoint {endpoint} is disabled."))
                .param("webhook_endpoint"));
        }
        work.account.outbox.resend(&event, &endpoint);
        Ok(event.show(work.render_context()))
    })
}

/// Checks the parameters of a retry, which Stripe's description leaves out.
fn check_retry(form: &Form, account: &str) -> StripeResult<()> {
    const KNOWN: &[&str] = &["account", "for_stripecli", "webhook_endpoint"];
    let unknown = form.names().find(|name| !KNOWN.contains(name) && !name.starts_with("expand["));
    if let Some(name) = unknown {
        return Err(StripeError::invalid(format!("Received unknown parameter: {name}"))
            .code("parameter_unknown")
            .param(name));
    }
    if let Some(named) = form.text("account")?.filter(|named| *named != account) {
        return Err(StripeError::missing("account", named, "account"));
    }
    form.flag("for_stripecli")?;
    Ok(())
}

fn find(work: &WorkContext<'_>, id: &str) -> StripeResult<Arc<Event>> {
    let found = work.account.events.snapshot(id).filter(|event| !event.kind.is_thin());
    found.ok_or_else(|| StripeError::missing("event", id, "id"))
}

/// The refusal of a retry for the command line client, which does not listen to the sandbox.
fn no_listener() -> StripeError {
    StripeError::invalid(
        "No CLI endpoints found to retry delivery. Run 'stripe listen' and retry the request to see the event in \
         the CLI, or provide a specific webhook endpoint.",
    )
    .param("for_stripecli")
}

/// Whether an event type matches a requested type or a requested group such as `charge.*`.
fn fits(kind: &str, wanted: &str) -> bool {
    kind == wanted || wanted.strip_suffix('*').is_some_and(|group| kind.starts_with(group))
}
