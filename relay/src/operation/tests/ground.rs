//! A desk over any processor.

use std::path::Path;

use causeway::{order::Authorize, v1};

use super::*;
use crate::{fingerprint::FingerprintKey, journal::sqlite::Sqlite, stripe::client::Asked as Answer};

/// There is room for one operation.
const SETTINGS: &str = r#"
    listen = "127.0.0.1:0"
    allow_plaintext = true
    journal = "unused.db"
    environment = "test"
    operations_at_once = 1
    [tenants.acme.credentials.k]
    secret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    [tenants.acme.payment_systems.main]
    processor = "dummy"
    login = "login"
    test_mode = true
    capture_mode = "manual"
    [tenants.acme.currencies.USD]
    payment_system = "main"
"#;

/// A desk with its journal in a folder.
pub(super) fn desk(folder: &Path, way: impl Processor) -> Arc<Desk> {
    let journal: Arc<dyn Journal> = Arc::new(Sqlite::open(&folder.join("relay.db"), 0).unwrap());
    let settings = Settings::from_toml(SETTINGS).unwrap();
    let system = settings.tenants[&tenant()].payment_systems["main"].clone();
    let way: Arc<dyn Processor> = Arc::new(way);
    let processors = HashMap::from([((tenant(), system.name), way)]);
    let current = FingerprintKey::parse(&"A".repeat(44).into()).unwrap_or_else(|_| panic!("a key"));
    let keys = FingerprintKeys { current, previous: vec![] };
    let machine = causeway_runtime::machine::surroundings();
    let steady = Steady::new(machine.clone(), None);
    Arc::new(Desk::new(settings, journal, processors, keys, machine, steady))
}

pub(super) fn tenant() -> TenantName {
    TenantName::parse("acme").unwrap()
}

/// A payment with a PaymentMethod.
pub(super) fn order() -> Authorize {
    Authorize::read(&v1::AuthorizeRequest {
        request_id: "r".to_owned(),
        amount: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_1".to_owned())),
        ..Default::default()
    })
    .unwrap()
}

/// That PaymentMethod, as Stripe shows it.
pub(super) fn method() -> Answer {
    let card = serde_json::json!({ "brand": "visa", "last4": "4242", "exp_month": 1, "exp_year": 2040 });
    let method =
        serde_json::json!({ "id": "pm_1", "object": "payment_method", "type": "card", "card": card });
    Answer::Done { object: method, request: String::new() }
}
