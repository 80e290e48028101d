//! What may enter. Pure: the tenant's settings and an order, nothing else.
//!
//! The rules judge new orders only. A request that was admitted once is found in
//! the journal before it gets here, so that a raised minimum does not undo what
//! was taken yesterday.

use causeway::{order::Authorize, refusal::Refusal};

use crate::{
    settings::{PaymentSystem, Tenant},
    stripe::currency,
};

/// An order that keeps all the rules. [`admit`] is the only door in, so nothing
/// unexamined reaches the journal.
#[derive(Debug, Clone)]
pub struct Admitted {
    order: Authorize,
    system: PaymentSystem,
}

impl Admitted {
    /// What was ordered.
    pub fn order(&self) -> &Authorize {
        &self.order
    }

    /// Through which payment system.
    pub fn system(&self) -> &PaymentSystem {
        &self.system
    }
}

/// Judges an order. When several rules are broken, the first one in this order is
/// the one that billing hears of: tenant active, currency assigned, payment system
/// active, minimum, maximum, chargeable at all. That the currency exists is part of
/// the order's type.
pub fn admit(tenant: &Tenant, order: Authorize) -> Result<Admitted, Refusal> {
    active(tenant)?;
    let amount = order.amount;
    let assignment =
        tenant.currencies.get(&amount.currency()).ok_or_else(|| Refusal::CurrencyUnassigned {
            currency: amount.currency(),
            assigned: tenant.currencies.keys().copied().collect(),
        })?;
    let system = system(tenant, &assignment.payment_system)?;
    if !system.active {
        return Err(Refusal::PaymentSystemInactive { payment_system: system.name.clone() });
    }
    if amount.minor() < assignment.minimum.minor() {
        return Err(Refusal::BelowMinimum { minimum: assignment.minimum, actual: amount });
    }
    if amount.minor() > assignment.maximum.minor() {
        return Err(Refusal::AboveMaximum { maximum: assignment.maximum, actual: amount });
    }
    currency::units(amount).map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
    Ok(Admitted { order, system: system.clone() })
}

/// Whether a tenant may change anything.
pub fn active(tenant: &Tenant) -> Result<(), Refusal> {
    if tenant.active { Ok(()) } else { Err(Refusal::TenantInactive { tenant: tenant.name.to_string() }) }
}

/// A payment system by its name.
pub fn system<'a>(tenant: &'a Tenant, name: &str) -> Result<&'a PaymentSystem, Refusal> {
    let missing = || Refusal::PaymentSystemMissing { payment_system: name.to_owned() };
    tenant.payment_systems.get(name).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use causeway::{link::credential::TenantName, v1};

    use super::*;
    use crate::settings::Settings;

    const SETTINGS: &str = r#"
        listen = "127.0.0.1:0"
        allow_plaintext = true
        journal = "unused.db"
        environment = "test"
        [tenants.acme.credentials.k]
        secret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        [tenants.acme.payment_systems.main]
        processor = "stripe"
        login = "login"
        secret_key = "sk_test_1"
        test_mode = true
        capture_mode = "manual"
        [tenants.acme.currencies.USD]
        payment_system = "main"
        minimum = "1.00"
        maximum = "50.00"
        [tenants.acme.currencies.CHF]
        payment_system = "main"
        minimum = "0.46"
        [tenants.acme.currencies.KWD]
        payment_system = "main"
    "#;

    fn tenant(active: bool, system_active: bool) -> Tenant {
        let name = TenantName::parse("acme").unwrap();
        let mut tenant = Settings::from_toml(SETTINGS).unwrap().tenants.remove(&name).unwrap();
        tenant.active = active;
        tenant.payment_systems.get_mut("main").unwrap().active = system_active;
        tenant
    }

    #[track_caller]
    fn check(tenant: &Tenant, amount: &str, currency: &str, verdict: &str) {
        let order = Authorize::read(&v1::AuthorizeRequest {
            request_id: "r".to_owned(),
            amount: Some(v1::Money { amount: amount.to_owned(), currency: currency.to_owned() }),
            payment_method: "pm_1".to_owned(),
            ..Default::default()
        });
        let seen = match admit(tenant, order.unwrap()) {
            Ok(admitted) => format!("admitted to {}", admitted.system().name),
            Err(refusal) => refusal.reason().to_owned(),
        };
        assert_eq!(seen, verdict, "{amount} {currency}");
    }

    /// Each line breaks one rule more than the line below it.
    #[test]
    fn the_first_broken_rule_is_the_one_that_is_told() {
        check(&tenant(false, false), "0.999", "BHD", "TENANT_INACTIVE");
        check(&tenant(true, false), "0.999", "BHD", "CURRENCY_UNASSIGNED");
        check(&tenant(true, false), "0.99", "USD", "PAYMENT_SYSTEM_INACTIVE");
        check(&tenant(true, true), "0.99", "USD", "AMOUNT_BELOW_MINIMUM");
        check(&tenant(true, true), "50.01", "USD", "AMOUNT_ABOVE_MAXIMUM");
        check(&tenant(true, true), "1.001", "KWD", "AMOUNT_NOT_CHARGEABLE");
        check(&tenant(true, true), "1.010", "KWD", "admitted to main");
    }

    #[test]
    fn limits_are_included() {
        let tenant = tenant(true, true);
        check(&tenant, "1.00", "USD", "admitted to main");
        check(&tenant, "50.00", "USD", "admitted to main");
        check(&tenant, "0.45", "CHF", "AMOUNT_BELOW_MINIMUM");
        check(&tenant, "0.46", "CHF", "admitted to main");
        check(&tenant, "999999.99", "CHF", "admitted to main");
        check(&tenant, "1000000.00", "CHF", "AMOUNT_ABOVE_MAXIMUM");
    }
}
