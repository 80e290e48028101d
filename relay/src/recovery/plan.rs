//! What is done about an operation that began and of which nobody knows how it ended. The
//! one table, pure.
//!
//! Sending the same bytes under the same key is safe as long as Stripe remembers the key,
//! which is 24 hours (docs.stripe.com/api/idempotent_requests). But what takes a payer's
//! money is not asked for long after billing has turned to something else: then it is only
//! looked for. Nobody ever asks under a new key.

use jiff::SignedDuration;

use crate::journal::Kind;

/// Stripe keeps a key for at least 24 hours. After that the same key would be a new charge,
/// so it is not sent any more one hour before.
pub const KEY_LIVES: SignedDuration = SignedDuration::from_hours(23);

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Billing, with the same request again: it still wants the effect.
    Billing,
    /// The relay by itself.
    Recovery,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The same bytes under the same key; and where that tells nothing, looking.
    Resend,
    /// Looking, which moves nothing at Stripe.
    Look,
}

/// What is done about an operation of this age. `not_after` is how long its effect may come
/// into being without billing asking again. `key_spent`: Stripe keeps an answer to its key that
/// tells nothing, so whoever asks again learns nothing, and once Stripe forgets that answer
/// would be asking for something new.
pub fn step(
    kind: Kind,
    asker: Asker,
    age: SignedDuration,
    not_after: SignedDuration,
    key_spent: bool,
) -> Step {
    if key_spent {
        return Step::Look;
    }
    if age >= KEY_LIVES && !causeway_runtime::bug!("resend_after_a_day") {
        return Step::Look;
    }
    match asker {
        Asker::Billing => Step::Resend,
        Asker::Recovery if takes_money(kind) && age >= not_after => Step::Look,
        Asker::Recovery => Step::Resend,
    }
}

/// Whether it holds or takes money of a payer's.
pub fn takes_money(kind: Kind) -> bool {
    match kind {
        Kind::Authorize | Kind::Confirm | Kind::RenewHold => true,
        // A capture takes what the payer has agreed to and the bank holds.
        Kind::Capture
        | Kind::Refund
        | Kind::DecideRefund
        | Kind::Tokenize
        | Kind::DeleteCard
        | Kind::SetDefaultCard
        | Kind::PutCustomer
        | Kind::ReleaseHold
        | Kind::ReportOrderFailed
        | Kind::ImportPayment
        | Kind::DeactivateCustomer => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT_AFTER: SignedDuration = SignedDuration::from_mins(10);

    /// Every kind, who asks, and both sides of each border.
    #[test]
    fn each_age_has_its_step() {
        for kind in Kind::ALL {
            let age = SignedDuration::from_mins;
            let at = |asker, minutes| step(kind, asker, age(minutes), NOT_AFTER, false);
            for asker in [Asker::Billing, Asker::Recovery] {
                assert_eq!(at(asker, 0), Step::Resend, "{kind:?}");
                assert_eq!(at(asker, 9), Step::Resend, "{kind:?}");
                assert_eq!(at(asker, 23 * 60), Step::Look, "{kind:?}");
                assert_eq!(at(asker, 100_000), Step::Look, "{kind:?}");
                assert_eq!(step(kind, asker, age(0), NOT_AFTER, true), Step::Look, "{kind:?}");
            }
            for minutes in [10, 60, 23 * 60 - 1] {
                assert_eq!(at(Asker::Billing, minutes), Step::Resend, "{kind:?}");
                let by_itself = if takes_money(kind) { Step::Look } else { Step::Resend };
                assert_eq!(at(Asker::Recovery, minutes), by_itself, "{kind:?}");
            }
        }
    }

    #[test]
    fn a_payer_is_asked_for_money_by_three_kinds() {
        let taking: Vec<_> = Kind::ALL.into_iter().filter(|kind| takes_money(*kind)).collect();
        assert_eq!(taking, [Kind::Authorize, Kind::Confirm, Kind::RenewHold]);
    }
}
