//! Capabilities of the payment systems of a tenant.

use causeway::{
    currency::Currency,
    method::{METHODS, Method},
    money::PositiveMoney,
    refusal::Right,
    tenant::TenantName,
    v1,
};
use causeway_domain::{
    operation::PaymentCommand,
    tenant::{Assignment, PaymentSystem, Tenant},
};
use causeway_engine::queries::Queries;
use causeway_ports::processor::Capability;
use causeway_stripe::{API_VERSION, currency as stripe};

pub(super) fn of(queries: &Queries<'_>, tenant: &Tenant) -> v1::GetCapabilitiesResponse {
    let named = |refused: bool| METHODS.iter().filter(move |method| method.refused == refused);
    let names = |refused: bool| named(refused).map(|method| method.name.to_owned()).collect();
    v1::GetCapabilitiesResponse {
        operations: names(false),
        refused_operations: names(true),
        payment_systems: tenant
            .payment_systems
            .values()
            .map(|its| system(queries, &tenant.name, its))
            .collect(),
        currencies: tenant.assignments().map(|(taken, _)| assignment(taken)).collect(),
        contract_version: "v1".to_owned(),
        stripe_version: API_VERSION.to_owned(),
        relay_version: env!("CARGO_PKG_VERSION").to_owned(),
        tenant_active: tenant.active,
        supported_currencies: supported(),
    }
}

pub(super) fn system(
    queries: &Queries<'_>,
    tenant: &TenantName,
    system: &PaymentSystem,
) -> v1::PaymentSystem {
    let cards = system.method_types.iter().any(|kind| kind.is_card());
    let offered = |method: &&Method| {
        let can = match PaymentCommand::of_method(method) {
            Some(PaymentCommand::ReleaseHold) => system.release_hold,
            Some(PaymentCommand::ImportPayment) => queries.can(tenant, system, Capability::Import),
            Some(_) | None => true,
        };
        let of_payments = method.changes && method.right != Right::Jobs;
        of_payments && can && (cards || method.right != Right::Cards)
    };
    let operations = METHODS.iter().filter(offered);
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
        card_data_mode: system.card_data_mode.to_wire().into(),
        cvc_required: system.cvc_required,
        brands: system.brands.iter().filter(|_| cards).map(|brand| brand.as_str().to_owned()).collect(),
        method_types: system.method_types.iter().map(ToString::to_string).collect(),
        operations: operations.map(|method| method.name.to_owned()).collect(),
    }
}

fn assignment(assignment: &Assignment) -> v1::CurrencyAssignment {
    let currency = assignment.minimum.currency();
    v1::CurrencyAssignment {
        currency: currency.code().to_owned(),
        payment_system: assignment.payment_system.clone(),
        minimum: Some(PositiveMoney::to_wire(assignment.minimum)),
        maximum: Some(PositiveMoney::to_wire(assignment.maximum)),
        decimals: decimals(currency),
    }
}

pub(super) fn decimals(currency: Currency) -> i32 {
    i32::try_from(currency.decimals()).unwrap_or_default()
}

fn supported() -> Vec<v1::SupportedCurrency> {
    let mut all: Vec<_> = stripe::all().collect();
    all.sort();
    let shown = |currency: Currency| {
        let limits = stripe::limits(currency)?;
        Some(v1::SupportedCurrency {
            currency: currency.code().to_owned(),
            name: currency.name().to_owned(),
            decimals: decimals(currency),
            minimum: Some(limits.minimum.to_wire()),
            maximum: Some(limits.maximum.to_wire()),
        })
    };
    all.into_iter().filter_map(shown).collect()
}
