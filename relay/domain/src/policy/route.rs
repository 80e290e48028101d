//! The choice of the payment system for an order: the system that keeps the card, the system that the
//! order names, or the system that serves the method in the currency.

use causeway::{card::Brand, refusal::Refusal, request::AskedCurrency, text::SystemName};

use super::Method;
use crate::tenant::{Assignment, PaymentSystem, Tenant};

/// A payment system with the assignment of the currency. A missing value is no refusal here: the rules
/// judge a missing value.
pub struct Route<'a> {
    /// The payment system, where one takes the order.
    pub system: Option<&'a PaymentSystem>,
    /// Assignment of the currency to the payment system.
    pub assignment: Option<&'a Assignment>,
}

/// Chooses the payment system. Refuses only an order for which no rule could decide: an unknown or
/// missing system, a card of another system, or a choice between several systems that billing has to make.
pub fn of<'a>(
    tenant: &'a Tenant,
    named: Option<&SystemName>,
    keeper: Option<&str>,
    currency: Option<&AskedCurrency>,
    method: &Method,
) -> Result<Route<'a>, Refusal> {
    let assignments = match currency {
        Some(AskedCurrency::Known(currency)) => tenant.currencies.get(currency).map(Vec::as_slice),
        Some(AskedCurrency::Unknown(_)) | None => None,
    };
    let assignments = assignments.unwrap_or_default();
    let named = named.map(|name| system_named(tenant, name)).transpose()?;
    if let (Some(named), Some(keeper)) = (named, keeper)
        && named.name != keeper
    {
        return Err(Refusal::CardElsewhere { keeper: keeper.to_owned(), asked: named.name.clone() });
    }
    // A stored card pays at the payment system that keeps the card, and at no other.
    let keeper = keeper.map(|name| keeping(tenant, name)).transpose()?;
    if let Some(system) = named.or(keeper) {
        let assignment = assignments.iter().find(|assignment| assignment.payment_system == system.name);
        return Ok(Route { system: Some(system), assignment });
    }
    let of = |assignment: &'a Assignment| Route {
        system: tenant.payment_systems.get(&assignment.payment_system),
        assignment: Some(assignment),
    };
    match (assignments, currency) {
        ([only], _) => Ok(of(only)),
        ([first, ..], _) => Ok(of(serving(tenant, assignments, first, method)?)),
        ([], Some(_)) => Ok(Route { system: None, assignment: None }),
        ([], None) => Ok(Route { system: Some(only_system(tenant)?), assignment: None }),
    }
}

fn keeping<'a>(tenant: &'a Tenant, name: &str) -> Result<&'a PaymentSystem, Refusal> {
    let missing = || Refusal::PaymentSystemMissing { payment_system: name.to_owned(), began: false };
    tenant.payment_systems.get(name).ok_or_else(missing)
}

/// The assignment, among several, that serves the method. For a brand that no system accepts, the
/// result is the first assignment, and the brand rule refuses the order there.
fn serving<'a>(
    tenant: &Tenant,
    assignments: &'a [Assignment],
    first: &'a Assignment,
    method: &Method,
) -> Result<&'a Assignment, Refusal> {
    let Method::Card { brand, .. } = method else {
        let systems = assignments.iter().map(|assignment| assignment.payment_system.clone()).collect();
        return Err(Refusal::PaymentSystemUnnamed { systems });
    };
    let serves = |assignment: &&Assignment| {
        let system = tenant.payment_systems.get(&assignment.payment_system);
        Brand::parse(brand).zip(system).is_some_and(|(brand, system)| system.brands.contains(&brand))
    };
    Ok(assignments.iter().find(serves).unwrap_or(first))
}

/// The payment system of a name in a request.
pub fn system_named<'a>(tenant: &'a Tenant, name: &SystemName) -> Result<&'a PaymentSystem, Refusal> {
    tenant.system(name.as_str()).ok_or_else(|| Refusal::PaymentSystemUnknown {
        given: name.as_str().chars().take(40).collect(),
        known: tenant.payment_systems.keys().cloned().collect(),
    })
}

/// The tenant's only payment system; with several, the only active one.
pub fn only_system(tenant: &Tenant) -> Result<&PaymentSystem, Refusal> {
    let all: Vec<_> = tenant.payment_systems.values().collect();
    let active: Vec<_> = all.iter().filter(|system| system.active).collect();
    match (all.as_slice(), active.as_slice()) {
        ([only], _) => Ok(only),
        (_, [only]) => Ok(only),
        _ => {
            let systems = active.iter().map(|system| system.name.clone()).collect();
            Err(Refusal::PaymentSystemUnnamed { systems })
        }
    }
}
