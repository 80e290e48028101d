//! Parts of refusals: field violations, rights, broken rules and the party that can fix the cause.

use std::fmt;

/// A mistake in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Name of the field in the message.
    pub field: String,
    /// Description of the mistake, a sentence.
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// A right of a caller of the adapter.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Right {
    /// Authorize, Capture, Void and other payment methods.
    Charge,
    /// Refund, DecideRefund and ReportOrderFailed.
    Refund,
    /// Methods for stored cards and customers.
    Cards,
    /// Every method that only reads.
    Read,
    /// Runs the jobs of the relay.
    Jobs,
    /// The field `accept_rules` of ImportPayment. No method needs the right alone.
    Import,
}

impl Right {
    /// Every right, in the order of the variants.
    pub const ALL: &'static [Right] = <Right as strum::VariantArray>::VARIANTS;

    /// Name of the right in settings and refusals.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The party that can remove the cause of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Fix {
    /// The payer, a customer of the billing platform.
    Payer,
    /// The operator of billing platform and relay.
    Operator,
    /// Stripe, or the passage of time.
    Processor,
}

impl Fix {
    /// Name of the party in metadata.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A policy rule that a request breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule's stable id: "amount.minimum".
    pub rule: &'static str,
    /// The stable reason: "AMOUNT_BELOW_MINIMUM".
    pub reason: &'static str,
    /// The party that can fix the cause.
    pub fix: Fix,
    /// The value that the operator configured, if any.
    pub configured: Option<String>,
    /// The value in the request, if any.
    pub actual: Option<String>,
    /// The message for the operator: the wrong value, and the next step.
    pub problem: String,
    /// The message for the payer.
    pub payer_message: String,
}
