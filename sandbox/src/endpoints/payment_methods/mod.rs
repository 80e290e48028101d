//! `/v1/payment_methods`: making them, showing and changing them, and giving them to customers.

use crate::changes::{BILLING, BillingChange};
use crate::endpoints::raw_card::{read_card, read_expiry};
use crate::endpoints::{Plan, Rules};
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::billing_details::BillingDetails;
use crate::objects::payment_method::AllowRedisplay;
use crate::words::words;

/// The parameters of a new PaymentMethod, besides those of its owner.
const NEW: &[&str] = &[
    "allow_redisplay",
    "card[cvc]",
    "card[exp_month]",
    "card[exp_year]",
    "card[number]",
    "card[token]",
    "expand[]",
    "metadata",
    "metadata[*]",
    "type",
];

/// What can be changed about a PaymentMethod, besides its owner.
const CHANGES: &[&str] =
    &["allow_redisplay", "card[exp_month]", "card[exp_year]", "expand[]", "metadata", "metadata[*]"];

words! {
    /// The kinds of PaymentMethods.
    Type {
        /// A card.
        Card = "card",
    }
}

/// Reads `POST /v1/payment_methods`.
pub(crate) fn create(form: &Form, rules: Rules<'_>) -> Answer<Plan> {
    form.only(&[NEW, BILLING].concat())?;
    form.required("type")?;
    form.choice::<Type>("type")?;
    let mut billing = BillingDetails::default();
    BillingChange::read(form)?.apply(&mut billing);
    let allow_redisplay = form.choice("allow_redisplay")?.unwrap_or(AllowRedisplay::Unspecified);
    let metadata = MetadataChange::read(form)?.fresh();
    let card = read_card(form, rules)?;
    Plan::one(form, Kind::PaymentMethod, move |desk| {
        let mut method = desk.fresh_payment_method(card);
        (method.billing, method.allow_redisplay, method.metadata) = (billing, allow_redisplay, metadata);
        let shown = method.show(desk.seen());
        desk.keep_payment_method(method);
        Ok(shown)
    })
}

/// Reads `POST /v1/payment_methods/{id}`.
pub(crate) fn update(form: &Form, id: &str, rules: Rules<'_>) -> Answer<Plan> {
    form.only(&[CHANGES, BILLING].concat())?;
    let id = id.to_owned();
    let billing = BillingChange::read(form)?;
    let allow_redisplay = form.choice("allow_redisplay")?;
    let metadata = MetadataChange::read(form)?;
    let expires = read_expiry(form, rules.now)?;
    Plan::one(form, Kind::PaymentMethod, move |desk| {
        let mut method = desk.payment_method(&id)?;
        if method.customer().is_none() {
            return Err(StripeError::invalid(
                "You must save this PaymentMethod to a customer before you can update it.",
            ));
        }
        method.card.expires = expires.after(method.card.expires)?;
        method.metadata = metadata.applied(&method.metadata)?;
        method.allow_redisplay = allow_redisplay.unwrap_or(method.allow_redisplay);
        billing.apply(&mut method.billing);
        let shown = method.show(desk.seen());
        desk.keep_payment_method(method);
        Ok(shown)
    })
}

/// Reads `GET /v1/payment_methods/{id}`.
pub(crate) fn show(form: &Form, id: &str) -> Answer<Plan> {
    form.only(&["expand[]"])?;
    let id = id.to_owned();
    Plan::one(form, Kind::PaymentMethod, move |desk| Ok(desk.payment_method(&id)?.show(desk.seen())))
}

/// Reads `GET /v1/customers/{customer}/payment_methods/{id}`.
pub(crate) fn show_of_customer(form: &Form, customer: &str, id: &str) -> Answer<Plan> {
    form.only(&["expand[]"])?;
    let (customer, id) = (customer.to_owned(), id.to_owned());
    Plan::one(form, Kind::PaymentMethod, move |desk| {
        desk.require_customer(&customer)?;
        let found = desk.account.payment_methods.get(&id);
        let theirs = found.filter(|method| method.customer() == Some(&customer));
        let method = theirs.ok_or_else(|| StripeError::missing("PaymentMethod", &id, "payment_method"))?;
        Ok(method.show(desk.seen()))
    })
}

/// Reads `POST /v1/payment_methods/{id}/attach`.
pub(crate) fn attach(form: &Form, id: &str) -> Answer<Plan> {
    form.only(&["customer", "expand[]"])?;
    let id = id.to_owned();
    let customer = form.required("customer")?.to_owned();
    Plan::one(form, Kind::PaymentMethod, move |desk| {
        desk.require_customer(&customer)?;
        let mut method = desk.payment_method(&id)?;
        desk.attach(&mut method, &customer)?;
        Ok(method.show(desk.seen()))
    })
}

/// Reads `POST /v1/payment_methods/{id}/detach`.
pub(crate) fn detach(form: &Form, id: &str) -> Answer<Plan> {
    form.only(&["expand[]"])?;
    let id = id.to_owned();
    Plan::one(form, Kind::PaymentMethod, move |desk| {
        let mut method = desk.payment_method(&id)?;
        desk.detach(&mut method)?;
        Ok(method.show(desk.seen()))
    })
}
