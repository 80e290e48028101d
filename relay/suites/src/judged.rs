//! Judged instruments for tests of processors, which take no other instrument. The operator's rules judge
//! here as in the engine, for a payment system that accepts every brand and every type.

use std::{collections::BTreeMap, time::Duration};

use causeway::{
    card::Brand, refusal::Refusal, request::authorize::CaptureMode, tenant::TenantName, text::PaymentMethodId,
};
use causeway_domain::{
    observation::MethodSnapshot,
    payment::Card,
    policy::{self, Judged, PolicyInput, Shown},
    tenant::{CardDataMode, MethodType, PaymentSystem, ProcessorKind, Tenant, WithoutHold},
};
use jiff::Timestamp;

/// A payment system that accepts every card brand and every type of payment method.
fn system() -> PaymentSystem {
    PaymentSystem {
        name: "main".to_owned(),
        processor: ProcessorKind::Stripe,
        login: String::new(),
        account: String::new(),
        publishable_key: None,
        test_mode: true,
        capture_mode: CaptureMode::Manual,
        active: true,
        brands: Brand::ALL.iter().copied().collect(),
        method_types: MethodType::ALL.iter().copied().collect(),
        card_data_mode: CardDataMode::TokenOnly,
        cvc_required: false,
        method_without_hold: WithoutHold::Refuse,
        card_list_lives: Duration::ZERO,
        release_hold: true,
        refund_approval: false,
        warn_of_hold: None,
        renew_hold: None,
    }
}

/// The judged instrument of a PaymentMethod that is a Visa card.
pub fn judged(method: &PaymentMethodId) -> Result<Judged, Refusal> {
    let name = TenantName::parse("acme").map_err(|_| Refusal::Internal)?;
    let system = system();
    let payment_systems = BTreeMap::from([(system.name.clone(), system.clone())]);
    let tenant = Tenant { name, active: true, payment_systems, currencies: BTreeMap::new() };
    let snapshot = MethodSnapshot {
        id: method.to_string(),
        kind: "card".to_owned(),
        allowlisted_as: "card".to_owned(),
        card: Some(Card { brand: "visa".to_owned(), ..Card::default() }),
        customer: None,
    };
    let input = PolicyInput::of_card(&tenant, &system, Timestamp::UNIX_EPOCH);
    policy::admit(input, &Shown::Method(method.clone(), &snapshot))
}
