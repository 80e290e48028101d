//! Every command: the checks before it begins, and the request that it begins with. The rest is
//! the same for all and is in [`crate::execute`].

use causeway::v1::PaymentStatus;
use causeway_domain::{
    change::{Changes, PaymentChange},
    operation::{Progress, Source},
    payment::Payment,
    request::ProcessorRequest,
    timeline::TimelineEntry,
    transition::Outcome,
};
use causeway_ports::journal::Begin;
use jiff::Timestamp;
use prost::Message;

use crate::{
    context::Context,
    execute::command::{Caller, Command, NewOperation},
};

/// Hold an amount, or take it at once.
mod authorize;
/// Go on after the payer acted.
mod confirm;
/// Take a held amount.
mod capture;
/// Give captured money back.
mod refund;
/// A second person decides on a refund.
mod decide_refund;
/// Give a hold back.
mod release;
/// Give back what billing could not fulfil.
mod order_failed;
/// Take over a payment of another system.
mod import;
/// Make a new hold in the place of one that ends.
pub(crate) mod renew;
/// Always refused.
mod void;
/// Store a card.
mod tokenize;
/// Remove a card; choose the default one.
mod cards;
/// Tell the processor of a customer; the customer has left billing.
mod customer;
/// The processor's customer, made once.
pub(crate) mod register;
/// The instrument that pays, and what the processor says of it.
pub(crate) mod instrument;

/// The history entry of a request of billing's.
fn requested<C: Command<Aggregate = Payment>>(
    command: &C,
    from: Option<PaymentStatus>,
    payment: &Payment,
    at: Timestamp,
    note: String,
) -> TimelineEntry {
    TimelineEntry {
        at,
        from,
        to: payment.status(),
        operation: Some((C::COMMAND, command.request_id().clone())),
        source: Source::Billing,
        note,
        reference: None,
    }
}

/// The beginning of an operation on a payment that asks the processor.
fn asking<C: Command<Aggregate = Payment>>(
    context: &Context,
    caller: &Caller,
    command: &C,
    id: uuid::Uuid,
    request: ProcessorRequest,
    change: PaymentChange,
) -> Begin {
    let operation = context.operation(caller, command, NewOperation::asking(id, &change.payment, request));
    Begin { operation, changes: Changes::of_payment(change), nonce: caller.nonce.clone() }
}

/// The beginning of an operation on a payment that is its end: it asks for nothing, and `outcome`
/// is its answer for good.
fn finished<C: Command<Aggregate = Payment>>(
    context: &Context,
    caller: &Caller,
    command: &C,
    outcome: &Outcome,
    change: PaymentChange,
) -> Begin {
    let progress = Progress::Finished { answer: outcome.to_wire(&change.payment).encode_to_vec() };
    let id = context.surroundings.uuid();
    let new = NewOperation::without_request(id, &change.payment, progress);
    let operation = context.operation(caller, command, new);
    Begin { operation, changes: Changes::of_payment(change), nonce: caller.nonce.clone() }
}
