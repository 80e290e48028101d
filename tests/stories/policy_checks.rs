//! CheckPolicy and ListPaymentOptions: the verdict of each rule before a payment, and the options that a
//! portal may offer.

use causeway::v1::{self, CardDataMode, Judgement};

use crate::stage::{
    Stage,
    billing::read,
    cards::{card, customer, number, only_id, pay, pay_and_store_card, refused, store_card_request},
    method, order,
};

/// The dry run reports the verdict of every rule, writes no row and sends no call.
#[tokio::test]
async fn a_policy_check_reports_each_rule_and_changes_no_state() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let wrong = v1::AuthorizeRequest {
        request_id: String::new(),
        instrument: number("378282246310005", ""),
        customer: only_id("c-1"),
        expected_total: Some(crate::stage::billing::money("1.00 USD")),
        metadata: [("a[b]".to_owned(), "v".to_owned())].into(),
        ..order("", "0.49 USD")
    };
    let policy_check = billing.check("", wrong).await.unwrap();
    assert!(!policy_check.admitted);
    assert_eq!(policy_check.payment_system, "main");
    let broken: Vec<_> = policy_check
        .verdicts
        .iter()
        .filter(|verdict| verdict.judgement() == Judgement::Broken)
        .map(|verdict| {
            (
                verdict.rule.as_str(),
                verdict.reason.as_str(),
                verdict.configured.as_str(),
                verdict.actual.as_str(),
            )
        })
        .collect();
    let limits = "40 metadata entries, names of 40 characters, values of 500; descriptor of 22";
    assert_eq!(
        broken,
        [
            ("amount.minimum", "AMOUNT_BELOW_MINIMUM", "0.50 USD", "0.49 USD"),
            ("amount.expected", "AMOUNT_NOT_EXPECTED", "1.00 USD", "0.49 USD"),
            ("card_data.mode", "CARD_DATA_MODE", "token_only", "card number"),
            ("order.texts", "TEXTS_BEYOND_LIMITS", limits, "metadata[#0] (name)"),
        ]
    );
    let minimum = policy_check.verdicts.iter().find(|verdict| verdict.rule == "amount.minimum").unwrap();
    assert_eq!(minimum.payer_message, "Your payment must be no less than 0.50 USD");
    assert_eq!((minimum.fix.as_str(), minimum.stripe_contacted), ("payer", false));
    let rules: Vec<_> = policy_check.verdicts.iter().map(|verdict| verdict.rule.clone()).collect();
    let all: Vec<_> = causeway_domain::policy::RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(rules, all, "every rule, in the order of precedence");
    nothing_happened(&stage);
}

fn nothing_happened(stage: &Stage) {
    let tables = ["operation", "payment", "customer", "card", "nonce"];
    assert_eq!(tables.map(|table| stage.rows(table)), [0; 5]);
    assert_eq!(stage.calls(), 0);
}

/// A verdict that needs an answer of Stripe is reported as undecided.
#[tokio::test]
async fn a_policy_check_leaves_verdicts_that_need_stripe_undecided() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let verdicts = async |operation: &str, message| {
        let policy = billing.check(operation, message).await.unwrap();
        let shown = |verdict: &v1::Verdict| (verdict.rule.clone(), verdict.judgement());
        (policy.admitted, policy.verdicts.iter().map(shown).collect::<std::collections::HashMap<_, _>>())
    };
    let (admitted, by_rule) = verdicts("Authorize", order("1", "5.00 USD")).await;
    assert!(admitted);
    assert_eq!(by_rule["card.brand"], Judgement::Undecided);
    assert_eq!(by_rule["amount.minimum"], Judgement::Kept);
    assert_eq!(by_rule["customer.email"], Judgement::NotApplicable);

    let (admitted, by_rule) = verdicts("Authorize", order("1", "5.00 XXY")).await;
    assert_eq!((admitted, by_rule["currency.known"]), (false, Judgement::Broken));
    assert_eq!(by_rule["currency.assigned"], Judgement::NotApplicable);

    let keeps = v1::AuthorizeRequest { customer: only_id("c-1"), ..order("", " USD".trim_start()) };
    let keeps = v1::AuthorizeRequest {
        amount: Some(v1::Money { currency: "USD".to_owned(), ..Default::default() }),
        ..keeps
    };
    let (admitted, by_rule) = verdicts("Tokenize", keeps).await;
    assert_eq!((admitted, by_rule["customer.email"]), (false, Judgement::Broken));
    assert_eq!(by_rule["amount.minimum"], Judgement::NotApplicable);

    let policy = billing.check("Void", order("1", "5.00 USD")).await.unwrap();
    let void = policy.verdicts.iter().find(|verdict| verdict.judgement() == Judgement::Broken).unwrap();
    assert_eq!((void.rule.as_str(), void.reason.as_str()), ("operation.supported", "VOID_UNSUPPORTED"));
    nothing_happened(&stage);
    assert_eq!(
        refused(billing.check("Fly", order("1", "5.00 USD")).await),
        "InvalidArgument MALFORMED_REQUEST"
    );
    let none = v1::CheckPolicyRequest { operation: String::new(), payment: None };
    let none = billing.client.clone().check_policy(billing.request(none)).await;
    assert_eq!(refused(none.map(|_| ())), "InvalidArgument MALFORMED_REQUEST");

    let card = billing.stored_card(store_card_request("2", "c-1", "pm_card_mastercard")).await;
    let rows = stage.rows("nonce");
    let (admitted, by_rule) = verdicts("", pay("", "5.00 USD", "c-1", &card.token)).await;
    assert_eq!(
        (admitted, by_rule["card.brand"], by_rule["card.reuse"]),
        (true, Judgement::Kept, Judgement::Kept)
    );
    assert_eq!(stage.rows("nonce"), rows, "not even a nonce is written");
}

/// A6: the options that a portal may offer, for each currency and customer, and never a secret.
#[tokio::test]
async fn payment_options_list_methods_per_currency_and_customer() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let all = billing.options("", "").await.unwrap();
    let currencies: Vec<_> = all.options.iter().map(|option| option.currency.as_str()).collect();
    assert_eq!(currencies, ["CHF", "EUR", "JPY", "KWD", "USD"]);
    assert!(!format!("{all:?}").contains("sk_"));

    let usd = billing.options("USD", "c-1").await.unwrap().options;
    let [usd] = usd.as_slice() else { panic!("{usd:?}") };
    assert_eq!(
        (usd.payment_system.as_str(), usd.processor.as_str(), usd.test_mode),
        ("main", "stripe", true)
    );
    assert_eq!(
        (read(&usd.minimum).as_str(), read(&usd.maximum).as_str(), usd.decimals),
        ("0.50 USD", "5000.00 USD", 2)
    );
    assert_eq!(usd.publishable_key, "pk_test_acme1");
    assert_eq!(usd.brands, ["visa", "mastercard", "amex", "discover"], "the other three are off by default");
    assert_eq!(usd.method_types, ["card"]);
    assert_eq!((usd.card_data_mode(), usd.cvc_required), (CardDataMode::TokenOnly, false));
    assert!(!usd.cards_may_be_saved && usd.why_not_saved.contains("email"), "{usd:?}");

    billing.put_customer("1", customer("c-1")).await.unwrap();
    let usd = billing.options("USD", "c-1").await.unwrap().options.remove(0);
    assert!(usd.cards_may_be_saved && usd.why_not_saved.is_empty());
    assert_eq!(billing.options("GBP", "").await.unwrap().options, []);
    assert_eq!(refused(billing.options("XXY", "").await), "InvalidArgument CURRENCY_UNKNOWN");
    assert_eq!(refused(billing.options("usd", "").await), "InvalidArgument MALFORMED_REQUEST");
}

/// B10: several payment systems in one currency, each with separate methods and a separate minimum.
#[tokio::test]
async fn several_payment_systems_can_share_a_currency() {
    let stage = Stage::with_settings(|settings| {
        settings
            .replace(
                "[tenants.acme.currencies.USD]\npayment_system = \"main\"\nminimum = \"0.50\"\nmaximum = \"5000.00\"",
                "[tenants.acme.currencies.USD.payment_systems.main]\nminimum = \"0.50\"\n\
                 [tenants.acme.currencies.USD.payment_systems.second]\nminimum = \"9.00\"",
            )
            .replace(
                "publishable_key = \"pk_test_acme1\"",
                "publishable_key = \"pk_test_acme1\"\npayment_methods = [\"VISA\", \"MASTERCARD\"]",
            )
            .replace(
                "capture_mode = \"automatic\"",
                "capture_mode = \"automatic\"\npayment_methods = [\"AMEX\"]\ncard_data_mode = \"full_card\"",
            )
    })
    .await;
    let billing = stage.billing().await;
    stage.sandbox.allow_raw_cards("sk_test_acme000000000000000002", causeway_sandbox::RawCards::TestNumbers);
    let systems: Vec<_> = billing
        .options("USD", "")
        .await
        .unwrap()
        .options
        .into_iter()
        .map(|o| (o.payment_system, read(&o.minimum)))
        .collect();
    assert_eq!(
        systems,
        [("main".to_owned(), "0.50 USD".to_owned()), ("second".to_owned(), "9.00 USD".to_owned())]
    );

    let amex = |id: &str, money: &str| v1::AuthorizeRequest {
        instrument: number("378282246310005", "1234"),
        ..order(id, money)
    };
    assert_eq!(
        billing.authorize(amex("1", "8.99 USD")).await.refused().payer_message,
        "Your payment must be no less than 9.00 USD"
    );
    assert_eq!(billing.authorize(amex("2", "9.00 USD")).await.captured_payment().payment_system, "second");
    assert_eq!(
        billing.authorize(order("3", "9.00 USD")).await.reason(),
        "InvalidArgument PAYMENT_SYSTEM_UNNAMED"
    );
    let named = v1::AuthorizeRequest { payment_system: "main".to_owned(), ..order("4", "9.00 USD") };
    assert_eq!(billing.authorize(named).await.held_payment().payment_system, "main");
    let keys: std::collections::HashSet<_> =
        stage.sandbox.ledger().entries().iter().map(|entry| entry.account.clone()).collect();
    assert_eq!(keys.len(), 2, "each through its own account");
}

/// C5, C1: the brand of a PaymentMethod comes from Stripe, and the refusal comes before money moves.
#[tokio::test]
async fn a_brand_outside_the_allowlist_is_refused_before_money_moves() {
    let stage = Stage::with_settings(|settings| {
        settings.replace(
            "publishable_key = \"pk_test_acme1\"",
            "publishable_key = \"pk_test_acme1\"\npayment_methods = [\"VISA\"]",
        )
    })
    .await;
    let billing = stage.billing().await;
    let with =
        |id: &str, card: &str| v1::AuthorizeRequest { instrument: method(card), ..order(id, "5.00 USD") };
    billing.authorize(with("1", "pm_card_visa")).await.held_payment();
    for (card, brand, spoken) in [
        ("pm_card_mastercard", "MASTERCARD", "Mastercard"),
        ("pm_card_amex", "AMEX", "American Express"),
        ("pm_card_discover", "DISCOVER", "Discover"),
        ("pm_card_diners", "DINERS", "Diners Club"),
        ("pm_card_jcb", "JCB", "JCB"),
        ("pm_card_unionpay", "UNIONPAY", "UnionPay"),
    ] {
        let refusal_details = billing.authorize(with("2", card)).await.refused();
        assert_eq!(
            (refusal_details.reason.as_str(), refusal_details.metadata["actual"].as_str()),
            ("CARD_BRAND_REFUSED", brand)
        );
        assert_eq!(refusal_details.metadata["configured"], "VISA");
        assert_eq!(refusal_details.metadata["stripe_contacted"], "false", "it was only looked at");
        assert_eq!(
            refusal_details.payer_message,
            format!("{spoken} cards are not accepted. Please use Visa.")
        );
        let stored = billing.tokenize(store_card_request("2", "c-1", card)).await;
        assert_eq!(refused(stored), "FailedPrecondition CARD_BRAND_REFUSED");
    }
    // The brand follows from a card number, so no look-up at Stripe is needed.
    let calls = stage.calls();
    let raw = v1::AuthorizeRequest {
        instrument: number("378282246310005", "1234"),
        ..pay_and_store_card("3", "5.00 USD", "c-1")
    };
    assert_eq!(billing.authorize(raw).await.reason(), "FailedPrecondition CARD_BRAND_REFUSED");
    let raw = v1::TokenizeRequest {
        instrument: Some(v1::tokenize_request::Instrument::Card(card("5555555555554444", "123"))),
        ..store_card_request("4", "c-1", "")
    };
    assert_eq!(refused(billing.tokenize(raw).await), "FailedPrecondition CARD_BRAND_REFUSED");
    assert_eq!(stage.calls(), calls);
    assert_eq!((stage.stripe_posts(), stage.authorizations(), stage.rows("operation")), (1, 1, 1));
}
