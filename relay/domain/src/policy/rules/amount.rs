//! Rules about currency and amount.

use std::cmp::Ordering;

use causeway::{
    money::PositiveMoney,
    refusal::{Fix, Refusal},
    request::AskedCurrency,
};

use super::not_made;
use crate::{
    policy::{Finding, PolicyInput, Rule},
    tenant::{Assignment, spoken},
};

/// The currency exists in ISO 4217.
pub const CURRENCY_KNOWN: Rule = Rule {
    id: "currency.known",
    reason: "CURRENCY_UNKNOWN",
    fix: Fix::Operator,
    examine: |input| match &input.currency {
        None => Finding::not_applicable(),
        Some(AskedCurrency::Known(currency)) => Finding::of("ISO 4217", currency),
        Some(AskedCurrency::Unknown(given)) => {
            Finding::of("ISO 4217", given).refused(Refusal::CurrencyUnknown { given: given.clone() })
        }
    },
};

/// A payment system takes the currency.
pub const CURRENCY_ASSIGNED: Rule = Rule {
    id: "currency.assigned",
    reason: "CURRENCY_UNASSIGNED",
    fix: Fix::Operator,
    examine: |input| {
        let Some(AskedCurrency::Known(asked)) = &input.currency else { return Finding::not_applicable() };
        let takers = input.tenant.currencies.get(asked).map(Vec::as_slice).unwrap_or_default();
        let takers = spoken(takers.iter().map(|taker| &taker.payment_system));
        let problem = match input.system {
            Some(system) if takers != "none" => {
                let problem = format!(
                    "the payment system {} does not take {asked}; it is taken by: {takers}",
                    system.name
                );
                let finding = Finding::of(takers, &system.name);
                return finding.unless(input.assignment.is_some(), problem, not_made(input));
            }
            _ => format!(
                "no payment system takes {asked}; assign one in the relay's settings. Assigned currencies are: {}",
                spoken(input.tenant.currencies.keys())
            ),
        };
        Finding::of(spoken(input.tenant.currencies.keys()), asked).unless(
            input.assignment.is_some(),
            problem,
            not_made(input),
        )
    },
};

/// The amount and the assignment of the currency, where the case has both.
fn limited<'a>(input: &PolicyInput<'a>) -> Option<(PositiveMoney, &'a Assignment)> {
    Some((input.amount?, input.assignment?))
}

/// The amount is at least the assignment's minimum, which may lie below Stripe's minimum.
pub const MINIMUM: Rule = Rule {
    id: "amount.minimum",
    reason: "AMOUNT_BELOW_MINIMUM",
    fix: Fix::Payer,
    examine: |input| {
        let Some((amount, Assignment { minimum, .. })) = limited(input) else {
            return Finding::not_applicable();
        };
        at_least(amount, *minimum)
    },
};

/// The finding of [`MINIMUM`] for an amount and a minimum.
pub(in crate::policy) fn at_least(amount: PositiveMoney, minimum: PositiveMoney) -> Finding {
    Finding::of(minimum, amount).unless(
        amount.compare(minimum).is_ok_and(Ordering::is_ge),
        format!("{amount} is below the minimum of {minimum}, the least that is taken in this currency here"),
        format!("Your payment must be no less than {minimum}"),
    )
}

/// The amount is at most the assignment's maximum.
pub const MAXIMUM: Rule = Rule {
    id: "amount.maximum",
    reason: "AMOUNT_ABOVE_MAXIMUM",
    fix: Fix::Payer,
    examine: |input| {
        let Some((amount, Assignment { maximum, .. })) = limited(input) else {
            return Finding::not_applicable();
        };
        Finding::of(maximum, amount).unless(
            amount.compare(*maximum).is_ok_and(Ordering::is_le),
            format!(
                "{amount} is above the maximum of {maximum}, the most that is taken in this currency here"
            ),
            format!("Your payment must be no more than {maximum}"),
        )
    },
};

/// Stripe can express the amount in the currency's units.
pub const CHARGEABLE: Rule = Rule {
    id: "amount.chargeable",
    reason: "AMOUNT_NOT_CHARGEABLE",
    fix: Fix::Payer,
    examine: |input| {
        let Some((amount, Assignment { step, .. })) = limited(input) else {
            return Finding::not_applicable();
        };
        if step.counts(amount) {
            return Finding::of("", amount);
        }
        Finding::of(step.rule, amount).refused(Refusal::AmountNotChargeable { amount, why: step.rule })
    },
};

/// The amount equals the total of the invoice, where billing sent the total.
pub const EXPECTED: Rule = Rule {
    id: "amount.expected",
    reason: "AMOUNT_NOT_EXPECTED",
    fix: Fix::Operator,
    examine: |input| {
        let (Some(amount), Some(expected)) = (input.amount, input.expected_total) else {
            return Finding::not_applicable();
        };
        Finding::of(expected, amount).unless(
            amount == expected,
            format!("the payment is of {amount}, and expected_total is {expected}; they have to be the same"),
            format!("Your payment must be {expected}"),
        )
    },
};
