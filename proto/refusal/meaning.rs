//! Attributes of each refusal: reason, broken rule, fixing party, message for the payer, and the
//! configured and actual values.

use std::time::Duration;

use super::{Fix, Limit, Refusal, words::rest};

/// Attributes of a refusal beside the message.
struct Facts {
    reason: &'static str,
    rule: &'static str,
    fix: Fix,
    sentence: Sentence,
}

/// The message for the payer. No sentence claims more than is certain: the refusal of a repeated
/// request does not know the outcome of the first request.
#[derive(Clone, Copy)]
enum Sentence {
    /// The message of the broken policy rule.
    Said,
    /// Another card can pay.
    OtherCard,
    /// The card is not ready for payments.
    FinishCard,
    /// The customer has no card yet.
    AddCard,
    /// The amount has to be changed.
    OtherAmount,
    /// The policy refused a new payment.
    NotMade,
    /// A payment or a follow-up was refused; the refusal does not tell which.
    NotDone,
    /// The payment cannot be completed at present.
    Wait,
    /// A follow-up was refused, and the payment is unchanged.
    Unchanged,
    /// An operation may be in flight.
    Processing,
}

impl Refusal {
    /// The stable reason, upper case: `ErrorInfo.reason`, and a page in docs/refusals.md.
    pub fn reason(&self) -> &'static str {
        self.facts().reason
    }

    /// The stable id of the rule that was broken.
    pub fn rule(&self) -> &'static str {
        self.facts().rule
    }

    /// The party that can fix the cause.
    pub fn fix(&self) -> Fix {
        if self.mistyped().is_some() { Fix::Payer } else { self.facts().fix }
    }

    /// The sentence about the mistyped card field, when card fields are the only violations.
    fn mistyped(&self) -> Option<&'static str> {
        let Refusal::MalformedRequest(violations) = self else { return None };
        let of_card = violations.iter().all(|violation| violation.field.starts_with("card."));
        match violations.first().filter(|_| of_card)?.field.as_str() {
            "card.number" => Some("Your card number is incorrect. Please check it."),
            "card.cvc" => Some("Your card's security code is incorrect. Please check it."),
            "card.exp_month" | "card.exp_year" => {
                Some("Your card's expiration date is incorrect. Please check it.")
            }
            _ => None,
        }
    }

    fn facts(&self) -> Facts {
        use Fix::{Operator, Payer, Processor};
        use Sentence::{
            AddCard, FinishCard, NotDone, NotMade, OtherAmount, OtherCard, Processing, Said, Unchanged, Wait,
        };
        #[rustfmt::skip]
        let (reason, rule, fix, sentence) = match self {
            Refusal::MalformedMessage => ("MALFORMED_MESSAGE", "form.message", Operator, NotDone),
            Refusal::MessageTooLarge { .. } => ("MESSAGE_TOO_LARGE", "form.size", Operator, NotDone),
            Refusal::MalformedRequest(_) => ("MALFORMED_REQUEST", "form.fields", Operator, NotDone),
            Refusal::MethodUnknown => ("METHOD_UNKNOWN", "form.method", Operator, NotDone),
            Refusal::CallerUnknown => ("CALLER_UNKNOWN", "caller.token", Operator, Wait),
            Refusal::RightMissing { .. } => ("RIGHT_MISSING", "caller.right", Operator, Wait),
            Refusal::LinkSignature { .. } => ("LINK_SIGNATURE", "link.signature", Operator, Wait),
            Refusal::LinkClock { .. } => ("LINK_CLOCK", "link.clock", Operator, Wait),
            Refusal::LinkReplay => ("LINK_REPLAY", "link.nonce", Operator, Wait),
            Refusal::Rule(broken) => (broken.reason, broken.rule, broken.fix, Said),
            Refusal::TextsBeyondLimits(_) => ("TEXTS_BEYOND_LIMITS", "order.texts", Operator, NotMade),
            Refusal::PaymentSystemUnknown { .. } => ("PAYMENT_SYSTEM_UNKNOWN", "payment_system.known", Operator, NotDone),
            Refusal::PaymentSystemUnnamed { .. } => ("PAYMENT_SYSTEM_UNNAMED", "payment_system.named", Operator, NotDone),
            Refusal::PaymentSystemMissing { .. } => ("PAYMENT_SYSTEM_MISSING", "payment_system.exists", Operator, Wait),
            Refusal::CurrencyUnknown { .. } => ("CURRENCY_UNKNOWN", "currency.known", Operator, NotDone),
            Refusal::AmountNotChargeable { .. } => ("AMOUNT_NOT_CHARGEABLE", "amount.chargeable", Payer, OtherAmount),
            Refusal::PaymentNotFound => ("PAYMENT_NOT_FOUND", "payment.exists", Operator, Unchanged),
            Refusal::CardNotFound => ("CARD_NOT_FOUND", "card.exists", Operator, NotDone),
            Refusal::CardDeleted { .. } => ("CARD_DELETED", "card.kept", Payer, OtherCard),
            Refusal::CardNotUsable { .. } => ("CARD_NOT_USABLE", "card.usable", Payer, FinishCard),
            Refusal::CardNotKept { .. } => ("CARD_NOT_KEPT", "card.keepable", Operator, NotDone),
            Refusal::DefaultCardMissing => ("DEFAULT_CARD_MISSING", "card.default", Payer, AddCard),
            Refusal::CardElsewhere { .. } => ("CARD_ELSEWHERE", "card.payment_system", Operator, NotMade),
            Refusal::NotComparable { .. } => ("REQUEST_NOT_COMPARABLE", "request.comparable", Operator, Processing),
            Refusal::RawCardsNotEnabled { .. } => ("RAW_CARDS_NOT_ENABLED", "card_data.enabled_at_stripe", Operator, NotMade),
            Refusal::ProcessorSilent { .. } => ("PROCESSOR_SILENT", "processor.answer", Processor, Wait),
            Refusal::RequestIdReused { .. } => ("REQUEST_ID_REUSED", "request.id", Operator, Wait),
            Refusal::PaymentBusy => ("PAYMENT_BUSY", "payment.one_at_a_time", Processor, Processing),
            Refusal::OutcomeUnknown { .. } => ("OUTCOME_UNKNOWN", "payment.known", Processor, Processing),
            Refusal::NotCapturable { .. } => ("NOT_CAPTURABLE", "capture.status", Operator, Unchanged),
            Refusal::NotRefundable { .. } => ("NOT_REFUNDABLE", "refund.status", Operator, Unchanged),
            Refusal::CaptureAboveHold { .. } => ("CAPTURE_ABOVE_HOLD", "capture.amount", Operator, Unchanged),
            Refusal::HoldExpired { .. } => ("HOLD_EXPIRED", "capture.hold", Operator, Unchanged),
            Refusal::RefundAboveLeft { .. } => ("REFUND_ABOVE_LEFT", "refund.amount", Operator, Unchanged),
            Refusal::OtherCurrency { .. } => ("OTHER_CURRENCY", "payment.currency", Operator, Unchanged),
            Refusal::ReleaseDisabled { .. } => ("RELEASE_DISABLED", "release.enabled", Operator, Unchanged),
            Refusal::NotReleasable { .. } => ("NOT_RELEASABLE", "release.status", Operator, Unchanged),
            Refusal::RefundNotFound => ("REFUND_NOT_FOUND", "refund.exists", Operator, Unchanged),
            Refusal::RefundNotSubmitted { .. } => ("REFUND_NOT_SUBMITTED", "refund.submitted", Operator, Unchanged),
            Refusal::RefundOwnApproval { .. } => ("REFUND_OWN_APPROVAL", "refund.two_people", Operator, Unchanged),
            Refusal::NotConfirmable { .. } => ("NOT_CONFIRMABLE", "confirm.status", Operator, Unchanged),
            Refusal::NotImportable { .. } => ("NOT_IMPORTABLE", "import.possible", Operator, NotDone),
            Refusal::CustomerNotFound => ("CUSTOMER_NOT_FOUND", "customer.exists", Operator, NotDone),
            Refusal::EventsAhead { .. } => ("EVENTS_AHEAD", "events.cursor", Operator, NotDone),
            Refusal::Limit(Limit::Watchers { .. }) => ("TOO_MANY_WATCHERS", "events.watchers", Operator, Wait),
            Refusal::Stopping => ("STOPPING", "program.runs", Operator, Wait),
            Refusal::ContractVersion { .. } => ("CONTRACT_VERSION_UNSUPPORTED", "contract.version", Operator, NotDone),
            Refusal::VoidUnsupported { .. } => ("VOID_UNSUPPORTED", "void.unsupported", Operator, Unchanged),
            Refusal::Overloaded { .. } => ("OVERLOADED", "relay.load", Operator, Wait),
            Refusal::Limit(Limit::Share { .. }) => ("OVERLOADED", "relay.share", Operator, Wait),
            Refusal::Limit(Limit::Answer { .. }) => ("ANSWER_TOO_LARGE", "answer.size", Operator, NotDone),
            Refusal::Limit(Limit::Payment { .. }) => ("PAYMENT_TOO_LARGE", "payment.size", Operator, Unchanged),
            Refusal::KeyRefused { .. } => ("STRIPE_KEY_REFUSED", "payment_system.key", Operator, Wait),
            Refusal::DeadlineTooShort { .. } => ("DEADLINE_TOO_SHORT", "caller.time", Operator, Wait),
            Refusal::JournalUnavailable => ("JOURNAL_UNAVAILABLE", "relay.journal", Operator, Wait),
            Refusal::JournalFull => ("JOURNAL_FULL", "relay.journal", Operator, Wait),
            Refusal::JournalDamaged => ("JOURNAL_DAMAGED", "relay.journal", Operator, Processing),
            Refusal::RelayUnreachable => ("RELAY_UNREACHABLE", "link.reachable", Operator, Wait),
            Refusal::AnswerLost => ("ANSWER_LOST", "link.answer", Operator, Processing),
            Refusal::OutOfTime => ("OUT_OF_TIME", "caller.deadline", Operator, Processing),
            Refusal::Internal => ("INTERNAL", "internal", Operator, Processing),
        };
        Facts { reason, rule, fix, sentence }
    }

    /// Whether Stripe was, or may have been, called on behalf of this request.
    pub fn stripe_contacted(&self) -> bool {
        matches!(
            self,
            Refusal::PaymentSystemMissing { began: true, .. }
                | Refusal::AnswerLost
                | Refusal::OutOfTime
                | Refusal::JournalDamaged
                | Refusal::Internal
                | Refusal::RawCardsNotEnabled { .. }
                | Refusal::ProcessorSilent { .. }
                | Refusal::NotImportable { .. }
        )
    }

    /// The message for the payer. Contains no ids, payment systems or settings.
    pub fn payer_message(&self) -> String {
        if let Refusal::Rule(broken) = self {
            return broken.payer_message.clone();
        }
        if let Some(sentence) = self.mistyped() {
            return sentence.to_owned();
        }
        let sentence = match self.facts().sentence {
            Sentence::Said | Sentence::OtherAmount => {
                "This amount cannot be paid. Please choose another one."
            }
            Sentence::OtherCard => "This card cannot be used. Please use another card.",
            Sentence::FinishCard => "This card is not ready. Please finish adding it, or use another card.",
            Sentence::AddCard => "There is no card to pay with yet. Please add one.",
            Sentence::NotMade => {
                "Your payment could not be made. You have not been charged for this attempt."
            }
            Sentence::NotDone => "This could not be done. Nothing has been changed.",
            Sentence::Wait => "Your payment cannot be completed right now. Please wait before you try again.",
            Sentence::Unchanged => "This could not be done. Your payment is unchanged.",
            Sentence::Processing => "Your payment is being processed. Please do not pay again.",
        };
        sentence.to_owned()
    }

    /// The earlier request that has to be repeated first, if any: operation and request id.
    pub fn pending(&self) -> Option<(&'static str, &str)> {
        if let Refusal::OutcomeUnknown { operation, request_id } = self {
            return Some((operation, request_id));
        }
        None
    }

    /// The tenant or caller with the used up share, if any.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most refusals have none")]
    pub fn share_of(&self) -> Option<&str> {
        match self {
            Refusal::Limit(limit) => limit.share_of(),
            _ => None,
        }
    }

    /// The configured value that was not met, if any.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most refusals have none")]
    pub fn configured(&self) -> Option<String> {
        match self {
            Refusal::Rule(broken) => broken.configured.clone(),
            Refusal::CurrencyUnknown { .. } => Some("ISO 4217".to_owned()),
            Refusal::AmountNotChargeable { why, .. } => Some((*why).to_owned()),
            Refusal::PaymentSystemUnknown { known, .. } => Some(known.join(", ")),
            Refusal::PaymentSystemUnnamed { systems } => Some(systems.join(", ")),
            Refusal::CardElsewhere { keeper, .. } => Some(keeper.clone()),
            Refusal::CaptureAboveHold { held, .. } => Some(held.to_string()),
            Refusal::RefundAboveLeft { left, .. } => Some(rest(left)),
            Refusal::HoldExpired { at } => Some(at.to_string()),
            Refusal::EventsAhead { last, .. } => Some(last.to_string()),
            Refusal::DeadlineTooShort { needed, .. } => Some(format!("{} ms", needed.as_millis())),
            Refusal::Limit(limit) => limit.configured(),
            Refusal::ContractVersion { least, newest, .. } => Some(format!("{least} to {newest}")),
            Refusal::ReleaseDisabled { hold_expires, .. } => hold_expires.map(|at| at.to_string()),
            Refusal::VoidUnsupported { hold_expires, .. } => hold_expires.map(|at| at.to_string()),
            Refusal::OtherCurrency { payment, .. } => Some(payment.to_string()),
            Refusal::LinkClock { now, .. } => Some(now.to_string()),
            _ => None,
        }
    }

    /// The actual value that did not meet the configured value, if any.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most refusals have none")]
    pub fn actual(&self) -> Option<String> {
        match self {
            Refusal::Rule(broken) => broken.actual.clone(),
            Refusal::TextsBeyondLimits(violations) => Some(
                violations.iter().map(|violation| violation.field.as_str()).collect::<Vec<_>>().join(", "),
            ),
            Refusal::PaymentSystemUnknown { given, .. } => Some(given.clone()),
            Refusal::DeadlineTooShort { left, .. } => Some(format!("{} ms", left.as_millis())),
            Refusal::CardElsewhere { asked, .. } => Some(asked.clone()),
            Refusal::CardNotUsable { status, .. } => Some((*status).to_owned()),
            Refusal::AmountNotChargeable { amount, .. } => Some(amount.to_string()),
            Refusal::CurrencyUnknown { given } => Some(given.clone()),
            Refusal::CaptureAboveHold { asked, .. } | Refusal::RefundAboveLeft { asked, .. } => {
                Some(asked.to_string())
            }
            Refusal::OtherCurrency { asked, .. } => Some(asked.to_string()),
            Refusal::EventsAhead { after, .. } => Some(after.to_string()),
            Refusal::ContractVersion { given, .. } => Some(given.clone()),
            Refusal::NotImportable { payment_intent, .. } => Some(payment_intent.clone()),
            Refusal::LinkClock { signed, .. } => Some(signed.to_string()),
            _ => None,
        }
    }

    /// Whether capacity or time was missing, while the request itself is valid.
    pub fn is_for_lack_of_room(&self) -> bool {
        matches!(
            self,
            Refusal::Overloaded { .. }
                | Refusal::Limit(Limit::Share { .. })
                | Refusal::DeadlineTooShort { .. }
        )
    }

    /// How long to wait before a retry, if a retry helps.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most refusals have none")]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Refusal::PaymentBusy => Some(Duration::from_millis(500)),
            Refusal::OutcomeUnknown { .. } => Some(Duration::from_secs(5)),
            Refusal::KeyRefused { .. } => Some(Duration::from_secs(10)),
            Refusal::ProcessorSilent { .. } | Refusal::JournalFull => Some(Duration::from_secs(5)),
            Refusal::Overloaded { retry_after, .. } => Some(*retry_after),
            Refusal::Limit(limit) => limit.retry_after(),
            Refusal::DeadlineTooShort { .. }
            | Refusal::JournalUnavailable
            | Refusal::RelayUnreachable
            | Refusal::AnswerLost
            | Refusal::Stopping
            | Refusal::OutOfTime => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}
