//! The payment systems that take a currency, with the limits of amounts.

use std::{cmp::Ordering, collections::BTreeMap};

use causeway::{card::Brand, currency::Currency, money::PositiveMoney};
use causeway_domain::tenant::{Assignment, MethodType, PaymentSystem, spoken};
use causeway_runtime::settings::Section;
use causeway_stripe::currency as stripe;

type Systems = BTreeMap<String, PaymentSystem>;

/// Reads all assignments of a currency: `[currencies.USD]` names one payment system, or
/// `[currencies.USD.payment_systems.NAME]` names several.
pub(super) fn read(
    section: &mut Section,
    currency: Currency,
    systems: Option<&Systems>,
) -> Option<Vec<Assignment>> {
    if !section.has("payment_systems") {
        let named = section.parse("payment_system", "main", |text| known(text, systems));
        return read_assignment(section, currency, named).map(|assignment| vec![assignment]);
    }
    let several = section.sections("payment_systems").into_iter().map(|(name, mut inner)| {
        let named = section.understood("payment_systems", known(&name, systems));
        let assignment = read_assignment(&mut inner, currency, named);
        inner.finish();
        assignment
    });
    // All assignments are read before the first mistake ends the function.
    let assignments: Option<Vec<_>> = several.collect::<Vec<_>>().into_iter().collect();
    let assignments = assignments?;
    if let Some(conflict) = systems.and_then(|systems| conflict(&assignments, systems)) {
        section.wrong("payment_systems", conflict);
        return None;
    }
    Some(assignments)
}

/// Finds the payment system of a name; names in settings are case-insensitive.
fn known(name: &str, systems: Option<&Systems>) -> Result<String, String> {
    let name = name.to_lowercase();
    match systems {
        Some(systems) if !systems.contains_key(&name) => {
            Err(format!("there is no payment system {name}; there are: {}", spoken(systems.keys())))
        }
        _ => Ok(name),
    }
}

fn read_assignment(section: &mut Section, currency: Currency, named: Option<String>) -> Option<Assignment> {
    let amount = |text: &str| {
        let money = PositiveMoney::parse_in(text, currency).map_err(|error| error.to_string())?;
        stripe::units(money).map_err(|refused| refused.to_string()).map(|_| money)
    };
    let minimum = section.parse_optional("minimum", amount);
    let maximum = section.parse_optional("maximum", amount);
    let (Some(limits), Some(step)) = (stripe::limits(currency), stripe::step_rule(currency)) else {
        section.wrong("payment_system", format!("Stripe takes no payments in {currency}"));
        return None;
    };
    if let Some(Some(low)) = minimum
        .filter(|given| given.is_some_and(|low| low.compare(limits.minimum).is_ok_and(Ordering::is_lt)))
    {
        section.warn(
            "minimum",
            format!(
                "{low} is below Stripe's minimum of {} for accounts that settle in {currency}; Stripe may refuse payments in between",
                limits.minimum
            ),
        );
    }
    if let Some(Some(high)) = maximum
        .filter(|given| given.is_some_and(|high| high.compare(limits.maximum).is_ok_and(Ordering::is_gt)))
    {
        section.warn(
            "maximum",
            format!("{high} is above {}, the most that Stripe takes with every method", limits.maximum),
        );
    }
    let (minimum, maximum) = (minimum?.unwrap_or(limits.minimum), maximum?.unwrap_or(limits.maximum));
    if !minimum.compare(maximum).is_ok_and(Ordering::is_le) {
        section.wrong(
            "minimum",
            format!("{minimum} is above the maximum of {maximum}, so nothing could be paid"),
        );
        return None;
    }
    Some(Assignment { payment_system: named?, minimum, maximum, step })
}

/// Finds two payment systems that serve the same payment method in one currency: the choice of a
/// payment system would be ambiguous.
fn conflict(assignments: &[Assignment], systems: &Systems) -> Option<String> {
    let places = assignments.iter().enumerate();
    places.clone().find_map(|(place, one)| {
        let other = assignments.iter().skip(place.saturating_add(1)).find_map(|other| {
            let shared = shared(systems.get(&one.payment_system)?, systems.get(&other.payment_system)?)?;
            Some((other, shared))
        });
        let (other, shared) = other?;
        Some(format!(
            "{} and {} both take {shared}; a payment method is served by one payment system in each currency, so take it from the payment_methods or method_types of one of them",
            one.payment_system, other.payment_system
        ))
    })
}

/// The overlap of two payment systems: card brands, if both take cards, or other method types.
fn shared(one: &PaymentSystem, other: &PaymentSystem) -> Option<String> {
    let cards = |kind: &MethodType| kind.is_card();
    if one.method_types.iter().any(cards) && other.method_types.iter().any(cards) {
        let brands: Vec<&Brand> = one.brands.intersection(&other.brands).collect();
        if !brands.is_empty() {
            return Some(spoken(brands));
        }
    }
    let types: Vec<&MethodType> =
        one.method_types.intersection(&other.method_types).filter(|kind| !cards(kind)).collect();
    (!types.is_empty()).then(|| spoken(types))
}

#[cfg(test)]
mod tests {
    use causeway::tenant::TenantName;

    use super::*;
    use crate::settings::Settings;

    const SETTINGS: &str = r#"
        listen = "127.0.0.1:0"
        allow_plaintext = true
        journal = "unused.db"
        environment = "test"
        [tenants.acme.credentials.k]
        secret = "YSBsaW5rIHNlY3JldCBvZiBhZGFwdGVyIHRlc3RzLCAxIQ=="
        [tenants.acme.payment_systems.main]
        processor = "stripe"
        login = "login"
        secret_key = "sk_test_1"
        test_mode = true
        capture_mode = "manual"
        [tenants.acme.currencies.USD]
        payment_system = "main"
    "#;

    /// Without an operator's limit, the limits of Stripe's table apply, in every currency.
    #[test]
    fn every_currency_has_stripes_limits_where_the_operator_set_none() {
        let name = TenantName::parse("acme").unwrap();
        for currency in stripe::all() {
            let section = format!("[tenants.acme.currencies.{currency}]");
            let text = SETTINGS.replace("[tenants.acme.currencies.USD]", &section);
            let settings = Settings::from_toml(&text).unwrap();
            let tenant = settings.engine.tenants.get(&name).unwrap();
            let assignments: Vec<_> = tenant.assignments().map(|(assignment, _)| assignment).collect();
            let limits = stripe::limits(currency).unwrap();
            assert_eq!(assignments.len(), 1, "{currency}");
            assert_eq!(assignments[0].minimum, limits.minimum, "{currency}");
            assert_eq!(assignments[0].maximum, limits.maximum, "{currency}");
            assert_eq!(Some(assignments[0].step), stripe::step_rule(currency), "{currency}");
        }
    }
}
