//! F12: a mistake of ours in the middle of an operation.

use async_trait::async_trait;
use causeway::{card::RawCard, order::Authorize, v1};

use super::*;
use crate::{
    customer::Profile,
    fingerprint::FingerprintKey,
    journal::{SpentNonce, sqlite::Sqlite},
    stripe::{client::Asked as Answer, idempotency::IdempotencyKey, request::StripeRequest},
};

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

/// A processor with a mistake in it.
struct Panics;

#[async_trait]
impl Processor for Panics {
    fn account(&self) -> &str {
        ""
    }

    fn test_mode(&self) -> bool {
        true
    }

    async fn ask(&self, _: &StripeRequest, _: &IdempotencyKey, heard: Heard) -> Answer {
        assert!(heard == Heard::Maybe, "a mistake");
        Answer::Unknown { why: "a story".to_owned() }
    }

    async fn examine(&self, _: &str) -> Answer {
        let card = serde_json::json!({ "brand": "visa", "last4": "4242", "exp_month": 1, "exp_year": 2040 });
        let method =
            serde_json::json!({ "id": "pm_1", "object": "payment_method", "type": "card", "card": card });
        Answer::Done { object: method, request: String::new() }
    }

    async fn remove(&self, _: &str) -> Answer {
        Answer::Unknown { why: String::new() }
    }

    async fn tokenize(&self, _: &RawCard, _: &Profile, _: &IdempotencyKey) -> Answer {
        Answer::Unknown { why: String::new() }
    }
}

/// F12: a panic ends one operation. It gives back its turn and its room, and the same request
/// takes it up.
#[tokio::test]
async fn a_panic_leaves_nothing_taken() {
    let folder = tempfile::tempdir().unwrap();
    let journal: Arc<dyn Journal> = Arc::new(Sqlite::open(&folder.path().join("relay.db"), 0).unwrap());
    let settings = Settings::from_toml(SETTINGS).unwrap();
    let tenant = TenantName::parse("acme").unwrap();
    let system = settings.tenants[&tenant].payment_systems["main"].clone();
    let way: Arc<dyn Processor> = Arc::new(Panics);
    let processors = HashMap::from([((tenant.clone(), system.name), way)]);
    let current = FingerprintKey::parse(&"A".repeat(44).into()).unwrap_or_else(|_| panic!("a key"));
    let keys = FingerprintKeys { current, previous: vec![] };
    let machine = Surroundings::of_the_machine();
    let steady = Steady::new(machine.clone(), None);
    let desk = Arc::new(Desk::new(settings, journal, processors, keys, machine, steady));
    let order = || {
        Authorize::read(&v1::AuthorizeRequest {
            request_id: "r".to_owned(),
            amount: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
            instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_1".to_owned())),
            ..Default::default()
        })
        .unwrap()
    };
    let caller = |number: u8| Caller {
        nonce: Some(SpentNonce {
            nonce: ("acme-1".to_owned(), number.to_string()),
            good_until: Surroundings::of_the_machine().now(),
        }),
        ..Caller::itself(&tenant)
    };
    assert_eq!(desk.work(caller(1), order()).await, Err(Refusal::Internal));
    let again = desk.work(caller(2), order()).await.unwrap();
    assert_eq!(again.outcome(), v1::Outcome::Unknown, "it is taken up, and Stripe says nothing");
    assert!(desk.admission.enter(&tenant).is_ok());
}
