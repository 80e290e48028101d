//! `GET /v1/setup_attempts`: the attempts of one SetupIntent.

use crate::endpoints::page::Page;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::objects::setup_attempt::SetupAttempt;

/// Parses the call. `setup_intent` is required.
pub(crate) fn list(call: &Request<'_>) -> StripeResult<Plan> {
    let page = Page::read(call.form)?;
    let intent = call.form.required("setup_intent")?.to_owned();
    Plan::list(call.form, Kind::SetupAttempt, move |work| {
        if work.account.setup_intents.get(&intent).is_none() {
            return Err(StripeError::missing("setupintent", &intent, "setup_intent").status(400));
        }
        let wanted = |attempt: &SetupAttempt| attempt.setup_intent == intent;
        let (context, url) = (work.render_context(), "/v1/setup_attempts");
        page.select(&work.account.setup_attempts, wanted, context, "setupattempt", url)
    })
}
