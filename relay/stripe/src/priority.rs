//! Which calls to Stripe go first when there are more than may be made.

/// The order of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// A payer waits for a payment, or for the card that pays.
    Authorize,
    /// Capture and release: the payer has gone, and a hold lapses.
    Settle,
    /// Money on its way back.
    Refund,
    /// Requests of before whose outcome is not known.
    Recovery,
    /// Lists, for jobs and for people's look-ups.
    Read,
}

impl Priority {
    /// All of them, the most urgent first.
    pub(crate) const ALL: [Priority; 5] =
        [Priority::Authorize, Priority::Settle, Priority::Refund, Priority::Recovery, Priority::Read];

    /// Whether no caller waits for it.
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
