//! `/v1/reviews` and `/v1/radar/early_fraud_warnings`: payments under review, and the warnings of banks.

use crate::endpoints::page::Page;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::early_fraud_warning::EarlyFraudWarning;
use crate::objects::review::{ClosedReason, Review};

/// Parses `GET /v1/reviews`, which lists open reviews only.
pub(crate) fn reviews(call: &Request<'_>) -> StripeResult<Plan> {
    let page = Page::read(call.form)?;
    Plan::list(call.form, Kind::Review, move |work| {
        let open = |review: &Review| review.closed.is_none();
        page.select(&work.account.reviews, open, work.render_context(), "review", "/v1/reviews")
    })
}

/// Parses `GET /v1/reviews/{review}`, for open and closed reviews.
pub(crate) fn review(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Review, move |work| {
        let found = work.account.reviews.get(&id).ok_or_else(|| missing_review(&id))?;
        Ok(found.show(work.render_context()))
    })
}

/// Parses `POST /v1/reviews/{review}/approve`, which closes an open review.
pub(crate) fn approve(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Review, move |work| {
        if work.account.reviews.get(&id).is_none() {
            return Err(missing_review(&id));
        }
        let closed = work.close_review(&id, ClosedReason::Approved);
        let closed = closed.ok_or_else(|| StripeError::invalid("This review has already been closed."))?;
        Ok(closed.show(work.render_context()))
    })
}

/// Parses `GET /v1/radar/early_fraud_warnings`, with the filters `charge` and `payment_intent`.
pub(crate) fn warnings(call: &Request<'_>) -> StripeResult<Plan> {
    let page = Page::read(call.form)?;
    let charge = call.form.text("charge")?.map(str::to_owned);
    let intent = call.form.text("payment_intent")?.map(str::to_owned);
    Plan::list(call.form, Kind::EarlyFraudWarning, move |work| {
        let wanted = |warning: &EarlyFraudWarning| {
            charge.as_ref().is_none_or(|charge| *charge == warning.charge)
                && intent.as_ref().is_none_or(|intent| *intent == warning.payment_intent)
        };
        let (context, url) = (work.render_context(), "/v1/radar/early_fraud_warnings");
        page.select(&work.account.early_fraud_warnings, wanted, context, "early fraud warning", url)
    })
}

/// Parses `GET /v1/radar/early_fraud_warnings/{early_fraud_warning}`, for warnings about any charge.
pub(crate) fn warning(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::EarlyFraudWarning, move |work| {
        let missing = || StripeError::missing("early fraud warning", &id, "early_fraud_warning");
        let found = work.account.early_fraud_warnings.get(&id).ok_or_else(missing)?;
        Ok(found.show(work.render_context()))
    })
}

fn missing_review(id: &str) -> StripeError {
    StripeError::missing("review", id, "review")
}
