//! The customer, and what billing knows of them.

use causeway::v1;
use clap::Args;

use super::answering::Answering;

/// Who pays.
#[derive(Debug, Args)]
#[command(next_help_heading = "The customer")]
pub(crate) struct Payer {
    /// Billing's own id of the customer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    #[command(flatten)]
    details: Details,
}

/// Whose details are told.
#[derive(Debug, Args)]
pub(crate) struct PutCustomer {
    /// Billing's own id of the customer
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    #[command(flatten)]
    details: Details,
    /// Which payment system's processor is told [default: the only one]
    #[arg(long, value_name = "NAME")]
    payment_system: Option<String>,
    #[command(flatten)]
    answering: Answering,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// Who is no more.
#[derive(Debug, Args)]
pub(crate) struct Deactivate {
    /// Billing's own id of the customer
    customer: String,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// What is known of a customer. What is not given stays as it was told before.
#[derive(Debug, Args)]
pub(crate) struct Details {
    /// Their email address; needed to keep a card
    #[arg(long, requires = "customer")]
    email: Option<String>,
    /// Their name
    #[arg(long, requires = "customer")]
    name: Option<String>,
    /// Their phone number
    #[arg(long, requires = "customer")]
    phone: Option<String>,
    /// Their language, as in de or pt-BR
    #[arg(long, value_name = "TAG", requires = "customer")]
    language: Option<String>,
    #[command(flatten)]
    address: Address,
}

/// A postal address.
#[derive(Debug, Args)]
struct Address {
    /// Street and number
    #[arg(long, value_name = "TEXT", requires = "customer")]
    address_line1: Option<String>,
    /// The rest of it
    #[arg(long, value_name = "TEXT", requires = "customer")]
    address_line2: Option<String>,
    /// City
    #[arg(long, requires = "customer")]
    city: Option<String>,
    /// State or province (--state is another option)
    #[arg(long, value_name = "STATE", requires = "customer")]
    address_state: Option<String>,
    /// Postal code
    #[arg(long, value_name = "CODE", requires = "customer")]
    postal_code: Option<String>,
    /// Country, ISO 3166, as in DE
    #[arg(long, value_name = "CODE", requires = "customer")]
    country: Option<String>,
}

impl Payer {
    /// For the message; nothing when nobody was named.
    pub(crate) fn message(self) -> Option<v1::Customer> {
        self.customer.map(|id| self.details.of(id))
    }
}

impl PutCustomer {
    /// The message.
    pub(crate) fn message(self, request_id: String) -> v1::PutCustomerRequest {
        v1::PutCustomerRequest {
            request_id,
            customer: Some(self.details.of(self.customer)),
            payment_system: self.payment_system.unwrap_or_default(),
            answer_mode: self.answering.to_wire().into(),
        }
    }
}

impl Deactivate {
    /// The message.
    pub(crate) fn message(self, request_id: String) -> v1::DeactivateCustomerRequest {
        v1::DeactivateCustomerRequest { request_id, customer_id: self.customer }
    }
}

impl Details {
    fn of(self, id: String) -> v1::Customer {
        v1::Customer {
            id,
            email: self.email.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            phone: self.phone.unwrap_or_default(),
            address: self.address.message(),
            language: self.language.unwrap_or_default(),
        }
    }
}

impl Address {
    fn message(self) -> Option<v1::Address> {
        let address = v1::Address {
            line1: self.address_line1.unwrap_or_default(),
            line2: self.address_line2.unwrap_or_default(),
            city: self.city.unwrap_or_default(),
            state: self.address_state.unwrap_or_default(),
            postal_code: self.postal_code.unwrap_or_default(),
            country: self.country.unwrap_or_default(),
        };
        (address != v1::Address::default()).then_some(address)
    }
}
