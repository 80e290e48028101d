//! The versions of Stripe's API: each difference is played with the version before and with the version of
//! the change, and compared with the documentation.

use serde_json::json;

use crate::stripe_enum::StripeEnum;
use crate::tests::test_bed::{TestAnswer, TestBed};
use crate::tests::webhooks::receiver::WebhookReceiver;
use crate::version::changes::{CHANGES, Change};
use crate::version::{MAPPED, Version};

const PAGE: &str = include_str!("../../../docs/sandbox.md");

/// A payment that no version refuses.
const PAYMENT: &str = "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true\
                       &return_url=https://shop.example/back";

/// Sends a call with a version. Earlier shapes are not those of Stripe's newest description.
async fn post(test_bed: &TestBed, version: Version, path: &str, body: &str) -> TestAnswer {
    test_bed.post(path, body).header("stripe-version", version.as_str()).without_schema_check().send().await
}

async fn get(test_bed: &TestBed, version: Version, path: &str) -> TestAnswer {
    test_bed.get(path).header("stripe-version", version.as_str()).without_schema_check().send().await
}

/// Holds an amount and ends the hold: by a cancellation, or after a week.
async fn ended_hold(test_bed: &TestBed, version: Version, by_time: bool) -> TestAnswer {
    let id = test_bed.hold("2000 usd").await;
    if by_time {
        test_bed.sandbox.advance(std::time::Duration::from_secs(8 * 86_400));
    } else {
        post(test_bed, version, &format!("payment_intents/{id}/cancel"), "").await.success();
    }
    get(test_bed, version, &format!("payment_intents/{id}?expand[]=latest_charge")).await.success()
}

/// Whether a PaymentIntent has no charges, and refuses to expand them.
async fn has_no_charges(test_bed: &TestBed, version: Version) -> bool {
    let expanded = format!("{PAYMENT}&expand[]=charges.data.balance_transaction");
    let paid = post(test_bed, version, "payment_intents", PAYMENT).await.success();
    let with_balance = post(test_bed, version, "payment_intents", &expanded).await;
    assert_eq!(with_balance.status == 400, paid.at("/charges").is_null(), "{}", with_balance.text);
    if with_balance.status == 200 {
        assert_eq!(with_balance.text_at("/charges/data/0/balance_transaction/object"), "balance_transaction");
        assert_eq!(*paid.at("/charges/data/0/id"), *paid.at("/latest_charge"));
        assert_eq!(*paid.at("/charges/total_count"), json!(1));
    }
    with_balance.status == 400
}

/// Whether intents take the dashboard's types by default, in which case a confirmation needs a URL.
async fn has_dashboard_types(test_bed: &TestBed, version: Version) -> bool {
    let body = "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true";
    let paid = post(test_bed, version, "payment_intents", body).await;
    let set_up = post(test_bed, version, "setup_intents", "").await.success();
    let only_cards = *set_up.at("/payment_method_types") == json!(["card"]);
    assert_eq!(only_cards, paid.status == 200, "{}", paid.text);
    assert_eq!(only_cards, set_up.at("/automatic_payment_methods").is_null(), "{}", set_up.text);
    if only_cards {
        assert_eq!(*paid.at("/payment_method_types"), json!(["card"]));
    } else {
        paid.expect_refusal("400 invalid_request_error -");
    }
    !only_cards
}

/// Whether a released hold does not count as refunded.
async fn release_is_no_refund(test_bed: &TestBed, version: Version) -> bool {
    let ended = ended_hold(test_bed, version, false).await;
    let refunded = *ended.at("/latest_charge/refunded") == json!(true);
    let amounts = [ended.at("/latest_charge/amount_refunded"), ended.at("/latest_charge/amount_captured")];
    let expected = if refunded { [json!(2000), json!(null)] } else { [json!(0), json!(0)] };
    assert_eq!(amounts, [&expected[0], &expected[1]], "{}", ended.text);
    !refunded
}

/// Whether calls of a version show the new behaviour of a change.
async fn shows(test_bed: &TestBed, version: Version, change: Change) -> bool {
    match change {
        Change::NoCharges => has_no_charges(test_bed, version).await,
        Change::NoRefunds => {
            let paid = post(test_bed, version, "payment_intents", PAYMENT).await.success();
            let charge = paid.text_at("/latest_charge");
            post(test_bed, version, &format!("charges/{charge}/refunds"), "amount=500").await.success();
            let shown = get(test_bed, version, &format!("charges/{charge}")).await.success();
            shown.at("/refunds/data/0/amount") != 500
        }
        Change::DashboardTypes => has_dashboard_types(test_bed, version).await,
        Change::AsynchronousCapture => {
            let made = post(test_bed, version, "payment_intents", "amount=2000&currency=usd").await.success();
            assert_eq!(made.header("sandbox-ignored"), "-", "a default was not sent by the caller");
            made.text_at("/capture_method") == "automatic_async"
        }
        Change::ReleaseIsNoRefund => release_is_no_refund(test_bed, version).await,
        Change::ReasonExpired => {
            let ended = ended_hold(test_bed, version, true).await;
            let reason = ended.text_at("/cancellation_reason");
            assert!(["automatic", "expired"].contains(&reason), "{}", ended.text);
            reason == "expired"
        }
        Change::NoInvoice => {
            let body = format!("{PAYMENT}&expand[]=latest_charge");
            let paid = post(test_bed, version, "payment_intents", &body).await.success();
            let has = |pointer: &str| paid.body.pointer(pointer).is_some();
            assert_eq!(has("/invoice"), has("/latest_charge/invoice"), "{}", paid.text);
            !has("/invoice")
        }
        Change::AllowedTypes => {
            let body = "amount=2000&currency=usd&allowed_payment_method_types[]=card";
            let made = post(test_bed, version, "payment_intents", body).await;
            if made.status != 200 {
                made.expect_refusal("400 invalid_request_error parameter_unknown");
            }
            made.status == 200
        }
        Change::NoListedTypes => {
            let body = "payment_method_types[]=card";
            let made = post(test_bed, version, "setup_intents", body).await;
            if made.status != 200 {
                made.expect_refusal("400 invalid_request_error payment_method_types_no_longer_supported");
                assert_eq!(made.text_at("/error/param"), "payment_method_types");
            }
            made.status != 200
        }
        Change::ExpandableCardMandate => {
            let path = "charges?expand[]=data.payment_method_details.card.mandate";
            get(test_bed, version, path).await.status == 200
        }
    }
}

#[tokio::test]
async fn each_change_comes_with_its_version() {
    let test_bed = TestBed::open().await;
    for row in CHANGES {
        let position = Version::ALL.iter().position(|version| *version == row.since).unwrap();
        let before = Version::ALL[position - 1];
        assert!(!shows(&test_bed, before, row.change).await, "{:?} in {before:?}", row.change);
        assert!(shows(&test_bed, row.since, row.change).await, "{:?} in {:?}", row.change, row.since);
    }
}

#[test]
fn the_documentation_lists_every_version_and_difference() {
    for row in CHANGES {
        let line = format!("| {} | {:?} | {} |\n", row.since.as_str(), row.side, row.text).to_lowercase();
        assert!(PAGE.to_lowercase().contains(&line), "docs/sandbox.md lacks\n{line}");
    }
    for version in Version::ALL {
        let also = MAPPED.iter().find(|(played, _)| played == version).map_or(&[][..], |(_, texts)| *texts);
        let line = format!("| {} | {} |\n", version.as_str(), also.join(", "));
        assert!(PAGE.contains(&line.replace("|  |", "| |")), "docs/sandbox.md lacks\n{line}");
    }
}

#[tokio::test]
async fn versions_in_between_are_played_and_echoed() {
    let test_bed = TestBed::open().await;
    for (played, texts) in MAPPED {
        for text in *texts {
            let call = test_bed.post("payment_intents", "amount=2000&currency=usd").without_schema_check();
            let made = call.header("stripe-version", text).send().await.success();
            assert_eq!(made.header("stripe-version"), *text);
            let is_async = made.text_at("/capture_method") == "automatic_async";
            assert_eq!(is_async, played.has(Change::AsynchronousCapture), "{text}");
        }
    }
}

#[tokio::test]
async fn other_versions_are_refused() {
    let test_bed = TestBed::open().await;
    for (version, begin) in [
        ("latest", "Invalid Stripe API version: latest"),
        ("2027-01-27.fennel", "Invalid Stripe API version: 2027-01-27.fennel"),
        (
            "2019-05-16",
            "The Stripe API version 2019-05-16 is not played by this sandbox. It plays 2020-08-27, ",
        ),
        ("2026-08-26.preview", "The Stripe API version 2026-08-26.preview is not played by this sandbox."),
    ] {
        let refused = test_bed.get("payment_intents").header("stripe-version", version).send().await;
        refused.expect_refusal("400 invalid_request_error -");
        assert!(refused.text_at("/error/message").starts_with(begin), "{}", refused.text);
        let body = format!("url=https://shop.example&enabled_events[]=*&api_version={version}");
        let endpoint = test_bed.post("webhook_endpoints", &body).send().await;
        assert_eq!((endpoint.status, endpoint.text_at("/error/param")), (400, "api_version"), "{version}");
    }
}

#[tokio::test]
async fn the_intent_in_a_refusal_has_the_charges_of_its_version() {
    let test_bed = TestBed::open().await;
    let body = "amount=2000&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true";
    let declined = post(&test_bed, Version::V2020_08_27, "payment_intents", body).await;
    declined.expect_refusal("402 card_error card_declined");
    let charges = declined.at("/error/payment_intent/charges/data");
    assert_eq!(
        (charges[0]["status"].as_str(), charges[0]["captured"].as_bool()),
        (Some("failed"), Some(false))
    );
    let again = format!("payment_intents/{}/confirm", declined.text_at("/error/payment_intent/id"));
    let declined =
        post(&test_bed, Version::V2020_08_27, &again, "payment_method=pm_card_chargeDeclined").await;
    assert_eq!(*declined.at("/error/payment_intent/charges/total_count"), json!(2));
    let paid = post(&test_bed, Version::V2020_08_27, &again, "payment_method=pm_card_visa").await.success();
    let states: Vec<&str> = paid
        .at("/charges/data")
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["succeeded", "failed", "failed"]);
}

#[tokio::test]
async fn an_event_has_the_version_of_its_endpoint_and_not_of_the_call() {
    let test_bed = TestBed::open().await;
    let (old, new) = (WebhookReceiver::open().await, WebhookReceiver::open().await);
    old.subscribe(&test_bed, &["payment_intent.succeeded&api_version=2020-08-27"]).await;
    new.subscribe(&test_bed, &["payment_intent.succeeded"]).await;
    post(&test_bed, Version::V2020_08_27, "payment_intents", PAYMENT).await.success();
    let (old, new) = (old.settled(&test_bed).await, new.settled(&test_bed).await);
    let (old, new) = (&old[0].event, &new[0].event);
    assert_eq!((&old["id"], &old["api_version"]), (&new["id"], &json!("2020-08-27")));
    assert_eq!(old["data"]["object"]["charges"]["data"][0]["object"], "charge");
    assert_eq!(new["api_version"], "2026-08-26.dahlia");
    assert_eq!(new["data"]["object"]["charges"], json!(null));
    let listed = get(&test_bed, Version::V2020_08_27, "events?type=payment_intent.succeeded").await.success();
    assert_eq!(*listed.at("/data/0/data"), new["data"], "events are shown in the version of the account");
}

#[tokio::test]
async fn the_control_api_lists_the_versions() {
    let test_bed = TestBed::open().await;
    let versions = format!("{}/_sandbox/versions", test_bed.sandbox.url());
    let listed = reqwest::Client::builder().build().unwrap().get(versions).send().await.unwrap();
    let listed: serde_json::Value = serde_json::from_str(&listed.text().await.unwrap()).unwrap();
    let versions: Vec<&str> =
        listed["versions"].as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
    assert_eq!(versions.len(), Version::ALL.len());
    assert_eq!(versions[0], "2020-08-27");
    assert_eq!(listed["versions"][3]["also"], json!(["2023-10-16"]));
    assert_eq!(listed["versions"][2]["changes"].as_array().unwrap().len(), 2);
}
