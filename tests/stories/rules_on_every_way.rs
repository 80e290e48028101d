//! The operator's rules on every way to a payment, not on Authorize alone. A forger before the sandbox
//! plays a Stripe that refuses look-ups, and wallets that carry other cards than they show.

use std::sync::Arc;

use causeway::v1::{self, ConfirmRequest, PaymentStatus};
use causeway_sandbox::Sandbox;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::stage::{
    Answer, Billing, Effect, Running, Stage,
    billing::{method, order, read},
    cards::{pay, refused, store_card_request},
    follow_ups::{captured_at_once, import, intent, posted_bodies},
    forging_proxy::{ForgedAnswer, ForgingProxy, answer},
    settings, start_adapter,
    webhooks::without_retries,
};

/// The imports of a tenant, and the rules that they break.
mod imports;

/// A stage whose relay asks a Stripe with forged answers, and accepts Visa cards only.
struct Foreign {
    stage: Stage,
    billing: Billing,
    forger: ForgingProxy,
}

impl Foreign {
    async fn open(change: impl FnOnce(String) -> String) -> Foreign {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        let forger = ForgingProxy::before(sandbox.url()).await;
        let (honest, foreign) = (sandbox.url(), format!("http://{}", forger.address));
        let stage = Stage::on_sandbox(sandbox, |settings| {
            without_retries(change(only(&settings, "\"VISA\"").replace(&honest, &foreign)))
        })
        .await;
        let billing = stage.billing().await;
        Foreign { stage, billing, forger }
    }

    /// The sandbox's answer, with changes.
    fn change(&self, path: &str, about: &str, change: impl Fn(&mut Value) + Send + Sync + 'static) {
        let forge: ForgedAnswer = Arc::new(move |honest| {
            let mut body = honest.body;
            change(&mut body);
            answer(honest.status, "", body.to_string().as_bytes())
        });
        self.forger.forge(path, about, forge);
    }

    /// Stripe refuses the look-up of a PaymentMethod.
    fn refuse_the_look(&self, method: &str, status: u16) {
        let forge: ForgedAnswer = Arc::new(move |_| {
            let error = json!({ "error": { "type": "invalid_request_error", "message": "not shown" } });
            answer(status, "", error.to_string().as_bytes())
        });
        self.forger.forge("/v1/payment_methods/", method, forge);
    }

    /// The alarms with a code, as billing sees them.
    async fn alarms(&self, code: &str) -> Vec<v1::Alarm> {
        let events = self.billing.events(0).await;
        events.into_iter().filter_map(|event| event.alarm).filter(|alarm| alarm.code == code).collect()
    }
}

/// Settings whose payment system "main" accepts these brands.
fn only(settings: &str, brands: &str) -> String {
    let key = "publishable_key = \"pk_test_acme1\"";
    settings.replace(key, &format!("{key}\npayment_methods = [{brands}]"))
}

/// Restarts the relay of a stage with other settings.
async fn restart(stage: &mut Stage, change: impl FnOnce(&str) -> String) {
    stage.stop_relay().await;
    stage.relay_settings = change(&stage.relay_settings);
    stage.start_relay().await;
}

/// A payment that the bank declined after 3-D Secure: the PaymentIntent waits for another card.
async fn waiting(stage: &Stage, billing: &Billing, id: &str) -> v1::Payment {
    let secured = v1::AuthorizeRequest {
        instrument: method("pm_card_authenticationRequired"),
        ..order(id, "12.50 USD")
    };
    let waiting = billing.authorize(secured).await.action_required().payment.unwrap();
    stage.sandbox.authenticate(&intent(&waiting), false);
    waiting
}

fn moved(stage: &Stage) -> usize {
    stage.sandbox.ledger().count(Effect::Authorized)
}

/// E4: an instrument that Stripe does not show cannot be judged, and is not sent: an Amex does not pay
/// where only Visa is accepted.
#[tokio::test]
async fn a_method_that_stripe_does_not_show_continues_no_payment() {
    // The last status stands for a refused key, after which the account is not asked for a while.
    for status in [400, 403, 404, 401] {
        let foreign = Foreign::open(|settings| settings).await;
        let Foreign { stage, billing, .. } = &foreign;
        let payment = waiting(stage, billing, "1").await;
        foreign.refuse_the_look("pm_card_amex", status);
        let result = billing.confirm("2", &payment.id, "pm_card_amex").await.action_required();
        assert!(result.failure.is_some(), "{status}: the answer says why");
        assert_eq!(posted_bodies(stage, "/confirm").len(), 0, "{status}: the method was sent");
        assert_eq!(moved(stage), 0, "{status}");
        if status != 401 {
            billing.confirm("3", &payment.id, "pm_card_visa").await.held_payment();
        }
    }
}

/// E4: the amount and the currency are judged again with another instrument.
#[tokio::test]
async fn another_instrument_is_judged_by_every_rule() {
    let table = [
        ("maximum = \"5000.00\"", "maximum = \"12.00\"", "AMOUNT_ABOVE_MAXIMUM"),
        ("minimum = \"0.50\"", "minimum = \"20.00\"", "AMOUNT_BELOW_MINIMUM"),
        ("[tenants.acme.currencies.USD]", "[tenants.acme.currencies.CAD]", "CURRENCY_UNASSIGNED"),
    ];
    for (before, after, reason) in table {
        let mut stage = Stage::open().await;
        let billing = stage.billing().await;
        let payment = waiting(&stage, &billing, "1").await;
        restart(&mut stage, |settings| settings.replace(before, after)).await;
        let answer = billing.confirm("2", &payment.id, "pm_card_visa").await;
        assert_eq!(answer.reason(), format!("FailedPrecondition {reason}"));
        assert_eq!((posted_bodies(&stage, "/confirm").len(), moved(&stage)), (0, 0));
    }
}

/// E4: what the payer's browser put into the PaymentIntent is judged before it is confirmed.
#[tokio::test]
async fn the_method_of_a_payment_intent_is_judged_too() {
    let foreign = Foreign::open(|settings| settings).await;
    let Foreign { stage, billing, .. } = &foreign;
    let payment = waiting(stage, billing, "1").await;
    let id = intent(&payment);
    foreign.change("/v1/payment_intents/", &id, |object| {
        object["status"] = json!("requires_confirmation");
        object["payment_method"] = json!("pm_card_amex");
    });
    let confirm =
        ConfirmRequest { request_id: "2".to_owned(), payment_id: payment.id.clone(), ..Default::default() };
    let Answer(answer) = billing.confirm_as(confirm).await;
    assert_eq!(Answer(answer).reason(), "FailedPrecondition CARD_BRAND_REFUSED");
    assert_eq!(posted_bodies(stage, "/confirm").len(), 0);
}

/// E4: a wallet and Link show the card, and the card's brand is judged beside the type.
#[tokio::test]
async fn a_card_in_a_wallet_or_in_link_is_judged_by_its_brand() {
    let foreign = Foreign::open(|settings| {
        settings.replace(
            "timeout_seconds = 5",
            "timeout_seconds = 5\nmethod_types = [\"card\", \"link\", \"apple_pay\"]",
        )
    })
    .await;
    let Foreign { stage, billing, .. } = &foreign;
    let carried = |wallet: &'static str| {
        move |object: &mut Value| object["card"]["wallet"] = json!({ "type": wallet, "dynamic_last4": null })
    };
    foreign.change("/v1/payment_methods/", "pm_card_amex", carried("link"));
    foreign.change("/v1/payment_methods/", "pm_card_jcb", carried("apple_pay"));
    foreign.change("/v1/payment_methods/", "pm_card_discover", |object| object["type"] = json!("link"));
    foreign.change("/v1/payment_methods/", "pm_card_visa", carried("link"));
    for (id, card) in [("1", "pm_card_amex"), ("2", "pm_card_jcb"), ("3", "pm_card_discover")] {
        let asks = v1::AuthorizeRequest { instrument: method(card), ..order(id, "12.50 USD") };
        let reason = billing.authorize(asks).await.reason();
        assert_eq!(reason, "FailedPrecondition CARD_BRAND_REFUSED", "{card}");
    }
    assert_eq!(posted_bodies(stage, "/v1/payment_intents").len(), 0);
    // Stripe's type of a card inside Link is "card".
    billing.authorize(order("4", "12.50 USD")).await.held_payment();
    let sent = posted_bodies(stage, "/v1/payment_intents").pop().unwrap();
    assert!(sent.contains("allowed_payment_method_types%5B%5D=card"), "{sent}");
}

/// E4: a charge of a card of another brand than the instrument showed raises one alarm, which names the
/// payment and the brand.
#[tokio::test]
async fn a_charge_of_a_brand_off_the_list_raises_one_alarm() {
    let foreign = Foreign::open(|settings| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nmethod_types = [\"card\", \"link\"]")
    })
    .await;
    let Foreign { stage, billing, .. } = &foreign;
    foreign.change("/v1/payment_methods/", "pm_card_visa", |object| {
        object["card"]["wallet"] = json!({ "type": "link", "dynamic_last4": null });
    });
    foreign.change("/v1/payment_intents", "", |object| {
        if object["latest_charge"].is_object() {
            object["latest_charge"]["payment_method_details"]["card"]["brand"] = json!("amex");
        }
    });
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert_eq!(moved(stage), 1);
    let alarms = foreign.alarms("BRAND_OFF_LIST").await;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    let message = &alarms[0].message;
    assert!(message.contains(&held.id) && message.contains("AMEX"), "{message}");
    assert_eq!(alarms[0].processor_id, intent(&held));
    assert_eq!(&billing.payment(&held.id).await.contradictions[..], std::slice::from_ref(message));

    // Every later look shows the same brand, and no second alarm follows.
    billing.sync(&held.id).await;
    billing.capture("2", &held.id, None).await.captured_payment();
    billing.sync(&held.id).await;
    assert_eq!(foreign.alarms("BRAND_OFF_LIST").await.len(), 1);

    foreign.forger.stop_forging("");
    billing.authorize(captured_at_once(order("3", "3.00 USD"))).await.captured_payment();
    assert_eq!(foreign.alarms("BRAND_OFF_LIST").await.len(), 1, "a Visa raises none");
}

/// E4: a renewal is a new charge, and the instrument is judged anew. The old hold stands, with one alarm.
#[tokio::test]
async fn a_hold_is_not_renewed_against_the_rules() {
    let renewing = |settings: String| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nrenew_hold_hours = 4")
    };
    let hold = async |foreign: &Foreign| {
        let card = foreign.billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
        let held = foreign.billing.authorize(pay("2", "12.50 USD", "c-1", &card.token)).await.held_payment();
        (card, held)
    };
    let stays = async |foreign: &Foreign, held: &v1::Payment, why: &str| {
        foreign.stage.advance_clocks(SignedDuration::from_hours(164)).await;
        for _ in 0..2 {
            foreign.billing.job("holds").await;
        }
        let payment = foreign.billing.payment(&held.id).await;
        assert_eq!((payment.status(), intent(&payment)), (PaymentStatus::Authorized, intent(held)));
        let alarms = foreign.alarms("RENEWAL_FAILED").await;
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        assert!(alarms[0].message.contains(why), "{alarms:?}");
        assert_eq!(moved(&foreign.stage), 1, "one hold only");
        foreign.billing.capture("9", &held.id, None).await.captured_payment();
    };
    let rules = [
        ("payment_methods = [\"VISA\"]", "payment_methods = [\"MASTERCARD\"]", "brand VISA"),
        ("maximum = \"5000.00\"", "maximum = \"12.00\"", "maximum of 12.00 USD"),
    ];
    for (before, after, why) in rules {
        let mut foreign = Foreign::open(renewing).await;
        let (_, held) = hold(&foreign).await;
        restart(&mut foreign.stage, |settings| settings.replace(before, after)).await;
        stays(&foreign, &held, why).await;
    }
    let foreign = Foreign::open(renewing).await;
    let (card, held) = hold(&foreign).await;
    foreign.stage.clock.forward(SignedDuration::from_hours(1));
    foreign.refuse_the_look(&card.processor_id, 403);
    stays(&foreign, &held, "").await;
}

/// E4: a stored card whose brand was taken off the list neither pays nor becomes the default.
#[tokio::test]
async fn a_stored_card_off_the_list_cannot_become_the_default() {
    let mut stage = Stage::with_settings(|settings| only(&settings, "\"VISA\", \"MASTERCARD\"")).await;
    let billing = stage.billing().await;
    let visa = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let other = billing.stored_card(store_card_request("2", "c-1", "pm_card_mastercard")).await;
    billing.set_default_card("3", "c-1", &other.token).await.unwrap();
    restart(&mut stage, |settings| settings.replace("\"VISA\", \"MASTERCARD\"", "\"VISA\"")).await;
    // Without an instrument the default card pays.
    let by_default = v1::AuthorizeRequest { instrument: None, ..pay("4", "5.00 USD", "c-1", &other.token) };
    assert_eq!(billing.authorize(by_default).await.reason(), "FailedPrecondition CARD_BRAND_REFUSED");
    let brand = "FailedPrecondition CARD_BRAND_REFUSED";
    assert_eq!(refused(billing.set_default_card("5", "c-1", &other.token).await), brand);
    let again = v1::TokenizeRequest { ..store_card_request("6", "c-1", &other.processor_id) };
    assert_eq!(refused(billing.tokenize(again).await), brand);
    billing.set_default_card("7", "c-1", &visa.token).await.unwrap();
    billing.delete_card("8", "c-1", &other.token).await.unwrap();
}

/// E7: a part of a hold is captured down to the minimum that admitted the payment, and all of the hold
/// whatever the minimum is.
#[tokio::test]
async fn a_part_of_a_hold_keeps_the_minimum_that_admitted_it() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let mut holds = vec![];
    for id in ["1", "2", "3"] {
        holds.push(billing.authorize(order(id, "10.00 USD")).await.held_payment().id);
    }
    let refused = billing.capture("4", &holds[0], Some("0.01 USD")).await.refused();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["rule"].as_str()),
        ("AMOUNT_BELOW_MINIMUM", "amount.minimum")
    );
    assert_eq!(
        (refused.metadata["configured"].as_str(), refused.metadata["actual"].as_str()),
        ("0.50 USD", "0.01 USD")
    );
    assert_eq!(posted_bodies(&stage, "/capture").len(), 0);
    billing.capture("5", &holds[0], Some("0.50 USD")).await.captured_payment();

    // The payments keep the minimum of the time at which the rules admitted them.
    restart(&mut stage, |settings| settings.replace("minimum = \"0.50\"", "minimum = \"20.00\"")).await;
    let taken = billing.capture("6", &holds[1], Some("0.60 USD")).await.captured_payment();
    assert_eq!(read(&taken.captured), "0.60 USD");
    let taken = billing.capture("7", &holds[2], Some("10.00 USD")).await.captured_payment();
    assert_eq!(read(&taken.captured), "10.00 USD");
}

/// An adapter whose caller has the right `import` too.
async fn with_right(stage: &Stage) -> (Running, Billing) {
    let text = settings::adapter(&[stage.relay_address()], "acme-1", settings::ACME_SECRET);
    let text = text.replace("\"read\", \"jobs\"]", "\"read\", \"jobs\", \"import\"]");
    let adapter = start_adapter(&text, &stage.clock).await;
    let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
    (adapter, billing)
}
