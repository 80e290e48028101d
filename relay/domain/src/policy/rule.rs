//! The form of a rule, and of a rule's finding.

use causeway::refusal::{Broken, Fix, Refusal};

use super::PolicyInput;
use crate::tenant::PaymentSystem;

/// An admission rule, with the values for a refusal.
pub struct Rule {
    /// Stable id of the rule, as in "amount.minimum".
    pub id: &'static str,
    /// The reason of the refusal, with a page in docs/refusals.md.
    pub reason: &'static str,
    /// The party that can fix the cause: operator or payer.
    pub fix: Fix,
    /// Applies the rule to a case.
    pub examine: fn(&PolicyInput<'_>) -> Finding,
}

/// The result of a rule for a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// The case satisfies the rule.
    Kept,
    /// The rule does not concern such a case.
    NotApplicable,
    /// Undecided until the processor shows the data.
    Undecided,
    /// The case breaks the rule.
    Broken {
        /// For the operator: the wrong value and the remedy.
        problem: String,
        /// The sentence for the payer.
        payer: String,
    },
    /// The case breaks the rule, and the contract has a refusal of another form for the case.
    Refused(Refusal),
}

/// The finding of a rule: the judgement, and the two values that the rule compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The judgement of the rule.
    pub judgement: Judgement,
    /// The value in the operator's settings, where the rule has one.
    pub configured: Option<String>,
    /// The value of the order, where the rule has one.
    pub actual: Option<String>,
}

impl Finding {
    /// The finding of a rule that does not concern the case.
    pub fn not_applicable() -> Finding {
        Finding { judgement: Judgement::NotApplicable, configured: None, actual: None }
    }

    /// A finding with the two compared values, kept until a later call says otherwise.
    pub fn of(configured: impl ToString, actual: impl ToString) -> Finding {
        Finding {
            judgement: Judgement::Kept,
            configured: Some(configured.to_string()).filter(|text| !text.is_empty()),
            actual: Some(actual.to_string()).filter(|text| !text.is_empty()),
        }
    }

    /// The finding while only the processor knows the answer.
    pub fn undecided(self) -> Finding {
        Finding { judgement: Judgement::Undecided, ..self }
    }

    /// The finding as broken, unless `kept` is true.
    pub fn unless(self, kept: bool, problem: impl Into<String>, payer: impl Into<String>) -> Finding {
        if kept {
            return self;
        }
        Finding { judgement: Judgement::Broken { problem: problem.into(), payer: payer.into() }, ..self }
    }

    /// The same finding, where no later judgement follows: an undecided rule is broken.
    pub(super) fn decided(self, system: Option<&PaymentSystem>) -> Finding {
        if self.judgement != Judgement::Undecided {
            return self;
        }
        let system = system.map(|system| system.name.as_str()).unwrap_or_default();
        let problem = format!(
            "the processor does not show the instrument, so the rule of the payment system {system} cannot be judged; use an instrument that the processor shows"
        );
        let payer = "This payment method is not accepted. Please choose another one.".to_owned();
        Finding { judgement: Judgement::Broken { problem, payer }, ..self }
    }

    /// The finding as broken, with a refusal of another form.
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
