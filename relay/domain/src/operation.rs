//! One request that changes something, and how far it is.

use std::fmt;

use causeway::{
    method::Method,
    order::PaymentId,
    tenant::TenantName,
    text::{CardToken, RequestId},
};
use jiff::Timestamp;

use crate::{idempotency::IdempotencyKey, request::ProcessorRequest};

/// An operation on a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaymentCommand {
    /// Holds an amount, or takes it at once.
    Authorize,
    /// Takes a hold.
    Capture,
    /// Gives captured money back.
    Refund,
    /// Goes on after the payer acted.
    Confirm,
    /// Gives a hold back.
    ReleaseHold,
    /// Gives back what billing could not fulfil.
    ReportOrderFailed,
    /// Takes over a payment of another system.
    ImportPayment,
    /// A second person decides on a refund.
    DecideRefund,
    /// Makes a new hold in the place of one that ends.
    RenewHold,
}

impl PaymentCommand {
    /// All of them.
    pub const ALL: [PaymentCommand; 9] = [
        PaymentCommand::Authorize,
        PaymentCommand::Capture,
        PaymentCommand::Refund,
        PaymentCommand::Confirm,
        PaymentCommand::ReleaseHold,
        PaymentCommand::ReportOrderFailed,
        PaymentCommand::ImportPayment,
        PaymentCommand::DecideRefund,
        PaymentCommand::RenewHold,
    ];

    /// The name in the journal and in idempotency keys. Never to change.
    pub fn as_str(self) -> &'static str {
        match self {
            PaymentCommand::Authorize => "authorize",
            PaymentCommand::Capture => "capture",
            PaymentCommand::Refund => "refund",
            PaymentCommand::Confirm => "confirm",
            PaymentCommand::ReleaseHold => "release_hold",
            PaymentCommand::ReportOrderFailed => "report_order_failed",
            PaymentCommand::ImportPayment => "import_payment",
            PaymentCommand::DecideRefund => "decide_refund",
            PaymentCommand::RenewHold => "renew_hold",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<PaymentCommand> {
        PaymentCommand::ALL.into_iter().find(|command| command.as_str() == name)
    }

    /// The command of a method of the contract; `None`: it has another target, or changes nothing.
    pub fn of_method(method: &Method) -> Option<PaymentCommand> {
        match method.name {
            "Authorize" => Some(PaymentCommand::Authorize),
            "Capture" => Some(PaymentCommand::Capture),
            "Refund" => Some(PaymentCommand::Refund),
            "Confirm" => Some(PaymentCommand::Confirm),
            "ReleaseHold" => Some(PaymentCommand::ReleaseHold),
            "ReportOrderFailed" => Some(PaymentCommand::ReportOrderFailed),
            "ImportPayment" => Some(PaymentCommand::ImportPayment),
            "DecideRefund" => Some(PaymentCommand::DecideRefund),
            _ => None,
        }
    }

    /// Whether it holds or takes money of a payer's. A capture takes what the payer has agreed
    /// to and the bank holds.
    pub fn takes_money(self) -> bool {
        matches!(self, PaymentCommand::Authorize | PaymentCommand::Confirm | PaymentCommand::RenewHold)
    }
}

/// An operation on a customer or a stored card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CustomerCommand {
    /// Stores a card.
    Tokenize,
    /// Removes a card.
    DeleteCard,
    /// Chooses the card that pays when none is named.
    SetDefaultCard,
    /// Tells the processor of a customer.
    PutCustomer,
    /// The customer has left billing.
    DeactivateCustomer,
}

impl CustomerCommand {
    /// All of them.
    pub const ALL: [CustomerCommand; 5] = [
        CustomerCommand::Tokenize,
        CustomerCommand::DeleteCard,
        CustomerCommand::SetDefaultCard,
        CustomerCommand::PutCustomer,
        CustomerCommand::DeactivateCustomer,
    ];

    /// The name in the journal and in idempotency keys. Never to change.
    pub fn as_str(self) -> &'static str {
        match self {
            CustomerCommand::Tokenize => "tokenize",
            CustomerCommand::DeleteCard => "delete_card",
            CustomerCommand::SetDefaultCard => "set_default_card",
            CustomerCommand::PutCustomer => "put_customer",
            CustomerCommand::DeactivateCustomer => "deactivate_customer",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<CustomerCommand> {
        CustomerCommand::ALL.into_iter().find(|command| command.as_str() == name)
    }
}

/// The kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommandKind {
    /// On a payment.
    Payment(PaymentCommand),
    /// On a customer or a stored card.
    Customer(CustomerCommand),
}

impl CommandKind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = CommandKind> {
        let payment = PaymentCommand::ALL.into_iter().map(CommandKind::Payment);
        payment.chain(CustomerCommand::ALL.into_iter().map(CommandKind::Customer))
    }

    /// The name in the journal and in idempotency keys. Never to change.
    pub fn as_str(self) -> &'static str {
        match self {
            CommandKind::Payment(command) => command.as_str(),
            CommandKind::Customer(command) => command.as_str(),
        }
    }

    /// Whether it holds or takes money of a payer's.
    pub fn takes_money(self) -> bool {
        match self {
            CommandKind::Payment(command) => command.takes_money(),
            CommandKind::Customer(_) => false,
        }
    }
}

/// The target of an operation, with the command: a payment is never asked for what only a
/// customer can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A payment.
    Payment {
        /// Our id.
        id: PaymentId,
        /// The command.
        command: PaymentCommand,
    },
    /// A customer, and perhaps one stored card.
    Customer {
        /// Our id.
        id: uuid::Uuid,
        /// The card.
        card: Option<CardToken>,
        /// The command.
        command: CustomerCommand,
    },
}

impl Target {
    /// The kind of the operation.
    pub fn kind(&self) -> CommandKind {
        match self {
            Target::Payment { command, .. } => CommandKind::Payment(*command),
            Target::Customer { command, .. } => CommandKind::Customer(*command),
        }
    }
}

/// For logs and alarms: "payment 0199…", "card ct_…", "customer 0199…".
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Payment { id, .. } => write!(f, "payment {id}"),
            Target::Customer { card: Some(card), .. } => write!(f, "card {card}"),
            Target::Customer { id, card: None, .. } => write!(f, "customer {id}"),
        }
    }
}

/// One request that changes something.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Our id, which correlates the objects at the processor.
    pub id: uuid::Uuid,
    /// The tenant.
    pub tenant: TenantName,
    /// The caller's idempotency key; one operation for each, for good.
    pub request_id: RequestId,
    /// The payment or customer, and the command.
    pub target: Target,
    /// A hash of the request, to know the same request again.
    pub fingerprint: String,
    /// The key under which the processor does it once.
    pub idempotency_key: IdempotencyKey,
    /// The request to the processor, to the byte. `None`: there is none, so it is finished.
    pub request: Option<ProcessorRequest>,
    /// When it began. Stripe forgets keys after 24 hours.
    pub started: Timestamp,
    /// How far it is.
    pub progress: Progress,
    /// The relay that works on it.
    pub lease: Lease,
    /// How often it was taken up again.
    pub tries: u32,
    /// When it was last sent to the processor, or was about to be.
    pub sent: Timestamp,
    /// Whether the processor's answer to its key tells nothing, and never will.
    pub key_spent: bool,
}

impl Operation {
    /// The kind of the operation.
    pub fn kind(&self) -> CommandKind {
        self.target.kind()
    }

    /// Whether its outcome is not known, or whether there is one.
    pub fn is_unknown(&self) -> bool {
        matches!(self.progress, Progress::Open | Progress::Unknown)
    }
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The processor was asked, or was about to be.
    Open,
    /// The processor was asked, and the outcome is not known.
    Unknown,
    /// Answered and not decided: the payer has to act, or the processor is still working on it.
    /// The same request looks again.
    Waiting,
    /// The outcome is known and was answered.
    Finished {
        /// The answer, an encoded `OperationResult` or `CardOperationResult`.
        answer: Vec<u8>,
    },
}

/// The right to work on an operation. A lease that is not renewed lapses; each relay that takes
/// the operation up raises the epoch, and an outcome is only written under the epoch in which it
/// was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The relay that has it.
    pub owner: Option<uuid::Uuid>,
    /// Raised by each relay that takes the operation up.
    pub epoch: u64,
    /// The end of the lease; without an owner, when recovery looks at the operation.
    /// `None`: recovery does not.
    pub due: Option<Timestamp>,
}

impl Lease {
    /// The lease of an operation that needs no work.
    pub fn free() -> Lease {
        Lease { owner: None, epoch: 1, due: None }
    }
}

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A request of billing's.
    Billing,
    /// The processor's answer to our call.
    Api,
    /// The processor's event, pushed.
    Webhook,
    /// Made straight at the processor, however it was heard of.
    Dashboard,
    /// A look-up by the relay.
    Recovery,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 5] =
        [Source::Billing, Source::Api, Source::Webhook, Source::Dashboard, Source::Recovery];

    /// The name in the journal and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Billing => "billing",
            Source::Api => "api",
            Source::Webhook => "webhook",
            Source::Dashboard => "dashboard",
            Source::Recovery => "recovery",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payer_is_asked_for_money_by_three_commands() {
        let taking: Vec<_> = CommandKind::all().filter(|kind| kind.takes_money()).collect();
        let expected = [PaymentCommand::Authorize, PaymentCommand::Confirm, PaymentCommand::RenewHold];
        assert_eq!(taking, expected.map(CommandKind::Payment));
    }

    #[test]
    fn names_are_read_back() {
        assert_eq!(CommandKind::all().count(), 14);
        for kind in CommandKind::all() {
            let read = match kind {
                CommandKind::Payment(_) => PaymentCommand::parse(kind.as_str()).map(CommandKind::Payment),
                CommandKind::Customer(_) => CustomerCommand::parse(kind.as_str()).map(CommandKind::Customer),
            };
            assert_eq!(read, Some(kind));
        }
    }
}
