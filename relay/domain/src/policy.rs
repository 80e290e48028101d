//! What may enter. Pure: the tenant's settings and what is known of an order.
//!
//! The rules judge new orders only. A request that was admitted once is found in
//! the journal before it gets here, so that a raised minimum does not undo what
//! was taken yesterday.
//!
//! A rule is one function with its id, reason and fixer beside it, and one line in
//! [`RULES`]. Its refusal needs nothing else but a page in docs/refusals.md.

use causeway::refusal::Refusal;

use crate::tenant::Tenant;

/// What is judged.
pub mod case;
/// Which payment system takes an order.
pub mod route;
/// What a rule is, and what it finds.
pub mod rule;
/// The rules.
pub mod rules;

pub use case::{Case, Judged, Method, Paying};
pub use rule::{Finding, Judgement, Rule};

/// Every rule, in the order of precedence: when several are broken, the first one is
/// the one that billing hears of.
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

/// Judges a case: the refusal of the first rule that it breaks, if there is one. What
/// only the processor can tell is not broken yet.
pub fn judge(case: &Case<'_>) -> Result<(), Refusal> {
    let broken = RULES.iter().find_map(|rule| rule.refusal((rule.examine)(case)));
    broken.map_or(Ok(()), Err)
}

/// The rules for what pays, where everything else was admitted before.
const OF_METHOD: [&Rule; 3] = [&rules::card::BRAND, &rules::method::TYPE, &rules::method::HOLD];

/// Judges another payment method for a payment that was admitted before.
pub fn judge_method(case: &Case<'_>) -> Result<(), Refusal> {
    let broken = OF_METHOD.iter().find_map(|rule| rule.refusal((rule.examine)(case)));
    broken.map_or(Ok(()), Err)
}

/// What every rule finds.
pub fn findings<'a>(case: &'a Case<'_>) -> impl Iterator<Item = (&'static Rule, Finding)> + 'a {
    RULES.iter().map(|rule| (rule, (rule.examine)(case)))
}

/// Whether a tenant may change anything.
pub fn active(tenant: &Tenant) -> Result<(), Refusal> {
    let rule = &rules::account::TENANT_ACTIVE;
    rule.refusal(rules::account::tenant_active(tenant)).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;
