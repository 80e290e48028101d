//! `POST /v1/payment_intents/{id}/verify_microdeposits`: the owner of an account reports the amounts
//! of two small deposits.

use crate::endpoints::intents::microdeposits::{MicrodepositReport, not_waiting};
use crate::endpoints::{Plan, Request};
use crate::error::StripeResult;
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::NextAction;
use crate::objects::payment_intent::PaymentIntentStatus;

/// Parses the call. A right report sends the debit to the bank.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let report = MicrodepositReport::read(form)?;
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let intent = work.payment_intent(&id, "intent")?;
        if !matches!(intent.status, PaymentIntentStatus::RequiresAction(NextAction::Microdeposits { .. })) {
            return Err(not_waiting("PaymentIntent", intent.status.as_str()));
        }
        report.check()?;
        let method = intent.payment_method.clone().unwrap_or_default();
        let method = work.mark_verified(&method)?;
        Ok(work.send_debit(intent, &method).show(work.render_context()))
    })
}
