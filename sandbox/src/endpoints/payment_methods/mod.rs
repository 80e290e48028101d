//! `/v1/payment_methods`: creating, showing and updating PaymentMethods, and
//! attaching PaymentMethods to customers.

pub(crate) mod accounts;
pub(crate) mod chosen;
pub(crate) mod new;
pub(crate) mod raw_card;
pub(crate) mod wallet;

use std::sync::Arc;

use crate::changes::BillingChange;
use crate::endpoints::payment_methods::new::NewMethod;
use crate::endpoints::payment_methods::raw_card::read_expiry;
use crate::endpoints::{Plan, Request};
use crate::error::{Answer, StripeError};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::means::Means;

/// Parses `POST /v1/payment_methods`, which creates a PaymentMethod.
pub(crate) fn create(call: &Request<'_>) -> Answer<Plan> {
    let new = NewMethod::read(call.form, "", call.rules)?;
    Plan::one(call.form, Kind::PaymentMethod, move |work| Ok(work.make(new)?.show(work.seen())))
}

/// Parses `POST /v1/payment_methods/{id}`. Only an attached PaymentMethod can be updated.
pub(crate) fn update(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let billing = BillingChange::read(form, "billing_details")?;
    let allow_redisplay = form.choice("allow_redisplay")?;
    let metadata = MetadataChange::read(form)?;
    let expires = read_expiry(form, "", call.rules.now)?;
    Plan::one(form, Kind::PaymentMethod, move |work| {
        let mut method = work.payment_method(&id)?;
        if method.customer().is_none() {
            return Err(StripeError::invalid(
                "You must save this PaymentMethod to a customer before you can update it.",
            ));
        }
        let before = work.account.payment_methods.snapshot(&method.id);
        if let Means::Card(card) = Arc::make_mut(&mut method.means) {
            card.expires = expires.after(card.expires)?;
        }
        method.metadata = metadata.applied(&method.metadata)?;
        method.allow_redisplay = allow_redisplay.unwrap_or(method.allow_redisplay);
        billing.apply(Arc::make_mut(&mut method.billing));
        let after = work.account.payment_methods.put(method);
        let shown = after.show(work.seen());
        if let Some(before) = before {
            work.announce_if_changed(EventType::PaymentMethodUpdated, before, after);
        }
        Ok(shown)
    })
}

/// Parses `GET /v1/payment_methods/{id}`, which answers the PaymentMethod.
pub(crate) fn show(call: &Request<'_>) -> Answer<Plan> {
    let id = call.id().to_owned();
    Plan::one(call.form, Kind::PaymentMethod, move |work| Ok(work.payment_method(&id)?.show(work.seen())))
}

/// Parses `GET /v1/customers/{customer}/payment_methods/{id}`. A PaymentMethod of
/// another customer is missing.
pub(crate) fn show_of_customer(call: &Request<'_>) -> Answer<Plan> {
    let (customer, id) = (call.id().to_owned(), call.second_id().to_owned());
    Plan::one(call.form, Kind::PaymentMethod, move |work| {
        work.live_customer(&customer, "customer").map_err(|error| error.status(404))?;
        let found = work.account.payment_methods.get(&id);
        let theirs = found.filter(|method| method.customer() == Some(&customer));
        let method = theirs.ok_or_else(|| StripeError::missing("PaymentMethod", &id, "payment_method"))?;
        Ok(method.show(work.seen()))
    })
}

/// Parses `POST /v1/payment_methods/{id}/attach`, which requires the parameter `customer`.
pub(crate) fn attach(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let customer = form.text("customer")?.map(str::to_owned).ok_or_else(|| {
        StripeError::invalid("Must provide customer or customer_account.").code("parameter_missing")
    })?;
    Plan::one(form, Kind::PaymentMethod, move |work| {
        work.require_customer(&customer)?;
        let mut method = work.payment_method(&id)?;
        work.attach(&mut method, &customer)?;
        Ok(method.show(work.seen()))
    })
}

/// Parses `POST /v1/payment_methods/{id}/detach`. A detached PaymentMethod stays unusable.
pub(crate) fn detach(call: &Request<'_>) -> Answer<Plan> {
    let id = call.id().to_owned();
    Plan::one(call.form, Kind::PaymentMethod, move |work| {
        let mut method = work.payment_method(&id)?;
        let before = work.account.payment_methods.snapshot(&method.id);
        work.detach(&mut method)?;
        let shown = method.show(work.seen());
        if let Some(before) = before {
            work.announce_change(EventType::PaymentMethodDetached, before, Arc::new(method));
        }
        Ok(shown)
    })
}
