//! Card numbers: refused by default, accepted where the settings allow numbers, and never stored.

use std::time::Duration;

use crate::tests::test_bed::{KEY, TestBed, raw_card};
use crate::{RawCards, Sandbox, Settings};

const OTHER: &str = "sk_test_other";

#[tokio::test]
async fn raw_card_numbers_are_allowed_for_one_account_only() {
    let test_bed = TestBed::open().await;
    let create = |key: &str| {
        test_bed.post("payment_methods", &raw_card("4242424242424242", "card[cvc]=123")).with_key(key).send()
    };
    create(KEY).await.expect_refusal("402 invalid_request_error -");
    let account = test_bed.sandbox.account_of(KEY).unwrap();
    test_bed.sandbox.allow_raw_cards(&account, RawCards::TestNumbers);
    create(KEY).await.success();
    let refused = create(OTHER).await;
    refused.expect_refusal("402 invalid_request_error -");
    let message = "Sending credit card numbers directly to the Stripe API is generally unsafe.";
    assert!(refused.text_at("/error/message").starts_with(message));
    test_bed.sandbox.allow_raw_cards(&account, RawCards::Refused);
    create(KEY).await.expect_refusal("402 invalid_request_error -");
    test_bed.sandbox.allow_raw_cards("nonsense", RawCards::AnyNumber);
    create("rk_test_nonsense").await.expect_refusal("402 invalid_request_error -");

    let settings = Settings { raw_cards: RawCards::AnyNumber, ..Settings::default() };
    let any_number = TestBed::of(Sandbox::start(settings).await.unwrap());
    let body = raw_card("4242424242424242", "");
    any_number.post("payment_methods", &body).with_key(OTHER).send().await.success();
    any_number.sandbox.allow_raw_cards(OTHER, RawCards::Refused);
    any_number
        .post("payment_methods", &body)
        .with_key(OTHER)
        .send()
        .await
        .expect_refusal("402 invalid_request_error -");
}

#[tokio::test]
async fn invalid_card_details_are_refused_at_creation() {
    let test_bed = TestBed::with_raw_cards(RawCards::AnyNumber).await;
    let card = |number: &str, month: &str, year: &str, cvc: &str| {
        format!(
            "type=card&card[number]={number}&card[exp_month]={month}&card[exp_year]={year}&card[cvc]={cvc}"
        )
    };
    let visa = "4242424242424242";
    let this_year = test_bed.sandbox.now().to_zoned(jiff::tz::TimeZone::UTC).year();
    let year = |from_now: i16| this_year.saturating_add(from_now).to_string();
    for (body, expected) in [
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
        let received = test_bed.post("payment_methods", &body).send().await;
        let field = |name: &str| received.text_at(&format!("/error/{name}")).to_owned();
        let fields = ["type", "code", "param"].map(field).join(" ");
        assert_eq!(format!("{} {fields}", received.status), expected, "{body}");
    }
    let ten_years = Duration::from_secs(10 * 366 * 86_400);
    test_bed.sandbox.advance(ten_years);
    let late = test_bed.post("payment_methods", &card(visa, "1", "2035", "123")).send().await;
    late.expect_refusal("402 card_error invalid_expiry_year");
}

#[tokio::test]
async fn card_number_and_security_code_are_never_stored() {
    let test_bed = TestBed::with_raw_cards(RawCards::TestNumbers).await;
    let sent = "type=card&card%5Bnumber%5D=4242424242424242&card[exp_month]=3&card[exp_year]=2035\
                &card[cvc]=987&metadata%5Ba%5D=1%202";
    let create = || test_bed.post("payment_methods", sent).with_idempotency_key("card-8").send();
    let made = create().await.success();
    assert_eq!(create().await.success().header("idempotent-replayed"), "true");
    let other = sent.replace("987", "986");
    let other = test_bed.post("payment_methods", &other).with_idempotency_key("card-8").send().await;
    other.expect_refusal("400 idempotency_error -");
    test_bed.post("payment_methods", &sent.replace("&card[cvc]", "&x=1&card[cvc]")).send().await;
    let logged = "type=card&card%5Bnumber%5D=************4242&card[exp_month]=3&card[exp_year]=2035\
                  &card[cvc]=***&metadata%5Ba%5D=1%202";
    assert_eq!(String::from_utf8_lossy(&test_bed.sandbox.calls()[0].body), logged);
    test_bed.pay("2000 usd", &made.id(), "").send().await.success();
    let calls = test_bed.sandbox.calls();
    let bodies = calls.iter().map(|call| String::from_utf8_lossy(&call.body).into_owned());
    let (bodies, state) = (bodies.collect::<String>(), format!("{:?}", test_bed.sandbox));
    for (in_body, in_state) in
        [("=987", "\"987\""), ("=986", "\"986\""), ("4242424242424242", "4242424242424242")]
    {
        assert!(!bodies.contains(in_body) && !state.contains(in_state), "{in_body} was stored");
    }
}

#[tokio::test]
async fn a_test_token_creates_a_test_card() {
    let test_bed = TestBed::open().await;
    let create = |token: &str| {
        test_bed.post("payment_methods", &format!("type=card&card[token]={token}&metadata[a]=1")).send()
    };
    assert_eq!(create("tok_visa").await.success().text_at("/card/last4"), "4242");
    assert_eq!(create("tok_mastercard").await.success().text_at("/metadata/a"), "1");
    let declining = create("tok_visa_chargeDeclined").await.success().id();
    test_bed.pay("2000 usd", &declining, "").send().await.expect_refusal("402 card_error card_declined");
    let asking = create("tok_threeDSecure2Required").await.success().id();
    let waiting = test_bed.pay("2000 usd", &asking, "").send().await.success();
    assert_eq!(waiting.text_at("/status"), "requires_action");
    create("tok_nobody").await.expect_refusal("400 invalid_request_error resource_missing");
}
