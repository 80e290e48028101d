//! The command line: commands, options and their help texts.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand};
use secrecy::SecretString;

use crate::exit;

/// The command `authorize` with all options.
pub(crate) mod authorize;
/// The options for the payment method, or for the card to store.
pub(crate) mod instrument;
/// The options for the customer and their details.
pub(crate) mod customer;
/// The commands for captures and refunds: `capture`, `refund`, `decide-refund` and `void`.
pub(crate) mod follow_up;
/// The commands for stored cards.
pub(crate) mod cards;
/// The command `check`, which asks for a policy verdict and makes no payment.
pub(crate) mod check;
/// The commands that only read.
pub(crate) mod reads;
/// The commands for a later step of a payment: confirm, release, order failure, import.
pub(crate) mod later_steps;
/// The commands for events and background jobs.
pub(crate) mod events;

/// The argument parser for an amount with a currency.
mod amount;
/// The option that chooses between a synchronous and an asynchronous answer.
mod answering;

/// A generic payment processor in front of Stripe: try the processor on this machine, or call an
/// adapter as the billing platform does.
#[derive(Debug, Parser)]
#[command(name = "causeway", version, after_help = exit::HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: ConnectionOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The adapter's address and credentials, and the format of the answers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every call")]
pub(crate) struct ConnectionOptions {
    /// The adapter's URL [default: http://127.0.0.1:50051]
    #[arg(long, global = true, env = "CAUSEWAY_ADAPTER", value_name = "URL")]
    pub(crate) adapter: Option<String>,
    /// The caller's token. On the command line every user of this machine sees the token in the list
    /// of processes: use the environment, or --token-file
    #[arg(long, global = true, env = "CAUSEWAY_TOKEN", hide_env_values = true, value_parser = secret)]
    pub(crate) token: Option<SecretString>,
    /// A file that holds the caller's token, readable by its owner only; wins over --token
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Takes adapter and token from DIR/endpoints.json where they are not given; `dev` keeps all
    /// files of the run there, and `sandbox` keeps its state there across restarts
    #[arg(long, global = true, env = "CAUSEWAY_STATE", value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// The CA (PEM) that signed the certificate of an https adapter [default: the machine's roots]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// The deadline of a call, in seconds
    #[arg(long, global = true, default_value = "90", value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// Writes the answer as one JSON object, with the contract's names
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}

/// The commands of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs adapter, relay and a Stripe sandbox in one process
    Dev(Dev),
    /// Runs a Stripe sandbox alone, until Ctrl-C
    Sandbox(Sandbox),
    /// Writes the events of payments and cards, a line each; with --json a JSON object each
    Events(events::Events),
    #[command(flatten)]
    Call(Call),
}

/// The options of `dev`, which runs all three programs in one process.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Plays the story of a payment, checks every answer, and ends
    #[arg(long)]
    pub(crate) story: bool,
    /// The listen address of the adapter [default: 127.0.0.1:50051, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub(crate) adapter_listen: Option<SocketAddr>,
    /// The listen address of the relay [default: 127.0.0.1:50052, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub(crate) relay_listen: Option<SocketAddr>,
    /// The listen address of the sandbox [default: 127.0.0.1:12111, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub(crate) sandbox_listen: Option<SocketAddr>,
}

/// The options of `sandbox`, which runs the sandbox alone.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value = "12111")]
    pub(crate) port: u16,
    /// The address of this machine on which the sandbox listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub(crate) listen: IpAddr,
    /// Takes the numbers of test cards; Stripe refuses all card numbers unless the account may
    /// send raw card data
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
    Read(ReadCall),
    /// Runs the relay's jobs now, for this caller's tenant, and shows their counts
    Job(events::Job),
}

/// A call with an effect on money, or a void, which is refused.
#[derive(Debug, Subcommand)]
pub(crate) enum MoneyCall {
    /// Holds an amount on a card, or captures the amount at once
    Authorize(Box<authorize::Authorize>),
    /// Captures a held amount, in full or in part, once
    Capture(follow_up::Capture),
    /// Refunds a captured amount, in full or in part
    Refund(follow_up::Refund),
    /// Sends a void, which is always refused: the refusal says when the hold lapses
    Void(follow_up::Void),
    /// Continues a payment after the payer's action, or with another PaymentMethod
    Confirm(later_steps::Confirm),
    /// Gives a hold back before the hold lapses, where the payment system enables this
    Release(later_steps::Release),
    /// Gives all of a payment back, because the order could not be fulfilled
    OrderFailed(later_steps::OrderFailed),
    /// Approves or rejects a refund that waits for a second person
    DecideRefund(follow_up::DecideRefund),
    /// Imports a PaymentIntent that was authorized elsewhere
    Import(later_steps::Import),
}

/// A call about a customer and their cards.
#[derive(Debug, Subcommand)]
pub(crate) enum CardCall {
    /// Stores a card for a customer: verified, not charged, and no hold is left
    Tokenize(Box<cards::Tokenize>),
    /// Lists the stored cards of a customer, newest first
    Cards(cards::Cards),
    /// Deletes a stored card, here and at the processor
    DeleteCard(cards::CardSelection),
    /// Makes a card the default for payments that name no card
    DefaultCard(cards::CardSelection),
    /// Sends a customer, or the changed details of a customer, to the processor
    Customer(Box<customer::PutCustomer>),
    /// Deletes a customer and their cards at the processor, within the hour
    DeactivateCustomer(customer::Deactivate),
}

/// A call that only reads.
#[derive(Debug, Subcommand)]
pub(crate) enum ReadCall {
    /// Shows the verdict of every policy rule on a payment, and makes no payment
    Check(Box<check::Check>),
    /// Shows one payment with the timeline
    Payment(reads::Payment),
    /// Lists payments, newest first
    Payments(reads::Payments),
    /// Reads the payment's present state at the processor, with refunds and disputes
    Sync(reads::Payment),
    /// Shows all payments with one billing reference, and their sums
    Order(reads::Order),
    /// Shows the capabilities: payment systems, currencies and their limits
    Capabilities,
    /// Lists the options for a payer: payment systems, methods and limits in each currency
    Options(reads::Options),
    /// Lists every currency that the processor takes, with the payment systems that
    /// take the currency here
    Currencies(reads::Currencies),
}

impl Call {
    /// Whether the call may have an effect, so that a lost answer leaves the outcome unknown. A
    /// void is refused in any case, and a job does only work that is scheduled anyway.
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
            | Call::Read(_)
            | Call::Job(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
