//! What pays, or which card is kept. A card number is never an argument.

use std::path::PathBuf;

use causeway::v1;
use clap::{Args, ValueEnum};

use crate::{card, problem::Problem};

/// A card that is new here.
#[derive(Debug, Args)]
#[group(id = "new_card", multiple = false)]
pub(crate) struct NewCard {
    /// The card's PaymentMethod, as in pm_card_visa; never a card number
    #[arg(long, value_name = "PM")]
    payment_method: Option<String>,
    /// A file that only you may read, or - for standard input, with lines such as expiry = "12/2034"; it has
    /// number, expiry (or exp_month and exp_year), cvc and holder
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
}

/// What pays. Nothing: the customer's default card.
#[derive(Debug, Args)]
#[group(id = "kept_card", multiple = false)]
pub(crate) struct Instrument {
    #[command(flatten)]
    new: NewCard,
    /// A card that is kept here, ct_…; --customer has to be whose it is
    #[arg(long, value_name = "CT", conflicts_with = "new_card")]
    card_token: Option<String>,
}

/// How a card may be used again.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Reuse {
    /// While the payer is there.
    OnSession,
    /// Also when nobody is there.
    OffSession,
}

/// Whether a card that pays is kept.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StoreCard {
    /// For payments while the payer is there.
    OnSession,
    /// Also for payments when nobody is there.
    OffSession,
    /// It is not kept.
    None,
}

impl Instrument {
    /// For the message. The card is read here.
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
    /// For the message. The card is read here.
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
    /// For the message.
    pub(crate) fn to_wire(self) -> v1::CardReuse {
        match self {
            Reuse::OnSession => v1::CardReuse::OnSession,
            Reuse::OffSession => v1::CardReuse::OffSession,
        }
    }
}

impl StoreCard {
    /// For the message.
    pub(crate) fn to_wire(self) -> v1::CardReuse {
        match self {
            StoreCard::OnSession => v1::CardReuse::OnSession,
            StoreCard::OffSession => v1::CardReuse::OffSession,
            StoreCard::None => v1::CardReuse::None,
        }
    }
}
