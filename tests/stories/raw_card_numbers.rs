//! Card numbers on the way through the relay: the number becomes a PaymentMethod first, then the journal is
//! written without the number, then money moves.

use causeway::v1::{self, tokenize_request};
use causeway_sandbox::RawCards;

use crate::stage::{
    Fault, Stage,
    cards::{card, customer, number, pay, pay_and_store_card, store_card_request},
    order, post_fault, settings,
};

const VISA: &str = "4242424242424242";

/// Payment system main accepts card numbers with every payment, and the Stripe account may send them.
async fn full_card() -> Stage {
    let stage = with("card_data_mode = \"full_card\"").await;
    stage.sandbox.allow_raw_cards(settings::ACME_KEY, RawCards::TestNumbers);
    stage
}

async fn with(setting: &str) -> Stage {
    let anchor = "publishable_key = \"pk_test_acme1\"";
    Stage::with_settings(|settings| settings.replace(anchor, &format!("{anchor}\n{setting}"))).await
}

fn raw(id: &str, card: &str, cvc: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest { instrument: number(card, cvc), ..order(id, "12.50 USD") }
}

/// D10: number and expiry come with every payment, and no token is made.
#[tokio::test]
async fn a_payment_by_card_number_stores_no_token() {
    let stage = full_card().await;
    let billing = stage.billing().await;
    let held = billing.authorize(raw("1", VISA, "737")).await.held_payment();
    assert_eq!((held.card.unwrap().last4.as_str(), held.card_token.as_str()), ("4242", ""));
    billing.authorize(raw("2", "5555555555554444", "")).await.held_payment();
    assert_eq!((stage.rows("customer"), stage.rows("card")), (0, 0));
    let paths: Vec<_> = stage.sandbox.calls().iter().map(|call| call.path.clone()).collect();
    let two = ["/v1/payment_methods", "/v1/payment_intents"];
    assert_eq!(paths, [two, two].concat(), "the number becomes a PaymentMethod before money moves");
    let bodies = stage.sandbox.calls();
    let paid = String::from_utf8(bodies[1].body.clone()).unwrap();
    assert!(paid.contains("payment_method=pm_") && !paid.contains("number"), "{paid}");
}

/// D9: in the default mode the number comes once, for the token; later payments carry the token.
#[tokio::test]
async fn token_only_mode_accepts_a_card_number_only_for_storage() {
    let stage = Stage::open().await;
    stage.sandbox.allow_raw_cards(settings::ACME_KEY, RawCards::TestNumbers);
    let billing = stage.billing().await;
    let refusal = billing.authorize(raw("1", VISA, "737")).await.refused();
    assert_eq!(
        (refusal.reason.as_str(), refusal.metadata["configured"].as_str()),
        ("CARD_DATA_MODE", "token_only")
    );
    assert_eq!((stage.calls(), stage.rows("operation")), (0, 0));

    let first = v1::AuthorizeRequest {
        instrument: number(VISA, "737"),
        ..pay_and_store_card("2", "12.50 USD", "c-1")
    };
    let result = billing.authorize(first).await.result();
    let token = result.stored_card.unwrap().token;
    billing.authorize(pay("3", "5.00 USD", "c-1", &token)).await.held_payment();
    let tokenize = v1::TokenizeRequest {
        instrument: Some(tokenize_request::Instrument::Card(card("5555555555554444", "123"))),
        ..store_card_request("4", "c-1", "")
    };
    assert_eq!(billing.stored_card(tokenize).await.display_name, "Mastercard ****4444 12/2034");
    let with_number = stage
        .sandbox
        .calls()
        .iter()
        .filter(|call| String::from_utf8_lossy(&call.body).contains("number"))
        .count();
    assert_eq!(with_number, 2, "once for each card");
}

/// E13: the payer's known name, email and address go with the card, for the issuer's checks.
#[tokio::test]
async fn billing_details_are_sent_with_the_card() {
    let stage = full_card().await;
    let billing = stage.billing().await;
    let payer = v1::Customer {
        name: "Ann Example".to_owned(),
        address: Some(v1::Address {
            postal_code: "89073".to_owned(),
            country: "DE".to_owned(),
            ..Default::default()
        }),
        ..customer("c-1").unwrap()
    };
    let message = v1::AuthorizeRequest {
        customer: Some(payer),
        billing_reference: "INV 17".to_owned(),
        ..raw("1", VISA, "737")
    };
    billing.authorize(message).await.held_payment();
    let sent = String::from_utf8(stage.sandbox.calls()[0].body.clone()).unwrap();
    for part in [
        "billing_details%5Bname%5D=Ann+Example",
        "billing_details%5Baddress%5D%5Bpostal_code%5D=89073",
        "billing_details%5Bemail%5D=c-1%40example.com",
    ] {
        assert!(sent.contains(part), "{part} in {sent}");
    }
}

/// D11: with `cvc_required` a card number needs a CVC, and an off-session payment by number is refused.
#[tokio::test]
async fn a_card_number_without_the_required_cvc_is_refused() {
    let stage = with("card_data_mode = \"full_card\"\ncvc_required = true").await;
    stage.sandbox.allow_raw_cards(settings::ACME_KEY, RawCards::TestNumbers);
    let billing = stage.billing().await;
    let refusal = billing.authorize(raw("1", VISA, "")).await.refused();
    assert_eq!(
        (refusal.reason.as_str(), refusal.payer_message.as_str()),
        ("CVC_REQUIRED", "Please enter your card's security code.")
    );
    let absent = v1::AuthorizeRequest { off_session: true, ..raw("2", VISA, "737") };
    assert_eq!(billing.authorize(absent).await.refused().metadata["actual"], "off_session");
    assert_eq!(stage.calls(), 0);
    billing.authorize(raw("3", VISA, "737")).await.held_payment();
}

/// The same request id with another card is another request, also after a restart; with another CVC the
/// request is the same.
#[tokio::test]
async fn a_request_with_another_card_is_another_request() {
    let mut stage = full_card().await;
    let billing = stage.billing().await;
    let held = billing.authorize(raw("1", VISA, "737")).await.held_payment();
    for restarted in [false, true] {
        if restarted {
            stage.stop_relay().await;
            stage.start_relay().await;
        }
        let again = billing.authorize(raw("1", VISA, "")).await.result();
        assert!(again.duplicate);
        assert_eq!(again.payment.unwrap().id, held.id);
        for other in [raw("1", "5555555555554444", "737"), order("1", "12.50 USD")] {
            assert_eq!(billing.authorize(other).await.reason(), "AlreadyExists REQUEST_ID_REUSED");
        }
        let mut later = raw("1", VISA, "737");
        if let Some(v1::authorize_request::Instrument::Card(card)) = &mut later.instrument {
            card.exp_year = 2035;
        }
        assert_eq!(billing.authorize(later).await.reason(), "AlreadyExists REQUEST_ID_REUSED");
    }
    assert_eq!(stage.authorizations(), 1);
    let key = stage.directory.path().join("relay.db.card-key");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(key).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

/// L6: an account without the right to send numbers gets a refusal with the steps for the operator.
#[tokio::test]
async fn an_account_without_raw_card_access_is_refused_with_a_fix() {
    let stage = with("card_data_mode = \"full_card\"").await;
    let billing = stage.billing().await;
    let refusal_details = billing.authorize(raw("1", VISA, "737")).await.refused();
    assert_eq!(refusal_details.reason, "RAW_CARDS_NOT_ENABLED");
    assert_eq!(
        (refusal_details.metadata["fix"].as_str(), refusal_details.metadata["stripe_contacted"].as_str()),
        ("operator", "true")
    );
    for part in ["payment system main", "card tokens", "Stripe's support", "generally unsafe"] {
        assert!(refusal_details.message.contains(part), "{part} in {}", refusal_details.message);
    }
    assert!(!refusal_details.message.contains(VISA));
    assert_eq!((stage.authorizations(), stage.rows("operation")), (0, 0));
    // Once the right is enabled, the same request succeeds.
    stage.sandbox.allow_raw_cards(settings::ACME_KEY, RawCards::TestNumbers);
    billing.authorize(raw("1", VISA, "737")).await.held_payment();
}

/// A declined card is an answer; so is a card for which Stripe makes no PaymentMethod.
#[tokio::test]
async fn a_declined_card_number_is_an_answer() {
    let stage = full_card().await;
    let billing = stage.billing().await;
    let declined = billing.authorize(raw("1", "4000000000000002", "737")).await.declined();
    assert_eq!(declined.code, "CARD_DECLINED");
    // A valid number outside Stripe's list of test numbers.
    let live = billing.authorize(raw("2", "4000000000000200", "737")).await.declined();
    assert_eq!(live.decline_code, "test_mode_live_card");
    let mut expired = raw("3", VISA, "737");
    if let Some(v1::authorize_request::Instrument::Card(card)) = &mut expired.instrument {
        card.exp_year = 2020;
    }
    let calls = stage.calls();
    assert_eq!(billing.authorize(expired).await.reason(), "FailedPrecondition CARD_EXPIRED");
    assert_eq!(stage.calls(), calls);
    assert_eq!((stage.authorizations(), stage.rows("payment")), (0, 2));
}

/// Stripe's silence before money moves is a refusal; the repeated request makes one payment.
#[tokio::test]
async fn a_lost_card_exchange_is_refused_and_can_be_repeated() {
    let stage = full_card().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    let refusal_details = billing.authorize(raw("1", VISA, "737")).await.refused();
    assert_eq!(
        (refusal_details.reason.as_str(), refusal_details.metadata["fix"].as_str()),
        ("PROCESSOR_SILENT", "processor")
    );
    assert_eq!((stage.authorizations(), stage.rows("operation")), (0, 0));
    billing.authorize(raw("1", VISA, "737")).await.held_payment();
    assert_eq!(stage.authorizations(), 1);
}
