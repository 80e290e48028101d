//! The owner of a card under each id of the card, also after changes of accounts, customers and payment
//! systems.

use causeway::v1::{self, CardReuse, DeletionStatus, TokenizationStatus};

use crate::stage::{
    Billing, Fault, Stage,
    cards::{customer, only_id, pay, pay_and_store_card, refused, store_card_request},
    method, order, post, post_fault, settings,
};

const NOT_FOUND: &str = "NotFound CARD_NOT_FOUND";

/// A payment with Stripe's own id of a card.
fn by_id(id: &str, method_id: &str, customer: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        instrument: method(method_id),
        customer: only_id(customer),
        ..order(id, "5.00 USD")
    }
}

/// Under Stripe's id a kept card is the same card: the card keeps the agreed reuse, and pays no more
/// once deletion has begun.
#[tokio::test]
async fn a_stored_card_has_the_same_rules_under_its_stripe_id() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let on_session = v1::TokenizeRequest {
        reuse: CardReuse::OnSession.into(),
        ..store_card_request("1", "c-1", "pm_card_visa")
    };
    let card = billing.stored_card(on_session).await;
    let absent =
        |id: &str| v1::AuthorizeRequest { off_session: true, ..by_id(id, &card.processor_id, "c-1") };
    assert_eq!(billing.authorize(absent("2")).await.reason(), "FailedPrecondition CARD_REUSE");
    let nameless = v1::AuthorizeRequest {
        customer: None,
        processor_customer: owner_at_stripe(&stage).await,
        ..absent("3")
    };
    assert_eq!(billing.authorize(nameless).await.reason(), NOT_FOUND);
    let there = billing.authorize(by_id("4", &card.processor_id, "c-1")).await.held_payment();
    assert_eq!(there.card_token, card.token);

    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    let lost = billing.delete_card("5", "c-1", &card.token).await.unwrap();
    assert_eq!(lost.status(), DeletionStatus::FailedToDeliver);
    assert_eq!(
        billing.authorize(by_id("6", &card.processor_id, "c-1")).await.reason(),
        "FailedPrecondition CARD_DELETED"
    );
    assert_eq!(stage.authorizations(), 1);
}

/// Stripe's id of the only customer.
async fn owner_at_stripe(stage: &Stage) -> String {
    let call = stage.sandbox.calls();
    let made = call.iter().find(|call| call.method == "POST" && call.path == "/v1/customers").unwrap();
    let body: serde_json::Value = serde_json::from_slice(&made.answer.as_ref().unwrap().body).unwrap();
    body["id"].as_str().unwrap().to_owned()
}

/// A payment cannot use another customer's id at Stripe, and two tenants with one account do not
/// see each other's cards.
#[tokio::test]
async fn a_payment_cannot_use_another_customers_stripe_id() {
    let stage =
        Stage::with_settings(|settings| settings.replace(settings::GLOBEX_KEY, settings::ACME_KEY)).await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let cus = owner_at_stripe(&stage).await;
    let named = v1::AuthorizeRequest {
        processor_customer: cus.clone(),
        customer: only_id("c-2"),
        ..order("2", "5.00 USD")
    };
    assert_eq!(billing.authorize(named).await.reason(), NOT_FOUND);

    let globex = stage.adapter_of_globex().await;
    let other = Billing::connect(globex.address, settings::BILLING_TOKEN).await;
    for customer in ["g-9", "c-1"] {
        let stolen = v1::AuthorizeRequest {
            processor_customer: cus.clone(),
            off_session: true,
            ..by_id("3", &card.processor_id, customer)
        };
        assert_eq!(other.authorize(stolen).await.reason(), NOT_FOUND);
    }
    let stolen = v1::TokenizeRequest {
        customer: customer("c-1"),
        ..store_card_request("4", "c-1", &card.processor_id)
    };
    assert_eq!(refused(other.tokenize(stolen).await), NOT_FOUND);
    assert_eq!(stage.authorizations(), 0);
    globex.stop().await;
}

/// A PaymentMethod that is kept for a customer belongs to the customer, although the relay has
/// read the PaymentMethod before.
#[tokio::test]
async fn a_looked_up_payment_method_still_belongs_to_its_customer() {
    let stage = Stage::open().await;
    stage.sandbox.allow_raw_cards(settings::ACME_KEY, causeway_sandbox::RawCards::TestNumbers);
    let form = "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034";
    let made = post(&stage, settings::ACME_KEY, "/v1/payment_methods", form).await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", &made)).await;
    assert_eq!(card.processor_id, made);
    let posts_before = stage.stripe_posts();
    assert_eq!(billing.authorize(by_id("2", &made, "c-2")).await.reason(), NOT_FOUND);
    assert_eq!(refused(billing.tokenize(store_card_request("3", "c-2", &made)).await), NOT_FOUND);
    assert_eq!(stage.stripe_posts(), posts_before);
}

/// A PaymentMethod is a single card, however often the PaymentMethod is given.
#[tokio::test]
async fn a_payment_method_stored_twice_is_a_single_card() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let visa = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let master = billing.stored_card(store_card_request("2", "c-1", "pm_card_mastercard")).await;
    let again =
        v1::TokenizeRequest { make_default: true, ..store_card_request("3", "c-1", &master.processor_id) };
    let again = billing.stored_card(again).await;
    assert_eq!((&again.token, again.is_default), (&master.token, true));
    let stored = v1::AuthorizeRequest {
        instrument: method(&visa.processor_id),
        ..pay_and_store_card("4", "5.00 USD", "c-1")
    };
    assert_eq!(billing.authorize(stored).await.held_payment().card_token, visa.token);
    assert_eq!(billing.cards("c-1").await.cards.len(), 2);
    let other_reuse = v1::TokenizeRequest {
        reuse: CardReuse::OnSession.into(),
        ..store_card_request("5", "c-1", &visa.processor_id)
    };
    assert_eq!(refused(billing.tokenize(other_reuse).await), "FailedPrecondition CARD_NOT_KEPT");
}

/// The cards of a payment system that was removed from the settings do not move to another payment system.
#[tokio::test]
async fn a_card_does_not_move_to_another_payment_system() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    stage.stop_relay().await;
    stage.relay_settings = stage
        .relay_settings
        .replace("[tenants.acme.payment_systems.main]", "[tenants.acme.payment_systems.renamed]")
        .replace("payment_system = \"main\"", "payment_system = \"second\"")
        .replace(
            "[tenants.globex.currencies.USD]\npayment_system = \"second\"",
            "[tenants.globex.currencies.USD]\npayment_system = \"main\"",
        );
    stage.start_relay().await;
    let answer = billing.authorize(pay("2", "5.00 USD", "c-1", &card.token)).await;
    assert_eq!(answer.reason(), "FailedPrecondition PAYMENT_SYSTEM_MISSING");
    assert_eq!(billing.cards("c-1").await.cards, []);
    assert_eq!(stage.authorizations(), 0);
}

/// After a change of the Stripe account the cards of the old account do not pay, and the same
/// customers keep new cards.
#[tokio::test]
async fn cards_of_a_former_stripe_account_cannot_pay() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let old = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    stage.stop_relay().await;
    let setting = format!("secret_key = \"{}\"", settings::ACME_KEY);
    stage.relay_settings = stage
        .relay_settings
        .replace(&setting, "secret_key = \"sk_test_another0000000000001\"\naccount = \"acct_new\"");
    stage.start_relay().await;
    let answer = billing.authorize(pay("2", "5.00 USD", "c-1", &old.token)).await;
    assert_eq!(answer.reason(), "FailedPrecondition PAYMENT_SYSTEM_MISSING");
    let plain = v1::AuthorizeRequest { customer: only_id("c-1"), ..order("3", "5.00 USD") };
    billing.authorize(plain).await.held_payment();
    let new = billing.stored_card(store_card_request("4", "c-1", "pm_card_visa")).await;
    billing.authorize(pay("5", "5.00 USD", "c-1", &new.token)).await.held_payment();
    billing.authorize(pay_and_store_card("6", "5.00 USD", "c-1")).await.held_payment();
    assert_eq!(billing.cards("c-1").await.cards.len(), 2);
}

/// A customer deleted in Stripe's dashboard can keep cards and pay again.
#[tokio::test]
async fn a_customer_deleted_at_stripe_is_created_again() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let cus = owner_at_stripe(&stage).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let gone =
        client.delete(format!("{}/v1/customers/{cus}", stage.sandbox.url())).bearer_auth(settings::ACME_KEY);
    assert!(gone.send().await.unwrap().status().is_success());

    let plain = v1::AuthorizeRequest { customer: only_id("c-1"), ..order("2", "5.00 USD") };
    billing.authorize(plain).await.held_payment();
    let failed = billing.tokenize(store_card_request("3", "c-1", "pm_card_visa")).await.unwrap();
    assert_eq!(failed.status(), TokenizationStatus::FailedToTokenize);
    let answer = billing.authorize(pay("4", "5.00 USD", "c-1", &card.token)).await;
    assert_eq!(answer.reason(), "FailedPrecondition CARD_DELETED");
    let stored = billing.stored_card(store_card_request("5", "c-1", "pm_card_visa")).await;
    billing.authorize(pay("6", "5.00 USD", "c-1", &stored.token)).await.held_payment();
    assert_ne!(billing.cards("c-1").await.cards, []);
}

/// A card that waits for the payer is deleted for good, also when the payer acts afterwards.
#[tokio::test]
async fn a_deleted_card_setup_cannot_be_completed_later() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting =
        billing.tokenize(store_card_request("1", "c-1", "pm_card_authenticationRequired")).await.unwrap();
    let result = waiting.result.unwrap();
    let setup = result.action.unwrap().client_secret.split("_secret_").next().unwrap().to_owned();
    let token = result.card.unwrap().token;
    let deleted = billing.delete_card("2", "c-1", &token).await.unwrap();
    assert_eq!(deleted.status(), DeletionStatus::SuccessfullyDeleted);
    assert!(!stage.sandbox.authenticate(&setup, true), "nothing waits for the payer any more");
    assert_eq!(billing.cards("c-1").await.cards, []);

    // The payer acts before the deletion.
    let waiting =
        billing.tokenize(store_card_request("3", "c-1", "pm_card_authenticationRequired")).await.unwrap();
    let result = waiting.result.unwrap();
    let setup = result.action.unwrap().client_secret.split("_secret_").next().unwrap().to_owned();
    assert!(stage.sandbox.authenticate(&setup, true));
    let late = billing.delete_card("4", "c-1", &result.card.unwrap().token).await.unwrap();
    assert_eq!(late.status(), DeletionStatus::SuccessfullyDeleted);
    let cus = owner_at_stripe(&stage).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/v1/customers/{cus}/payment_methods", stage.sandbox.url());
    let list = client.get(url).bearer_auth(settings::ACME_KEY).send().await.unwrap();
    let list: serde_json::Value = serde_json::from_slice(&list.bytes().await.unwrap()).unwrap();
    assert_eq!(list["data"].as_array().unwrap().len(), 0, "{list}");
}

/// The default card is the latest choice, at any payment system.
#[tokio::test]
async fn the_default_card_is_the_latest_choice_among_payment_systems() {
    let stage = Stage::with_settings(|settings| {
        settings
            .replace(
                "[tenants.acme.currencies.USD]\npayment_system = \"main\"\nminimum = \"0.50\"\nmaximum = \"5000.00\"",
                "[tenants.acme.currencies.USD.payment_systems.main]\n[tenants.acme.currencies.USD.payment_systems.second]",
            )
            .replace(
                "publishable_key = \"pk_test_acme1\"",
                "publishable_key = \"pk_test_acme1\"\npayment_methods = [\"VISA\"]",
            )
            .replace(
                "capture_mode = \"automatic\"",
                "capture_mode = \"automatic\"\npayment_methods = [\"MASTERCARD\"]",
            )
    })
    .await;
    let billing = stage.billing().await;
    let visa = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    // An email given to one payment system is enough for another.
    let at_second = v1::TokenizeRequest {
        payment_system: "second".to_owned(),
        customer: only_id("c-1"),
        ..store_card_request("2", "c-1", "pm_card_mastercard")
    };
    let master = billing.stored_card(at_second).await;
    let made: Vec<_> = stage
        .sandbox
        .calls()
        .iter()
        .filter(|call| call.method == "POST" && call.path == "/v1/customers")
        .map(|call| String::from_utf8(call.body.clone()).unwrap().contains("email=c-1%40example.com"))
        .collect();
    assert_eq!(made, [true, true]);
    let unnamed = |id: &str| v1::AuthorizeRequest {
        instrument: None,
        customer: only_id("c-1"),
        ..order(id, "5.00 USD")
    };
    billing.set_default_card("3", "c-1", &master.token).await.unwrap();
    assert_eq!(billing.authorize(unnamed("4")).await.captured_payment().card_token, master.token);
    let defaults = async || {
        let cards = billing.cards("c-1").await.cards;
        cards.into_iter().filter(|card| card.is_default).map(|card| card.token).collect::<Vec<_>>()
    };
    assert_eq!(defaults().await, [master.token]);
    billing.set_default_card("5", "c-1", &visa.token).await.unwrap();
    assert_eq!(billing.authorize(unnamed("6")).await.held_payment().card_token, visa.token);
    assert_eq!(defaults().await, [visa.token]);
}

/// Without the fingerprint key a repeated request cannot be compared, and is refused instead of paid twice.
#[tokio::test]
async fn a_repetition_without_the_fingerprint_key_is_refused() {
    let setting = "publishable_key = \"pk_test_acme1\"";
    let mut stage = Stage::with_settings(|settings| {
        settings.replace(setting, &format!("{setting}\ncard_data_mode = \"full_card\""))
    })
    .await;
    stage.sandbox.allow_raw_cards(settings::ACME_KEY, causeway_sandbox::RawCards::TestNumbers);
    let billing = stage.billing().await;
    let raw = || v1::AuthorizeRequest {
        instrument: crate::stage::cards::number("4242424242424242", "737"),
        ..order("1", "5.00 USD")
    };
    billing.authorize(raw()).await.held_payment();
    stage.stop_relay().await;
    let file = stage.directory.path().join("relay.db.card-key");
    let key = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    stage.start_relay().await;
    let refusal = billing.authorize(raw()).await.refused();
    assert_eq!(refusal.reason, "REQUEST_NOT_COMPARABLE");
    assert!(refusal.message.contains("do not use a new request id"), "{}", refusal.message);
    assert_eq!(refusal.payer_message, "Your payment is being processed. Please do not pay again.");

    stage.stop_relay().await;
    stage.relay_settings = format!("previous_card_fingerprint_key = \"{key}\"\n{}", stage.relay_settings);
    stage.start_relay().await;
    assert!(billing.authorize(raw()).await.result().duplicate);
    assert_eq!(stage.authorizations(), 1);
}
