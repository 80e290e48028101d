//! `/v2/core/events`: the thin events of the last thirty days.

use crate::endpoints::v2::{check_names, not_found, page};
use crate::endpoints::{Plan, Request};
use crate::error::StripeResult;
use crate::expand::Kind;
use crate::index::IndexQuery;
use crate::objects::thin_event::ThinEvent;
use crate::stripe_enum::StripeEnum;

/// The greatest number of events on a page, and the default.
const MAX_ITEMS: i64 = 100;
const DEFAULT_ITEMS: i64 = 20;

/// Parses `GET /v2/core/events`, with the filters `object_id` and `types`.
pub(crate) fn list(call: &Request<'_>) -> StripeResult<Plan> {
    let form = call.form;
    check_names(form, &["limit", "object_id", "page", "types"])?;
    let limit = form.integer("limit")?.unwrap_or(DEFAULT_ITEMS).clamp(1, MAX_ITEMS);
    let count = usize::try_from(limit).unwrap_or(1);
    let object = form.text("object_id")?.map(str::to_owned);
    let types: Vec<String> = form.list("types").into_iter().map(str::to_owned).collect();
    let after = form.text("page")?.map(str::to_owned);
    Plan::object(form, Kind::Nothing, move |work| {
        let wanted = |event: &&ThinEvent| {
            let related = event.related.as_ref().map(|related| &related.id);
            object.is_none() || related == object.as_ref()
        };
        let of_type =
            |event: &&ThinEvent| types.is_empty() || types.iter().any(|kind| kind == event.kind.as_str());
        let (events, all) = (&work.account.thin_events, IndexQuery::default());
        let found: Vec<&ThinEvent> = match &after {
            Some(id) => {
                let older = events.older_than(id, &all).ok_or_else(|| not_found(id))?;
                older.filter(wanted).filter(of_type).take(count.saturating_add(1)).collect()
            }
            None => {
                let newest = events.newest_first();
                newest.filter(wanted).filter(of_type).take(count.saturating_add(1)).collect()
            }
        };
        let shown = found.iter().take(count);
        let last = shown.clone().next_back().filter(|_| found.len() > count);
        let next = last.map(|event| format!("/v2/core/events?limit={limit}&page={}", event.id));
        Ok(page(shown.map(|event| event.show_with_data(work.render_context())).collect(), next))
    })
}

/// Parses `GET /v2/core/events/{id}`, which shows a thin event with the data.
pub(crate) fn show(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    check_names(call.form, &[])?;
    Plan::object(call.form, Kind::Nothing, move |work| {
        let event = work.account.thin_events.get(&id).ok_or_else(|| not_found(&id))?;
        Ok(event.show_with_data(work.render_context()))
    })
}
