//! The admission rules, as pure functions of the tenant's settings and of the known data of an order.
//!
//! The rules judge new orders only. A request that was admitted before is found in the journal and
//! skips the rules, so that a raised minimum does not undo an earlier payment.
//!
//! A rule is one function with its id, reason and fix, and one line in `RULES`. A refusal of the rule
//! needs a page in docs/refusals.md and no other change.

use causeway::refusal::Refusal;

use crate::tenant::Tenant;

/// The input of the rules: an order with the known data.
pub mod input;
/// The choice of the payment system for an order.
pub mod route;
/// The form of a rule, and of a rule's finding.
pub mod rule;
/// The rules by subject: account, amount, card, method, customer.
pub mod rules;

pub use input::{InstrumentKind, JudgedOperation, Method, PolicyInput};
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

/// Judges a case and returns the refusal of the first broken rule. A rule that depends on data of the
/// processor is not broken while the data are unknown.
pub fn judge(input: &PolicyInput<'_>) -> Result<(), Refusal> {
    let broken = RULES.iter().find_map(|rule| rule.refusal((rule.examine)(input)));
    broken.map_or(Ok(()), Err)
}

/// The rules about the payment method, for an order that passed all other rules before.
const OF_METHOD: [&Rule; 3] = [&rules::card::BRAND, &rules::method::TYPE, &rules::method::HOLD];

/// Judges another payment method for a payment that was admitted before.
pub fn judge_method(input: &PolicyInput<'_>) -> Result<(), Refusal> {
    let broken = OF_METHOD.iter().find_map(|rule| rule.refusal((rule.examine)(input)));
    broken.map_or(Ok(()), Err)
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
