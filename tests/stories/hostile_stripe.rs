//! A Stripe that shows other objects, endless texts, unsafe pages and card numbers. Nothing is believed
//! that cannot be the answer, and no text or number of Stripe's gets further than it may.

use std::sync::Arc;

use causeway::v1::{self, EventKind, Outcome, PaymentStatus};
use causeway_sandbox::Sandbox;
use prost::Message;
use serde_json::{Value, json};

use crate::stage::{
    Billing, Stage,
    billing::read,
    follow_ups::{captured_at_once, import, intent},
    forging_proxy::{ForgedAnswer, ForgingProxy, answer},
    method, order,
    webhooks::{deliver, signature, without_retries},
};

const NUMBER: &str = "4242424242424242";

async fn before_a_forger() -> (Stage, Billing, ForgingProxy) {
    let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
    let forger = ForgingProxy::before(sandbox.url()).await;
    let (honest, lying) = (sandbox.url(), format!("http://{}", forger.address));
    let stage =
        Stage::on_sandbox(sandbox, |settings| without_retries(settings.replace(&honest, &lying))).await;
    let billing = stage.billing().await;
    (stage, billing, forger)
}

fn changed(change: impl Fn(&mut Value) + Send + Sync + 'static) -> ForgedAnswer {
    Arc::new(move |mut honest| {
        change(&mut honest.body);
        answer(honest.status, "", honest.body.to_string().as_bytes())
    })
}

fn refusing(status: u16, error: Value) -> ForgedAnswer {
    let body = json!({ "error": error }).to_string();
    Arc::new(move |_| answer(status, "", body.as_bytes()))
}

async fn alarms(billing: &Billing) -> Vec<String> {
    billing.events(0).await.into_iter().filter_map(|event| event.alarm).map(|alarm| alarm.code).collect()
}

/// E9: Stripe answers the second refund with the first one's id. One refund counts once, the other is
/// unknown with an alarm, and an honest answer resolves it.
#[tokio::test]
async fn two_refunds_with_one_id_count_once() {
    let (_stage, billing, forger) = before_a_forger().await;
    let paid = billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.captured_payment();
    let first = billing.refund("2", &paid.id, Some("2.50 USD")).await.captured_payment();
    let id = first.refunds[0].processor_id.clone();
    forger.forge("/v1/refunds", &intent(&paid), changed(move |refund| refund["id"] = json!(id)));
    let unknown = billing.refund("3", &paid.id, Some("2.50 USD")).await.unknown().payment.unwrap();
    assert_eq!(read(&unknown.refunded), "2.50 USD");
    assert_eq!(alarms(&billing).await, ["MISMATCH"]);
    forger.stop_forging(&intent(&paid));
    let both = billing.refund("3", &paid.id, Some("2.50 USD")).await.captured_payment();
    assert_eq!(read(&both.refunded), "5.00 USD");
}

/// E9: more is shown refunded than was taken.
#[tokio::test]
async fn refunds_above_the_charge_are_not_believed() {
    let (stage, billing, forger) = before_a_forger().await;
    let paid = billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.captured_payment();
    stage.post_as_dashboard("/v1/refunds", &format!("payment_intent={}&amount=1000", intent(&paid))).await;
    let twice = changed(|page| {
        let mut other = page["data"][0].clone();
        other["id"] = json!("re_other");
        page["data"].as_array_mut().unwrap().push(other);
    });
    forger.forge("/v1/refunds?", &intent(&paid), twice);
    let synced = billing.sync(&paid.id).await.payment.unwrap();
    assert_eq!(read(&synced.refunded), "10.00 USD");
    assert_eq!(alarms(&billing).await, ["MISMATCH"]);
}

/// E8, E9: what is imported is the PaymentIntent that was asked for, in the mode of the payment system.
#[tokio::test]
async fn another_object_is_not_imported() {
    let (stage, billing, forger) = before_a_forger().await;
    let form =
        "amount=1250&currency=usd&payment_method_types[]=card&payment_method=pm_card_visa&confirm=true";
    let id = stage.post_as_dashboard("/v1/payment_intents", form).await;
    let wrong: [ForgedAnswer; 4] = [
        changed(|object| object["livemode"] = json!(true)),
        changed(|object| object["id"] = json!("pi_other")),
        changed(|object| object["object"] = json!("setup_intent")),
        changed(|object| object["latest_charge"]["payment_intent"] = json!("pi_other")),
    ];
    for (number, forge) in wrong.into_iter().enumerate() {
        forger.forge("/v1/payment_intents/", &id, forge);
        let refused = billing.import(import(&number.to_string(), &id)).await.refused();
        assert!(!refused.reason.is_empty(), "{number}");
        forger.stop_forging(&id);
    }
    assert_eq!(stage.rows("payment"), 0);
    billing.import(import("9", &id)).await.captured_payment();
}

/// E9: a PaymentMethod is the one that was asked for.
#[tokio::test]
async fn another_payment_method_is_not_believed() {
    let (stage, billing, forger) = before_a_forger().await;
    let id = stage.post_as_dashboard("/v1/payment_methods", "type=card&card[token]=tok_visa").await;
    let ordered = v1::AuthorizeRequest { instrument: method(&id), ..order("1", "12.50 USD") };
    forger.forge("/v1/payment_methods/", &id, changed(|object| object["id"] = json!("pm_other")));
    billing.authorize(ordered.clone()).await.refused();
    assert_eq!(stage.authorizations(), 0);
    forger.stop_forging(&id);
    billing.authorize(ordered).await.held_payment();
}

/// E16: a page that is not https is not handed to billing.
#[tokio::test]
async fn no_payer_is_sent_to_an_unsafe_page() {
    let (_stage, billing, forger) = before_a_forger().await;
    for (number, url) in
        ["javascript:alert(1)", "http://evil.example/", "data:text/html,x", "https://a@b.de/"]
            .into_iter()
            .enumerate()
    {
        let name = format!("unsafe-{number}");
        let sent = changed(move |object| {
            object["status"] = json!("requires_action");
            object["next_action"] = json!({"type": "redirect_to_url", "redirect_to_url": {"url": url}});
        });
        forger.forge("/v1/payment_intents", &name, sent);
        let ordered = v1::AuthorizeRequest { billing_reference: name.clone(), ..order(&name, "12.50 USD") };
        let result = billing.authorize(ordered).await.result();
        assert_eq!(result.outcome(), Outcome::Unknown, "{url}");
        assert!(!format!("{result:?}").contains(url), "{url}");
        assert_eq!(alarms(&billing).await.len(), number + 1, "{url}");
        forger.stop_forging(&name);
    }
}

/// E10: a message of 4 MB ends at the relay, and watchers go on.
#[tokio::test]
async fn a_text_of_any_length_blocks_no_watcher() {
    let (_stage, billing, forger) = before_a_forger().await;
    let long = "no ".repeat(1_370_000);
    let error = json!({"type": "card_error", "code": "card_declined", "message": long, "decline_code": "x".repeat(9000)});
    forger.forge("/v1/payment_intents", "endless", refusing(402, error));
    let ordered =
        v1::AuthorizeRequest { billing_reference: "endless".to_owned(), ..order("endless", "12.50 USD") };
    let failure = billing.authorize(ordered).await.declined();
    assert!(failure.operator_message.len() < 2000 && failure.decline_code.len() <= 100);
    let events = billing.events(0).await;
    assert!(events.iter().all(|event| event.encoded_len() < 20_000));
    assert!(events.iter().any(|event| event.kind() == EventKind::PaymentDeclined), "{events:?}");
}

/// Every text of an object, also in keys, is a card number in some spelling.
fn full_of_numbers(object: &mut Value, spelling: &str) {
    object["description"] = json!(spelling);
    object["statement_descriptor"] = json!(spelling);
    object["cancellation_reason"] = json!(spelling);
    object["next_action"] = json!({"type": spelling});
    object["last_payment_error"] = json!({
        "code": spelling, "decline_code": spelling, "message": spelling, "param": spelling,
        "advice_code": spelling, "network_decline_code": spelling, "type": spelling,
    });
    object["metadata"]["note"] = json!(spelling);
    object["metadata"][spelling] = json!("note");
    let card = &mut object["latest_charge"]["payment_method_details"]["card"];
    for field in ["brand", "last4", "authorization_code", "network_transaction_id", "fingerprint"] {
        card[field] = json!(spelling);
    }
    card["checks"] = json!({
        "cvc_check": spelling, "address_line1_check": spelling, "address_postal_code_check": spelling,
    });
}

/// E12: a card number in any field and spelling is neither answered, nor told, nor on the disk.
#[tokio::test]
async fn no_card_number_of_stripes_is_kept() {
    let (stage, billing, forger) = before_a_forger().await;
    let spellings = [
        NUMBER,
        "4242-4242-4242-4242",
        "42424242 42424242",
        "42 42 42 42 42 42 42 42",
        "４２４２４２４２４２４２４２４２",
        "note: 4242.4242.4242.4242!",
    ];
    for (number, spelling) in spellings.into_iter().enumerate() {
        let name = format!("number-{number}");
        let escaped = move |honest: crate::stage::forging_proxy::RealAnswer| {
            let mut body = honest.body;
            full_of_numbers(&mut body, spelling);
            // As JSON may spell a digit.
            let body = body.to_string().replace(&format!("\"{NUMBER}\""), "\"\\u0034242424242424242\"");
            answer(200, "", body.as_bytes())
        };
        forger.forge("/v1/payment_intents", &name, Arc::new(escaped));
        let ordered = v1::AuthorizeRequest { billing_reference: name.clone(), ..order(&name, "12.50 USD") };
        billing.authorize(ordered).await.result();
        forger.stop_forging(&name);
        let declined = format!("declined-{number}");
        let error = json!({"type": "card_error", "code": spelling, "message": spelling, "param": spelling});
        forger.forge("/v1/payment_intents", &declined, refusing(402, error));
        let ordered =
            v1::AuthorizeRequest { billing_reference: declined.clone(), ..order(&declined, "12.50 USD") };
        billing.authorize(ordered).await.declined();
        forger.stop_forging(&declined);
        let odd = format!("odd-{number}");
        let amount = changed(move |object| object["amount"] = json!(spelling));
        forger.forge("/v1/payment_intents", &odd, amount);
        let ordered = v1::AuthorizeRequest { billing_reference: odd.clone(), ..order(&odd, "12.50 USD") };
        billing.authorize(ordered).await.unknown();
        forger.stop_forging(&odd);
    }
    let listed = billing.list(v1::ListPaymentsRequest::default()).await.unwrap();
    let told = format!("{listed:?} {:?}", billing.events(0).await);
    let disk = on_disk(&stage);
    for spelling in spellings {
        assert!(!told.contains(spelling), "{spelling} is told");
        assert!(!disk.contains(spelling), "{spelling} is on the disk");
    }
}

/// Every file of the journal, as text.
fn on_disk(stage: &Stage) -> String {
    let journal = stage.journal();
    let name = journal.file_name().unwrap().to_string_lossy().into_owned();
    let files = std::fs::read_dir(journal.parent().unwrap()).unwrap().map(|file| file.unwrap().path());
    let ours = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with(&name));
    let texts: Vec<_> =
        ours.map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()).collect();
    assert!(texts.len() > 1, "there is no journal with its log");
    texts.concat()
}

/// E12: the body of a webhook spells the digits as escapes, and another is larger than any event.
#[tokio::test]
async fn a_webhook_is_kept_without_numbers_and_within_bounds() {
    let (stage, hook) = Stage::with_webhooks(|settings| settings).await;
    stage.lose_webhooks();
    let event = |id: &str, text: &str| {
        json!({"id": id, "object": "event", "type": "charge.updated", "created": stage.now_seconds(), "livemode": false,
            "data": {"object": {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "description": text}}})
        .to_string()
    };
    let spelled = event("evt_spelled", NUMBER).replace(NUMBER, "\\u0034\\u0032424242 42424242");
    let large = event("evt_large", &"x".repeat(900_000));
    for body in [spelled, large] {
        let signed = signature(&hook.secret, stage.now_seconds(), &body);
        assert_eq!(deliver(&hook.url, Some(&signed), body).await, 200);
    }
    stage.wait_until_handled().await;
    let disk = on_disk(&stage);
    assert!(disk.contains("evt_spelled") && disk.contains("evt_large"));
    assert!(!disk.contains("42424242") && !disk.contains("\\u0034") && !disk.contains(&"x".repeat(5000)));
}

/// E12, C2: at the door, card numbers in every grouping are refused, ids included, and barcodes are taken.
#[tokio::test]
async fn requests_with_card_numbers_are_refused_and_barcodes_accepted() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let plain = || order("1", "12.50 USD");
    let metadata = |key: &str, value: &str| [(key.to_owned(), value.to_owned())].into();
    for number in ["4242-4242-4242-4242", "4242424242424242", "42-42-42-42-42-42-42-42"] {
        for ordered in [
            v1::AuthorizeRequest { request_id: number.to_owned(), ..plain() },
            v1::AuthorizeRequest { billing_reference: number.to_owned(), ..plain() },
            v1::AuthorizeRequest { metadata: metadata("k", number), ..plain() },
            v1::AuthorizeRequest { metadata: metadata(number, "v"), ..plain() },
        ] {
            let refused = billing.authorize(ordered).await.refused();
            assert!(!format!("{refused:?}").contains(number), "{refused:?}");
        }
    }
    assert_eq!((stage.calls(), stage.rows("operation")), (0, 0));
    let barcode = v1::AuthorizeRequest { metadata: metadata("ean", "4006381000093"), ..plain() };
    let held = billing.authorize(barcode).await.held_payment();
    assert_eq!(held.status(), PaymentStatus::Authorized);
}
