//! Klarna, PayPal and Link: enabled by the account, agreed to on a page, and decided at once or later.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::{KEY, TestAnswer, TestBed};

const BACK: &str = "return_url=https://shop.example/back";

impl TestBed {
    async fn with_wallets(wallets: &[&str]) -> Self {
        let test_bed = Self::open().await;
        test_bed.sandbox.enable_wallets(KEY, wallets).unwrap();
        test_bed
    }

    /// Confirms a payment of 20 euros with a wallet of a customer.
    async fn pay_by(&self, wallet: &str, email: &str, more: &str) -> TestAnswer {
        let body = format!(
            "amount=2000&currency=eur&confirm=true&payment_method_types[]={wallet}&\
             payment_method_data[type]={wallet}&payment_method_data[billing_details][email]={email}&\
             payment_method_data[billing_details][address][country]=DE&{more}"
        );
        self.post("payment_intents", body.trim_end_matches('&')).send().await
    }

    async fn expanded(&self, id: &str) -> TestAnswer {
        let path = format!("payment_intents/{id}?expand[]=latest_charge&expand[]=payment_method");
        self.get(&path).send().await.success()
    }
}

#[tokio::test]
async fn a_wallet_pays_after_the_customer_has_agreed() {
    let test_bed = TestBed::with_wallets(&["klarna", "paypal"]).await;
    for wallet in ["klarna", "paypal"] {
        let waiting = test_bed.pay_by(wallet, "jenny@example.com", BACK).await.success();
        assert_eq!(waiting.text_at("/status"), "requires_action");
        assert_eq!(waiting.text_at("/next_action/redirect_to_url/return_url"), "https://shop.example/back");
        assert!(test_bed.sandbox.authenticate(&waiting.id(), true));
        let paid = test_bed.expanded(&waiting.id()).await;
        assert_eq!((paid.text_at("/status"), paid.at("/amount_received")), ("succeeded", &json!(2000)));
        assert!(paid.text_at("/latest_charge/id").starts_with("py_"));
        assert_eq!(paid.text_at("/latest_charge/payment_method_details/type"), wallet);
        assert_eq!(paid.text_at("/payment_method/type"), wallet);
    }
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.captured(None, "eur"), ledger.held(None, "eur")), (4000, 0));
}

#[tokio::test]
async fn a_refused_or_declined_wallet_takes_nothing() {
    let test_bed = TestBed::with_wallets(&["klarna", "paypal"]).await;
    for (wallet, email, agrees, code) in [
        ("klarna", "jenny@example.com", false, "payment_method_customer_decline"),
        ("paypal", "jenny@example.com", false, "payment_method_customer_decline"),
        ("klarna", "jenny%2Bdenied@example.com", true, "payment_method_provider_decline"),
    ] {
        let waiting = test_bed.pay_by(wallet, email, BACK).await.success();
        assert!(test_bed.sandbox.authenticate(&waiting.id(), agrees));
        let failed = test_bed.expanded(&waiting.id()).await;
        assert_eq!(failed.text_at("/status"), "requires_payment_method");
        assert_eq!(failed.text_at("/last_payment_error/code"), code);
        assert_eq!(failed.text_at("/last_payment_error/payment_method_type"), wallet);
    }
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
    let without_page = test_bed.pay_by("paypal", "jenny@example.com", "").await;
    without_page.expect_refusal("400 invalid_request_error parameter_missing");
    let absent = test_bed.pay_by("paypal", "jenny@example.com", "off_session=true").await;
    absent.expect_refusal("402 card_error authentication_required");
}

#[tokio::test]
async fn klarna_decides_later_and_refunds_later() {
    let test_bed = TestBed::with_wallets(&["klarna"]).await;
    let mut ids = vec![];
    for email in ["jenny%2Bpending@example.com", "jenny%2Bpending%2Bdenied@example.com"] {
        let waiting = test_bed.pay_by("klarna", email, BACK).await.success().id();
        test_bed.sandbox.authenticate(&waiting, true);
        assert_eq!(test_bed.expanded(&waiting).await.text_at("/status"), "processing");
        ids.push(waiting);
    }
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
    test_bed.sandbox.advance(Duration::from_secs(16));
    let paid = test_bed.expanded(&ids[0]).await;
    assert_eq!(paid.text_at("/status"), "succeeded");
    let failed = test_bed.expanded(&ids[1]).await;
    assert_eq!(failed.text_at("/last_payment_error/code"), "payment_method_provider_decline");
    let sent =
        test_bed.post("refunds", &format!("payment_intent={}&amount=500", ids[0])).send().await.success();
    assert_eq!((sent.text_at("/status"), sent.text_at("/destination_details/type")), ("pending", "klarna"));
    test_bed.sandbox.advance(Duration::from_secs(16));
    let done = test_bed.get(&format!("refunds/{}", sent.id())).send().await.success();
    assert_eq!(done.text_at("/status"), "succeeded");
    let expected = ["Authorized 2000 eur", "Captured 2000 eur", "Refunded 500 eur"];
    assert_eq!(test_bed.ledger(), expected);
}

#[tokio::test]
async fn a_wallet_holds_as_long_as_the_wallet_allows() {
    let test_bed = TestBed::with_wallets(&["klarna", "paypal"]).await;
    let mut ids = vec![];
    for manual in ["capture_method=manual", "payment_method_options[paypal][capture_method]=manual"] {
        let wallet = if manual.contains("paypal") { "paypal" } else { "klarna" };
        let waiting =
            test_bed.pay_by(wallet, "jenny@example.com", &format!("{BACK}&{manual}")).await.success().id();
        test_bed.sandbox.authenticate(&waiting, true);
        assert_eq!(test_bed.expanded(&waiting).await.text_at("/status"), "requires_capture");
        ids.push(waiting);
    }
    let again = test_bed
        .pay_by("klarna", "jenny@example.com", &format!("{BACK}&capture_method=manual"))
        .await
        .success()
        .id();
    test_bed.sandbox.authenticate(&again, true);
    let part =
        test_bed.post(&format!("payment_intents/{again}/capture"), "amount_to_capture=700").send().await;
    assert_eq!(part.success().at("/amount_received"), &json!(700));
    test_bed.sandbox.advance(Duration::from_secs(10 * 86_400));
    let (klarna, paypal) = (test_bed.expanded(&ids[0]).await, test_bed.expanded(&ids[1]).await);
    assert_eq!((klarna.text_at("/status"), paypal.text_at("/status")), ("requires_capture", "canceled"));
    test_bed.sandbox.advance(Duration::from_secs(18 * 86_400));
    assert_eq!(test_bed.expanded(&ids[0]).await.text_at("/cancellation_reason"), "expired");
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.captured(None, "eur"), ledger.held(None, "eur")), (700, 0));
}

#[tokio::test]
async fn link_pays_without_a_page() {
    let test_bed = TestBed::with_wallets(&["link"]).await;
    let paid = test_bed.pay_by("link", "jenny@example.com", "").await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    let shown = test_bed.expanded(&paid.id()).await;
    assert_eq!(shown.text_at("/payment_method/link/email"), "jenny@example.com");
    assert_eq!(shown.text_at("/latest_charge/payment_method_details/link/country"), "DE");
    let body = "type=link";
    test_bed
        .post("payment_methods", body)
        .send()
        .await
        .expect_refusal("400 invalid_request_error parameter_missing");
}

#[tokio::test]
async fn a_saved_wallet_pays_without_the_customer() {
    let test_bed = TestBed::with_wallets(&["paypal"]).await;
    let jenny = test_bed.customer().await;
    let body = format!(
        "customer={jenny}&payment_method_types[]=paypal&payment_method_data[type]=paypal&confirm=true&{BACK}&\
         mandate_data[customer_acceptance][type]=offline&expand[]=mandate"
    );
    let waiting = test_bed.post("setup_intents", &body).send().await.success();
    assert_eq!(waiting.text_at("/next_action/type"), "redirect_to_url");
    assert_eq!(waiting.text_at("/mandate/payment_method_details/type"), "paypal");
    test_bed.sandbox.authenticate(&waiting.id(), true);
    let methods = test_bed.get(&format!("customers/{jenny}/payment_methods")).send().await.success().ids();
    let pay = format!(
        "amount=2000&currency=usd&customer={jenny}&payment_method={}&payment_method_types[]=paypal&confirm=true&\
         off_session=true",
        methods[0]
    );
    assert_eq!(test_bed.post("payment_intents", &pay).send().await.success().text_at("/status"), "succeeded");
}

#[tokio::test]
async fn a_wallet_that_is_not_enabled_is_refused_or_dropped() {
    let test_bed = TestBed::with_wallets(&["paypal"]).await;
    let refused = test_bed.pay_by("klarna", "jenny@example.com", BACK).await;
    let said = "The payment method type \"klarna\" is invalid. Please ensure the provided type is activated";
    assert!(refused.text_at("/error/message").starts_with(said), "{}", refused.text);
    let create = |body: &str| test_bed.post("payment_intents", &format!("amount=2000&{body}")).send();
    let types = |answer: TestAnswer| answer.success().at("/payment_method_types").clone();
    let allowed = "allowed_payment_method_types[]=klarna&allowed_payment_method_types[]=card";
    assert_eq!(types(create(&format!("currency=eur&{allowed}")).await), json!(["card"]));
    create("currency=eur&allowed_payment_method_types[]=link")
        .await
        .expect_refusal("400 invalid_request_error -");
    assert_eq!(types(create("currency=eur").await), json!(["card", "sepa_debit", "paypal"]));
    assert_eq!(
        types(create("currency=brl").await),
        json!(["card"]),
        "a currency that PayPal does not pay in"
    );
    let never = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never";
    assert_eq!(types(create(&format!("currency=eur&{never}")).await), json!(["card", "sepa_debit"]));
    let currency = "amount=2000&currency=brl&payment_method_types[]=paypal&payment_method_data[type]=paypal";
    let mismatch = test_bed.post("payment_intents", currency).send().await;
    mismatch.expect_refusal("400 invalid_request_error payment_method_currency_mismatch");
    assert!(test_bed.sandbox.enable_wallets(KEY, &["ideal"]).is_err());
}

#[tokio::test]
async fn the_page_shows_the_merchant_and_the_amount() {
    let test_bed = TestBed::with_wallets(&["paypal"]).await;
    let client = reqwest::Client::builder().build().unwrap();
    let by_card = test_bed.pay("1234567 usd", "pm_card_authenticationRequired", BACK).send().await.success();
    let by_wallet = test_bed.pay_by("paypal", "jenny@example.com", BACK).await.success();
    for (intent, means, amount) in [
        (by_card, "Visa •••• 3184", "data-amount=\"12345.67\" data-currency=\"USD\""),
        (by_wallet, "PayPal", "data-amount=\"20.00\" data-currency=\"EUR\""),
    ] {
        let url = intent.text_at("/next_action/redirect_to_url/url");
        let page = client.get(url).send().await.unwrap().text().await.unwrap();
        for shown in [means, amount, "SBX", "test-source-authorize-3ds", "test-source-fail-3ds"] {
            assert!(page.contains(shown), "{shown} in {page}");
        }
    }
    let url = format!("{}/3d_secure_2/hosted?payment_intent=%3Cscript%3E", test_bed.sandbox.url());
    let unknown = client.get(url).send().await.unwrap().text().await.unwrap();
    assert!(!unknown.contains("<script>") && unknown.contains("<button"), "{unknown}");
}

#[tokio::test]
async fn a_customer_who_does_not_come_back_loses_the_attempt() {
    let test_bed = TestBed::with_wallets(&["klarna", "paypal"]).await;
    let klarna = test_bed.pay_by("klarna", "jenny@example.com", BACK).await.success().id();
    let paypal = test_bed.pay_by("paypal", "jenny@example.com", BACK).await.success().id();
    test_bed.sandbox.advance(Duration::from_secs(2 * 3600));
    let more = "payment_method_data[type]=paypal&return_url=https://shop.example/back";
    let again = test_bed.post(&format!("payment_intents/{paypal}/confirm"), more).send().await.success();
    assert_eq!(again.text_at("/status"), "requires_action");
    test_bed.sandbox.advance(Duration::from_secs(2 * 3600));
    assert_eq!(test_bed.expanded(&paypal).await.text_at("/status"), "requires_action");
    test_bed.sandbox.advance(Duration::from_secs(3600));
    let expired = test_bed.expanded(&paypal).await;
    assert_eq!(expired.text_at("/last_payment_error/code"), "payment_intent_payment_attempt_expired");
    assert!(!test_bed.sandbox.authenticate(&paypal, true), "the page comes too late");
    assert!(test_bed.sandbox.authenticate(&klarna, true));
    assert_eq!(test_bed.expanded(&klarna).await.text_at("/status"), "succeeded");
    test_bed.sandbox.advance(Duration::from_secs(2 * 86_400));
    assert_eq!(test_bed.ledger(), ["Authorized 2000 eur", "Captured 2000 eur"]);
}
