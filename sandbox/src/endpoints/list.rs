//! Lists, narrowed by what the caller asks for.

use crate::endpoints::Plan;
use crate::endpoints::page::{CREATED, CURSORS, Page};
use crate::error::Answer;
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::payment_method::AllowRedisplay;

/// Reads `GET /v1/payment_intents`.
pub(crate) fn payment_intents(form: &Form) -> Answer<Plan> {
    form.only(&[CURSORS, CREATED, &["customer"]].concat())?;
    let page = Page::read(form)?;
    let customer = form.text("customer")?.map(str::to_owned);
    Plan::many(form, Kind::PaymentIntent, move |desk| {
        let all = desk.account.payment_intents.newest_first();
        let wanted = all.filter(|intent| customer.is_none() || intent.terms.customer == customer);
        page.cut(&wanted.collect::<Vec<_>>(), desk.seen(), "payment_intent", "/v1/payment_intents")
    })
}

/// Reads `GET /v1/refunds`.
pub(crate) fn refunds(form: &Form) -> Answer<Plan> {
    form.only(&[CURSORS, CREATED, &["charge", "payment_intent"]].concat())?;
    let page = Page::read(form)?;
    let charge = form.text("charge")?.map(str::to_owned);
    let intent = form.text("payment_intent")?.map(str::to_owned);
    Plan::many(form, Kind::Refund, move |desk| {
        let all = desk.account.refunds.newest_first();
        let wanted = all.filter(|refund| {
            charge.as_ref().is_none_or(|id| refund.charge == *id)
                && intent.as_ref().is_none_or(|id| refund.payment_intent == *id)
        });
        page.cut(&wanted.collect::<Vec<_>>(), desk.seen(), "refund", "/v1/refunds")
    })
}

/// Reads `GET /v1/setup_intents`.
pub(crate) fn setup_intents(form: &Form) -> Answer<Plan> {
    form.only(&[CURSORS, CREATED, &["customer", "payment_method"]].concat())?;
    let page = Page::read(form)?;
    let customer = form.text("customer")?.map(str::to_owned);
    let method = form.text("payment_method")?.map(str::to_owned);
    Plan::many(form, Kind::SetupIntent, move |desk| {
        let all = desk.account.setup_intents.newest_first();
        let wanted = all.filter(|intent| {
            (customer.is_none() || intent.customer == customer)
                && (method.is_none() || intent.payment_method == method)
        });
        page.cut(&wanted.collect::<Vec<_>>(), desk.seen(), "setupintent", "/v1/setup_intents")
    })
}

/// Reads `GET /v1/customers`.
pub(crate) fn customers(form: &Form) -> Answer<Plan> {
    form.only(&[CURSORS, CREATED, &["email"]].concat())?;
    let page = Page::read(form)?;
    let email = form.text("email")?.map(str::to_owned);
    Plan::many(form, Kind::Customer, move |desk| {
        let all = desk.account.customers.newest_first().filter(|customer| !customer.deleted);
        let wanted = all.filter(|customer| email.is_none() || customer.email == email);
        page.cut(&wanted.collect::<Vec<_>>(), desk.seen(), "customer", "/v1/customers")
    })
}

/// Reads `GET /v1/payment_methods`, which shows nothing unless a customer is named.
pub(crate) fn payment_methods(form: &Form) -> Answer<Plan> {
    form.only(&[CURSORS, &["allow_redisplay", "customer", "type"]].concat())?;
    let customer = form.text("customer")?.map(str::to_owned);
    payment_methods_of(form, customer, "/v1/payment_methods".to_owned())
}

/// Reads `GET /v1/customers/{customer}/payment_methods`.
pub(crate) fn payment_methods_of_customer(form: &Form, customer: &str) -> Answer<Plan> {
    form.only(&[CURSORS, &["allow_redisplay", "type"]].concat())?;
    let url = format!("/v1/customers/{customer}/payment_methods");
    payment_methods_of(form, Some(customer.to_owned()), url)
}

fn payment_methods_of(form: &Form, customer: Option<String>, url: String) -> Answer<Plan> {
    let page = Page::read(form)?;
    let cards = form.text("type")?.is_none_or(|kind| kind == "card");
    let redisplay: Option<AllowRedisplay> = form.choice("allow_redisplay")?;
    Plan::many(form, Kind::PaymentMethod, move |desk| {
        if let Some(customer) = &customer {
            desk.require_customer(customer)?;
        }
        let theirs = desk.account.payment_methods.newest_first().filter(|method| {
            cards
                && method.customer().is_some()
                && method.customer() == customer.as_deref()
                && redisplay.is_none_or(|wanted| method.allow_redisplay == wanted)
        });
        page.cut(&theirs.collect::<Vec<_>>(), desk.seen(), "payment_method", &url)
    })
}
