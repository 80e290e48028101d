//! `POST /v1/payment_intents/{id}/verify_microdeposits`: the owner of an account reports the amounts
//! of two small deposits.

use crate::endpoints::intents::deposits::{MicrodepositReport, not_waiting};
use crate::endpoints::{Plan, Request};
use crate::error::Answer;
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::NextAction;
use crate::objects::payment_intent::Stage;

/// Parses the call. A right report sends the debit to the bank.
pub(crate) fn read(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let reported = MicrodepositReport::read(form)?;
    Plan::one(form, Kind::PaymentIntent, move |work| {
        let intent = work.payment_intent(&id, "intent")?;
        if !matches!(intent.stage, Stage::RequiresAction(NextAction::Microdeposits { .. })) {
            return Err(not_waiting("PaymentIntent", intent.stage.word()));
        }
        reported.check()?;
        let method = intent.payment_method.clone().unwrap_or_default();
        let method = work.verified(&method)?;
        Ok(work.send_debit(intent, &method).show(work.seen()))
    })
}
