//! Refusals for limits: a share of one tenant or caller, or the size of an answer.

use std::time::Duration;

use super::Refusal;

/// The limit that a request would exceed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// One tenant or caller has used up its share of a resource; the rest is for the others.
    #[error(
        "this call has begun nothing, because {whose} has used up its share: {what}; ask again with the same request id"
    )]
    Share {
        /// Owner of the share: "tenant acme", "caller billing".
        whose: String,
        /// The resource with the size of the share, for the message.
        what: String,
        /// How long to wait before a retry.
        retry_after: Duration,
    },
    /// The maximum of watchers is reached; more would delay payments.
    #[error("{whose} has {most} watchers already, the most that are served; end one of them")]
    Watchers {
        /// Owner of the watchers: "tenant acme", "caller billing", "this adapter".
        whose: String,
        /// The maximum number of watchers of that owner.
        most: usize,
    },
    /// A list is larger than one answer may be, and the request names no page size.
    #[error(
        "the answer would be larger than {most} bytes, the most that is sent at once; give page_size, and follow next_page_token"
    )]
    Answer {
        /// The limit in bytes.
        most: usize,
    },
    /// The payment has so many refunds that another one would not fit into answers.
    #[error(
        "the payment has {refunds} refunds, which together are as large as an answer may be; make further refunds in Stripe's dashboard"
    )]
    Payment {
        /// Number of refunds of the payment.
        refunds: usize,
    },
}

impl Limit {
    /// The tenant or caller with the used up share, if any.
    pub(super) fn share_of(&self) -> Option<&str> {
        match self {
            Limit::Share { whose, .. } | Limit::Watchers { whose, .. } => Some(whose),
            Limit::Answer { .. } | Limit::Payment { .. } => None,
        }
    }

    /// The limit as a number, for the metadata of the refusal.
    pub(super) fn configured(&self) -> Option<String> {
        match self {
            Limit::Watchers { most, .. } | Limit::Answer { most } => Some(most.to_string()),
            Limit::Payment { refunds } => Some(refunds.to_string()),
            Limit::Share { .. } => None,
        }
    }

    /// How long to wait before a retry, if a retry helps.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Limit::Share { retry_after, .. } => Some(*retry_after),
            Limit::Watchers { .. } => Some(Duration::from_secs(1)),
            Limit::Answer { .. } | Limit::Payment { .. } => None,
        }
    }
}

impl From<Limit> for Refusal {
    fn from(limit: Limit) -> Refusal {
        Refusal::Limit(limit)
    }
}
