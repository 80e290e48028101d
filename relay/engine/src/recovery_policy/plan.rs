//! The recovery action for an operation of unknown outcome, as a pure function.
//!
//! A resend of the same bytes under the same key is safe while Stripe remembers the key, which is
//! 24 hours (docs.stripe.com/api/idempotent_requests). A charge is not resent for that long,
//! because billing may have given up the payment: after `charge_not_after`, the payment is only
//! looked up. No operation is ever sent under a new key.

use causeway_domain::operation::Operation;
use jiff::SignedDuration;

use crate::config::RecoveryLimits;

/// The side that asks for the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryTrigger {
    /// Billing, with a repeated request: the effect is still wanted.
    Billing,
    /// The relay's recovery worker, without a request from billing.
    Recovery,
}

/// The recovery action for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryAction {
    /// Send the same bytes under the same key, and look up the object if the outcome stays unknown.
    Resend,
    /// Look up the object, which changes no object at the processor.
    Look,
}

/// The recovery action for an operation of the given age.
pub fn action(
    operation: &Operation,
    trigger: RecoveryTrigger,
    age: SignedDuration,
    limits: &RecoveryLimits,
) -> RecoveryAction {
    // Stripe has stored an answer without an outcome under the key. Once Stripe forgets the key, a
    // resend would create a second effect.
    if operation.key_spent || age >= limits.key_lives {
        return RecoveryAction::Look;
    }
    match trigger {
        RecoveryTrigger::Billing => RecoveryAction::Resend,
        RecoveryTrigger::Recovery if operation.kind().takes_money() && age >= limits.charge_not_after => {
            RecoveryAction::Look
        }
        RecoveryTrigger::Recovery => RecoveryAction::Resend,
    }
}

#[cfg(test)]
mod tests;
