//! The priority of calls to Stripe while the rate limit holds calls back.

/// The priority of a call, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// A payer waits for a payment, or for a look-up of the PaymentMethod.
    Authorize,
    /// Capture and release: the payer has left, and a hold lapses.
    Settle,
    /// Refunds: money goes back to a payer.
    Refund,
    /// Repetitions and look-ups of requests with an unknown outcome.
    Recovery,
    /// Lists, for jobs and for look-ups by operators.
    Read,
}

impl Priority {
    /// Every variant, the most urgent first.
    pub(crate) const ALL: [Priority; 5] =
        [Priority::Authorize, Priority::Settle, Priority::Refund, Priority::Recovery, Priority::Read];

    /// Whether the call has no waiting caller.
    pub(crate) fn is_background(self) -> bool {
        matches!(self, Priority::Recovery | Priority::Read)
    }
}

#[cfg(test)]
mod tests {
    use super::Priority;

    #[test]
    fn the_most_urgent_is_first() {
        assert!(Priority::ALL.is_sorted());
    }
}
