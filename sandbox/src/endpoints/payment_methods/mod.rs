//! `/v1/payment_methods`: creating, showing and updating PaymentMethods, and
//! attaching PaymentMethods to customers.

pub(crate) mod accounts;
pub(crate) mod selected;
pub(crate) mod new;
pub(crate) mod raw_card;
pub(crate) mod attachment;

use std::sync::Arc;

use crate::changes::BillingChange;
use crate::endpoints::payment_methods::new::NewMethod;
use crate::endpoints::payment_methods::raw_card::read_expiry;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::instrument::Instrument;

/// Parses `POST /v1/payment_methods`, which creates a PaymentMethod.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    let new = NewMethod::read(call.form, "", call.settings)?;
    Plan::object(call.form, Kind::PaymentMethod, move |work| {
        Ok(work.create_payment_method(new)?.show(work.render_context()))
    })
}

/// Parses `POST /v1/payment_methods/{id}`. Only an attached PaymentMethod can be updated.
pub(crate) fn update(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let billing = BillingChange::read(form, "billing_details")?;
    let allow_redisplay = form.choice("allow_redisplay")?;
    let metadata = MetadataChange::read(form)?;
    let expires = read_expiry(form, "", call.settings.now)?;
    Plan::object(form, Kind::PaymentMethod, move |work| {
        let mut method = work.payment_method(&id)?;
        if method.customer().is_none() {
            return Err(StripeError::invalid(
                "You must save this PaymentMethod to a customer before you can update it.",
            ));
        }
        let before = work.account.payment_methods.snapshot(&method.id);
        if let Instrument::Card(card) = Arc::make_mut(&mut method.instrument) {
            card.expires = expires.after(card.expires)?;
        }
        method.metadata = metadata.applied(&method.metadata)?;
        method.allow_redisplay = allow_redisplay.unwrap_or(method.allow_redisplay);
        billing.apply(Arc::make_mut(&mut method.billing));
        let after = work.account.payment_methods.put(method);
        let shown = after.show(work.render_context());
        if let Some(before) = before {
            work.emit_if_changed(EventType::PaymentMethodUpdated, before, after);
        }
        Ok(shown)
    })
}

/// Parses `GET /v1/payment_methods/{id}`, which answers the PaymentMethod.
pub(crate) fn show(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::PaymentMethod, move |work| {
        Ok(work.payment_method(&id)?.show(work.render_context()))
    })
}

/// Parses `GET /v1/customers/{customer}/payment_methods/{id}`. A PaymentMethod of
/// another customer is missing.
pub(crate) fn show_of_customer(call: &Request<'_>) -> StripeResult<Plan> {
    let (customer, id) = (call.id().to_owned(), call.second_id().to_owned());
    Plan::object(call.form, Kind::PaymentMethod, move |work| {
        work.existing_customer(&customer, "customer").map_err(|error| error.status(404))?;
        let method = work.account.payment_methods.get(&id);
        let attached = method.filter(|method| method.customer() == Some(&customer));
        let method = attached.ok_or_else(|| StripeError::missing("PaymentMethod", &id, "payment_method"))?;
        Ok(method.show(work.render_context()))
    })
}

/// Parses `POST /v1/payment_methods/{id}/attach`, which requires the parameter `customer`.
pub(crate) fn attach(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let customer = form.text("customer")?.map(str::to_owned).ok_or_else(|| {
        StripeError::invalid("Must provide customer or customer_account.").code("parameter_missing")
    })?;
    Plan::object(form, Kind::PaymentMethod, move |work| {
        work.require_customer(&customer)?;
        let mut method = work.payment_method(&id)?;
        work.attach(&mut method, &customer)?;
        Ok(method.show(work.render_context()))
    })
}

/// Parses `POST /v1/payment_methods/{id}/detach`. A detached PaymentMethod stays unusable.
pub(crate) fn detach(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::PaymentMethod, move |work| {
        let mut method = work.payment_method(&id)?;
        let before = work.account.payment_methods.snapshot(&method.id);
        work.detach(&mut method)?;
        let shown = method.show(work.render_context());
        if let Some(before) = before {
            work.emit_change(EventType::PaymentMethodDetached, before, Arc::new(method));
        }
        Ok(shown)
    })
}
