//! Customers of the billing platform, the payers.

use super::Form;
use crate::{
    text::{Country, CustomerId, Email, Language, PersonName, Phone},
    v1,
};

/// A customer. A field that is not given keeps the stored value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Customer {
    /// The billing platform's id of the customer.
    pub id: CustomerId,
    /// Email address, if a valid address was given.
    pub email: EmailGiven,
    /// Name, phone, address and language.
    #[serde(flatten)]
    pub details: Details,
}

/// The email of a request. A payment that stores no card may omit the email.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub enum EmailGiven {
    /// The field is empty.
    Nothing,
    /// The field is an email address.
    Valid(Email),
    /// The field is not an email address.
    Invalid,
}

impl EmailGiven {
    fn read(text: &str) -> EmailGiven {
        if text.is_empty() {
            return EmailGiven::Nothing;
        }
        Email::parse(text).map_or(EmailGiven::Invalid, EmailGiven::Valid)
    }

    /// The email address, if valid.
    pub fn valid(&self) -> Option<&Email> {
        match self {
            EmailGiven::Valid(email) => Some(email),
            EmailGiven::Nothing | EmailGiven::Invalid => None,
        }
    }
}

/// Details of a customer beside id and email.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Details {
    /// Name of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Phone number of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Billing address of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Preferred language of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// A postal address. A given address replaces the whole stored address.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// Street and house number.
    pub line1: Option<PersonName>,
    /// Second line of the street address.
    pub line2: Option<PersonName>,
    /// City, town or village.
    pub city: Option<PersonName>,
    /// State or province of the address.
    pub state: Option<PersonName>,
    /// Postal code of the address.
    pub postal_code: Option<PersonName>,
    /// Country, as an ISO 3166-1 alpha-2 code.
    pub country: Option<Country>,
}

impl Customer {
    /// Reads the message. An invalid email is recorded as [`EmailGiven::Invalid`]: the calls that
    /// need an email are a policy rule and not a matter of form.
    pub(super) fn read(form: &mut Form, name: &str, wire: &v1::Customer) -> Option<Customer> {
        let field = |part: &str| format!("{name}.{part}");
        let id = form.field(&field("id"), CustomerId::parse(&wire.id));
        let person = form.optional(&field("name"), &wire.name, PersonName::parse);
        let phone = form.optional(&field("phone"), &wire.phone, Phone::parse);
        let address = match &wire.address {
            Some(address) => Address::read(form, &field("address"), address).map(Some),
            None => Some(None),
        };
        let language = form.optional(&field("language"), &wire.language, Language::parse);
        let details = Details { name: person?, phone: phone?, address: address?, language: language? };
        Some(Customer { id: id?, email: EmailGiven::read(&wire.email), details })
    }

    /// Reads a customer that the request must contain.
    pub(super) fn needed(form: &mut Form, name: &str, wire: Option<&v1::Customer>) -> Option<Customer> {
        match wire {
            Some(wire) => Customer::read(form, name, wire),
            None => {
                form.wrong(name, "it is missing; give the customer's id, as billing has it".to_owned());
                None
            }
        }
    }
}

impl Address {
    fn read(form: &mut Form, name: &str, wire: &v1::Address) -> Option<Address> {
        let field = |part: &str| format!("{name}.{part}");
        let line1 = form.optional(&field("line1"), &wire.line1, PersonName::parse);
        let line2 = form.optional(&field("line2"), &wire.line2, PersonName::parse);
        let city = form.optional(&field("city"), &wire.city, PersonName::parse);
        let state = form.optional(&field("state"), &wire.state, PersonName::parse);
        let postal_code = form.optional(&field("postal_code"), &wire.postal_code, PersonName::parse);
        let country = form.optional(&field("country"), &wire.country, Country::parse);
        Some(Address {
            line1: line1?,
            line2: line2?,
            city: city?,
            state: state?,
            postal_code: postal_code?,
            country: country?,
        })
    }
}
