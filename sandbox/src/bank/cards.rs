//! The data of a test card: the number, the card details, the bank's answer, and special behavior.

use serde::{Deserialize, Serialize};

use crate::bank::card_table::CARDS;
use crate::bank::decline::Decline;
use crate::objects::dispute::DisputeReason;

/// A test card of docs.stripe.com/testing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestCard {
    /// The part of the id after `pm_card_`, if the card has such an id.
    pub(crate) name: Option<&'static str>,
    /// The card number, digits only.
    pub(crate) number: &'static str,
    /// The network, as Stripe names the network.
    pub(crate) brand: &'static str,
    /// The funding of the card: `credit`, `debit` or `prepaid`.
    pub(crate) funding: &'static str,
    /// The country of the bank, as two letters.
    pub(crate) country: &'static str,
    /// The bank's answer to a charge.
    pub(crate) bank: Bank,
    /// The special behavior apart from the bank's answer.
    pub(crate) behaviour: TestBehaviour,
}

/// The answer of a bank to a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Bank {
    /// The bank approves every charge.
    Approves,
    /// The bank declines charges, and also declines to attach the card to a customer.
    Declines(Decline),
    /// The bank lets the card be attached, and then declines every charge.
    DeclinesCharges,
    /// The bank requires authentication of the customer first.
    Authenticates(AuthenticationRule, AfterAuthentication),
}

/// The condition under which a bank requires authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AuthenticationRule {
    /// The bank requires authentication each time.
    Always,
    /// Each time, except off session with a card that was set up for off-session payments.
    UnlessSetUp,
    /// Only on session, while the customer is present.
    OnSession,
    /// Only if the caller requests authentication.
    IfRequested,
}

/// The answer of a bank after the customer has authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AfterAuthentication {
    /// The bank approves the charge.
    Approves,
    /// The bank declines the charge all the same.
    Declines(Decline),
}

/// The special behavior of a card, apart from the bank's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TestBehaviour {
    /// No special behavior at all.
    Plain,
    /// Radar rates the charge as elevated risk, and the charge passes and is placed under review.
    ElevatedRisk,
    /// The bank warns of fraud as soon as the charge has passed.
    FraudWarning,
    /// The check of the security code fails, and the charge passes.
    CvcFails,
    /// The check of the postal code fails, and the charge passes.
    PostalCodeFails,
    /// The checks of the address fail, and the charge passes.
    AddressFails,
    /// The money of a charge is available at once.
    BypassesPending,
    /// Refunds are pending for half an hour.
    RefundPending,
    /// Refunds succeed, and fail half an hour later.
    RefundFails,
    /// The owner disputes the charge at once.
    Disputes(DisputeReason),
    /// The card can be charged over Cartes Bancaires as well.
    CoBranded,
    /// The owner disputes both halves of the charge at once.
    DisputesTwice(DisputeReason),
    /// The bank authorizes 70 % of an amount, if the caller accepts a part.
    AuthorizesPart,
    /// The bank authorizes 70 % of every increment of a hold, if the caller accepts a part.
    AuthorizesPartOfIncrements,
    /// The bank opens an inquiry about the charge at once.
    OpensInquiry,
}

/// The card of an id such as `pm_card_visa`.
pub(crate) fn find(id: &str) -> Option<&'static TestCard> {
    named(id.strip_prefix("pm_card_")?)
}

/// The card of a token such as `tok_visa`.
pub(crate) fn by_token(token: &str) -> Option<&'static TestCard> {
    let name = token.strip_prefix("tok_")?;
    named(name).or_else(|| named(name.strip_prefix("visa_")?))
}

/// The first card in the table with this number.
pub(crate) fn by_number(number: &str) -> Option<&'static TestCard> {
    CARDS.iter().find(|card| card.number == number)
}

fn named(name: &str) -> Option<&'static TestCard> {
    CARDS.iter().find(|card| card.name == Some(name))
}
