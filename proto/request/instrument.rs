//! Payment instruments: a PaymentMethod, a stored card, a raw card, or the customer's default card.

use std::fmt;

use serde::ser::SerializeMap;

use super::Form;
use crate::{
    card::{CardNumber, Cvc, Expiry, RawCard},
    text::{CardToken, PaymentMethodId, PersonName},
    v1,
};

/// The instrument that pays.
pub enum Instrument {
    /// A PaymentMethod created in the browser, or stored at Stripe.
    PaymentMethod(PaymentMethodId),
    /// The token of a stored card.
    Token(CardToken),
    /// A raw card with number and expiry.
    Card(RawCard),
    /// The customer's default card.
    Default,
}

impl Instrument {
    /// The raw card, if the request contains a card number.
    pub fn card(&self) -> Option<&RawCard> {
        if let Instrument::Card(card) = self { Some(card) } else { None }
    }

    /// Name of the kind of instrument, for settings and refusals.
    pub fn kind(&self) -> &'static str {
        match self {
            Instrument::PaymentMethod(_) => "PaymentMethod",
            Instrument::Token(_) => "card token",
            Instrument::Card(_) => "card number",
            Instrument::Default => "default card",
        }
    }
}

/// Prints no card data.
impl fmt::Debug for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instrument::PaymentMethod(id) => write!(f, "PaymentMethod({id})"),
            Instrument::Token(token) => write!(f, "Token({token})"),
            Instrument::Card(_) => f.write_str("Card(hidden)"),
            Instrument::Default => f.write_str("Default"),
        }
    }
}

/// The instrument's part of the request fingerprint, flattened among the other fields. For a raw
/// card only the fact that the instrument is a card is written: the card number has a keyed
/// fingerprint.
impl serde::Serialize for Instrument {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Instrument::PaymentMethod(id) => map.serialize_entry("payment_method", id)?,
            Instrument::Token(token) => map.serialize_entry("card_token", token)?,
            Instrument::Card(card) => map.serialize_entry("card_of", &card.holder)?,
            Instrument::Default => {}
        }
        map.end()
    }
}

/// How a stored card may be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Reuse {
    /// Only while the payer is present.
    OnSession,
    /// Also while the payer is absent.
    OffSession,
}

impl Reuse {
    /// Stripe's value of `setup_future_usage` and `usage`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Converts the reuse to the contract's enum.
    pub fn to_wire(self) -> v1::CardReuse {
        match self {
            Reuse::OnSession => v1::CardReuse::OnSession,
            Reuse::OffSession => v1::CardReuse::OffSession,
        }
    }

    /// Reads the contract's enum: `Some(None)` is NONE. `unsaid` is the meaning of UNSPECIFIED.
    pub(super) fn read(
        form: &mut Form,
        name: &str,
        wire: i32,
        unsaid: Option<Reuse>,
    ) -> Option<Option<Reuse>> {
        match v1::CardReuse::try_from(wire) {
            Ok(v1::CardReuse::Unspecified) => Some(unsaid),
            Ok(v1::CardReuse::None) => Some(None),
            Ok(v1::CardReuse::OnSession) => Some(Some(Reuse::OnSession)),
            Ok(v1::CardReuse::OffSession) => Some(Some(Reuse::OffSession)),
            Err(_) => {
                form.wrong(name, format!("{wire} is not a card reuse; they are 0 to 3"));
                None
            }
        }
    }
}

/// Reads a raw card. Every mistake is reported, without the card data.
pub(super) fn read_card(form: &mut Form, wire: &v1::CardData) -> Option<RawCard> {
    let number = form.field("card.number", CardNumber::parse(&wire.number));
    let month = form.field("card.exp_month", Expiry::month(wire.exp_month));
    let year = form.field("card.exp_year", Expiry::year(wire.exp_year));
    let brand = number.as_ref().and_then(CardNumber::brand);
    // Without a card number the length of the security code is unknown.
    let cvc = match (&number, wire.cvc.is_empty()) {
        (_, true) | (None, false) => Some(None),
        (Some(_), false) => form.field("card.cvc", Cvc::parse(&wire.cvc, brand)).map(Some),
    };
    let holder = form.optional("card.holder_name", &wire.holder_name, PersonName::parse);
    month.zip(year)?;
    let expiry = Expiry::new(wire.exp_month, wire.exp_year).ok()?;
    Some(RawCard { number: number?, expiry, cvc: cvc?, holder: holder? })
}
