//! Deliberate mistakes that only the engine can make, for the chaos test; the others are decorators
//! of the ports around it. Without the feature `chaos` each of these is `false`.

use causeway_domain::{
    observation::{EventObject, Observation},
    payment::{
        Payment, State,
        observe::{self, RequestedEffect},
    },
};
use causeway_ports::events::PaymentEvent;
use jiff::Timestamp;

/// Another request under the same id counts as the same one.
pub(crate) fn ignores_fingerprints() -> bool {
    causeway_runtime::bug!("fingerprint_ignored")
}

/// Copies of a request do not wait for each other.
pub(crate) fn unlocked() -> bool {
    causeway_runtime::bug!("unique_dropped")
}

/// The PaymentIntent of an event moves the payment, however old the event is.
pub(crate) fn without_rank(about: &PaymentEvent) -> bool {
    causeway_runtime::bug!("webhook_without_rank")
        && about.about_intent
        && matches!(about.object, EventObject::Intent(_))
}

/// Moves a payment to the state that an event shows, as if nothing had moved it since.
pub(crate) fn move_without_rank(about: &PaymentEvent, payment: &mut Payment, now: Timestamp) -> String {
    if let EventObject::Intent(intent) = &about.object {
        let seen = Observation::Intent(intent.clone());
        payment.state = State::Started;
        *payment = observe::apply(payment.clone(), RequestedEffect::Nothing, seen, now).aggregate;
    }
    "an event moved the payment without regard to its age".to_owned()
}
