//! Replies as the checks expect them.

use causeway::pan::holds_card_number;
use causeway_domain::{
    observation::{
        CustomerSnapshot, IntentSnapshot, MethodSnapshot, RefundSnapshot, Rejection, SetupSnapshot,
    },
    payment::failure::Failure,
};
use causeway_ports::processor::{Object, ProcessorReply};

use crate::report::{Checked, Fault, ensure};

fn other(found: &dyn std::fmt::Debug, promise: &str) -> Fault {
    Fault(format!("not so: {promise}\n  found    {found:?}"))
}

fn done(reply: ProcessorReply, promise: &str) -> Result<Object, Fault> {
    if let ProcessorReply::Succeeded { object, .. } = reply {
        Ok(object)
    } else {
        Err(other(&reply, promise))
    }
}

/// The PaymentIntent of a success.
pub(super) fn done_intent(reply: ProcessorReply, promise: &str) -> Result<IntentSnapshot, Fault> {
    let object = done(reply, promise)?;
    if let Object::Intent(intent) = object { Ok(*intent) } else { Err(other(&object, promise)) }
}

/// The refund of a success.
pub(super) fn done_refund(reply: ProcessorReply, promise: &str) -> Result<RefundSnapshot, Fault> {
    let object = done(reply, promise)?;
    if let Object::Refund(refund) = object { Ok(*refund) } else { Err(other(&object, promise)) }
}

/// The SetupIntent of a success.
pub(super) fn done_setup(reply: ProcessorReply, promise: &str) -> Result<SetupSnapshot, Fault> {
    let object = done(reply, promise)?;
    if let Object::Setup(setup) = object { Ok(*setup) } else { Err(other(&object, promise)) }
}

/// The PaymentMethod of a success.
pub(super) fn done_method(reply: ProcessorReply, promise: &str) -> Result<MethodSnapshot, Fault> {
    let object = done(reply, promise)?;
    if let Object::Method(method) = object { Ok(*method) } else { Err(other(&object, promise)) }
}

/// The customer of a success.
pub(super) fn done_customer(reply: ProcessorReply, promise: &str) -> Result<CustomerSnapshot, Fault> {
    let object = done(reply, promise)?;
    if let Object::Customer(customer) = object { Ok(customer) } else { Err(other(&object, promise)) }
}

/// The rejection in a definitive refusal, with a complete failure.
pub(super) fn rejected(reply: ProcessorReply, promise: &str) -> Result<Rejection, Fault> {
    let ProcessorReply::Rejected { rejection, .. } = reply else {
        return Err(other(&reply, promise));
    };
    check_failure(&rejection.failure)?;
    Ok(*rejection)
}

/// The rejection of a call on a missing object.
pub(super) fn missing(reply: ProcessorReply, promise: &str) -> Result<Rejection, Fault> {
    let rejection = rejected(reply, promise)?;
    if rejection.is_missing() { Ok(rejection) } else { Err(other(&rejection, promise)) }
}

/// A failure has a stable code, and a sentence for the operator and one for the payer.
pub(super) fn check_failure(failure: &Failure) -> Checked {
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    ensure(!failure.code.is_empty() && failure.code.bytes().all(letter), "a failure has a code")?;
    ensure(!failure.operator_message.is_empty(), "a failure has a sentence for the operator")?;
    ensure(!failure.payer_message.is_empty(), "a failure has a sentence for the payer")?;
    let texts = [&failure.operator_message, &failure.payer_message, &failure.parameter];
    ensure(!texts.into_iter().any(|text| holds_card_number(text)), "a failure holds no card number")
}
