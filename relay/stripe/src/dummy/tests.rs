//! Tests of the rules of the dummy.

use causeway::money::PositiveMoney;
use causeway_domain::observation::{IntentSnapshot, IntentStatus};
use causeway_ports::processor::Object;

use super::*;

fn asks(method: &str, capture: &str) -> ProcessorRequest {
    let form =
        [("amount", "1250"), ("currency", "usd"), ("payment_method", method), ("capture_method", capture)];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    ProcessorRequest { path: "/v1/payment_intents".to_owned(), form }
}

fn dummy() -> Dummy {
    Dummy::new(String::new(), causeway_runtime::machine::environment())
}

async fn send(request: &ProcessorRequest) -> ProcessorReply {
    let key = IdempotencyKey::once(uuid::Uuid::nil());
    let asked = PositiveMoney::parse("12.50", "USD").unwrap();
    dummy().send(request, &key, Delivery::NotSent, Purpose::Payment(asked)).await
}

#[track_caller]
fn intent(reply: ProcessorReply) -> IntentSnapshot {
    let ProcessorReply::Succeeded { object: Object::Intent(intent), .. } = reply else {
        panic!("{reply:?}");
    };
    *intent
}

async fn status(method: &str, capture: &str) -> String {
    let reply = send(&asks(method, capture)).await;
    if let ProcessorReply::Rejected { rejection, .. } = reply {
        return rejection.failure.decline_code;
    }
    intent(reply).status.as_str().to_owned()
}

#[tokio::test]
async fn the_name_of_the_method_is_the_rule() {
    assert_eq!(status("pm_visa", "manual").await, "requires_capture");
    assert_eq!(status("pm_visa", "automatic").await, "succeeded");
    assert_eq!(status("pm_card_chargeDeclined", "manual").await, "generic_decline");
    assert_eq!(status("pm_insufficient", "manual").await, "insufficient_funds");
    assert_eq!(status("pm_authenticate", "manual").await, "requires_action");
}

#[tokio::test]
async fn the_same_key_gives_the_same_object_and_a_later_call_knows_it_by_its_id() {
    let first = intent(send(&asks("pm_visa", "manual")).await);
    let again = intent(send(&asks("pm_visa", "manual")).await);
    assert_eq!(first, IntentSnapshot { charge: first.charge.clone(), ..again });
    let id = &first.id;
    let form = vec![("amount_to_capture".to_owned(), "1000".to_owned())];
    let capture = ProcessorRequest { path: format!("/v1/payment_intents/{id}/capture"), form };
    let captured = intent(send(&capture).await);
    assert_eq!((captured.received.units, captured.status), (1000, IntentStatus::Succeeded));
    let cancel = ProcessorRequest { path: format!("/v1/payment_intents/{id}/cancel"), form: vec![] };
    let canceled = intent(send(&cancel).await);
    assert_eq!(
        (&canceled.id, canceled.status, canceled.amount, canceled.lapsed),
        (id, IntentStatus::Canceled, first.amount.clone(), false)
    );
}

#[tokio::test]
async fn a_missing_capability_is_refused_without_an_effect() {
    let (dummy, key) = (dummy(), IdempotencyKey::once(uuid::Uuid::nil()));
    let method = causeway::text::PaymentMethodId::parse("pm_1").unwrap();
    let pays = causeway_port_suites::judged::judged(&method).unwrap();
    let instrument = causeway_ports::processor::Confirmation::Present(&pays);
    let effect = Effect::Confirm { intent: "pi_1250_usd_hold_a", instrument, return_url: None };
    assert_eq!(dummy.request(&effect, &key), Err(NotChargeable(NO_SUCH_CALL)));
    let path = "/v1/payment_intents/pi_1250_usd_hold_a/confirm".to_owned();
    let reply = send(&ProcessorRequest { path, form: vec![] }).await;
    assert!(reply.is_silence(), "{reply:?}");
    let span = causeway_ports::processor::Span { from: 0, to: 1 };
    assert_eq!(dummy.list_intents(span, 1).await, None);
}

#[tokio::test]
async fn a_forgotten_object_is_rebuilt_from_its_id() {
    let dummy = dummy();
    let asked = PositiveMoney::parse("12.50", "USD").unwrap();
    let pay = async |number: u128| {
        let key = IdempotencyKey::once(uuid::Uuid::from_u128(number));
        let request = asks("pm_visa", "manual");
        intent(dummy.send(&request, &key, Delivery::NotSent, Purpose::Payment(asked)).await)
    };
    let held = pay(0).await;
    for number in 1..=10_000 {
        pay(number).await;
    }
    let seen = intent(dummy.retrieve(ObjectRef::Intent(&held.id), Purpose::FollowUp).await);
    assert_eq!((seen.id, seen.status, seen.amount), (held.id, held.status, held.amount));
    assert!(seen.metadata.is_empty() && seen.payment_method.is_none(), "its id does not tell them");
}
