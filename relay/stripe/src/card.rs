//! The only form that holds card data (docs.stripe.com/api/payment_methods/create). The form is no
//! [`ProcessorRequest`](causeway_domain::request::ProcessorRequest), because the journal stores those.

use causeway::card::RawCard;
use causeway_domain::customer::Profile;

use crate::{request::address_fields, transport::Body};

/// The path of the call.
pub(crate) const PATH: &str = "/v1/payment_methods";

/// The form, with the customer's known data for the issuer's checks.
pub(crate) fn form(card: &RawCard, holder: &Profile) -> Body {
    let mut form = form_urlencoded::Serializer::new(String::with_capacity(1024));
    form.append_pair("type", "card")
        .append_pair("card[number]", card.number.expose())
        .append_pair("card[exp_month]", &card.exp_month().to_string())
        .append_pair("card[exp_year]", &card.exp_year().to_string());
    if let Some(cvc) = &card.cvc {
        form.append_pair("card[cvc]", cvc.expose());
    }
    let name = card.holder.as_ref().or(holder.details.name.as_ref());
    let optional = [
        ("billing_details[name]", name.map(ToString::to_string)),
        ("billing_details[email]", holder.email.as_ref().map(ToString::to_string)),
        ("billing_details[phone]", holder.details.phone.as_ref().map(ToString::to_string)),
    ];
    for (field, value) in optional {
        if let Some(value) = value {
            form.append_pair(field, &value);
        }
    }
    for (part, value) in holder.details.address.iter().flat_map(address_fields) {
        form.append_pair(&format!("billing_details[address][{part}]"), &value);
    }
    Body::new(form.finish())
}
