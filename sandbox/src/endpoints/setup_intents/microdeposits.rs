//! `POST /v1/setup_intents/{id}/verify_microdeposits`: the owner of an account reports the amounts
//! of two small deposits.

use crate::endpoints::intents::microdeposits::{MicrodepositReport, not_waiting};
use crate::endpoints::{Plan, Request};
use crate::error::StripeResult;
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::NextAction;
use crate::objects::setup_intent::SetupIntentStatus;

/// Parses the call. A right report sets the PaymentMethod up.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let report = MicrodepositReport::read(form)?;
    Plan::object(form, Kind::SetupIntent, move |work| {
        let intent = work.setup_intent(&id)?;
        if !matches!(intent.status, SetupIntentStatus::RequiresAction(NextAction::Microdeposits { .. })) {
            return Err(not_waiting("SetupIntent", intent.status.as_str()));
        }
        report.check()?;
        let method = work.mark_verified(&intent.payment_method.clone().unwrap_or_default())?;
        Ok(work.set_up(intent, &method).show(work.render_context()))
    })
}
