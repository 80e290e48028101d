//! The search calls. A search finds an object only after the search lag.

mod query;

use serde_json::{Value, json};

use crate::collection::Collection;
use crate::endpoints::search::query::Query;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::objects::{Object, RenderContext};
use crate::state::Account;

/// Parses `GET /v1/payment_intents/search`, with the searchable fields.
pub(crate) fn payment_intents(call: &Request<'_>) -> StripeResult<Plan> {
    const FIELDS: &[&str] = &["amount", "created", "currency", "customer", "status"];
    search(call, Kind::PaymentIntent, ("payment_intents", FIELDS), |account| &account.payment_intents)
}

/// Parses `GET /v1/charges/search`, with the searchable fields.
pub(crate) fn charges(call: &Request<'_>) -> StripeResult<Plan> {
    const FIELDS: &[&str] =
        &["amount", "created", "currency", "customer", "disputed", "payment_intent", "refunded", "status"];
    search(call, Kind::Charge, ("charges", FIELDS), |account| &account.charges)
}

/// Parses `GET /v1/customers/search`, with the searchable fields.
pub(crate) fn customers(call: &Request<'_>) -> StripeResult<Plan> {
    search(call, Kind::Customer, ("customers", &["created", "email", "name", "phone"]), |account| {
        &account.customers
    })
}

fn search<T: Object + Clone + 'static>(
    call: &Request<'_>,
    kind: Kind,
    (resource, fields): (&'static str, &'static [&'static str]),
    collection: fn(&Account) -> &Collection<T>,
) -> StripeResult<Plan> {
    let form = call.form;
    let query = Query::parse(form.required("query")?, resource, fields)?;
    let limit = usize::try_from(form.integer("limit")?.unwrap_or(10).clamp(1, 100)).unwrap_or(10);
    let skip: usize = match form.text("page")? {
        None => 0,
        Some(page) => {
            page.parse().map_err(|_| StripeError::invalid(format!("Invalid page: {page}")).param("page"))?
        }
    };
    let latest = call.settings.now.as_second().saturating_sub(call.settings.search_lag);
    Plan::list(form, kind, move |work| {
        let context: RenderContext = work.render_context();
        // The metadata is checked first, because the check is faster than building the JSON of the object.
        let indexed = query.indexed();
        let known = collection(work.account).created_by(latest, &indexed);
        let known = known.filter(|item| query.may_match(item.metadata()));
        let known = known.map(|item| item.show(context));
        let mut found: Vec<Value> =
            known.filter(|item| query.matches(item)).skip(skip).take(limit.saturating_add(1)).collect();
        let more = found.len() > limit;
        found.truncate(limit);
        let next = more.then(|| skip.saturating_add(limit).to_string());
        let url = format!("/v1/{resource}/search");
        Ok(json!({
            "object": "search_result", "data": found, "has_more": more, "next_page": next, "url": url,
        }))
    })
}
