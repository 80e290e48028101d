//! The request for each effect. The expected requests must never change: open requests of an earlier
//! version are repeated byte for byte.

use causeway::{
    money::PositiveMoney,
    request::{PaymentId, RefundReason, ReleaseReason, Reuse, authorize::CaptureMode},
    text::{CardToken, CustomerId, Email, PaymentMethodId, ReturnUrl},
};
use causeway_domain::{customer::Profile, payment::Terms};
use causeway_port_suites::judged::judged;
use causeway_ports::processor::{CardSetup, Confirmation, Correlation, Effect, Processor, SetupCancellation};

use crate::{
    client::{client, key},
    observe::started,
};

/// Path and form of the request for an effect, in the order of the form.
#[track_caller]
fn check(effect: Effect<'_>, expected: &str) {
    let request = client(vec![]).0.request(&effect, &key()).unwrap();
    let fields: Vec<_> = request.form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let nil = uuid::Uuid::nil();
    let expected = expected
        .replace("MARKS", &format!("metadata[causeway_operation]={nil} metadata[causeway_payment]={nil}"))
        .replace("KEY", &format!("metadata[causeway_key]=cw0-{nil}"));
    assert_eq!(format!("{} {}", request.path, fields.join(" ")).trim_end(), expected);
}

fn method() -> PaymentMethodId {
    PaymentMethodId::parse("pm_1").unwrap()
}

fn return_url() -> ReturnUrl {
    ReturnUrl::parse("https://shop.example/back").unwrap()
}

fn correlation() -> Correlation {
    Correlation { operation: uuid::Uuid::nil(), payment: PaymentId(uuid::Uuid::nil()) }
}

#[test]
fn a_payment_is_held_or_taken() {
    let pays = judged(&method()).unwrap();
    let (instrument, correlation) = (&pays, correlation());
    let bare = Terms { payment_method: Some(method()), off_session: true, ..started().order };
    check(
        Effect::Authorize { terms: &bare, instrument, capture_mode: CaptureMode::Manual, correlation },
        "/v1/payment_intents amount=1250 currency=usd payment_method=pm_1 capture_method=manual \
         confirm=true off_session=true MARKS expand[]=latest_charge KEY",
    );
    let full = Terms {
        return_url: Some(return_url()),
        method_type: Some("card".to_owned()),
        store_card: Some(Reuse::OffSession),
        off_session: false,
        ..bare
    };
    check(
        Effect::Authorize { terms: &full, instrument, capture_mode: CaptureMode::Automatic, correlation },
        "/v1/payment_intents amount=1250 currency=usd payment_method=pm_1 capture_method=automatic \
         confirm=true allowed_payment_method_types[]=card return_url=https://shop.example/back \
         setup_future_usage=off_session MARKS expand[]=latest_charge KEY",
    );
}

#[test]
fn each_follow_up_has_its_form() {
    let (amount, intent) = (PositiveMoney::parse("12.50", "USD").unwrap(), "pi_1");
    let (pays, return_url) = (judged(&method()).unwrap(), return_url());
    let confirmed = |instrument| Effect::Confirm { intent, instrument, return_url: Some(&return_url) };
    check(
        Effect::Capture { intent, amount },
        "/v1/payment_intents/pi_1/capture amount_to_capture=1250 expand[]=latest_charge",
    );
    check(
        confirmed(Confirmation::Another(&pays)),
        "/v1/payment_intents/pi_1/confirm payment_method=pm_1 return_url=https://shop.example/back \
         expand[]=latest_charge",
    );
    check(
        confirmed(Confirmation::Present(&pays)),
        "/v1/payment_intents/pi_1/confirm return_url=https://shop.example/back expand[]=latest_charge",
    );
    check(
        Effect::Cancel { intent, reason: Some(ReleaseReason::Duplicate) },
        "/v1/payment_intents/pi_1/cancel cancellation_reason=duplicate expand[]=latest_charge",
    );
    let (reason, correlation) = (Some(RefundReason::Duplicate), correlation());
    check(
        Effect::Refund { intent, amount, reason, correlation },
        "/v1/refunds payment_intent=pi_1 amount=1250 reason=duplicate MARKS KEY",
    );
}

#[test]
fn each_call_about_a_card_or_a_customer_has_its_form() {
    let (method, return_url) = (method(), return_url());
    let pays = judged(&method).unwrap();
    let card = CardToken::parse("ct_abcdefghijklmnopabcdefghijklmnop").unwrap();
    let setup = CardSetup {
        customer: "cus_1",
        instrument: &pays,
        reuse: Reuse::OffSession,
        return_url: Some(&return_url),
        operation: uuid::Uuid::nil(),
        card: &card,
    };
    check(
        Effect::SetUpCard(setup),
        "/v1/setup_intents customer=cus_1 payment_method=pm_1 usage=off_session confirm=true \
         allowed_payment_method_types[]=card return_url=https://shop.example/back \
         metadata[causeway_operation]=00000000-0000-0000-0000-000000000000 \
         metadata[causeway_card]=ct_abcdefghijklmnopabcdefghijklmnop KEY",
    );
    check(
        Effect::CancelSetup { setup: "seti_1", reason: SetupCancellation::Abandoned },
        "/v1/setup_intents/seti_1/cancel cancellation_reason=abandoned",
    );
    check(
        Effect::CancelSetup { setup: "seti_1", reason: SetupCancellation::RequestedByCustomer },
        "/v1/setup_intents/seti_1/cancel cancellation_reason=requested_by_customer",
    );
    check(Effect::DetachCard { method: &method }, "/v1/payment_methods/pm_1/detach");
    check(
        Effect::SetDefaultCard { customer: "cus_1", instrument: &pays },
        "/v1/customers/cus_1 invoice_settings[default_payment_method]=pm_1",
    );
    let reference = CustomerId::parse("c-17").unwrap();
    let email = Some(Email::parse("a@example.com").unwrap());
    let (before, now) = (Profile::default(), Profile { email, ..Profile::default() });
    check(
        Effect::CreateCustomer { reference: &reference, tenant: "acme", profile: &now },
        "/v1/customers email=a@example.com metadata[causeway_customer]=c-17 metadata[causeway_tenant]=acme",
    );
    check(
        Effect::UpdateCustomer { id: "cus_1", before: &before, now: &now },
        "/v1/customers/cus_1 email=a@example.com",
    );
    check(Effect::UpdateCustomer { id: "cus_1", before: &now, now: &now }, "/v1/customers/cus_1");
}
