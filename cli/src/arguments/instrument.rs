//! The options for the payment method, or for the card to store. A card number is never an
//! argument.

use std::path::PathBuf;

use causeway::v1;
use clap::{Args, ValueEnum};

use crate::{card, problem::Problem};

/// A card that is not stored yet.
#[derive(Debug, Args)]
#[group(id = "new_card", multiple = false)]
pub(crate) struct NewCard {
    /// The card's PaymentMethod, as in pm_card_visa; never a card number
    #[arg(long, value_name = "PM")]
    payment_method: Option<String>,
    /// A file that only you may read, or - for standard input, with lines such as expiry =
    /// "12/2034"; the names are number, expiry (or exp_month and exp_year), cvc and holder
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
}

/// The payment method. Without any of these options the customer's default card pays.
#[derive(Debug, Args)]
#[group(id = "kept_card", multiple = false)]
pub(crate) struct Instrument {
    #[command(flatten)]
    new: NewCard,
    /// A stored card, ct_…, of the customer that --customer names
    #[arg(long, value_name = "CT", conflicts_with = "new_card")]
    card_token: Option<String>,
}

/// How a card may be used again.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Reuse {
    /// While the payer is present.
    OnSession,
    /// Also while the payer is absent.
    OffSession,
}

/// Whether the paying card is stored.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StoreCard {
    /// For payments while the payer is present.
    OnSession,
    /// Also for payments while the payer is absent.
    OffSession,
    /// The card is not stored.
    None,
}

impl Instrument {
    /// Builds the message's instrument; reads the card from the file.
    pub(crate) fn message(self) -> Result<Option<v1::authorize_request::Instrument>, Problem> {
        use v1::authorize_request::Instrument as Wire;
        Ok(match (self.card_token, self.new.payment_method, self.new.card) {
            (Some(token), _, _) => Some(Wire::CardToken(token)),
            (None, Some(method), _) => Some(Wire::PaymentMethod(method)),
            (None, None, Some(file)) => Some(Wire::Card(card::read(&file)?)),
            (None, None, None) => None,
        })
    }
}

impl NewCard {
    /// Builds the message's instrument; reads the card from the file.
    pub(crate) fn message(self) -> Result<Option<v1::tokenize_request::Instrument>, Problem> {
        use v1::tokenize_request::Instrument as Wire;
        Ok(match (self.payment_method, self.card) {
            (Some(method), _) => Some(Wire::PaymentMethod(method)),
            (None, Some(file)) => Some(Wire::Card(card::read(&file)?)),
            (None, None) => None,
        })
    }
}

impl Reuse {
    /// The option as the contract's `CardReuse`.
    pub(crate) fn to_wire(self) -> v1::CardReuse {
        match self {
            Reuse::OnSession => v1::CardReuse::OnSession,
            Reuse::OffSession => v1::CardReuse::OffSession,
        }
    }
}

impl StoreCard {
    /// The option as the contract's `CardReuse`.
    pub(crate) fn to_wire(self) -> v1::CardReuse {
        match self {
            StoreCard::OnSession => v1::CardReuse::OnSession,
            StoreCard::OffSession => v1::CardReuse::OffSession,
            StoreCard::None => v1::CardReuse::None,
        }
    }
}
