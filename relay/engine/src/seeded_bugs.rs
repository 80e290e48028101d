//! Deliberate bugs inside the engine for the chaos test; the other deliberate bugs are decorators
//! of the ports. Without the feature `chaos`, each function returns `false`.

use causeway_domain::{
    observation::{EventObject, Observation},
    payment::{
        Payment, State,
        observe::{self, RequestedEffect},
    },
};
use causeway_ports::events::PaymentEvent;
use jiff::Timestamp;

/// Whether a different request under the same id counts as the same request.
pub(crate) fn ignores_fingerprints() -> bool {
    causeway_runtime::bug!("fingerprint_ignored")
}

/// Whether copies of a request run concurrently.
pub(crate) fn unlocked() -> bool {
    causeway_runtime::bug!("unique_dropped")
}

/// Whether an event's PaymentIntent moves the payment regardless of the event's age.
pub(crate) fn without_rank(about: &PaymentEvent) -> bool {
    causeway_runtime::bug!("webhook_without_rank")
        && about.about_intent
        && matches!(about.object, EventObject::Intent(_))
}

/// Moves a payment to the event's state, ignoring all later changes.
pub(crate) fn move_without_rank(about: &PaymentEvent, payment: &mut Payment, now: Timestamp) -> String {
    if let EventObject::Intent(intent) = &about.object {
        let seen = Observation::Intent(intent.clone());
        payment.state = State::Started;
        *payment = observe::apply(payment.clone(), RequestedEffect::Nothing, seen, now).aggregate;
    }
    "an event moved the payment without regard to its age".to_owned()
}
