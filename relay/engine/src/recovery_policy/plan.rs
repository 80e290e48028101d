//! The action for an operation that began and whose outcome is not known. The one table, pure.
//!
//! Sending the same bytes under the same key is safe as long as Stripe remembers the key, which is
//! 24 hours (docs.stripe.com/api/idempotent_requests). But a payer's money is not asked for long
//! after billing has turned to something else: then the payment is only looked for. No operation
//! is ever asked for under a new key.

use causeway_domain::operation::Operation;
use jiff::SignedDuration;

use crate::config::RecoveryLimits;

/// The side that wants to know the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Billing, with the same request again: it still wants the effect.
    Billing,
    /// The relay by itself.
    Recovery,
}

/// The action for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryAction {
    /// Send the same bytes under the same key; and where that tells nothing, look.
    Resend,
    /// Look, which moves nothing at the processor.
    Look,
}

/// The action for an operation of this age.
pub fn action(
    operation: &Operation,
    asker: Asker,
    age: SignedDuration,
    limits: &RecoveryLimits,
) -> RecoveryAction {
    // Stripe keeps an answer to the key that tells nothing, and once Stripe forgets that answer,
    // sending would be asking for something new.
    if operation.key_spent || age >= limits.key_lives {
        return RecoveryAction::Look;
    }
    match asker {
        Asker::Billing => RecoveryAction::Resend,
        Asker::Recovery if operation.kind().takes_money() && age >= limits.charge_not_after => {
            RecoveryAction::Look
        }
        Asker::Recovery => RecoveryAction::Resend,
    }
}

#[cfg(test)]
mod tests;
