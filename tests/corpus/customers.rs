//! The billing platform's details of a customer, in each of the three calls that take a customer.

use causeway::v1;

use super::{
    Case,
    hostile_texts::{not_emails, not_texts, owned},
    next, shown,
    texts::{Field, authorize_request, field, put_customer_request, tokenize_request, with_empty_text},
};
use crate::stage::cards::{customer, only_id, pay_and_store_card};

const EMAIL: &str = "FailedPrecondition EMAIL_REQUIRED";

#[rustfmt::skip]
const NOT_PHONES: &[&str] = &[
    "1", "12", "call me", "+", "++", "+4915123456789012", "112#", "*31#", "+49;ext=1", "tel:112", "112\r\n", "112\0",
    "\u{661}\u{661}\u{662}", "\u{ff11}\u{ff11}\u{ff12}", "\u{202e}112", "'; DROP TABLE customer", "378282246310005",
    "4000-0566-5566-5556", "+3782 822463 10005", "4000056655665556", "+4000056655665556", "112 <b>", "123456789012345678901",
];

#[rustfmt::skip]
const NOT_COUNTRIES: &[&str] = &[
    "de", "D", "DEU", "D1", "D\0", "DE\n", " D", "<>", "--", "276", "\u{c4}", "\u{ff24}\u{ff25}", "\u{414}\u{415}", "Germany",
];

#[rustfmt::skip]
const NOT_LANGUAGES: &[&str] = &[
    "d", "de_DE", "-", "de-", "-de", "de--DE", "deutsch", "d1", "\u{65e5}\u{672c}", "de\0", "de\r\n", "de;q=1", "*", "en,de",
    "<b>", "de-abcdefghi", "de-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd", "4000056655665556",
];

/// A part of a customer: the name in `BadRequest`, the invalid texts, and a function that makes
/// an otherwise valid customer.
type Part = (&'static str, Vec<String>, fn(String) -> v1::Customer);

fn ann() -> v1::Customer {
    customer("c-1").unwrap()
}

macro_rules! part {
    ($name:ident, $wrong:expr) => {
        (concat!("customer.", stringify!($name)), $wrong, |$name| v1::Customer { $name, ..ann() })
    };
    (address $name:ident, $wrong:expr) => {
        (concat!("customer.address.", stringify!($name)), $wrong, |$name| {
            let address = v1::Address { $name, ..Default::default() };
            v1::Customer { address: Some(address), ..ann() }
        })
    };
}

/// Every part of a customer except the email.
fn parts() -> Vec<Part> {
    vec![
        part!(id, with_empty_text(not_texts(255))),
        part!(name, not_texts(255)),
        part!(phone, owned(NOT_PHONES)),
        part!(language, owned(NOT_LANGUAGES)),
        part!(address line1, not_texts(255)),
        part!(address line2, not_texts(255)),
        part!(address city, not_texts(255)),
        part!(address state, not_texts(255)),
        part!(address postal_code, not_texts(255)),
        part!(address country, owned(NOT_COUNTRIES)),
    ]
}

/// Every part in every call.
pub(super) fn all_fields() -> Vec<Field> {
    let mut fields = vec![];
    for (name, wrong, who) in parts() {
        let paid = move |text| v1::AuthorizeRequest { customer: Some(who(text)), ..authorize_request() };
        let stored = move |text| v1::TokenizeRequest { customer: Some(who(text)), ..tokenize_request() };
        fields.push(field("Authorize", name, wrong.clone(), paid));
        fields.push(field("Tokenize", name, wrong.clone(), stored));
        fields.push(field("PutCustomer", name, wrong, move |text| put_customer_request(Some(who(text)))));
    }
    let emails = |email| put_customer_request(Some(v1::Customer { email, ..ann() }));
    fields.push(field("PutCustomer", "customer.email", not_emails(), emails));
    fields
}

/// A card is stored only for a customer with an email.
pub(super) fn without_email() -> Vec<Case> {
    let mut cases = vec![];
    for email in with_empty_text(not_emails()) {
        let payer = || Some(v1::Customer { email: email.clone(), ..only_id(&next()).unwrap() });
        let stored = v1::TokenizeRequest { customer: payer(), ..tokenize_request() };
        let paid =
            v1::AuthorizeRequest { customer: payer(), ..pay_and_store_card(&next(), "12.50 USD", "c-1") };
        let label = format!("of somebody at {}", shown(&email));
        cases.push(Case::new("Tokenize", label.clone(), &stored, EMAIL).non_repeatable(&email));
        cases.push(Case::new("Authorize", label, &paid, EMAIL).non_repeatable(&email));
    }
    cases
}
