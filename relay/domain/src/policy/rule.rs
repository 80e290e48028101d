//! What a rule is, and what it finds.

use causeway::refusal::{Broken, Fix, Refusal};

use super::Case;

/// A rule.
pub struct Rule {
    /// Its stable id.
    pub id: &'static str,
    /// The reason of its refusal, with a page in docs/refusals.md.
    pub reason: &'static str,
    /// Who can change it.
    pub fix: Fix,
    /// Looks at a case.
    pub examine: fn(&Case<'_>) -> Finding,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// It is kept.
    Kept,
    /// It is not about such a case.
    NotApplicable,
    /// Only the processor can tell.
    Undecided,
    /// It is broken.
    Broken {
        /// For the operator: what was wrong with which value, and what to do.
        problem: String,
        /// For the payer.
        payer: String,
    },
    /// It is broken, and another part of the contract has the refusal for it.
    Refused(Refusal),
}

/// What a rule finds: its judgement, and the two values that it has compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What it says.
    pub judgement: Judgement,
    /// What the operator set, where there is such a value.
    pub configured: Option<String>,
    /// What the order has, where there is such a value.
    pub actual: Option<String>,
}

impl Finding {
    /// The rule is not about such a case.
    pub fn not_applicable() -> Finding {
        Finding { judgement: Judgement::NotApplicable, configured: None, actual: None }
    }

    /// The two values, before it is said what they mean.
    pub fn of(configured: impl ToString, actual: impl ToString) -> Finding {
        Finding {
            judgement: Judgement::Kept,
            configured: Some(configured.to_string()).filter(|text| !text.is_empty()),
            actual: Some(actual.to_string()).filter(|text| !text.is_empty()),
        }
    }

    /// Only the processor can tell.
    pub fn undecided(self) -> Finding {
        Finding { judgement: Judgement::Undecided, ..self }
    }

    /// Broken where it is not kept.
    pub fn unless(self, kept: bool, problem: impl Into<String>, payer: impl Into<String>) -> Finding {
        if kept {
            return self;
        }
        Finding { judgement: Judgement::Broken { problem: problem.into(), payer: payer.into() }, ..self }
    }

    /// Broken, with a refusal of its own.
    pub fn refused(self, refusal: Refusal) -> Finding {
        Finding { judgement: Judgement::Refused(refusal), ..self }
    }
}

impl Rule {
    /// The refusal of a finding, if the rule is broken.
    pub fn refusal(&self, finding: Finding) -> Option<Refusal> {
        match finding.judgement {
            Judgement::Kept | Judgement::NotApplicable | Judgement::Undecided => None,
            Judgement::Refused(refusal) => Some(refusal),
            Judgement::Broken { problem, payer } => Some(Refusal::Rule(Box::new(Broken {
                rule: self.id,
                reason: self.reason,
                fix: self.fix,
                configured: finding.configured,
                actual: finding.actual,
                problem,
                payer_message: payer,
            }))),
        }
    }
}
