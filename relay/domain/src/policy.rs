//! The admission rules, as pure functions of the tenant's settings and of the known data of an order.
//!
//! A request that was admitted before is found in the journal and skips the rules, so that a raised
//! minimum does not undo an earlier payment. A new request about an earlier payment that charges an
//! instrument is judged anew: [`JudgedOperation::rules`] names the rules for each operation.
//!
//! A request to the processor takes a [`Judged`] instrument only, and only this module makes one.
//!
//! A rule is one function with its id, reason and fix, and one line in `RULES`. A refusal of the rule
//! needs a page in docs/refusals.md and no other change.

use causeway::{money::PositiveMoney, refusal::Refusal};

use crate::tenant::Tenant;

/// The input of the rules: an order with the known data.
pub mod input;
/// The instrument of an order: kind, type and brand.
pub mod instrument;
/// The choice of the payment system for an order.
pub mod route;
/// The form of a rule, and of a rule's finding.
pub mod rule;
/// The rules by subject: account, amount, card, method, customer.
pub mod rules;
/// Judged instruments, the only ones that a request to the processor takes.
pub mod judged;

pub use input::{JudgedOperation, PolicyInput};
pub use instrument::{InstrumentKind, Method};
pub use judged::{Judged, Screened, Shown, admit, judge_import};
pub use rule::{Finding, Judgement, Rule};

/// Every rule, in the order of precedence: billing receives the refusal of the first broken rule.
pub const RULES: &[Rule] = &[
    rules::account::TENANT_ACTIVE,
    rules::account::PAYMENT_SYSTEM_ACTIVE,
    rules::account::OPERATION_SUPPORTED,
    rules::amount::CURRENCY_KNOWN,
    rules::amount::CURRENCY_ASSIGNED,
    rules::amount::MINIMUM,
    rules::amount::MAXIMUM,
    rules::amount::CHARGEABLE,
    rules::amount::EXPECTED,
    rules::card::DATA_MODE,
    rules::card::EXPIRY,
    rules::card::CVC,
    rules::card::REUSE,
    rules::card::BRAND,
    rules::method::TYPE,
    rules::method::HOLD,
    rules::customer::EMAIL,
    rules::customer::TEXTS,
];

/// The rules about the money and the instrument. They alone judge a payment that was begun before, by
/// the relay or by another system; the other rules are about the beginning of a payment.
const OF_PAYMENT: &[Rule] = &[
    rules::amount::CURRENCY_ASSIGNED,
    rules::amount::MINIMUM,
    rules::amount::MAXIMUM,
    rules::card::BRAND,
    rules::method::TYPE,
    rules::method::HOLD,
];

/// The rules about a card without a payment.
const OF_CARD: &[Rule] = &[rules::card::BRAND, rules::method::TYPE];

/// How a rule counts that has no finding yet, because the processor has not shown the instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undecided {
    /// Another judgement follows, once the processor has shown the instrument.
    Later,
    /// No other judgement follows: the rule is broken.
    Broken,
}

/// The one judgement: the broken rules of a case, in the order of precedence.
fn broken<'a>(
    input: &'a PolicyInput<'_>,
    undecided: Undecided,
) -> impl Iterator<Item = (&'static Rule, Refusal)> + 'a {
    let rules = input.operation.rules().iter().filter(|rule| !input.sets_aside(rule));
    rules.filter_map(move |rule| {
        let finding = (rule.examine)(input);
        let finding = match undecided {
            Undecided::Later => finding,
            Undecided::Broken => finding.decided(input.system),
        };
        Some((rule, rule.refusal(finding)?))
    })
}

/// The refusal of the first broken rule.
fn first_broken(input: &PolicyInput<'_>, undecided: Undecided) -> Result<(), Refusal> {
    broken(input, undecided).next().map_or(Ok(()), |(_, refusal)| Err(refusal))
}

/// Judges a new order before the processor has shown the instrument. A rule that depends on data of the
/// processor is not broken while the data are unknown.
pub fn screen(input: PolicyInput<'_>) -> Result<Screened<'_>, Refusal> {
    first_broken(&input, Undecided::Later)?;
    Ok(Screened::new(input))
}

/// Judges a partial capture by the minimum that admitted the payment.
pub fn judge_capture(amount: PositiveMoney, minimum: Option<PositiveMoney>) -> Result<(), Refusal> {
    let Some(minimum) = minimum else { return Ok(()) };
    let rule = &rules::amount::MINIMUM;
    rule.refusal(rules::amount::at_least(amount, minimum)).map_or(Ok(()), Err)
}

/// The findings of all rules, in the order of precedence.
pub fn findings<'a>(input: &'a PolicyInput<'_>) -> impl Iterator<Item = (&'static Rule, Finding)> + 'a {
    RULES.iter().map(|rule| (rule, (rule.examine)(input)))
}

/// Refuses changes of a tenant that is not active.
pub fn active(tenant: &Tenant) -> Result<(), Refusal> {
    let rule = &rules::account::TENANT_ACTIVE;
    rule.refusal(rules::account::tenant_active(tenant)).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;
