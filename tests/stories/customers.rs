//! Customers are created and deleted, and with them their cards: by call, by job, and straight at Stripe.

use causeway::v1::{self, CardStatus, Outcome};
use jiff::SignedDuration;

use crate::stage::{
    Billing, Stage,
    cards::{customer, pay, store_card_request},
    eventually,
    follow_ups::posted_bodies,
};

const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

async fn put_customer_later(billing: &Billing, id: &str, customer_id: &str) -> v1::CardOperationResult {
    let message = v1::PutCustomerRequest {
        request_id: id.to_owned(),
        customer: customer(customer_id),
        payment_system: "main".to_owned(),
        answer_mode: v1::AnswerMode::Async.into(),
    };
    let answer = billing.client.clone().put_customer(billing.request(message)).await;
    answer.unwrap().into_inner().result.unwrap()
}

fn deleted(stage: &Stage) -> usize {
    let calls = stage.sandbox.calls();
    calls.iter().filter(|call| call.method == "DELETE" && call.path.starts_with("/v1/customers/")).count()
}

/// D2: every hour by the clock, new customers are created at Stripe and deactivated customers are deleted.
#[tokio::test(flavor = "multi_thread")]
async fn the_hourly_job_creates_and_deletes_customers() {
    let stage = Stage::with_settings(|settings| {
        settings.replace("customers_seconds = 0", "customers_seconds = 3600")
    })
    .await;
    let billing = stage.billing().await;
    eventually("the clock of the job runs", async || stage.rows("job") > 0).await;
    let pending = put_customer_later(&billing, "1", "c-1").await;
    assert_eq!((pending.outcome(), pending.processor_customer.as_str()), (Outcome::Pending, ""));
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert_eq!(stage.calls(), 0, "not before an hour has gone");
    stage.clock.forward(SignedDuration::from_mins(61));
    eventually("the customer is made", async || posted_bodies(&stage, "/v1/customers").len() == 1).await;
    eventually("the wish is done", async || stage.rows("customer WHERE wish IS NULL") == 1).await;
    let known = billing.put_customer("2", customer("c-1")).await.unwrap().result.unwrap();
    assert!(known.processor_customer.starts_with("cus_"));
    assert_eq!(stage.calls(), 1, "it is known as it was told");

    let left = billing.deactivate("3", "c-1").await.unwrap().result.unwrap();
    assert_eq!(left.outcome(), Outcome::Pending);
    stage.clock.forward(SignedDuration::from_mins(61));
    eventually("the customer is deleted", async || deleted(&stage) == 1).await;
    eventually("the wish is done", async || stage.rows("customer WHERE wish IS NULL") == 1).await;
    assert_eq!(stage.rows("customer WHERE processor_id IS NOT NULL"), 0, "its id is cleared");
    let calls = stage.calls();
    let ran = stage.rows("job WHERE name = 'customers'");
    stage.clock.forward(SignedDuration::from_mins(61));
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert_eq!((stage.calls(), ran), (calls, 1), "a second run does nothing");
}

/// D2: a deactivated customer's cards are removed, and a later PutCustomer creates a
/// new customer at Stripe.
#[tokio::test]
async fn a_deactivated_customer_loses_its_stored_cards() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let before = billing.put_customer("2", customer("c-1")).await.unwrap().result.unwrap();
    billing.deactivate("3", "c-1").await.unwrap();
    assert_eq!(billing.event_lines(0).await, ["CARD_ADDED api", "CARD_REMOVED api"]);
    assert_eq!(
        billing.authorize(pay("4", "5.00 USD", "c-1", &card.token)).await.reason(),
        "FailedPrecondition CARD_DELETED"
    );
    assert_eq!(billing.job("customers").await.get("customers.deleted"), Some(&1));
    assert_eq!(billing.job("customers").await.len(), 0, "a second run does nothing");
    assert_eq!(deleted(&stage), 1);
    assert_eq!(billing.cards("c-1").await.cards, []);
    let unknown = billing.deactivate("5", "nobody").await.unwrap_err();
    assert_eq!(crate::stage::billing::reason(&unknown), "NotFound CUSTOMER_NOT_FOUND");

    let after = billing.put_customer("6", customer("c-1")).await.unwrap().result.unwrap();
    assert_ne!(after.processor_customer, before.processor_customer);
    assert_eq!(billing.event_lines(0).await.len(), 2);
}

/// D2: a customer that Stripe could not delete is deleted by the next run.
#[tokio::test]
async fn a_failed_customer_deletion_is_retried_by_the_next_run() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    put_customer_later(&billing, "2", "c-2").await;
    billing.deactivate("3", "c-1").await.unwrap();
    let fault = crate::stage::FaultRule {
        method: Some("DELETE".to_owned()),
        times: Some(4),
        ..crate::stage::FaultRule::every_call(crate::stage::Fault::RefuseBefore)
    };
    stage.sandbox.arm_rule(fault);
    let counts = billing.job("customers").await;
    let done = |name: &str| counts.get(&format!("customers.{name}")).copied();
    assert_eq!((done("failed"), done("registered"), done("deleted")), (Some(1), Some(1), None));
    assert_eq!(billing.job("customers").await.get("customers.deleted"), Some(&1));
}

/// D15: a card set-up is canceled when the payer has not come back for a month.
#[tokio::test]
async fn an_abandoned_card_setup_is_canceled_after_a_month() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = || store_card_request("1", "c-1", "pm_card_authenticationRequired");
    let waiting = billing.tokenize(request()).await.unwrap();
    assert_eq!(waiting.status(), v1::TokenizationStatus::AdditionalActionRequired);
    stage.advance_clocks(MONTH - SignedDuration::from_hours(1)).await;
    billing.job("setups").await;
    assert_eq!(posted_bodies(&stage, "/cancel").len(), 0);
    assert_eq!(billing.cards("c-1").await.cards[0].status(), CardStatus::ActionRequired);
    stage.advance_clocks(SignedDuration::from_hours(2)).await;
    assert_eq!(billing.job("setups").await.get("setups.abandoned"), Some(&1));
    assert_eq!(posted_bodies(&stage, "/cancel"), ["cancellation_reason=abandoned"]);
    assert_eq!(billing.job("setups").await.len(), 0, "it is closed here too");
    assert_eq!(billing.cards("c-1").await.cards, []);
    let failed = billing.tokenize(request()).await.unwrap();
    assert_eq!(failed.status(), v1::TokenizationStatus::FailedToTokenize);
    assert_eq!(failed.result.unwrap().failure.unwrap().code, "CARD_SETUP_CANCELED");
    assert!(billing.event_lines(0).await.is_empty(), "there was no card to tell of");
}

/// D15: a set-up finished by the payer becomes a card by the webhook, without another call.
#[tokio::test(flavor = "multi_thread")]
async fn a_completed_card_setup_becomes_a_card_by_webhook() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let request = store_card_request("1", "c-1", "pm_card_authenticationRequired");
    let waiting = billing.tokenize(request).await.unwrap().result.unwrap();
    let secret = waiting.action.unwrap().client_secret;
    let setup = secret.split("_secret_").next().unwrap();
    assert!(stage.sandbox.authenticate(setup, true));
    stage.wait_until_handled().await;
    assert_eq!(billing.events(0).await.len(), 1);
    let event = billing.events(0).await.remove(0);
    assert_eq!(event.kind(), v1::EventKind::CardAdded);
    let event = event.card.unwrap();
    assert_eq!((event.status(), event.token), (CardStatus::Active, waiting.card.unwrap().token.clone()));
    let card = billing.cards("c-1").await.cards.remove(0);
    billing.authorize(pay("2", "5.00 USD", "c-1", &card.token)).await.result();
}

/// Straight at Stripe a card is detached and a customer deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_detached_in_the_dashboard_is_removed() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let visa = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    billing.stored_card(store_card_request("2", "c-1", "pm_card_mastercard")).await;
    let customer =
        billing.put_customer("3", customer("c-1")).await.unwrap().result.unwrap().processor_customer;
    stage.post_as_dashboard(&format!("/v1/payment_methods/{}/detach", visa.processor_id), "").await;
    stage.wait_until_handled().await;
    assert_eq!(billing.event_lines(2).await, ["CARD_REMOVED dashboard"]);
    assert_eq!(billing.events(2).await[0].card.as_ref().unwrap().token, visa.token);
    let paid = billing.authorize(pay("4", "5.00 USD", "c-1", &visa.token)).await;
    assert_eq!(paid.reason(), "FailedPrecondition CARD_DELETED");

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/v1/customers/{customer}", stage.sandbox.url());
    client.delete(url).bearer_auth(crate::stage::settings::ACME_KEY).send().await.unwrap();
    stage.wait_until_handled().await;
    assert_eq!(billing.event_lines(3).await, ["CARD_REMOVED dashboard"]);
    assert_eq!(billing.cards("c-1").await.cards, []);
}
