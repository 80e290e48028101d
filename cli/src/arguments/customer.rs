//! The customer and their details, as the billing platform knows them.

use causeway::v1;
use clap::Args;

use super::answering::AnswerOption;

/// The paying customer, with details.
#[derive(Debug, Args)]
#[command(next_help_heading = "The customer")]
pub(crate) struct Payer {
    /// The billing platform's own id of the customer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    #[command(flatten)]
    details: Details,
}

/// The options of `customer`: the customer and the details to send.
#[derive(Debug, Args)]
pub(crate) struct PutCustomer {
    /// The billing platform's own id of the customer
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    #[command(flatten)]
    details: Details,
    /// The payment system that sends the customer to the processor [default: the only one]
    #[arg(long, value_name = "NAME")]
    payment_system: Option<String>,
    #[command(flatten)]
    answering: AnswerOption,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// The customer to deactivate, with a request id.
#[derive(Debug, Args)]
pub(crate) struct Deactivate {
    /// The billing platform's own id of the customer
    customer: String,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// Details of a customer. An absent option leaves the stored value unchanged.
#[derive(Debug, Args)]
pub(crate) struct Details {
    /// The customer's email address; needed to store a card
    #[arg(long, requires = "customer")]
    email: Option<String>,
    /// The customer's full name
    #[arg(long, requires = "customer")]
    name: Option<String>,
    /// The customer's phone number
    #[arg(long, requires = "customer")]
    phone: Option<String>,
    /// The customer's language, as in de or pt-BR
    #[arg(long, value_name = "TAG", requires = "customer")]
    language: Option<String>,
    #[command(flatten)]
    address: Address,
}

/// The options of a postal address.
#[derive(Debug, Args)]
struct Address {
    /// Street and house number
    #[arg(long, value_name = "TEXT", requires = "customer")]
    address_line1: Option<String>,
    /// The second line of the address
    #[arg(long, value_name = "TEXT", requires = "customer")]
    address_line2: Option<String>,
    /// The city or town
    #[arg(long, requires = "customer")]
    city: Option<String>,
    /// State or province (--state is another option)
    #[arg(long, value_name = "STATE", requires = "customer")]
    address_state: Option<String>,
    /// The postal or ZIP code
    #[arg(long, value_name = "CODE", requires = "customer")]
    postal_code: Option<String>,
    /// Country, ISO 3166, as in DE
    #[arg(long, value_name = "CODE", requires = "customer")]
    country: Option<String>,
}

impl Payer {
    /// Builds the message's customer; `None` without --customer.
    pub(crate) fn message(self) -> Option<v1::Customer> {
        self.customer.map(|id| self.details.of(id))
    }
}

impl PutCustomer {
    /// Builds the PutCustomer message with this request id.
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
    /// Builds the DeactivateCustomer message with this request id.
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
