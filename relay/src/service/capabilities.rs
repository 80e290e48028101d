//! What can be done here.

use causeway::{money::Money, v1};

use crate::{
    settings::{Assignment, PaymentSystem, Tenant},
    stripe::API_VERSION,
};

/// RPCs that do something.
const OPERATIONS: [&str; 6] =
    ["Authorize", "Capture", "Refund", "GetPayment", "ListPayments", "GetCapabilities"];
/// RPCs that are there to be refused.
const REFUSED: [&str; 1] = ["Void"];

pub(super) fn of(tenant: &Tenant) -> v1::GetCapabilitiesResponse {
    v1::GetCapabilitiesResponse {
        operations: OPERATIONS.map(str::to_owned).to_vec(),
        refused_operations: REFUSED.map(str::to_owned).to_vec(),
        payment_systems: tenant.payment_systems.values().map(system).collect(),
        currencies: tenant.currencies.values().map(assignment).collect(),
        contract_version: "v1".to_owned(),
        stripe_version: API_VERSION.to_owned(),
        relay_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn system(system: &PaymentSystem) -> v1::PaymentSystem {
    v1::PaymentSystem {
        name: system.name.clone(),
        processor: system.processor.as_str().to_owned(),
        test_mode: system.test_mode,
        capture_mode: system.capture_mode.to_wire().into(),
        active: system.active,
        publishable_key: system
            .publishable_key
            .as_ref()
            .map(|key| key.as_str().to_owned())
            .unwrap_or_default(),
    }
}

fn assignment(assignment: &Assignment) -> v1::CurrencyAssignment {
    let currency = assignment.minimum.currency();
    v1::CurrencyAssignment {
        currency: currency.code().to_owned(),
        payment_system: assignment.payment_system.clone(),
        minimum: Some(Money::to_wire(assignment.minimum)),
        maximum: Some(Money::to_wire(assignment.maximum)),
        decimals: i32::try_from(currency.decimals()).unwrap_or_default(),
    }
}
