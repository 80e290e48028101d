//! One request that changes a payment or a customer, and the progress of the request.

use std::fmt;

use causeway::{
    method::Method,
    request::PaymentId,
    tenant::TenantName,
    text::{CardToken, RequestId},
};
use jiff::Timestamp;

use crate::{idempotency::IdempotencyKey, request::ProcessorRequest};

/// An operation on a payment.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum PaymentCommand {
    /// Holds an amount, or captures the amount at once.
    Authorize,
    /// Captures an amount that is held.
    Capture,
    /// Returns captured money to the payer.
    Refund,
    /// Continues after the payer acted.
    Confirm,
    /// Releases a hold before its capture.
    ReleaseHold,
    /// Returns the money of an order that billing could not fulfil.
    ReportOrderFailed,
    /// Takes over a payment that was made through another system.
    ImportPayment,
    /// Records a second person's decision on a refund.
    DecideRefund,
    /// Replaces a hold that is about to lapse by a new hold.
    RenewHold,
}

impl PaymentCommand {
    /// Every variant, in the order of declaration.
    pub const ALL: &'static [PaymentCommand] = <PaymentCommand as strum::VariantArray>::VARIANTS;

    /// The name in the journal and in idempotency keys. Never to change.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Reads a name as [`PaymentCommand::as_str`] writes it; `None` for an unknown name.
    pub fn parse(name: &str) -> Option<PaymentCommand> {
        name.parse().ok()
    }

    /// The command of a method of the contract; `None` for a method with another target or without a change.
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

    /// Whether the command holds or takes money of a payer. A capture does not count: the payer has
    /// agreed to the amount and the bank holds it.
    pub fn takes_money(self) -> bool {
        matches!(self, PaymentCommand::Authorize | PaymentCommand::Confirm | PaymentCommand::RenewHold)
    }
}

/// An operation on a customer or a stored card.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum CustomerCommand {
    /// Verifies and stores a card.
    Tokenize,
    /// Removes a stored card.
    DeleteCard,
    /// Chooses the card that pays when a payment names no card.
    SetDefaultCard,
    /// Creates or updates the customer at the processor.
    PutCustomer,
    /// Records that the customer has left billing.
    DeactivateCustomer,
}

impl CustomerCommand {
    /// Every variant, in the order of declaration.
    pub const ALL: &'static [CustomerCommand] = <CustomerCommand as strum::VariantArray>::VARIANTS;

    /// The name in the journal and in idempotency keys. Never to change.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Reads a name as [`CustomerCommand::as_str`] writes it; `None` for an unknown name.
    pub fn parse(name: &str) -> Option<CustomerCommand> {
        name.parse().ok()
    }
}

/// The kind of an operation: a payment command or a customer command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommandKind {
    /// An operation on a payment.
    Payment(PaymentCommand),
    /// An operation on a customer or a stored card.
    Customer(CustomerCommand),
}

impl CommandKind {
    /// Every kind, payment commands first.
    pub fn all() -> impl Iterator<Item = CommandKind> {
        let payment = PaymentCommand::ALL.iter().copied().map(CommandKind::Payment);
        payment.chain(CustomerCommand::ALL.iter().copied().map(CommandKind::Customer))
    }

    /// The name in the journal and in idempotency keys. Never to change.
    pub fn as_str(self) -> &'static str {
        match self {
            CommandKind::Payment(command) => command.as_str(),
            CommandKind::Customer(command) => command.as_str(),
        }
    }

    /// Whether the operation holds or takes money of a payer.
    pub fn takes_money(self) -> bool {
        match self {
            CommandKind::Payment(command) => command.takes_money(),
            CommandKind::Customer(_) => false,
        }
    }
}

/// The target of an operation, with the command. The types exclude a customer command on a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An operation on a payment.
    Payment {
        /// The relay's id of the payment.
        id: PaymentId,
        /// The command on the payment.
        command: PaymentCommand,
    },
    /// An operation on a customer, and perhaps on one stored card.
    Customer {
        /// The relay's id of the customer.
        id: uuid::Uuid,
        /// Token of the stored card, where the command concerns a card.
        card: Option<CardToken>,
        /// The command on the customer or the card.
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

/// The target for logs and alarms: "payment 0199…", "card ct_…", "customer 0199…".
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Payment { id, .. } => write!(f, "payment {id}"),
            Target::Customer { card: Some(card), .. } => write!(f, "card {card}"),
            Target::Customer { id, card: None, .. } => write!(f, "customer {id}"),
        }
    }
}

/// One request that changes a payment or a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The relay's id, which the objects at the processor carry as correlation metadata.
    pub id: uuid::Uuid,
    /// The tenant that sent the request.
    pub tenant: TenantName,
    /// The caller's idempotency key. Each request id has at most one operation, without expiry.
    pub request_id: RequestId,
    /// The payment or customer, and the command.
    pub target: Target,
    /// Hash of the request's content, to recognise a repeated request.
    pub fingerprint: String,
    /// The idempotency key under which the processor executes the request once.
    pub idempotency_key: IdempotencyKey,
    /// The request to the processor, byte for byte. `None`: no request is needed, and the operation is
    /// finished.
    pub request: Option<ProcessorRequest>,
    /// The moment of the beginning. Stripe forgets idempotency keys after 24 hours.
    pub started: Timestamp,
    /// Progress from open to finished.
    pub progress: Progress,
    /// The lease of the relay that works on the operation.
    pub lease: Lease,
    /// How often a relay resumed the operation.
    pub tries: u32,
    /// The moment of the last request to the processor, or just before that request.
    pub sent: Timestamp,
    /// Whether the processor keeps an error as the answer to the idempotency key, so that a repetition
    /// reveals no outcome.
    pub key_spent: bool,
}

impl Operation {
    /// The kind of the operation.
    pub fn kind(&self) -> CommandKind {
        self.target.kind()
    }

    /// Whether the outcome is still unknown: the operation is open or unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self.progress, Progress::Open | Progress::Unknown)
    }
}

/// The progress of an operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The request was sent to the processor, or was about to be sent.
    Open,
    /// The request was sent to the processor, and the outcome is unknown.
    Unknown,
    /// Answered without a decision: the payer has to act, or the processor is still deciding. A
    /// repetition of the request inspects the payment again.
    Waiting,
    /// The outcome is known, and billing was answered.
    Finished {
        /// The answer to billing, an encoded `OperationResult` or `CardOperationResult`.
        answer: Vec<u8>,
    },
}

/// The right to work on an operation. A lease that is not renewed lapses. Each relay that resumes the
/// operation raises the epoch, and an outcome is only written under the epoch in which the request was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Id of the relay that holds the lease; `None` for a free lease.
    pub owner: Option<uuid::Uuid>,
    /// Raised by each relay that resumes the operation.
    pub epoch: u64,
    /// The end of the lease. Without an owner, the moment at which recovery inspects the operation;
    /// `None` excludes the operation from recovery.
    pub due: Option<Timestamp>,
}

impl Lease {
    /// The lease of an operation that needs no more work.
    pub fn free() -> Lease {
        Lease { owner: None, epoch: 1, due: None }
    }
}

/// Source of a change, for the timeline and for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Source {
    /// A request of billing.
    Billing,
    /// The processor's answer to a call of the relay.
    Api,
    /// An event of the processor, delivered to the webhook.
    Webhook,
    /// A change made directly at the processor, whichever way the relay learned of the change.
    Dashboard,
    /// A look-up of the relay during recovery.
    Recovery,
}

impl Source {
    /// The name in the journal and on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
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
