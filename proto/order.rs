//! What billing asks for, once its form is right.
//!
//! Each request has a `read` here that turns the message into a type of checked
//! parts, or tells everything that is wrong with it at once. The adapter reads to
//! spare a round trip, the relay reads because it trusts nobody.

use crate::{
    refusal::{Refusal, Violation},
    text::RequestId,
};

/// Hold an amount, or take it at once.
pub mod authorize;
/// What pays.
pub mod instrument;
/// Who pays.
pub mod customer;
/// Kept cards and whose they are.
pub mod cards;
/// Ask what could be paid.
pub mod ask;
/// Take a held amount; give captured money back; ask for a void.
pub mod follow_up;
/// What becomes of a payment later.
pub mod later;
/// Look at payments.
pub mod lookup;
/// Watch, pull, see an order, run a job.
pub mod watch;

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
pub use lookup::{Listing, Lookup};
pub use watch::{Job, OrderView};

/// Our id of a payment, a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct PaymentId(pub uuid::Uuid);

impl PaymentId {
    /// Reads a UUID in its hyphenated form.
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

/// The most mistakes that one refusal tells.
const MOST_TOLD: usize = 16;

/// Collects what is wrong with a request while its fields are read.
#[derive(Default)]
pub(crate) struct Form {
    violations: Vec<Violation>,
    unknown_currency: Option<String>,
}

impl Form {
    /// Keeps the value of a field, or what is wrong with it.
    pub(crate) fn field<T, E: std::fmt::Display>(&mut self, name: &str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(name, error.to_string());
                None
            }
        }
    }

    /// Reads a field that may be empty. `None` is a mistake, `Some(None)` is empty.
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

    /// Reads an amount; a currency that does not exist is remembered, because
    /// that has a refusal of its own.
    pub(crate) fn money(
        &mut self,
        name: &str,
        wire: Option<&crate::v1::Money>,
    ) -> Option<crate::money::Money> {
        use crate::{
            currency::CurrencyError,
            money::{Money, MoneyError},
        };
        let Some(wire) = wire else {
            self.wrong(
                name,
                "it is missing; give an amount and a currency, as in \"12.50\" \"USD\"".to_owned(),
            );
            return None;
        };
        let read = Money::from_wire(wire);
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
    ) -> Option<Option<crate::money::Money>> {
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

    /// Notes a mistake.
    pub(crate) fn wrong(&mut self, field: &str, problem: String) {
        self.violations.push(Violation { field: field.to_owned(), problem });
    }

    /// What is wrong so far, as much of it as one refusal tells.
    pub(crate) fn violations(mut self) -> Vec<Violation> {
        self.cut();
        self.violations
    }

    /// A hundred mistakes would not fit into the headers that a refusal travels in.
    fn cut(&mut self) {
        if let Some(more) = self.violations.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
            self.violations.truncate(MOST_TOLD);
            self.wrong("…", format!("and {more} more"));
        }
    }

    /// Mistakes that are rules, told after the form's own. Where there are none of
    /// those, they wait for their turn.
    pub(crate) fn follow(&mut self, later: &[Violation]) {
        if !self.violations.is_empty() {
            self.violations.extend_from_slice(later);
        }
    }

    /// The refusal that tells all mistakes; called when a part is missing.
    pub(crate) fn refusal(mut self) -> Refusal {
        self.cut();
        match (self.unknown_currency, self.violations.len()) {
            (Some(given), 1) => Refusal::CurrencyUnknown { given },
            _ => Refusal::MalformedRequest(self.violations),
        }
    }

    /// The parts, if none is missing and nothing is wrong.
    pub(crate) fn finish<T>(self, parts: Option<T>) -> Result<T, Refusal> {
        match parts {
            Some(parts) if self.violations.is_empty() => Ok(parts),
            _ => Err(self.refusal()),
        }
    }

    /// Every changing request has one.
    pub(crate) fn request_id(&mut self, text: &str) -> Option<RequestId> {
        self.field("request_id", RequestId::parse(text))
    }
}
