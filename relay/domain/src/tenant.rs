//! One billing platform and the operator's settings for the platform: payment systems, currencies,
//! rules. Plain data; the relay reads the settings elsewhere.

use std::collections::BTreeMap;

use causeway::{currency::Currency, money::PositiveMoney, tenant::TenantName};

/// A named processor account of a tenant.
pub mod payment_system;
/// Types of payment methods, as allowlists name them.
pub mod method;
/// Publishable keys, and the mode of a key: test or live.
pub mod key;

pub use key::{KeyError, Mode, PublishableKey};
pub use method::{MethodType, spoken};
pub use payment_system::{CardDataMode, PaymentSystem, ProcessorKind, WithoutHold};

/// All tenants of the relay, by name.
pub type Tenants = BTreeMap<TenantName, Tenant>;

/// A billing platform that the relay serves.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Unique name of the tenant.
    pub name: TenantName,
    /// Whether the tenant may make payments.
    pub active: bool,
    /// Processor accounts of the tenant, by name.
    pub payment_systems: BTreeMap<String, PaymentSystem>,
    /// Payment systems that take each currency.
    pub currencies: BTreeMap<Currency, Vec<Assignment>>,
}

impl Tenant {
    /// A payment system by its name, in upper or lower case.
    pub fn system(&self, name: &str) -> Option<&PaymentSystem> {
        self.payment_systems.get(&name.to_lowercase())
    }

    /// All assignments with their payment systems, by currency.
    pub fn assignments(&self) -> impl Iterator<Item = (&Assignment, &PaymentSystem)> {
        let all = self.currencies.values().flatten();
        all.filter_map(|assignment| Some((assignment, self.payment_systems.get(&assignment.payment_system)?)))
    }
}

/// The assignment of a currency to a payment system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Name of the payment system that takes the currency.
    pub payment_system: String,
    /// The least that one payment may be.
    pub minimum: PositiveMoney,
    /// The most that one payment may be.
    pub maximum: PositiveMoney,
    /// The amounts that the processor can express.
    pub step: AmountStep,
}

/// The amounts that a processor can express in a currency: multiples of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountStep {
    /// The step: the least amount, of which all others are multiples.
    pub least: PositiveMoney,
    /// The rule of the currency, as a sentence for a refusal.
    pub rule: &'static str,
}

impl AmountStep {
    /// Whether the processor can express the amount.
    pub fn counts(&self, amount: PositiveMoney) -> bool {
        amount.money().is_multiple_of(self.least) == Ok(true)
    }
}
