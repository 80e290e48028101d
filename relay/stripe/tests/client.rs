//! The client over a transport with scripted answers: the bytes of the requests, and the replies that
//! the answers become.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use causeway_domain::{idempotency::IdempotencyKey, observation::Purpose, request::ProcessorRequest};
use causeway_ports::{
    events::EventQuery,
    processor::{Delivery, Found, ObjectRef, Processor, ProcessorReply, Span},
};
use causeway_stripe::{
    client::StripeClient,
    config::StripeConfig,
    key::SecretKey,
    limiter::{Limiter, Limits},
    transport::{Incoming, NoAnswer, Outgoing, Transport},
};
use http::HeaderMap;
use serde_json::{Value, json};

/// An answer of the scripted transport.
pub(crate) type Answer = Result<(u16, Value), NoAnswer>;

/// A transport that answers from a list and records the calls.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    calls: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, NoAnswer> {
        let (method, body) = match &outgoing.body {
            Some(body) => ("POST", body.as_str()),
            None if outgoing.deletes => ("DELETE", ""),
            None => ("GET", ""),
        };
        let key = outgoing.idempotency_key.unwrap_or_default();
        self.calls.lock().unwrap().push(format!("{method} {} {body} {key}", outgoing.url));
        let (status, body) = self.answers.lock().unwrap().pop_front().unwrap()?;
        let mut headers = HeaderMap::new();
        headers.insert("request-id", "req_1".parse().unwrap());
        Ok(Incoming { status, headers, body: body.to_string().into() })
    }
}

/// A client that receives the given answers in order.
pub(crate) fn client(answers: Vec<Answer>) -> (StripeClient, Arc<Script>) {
    let script = Arc::new(Script { answers: Mutex::new(answers.into()), ..Script::default() });
    let limits = Limits { each_second: 0, each_second_each_endpoint: 0, at_once: 8, waiting: 8 };
    let config = StripeConfig {
        secret_key: SecretKey::parse(&"sk_test_1".to_owned().into()).unwrap(),
        max_network_retries: 1,
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(80),
        limits: limits.clone(),
        api_base: "https://stripe".to_owned(),
        account: "acct_1".to_owned(),
        test_mode: true,
    };
    let environment = causeway_runtime::machine::environment();
    (StripeClient::over(script.clone(), config, Limiter::new(limits), environment), script)
}

/// A key that is always the same.
pub(crate) fn key() -> IdempotencyKey {
    IdempotencyKey::once(uuid::Uuid::nil())
}

fn refund() -> ProcessorRequest {
    let form = [("payment_intent", "pi_1"), ("amount", "100"), ("customer", "cus_1")];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    ProcessorRequest { path: "/v1/refunds".to_owned(), form }
}

async fn send(delivery: Delivery, answers: Vec<Answer>) -> (String, Vec<String>) {
    let (client, script) = client(answers);
    let reply = client.send(&refund(), &key(), delivery, Purpose::FollowUp).await;
    let calls = script.calls.lock().unwrap().clone();
    (spoken(reply), calls)
}

fn spoken(reply: ProcessorReply) -> String {
    match reply {
        ProcessorReply::Succeeded { request, .. } => format!("succeeded {request}"),
        ProcessorReply::Unreadable { why, .. } => format!("unreadable {why}"),
        ProcessorReply::Rejected { rejection, .. } => {
            format!("rejected {:?} {}", rejection.reason, rejection.failure.code)
        }
        ProcessorReply::NoAnswer { why } => format!("no answer: {why}"),
        ProcessorReply::PersistedError { why } => format!("persisted: {why}"),
        ProcessorReply::KeyConflict { why } => format!("conflict: {why}"),
    }
}

fn error(status: u16, error: Value) -> Answer {
    Ok((status, json!({ "error": error })))
}

fn invalid(code: &str, param: &str) -> Value {
    json!({"type": "invalid_request_error", "code": code, "param": param, "message": "no"})
}

/// Stripe leaves out a type that is not enabled, in silence. Where no money moved, billing hears a refusal
/// that names the type; where the intent goes on without the type, nothing is known.
#[tokio::test(start_paused = true)]
async fn a_type_that_stripe_left_out_is_refused_by_name() {
    let form = [("amount", "100"), ("allowed_payment_method_types[]", "sepa_debit")];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let create = ProcessorRequest { path: "/v1/payment_intents".to_owned(), form };
    let answer = |status: &str| {
        let intent = json!({
            "id": "pi_1", "object": "payment_intent", "amount": 100, "currency": "eur", "status": status,
            "payment_method_types": ["card"], "amount_received": 0, "latest_charge": null, "livemode": false,
        });
        client(vec![Ok((200, intent))]).0
    };
    let waiting = answer("requires_payment_method");
    let ProcessorReply::Rejected { rejection, request } =
        waiting.send(&create, &key(), Delivery::NotSent, Purpose::FollowUp).await
    else {
        panic!("it was not refused");
    };
    assert_eq!((rejection.failure.code.as_str(), request.as_str()), ("PROCESSOR_REFUSED", "req_1"));
    let said = &rejection.failure.operator_message;
    assert!(said.starts_with("Stripe left out the payment method type sepa_debit"), "{said}");
    let goes_on = answer("processing").send(&create, &key(), Delivery::NotSent, Purpose::FollowUp).await;
    assert!(spoken(goes_on).contains("payment_method_types lack sepa_debit"));
}

#[tokio::test(start_paused = true)]
async fn each_answer_is_classified_by_its_effect_on_money() {
    let done = || Ok((200, json!({"id": "re_1", "amount": 100, "currency": "usd", "status": "succeeded"})));
    let broke = || Err(NoAnswer::MaybeSent("reset".to_owned()));
    for (delivery, answers, expected) in [
        (Delivery::NotSent, vec![done()], "succeeded req_1"),
        (
            Delivery::NotSent,
            vec![Ok((200, json!({"id": "re_1"})))],
            "unreadable Stripe answered with an object that does not read as expected: missing field `amount`",
        ),
        (Delivery::NotSent, vec![error(400, invalid("", ""))], "rejected Other PROCESSOR_REFUSED"),
        (
            Delivery::NotSent,
            vec![error(404, invalid("resource_missing", "intent"))],
            "rejected Missing UNKNOWN_AT_PROCESSOR",
        ),
        (
            Delivery::NotSent,
            vec![error(400, invalid("resource_missing", "customer"))],
            "rejected MissingCustomer(Some(\"cus_1\")) UNKNOWN_AT_PROCESSOR",
        ),
        (
            Delivery::NotSent,
            vec![error(402, json!({"type": "invalid_request_error"}))],
            "rejected RawCardsNotEnabled PROCESSOR_REFUSED",
        ),
        (Delivery::NotSent, vec![error(401, invalid("", ""))], "rejected Other PROCESSOR_KEY_REFUSED"),
        (
            Delivery::MaybeSent,
            vec![error(401, invalid("", ""))],
            "no answer: HTTP 401 to a repetition, which proves nothing about the first try",
        ),
        (
            Delivery::NotSent,
            vec![broke(), error(403, invalid("", ""))],
            "no answer: HTTP 403 to a repetition, which proves nothing about the first try",
        ),
        (Delivery::NotSent, vec![broke(), broke()], "no answer: the connection broke: reset"),
        (Delivery::NotSent, vec![broke(), done()], "succeeded req_1"),
        (
            Delivery::NotSent,
            vec![error(500, json!({"type": "api_error"}))],
            "persisted: HTTP 500 : no message",
        ),
        (
            Delivery::NotSent,
            vec![error(400, json!({"type": "idempotency_error"}))],
            "conflict: the idempotency key stands for a request with other parameters: HTTP 400 : no message",
        ),
    ] {
        let (tries, (reply, calls)) = (answers.len(), send(delivery, answers).await);
        assert_eq!(reply, expected);
        let call = "POST https://stripe/v1/refunds payment_intent=pi_1&amount=100&customer=cus_1 \
             cw0-00000000-0000-0000-0000-000000000000";
        assert_eq!(calls, vec![call; tries], "all tries are the same");
    }
}

#[tokio::test]
async fn a_path_of_no_known_call_is_not_sent() {
    let (client, script) = client(vec![]);
    let request = ProcessorRequest { path: "/v1/payouts".to_owned(), form: vec![] };
    let reply = client.send(&request, &key(), Delivery::NotSent, Purpose::FollowUp).await;
    assert!(reply.is_silence(), "{reply:?}");
    assert!(script.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let page = |ids: &[&str], more: bool| {
        let refund = |id: &&str| json!({"id": id, "amount": 100, "currency": "usd"});
        let data: Vec<_> = ids.iter().map(refund).collect();
        Ok((200, json!({"data": data, "has_more": more})))
    };
    let (client, script) = client(vec![
        page(&["re_3", "re_2"], true),
        page(&["re_1"], false),
        page(&["re_3"], true),
        Ok((200, json!({"id": "cus_1", "deleted": true}))),
        Ok((200, json!({}))),
        error(404, invalid("resource_missing", "id")),
    ]);
    let listed = client.list_refunds(Span { from: 1, to: 2 }, 5).await.unwrap();
    assert_eq!(listed.iter().map(|refund| refund.id.as_str()).collect::<Vec<_>>(), ["re_3", "re_2", "re_1"]);
    assert_eq!(client.refunds_of("pi_1", 1).await, None, "there are more pages");
    let customer = client.retrieve(ObjectRef::Customer("cus_1"), Purpose::Card).await;
    assert!(matches!(customer.found(|object| object.customer()), Found::Is(customer) if customer.deleted));
    assert_eq!(spoken(client.delete_customer("cus_1").await), "succeeded req_1");
    let events = client.list_events(&EventQuery::After("evt_1".to_owned())).await;
    assert_eq!(events, Found::Missing);
    let calls = script.calls.lock().unwrap().clone();
    let base = "https://stripe/v1";
    assert_eq!(
        calls.iter().map(|call| call.trim_end()).collect::<Vec<_>>(),
        [
            format!("GET {base}/refunds?limit=100&created[gte]=1&created[lte]=2"),
            format!("GET {base}/refunds?limit=100&created[gte]=1&created[lte]=2&starting_after=re_2"),
            format!("GET {base}/refunds?limit=100&payment_intent=pi_1"),
            format!("GET {base}/customers/cus_1"),
            format!("DELETE {base}/customers/cus_1"),
            format!("GET {base}/events?limit=100&ending_before=evt_1"),
        ]
    );
}

#[test]
fn the_account_and_its_capacity_are_the_ports() {
    let (client, _) = client(vec![]);
    assert_eq!((client.account(), client.test_mode()), ("acct_1", true));
    let capacity = client.capacity().unwrap();
    let places: Vec<_> = std::iter::from_fn(|| capacity.reserve().ok()).collect();
    assert_eq!((places.len(), capacity.refuses_new()), (16, false));
    drop(places);
    assert!(capacity.reserve().is_ok());
}
