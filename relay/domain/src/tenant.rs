//! One billing platform and what its operator set for it: payment systems, currencies, rules.
//! Plain data; where it comes from is decided elsewhere.

use std::collections::BTreeMap;

use causeway::{currency::Currency, money::Money, tenant::TenantName};

/// A named processor account of a tenant.
pub mod payment_system;
/// Types of payment methods.
pub mod method;
/// Publishable keys, and test or live.
pub mod key;

pub use key::{KeyError, Mode, PublishableKey};
pub use method::{MethodType, spoken};
pub use payment_system::{CardDataMode, PaymentSystem, ProcessorKind, WithoutHold};

/// All tenants, by name.
pub type Tenants = BTreeMap<TenantName, Tenant>;

/// A tenant.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The name.
    pub name: TenantName,
    /// Whether it may make payments.
    pub active: bool,
    /// Its processor accounts, by name.
    pub payment_systems: BTreeMap<String, PaymentSystem>,
    /// Its currency assignments.
    pub currencies: BTreeMap<Currency, Vec<Assignment>>,
}

impl Tenant {
    /// A payment system by its name, in upper or lower case.
    pub fn system(&self, name: &str) -> Option<&PaymentSystem> {
        self.payment_systems.get(&name.to_lowercase())
    }

    /// All assignments, by currency.
    pub fn assignments(&self) -> impl Iterator<Item = (&Assignment, &PaymentSystem)> {
        let all = self.currencies.values().flatten();
        all.filter_map(|assignment| Some((assignment, self.payment_systems.get(&assignment.payment_system)?)))
    }
}

/// A currency assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Name of the payment system that takes the currency.
    pub payment_system: String,
    /// The least that one payment may be.
    pub minimum: Money,
    /// The most that one payment may be.
    pub maximum: Money,
    /// The amounts that the processor can count.
    pub step: AmountStep,
}

/// The amounts that a processor can count in a currency: multiples of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountStep {
    /// The step, in minor units of ISO 4217.
    pub minor: u64,
    /// The rule of the currency, for a refusal.
    pub rule: &'static str,
}

impl AmountStep {
    /// Whether the processor has a number for the amount.
    pub fn counts(&self, amount: Money) -> bool {
        amount.minor().checked_rem(self.minor) == Some(0)
    }
}
