//! What refusals are made of: mistakes in fields, rights, rules and who can change them.

use std::fmt;

/// What one field has wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name in the message.
    pub field: String,
    /// What is wrong, in a sentence.
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// What a caller of the adapter may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Authorize, Capture, Void.
    Charge,
    /// Refund.
    Refund,
    /// Stored cards.
    Cards,
    /// Everything that only looks.
    Read,
    /// Run the relay's jobs.
    Jobs,
}

impl Right {
    /// All of them.
    pub const ALL: [Right; 5] = [Right::Charge, Right::Refund, Right::Cards, Right::Read, Right::Jobs];

    /// Its name in settings and refusals.
    pub fn as_str(self) -> &'static str {
        match self {
            Right::Charge => "charge",
            Right::Refund => "refund",
            Right::Cards => "cards",
            Right::Read => "read",
            Right::Jobs => "jobs",
        }
    }
}

/// Who can remove the reason of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fix {
    /// The person who pays.
    Payer,
    /// Whoever runs billing and relay.
    Operator,
    /// Stripe, or time.
    Processor,
}

impl Fix {
    /// Its name in metadata.
    pub fn as_str(self) -> &'static str {
        match self {
            Fix::Payer => "payer",
            Fix::Operator => "operator",
            Fix::Processor => "processor",
        }
    }
}

/// A rule that an order breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule's stable id: "amount.minimum".
    pub rule: &'static str,
    /// The stable reason: "AMOUNT_BELOW_MINIMUM".
    pub reason: &'static str,
    /// Who can change it.
    pub fix: Fix,
    /// What the operator set, where there is such a value.
    pub configured: Option<String>,
    /// What the order has, where there is such a value.
    pub actual: Option<String>,
    /// For the operator: what was wrong with which value, and what to do.
    pub problem: String,
    /// For the payer.
    pub payer_message: String,
}
