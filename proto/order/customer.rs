//! Who pays, as billing knows them.

use super::Form;
use crate::{
    text::{Country, CustomerId, Email, Language, PersonName, Phone},
    v1,
};

/// A customer. What is not given stays as it was told before.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Customer {
    /// Billing's own id.
    pub id: CustomerId,
    /// Email, if there is a valid one.
    pub email: EmailGiven,
    /// Everything else.
    #[serde(flatten)]
    pub details: Details,
}

/// What was given as an email. A payment that keeps no card goes without one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub enum EmailGiven {
    /// Nothing.
    Nothing,
    /// An email.
    Valid(Email),
    /// Something that is none.
    Invalid,
}

impl EmailGiven {
    fn read(text: &str) -> EmailGiven {
        if text.is_empty() {
            return EmailGiven::Nothing;
        }
        Email::parse(text).map_or(EmailGiven::Invalid, EmailGiven::Valid)
    }

    /// The email, if it is one.
    pub fn valid(&self) -> Option<&Email> {
        match self {
            EmailGiven::Valid(email) => Some(email),
            EmailGiven::Nothing | EmailGiven::Invalid => None,
        }
    }
}

/// What is known of a customer beside id and email.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Details {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Billing address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Preferred language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// A postal address. It is given as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// Street and number.
    pub line1: Option<PersonName>,
    /// The rest of it.
    pub line2: Option<PersonName>,
    /// City.
    pub city: Option<PersonName>,
    /// State or province.
    pub state: Option<PersonName>,
    /// Postal code.
    pub postal_code: Option<PersonName>,
    /// Country.
    pub country: Option<Country>,
}

impl Customer {
    /// Reads the message. An email that is none is kept as such: which calls need
    /// one is a rule, and not a matter of form.
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

    /// Reads one that has to be there.
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
