//! Projection of events from a payment, and the events emitted so far.
//!
//! Events follow from the state of the payment and not from the source of an observation. Each due event
//! that has not been emitted is emitted with the change that shows the event, in the same transaction. The
//! same history of a payment therefore makes the same events, even when observations arrive out of order or
//! repeatedly, or when some are lost.

use causeway::{request::authorize::CaptureMode, v1::EventKind};

use super::{DisputeState, Payment, RefundState, State};

/// The events that a payment has emitted.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EmittedEvents {
    /// Keys of the emitted events, each at most once.
    marks: Vec<EventKey>,
    /// Whether the latest emitted event about the outcome says that an outcome is unknown.
    unknown: bool,
}

/// Key of an event that a payment emits at most once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum EventKey {
    /// The payer has to act on the payment.
    ActionRequired,
    /// The amount is held and can be captured.
    Authorized,
    /// The hold ends soon: the warning before the lapse.
    Expiring,
    /// The money was taken from the payer.
    Captured,
    /// The bank or Stripe declined the payment.
    Declined,
    /// An unknown outcome was resolved: no money moved.
    NotCharged,
    /// The hold was released without a capture.
    Released,
    /// The hold lapsed without a capture.
    Expired,
    /// The payment was given up before a hold.
    Canceled,
    /// A refund exists at Stripe; the refund's id in the relay.
    RefundCreated(uuid::Uuid),
    /// The refund with the given id succeeded.
    RefundSucceeded(uuid::Uuid),
    /// The refund with the given id failed, was canceled or was declined.
    RefundFailed(uuid::Uuid),
    /// A dispute was opened; the dispute's id at Stripe.
    DisputeOpened(String),
    /// Evidence was submitted; the number of the submission, from 1.
    DisputeUpdated(String, u32),
    /// An inquiry became a dispute: the bank has taken the money.
    DisputeEscalated(String),
    /// The dispute has ended; the dispute's id at Stripe.
    DisputeClosed(String),
    /// A contradiction was recorded; the index in `Payment::contradictions`.
    Alarm(usize),
}

/// An event that is due and has not been emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingEvent {
    /// An event that is emitted at most once per payment.
    Once(EventKey),
    /// An outcome is unknown. Emitted each time that an outcome becomes unknown.
    Unknown,
    /// The outcome of every operation is known again.
    Resolved,
}

/// Code of an alarm. Codes never change: billing platforms read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum AlarmKind {
    /// An object at Stripe with the relay's correlation metadata that the journal does not know.
    Orphan,
    /// An amount or a currency that differs from the request.
    Mismatch,
    /// An observation that cannot follow the state of the payment.
    Contradiction,
    /// Money that arrived after the payment was given up.
    LateSuccess,
    /// A hold that could not be renewed.
    RenewalFailed,
    /// A Stripe event that the handler could not process for a day.
    EventStuck,
    /// A payment with a PaymentIntent that Stripe does not know.
    MissingAtProcessor,
    /// An operation with an outcome that stays unknown after the last automatic retry.
    Unresolved,
    /// A payment with a formerly unknown outcome that succeeded beside another payment of
    /// the same billing reference.
    SecondSuccess,
    /// An idempotency key that Stripe keeps for a request with other parameters.
    KeyReused,
    /// A charge of a card of a brand that is not on the allowlist.
    BrandOffList,
}

impl AlarmKind {
    /// Every variant with the code on the wire and a description; docs/events.md has a row for each.
    pub const ALL: [(AlarmKind, &'static str, &'static str); 11] = [
        (
            AlarmKind::Orphan,
            "ORPHAN",
            "Stripe has an object with the relay's correlation metadata that is not in the journal, as after a journal was lost. The relay changes nothing about it.",
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
            "A payment that was given up succeeded after all. The relay returns the money by itself; events follow with the result.",
        ),
        (
            AlarmKind::RenewalFailed,
            "RENEWAL_FAILED",
            "A hold could not be renewed. The old one stands until it lapses.",
        ),
        (
            AlarmKind::EventStuck,
            "EVENT_STUCK",
            "An event of Stripe's could not be handled for a day. SyncPayment brings the payment of the event up to date.",
        ),
        (
            AlarmKind::MissingAtProcessor,
            "MISSING_AT_PROCESSOR",
            "Stripe does not know the PaymentIntent of a payment in the journal, as with a key of another account.",
        ),
        (
            AlarmKind::Unresolved,
            "UNRESOLVED",
            "The outcome of an operation is still unknown after three days. Recovery has ended; the job `open` looks the operation up once more.",
        ),
        (
            AlarmKind::SecondSuccess,
            "SECOND_SUCCESS",
            "A payment that was unknown went through, and another payment of the same billing reference did too. One of them may have to be given back.",
        ),
        (
            AlarmKind::KeyReused,
            "KEY_REUSED",
            "Stripe keeps the idempotency key of a request for one with other parameters, as after a journal was restored from an older copy. The outcome of that other request is not known here, so nothing is sent again, and no answer says that nothing was done. Look for the request in Stripe's dashboard.",
        ),
        (
            AlarmKind::BrandOffList,
            "BRAND_OFF_LIST",
            "A payment was made with a card of a brand that the operator's rules do not accept, as where Link or a wallet carries the card, or where the payer's browser has used another card. The payment stands; return the money if it may not.",
        ),
    ];

    /// Code in the alarm events.
    pub fn as_str(self) -> &'static str {
        AlarmKind::ALL.iter().find(|(code, ..)| *code == self).map_or("", |(_, name, _)| name)
    }
}

impl EventKey {
    /// Kind of the event in the contract.
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
    /// The due events in the order of emission. The call marks the returned events as emitted.
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

    /// Whether the outcome of any operation of the payment is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self.state, State::Unknown { .. })
            || self.open_capture.as_ref().is_some_and(|capture| capture.unknown)
            || self.open_release.as_ref().is_some_and(|release| release.unknown)
            || self.refunds.iter().any(|refund| matches!(refund.state, RefundState::Unknown { .. }))
    }

    /// Keys of every event that the current state implies. States that were passed unseen count: a payment
    /// captured by a capture call was held before.
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

/// Events of one refund. A refund that Stripe declined at once never existed there, so
/// [`EventKey::RefundCreated`] needs an id at Stripe.
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
    /// Sentence for the timeline, such as "the dispute is won".
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
