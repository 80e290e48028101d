//! The operator's limits at the time at which the rules admitted a payment. A later change of the
//! settings does not change the limits of an earlier payment.

use std::collections::BTreeSet;

use causeway::{card::Brand, money::PositiveMoney};

/// The limits that admitted a payment. Payments of an earlier version have none.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// The least that a payment in the currency could be; the least of a partial capture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<PositiveMoney>,
    /// The allowlist of card brands; `None`: every brand is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brands: Option<BTreeSet<Brand>>,
}

impl Limits {
    /// Whether no limit is known, as in a row of an earlier version.
    pub fn are_unknown(&self) -> bool {
        *self == Limits::default()
    }

    /// Whether a brand in the processor's word is on the allowlist.
    pub(super) fn take_brand(&self, brand: &str) -> bool {
        let Some(brands) = &self.brands else { return true };
        Brand::parse(brand).is_some_and(|brand| brands.contains(&brand))
    }
}
