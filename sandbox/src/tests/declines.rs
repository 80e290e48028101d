//! Declined cards: the codes of each decline, and the state after the decline.

use serde_json::json;

use crate::tests::test_bed::TestBed;

/// The card; then the code, the decline code, the advice and the parameter.
const DECLINES: &[(&str, &str)] = &[
    ("visa_chargeDeclined", "card_declined generic_decline try_again_later -"),
    ("chargeDeclined", "card_declined generic_decline try_again_later -"),
    ("visa_chargeDeclinedInsufficientFunds", "card_declined insufficient_funds try_again_later -"),
    ("visa_chargeDeclinedLostCard", "card_declined lost_card do_not_try_again -"),
    ("visa_chargeDeclinedStolenCard", "card_declined stolen_card do_not_try_again -"),
    ("chargeDeclinedExpiredCard", "expired_card expired_card confirm_card_data exp_month"),
    ("chargeDeclinedIncorrectCvc", "incorrect_cvc incorrect_cvc confirm_card_data cvc"),
    ("chargeDeclinedProcessingError", "processing_error processing_error try_again_later -"),
    ("visa_chargeDeclinedVelocityLimitExceeded", "card_declined card_velocity_exceeded - -"),
    ("chargeDeclinedFraudulent", "card_declined fraudulent - -"),
    ("radarBlock", "card_declined fraudulent - -"),
    ("chargeCustomerFail", "card_declined generic_decline try_again_later -"),
];

#[tokio::test]
async fn each_declining_card_has_documented_codes() {
    let test_bed = TestBed::open().await;
    for (card, expected) in DECLINES {
        let received = test_bed.pay("2000 usd", &format!("pm_card_{card}"), "").send().await;
        let field = |name: &str| received.text_at(&format!("/error/{name}")).to_owned();
        let fields = ["code", "decline_code", "advice_code", "param"].map(field).join(" ");
        assert_eq!(format!("{} {fields}", received.status), format!("402 {expected}"), "{card}");
        assert_eq!(field("type"), "card_error");
        assert!(field("doc_url").starts_with("https://stripe.com/docs/error-codes/"));
        assert!(field("request_log_url").contains(received.header("request-id")));
        assert_eq!(received.text_at("/error/payment_intent/status"), "requires_payment_method");
        assert_eq!(*received.at("/error/payment_intent/payment_method"), json!(null));
        assert_eq!(received.text_at("/error/payment_intent/latest_charge"), field("charge"));
        assert_eq!(received.text_at("/error/payment_intent/last_payment_error/code"), field("code"));
        assert_eq!(received.text_at("/error/payment_method/object"), "payment_method");
    }
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
}

#[tokio::test]
async fn a_declined_charge_can_be_retrieved() {
    let test_bed = TestBed::open().await;
    for (card, outcome) in [
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "declined_by_network issuer_declined insufficient_funds",
        ),
        ("pm_card_radarBlock", "not_sent_to_network blocked highest_risk_level"),
    ] {
        let declined = test_bed.pay("2000 usd", card, "").send().await;
        let charge =
            test_bed.get(&format!("charges/{}", declined.text_at("/error/charge"))).send().await.success();
        assert_eq!(charge.text_at("/status"), "failed");
        assert_eq!(charge.text_at("/failure_code"), "card_declined");
        let field = |name: &str| charge.text_at(&format!("/outcome/{name}")).to_owned();
        assert_eq!(["network_status", "type", "reason"].map(field).join(" "), outcome);
        let refund = test_bed.post("refunds", &format!("charge={}", charge.id())).send().await;
        refund.expect_refusal("400 invalid_request_error -");
        assert!(refund.text.contains("does not have a successful charge to refund"));
    }
}

#[tokio::test]
async fn a_declining_card_cannot_be_attached_but_a_card_that_declines_charges_can() {
    let test_bed = TestBed::open().await;
    let customer = test_bed.post("customers", "email=jenny@example.com").send().await.success().id();
    let attach = |card: &str| {
        test_bed.post(&format!("payment_methods/{card}/attach"), &format!("customer={customer}"))
    };
    attach("pm_card_visa_chargeDeclined").send().await.expect_refusal("402 card_error card_declined");
    let saved = attach("pm_card_chargeCustomerFail").send().await.success().id();
    let more = format!("customer={customer}&off_session=true");
    test_bed.pay("2000 usd", &saved, &more).send().await.expect_refusal("402 card_error card_declined");
}

#[tokio::test]
async fn raw_card_numbers_are_refused_by_default() {
    let test_bed = TestBed::open().await;
    let number = "[number]=4242424242424242";
    for (path, body) in [
        ("payment_methods", format!("type=card&card{number}")),
        ("payment_intents", format!("amount=2000&currency=usd&payment_method_data[card]{number}")),
    ] {
        let refused = test_bed.post(path, &body).send().await;
        refused.expect_refusal("402 invalid_request_error -");
        assert!(refused.text.contains("generally unsafe"));
    }
}
