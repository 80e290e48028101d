//! The answer of a processor, and the objects in it.

use causeway_domain::observation::{
    CustomerSnapshot, IntentSnapshot, MethodSnapshot, Observation, RefundSnapshot, Rejection, SetupSnapshot,
};

/// An object as the processor shows it.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// A PaymentIntent.
    Intent(Box<IntentSnapshot>),
    /// A refund.
    Refund(Box<RefundSnapshot>),
    /// A SetupIntent.
    Setup(Box<SetupSnapshot>),
    /// A PaymentMethod.
    Method(Box<MethodSnapshot>),
    /// A customer.
    Customer(CustomerSnapshot),
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum ProcessorReply {
    /// Done, and this is the object.
    Succeeded {
        /// The object.
        object: Object,
        /// `Request-Id`, for the processor's support.
        request: String,
    },
    /// Done, with an object that does not read as the expected one: neither success nor failure.
    Unreadable {
        /// What is wrong with it, for the operator.
        why: String,
        /// `Request-Id`, for the processor's support.
        request: String,
    },
    /// A definitive no: nothing was done.
    Rejected {
        /// Why.
        rejection: Box<Rejection>,
        /// `Request-Id`, for the processor's support.
        request: String,
    },
    /// No answer that could be believed.
    NoAnswer {
        /// What was seen instead, for the operator.
        why: String,
    },
    /// An error that is kept as the answer to this key: asking again tells nothing more.
    PersistedError {
        /// The processor's words, for the operator.
        why: String,
    },
    /// The key stands for a request with other parameters: this one was not looked at, and the
    /// outcome of that one is not known here.
    KeyConflict {
        /// The processor's words, for the operator.
        why: String,
    },
}

impl ProcessorReply {
    /// Whether there was no answer, so that asking again may tell.
    pub fn is_silence(&self) -> bool {
        matches!(self, ProcessorReply::NoAnswer { .. })
    }

    /// The reply as an observation, with the processor's `Request-Id`.
    pub fn into_observation(self) -> (Observation, Option<String>) {
        match self {
            ProcessorReply::Succeeded { object, request } => (object.into(), Some(request)),
            ProcessorReply::Unreadable { why, request } => (Observation::Lost { why }, Some(request)),
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
    /// The object.
    Is(T),
    /// There is none.
    Missing,
    /// The processor said no, for another reason.
    Rejected(Box<Rejection>),
    /// The object does not read.
    Unreadable {
        /// What is wrong with it, for the operator.
        why: String,
    },
    /// No answer that could be believed.
    Silent {
        /// What was seen instead, for the operator.
        why: String,
    },
}

impl ProcessorReply {
    /// Reads the reply to a look-up. `take` gives the object where it is of the right type.
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
    /// The PaymentIntent, if it is one.
    pub fn intent(self) -> Option<IntentSnapshot> {
        if let Object::Intent(intent) = self { Some(*intent) } else { None }
    }

    /// The PaymentMethod, if it is one.
    pub fn method(self) -> Option<MethodSnapshot> {
        if let Object::Method(method) = self { Some(*method) } else { None }
    }

    /// The customer, if it is one.
    pub fn customer(self) -> Option<CustomerSnapshot> {
        if let Object::Customer(customer) = self { Some(customer) } else { None }
    }
}
