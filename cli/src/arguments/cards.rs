//! The commands for stored cards: `tokenize`, `cards`, `delete-card` and `default-card`.

use causeway::v1;
use clap::{ArgGroup, Args};

use super::{
    customer::Payer,
    instrument::{NewCard, Reuse},
};
use crate::problem::Problem;

/// The card to store and the card's customer.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("card_to_keep").args(["payment_method", "card"]).required(true),
    mut_arg("customer", |customer| customer.required(true)),
)]
pub(crate) struct Tokenize {
    #[command(flatten)]
    card: NewCard,
    /// How the card may be used again [default: off-session]
    #[arg(long)]
    reuse: Option<Reuse>,
    /// The payment system that stores the card [default: the one assigned to --currency,
    /// or the only one]
    #[arg(long, value_name = "NAME")]
    payment_system: Option<String>,
    /// The currency of the card's later payments, ISO 4217, as in USD
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Makes the card the customer's default; the first card always becomes the default
    #[arg(long)]
    default: bool,
    /// The URL to which the browser returns after 3-D Secure
    #[arg(long, value_name = "URL")]
    return_url: Option<String>,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
    #[command(flatten)]
    payer: Payer,
}

/// The customer for a list of cards.
#[derive(Debug, Args)]
pub(crate) struct Cards {
    /// The billing platform's own id of the customer
    customer: String,
    /// Only the cards of this payment system
    #[arg(long, value_name = "NAME")]
    payment_system: Option<String>,
}

/// A stored card of a customer.
#[derive(Debug, Args)]
pub(crate) struct CardSelection {
    /// The billing platform's own id of the customer
    customer: String,
    /// Id of the card, ct_…
    #[arg(value_name = "TOKEN")]
    card_token: String,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

impl Tokenize {
    /// Builds the message. The request id is made after the card is read.
    pub(crate) fn message(self, request_id: impl FnOnce() -> String) -> Result<v1::TokenizeRequest, Problem> {
        let instrument = self.card.message()?;
        Ok(v1::TokenizeRequest {
            request_id: request_id(),
            customer: self.payer.message(),
            instrument,
            reuse: self.reuse.map(Reuse::to_wire).unwrap_or_default().into(),
            payment_system: self.payment_system.unwrap_or_default(),
            currency: self.currency.unwrap_or_default(),
            make_default: self.default,
            return_url: self.return_url.unwrap_or_default(),
        })
    }
}

impl Cards {
    /// Builds the ListCards message; empty fields mean no filter.
    pub(crate) fn message(self) -> v1::ListCardsRequest {
        v1::ListCardsRequest {
            customer_id: self.customer,
            payment_system: self.payment_system.unwrap_or_default(),
            ..Default::default()
        }
    }
}

impl CardSelection {
    /// Builds the message that deletes the card.
    pub(crate) fn delete(self, request_id: String) -> v1::DeleteCardRequest {
        v1::DeleteCardRequest { request_id, customer_id: self.customer, card_token: self.card_token }
    }

    /// Builds the message that makes the card the customer's default.
    pub(crate) fn set_default(self, request_id: String) -> v1::SetDefaultCardRequest {
        v1::SetDefaultCardRequest { request_id, customer_id: self.customer, card_token: self.card_token }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Call, CardCall, Command};

    #[test]
    fn a_card_in_a_file_is_in_the_message() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("card.toml");
        fs::write(&file, "number = 4242424242424242\nexpiry = 12/2034\nholder = Ann\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let arguments =
            ["causeway", "tokenize", "--customer", "c-1", "--currency", "USD", "--default", "--card"];
        let arguments = arguments.into_iter().chain([file.to_str().unwrap()]);
        let command = Arguments::try_parse_from(arguments).unwrap().command;
        let Command::Call(Call::Card(CardCall::Tokenize(tokenize))) = command else { panic!() };
        let card = v1::CardData {
            number: "4242424242424242".to_owned(),
            exp_month: 12,
            exp_year: 2034,
            cvc: String::new(),
            holder_name: "Ann".to_owned(),
        };
        let expected = v1::TokenizeRequest {
            request_id: "r-1".to_owned(),
            customer: Some(v1::Customer { id: "c-1".to_owned(), ..Default::default() }),
            instrument: Some(v1::tokenize_request::Instrument::Card(card)),
            currency: "USD".to_owned(),
            make_default: true,
            ..Default::default()
        };
        assert_eq!(tokenize.message(|| "r-1".to_owned()).unwrap(), expected);
    }
}
