//! An engine over any processor, with room for one operation.

use std::{path::Path, sync::Arc};

use causeway::{request::Authorize, v1};
use causeway_domain::{
    observation::MethodSnapshot, payment::Card, request::ProcessorRequest, tenant::ProcessorKind,
};
use causeway_engine::{Engine, EngineConfig, Parts, Processors};
use causeway_journal::sqlite::Sqlite;
use causeway_ports::{
    journal::Journal,
    processor::{Object, Processor, ProcessorReply},
};
use causeway_stripe::events::StripeEvents;

use crate::setup::{SYSTEM, config, fingerprint_keys, machine, payment_system, tenant, usd};

/// An engine with a journal in a folder.
pub(super) fn engine(folder: &Path, processor: impl Processor) -> (Arc<Engine>, Arc<dyn Journal>) {
    let journal: Arc<dyn Journal> = Arc::new(Sqlite::open(&folder.join("relay.db"), 0).unwrap());
    let mut processors = Processors::default();
    processors.insert(tenant(), SYSTEM.to_owned(), Arc::new(processor));
    let config = EngineConfig { operations_at_once: 1, ..config(payment_system(ProcessorKind::Dummy)) };
    let engine = Engine::new(Parts {
        config,
        journal: Arc::clone(&journal),
        processors,
        events: Arc::new(StripeEvents),
        fingerprints: fingerprint_keys(),
        environment: machine(),
        heartbeat: None,
    });
    (engine, journal)
}

/// An Authorize request with a PaymentMethod.
pub(super) fn order(request_id: &str) -> Authorize {
    Authorize::read(&v1::AuthorizeRequest {
        request_id: request_id.to_owned(),
        amount: Some(usd(1250).to_wire()),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_1".to_owned())),
        ..Default::default()
    })
    .unwrap()
}

/// The PaymentMethod of the request, as the processor returns the object.
pub(super) fn method() -> ProcessorReply {
    let card = Card { brand: "visa".to_owned(), last4: "4242".to_owned(), ..Card::default() };
    let method = MethodSnapshot {
        id: "pm_1".to_owned(),
        kind: "card".to_owned(),
        allowlisted_as: "card".to_owned(),
        customer: None,
        card: Some(card),
    };
    ProcessorReply::Succeeded { object: Object::Method(Box::new(method)), request: String::new() }
}

/// A request that no processor reads.
pub(super) fn request() -> ProcessorRequest {
    ProcessorRequest { path: "/v1/payment_intents".to_owned(), form: vec![] }
}
