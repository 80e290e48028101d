//! The ways in which a tenant or a caller can ask for too much.

/// A way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Payments, half of them at a processor with Stripe's rate limit.
    Operations,
    /// Streams of events.
    WatchPlaces,
    /// Single payments.
    Reads,
    /// Pages of a hundred payments.
    LongLists,
    /// Large orders whose answers get no window.
    UnreadAnswers,
    /// Signed webhooks.
    Webhooks,
    /// Payments that are answered before they are made.
    Asynchronous,
    /// Payments with as much metadata as a payment may have.
    JournalRoom,
    /// More calls at the same time than a connection of the link has streams.
    LinkStreams,
    /// Messages near the limit of 128 KiB.
    LargeMessages,
    /// Background jobs on request.
    RunJob,
    /// Payments that the operator's rules refuse.
    Refusals,
}

impl Way {
    /// Every way, in the order of the table.
    pub(crate) const ALL: [Way; 12] = [
        Way::Operations,
        Way::WatchPlaces,
        Way::Reads,
        Way::LongLists,
        Way::UnreadAnswers,
        Way::Webhooks,
        Way::Asynchronous,
        Way::JournalRoom,
        Way::LinkStreams,
        Way::LargeMessages,
        Way::RunJob,
        Way::Refusals,
    ];

    /// The name in the table and in arguments.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Way::Operations => "operations",
            Way::WatchPlaces => "watch-places",
            Way::Reads => "reads",
            Way::LongLists => "long-lists",
            Way::UnreadAnswers => "unread-answers",
            Way::Webhooks => "webhooks",
            Way::Asynchronous => "asynchronous",
            Way::JournalRoom => "journal-room",
            Way::LinkStreams => "link-streams",
            Way::LargeMessages => "large-messages",
            Way::RunJob => "run-job",
            Way::Refusals => "refusals",
        }
    }

    /// The way of a name.
    pub(crate) fn named(name: &str) -> Way {
        Way::ALL.into_iter().find(|way| way.name() == name).unwrap()
    }

    /// Number of calls, streams or connections at the same time.
    pub(crate) fn at_once(self) -> usize {
        match self {
            Way::WatchPlaces => 5_500,
            Way::LinkStreams => 3_000,
            Way::UnreadAnswers => 1_000,
            Way::Operations | Way::Asynchronous | Way::Reads | Way::Refusals => 512,
            Way::LongLists | Way::JournalRoom | Way::LargeMessages | Way::RunJob => 128,
            Way::Webhooks => 64,
        }
    }
}
