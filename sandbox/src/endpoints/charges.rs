//! `/v1/charges`: updates of a charge, the charge's refunds, and the charge's dispute.

use crate::changes::{Change, ShippingChange};
use crate::endpoints::page::Page;
use crate::endpoints::{Plan, Request, disputes};
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::index::IndexQuery;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::charge::{Charge, ChargeState};
use crate::state::WorkContext;

/// Parses `POST /v1/charges`, which Stripe refuses for every new account.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    if !call.form.has("source") && !call.form.has("customer") {
        return Err(StripeError::invalid("Must provide source or customer.").code("parameter_missing"));
    }
    Err(StripeError::invalid(
        "Card Token usage on the Customers API and Charges API has reached end of life. In order to continue \
         processing your payments, you will need to use the Payment Intents and Payment Methods API. Read more \
         about what you should do here: https://docs.stripe.com/payments/payment-methods/integration-options. If \
         you need to continue to use Card Tokens on the Customers and Charges API, enable this functionality in \
         your API policies settings: https://dashboard.stripe.com/settings/developers/api-policies",
    ))
}

/// Parses `POST /v1/charges/{id}/capture`. Every charge in the sandbox belongs to a PaymentIntent, so a
/// capture of the charge is refused.
pub(crate) fn capture(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Charge, move |work| {
        let charge = find(work, &id)?;
        if !matches!(charge.charge_state, ChargeState::Held { .. }) {
            let message = format!("Charge {id} has already been captured.");
            return Err(StripeError::invalid(message).code("charge_already_captured"));
        }
        Err(StripeError::invalid(format!(
            "This uncaptured Charge was created by a PaymentIntent ({}). You must capture the PaymentIntent \
             instead of the Charge.",
            charge.payment_intent
        )))
    })
}

/// Parses `GET /v1/charges/{id}/dispute`, which answers the dispute.
pub(crate) fn dispute(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Dispute, move |work| {
        let dispute = dispute_of(work, &id)?;
        let found = work.account.disputes.get(&dispute).ok_or_else(|| missing(&id))?;
        Ok(found.show(work.render_context()))
    })
}

/// Parses `POST /v1/charges/{id}/dispute`, which updates the dispute.
pub(crate) fn answer_dispute(call: &Request<'_>) -> StripeResult<Plan> {
    let (id, answer) = (call.id().to_owned(), disputes::DisputeAnswer::read(call.form)?);
    Plan::object(call.form, Kind::Dispute, move |work| {
        let dispute = dispute_of(work, &id)?;
        answer.apply(work, &dispute)
    })
}

/// Parses `POST /v1/charges/{id}/dispute/close`, which accepts the dispute.
pub(crate) fn close_dispute(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Dispute, move |work| {
        let dispute = dispute_of(work, &id)?;
        disputes::accept(work, &dispute)
    })
}

/// The id of the newest dispute about a charge, or a refusal with status 404.
fn dispute_of(work: &WorkContext<'_>, id: &str) -> StripeResult<String> {
    let found = find(work, id)?.disputes.last().cloned();
    found.ok_or_else(|| StripeError::invalid(format!("No dispute for charge: {id}")).status(404))
}

/// Parses `POST /v1/charges/{id}`. A change of `transfer_group` is refused, because the
/// PaymentIntent owns the field.
pub(crate) fn update(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let metadata = MetadataChange::read(form)?;
    let description = Change::read(form, "description", 40_000)?;
    let receipt_email = Change::read_email(form, "receipt_email")?;
    let shipping = ShippingChange::read(form)?;
    let group = Change::read(form, "transfer_group", 500)?;
    Plan::object(form, Kind::Charge, move |work| {
        let before = work.account.charges.snapshot(&id).ok_or_else(|| missing(&id))?;
        if group != Change::Unchanged {
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
        let after = work.account.charges.put(charge);
        let shown = after.show(work.render_context());
        work.emit_change(EventType::ChargeUpdated, before, after);
        Ok(shown)
    })
}

/// Parses `GET /v1/charges/{id}/refunds`, which answers a list.
pub(crate) fn refunds(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let page = Page::read(form)?;
    Plan::list(form, Kind::Refund, move |work| {
        find(work, &id)?;
        let url = format!("/v1/charges/{id}/refunds");
        let query = IndexQuery::all([("charge", id.as_str())]);
        page.select_indexed(
            (&work.account.refunds, &query),
            |refund| refund.charge == id,
            work.render_context(),
            "refund",
            &url,
        )
    })
}

/// Parses `POST /v1/charges/{id}/refunds`, which makes a refund of the charge and answers the refund.
pub(crate) fn create_refund(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let amount = form.positive("amount")?;
    let reason = form.choice("reason")?;
    let metadata = MetadataChange::read(form)?.fresh();
    Plan::object(form, Kind::Refund, move |work| {
        let charge = find(work, &id)?.clone();
        let refund = work.refund(&charge, amount, reason, metadata)?;
        Ok(refund.show(work.render_context()))
    })
}

/// Parses `POST /v1/charges/{id}/refunds/{refund}`, which updates only the metadata of a refund of the charge.
pub(crate) fn update_refund(call: &Request<'_>) -> StripeResult<Plan> {
    let (id, refund) = (call.id().to_owned(), call.second_id().to_owned());
    let metadata = MetadataChange::read(call.form)?;
    Plan::object(call.form, Kind::Refund, move |work| {
        find(work, &id)?;
        let is_of_charge = work.account.refunds.get(&refund).is_some_and(|found| found.charge == id);
        if !is_of_charge {
            return Err(StripeError::missing("refund", &refund, "refund"));
        }
        work.update_refund(&refund, metadata)
    })
}

/// Parses `GET /v1/charges/{id}/refunds/{refund}`, which answers one refund.
pub(crate) fn one_refund(call: &Request<'_>) -> StripeResult<Plan> {
    let (id, refund) = (call.id().to_owned(), call.second_id().to_owned());
    Plan::object(call.form, Kind::Refund, move |work| {
        find(work, &id)?;
        let found = work.account.refunds.get(&refund).filter(|refund| refund.charge == id);
        let found = found.ok_or_else(|| StripeError::missing("refund", &refund, "refund"))?;
        Ok(found.show(work.render_context()))
    })
}

/// Parses `POST /v1/charges/{id}/refund`, which makes a refund and answers the charge.
pub(crate) fn refund(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let amount = form.positive("amount")?;
    let reason = form.choice("reason")?;
    let metadata = MetadataChange::read(form)?.fresh();
    Plan::object(form, Kind::Charge, move |work| {
        let charge = find(work, &id)?.clone();
        work.refund(&charge, amount, reason, metadata)?;
        Ok(find(work, &id)?.show(work.render_context()))
    })
}

fn find<'a>(work: &'a WorkContext<'_>, id: &str) -> StripeResult<&'a Charge> {
    work.account.charges.get(id).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> StripeError {
    StripeError::missing("charge", id, "charge")
}
