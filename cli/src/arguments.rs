//! What can be asked for on the command line.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand};
use secrecy::SecretString;

use crate::exit;

/// Authorize and its options.
pub(crate) mod authorize;
/// What pays, or which card is kept.
pub(crate) mod instrument;
/// The customer.
pub(crate) mod customer;
/// Capture, refund, void.
pub(crate) mod follow_up;
/// Cards that are kept.
pub(crate) mod cards;
/// A payment that is only asked about.
pub(crate) mod check;
/// Everything that only looks.
pub(crate) mod look;
/// What comes later to a payment.
pub(crate) mod later;
/// What happens by itself.
pub(crate) mod events;

/// An amount with its currency.
mod amount;
/// When a call is answered.
mod answering;

/// A generic payment processor in front of Stripe: try it on this machine, or call
/// an adapter as billing does.
#[derive(Debug, Parser)]
#[command(name = "causeway", version, after_help = exit::HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the adapter is, and how its answers are written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every call")]
pub(crate) struct Place {
    /// The adapter's URL [default: http://127.0.0.1:50051]
    #[arg(long, global = true, env = "CAUSEWAY_ADAPTER", value_name = "URL")]
    pub(crate) adapter: Option<String>,
    /// The caller's token; better in the environment, where other users cannot see it
    #[arg(long, global = true, env = "CAUSEWAY_TOKEN", hide_env_values = true, value_parser = secret)]
    pub(crate) token: Option<SecretString>,
    /// Takes adapter and token from DIR/endpoints.json where they are not given; `dev` keeps all it has there
    #[arg(long, global = true, env = "CAUSEWAY_STATE", value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// The CA (PEM) that an https adapter proves itself with [default: the machine's roots]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// How long an answer is waited for
    #[arg(long, global = true, default_value = "90", value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// Writes the answer as one JSON object, in the contract's words
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs adapter, relay and a Stripe sandbox in one process
    Dev(Dev),
    /// Runs a Stripe sandbox alone, until Ctrl-C
    Sandbox(Sandbox),
    /// Writes what happens to payments and cards, a line each; with --json a JSON object each
    Events(events::Events),
    #[command(flatten)]
    Call(Call),
}

/// The trial ground.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Plays the story of a payment, checks every answer, and ends
    #[arg(long)]
    pub(crate) story: bool,
    /// Where the adapter listens [default: 127.0.0.1:50051, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub(crate) adapter_listen: Option<SocketAddr>,
    /// Where the relay listens [default: 127.0.0.1:50052, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub(crate) relay_listen: Option<SocketAddr>,
    /// Where the sandbox listens [default: 127.0.0.1:12111, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub(crate) sandbox_listen: Option<SocketAddr>,
}

/// The sandbox alone.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value = "12111")]
    pub(crate) port: u16,
    /// The address of this machine on which it listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub(crate) listen: IpAddr,
    /// Takes the numbers of test cards; Stripe refuses all numbers unless it was asked to take them
    #[arg(long)]
    pub(crate) allow_raw_cards: bool,
    /// Makes the same ids and draws the same faults as every run with this number
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

/// A call to the adapter.
#[derive(Debug, Subcommand)]
pub(crate) enum Call {
    #[command(flatten)]
    Money(MoneyCall),
    #[command(flatten)]
    Card(CardCall),
    #[command(flatten)]
    Look(LookCall),
    /// Runs the relay's jobs now, for this caller's tenant, and tells what they did
    Job(events::Job),
}

/// A call that moves money, or wants to.
#[derive(Debug, Subcommand)]
pub(crate) enum MoneyCall {
    /// Holds an amount on a card, or takes it at once
    Authorize(Box<authorize::Authorize>),
    /// Takes a held amount, in full or in part, once
    Capture(follow_up::Capture),
    /// Gives captured money back, in full or in part
    Refund(follow_up::Refund),
    /// Asks for a void, which is always refused: the refusal says when the hold lapses
    Void(follow_up::Void),
    /// Goes on with a payment when the payer has acted, or with another PaymentMethod
    Confirm(later::Confirm),
    /// Gives a hold back before it lapses, where the payment system enables it
    Release(later::Release),
    /// Gives all of a payment back, because its order could not be fulfilled
    OrderFailed(later::OrderFailed),
    /// Approves or rejects a refund that waits for a second person
    DecideRefund(follow_up::DecideRefund),
    /// Takes over a PaymentIntent that was authorized elsewhere
    Import(later::Import),
}

/// A call about a customer and their cards.
#[derive(Debug, Subcommand)]
pub(crate) enum CardCall {
    /// Keeps a card for a customer: verified, not charged, and no hold is left
    Tokenize(Box<cards::Tokenize>),
    /// Lists the cards that are kept for a customer, newest first
    Cards(cards::Cards),
    /// Forgets a card, here and at the processor
    DeleteCard(cards::OneCard),
    /// Chooses the card that pays when a payment names none
    DefaultCard(cards::OneCard),
    /// Tells the processor of a customer, or what has changed of them
    Customer(Box<customer::PutCustomer>),
    /// Lets the processor forget a customer and their cards, within the hour
    DeactivateCustomer(customer::Deactivate),
}

/// A call that only looks.
#[derive(Debug, Subcommand)]
pub(crate) enum LookCall {
    /// Asks what every rule says of a payment, and makes none
    Check(Box<check::Check>),
    /// Shows one payment with its timeline
    Payment(look::Payment),
    /// Lists payments, newest first
    Payments(look::Payments),
    /// Asks the processor how a payment stands now, with its refunds and disputes
    Sync(look::Payment),
    /// Shows all that carries one of billing's references, and what it comes to
    Order(look::Order),
    /// Shows what can be done here: payment systems, currencies and their limits
    Capabilities,
    /// Lists what a payer may be offered: payment systems, methods and limits in each currency
    Options(look::Options),
    /// Lists every currency that the processor takes, and which payment systems take it here
    Currencies(look::Currencies),
}

impl Call {
    /// Whether it may change something, so that a lost answer leaves a doubt. A void is
    /// refused in any case, and a job does what happens anyway.
    pub(crate) fn changes(&self) -> bool {
        match self {
            Call::Money(
                MoneyCall::Authorize(_)
                | MoneyCall::Capture(_)
                | MoneyCall::Refund(_)
                | MoneyCall::Confirm(_)
                | MoneyCall::Release(_)
                | MoneyCall::OrderFailed(_)
                | MoneyCall::DecideRefund(_)
                | MoneyCall::Import(_),
            ) => true,
            Call::Card(
                CardCall::Tokenize(_)
                | CardCall::DeleteCard(_)
                | CardCall::DefaultCard(_)
                | CardCall::Customer(_)
                | CardCall::DeactivateCustomer(_),
            ) => true,
            Call::Money(MoneyCall::Void(_))
            | Call::Card(CardCall::Cards(_))
            | Call::Look(_)
            | Call::Job(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
