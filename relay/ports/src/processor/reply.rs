//! Replies of a processor, and the objects in replies.

use causeway_domain::observation::{
    CustomerSnapshot, IntentSnapshot, MethodSnapshot, Observation, RefundSnapshot, Rejection, SetupSnapshot,
};

/// An object of the processor, read as the domain's snapshot.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// A PaymentIntent with the last charge.
    Intent(Box<IntentSnapshot>),
    /// A refund of a PaymentIntent.
    Refund(Box<RefundSnapshot>),
    /// A SetupIntent, which verifies a card.
    Setup(Box<SetupSnapshot>),
    /// A PaymentMethod, stored or not.
    Method(Box<MethodSnapshot>),
    /// A customer of the processor.
    Customer(CustomerSnapshot),
}

/// The reply to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum ProcessorReply {
    /// The call succeeded, with this object.
    Succeeded {
        /// The object after the call.
        object: Object,
        /// The `Request-Id`, for the processor's support.
        request: String,
    },
    /// The call was answered, but the object does not parse as the expected one, or cannot be the answer to
    /// this call: neither success nor failure.
    Unreadable {
        /// The defect of the object, for the operator.
        why: String,
        /// Whether the object cannot be the answer: another id, amount, currency, mode or account.
        foreign: bool,
        /// The `Request-Id`, for the processor's support.
        request: String,
    },
    /// A definitive refusal: the call had no effect.
    Rejected {
        /// The reason, with the details of the error.
        rejection: Box<Rejection>,
        /// The `Request-Id`, for the processor's support.
        request: String,
    },
    /// No credible answer: the call may have had an effect.
    NoAnswer {
        /// The observation instead of an answer, for the operator.
        why: String,
    },
    /// An error that the processor keeps as the answer to this idempotency key: a repetition reveals no more.
    PersistedError {
        /// The processor's message, for the operator.
        why: String,
    },
    /// The idempotency key belongs to a request with other parameters. The processor did not execute
    /// this request, and the outcome of the other request is unknown here.
    KeyConflict {
        /// The processor's message, for the operator.
        why: String,
    },
}

impl ProcessorReply {
    /// Whether no credible answer came, so that a repetition may bring an answer.
    pub fn is_silence(&self) -> bool {
        matches!(self, ProcessorReply::NoAnswer { .. })
    }

    /// The reply as an observation, with the processor's `Request-Id`.
    pub fn into_observation(self) -> (Observation, Option<String>) {
        match self {
            ProcessorReply::Succeeded { object, request } => (object.into(), Some(request)),
            ProcessorReply::Unreadable { why, foreign: true, request } => {
                (Observation::Unbelieved { why }, Some(request))
            }
            ProcessorReply::Unreadable { why, foreign: false, request } => {
                (Observation::Lost { why }, Some(request))
            }
            ProcessorReply::Rejected { rejection, request } => {
                (Observation::Refused(rejection), Some(request))
            }
            ProcessorReply::NoAnswer { why } => (Observation::Lost { why }, None),
            ProcessorReply::PersistedError { why } => (Observation::Kept { why }, None),
            ProcessorReply::KeyConflict { why } => (Observation::KeyReused { why }, None),
        }
    }
}

impl From<Object> for Observation {
    fn from(object: Object) -> Observation {
        match object {
            Object::Intent(intent) => Observation::Intent(intent),
            Object::Refund(refund) => Observation::Refund(refund),
            Object::Setup(setup) => Observation::Setup(setup),
            Object::Method(method) => Observation::Method(method),
            Object::Customer(customer) => Observation::Customer(customer),
        }
    }
}

/// The answer to a look-up of one object of a known type.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<T> {
    /// The object exists, as shown here.
    Is(T),
    /// No such object exists at the processor.
    Missing,
    /// The processor refused the call for another reason.
    Rejected(Box<Rejection>),
    /// The object does not parse as expected.
    Unreadable {
        /// The defect of the object, for the operator.
        why: String,
    },
    /// No credible answer to the look-up.
    Silent {
        /// The observation instead of an answer, for the operator.
        why: String,
    },
}

impl ProcessorReply {
    /// Reads the reply to a look-up. `take` extracts the object of the right type.
    pub fn found<T>(self, take: impl FnOnce(Object) -> Option<T>) -> Found<T> {
        match self {
            ProcessorReply::Succeeded { object, .. } => take(object)
                .map_or_else(|| Found::Unreadable { why: "an object of another type".to_owned() }, Found::Is),
            ProcessorReply::Unreadable { why, .. } => Found::Unreadable { why },
            ProcessorReply::Rejected { rejection, .. } if rejection.is_missing() => Found::Missing,
            ProcessorReply::Rejected { rejection, .. } => Found::Rejected(rejection),
            ProcessorReply::NoAnswer { why }
            | ProcessorReply::PersistedError { why }
            | ProcessorReply::KeyConflict { why } => Found::Silent { why },
        }
    }
}

impl Object {
    /// The PaymentIntent; `None` for another type of object.
    pub fn intent(self) -> Option<IntentSnapshot> {
        if let Object::Intent(intent) = self { Some(*intent) } else { None }
    }

    /// The PaymentMethod; `None` for another type of object.
    pub fn method(self) -> Option<MethodSnapshot> {
        if let Object::Method(method) = self { Some(*method) } else { None }
    }

    /// The customer; `None` for another type of object.
    pub fn customer(self) -> Option<CustomerSnapshot> {
        if let Object::Customer(customer) = self { Some(customer) } else { None }
    }
}
