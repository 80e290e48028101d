//! `/v1/charges`: changing what is written on a charge, and its refunds.

use crate::changes::{Change, ShippingChange};
use crate::endpoints::page::Page;
use crate::endpoints::{Plan, Request};
use crate::error::{Answer, StripeError};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::charge::Charge;
use crate::state::Desk;

/// Reads `POST /v1/charges/{id}`.
pub(crate) fn update(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let metadata = MetadataChange::read(form)?;
    let description = Change::read(form, "description", 40_000)?;
    let receipt_email = Change::read_email(form, "receipt_email")?;
    let shipping = ShippingChange::read(form)?;
    let group = Change::read(form, "transfer_group", 500)?;
    Plan::one(form, Kind::Charge, move |desk| {
        let before = desk.account.charges.snapshot(&id).ok_or_else(|| missing(&id))?;
        if group != Change::Stays {
            return Err(StripeError::invalid(format!(
                "This Charge was created by a PaymentIntent ({}). You must update the `transfer_group` on the \
                 PaymentIntent instead of updating the Charge directly. See \
                 https://stripe.com/docs/api#update_payment_intent",
                before.payment_intent
            )));
        }
        let mut charge = Charge { metadata: metadata.applied(&before.metadata)?, ..(*before).clone() };
        description.apply(&mut charge.description);
        receipt_email.apply(&mut charge.receipt_email);
        charge.shipping = shipping.after(charge.shipping.take());
        let after = desk.account.charges.put(charge);
        let shown = after.show(desk.seen());
        desk.announce_change(EventType::ChargeUpdated, before, after);
        Ok(shown)
    })
}

/// Reads `GET /v1/charges/{id}/refunds`.
pub(crate) fn refunds(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let page = Page::read(form)?;
    Plan::many(form, Kind::Refund, move |desk| {
        find(desk, &id)?;
        let url = format!("/v1/charges/{id}/refunds");
        page.cut(&desk.account.refunds, |refund| refund.charge == id, desk.seen(), "refund", &url)
    })
}

/// Reads `POST /v1/charges/{id}/refund`, which answers the charge.
pub(crate) fn refund(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let amount = form.positive("amount")?;
    let reason = form.choice("reason")?;
    let metadata = MetadataChange::read(form)?.fresh();
    Plan::one(form, Kind::Charge, move |desk| {
        let charge = find(desk, &id)?.clone();
        desk.refund(&charge, amount, reason, metadata)?;
        Ok(find(desk, &id)?.show(desk.seen()))
    })
}

fn find<'a>(desk: &'a Desk<'_>, id: &str) -> Answer<&'a Charge> {
    desk.account.charges.get(id).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> StripeError {
    StripeError::missing("charge", id, "charge")
}
