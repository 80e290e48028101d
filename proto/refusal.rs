//! Every way of saying no: what was wrong, who can change it, what to do.
//!
//! A refusal is ours alone: we said no, and mostly before Stripe was asked. What
//! the bank or Stripe say no to is a decline, and an answer. Each reason has a
//! page in docs/refusals.md; a test counts them.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    currency::Currency,
    money::Money,
    v1::{PaymentStatus, RefundStatus},
};

/// What a refusal means: reason, rule, who can change it, what the payer is told.
mod meaning;
/// What refusals are made of.
mod parts;
/// Words that depend on what a thing is.
mod words;

pub use parts::{Broken, Fix, Right, Violation};
use words::{hint, instead_of_release, on, on_its_way, spoken, spoken_of_refund};

/// Why we said no.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The bytes are not the message that the method takes.
    #[error("the message cannot be decoded as the protobuf message that this method takes")]
    MalformedMessage,
    /// The message is larger than any good one.
    #[error("the message is larger than {limit} bytes, the most that is read")]
    MessageTooLarge {
        /// The limit.
        limit: usize,
    },
    /// Fields are wrong; all of them are told.
    #[error("the request is malformed: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    MalformedRequest(Vec<Violation>),
    /// There is no such method.
    #[error("there is no such method; reflection lists those that there are")]
    MethodUnknown,
    /// The caller did not say who it is, or is not known.
    #[error(
        "the caller is not known: send \"authorization: Bearer TOKEN\" with a token from the adapter's settings"
    )]
    CallerUnknown,
    /// The caller is known and may not do this.
    #[error("this caller has no right \"{}\"; the adapter's settings give it", needed.as_str())]
    RightMissing {
        /// What it would need.
        needed: Right,
    },
    /// The link's signature is missing, broken or not by a credential that we know.
    #[error("the link's signature was not accepted: {why}")]
    LinkSignature {
        /// What was wrong, without telling what would have been right.
        why: &'static str,
    },
    /// The signature was made too far from now.
    #[error(
        "the link's signature is of {signed}, and here it is {now}; they may differ by 300 s, so compare the two clocks"
    )]
    LinkClock {
        /// The moment in the signature.
        signed: Timestamp,
        /// The relay's moment.
        now: Timestamp,
    },
    /// The very same signed request came before.
    #[error("this very request was received before; a true repetition is signed anew")]
    LinkReplay,
    /// The operator's rules say no. The relay has the rules.
    #[error("{}", .0.problem)]
    Rule(Box<Broken>),
    /// Texts that Stripe would not take; all of them are told.
    #[error("Stripe would not take this: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    TextsBeyondLimits(Vec<Violation>),
    /// No payment system has the name.
    #[error("there is no payment system {given}; there are: {}", known.join(", "))]
    PaymentSystemUnknown {
        /// What was given.
        given: String,
        /// What could have been given.
        known: Vec<String>,
    },
    /// Several payment systems could do it.
    #[error("several payment systems could do this; name one in payment_system: {}", systems.join(", "))]
    PaymentSystemUnnamed {
        /// Those that could.
        systems: Vec<String>,
    },
    /// The payment was made through a payment system that the settings do not have.
    #[error("the settings have no payment system {payment_system} as it was when the payment was made")]
    PaymentSystemMissing {
        /// Its name.
        payment_system: String,
        /// Whether an operation of the request began, so that Stripe may have been asked.
        began: bool,
    },
    /// ISO 4217 does not list it.
    #[error("{given} is not a currency of ISO 4217")]
    CurrencyUnknown {
        /// What was given, three letters.
        given: String,
    },
    /// Stripe has no number for this amount.
    #[error("Stripe cannot take {amount}: {why}")]
    AmountNotChargeable {
        /// The amount.
        amount: Money,
        /// The rule of the currency.
        why: &'static str,
    },
    /// There is none, or none of this tenant.
    #[error("there is no such payment")]
    PaymentNotFound,
    /// There is none, or none of this customer.
    #[error(
        "this customer has no such card; a stored PaymentMethod or card token goes with its own customer only"
    )]
    CardNotFound,
    /// The customer forgot it.
    #[error("the card {card} was deleted; the customer has to add it again before it can pay")]
    CardDeleted {
        /// Its token.
        card: String,
    },
    /// It was never verified, or is on its way.
    #[error(
        "the card {card} cannot be used: it is {status}; repeat its Tokenize to see whether that has changed, or let the customer add it again"
    )]
    CardNotUsable {
        /// Its token.
        card: String,
        /// Where it stands.
        status: &'static str,
    },
    /// It is none that can be kept, or not in this way.
    #[error("this cannot be kept: {why}")]
    CardNotKept {
        /// Why not.
        why: String,
    },
    /// Nothing to pay with.
    #[error("the customer has no default card; name a card, or keep one first with Tokenize or store_card")]
    DefaultCardMissing,
    /// The card is kept by another payment system.
    #[error("the card is kept by the payment system {keeper}, and the payment names {asked}")]
    CardElsewhere {
        /// Who keeps it.
        keeper: String,
        /// Who was named.
        asked: String,
    },
    /// The request was made with a card number, and under another key.
    #[error(
        "request id {request_id} was used before with a card number, and the key that could tell whether it was the same one is not here; do not use a new request id before the outcome is known"
    )]
    NotComparable {
        /// The id.
        request_id: String,
    },
    /// The Stripe account may not send card numbers.
    #[error(
        "Stripe does not take card numbers from the account of payment system {payment_system}; let the payer's browser make a PaymentMethod or use card tokens, or ask Stripe's support to enable raw card data for the account. Stripe said: {said}"
    )]
    RawCardsNotEnabled {
        /// Through which payment system.
        payment_system: String,
        /// Stripe's words.
        said: String,
    },
    /// Stripe did not answer what has to be known first.
    #[error(
        "Stripe did not answer what has to be known first, and no money was asked for; ask again with the same request id. Seen: {why}"
    )]
    ProcessorSilent {
        /// What was seen instead of an answer.
        why: String,
    },
    /// The request id was used for something else.
    #[error(
        "request id {request_id} was used before with other content; give a new attempt a new request id"
    )]
    RequestIdReused {
        /// The id.
        request_id: String,
    },
    /// Another operation on the payment is under way.
    #[error("another operation on this payment is under way; ask again when it is done")]
    PaymentBusy,
    /// What happened before is not known yet.
    #[error(
        "the outcome of {operation} (request id {request_id}) is not known yet; repeat that request to learn it"
    )]
    OutcomeUnknown {
        /// Which operation.
        operation: &'static str,
        /// Its request id.
        request_id: String,
    },
    /// Only a held payment can be captured.
    #[error("a payment that is {} has nothing to capture{}", spoken(*.status), hint(*.status))]
    NotCapturable {
        /// What it is.
        status: PaymentStatus,
    },
    /// Only a captured payment can be refunded.
    #[error("a payment that is {} has nothing to refund{}", spoken(*.status), hint(*.status))]
    NotRefundable {
        /// What it is.
        status: PaymentStatus,
    },
    /// More than is held.
    #[error("{asked} cannot be captured: {held} is held")]
    CaptureAboveHold {
        /// What is held.
        held: Money,
        /// The request.
        asked: Money,
    },
    /// The hold is gone.
    #[error("the hold lapsed on {at}, so there is nothing left to capture")]
    HoldExpired {
        /// When, as Stripe said.
        at: Timestamp,
    },
    /// More than is left.
    #[error("{asked} cannot be refunded: {left} of {captured} is left{}", on_its_way(pending))]
    RefundAboveLeft {
        /// What can still be refunded; "nothing" when nothing is left, so a text.
        left: String,
        /// What was captured.
        captured: Money,
        /// What is on its way back already.
        pending: Option<Money>,
        /// The request.
        asked: Money,
    },
    /// A follow-up in another currency than its payment.
    #[error("the payment is in {payment} and the request in {asked}")]
    OtherCurrency {
        /// The payment's.
        payment: Currency,
        /// The request's.
        asked: Currency,
    },
    /// The operator has not switched it on.
    #[error(
        "payment system {payment_system} does not release holds; the operator can set release_hold = true, and the hold lapses by itself{}",
        on(hold_expires)
    )]
    ReleaseDisabled {
        /// Which payment system.
        payment_system: String,
        /// When the hold lapses, as far as it is known.
        hold_expires: Option<Timestamp>,
    },
    /// Only a hold can be released.
    #[error("a payment that is {} holds nothing that could be released{}", spoken(*.status), instead_of_release(*.status))]
    NotReleasable {
        /// What it is.
        status: PaymentStatus,
    },
    /// There is none, or none of this payment.
    #[error("the payment has no such refund")]
    RefundNotFound,
    /// Somebody has decided before, or nobody has to.
    #[error("the refund does not wait for a second person: it is {}", spoken_of_refund(*.status))]
    RefundNotSubmitted {
        /// What it is.
        status: RefundStatus,
    },
    /// Nobody approves what they asked for.
    #[error("{by} asked for this refund; somebody else has to approve it")]
    RefundOwnApproval {
        /// Who.
        by: String,
    },
    /// Only a payment that waits for its payer can be confirmed.
    #[error("a payment that is {} does not wait for its payer", spoken(*.status))]
    NotConfirmable {
        /// What it is.
        status: PaymentStatus,
    },
    /// The PaymentIntent cannot be taken over.
    #[error("{payment_intent} cannot be imported: {why}")]
    NotImportable {
        /// Which PaymentIntent.
        payment_intent: String,
        /// Why not.
        why: String,
    },
    /// There is none, or none of this tenant.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// The cursor is from another journal.
    #[error(
        "there is no event {after} yet, the last one is {last}; a cursor that is ahead belongs to another relay or to a journal that was lost, so compare your books before you start from 0"
    )]
    EventsAhead {
        /// The cursor.
        after: u64,
        /// The last event.
        last: u64,
    },
    /// More would hold up payments.
    #[error("there are {limit} watchers already, the most that are served; end one of them")]
    TooManyWatchers {
        /// How many there may be.
        limit: usize,
    },
    /// The program ends.
    #[error("this program is being stopped; ask again, and go on where you were")]
    Stopping,
    /// The caller speaks another version of the contract.
    #[error("the caller speaks version {given} of the contract, and here {least} to {newest} is spoken")]
    ContractVersion {
        /// What was given.
        given: String,
        /// The oldest that is spoken.
        least: &'static str,
        /// The newest that is spoken.
        newest: &'static str,
    },
    /// Void does not exist.
    #[error("a payment cannot be voided: {instead}")]
    VoidUnsupported {
        /// What lapses when, and what to call instead.
        instead: String,
        /// When the hold lapses, if there is one.
        hold_expires: Option<Timestamp>,
    },
    /// There is no room for anything new.
    #[error("this call has begun nothing, because {what}; ask again with the same request id")]
    Overloaded {
        /// What there is too much of.
        what: &'static str,
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// Stripe does not accept the key of a payment system.
    #[error(
        "Stripe refused the secret key of payment system {payment_system} a moment ago, so nothing was started; put a good key into the relay's settings"
    )]
    KeyRefused {
        /// Which payment system.
        payment_system: String,
    },
    /// It would end after the caller's deadline, so it was not begun.
    #[error(
        "nothing was started, because the deadline leaves {} ms and this takes about {} ms now; ask again with the same request id and more time",
        left.as_millis(), needed.as_millis()
    )]
    DeadlineTooShort {
        /// What was left of the deadline.
        left: Duration,
        /// What it takes.
        needed: Duration,
    },
    /// The relay cannot write, so it does not act: no operation of the request began.
    #[error(
        "the relay's journal cannot be written, so nothing was started; ask again with the same request id"
    )]
    JournalUnavailable,
    /// The journal's disk is full, or nearly: no operation of the request began.
    #[error(
        "the relay's journal has no room on its disk, so nothing was started; ask again with the same request id \
         once the operator has made some"
    )]
    JournalFull,
    /// The journal holds a row that is not as it was written.
    #[error(
        "the relay's journal is damaged where this request needs it, so this call did nothing, and what an earlier one did is not known; the relay's log says where"
    )]
    JournalDamaged,
    /// The request never reached a relay.
    #[error("no relay could be reached, so nothing was started; ask again with the same request id")]
    RelayUnreachable,
    /// The request reached a relay and may have begun there, and no answer can be told: it did not
    /// come back, or the relay's journal failed meanwhile.
    #[error("the relay's answer was lost; ask again with the same request id to learn the outcome")]
    AnswerLost,
    /// The caller's deadline passed first.
    #[error(
        "the deadline passed before the operation was done; ask again with the same request id to learn the outcome"
    )]
    OutOfTime,
    /// A mistake of ours; the log has it.
    #[error("internal error; the log has it")]
    Internal,
}
