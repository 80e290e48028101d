//! Declines: the codes, the advice and the messages.

use causeway::v1::{self, Advice, PaymentStatus};

use crate::stage::{Stage, method, order, post, settings};

/// L1, L3, L4: the codes are kept, and the payer's message reveals no secret of the decline.
#[tokio::test]
async fn a_decline_keeps_its_codes_and_hides_them_from_the_payer() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let generic = "Your card was declined. Please use another card or contact your bank.";
    let table = [
        (
            "pm_card_visa_chargeDeclined",
            "CARD_DECLINED card_declined generic_decline",
            Advice::RetryLater,
            generic,
        ),
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "INSUFFICIENT_FUNDS card_declined insufficient_funds",
            Advice::RetryLater,
            "Your card has insufficient funds. Please use another card.",
        ),
        (
            "pm_card_visa_chargeDeclinedLostCard",
            "CARD_DECLINED card_declined lost_card",
            Advice::NewCard,
            generic,
        ),
        (
            "pm_card_visa_chargeDeclinedStolenCard",
            "CARD_DECLINED card_declined stolen_card",
            Advice::NewCard,
            generic,
        ),
        (
            "pm_card_chargeDeclinedExpiredCard",
            "EXPIRED_CARD expired_card expired_card",
            Advice::CorrectData,
            "Your card has expired. Please use another card.",
        ),
        (
            "pm_card_chargeDeclinedIncorrectCvc",
            "INCORRECT_CVC incorrect_cvc incorrect_cvc",
            Advice::CorrectData,
            "Your card's security code is incorrect.",
        ),
        (
            "pm_card_chargeDeclinedProcessingError",
            "PROCESSING_ERROR processing_error processing_error",
            Advice::RetryLater,
            "Your payment could not be processed right now. Please try again later.",
        ),
    ];
    for (card, codes, advice, payer) in table {
        let request = v1::AuthorizeRequest { instrument: method(card), ..order(card, "12.50 USD") };
        let result = billing.authorize(request).await.result();
        assert_eq!(result.outcome(), v1::Outcome::Declined, "{card}");
        let (failure, payment) = (result.failure.unwrap(), result.payment.unwrap());
        assert_eq!(format!("{} {} {}", failure.code, failure.processor_code, failure.decline_code), codes);
        assert_eq!((failure.advice(), failure.payer_message.as_str()), (advice, payer), "{card}");
        assert_eq!(payment.status(), PaymentStatus::Declined);
        assert!(
            payment.processor_ids.unwrap().payment_intent.starts_with("pi_"),
            "the attempt can be found at Stripe"
        );
        assert_eq!(payment.card.unwrap().brand, "visa", "which card was tried");
        assert_eq!(payment.failure, Some(failure), "the payment keeps it too");
        for secret in ["lost", "stolen", "fraud", "blacklist"] {
            assert!(!payer.contains(secret));
        }
    }
    assert_eq!(stage.authorizations(), 0);
}

/// F1: a required action of the payer is an answer, not an error.
#[tokio::test]
async fn a_3d_secure_action_contains_all_data_for_the_browser() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = |id: &str, url: &str| v1::AuthorizeRequest {
        instrument: method("pm_card_authenticationRequired"),
        return_url: url.to_owned(),
        ..order(id, "12.50 USD")
    };
    let redirect = billing.authorize(request("1", "https://portal.example/back")).await.action_required();
    let payment = redirect.payment.unwrap();
    assert_eq!(payment.status(), PaymentStatus::ActionRequired);
    let action = payment.action.unwrap();
    assert_eq!(action.r#type, "redirect_to_url");
    assert!(action.redirect_url.starts_with("http") && action.client_secret.contains("_secret_"));

    let in_page =
        billing.authorize(request("2", "")).await.action_required().payment.unwrap().action.unwrap();
    assert_eq!((in_page.r#type.as_str(), in_page.redirect_url.as_str()), ("use_stripe_sdk", ""));
    assert!(in_page.client_secret.starts_with("pi_"));
    assert_eq!(stage.authorizations(), 0);
}

/// F5: the payer was absent and could not authenticate; the same PaymentIntent waits for the payer.
#[tokio::test]
async fn an_off_session_authentication_request_is_no_plain_decline() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = v1::AuthorizeRequest {
        instrument: method("pm_card_authenticationRequired"),
        off_session: true,
        ..order("1", "12.50 USD")
    };
    let result = billing.authorize(request).await.action_required();
    let (payment, failure) = (result.payment.unwrap(), result.failure.unwrap());
    assert_eq!((failure.code.as_str(), failure.advice()), ("AUTHENTICATION_REQUIRED", Advice::BringPayer));
    let (action, ids) = (payment.action.unwrap(), payment.processor_ids.unwrap());
    assert_eq!(action.r#type, "authentication_required");
    assert!(
        action.client_secret.starts_with(&format!("{}_secret_", ids.payment_intent)),
        "the same PaymentIntent"
    );
}

/// C4: Stripe's own "too small" gives the payer the same sentence.
#[tokio::test]
async fn an_amount_below_stripes_minimum_has_the_same_payer_message() {
    let stage = Stage::with_settings(|settings| settings.replace("\"0.46\"", "\"0.30\"")).await;
    let billing = stage.billing().await;
    // The operator's minimum of 0.30 CHF lies below Stripe's.
    let failure = billing.authorize(order("1", "0.40 CHF")).await.declined();
    assert_eq!(
        (failure.code.as_str(), failure.processor_code.as_str()),
        ("AMOUNT_TOO_SMALL", "amount_too_small")
    );
    assert_eq!(failure.payer_message, "Your payment must be no less than 0.50 CHF");
    assert!(
        failure.operator_message.contains("Stripe refused it (HTTP 400)"),
        "{}",
        failure.operator_message
    );
}

/// F35: Stripe does not accept the key, and only the operator's message says so.
#[tokio::test]
async fn a_revoked_stripe_key_is_reported_to_the_operator() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.sandbox.revoke_key(settings::ACME_KEY);
    let failure = billing.authorize(order("1", "12.50 USD")).await.declined();
    assert_eq!((failure.code.as_str(), failure.advice()), ("PROCESSOR_KEY_REFUSED", Advice::Operator));
    assert!(failure.operator_message.contains("secret key"), "{}", failure.operator_message);
    assert!(!failure.payer_message.contains("key"));
    assert!(!format!("{failure:?}").contains(settings::ACME_KEY));
    assert_eq!(stage.calls(), 1, "it is not repeated");
}

/// A stored PaymentMethod pays only together with the customer.
#[tokio::test]
async fn a_stored_payment_method_pays_only_with_its_customer() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let (customer, card) = store_card(&stage).await;
    let request = |id: &str, customer: &str| v1::AuthorizeRequest {
        instrument: method(&card),
        processor_customer: customer.to_owned(),
        ..order(id, "12.50 USD")
    };
    billing.authorize(request("1", &customer)).await.held_payment();
    billing
        .authorize(v1::AuthorizeRequest { off_session: true, ..request("2", &customer) })
        .await
        .held_payment();
    assert_eq!(billing.authorize(request("3", "")).await.reason(), "NotFound CARD_NOT_FOUND");
    assert_eq!(stage.authorizations(), 2);
}

/// Stores a card straight at Stripe, as a portal does; returns customer and PaymentMethod.
async fn store_card(stage: &Stage) -> (String, String) {
    let post = async |path: &str, form: &str| post(stage, settings::ACME_KEY, path, form).await;
    let customer = post("/v1/customers", "email=ann%40example.com").await;
    let card = post("/v1/payment_methods/pm_card_visa/attach", &format!("customer={customer}")).await;
    (customer, card)
}
