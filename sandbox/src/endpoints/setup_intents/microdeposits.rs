//! `POST /v1/setup_intents/{id}/verify_microdeposits`: the owner of an account reports the amounts
//! of two small deposits.

use crate::endpoints::intents::deposits::{MicrodepositReport, not_waiting};
use crate::endpoints::{Plan, Request};
use crate::error::Answer;
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::NextAction;
use crate::objects::setup_intent::SetupStage;

/// Parses the call. A right report sets the PaymentMethod up.
pub(crate) fn read(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let reported = MicrodepositReport::read(form)?;
    Plan::one(form, Kind::SetupIntent, move |work| {
        let intent = work.setup_intent(&id)?;
        if !matches!(intent.stage, SetupStage::RequiresAction(NextAction::Microdeposits { .. })) {
            return Err(not_waiting("SetupIntent", intent.stage.word()));
        }
        reported.check()?;
        let method = work.verified(&intent.payment_method.clone().unwrap_or_default())?;
        Ok(work.set_up(intent, &method).show(work.seen()))
    })
}
