//! Every command: the checks before the operation begins, and the processor request that the operation
//! begins with. The remaining steps are common to all commands and are in [`crate::execute`].

use causeway::{refusal::Refusal, v1::PaymentStatus};
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
    phase::damaged,
};

/// Places a hold on an amount, or charges the amount at once.
mod authorize;
/// Continues an authorization after the payer has acted.
mod confirm;
/// Captures the held amount of a payment.
mod capture;
/// Refunds captured money, in full or in part.
mod refund;
/// Approves or rejects a refund that waits for a second person.
mod decide_refund;
/// Releases the hold of a payment.
mod release;
/// Returns the money of an order that billing could not fulfil.
mod order_failed;
/// Imports a PaymentIntent that another system created.
mod import;
/// Replaces a hold that expires soon with a new hold.
pub(crate) mod renew;
/// Void, which the relay always refuses.
mod void;
/// Stores and verifies a card.
mod tokenize;
/// Deletes a stored card, and sets the default card.
mod cards;
/// Registers, updates and deactivates a customer at the processor.
mod customer;
/// Registration of a customer at the processor, once per customer.
pub(crate) mod register;
/// The payment instrument, from the journal and from the processor.
pub(crate) mod instrument;

/// The timeline entry of a request from billing.
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

/// The beginning of an operation on a payment that sends a request to the processor.
fn asking<C: Command<Aggregate = Payment>>(
    context: &Context,
    caller: &Caller,
    command: &C,
    id: uuid::Uuid,
    request: ProcessorRequest,
    change: PaymentChange,
) -> Result<Begin, Refusal> {
    let operation = context.operation(caller, command, NewOperation::asking(id, &change.payment, request));
    let changes = Changes::of_payment(change).map_err(damaged)?;
    Ok(Begin { operation, changes, nonce: caller.nonce.clone() })
}

/// The beginning of an operation on a payment that needs no processor request. The operation is
/// finished at once, and `outcome` is the final answer.
fn finished<C: Command<Aggregate = Payment>>(
    context: &Context,
    caller: &Caller,
    command: &C,
    outcome: &Outcome,
    change: PaymentChange,
) -> Result<Begin, Refusal> {
    let answer = outcome.to_wire(&change.payment).map_err(damaged)?;
    let progress = Progress::Finished { answer: answer.encode_to_vec() };
    let id = context.environment.uuid();
    let new = NewOperation::without_request(id, &change.payment, progress);
    let operation = context.operation(caller, command, new);
    let changes = Changes::of_payment(change).map_err(damaged)?;
    Ok(Begin { operation, changes, nonce: caller.nonce.clone() })
}
