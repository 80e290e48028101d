//! The small differences by which older clients and other people's code are recognized.

use serde_json::json;

use crate::RawCards;
use crate::tests::test_bed::{CARD, TestBed, raw_card};

#[tokio::test]
async fn a_payment_without_the_customer_needs_no_return_url() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let card = test_bed.post("payment_methods/pm_card_visa/attach", &format!("customer={jenny}"));
    let card = card.send().await.success().id();
    let terms = format!("amount=2000&currency=usd&customer={jenny}&payment_method={card}");
    let absent = test_bed.post("payment_intents", &format!("{terms}&confirm=true&off_session=true"));
    assert_eq!(absent.send().await.success().text_at("/status"), "succeeded");
    let open = test_bed.post("payment_intents", &terms).send().await.success().id();
    let confirm = format!("payment_intents/{open}/confirm");
    test_bed.post(&confirm, "").send().await.expect_refusal("400 invalid_request_error -");
    test_bed.post(&confirm, "off_session=recurring").send().await.success();
}

#[tokio::test]
async fn booleans_of_python_are_read() {
    let test_bed = TestBed::open().await;
    let body = format!("amount=2000&currency=usd&payment_method=pm_card_visa&confirm=True&{CARD}");
    let body = body.replace("[enabled]=true", "[enabled]=True");
    let paid = test_bed.post("payment_intents", &body).send().await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    let open = test_bed.post("payment_intents", "amount=2000&currency=usd&confirm=False").send().await;
    assert_eq!(open.success().text_at("/status"), "requires_payment_method");
    let shouted = test_bed.post("payment_intents", "amount=2000&currency=usd&confirm=TRUE").send().await;
    shouted.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn a_switch_that_is_off_may_be_sent_without_a_confirmation() {
    let test_bed = TestBed::open().await;
    let terms = "amount=2000&currency=usd";
    for name in ["off_session", "error_on_requires_action", "use_stripe_sdk"] {
        test_bed.post("payment_intents", &format!("{terms}&{name}=False")).send().await.success();
        let on = test_bed.post("payment_intents", &format!("{terms}&{name}=true")).send().await;
        assert_eq!((on.status, on.text_at("/error/param")), (400, name), "{}", on.text);
    }
}

#[tokio::test]
async fn an_unknown_parameter_is_named_once() {
    let test_bed = TestBed::open().await;
    let body = "amount=2000&currency=usd&level3[merchant_reference]=1&level3[shipping_amount]=2&colour=red";
    let refused = test_bed.post("payment_intents", body).send().await;
    refused.expect_refusal("400 invalid_request_error parameter_unknown");
    assert_eq!(refused.text_at("/error/message"), "Received unknown parameters: level3, colour");
}

#[tokio::test]
async fn tokens_of_other_kinds_are_refused_as_not_played() {
    let test_bed = TestBed::open().await;
    for (body, kind) in [
        ("pii[id_number]=000000000", "pii"),
        ("cvc_update[cvc]=123", "cvc_update"),
        ("bank_account[country]=US&bank_account[account_number]=000123456789", "bank_account"),
    ] {
        let refused = test_bed.post("tokens", body).send().await;
        refused.expect_refusal("400 invalid_request_error -");
        assert_eq!(refused.text_at("/error/param"), kind);
        assert!(refused.text_at("/error/message").contains("not played by this sandbox"), "{}", refused.text);
    }
}

#[tokio::test]
async fn a_customer_who_was_authenticated_elsewhere_is_not_asked_again() {
    let test_bed = TestBed::open().await;
    let proof = |more: &str| {
        let name = "payment_method_options[card][three_d_secure]";
        format!(
            "{name}[version]=2.2.0&{name}[transaction_id]=f879ea1c&{name}[electronic_commerce_indicator]=02{more}"
        )
    };
    let cryptogram = "&payment_method_options[card][three_d_secure][cryptogram]=jJ81HADVRtXfCBATEp01CJUAAAA=";
    let paid =
        test_bed.pay("2000 gbp", "pm_card_authenticationRequired", &proof(cryptogram)).send().await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    assert_eq!(paid.header("sandbox-ignored"), "-");
    let unproved = test_bed.pay("2000 gbp", "pm_card_authenticationRequired", &proof("")).send().await;
    unproved.expect_refusal("400 invalid_request_error parameter_missing");
}

#[tokio::test]
async fn an_order_by_telephone_cannot_be_authenticated() {
    let test_bed = TestBed::open().await;
    let moto = "payment_method_options[card][moto]=true";
    let paid = test_bed.pay("2000 gbp", "pm_card_authenticationRequiredOnSetup", moto).send().await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    let declined = test_bed.pay("2000 gbp", "pm_card_authenticationRequired", moto).send().await;
    declined.expect_refusal("402 card_error authentication_required");
    let message = "Your card was declined. This transaction requires authentication.";
    assert_eq!(declined.text_at("/error/message"), message);
}

#[tokio::test]
async fn an_action_that_is_not_handled_is_declined_in_stripes_words() {
    let test_bed = TestBed::open().await;
    let more = "error_on_requires_action=true";
    let declined = test_bed.pay("2000 gbp", "pm_card_threeDSecure2Required", more).send().await;
    declined.expect_refusal("402 card_error authentication_required");
    assert_eq!(declined.text_at("/error/decline_code"), "authentication_not_handled");
    let begin =
        "This payment required an authentication action to complete, but `error_on_requires_action` was set.";
    assert!(declined.text_at("/error/message").starts_with(begin), "{}", declined.text);
}

#[tokio::test]
async fn a_co_branded_card_is_charged_over_the_selected_network() {
    let test_bed = TestBed::with_raw_cards(RawCards::TestNumbers).await;
    let card = test_bed.post("payment_methods", &raw_card("4000002500001001", "")).send().await.success();
    assert_eq!(*card.at("/card/networks/available"), json!(["visa", "cartes_bancaires"]));
    let network = "payment_method_options[card][network]=cartes_bancaires&expand[]=latest_charge";
    let paid = test_bed.pay("2000 eur", &card.id(), network).send().await.success();
    assert_eq!(paid.text_at("/payment_method_options/card/network"), "cartes_bancaires");
    assert_eq!(paid.text_at("/latest_charge/payment_method_details/card/network"), "cartes_bancaires");
}

#[tokio::test]
async fn types_that_are_not_enabled_are_left_out_in_silence() {
    let test_bed = TestBed::open().await;
    let create = |currency: &str, types: &[&str]| {
        let types: String =
            types.iter().map(|kind| format!("&allowed_payment_method_types[]={kind}")).collect();
        test_bed.post("payment_intents", &format!("amount=2000&currency={currency}{types}")).send()
    };
    let made = create("eur", &["klarna", "card", "us_bank_account"]).await.success();
    assert_eq!(*made.at("/payment_method_types"), json!(["card"]));
    assert_eq!(*made.at("/allowed_payment_method_types"), json!(["klarna", "card", "us_bank_account"]));
    let none = create("eur", &["us_bank_account"]).await;
    none.expect_refusal("400 invalid_request_error -");
    assert!(none.text_at("/error/message").starts_with("No valid payment method types"), "{}", none.text);
}

#[tokio::test]
async fn a_confirmation_changes_the_types() {
    let test_bed = TestBed::open().await;
    let made =
        test_bed.post("payment_intents", "amount=2000&currency=usd&payment_method_types[]=us_bank_account");
    let confirm = format!("payment_intents/{}/confirm", made.send().await.success().id());
    test_bed
        .post(&confirm, "payment_method=pm_card_visa")
        .send()
        .await
        .expect_refusal("400 invalid_request_error -");
    let body = "payment_method=pm_card_visa&payment_method_types[]=card";
    let paid = test_bed.post(&confirm, body).send().await.success();
    assert_eq!(*paid.at("/payment_method_types"), json!(["card"]));
}

#[tokio::test]
async fn rupiah_have_twelve_digits_and_descriptors_latin_letters() {
    let test_bed = TestBed::open().await;
    let create = |body: &str| test_bed.post("payment_intents", body).send();
    create("amount=999999999999&currency=idr").await.success();
    create("amount=1000000000000&currency=idr")
        .await
        .expect_refusal("400 invalid_request_error amount_too_large");
    create("amount=100000000&currency=eur")
        .await
        .expect_refusal("400 invalid_request_error amount_too_large");
    for (suffix, message) in [
        ("%D0%9F%D0%9B", "The statement descriptor must contain at least one Latin character."),
        ("%E6%94%AF%E6%89%95", "The statement descriptor must contain at least one Latin character."),
        ("SHOP%E6%94%AF", "The statement descriptor must contain only Latin characters."),
    ] {
        let refused = create(&format!("amount=2000&currency=usd&statement_descriptor_suffix={suffix}")).await;
        assert_eq!(refused.text_at("/error/param"), "statement_descriptor_suffix");
        assert_eq!(refused.text_at("/error/message"), message);
    }
}

#[tokio::test]
async fn a_charge_is_refunded_by_its_own_path() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let path = format!("charges/{}/refunds", paid.text_at("/latest_charge"));
    let refund = test_bed.post(&path, "amount=500&expand[]=charge").send().await.success();
    assert_eq!((refund.text_at("/object"), refund.at("/charge/amount_refunded")), ("refund", &json!(500)));
    let one = format!("{path}/{}", refund.id());
    let changed = test_bed.post(&one, "metadata[why]=late").send().await.success();
    assert_eq!(changed.text_at("/metadata/why"), "late");
    assert_eq!(test_bed.get(&one).send().await.success().text_at("/metadata/why"), "late");
    let other = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let of_other = format!("charges/{}/refunds/{}", other.text_at("/latest_charge"), refund.id());
    let missing = test_bed.post(&of_other, "metadata[why]=late").send().await;
    missing.expect_refusal("404 invalid_request_error resource_missing");
    let all = test_bed.get(&path).send().await.success();
    assert_eq!(all.ids(), [refund.id()]);
}
