//! Every reason to refuse a request: the broken rule, the party that can fix the cause, and the
//! next step.
//!
//! A refusal comes from Causeway, mostly before Stripe was asked. A rejection by the bank or by
//! Stripe is a decline, which is an answer and not a refusal. Each reason has a page in
//! docs/refusals.md; a test counts the pages.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    currency::Currency,
    money::{Money, PositiveMoney},
    v1::{PaymentStatus, RefundStatus},
};

/// Attributes of a refusal: reason, rule, fixing party, message for the payer.
mod meaning;
/// Parts of refusals: field violations, rights, broken rules.
mod parts;
/// Phrases that depend on the status of a payment or refund.
mod words;
/// Refusals for limits of shares and sizes.
mod limit;

pub use limit::Limit;
pub use parts::{Broken, Fix, Right, Violation};
use words::{hint, instead_of_release, on, on_its_way, rest, spoken, spoken_of_refund};

/// Why Causeway refused a request.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The bytes cannot be decoded as the request message of the method.
    #[error("the message cannot be decoded as the protobuf message that this method takes")]
    MalformedMessage,
    /// The message is larger than any valid message.
    #[error("the message is larger than {limit} bytes, the most that is read")]
    MessageTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// One or more fields are invalid; the refusal lists every violation.
    #[error("the request is malformed: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    MalformedRequest(Vec<Violation>),
    /// The service has no method of the requested name.
    #[error("there is no such method; reflection lists those that there are")]
    MethodUnknown,
    /// The bearer token is missing or unknown.
    #[error(
        "the caller is not known: send \"authorization: Bearer TOKEN\" with a token from the adapter's settings"
    )]
    CallerUnknown,
    /// The caller is known, but lacks a right.
    #[error("this caller has no right \"{}\"; the adapter's settings give it", needed.as_str())]
    RightMissing {
        /// The right that the method needs.
        needed: Right,
    },
    /// The link's signature is missing, invalid or made with an unknown credential.
    #[error("the link's signature was not accepted: {why}")]
    LinkSignature {
        /// The mistake, without a hint at the correct value.
        why: &'static str,
    },
    /// The timestamp of the signature is too far from the relay's clock.
    #[error(
        "the link's signature is of {signed}, and here it is {now}; they may differ by 300 s, so compare the two clocks"
    )]
    LinkClock {
        /// The timestamp in the signature.
        signed: Timestamp,
        /// The time on the relay's clock.
        now: Timestamp,
    },
    /// The same signed request was received before.
    #[error("this very request was received before; a true repetition is signed anew")]
    LinkReplay,
    /// A policy rule of the operator, evaluated in the relay, refuses the request.
    #[error("{}", .0.problem)]
    Rule(Box<Broken>),
    /// Texts that Stripe would reject; the refusal lists every violation.
    #[error("Stripe would not take this: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    TextsBeyondLimits(Vec<Violation>),
    /// No payment system has the requested name.
    #[error("there is no payment system {given}; there are: {}", known.join(", "))]
    PaymentSystemUnknown {
        /// The name in the request.
        given: String,
        /// Names of the payment systems that exist.
        known: Vec<String>,
    },
    /// More than one payment system can serve the request.
    #[error("several payment systems could do this; name one in payment_system: {}", systems.join(", "))]
    PaymentSystemUnnamed {
        /// Names of the candidate payment systems.
        systems: Vec<String>,
    },
    /// The payment was made through a payment system that the settings no longer have.
    #[error("the settings have no payment system {payment_system} as it was when the payment was made")]
    PaymentSystemMissing {
        /// Name of the missing payment system.
        payment_system: String,
        /// Whether an operation of the request began, so that Stripe may have been asked.
        began: bool,
    },
    /// The currency is missing from ISO 4217.
    #[error("{given} is not a currency of ISO 4217")]
    CurrencyUnknown {
        /// The code in the request, three letters.
        given: String,
    },
    /// Stripe cannot represent this amount.
    #[error("Stripe cannot take {amount}: {why}")]
    AmountNotChargeable {
        /// The amount in the request.
        amount: PositiveMoney,
        /// The rule of the currency.
        why: &'static str,
    },
    /// The payment does not exist, or belongs to another tenant.
    #[error("there is no such payment")]
    PaymentNotFound,
    /// The card does not exist, or belongs to another customer.
    #[error(
        "this customer has no such card; a stored PaymentMethod or card token goes with its own customer only"
    )]
    CardNotFound,
    /// The customer deleted the card.
    #[error("the card {card} was deleted; the customer has to add it again before it can pay")]
    CardDeleted {
        /// Token of the deleted card.
        card: String,
    },
    /// The card was never verified, or verification is in progress.
    #[error(
        "the card {card} cannot be used: it is {status}; repeat its Tokenize to see whether that has changed, or let the customer add it again"
    )]
    CardNotUsable {
        /// Token of the unusable card.
        card: String,
        /// Status of the card, for the message.
        status: &'static str,
    },
    /// The instrument cannot be stored, or not in the requested way.
    #[error("this cannot be kept: {why}")]
    CardNotKept {
        /// Why the instrument cannot be stored.
        why: String,
    },
    /// The customer has no default card to pay with.
    #[error("the customer has no default card; name a card, or keep one first with Tokenize or store_card")]
    DefaultCardMissing,
    /// The card is stored by another payment system.
    #[error("the card is kept by the payment system {keeper}, and the payment names {asked}")]
    CardElsewhere {
        /// Payment system that stores the card.
        keeper: String,
        /// Payment system that the request names.
        asked: String,
    },
    /// The first request had a card number, fingerprinted under another key.
    #[error(
        "request id {request_id} was used before with a card number, and the key that could tell whether it was the same one is not here; do not use a new request id before the outcome is known"
    )]
    NotComparable {
        /// The request id that was used before.
        request_id: String,
    },
    /// The Stripe account may not send raw card numbers.
    #[error(
        "Stripe does not take card numbers from the account of payment system {payment_system}; let the payer's browser make a PaymentMethod or use card tokens, or ask Stripe's support to enable raw card data for the account. Stripe said: {said}"
    )]
    RawCardsNotEnabled {
        /// Payment system of the account.
        payment_system: String,
        /// The error message of Stripe.
        said: String,
    },
    /// Stripe gave no answer to a preliminary call.
    #[error(
        "Stripe did not answer what has to be known first, and no money was asked for; ask again with the same request id. Seen: {why}"
    )]
    ProcessorSilent {
        /// The error that was seen instead of an answer.
        why: String,
    },
    /// The request id was used before with other content.
    #[error(
        "request id {request_id} was used before with other content; give a new attempt a new request id"
    )]
    RequestIdReused {
        /// The request id that was used before.
        request_id: String,
    },
    /// Another operation on the payment is in flight.
    #[error("another operation on this payment is under way; ask again when it is done")]
    PaymentBusy,
    /// The outcome of an earlier operation is unknown.
    #[error(
        "the outcome of {operation} (request id {request_id}) is not known yet; repeat that request to learn it"
    )]
    OutcomeUnknown {
        /// Name of the earlier operation.
        operation: &'static str,
        /// Request id of the earlier operation.
        request_id: String,
    },
    /// The payment is not held, so there is no amount to capture.
    #[error("a payment that is {} has nothing to capture{}", spoken(*.status), hint(*.status))]
    NotCapturable {
        /// Status of the payment.
        status: PaymentStatus,
    },
    /// The payment is not captured, so there is no amount to refund.
    #[error("a payment that is {} has nothing to refund{}", spoken(*.status), hint(*.status))]
    NotRefundable {
        /// Status of the payment.
        status: PaymentStatus,
    },
    /// The requested amount is more than the hold.
    #[error("{asked} cannot be captured: {held} is held")]
    CaptureAboveHold {
        /// The amount on hold.
        held: PositiveMoney,
        /// The amount to capture.
        asked: PositiveMoney,
    },
    /// The hold has expired.
    #[error("the hold lapsed on {at}, so there is nothing left to capture")]
    HoldExpired {
        /// When the hold expired, as Stripe reported.
        at: Timestamp,
    },
    /// The requested amount is more than the refundable rest.
    #[error("{asked} cannot be refunded: {} of {captured} is left{}", rest(left), on_its_way(pending))]
    RefundAboveLeft {
        /// The amount that can still be refunded; zero where nothing is left.
        left: Money,
        /// The amount that was captured.
        captured: PositiveMoney,
        /// The sum of refunds in progress.
        pending: Money,
        /// The amount to refund.
        asked: PositiveMoney,
    },
    /// The follow-up names another currency than the payment.
    #[error("the payment is in {payment} and the request in {asked}")]
    OtherCurrency {
        /// Currency of the payment.
        payment: Currency,
        /// Currency of the request.
        asked: Currency,
    },
    /// The operator has not enabled the release of holds.
    #[error(
        "payment system {payment_system} does not release holds; the operator can set release_hold = true, and the hold lapses by itself{}",
        on(hold_expires)
    )]
    ReleaseDisabled {
        /// Payment system of the payment.
        payment_system: String,
        /// When the hold expires, if the date is known.
        hold_expires: Option<Timestamp>,
    },
    /// The payment has no hold to release.
    #[error("a payment that is {} holds nothing that could be released{}", spoken(*.status), instead_of_release(*.status))]
    NotReleasable {
        /// Status of the payment.
        status: PaymentStatus,
    },
    /// The refund does not exist, or belongs to another payment.
    #[error("the payment has no such refund")]
    RefundNotFound,
    /// The refund is decided already, or needs no approval.
    #[error("the refund does not wait for a second person: it is {}", spoken_of_refund(*.status))]
    RefundNotSubmitted {
        /// Status of the refund.
        status: RefundStatus,
    },
    /// The approver of a refund has to differ from the person requesting the refund.
    #[error("{by} asked for this refund; somebody else has to approve it")]
    RefundOwnApproval {
        /// Name of the person requesting the refund.
        by: String,
    },
    /// The payment does not wait for an action of the payer.
    #[error("a payment that is {} does not wait for its payer", spoken(*.status))]
    NotConfirmable {
        /// Status of the payment.
        status: PaymentStatus,
    },
    /// The PaymentIntent cannot be imported.
    #[error("{payment_intent} cannot be imported: {why}")]
    NotImportable {
        /// Id of the PaymentIntent, "pi_…".
        payment_intent: String,
        /// Why the import is impossible.
        why: String,
    },
    /// The customer does not exist, or belongs to another tenant.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// The cursor is ahead of this journal.
    #[error(
        "there is no event {after} yet, the last one is {last}; a cursor that is ahead belongs to another relay or to a journal that was lost, so compare your books before you start from 0"
    )]
    EventsAhead {
        /// The cursor of the request.
        after: u64,
        /// Sequence number of the last event.
        last: u64,
    },
    /// The program is shutting down.
    #[error("this program is being stopped; ask again, and go on where you were")]
    Stopping,
    /// The caller speaks an unsupported version of the contract.
    #[error("the caller speaks version {given} of the contract, and here {least} to {newest} is spoken")]
    ContractVersion {
        /// The version that the caller named.
        given: String,
        /// The oldest supported version.
        least: &'static str,
        /// The newest supported version.
        newest: &'static str,
    },
    /// Void is not supported by design.
    #[error("a payment cannot be voided: {instead}")]
    VoidUnsupported {
        /// When the hold expires, and the method to call instead.
        instead: String,
        /// When the hold expires, if there is a hold.
        hold_expires: Option<Timestamp>,
    },
    /// The relay has no capacity for a new operation.
    #[error("this call has begun nothing, because {what}; ask again with the same request id")]
    Overloaded {
        /// The exhausted resource, for the message.
        what: &'static str,
        /// How long to wait before a retry.
        retry_after: Duration,
    },
    /// A share of one tenant or caller, or the size of an answer, is used up.
    #[error(transparent)]
    Limit(Limit),
    /// Stripe rejected the secret key of a payment system.
    #[error(
        "Stripe refused the secret key of payment system {payment_system} a moment ago, so nothing was started; put a good key into the relay's settings"
    )]
    KeyRefused {
        /// Payment system with the rejected key.
        payment_system: String,
    },
    /// The call would outlast the caller's deadline, so no operation began.
    #[error(
        "nothing was started, because the deadline leaves {} ms and this takes about {} ms now; ask again with the same request id and more time",
        left.as_millis(), needed.as_millis()
    )]
    DeadlineTooShort {
        /// Time left until the deadline.
        left: Duration,
        /// Time that the call takes at present.
        needed: Duration,
    },
    /// The relay cannot write the journal: no operation of the request began.
    #[error(
        "the relay's journal cannot be written, so nothing was started; ask again with the same request id"
    )]
    JournalUnavailable,
    /// The journal's disk is full, or nearly full: no operation of the request began.
    #[error(
        "the relay's journal has no room on its disk, so nothing was started; ask again with the same request id \
         once the operator has made some"
    )]
    JournalFull,
    /// The journal contains a row that differs from the row as written.
    #[error(
        "the relay's journal is damaged where this request needs it, so this call did nothing, and what an earlier one did is not known; the relay's log says where"
    )]
    JournalDamaged,
    /// The request never reached a relay.
    #[error("no relay could be reached, so nothing was started; ask again with the same request id")]
    RelayUnreachable,
    /// The request reached a relay and may have begun there, but no answer is known: the answer was
    /// lost, or the relay's journal failed meanwhile.
    #[error("the relay's answer was lost; ask again with the same request id to learn the outcome")]
    AnswerLost,
    /// The caller's deadline passed before the operation ended.
    #[error(
        "the deadline passed before the operation was done; ask again with the same request id to learn the outcome"
    )]
    OutOfTime,
    /// An internal error; the log has the details.
    #[error("internal error; the log has it")]
    Internal,
}
