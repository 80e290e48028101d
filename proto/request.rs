//! Requests of the billing platform, parsed and validated.
//!
//! Each request type has a `read` function that converts the protobuf message into checked fields,
//! or refuses the message with every mistake at once. The adapter reads a request to save a round
//! trip; the relay reads the request again because the relay does not trust the adapter.

use crate::{
    refusal::{Refusal, Violation},
    text::RequestId,
};

/// Authorize: hold an amount, or charge the amount at once.
pub mod authorize;
/// The instrument that pays: PaymentMethod, card token or raw card.
pub mod instrument;
/// The customer of the billing platform.
pub mod customer;
/// Stored cards and their customers.
pub mod cards;
/// Payment options and policy checks, without a payment.
pub mod ask;
/// The rules that an import may set aside.
pub mod accept;
/// Capture, Refund and Void of an existing payment.
pub mod follow_up;
/// Later steps of a payment: confirm, release, report a failed order, decide a refund, import.
pub mod later;
/// Look-up and listing of payments.
pub mod lookup;
/// Watched events, synchronized payments, orders and jobs.
pub mod watch;

pub use accept::ImportRule;
pub use ask::{Check, Options};
pub use authorize::{AskedAmount, Authorize};
pub use cards::{
    AskedCurrency, DeactivateCustomer, DeleteCard, ListCards, PutCustomer, SetDefaultCard, Tokenize,
};
pub use customer::Customer;
pub use follow_up::{Capture, Refund, RefundReason, Void};
pub use instrument::{Instrument, Reuse};
pub use later::{
    Confirm, DecideRefund, ImportPayment, OrderFailure, ReleaseHold, ReleaseReason, ReportOrderFailed,
};
pub use lookup::{Listing, ListingPage, Lookup, PageToken};
pub use watch::{Job, OrderView};

/// Id of a payment in Causeway, a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct PaymentId(pub uuid::Uuid);

impl PaymentId {
    /// Reads a UUID in the hyphenated form.
    pub fn parse(text: &str) -> Result<PaymentId, &'static str> {
        let shape = "it is not the id of a payment, a UUID as in \"01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d\"";
        if text.len() != 36 {
            return Err(shape);
        }
        uuid::Uuid::try_parse(text).map(PaymentId).map_err(|_| shape)
    }
}

impl std::fmt::Display for PaymentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

/// The maximum number of mistakes that one refusal lists.
const MAX_TOLD: usize = 16;

/// Collects the mistakes of a request while the fields are read.
#[derive(Default)]
pub(crate) struct Form {
    violations: Vec<Violation>,
    unknown_currency: Option<String>,
}

impl Form {
    /// Returns the value of a field, or records the mistake.
    pub(crate) fn field<T, E: std::fmt::Display>(&mut self, name: &str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(name, error.to_string());
                None
            }
        }
    }

    /// Reads a field that may be empty. `None` is a mistake, `Some(None)` is an empty field.
    pub(crate) fn optional<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        text: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if text.is_empty() {
            return Some(None);
        }
        self.field(name, read(text)).map(Some)
    }

    /// Reads an amount. A currency that does not exist is recorded apart, because a separate
    /// refusal reports an unknown currency.
    pub(crate) fn money(
        &mut self,
        name: &str,
        wire: Option<&crate::v1::Money>,
    ) -> Option<crate::money::PositiveMoney> {
        use crate::{
            currency::CurrencyError,
            money::{MoneyError, PositiveMoney},
        };
        let Some(wire) = wire else {
            self.wrong(
                name,
                "it is missing; give an amount and a currency, as in \"12.50\" \"USD\"".to_owned(),
            );
            return None;
        };
        let read = PositiveMoney::from_wire(wire);
        if let Err(MoneyError::Currency(CurrencyError::Unknown(code))) = &read {
            self.unknown_currency = Some(code.clone());
        }
        let part = if matches!(read, Err(MoneyError::Currency(_))) {
            format!("{name}.currency")
        } else {
            name.to_owned()
        };
        self.field(&part, read)
    }

    /// Reads an amount that may be absent.
    pub(crate) fn optional_money(
        &mut self,
        name: &str,
        wire: Option<&crate::v1::Money>,
    ) -> Option<Option<crate::money::PositiveMoney>> {
        match wire {
            None => Some(None),
            Some(_) => self.money(name, wire).map(Some),
        }
    }

    /// Whether the answer may come before the outcome.
    pub(crate) fn asynchronous(&mut self, wire: i32) -> Option<bool> {
        use crate::v1::AnswerMode;
        match AnswerMode::try_from(wire) {
            Ok(AnswerMode::Unspecified | AnswerMode::Sync) => Some(false),
            Ok(AnswerMode::Async) => Some(true),
            Err(_) => {
                self.wrong("answer_mode", format!("{wire} is not an answer mode; 1 is SYNC, 2 is ASYNC"));
                None
            }
        }
    }

    /// Records a mistake in a field.
    pub(crate) fn wrong(&mut self, field: &str, problem: String) {
        self.violations.push(Violation { field: field.to_owned(), problem });
    }

    /// The mistakes so far, at most as many as one refusal lists.
    pub(crate) fn violations(mut self) -> Vec<Violation> {
        self.cut();
        self.violations
    }

    /// Limits the list: a hundred mistakes do not fit into the headers of a refusal.
    fn cut(&mut self) {
        if let Some(more) = self.violations.len().checked_sub(MAX_TOLD).filter(|more| *more > 0) {
            self.violations.truncate(MAX_TOLD);
            self.wrong("…", format!("and {more} more"));
        }
    }

    /// Adds mistakes that are policy rules after the mistakes of form. Without mistakes of form,
    /// the policy check reports the rules later.
    pub(crate) fn follow(&mut self, later: &[Violation]) {
        if !self.violations.is_empty() {
            self.violations.extend_from_slice(later);
        }
    }

    /// The refusal that lists every mistake; called when a field is missing.
    pub(crate) fn refusal(mut self) -> Refusal {
        self.cut();
        match (self.unknown_currency, self.violations.len()) {
            (Some(given), 1) => Refusal::CurrencyUnknown { given },
            _ => Refusal::MalformedRequest(self.violations),
        }
    }

    /// The parsed request, if no field is missing and no mistake was recorded.
    pub(crate) fn finish<T>(self, parts: Option<T>) -> Result<T, Refusal> {
        match parts {
            Some(parts) if self.violations.is_empty() => Ok(parts),
            _ => Err(self.refusal()),
        }
    }

    /// Reads the request id, which every request that changes state carries.
    pub(crate) fn request_id(&mut self, text: &str) -> Option<RequestId> {
        self.field("request_id", RequestId::parse(text))
    }
}
