//! Which events a payment makes, and which it has made.
//!
//! Events are no by-product of how something was heard of: they follow from what the
//! payment is. What there is to tell and was not told yet is told with the change that
//! shows it, in the same transaction. So the same life makes the same events, whatever
//! order its news came in, however often, and whatever was lost.

use causeway::{order::authorize::CaptureMode, v1::EventKind};

use super::{DisputeState, Payment, RefundState, State};

/// What a payment has told.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EmittedEvents {
    /// Once each.
    marks: Vec<EventKey>,
    /// Whether it was told last that nobody knows an outcome.
    unknown: bool,
}

/// Something that is told once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum EventKey {
    /// The payer has to act.
    ActionRequired,
    /// It is held.
    Authorized,
    /// The hold ends soon.
    Expiring,
    /// It was taken.
    Captured,
    /// The bank or Stripe said no.
    Declined,
    /// It had no effect.
    NotCharged,
    /// The hold was given back.
    Released,
    /// The hold lapsed.
    Expired,
    /// Given up before a hold.
    Canceled,
    /// A refund is there.
    RefundCreated(uuid::Uuid),
    /// It went through.
    RefundSucceeded(uuid::Uuid),
    /// It did not, or came back.
    RefundFailed(uuid::Uuid),
    /// A dispute is there.
    DisputeOpened(String),
    /// Evidence was sent, so many times.
    DisputeUpdated(String, u32),
    /// What was an inquiry is a dispute: the money was taken.
    DisputeEscalated(String),
    /// It is over.
    DisputeClosed(String),
    /// Something does not fit: which of them.
    Alarm(usize),
}

/// What is told, once or whenever it is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingEvent {
    /// Once.
    Once(EventKey),
    /// Nobody knows an outcome.
    Unknown,
    /// It is known now.
    Resolved,
}

/// Which alarm it is. Never to change: billing reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum AlarmKind {
    /// An object of ours at Stripe that the journal does not know.
    Orphan,
    /// An amount or a currency that does not agree.
    Mismatch,
    /// Something that cannot follow what was.
    Contradiction,
    /// Money that came after the payment was given up.
    LateSuccess,
    /// A hold that could not be renewed.
    RenewalFailed,
    /// An event that could not be worked on.
    EventStuck,
    /// A payment that Stripe does not know.
    MissingAtProcessor,
    /// An operation that nobody could find out about.
    Unresolved,
    /// A payment that was unknown, and billing has taken another one for the same.
    SecondSuccess,
    /// An idempotency key that Stripe keeps for another request.
    KeyReused,
}

impl AlarmKind {
    /// All of them, with what each is about; docs/events.md has a row for each.
    pub const ALL: [(AlarmKind, &'static str, &'static str); 10] = [
        (
            AlarmKind::Orphan,
            "ORPHAN",
            "Stripe has an object with our marks that the journal does not know, as after a journal was lost. Nothing is done with it.",
        ),
        (
            AlarmKind::Mismatch,
            "MISMATCH",
            "Stripe shows another amount or currency than was asked for. It is not believed, and the payment stays as it was.",
        ),
        (
            AlarmKind::Contradiction,
            "CONTRADICTION",
            "Stripe shows something that cannot follow what was, as money on a payment that is over. The payment stays as it was.",
        ),
        (
            AlarmKind::LateSuccess,
            "LATE_SUCCESS",
            "A payment that was given up succeeded after all. The money is given back by itself; the events tell how that goes.",
        ),
        (
            AlarmKind::RenewalFailed,
            "RENEWAL_FAILED",
            "A hold could not be renewed. The old one stands until it lapses.",
        ),
        (
            AlarmKind::EventStuck,
            "EVENT_STUCK",
            "An event of Stripe's could not be worked on for a day. SyncPayment does the same for its payment.",
        ),
        (
            AlarmKind::MissingAtProcessor,
            "MISSING_AT_PROCESSOR",
            "Stripe does not know the PaymentIntent of a payment in the journal, as with a key of another account.",
        ),
        (
            AlarmKind::Unresolved,
            "UNRESOLVED",
            "For three days nobody could find out how an operation ended. It is not looked at by itself any more; the job `open` does.",
        ),
        (
            AlarmKind::SecondSuccess,
            "SECOND_SUCCESS",
            "A payment that was unknown went through, and another payment of the same billing reference did too. One of them may have to be given back.",
        ),
        (
            AlarmKind::KeyReused,
            "KEY_REUSED",
            "Stripe keeps the idempotency key of a request for one with other parameters, as after a journal was restored from an older copy. What became of that one is not known here, so nothing is sent again and nobody says that nothing was done. Look for it in Stripe's dashboard.",
        ),
    ];

    /// Its name in events.
    pub fn as_str(self) -> &'static str {
        AlarmKind::ALL.iter().find(|(code, ..)| *code == self).map_or("", |(_, name, _)| name)
    }
}

impl EventKey {
    /// Which kind of event it is.
    pub fn kind(&self) -> EventKind {
        match self {
            EventKey::ActionRequired => EventKind::PaymentActionRequired,
            EventKey::Authorized => EventKind::PaymentAuthorized,
            EventKey::Expiring => EventKind::PaymentExpiring,
            EventKey::Captured => EventKind::PaymentCaptured,
            EventKey::Declined => EventKind::PaymentDeclined,
            EventKey::NotCharged => EventKind::PaymentNotCharged,
            EventKey::Released => EventKind::PaymentReleased,
            EventKey::Expired => EventKind::PaymentExpired,
            EventKey::Canceled => EventKind::PaymentCanceled,
            EventKey::RefundCreated(_) => EventKind::RefundCreated,
            EventKey::RefundSucceeded(_) => EventKind::RefundSucceeded,
            EventKey::RefundFailed(_) => EventKind::RefundFailed,
            EventKey::DisputeOpened(_) => EventKind::DisputeOpened,
            EventKey::DisputeUpdated(..) | EventKey::DisputeEscalated(_) => EventKind::DisputeUpdated,
            EventKey::DisputeClosed(_) => EventKind::DisputeClosed,
            EventKey::Alarm(_) => EventKind::Alarm,
        }
    }
}

impl Payment {
    /// What there is to tell now, in the order in which it is told. From then on it is
    /// told.
    pub fn pending_events(&mut self) -> Vec<PendingEvent> {
        let mut news = vec![];
        let unknown = self.is_unknown();
        if self.emitted.unknown && !unknown {
            news.push(PendingEvent::Resolved);
        }
        let due: Vec<_> = self.due().into_iter().filter(|key| !self.emitted.marks.contains(key)).collect();
        news.extend(due.iter().cloned().map(PendingEvent::Once));
        if !self.emitted.unknown && unknown {
            news.push(PendingEvent::Unknown);
        }
        self.emitted.marks.extend(due);
        self.emitted.unknown = unknown;
        news
    }

    /// Whether nobody knows the outcome of something.
    pub fn is_unknown(&self) -> bool {
        matches!(self.state, State::Unknown { .. })
            || self.open_capture.as_ref().is_some_and(|capture| capture.unknown)
            || self.open_release.as_ref().is_some_and(|release| release.unknown)
            || self.refunds.iter().any(|refund| matches!(refund.state, RefundState::Unknown { .. }))
    }

    /// All that it has to have told by now. What was passed without being seen is in it:
    /// what is captured by a call was held before.
    fn due(&self) -> Vec<EventKey> {
        let mut due = self.due_of_state();
        for refund in &self.refunds {
            due.extend(due_of_refund(refund.id, &refund.state, refund.processor_id.is_some()));
        }
        for dispute in &self.disputes {
            due.push(EventKey::DisputeOpened(dispute.id.clone()));
            due.extend(
                (1..=dispute.submissions).map(|number| EventKey::DisputeUpdated(dispute.id.clone(), number)),
            );
            let escalated = dispute.began_as_inquiry && !dispute.state.is_inquiry();
            due.extend(escalated.then(|| EventKey::DisputeEscalated(dispute.id.clone())));
            due.extend(dispute.state.is_closed().then(|| EventKey::DisputeClosed(dispute.id.clone())));
        }
        due.extend((0..self.contradictions.len()).map(EventKey::Alarm));
        due
    }

    fn due_of_state(&self) -> Vec<EventKey> {
        let warned = self.warned.then_some(EventKey::Expiring);
        let held = |then: Option<EventKey>| {
            [Some(EventKey::Authorized), warned.clone(), then].into_iter().flatten().collect()
        };
        match &self.state {
            State::Started | State::Pending | State::Unknown { .. } => vec![],
            State::ActionRequired { .. } => vec![EventKey::ActionRequired],
            State::Authorized { .. } => held(None),
            State::Captured { .. } if self.capture_mode == CaptureMode::Manual => {
                held(Some(EventKey::Captured))
            }
            State::Captured { .. } => vec![EventKey::Captured],
            State::Released => held(Some(EventKey::Released)),
            State::Expired { .. } => held(Some(EventKey::Expired)),
            State::Declined { .. } => vec![EventKey::Declined],
            State::NotCharged => vec![EventKey::NotCharged],
            State::Canceled => vec![EventKey::Canceled],
        }
    }
}

/// A refund that Stripe refused at once was never there.
fn due_of_refund(id: uuid::Uuid, state: &RefundState, at_stripe: bool) -> Vec<EventKey> {
    let created = at_stripe.then_some(EventKey::RefundCreated(id));
    let then = match state {
        RefundState::Submitted
        | RefundState::Rejected
        | RefundState::Started
        | RefundState::Unknown { .. }
        | RefundState::Pending => None,
        RefundState::Succeeded => Some(EventKey::RefundSucceeded(id)),
        RefundState::Failed { .. } | RefundState::Canceled | RefundState::Declined { .. } => {
            Some(EventKey::RefundFailed(id))
        }
    };
    created.into_iter().chain(then).collect()
}

impl DisputeState {
    /// What happened, for the timeline.
    pub fn spoken(self) -> &'static str {
        match self {
            DisputeState::Inquiry => "the payer's bank asks about it",
            DisputeState::InquiryUnderReview => "the bank looks at the answer to its inquiry",
            DisputeState::InquiryClosed => "the bank's inquiry is closed",
            DisputeState::NeedsResponse => "the payer's bank has taken it back and waits for evidence",
            DisputeState::UnderReview => "the bank looks at the evidence",
            DisputeState::Won => "the dispute is won",
            DisputeState::Lost => "the dispute is lost",
            DisputeState::Prevented => "the dispute was prevented",
        }
    }
}
