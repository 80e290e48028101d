//! `GET /v1/events`: the events of the last thirty days.

use crate::endpoints::Plan;
use crate::endpoints::page::Page;
use crate::error::{StripeError, StripeResult};
use crate::events::Event;
use crate::expand::Kind;
use crate::form::Form;
use crate::index::IndexQuery;
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
            (types.is_empty() || types.iter().any(|wanted| fits(event.kind.as_str(), wanted)))
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

/// Whether an event type matches a requested type or a requested group such as `charge.*`.
fn fits(kind: &str, wanted: &str) -> bool {
    kind == wanted || wanted.strip_suffix('*').is_some_and(|group| kind.starts_with(group))
}
