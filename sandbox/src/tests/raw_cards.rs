//! Card numbers: refused by default, accepted where the settings allow numbers, and never stored.

use std::time::Duration;

use crate::tests::stage::{KEY, Stage, raw};
use crate::{RawCards, Sandbox, Settings};

const OTHER: &str = "sk_test_other";

#[tokio::test]
async fn one_account_may_send_numbers_and_another_may_not() {
    let stage = Stage::open().await;
    let create =
        |key: &str| stage.post("payment_methods", &raw("4242424242424242", "card[cvc]=123")).by(key).send();
    create(KEY).await.refused("402 invalid_request_error -");
    let mine = stage.sandbox.account_of(KEY).unwrap();
    stage.sandbox.allow_raw_cards(&mine, RawCards::TestNumbers);
    create(KEY).await.good();
    let refused = create(OTHER).await;
    refused.refused("402 invalid_request_error -");
    let said = "Sending credit card numbers directly to the Stripe API is generally unsafe.";
    assert!(refused.text_at("/error/message").starts_with(said));
    stage.sandbox.allow_raw_cards(&mine, RawCards::Refused);
    create(KEY).await.refused("402 invalid_request_error -");
    stage.sandbox.allow_raw_cards("nonsense", RawCards::AnyNumber);
    create("rk_test_nonsense").await.refused("402 invalid_request_error -");

    let settings = Settings { raw_cards: RawCards::AnyNumber, ..Settings::default() };
    let everywhere = Stage::of(Sandbox::start(settings).await.unwrap());
    let body = raw("4242424242424242", "");
    everywhere.post("payment_methods", &body).by(OTHER).send().await.good();
    everywhere.sandbox.allow_raw_cards(OTHER, RawCards::Refused);
    everywhere.post("payment_methods", &body).by(OTHER).send().await.refused("402 invalid_request_error -");
}

#[tokio::test]
async fn what_is_wrong_with_a_card_is_said_at_once() {
    let stage = Stage::taking(RawCards::AnyNumber).await;
    let card = |number: &str, month: &str, year: &str, cvc: &str| {
        format!(
            "type=card&card[number]={number}&card[exp_month]={month}&card[exp_year]={year}&card[cvc]={cvc}"
        )
    };
    let visa = "4242424242424242";
    let this_year = stage.sandbox.now().to_zoned(jiff::tz::TimeZone::UTC).year();
    let year = |from_now: i16| this_year.saturating_add(from_now).to_string();
    for (body, said) in [
        (card("4242424242424241", "1", "2035", "123"), "402 card_error incorrect_number number"),
        (card("42424242424", "1", "2035", "123"), "402 card_error invalid_number number"),
        (card("4242-4242-42", "1", "2035", "123"), "402 card_error invalid_number number"),
        (card(visa, "13", "2035", "123"), "402 card_error invalid_expiry_month exp_month"),
        (card(visa, "0", "2035", "123"), "402 card_error invalid_expiry_month exp_month"),
        (card(visa, "1", &year(-1), "123"), "402 card_error invalid_expiry_year exp_year"),
        (card(visa, "1", &year(51), "123"), "402 card_error invalid_expiry_year exp_year"),
        (card(visa, "1", "235", "123"), "402 card_error invalid_expiry_year exp_year"),
        (card(visa, "12", &year(0), "123"), "200 - - -"),
        (card(visa, "1", "35", "123"), "200 - - -"),
        (card(visa, "1", "2035", "12"), "402 card_error invalid_cvc cvc"),
        (card(visa, "1", "2035", "1234"), "402 card_error invalid_cvc cvc"),
        (card(visa, "1", "2035", "12x"), "402 card_error invalid_cvc cvc"),
        (
            card(visa, "x", "2035", "123"),
            "400 invalid_request_error parameter_invalid_integer card[exp_month]",
        ),
        (
            format!("type=card&card[number]={visa}"),
            "400 invalid_request_error parameter_missing card[exp_month]",
        ),
        ("type=card".to_owned(), "400 invalid_request_error parameter_missing card[number]"),
        (format!("card[number]={visa}"), "400 invalid_request_error parameter_missing type"),
        (
            format!("{}&card[colour]=red", card(visa, "1", "2035", "123")),
            "400 invalid_request_error parameter_unknown card[colour]",
        ),
    ] {
        let received = stage.post("payment_methods", &body).send().await;
        let field = |name: &str| received.text_at(&format!("/error/{name}")).to_owned();
        let fields = ["type", "code", "param"].map(field).join(" ");
        assert_eq!(format!("{} {fields}", received.status), said, "{body}");
    }
    let ten_years = Duration::from_secs(10 * 366 * 86_400);
    stage.sandbox.advance(ten_years);
    let late = stage.post("payment_methods", &card(visa, "1", "2035", "123")).send().await;
    late.refused("402 card_error invalid_expiry_year");
}

#[tokio::test]
async fn neither_number_nor_code_is_kept() {
    let stage = Stage::taking(RawCards::TestNumbers).await;
    let sent = "type=card&card%5Bnumber%5D=4242424242424242&card[exp_month]=3&card[exp_year]=2035\
                &card[cvc]=987&metadata%5Ba%5D=1%202";
    let create = || stage.post("payment_methods", sent).once("card-8").send();
    let made = create().await.good();
    assert_eq!(create().await.good().header("idempotent-replayed"), "true");
    let other = sent.replace("987", "986");
    let other = stage.post("payment_methods", &other).once("card-8").send().await;
    other.refused("400 idempotency_error -");
    stage.post("payment_methods", &sent.replace("&card[cvc]", "&x=1&card[cvc]")).send().await;
    let logged = "type=card&card%5Bnumber%5D=************4242&card[exp_month]=3&card[exp_year]=2035\
                  &card[cvc]=***&metadata%5Ba%5D=1%202";
    assert_eq!(String::from_utf8_lossy(&stage.sandbox.calls()[0].body), logged);
    stage.pay("2000 usd", &made.id(), "").send().await.good();
    let calls = stage.sandbox.calls();
    let bodies = calls.iter().map(|call| String::from_utf8_lossy(&call.body).into_owned());
    let (bodies, state) = (bodies.collect::<String>(), format!("{:?}", stage.sandbox));
    for (sent, kept) in [("=987", "\"987\""), ("=986", "\"986\""), ("4242424242424242", "4242424242424242")] {
        assert!(!bodies.contains(sent) && !state.contains(kept), "{sent} was kept");
    }
}

#[tokio::test]
async fn a_token_stands_for_a_test_card() {
    let stage = Stage::open().await;
    let create = |token: &str| {
        stage.post("payment_methods", &format!("type=card&card[token]={token}&metadata[a]=1")).send()
    };
    assert_eq!(create("tok_visa").await.good().text_at("/card/last4"), "4242");
    assert_eq!(create("tok_mastercard").await.good().text_at("/metadata/a"), "1");
    let declining = create("tok_visa_chargeDeclined").await.good().id();
    stage.pay("2000 usd", &declining, "").send().await.refused("402 card_error card_declined");
    let asking = create("tok_threeDSecure2Required").await.good().id();
    let waiting = stage.pay("2000 usd", &asking, "").send().await.good();
    assert_eq!(waiting.text_at("/status"), "requires_action");
    create("tok_nobody").await.refused("400 invalid_request_error resource_missing");
}
