//! What a test card is: its number, its looks, how its bank answers, and what is special about it.

use crate::bank::card_table::CARDS;
use crate::bank::decline::Decline;
use crate::objects::dispute::DisputeReason;

/// A test card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestCard {
    /// The part of the id after `pm_card_`, if it has such an id.
    pub(crate) name: Option<&'static str>,
    /// The number.
    pub(crate) number: &'static str,
    /// The network, as Stripe names it.
    pub(crate) brand: &'static str,
    /// Credit, debit or prepaid.
    pub(crate) funding: &'static str,
    /// The country of the bank.
    pub(crate) country: &'static str,
    /// How the bank answers a charge.
    pub(crate) bank: Bank,
    /// What is special about it otherwise.
    pub(crate) habit: Habit,
}

/// How a bank answers a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bank {
    /// It approves.
    Approves,
    /// It declines, and declines to be attached to a customer as well.
    Declines(Decline),
    /// It lets itself be attached, and then declines every charge.
    DeclinesCharges,
    /// It asks for the customer first.
    Authenticates(When, After),
}

/// When a bank asks for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Each time.
    Always,
    /// Each time, except off session with a card that was set up for it.
    UnlessSetUp,
    /// Only while the customer is there anyway.
    OnSession,
    /// Only if the caller asks for it.
    IfAskedFor,
}

/// What a bank says once the customer has authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Yes.
    Approves,
    /// Still no.
    Declines(Decline),
}

/// What is special about a card, besides how its bank answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Nothing.
    Plain,
    /// Radar finds it risky and lets it pass.
    ElevatedRisk,
    /// The check of the security code fails, and the charge passes.
    CvcFails,
    /// The check of the postal code fails, and the charge passes.
    PostalCodeFails,
    /// The checks of the address fail, and the charge passes.
    AddressFails,
    /// The money is available at once.
    BypassesPending,
    /// Refunds are pending for half an hour.
    RefundPends,
    /// Refunds succeed, and fail half an hour later.
    RefundFails,
    /// The owner disputes the charge at once.
    Disputes(DisputeReason),
    /// The bank holds no more than it did.
    HoldsNoMore,
    /// The bank asks about the charge at once.
    Inquires,
}

/// The card that an id such as `pm_card_visa` stands for.
pub(crate) fn find(id: &str) -> Option<&'static TestCard> {
    named(id.strip_prefix("pm_card_")?)
}

/// The card that a token such as `tok_visa` stands for.
pub(crate) fn by_token(token: &str) -> Option<&'static TestCard> {
    let name = token.strip_prefix("tok_")?;
    named(name).or_else(|| named(name.strip_prefix("visa_")?))
}

/// The card that has this number.
pub(crate) fn by_number(number: &str) -> Option<&'static TestCard> {
    CARDS.iter().find(|card| card.number == number)
}

fn named(name: &str) -> Option<&'static TestCard> {
    CARDS.iter().find(|card| card.name == Some(name))
}
