//! For each type of event about cards and customers a fixture event, and the change that the event causes.
//! Stripe's side is changed straight at the sandbox while webhooks are lost; then the fixture reports the
//! change.

use causeway::v1;
use causeway_sandbox::Fault;

use crate::stage::{
    Billing, FaultRule, Stage,
    cards::store_card_request,
    events::WebhookEndpoint,
    post_fault,
    settings::ACME_KEY,
    webhooks::{fixture_with_ids, list, outcome, without_retries},
};

/// State of a card, here and at Stripe, before the event.
#[derive(Clone, Copy)]
enum CardState {
    /// Billing asked to keep the card, and Stripe's answers were lost.
    Lost(&'static str),
    /// The payer had to act; true when the authentication succeeded.
    Acted(bool),
    /// The payer had to act, and the set-up was canceled at Stripe.
    GivenUp,
    /// The card is kept, without a change at Stripe.
    Kept,
    /// The card is kept, and was detached from the customer at Stripe.
    Detached,
    /// The card is kept, and has a later expiry at Stripe.
    Renewed,
    /// The card is kept, and the customer was deleted at Stripe.
    Orphaned,
}

use CardState::*;

/// Fixture, scene, outcome in the inbox, the card's state afterwards, and the events emitted to billing.
type Row = (&'static str, CardState, &'static str, &'static str, &'static [&'static str]);

/// The event resumes billing's own tokenization, which waits for the payer or was broken off.
const ADDED: &[&str] = &["CARD_ADDED webhook"];
const REMOVED: &[&str] = &["CARD_REMOVED dashboard"];
const UPDATED: &[&str] = &["CARD_UPDATED dashboard"];

const ROWS: &[Row] = &[
    ("setup_intent.created", Lost("pm_card_visa"), "changed", "Active", ADDED),
    (
        "setup_intent.requires_action",
        Lost("pm_card_authenticationRequired"),
        "changed",
        "ActionRequired",
        &[],
    ),
    ("setup_intent.succeeded", Acted(true), "changed", "Active", ADDED),
    ("setup_intent.setup_failed", Acted(false), "changed", "Failed", &[]),
    ("setup_intent.canceled", GivenUp, "changed", "Failed", &[]),
    ("payment_method.attached", Kept, "no_effect", "Active", &[]),
    ("payment_method.detached", Detached, "changed", "Deleted", REMOVED),
    // The event reports a change that did not happen: the look at Stripe decides.
    ("payment_method.detached", Kept, "echo", "Active", &[]),
    ("payment_method.updated", Renewed, "changed", "Active", UPDATED),
    ("payment_method.automatically_updated", Renewed, "changed", "Active", UPDATED),
    ("customer.created", Kept, "no_effect", "Active", &[]),
    ("customer.updated", Kept, "no_effect", "Active", &[]),
    ("customer.deleted", Orphaned, "changed", "Deleted", REMOVED),
    ("customer.deleted", Kept, "echo", "Active", &[]),
    // The relay keeps no mandates and no sources.
    ("mandate.updated", Kept, "no_effect", "Active", &[]),
    ("source.chargeable", Kept, "no_effect", "Active", &[]),
    ("source.failed", Kept, "no_effect", "Active", &[]),
    ("source.canceled", Kept, "no_effect", "Active", &[]),
];

/// J9: each fixture causes the change once, with a single event; a repetition changes no state.
#[tokio::test(flavor = "multi_thread")]
async fn each_stripe_card_event_applies_its_change_once() {
    let (stage, webhook) = Stage::with_webhooks(without_retries).await;
    stage.lose_webhooks();
    let billing = stage.billing().await;
    for (number, row) in ROWS.iter().enumerate() {
        check(&stage, &webhook, &billing, number, row).await;
    }
}

async fn check(stage: &Stage, webhook: &WebhookEndpoint, billing: &Billing, number: usize, row: &Row) {
    let (fixture, card_state, disposition, state, expected_events) = row;
    let names = prepare(stage, billing, number, *card_state).await;
    let known = billing.events(0).await.len();
    let calls = stage.calls();
    let event = |again: usize| fixture_with_ids(fixture, 2 * number + again, &names.pairs());
    assert_eq!(stage.post_event(webhook, &event(0)).await, 200);
    stage.wait_until_handled().await;
    assert_eq!(outcome(stage, &event(0)), *disposition, "{number} {fixture}");
    assert_eq!(
        stage.calls() > calls,
        *disposition != "no_effect",
        "{number} {fixture}: whether it was looked at"
    );
    assert_eq!(stage.post_event(webhook, &event(1)).await, 200);
    stage.wait_until_handled().await;
    assert_ne!(outcome(stage, &event(1)), "changed", "{number} {fixture}");
    assert_eq!(names.state(stage), *state, "{number} {fixture}");
    let more = billing.event_lines(u64::try_from(known).unwrap()).await;
    assert_eq!(more, *expected_events, "{number} {fixture}");
}

/// Ids at the sandbox for the names in a fixture.
struct Names {
    card: String,
    setup: String,
    method: String,
    customer: String,
}

impl Names {
    fn pairs(&self) -> [(&str, &str); 4] {
        [
            ("ct_abcdefghijklmnopabcdefghijklmnop", &self.card),
            ("seti_fixture", &self.setup),
            ("pm_fixture", &self.method),
            ("cus_fixture", &self.customer),
        ]
    }

    /// State of the card in the journal's customer row.
    fn state(&self, stage: &Stage) -> String {
        let connection = rusqlite::Connection::open(stage.journal()).unwrap();
        let sql = "SELECT customer.body FROM customer, card WHERE card.customer = customer.id AND token = ?";
        let body: String = connection.query_one(sql, [&self.card], |row| row.get(0)).unwrap();
        let customer: serde_json::Value = serde_json::from_str(&body).unwrap();
        let cards = customer["cards"].as_array().unwrap();
        let state = &cards.iter().find(|card| card["token"] == *self.card).unwrap()["state"];
        let named = state.as_object().and_then(|state| state.keys().next().cloned());
        named.or_else(|| state.as_str().map(str::to_owned)).unwrap()
    }
}

/// Plays a scene with a separate customer.
async fn prepare(stage: &Stage, billing: &Billing, number: usize, card_state: CardState) -> Names {
    let request = |card: &str| store_card_request(&format!("r-{number}"), &format!("c-{number}"), card);
    let token = match card_state {
        Lost(card) => {
            let setups =
                FaultRule { path: Some("/v1/setup_intents".to_owned()), ..post_fault(Fault::LoseAnswer, 1) };
            stage.sandbox.arm_rule(setups);
            card_of(billing.tokenize(request(card)).await.unwrap())
        }
        Acted(_) | GivenUp => {
            card_of(billing.tokenize(request("pm_card_authenticationRequired")).await.unwrap())
        }
        Kept | Detached | Renewed | Orphaned => billing.stored_card(request("pm_card_visa")).await.token,
    };
    let setup = list(stage, ACME_KEY, "/v1/setup_intents?limit=1").await.remove(0);
    let text = |name: &str| setup[name].as_str().unwrap_or_default().to_owned();
    let names =
        Names { card: token, setup: text("id"), method: text("payment_method"), customer: text("customer") };
    change_at_stripe(stage, &names, card_state).await;
    names
}

fn card_of(answer: v1::TokenizeResponse) -> String {
    answer.result.unwrap().card.unwrap().token
}

/// Changes Stripe's side; the webhooks about the change are lost.
async fn change_at_stripe(stage: &Stage, names: &Names, card_state: CardState) {
    let Names { setup, method, customer, .. } = names;
    match card_state {
        Lost(_) | Kept => {}
        Acted(passes) => assert!(stage.sandbox.authenticate(setup, passes)),
        GivenUp => drop(stage.post_as_dashboard(&format!("/v1/setup_intents/{setup}/cancel"), "").await),
        Detached => drop(stage.post_as_dashboard(&format!("/v1/payment_methods/{method}/detach"), "").await),
        Renewed => {
            let longer = "card[exp_month]=11&card[exp_year]=2040";
            stage.post_as_dashboard(&format!("/v1/payment_methods/{method}"), longer).await;
        }
        Orphaned => {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let url = format!("{}/v1/customers/{customer}", stage.sandbox.url());
            assert!(client.delete(url).bearer_auth(ACME_KEY).send().await.unwrap().status().is_success());
        }
    }
}
