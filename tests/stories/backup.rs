//! A journal restored from a backup: the payments made since the backup are at Stripe and not in the
//! journal, and billing repeats every request.

use std::collections::BTreeMap;

use causeway::v1::{Outcome, PaymentStatus};
use causeway_sandbox::Effect;
use jiff::SignedDuration;

use crate::stage::{
    Answer, Billing, Stage,
    follow_ups::{captured_at_once, intent, money_effects},
    order,
};

/// Number of payments before the backup, and again after the backup.
const PAYMENTS: usize = 20;

/// Stops the relay and waits until the journal is closed, when the journal is a single file.
async fn stop(stage: &mut Stage) {
    stage.stop_relay().await;
    stage.journal_is_closed().await;
}

/// Authorizes `PAYMENTS` payments; returns payment id and PaymentIntent id by request id.
async fn pay(billing: &Billing, prefix: &str) -> BTreeMap<String, (String, String)> {
    let mut paid = BTreeMap::new();
    for number in 0..PAYMENTS {
        let id = format!("{prefix}-{number}");
        let held = billing.authorize(order(&id, "12.50 USD")).await.held_payment();
        paid.insert(id, (held.id.clone(), intent(&held)));
    }
    paid
}

/// Stripe knows the key, with the correlation metadata of a lost operation, so the outcome stays unknown
/// until the relay has reconciled with Stripe.
fn assert_unknown_or_approved(answer: Answer) {
    let outcome = answer.result().outcome();
    assert!(matches!(outcome, Outcome::Unknown | Outcome::Approved), "{outcome:?}");
}

/// Ten minutes are lost. No payment is charged, captured or refunded twice; a request that billing repeats
/// is found at Stripe by the idempotency key, and a payment that billing does not repeat raises an alarm.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_charges_no_payment_twice() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let earlier = pay(&billing, "earlier").await;
    let whole = billing.authorize(captured_at_once(order("whole", "12.50 USD"))).await.captured_payment();
    let backup = stage.directory.path().join("backup.db");
    stop(&mut stage).await;
    std::fs::copy(stage.journal(), &backup).unwrap();
    stage.start_relay().await;
    stage.advance_clocks(SignedDuration::from_mins(10)).await;
    let later = pay(&billing, "later").await;
    let forgotten = billing.authorize(order("forgotten", "12.50 USD")).await.held_payment();
    for (id, (payment, _)) in &earlier {
        billing.capture(&format!("take-{id}"), payment, None).await.captured_payment();
    }
    let (refunded, _) = &earlier["earlier-0"];
    assert_eq!(
        billing.refund("back", refunded, Some("5.00 USD")).await.result().outcome(),
        Outcome::Approved
    );
    let given_back = billing.refund("back-whole", &whole.id, Some("3.00 USD")).await.result();
    assert_eq!(given_back.outcome(), Outcome::Approved);
    let before = money_effects(&stage);
    assert_eq!(stage.authorizations(), 2 * PAYMENTS + 2);

    stop(&mut stage).await;
    std::fs::copy(&backup, stage.journal()).unwrap();
    stage.start_relay().await;
    for (id, (payment, _)) in &earlier {
        let again = billing.authorize(order(id, "12.50 USD")).await.result();
        assert_eq!((again.duplicate, again.payment.unwrap().id), (true, payment.clone()));
        assert_unknown_or_approved(billing.capture(&format!("take-{id}"), payment, None).await);
    }
    for id in later.keys() {
        assert_unknown_or_approved(billing.authorize(order(id, "12.50 USD")).await);
    }
    assert_unknown_or_approved(billing.refund("back-whole", &whole.id, Some("3.00 USD")).await);
    billing.job("open").await;
    for (id, (payment, at_stripe)) in &earlier {
        let taken = billing.capture(&format!("take-{id}"), payment, None).await.captured_payment();
        assert_eq!((&taken.id, &intent(&taken)), (payment, at_stripe));
    }
    for (id, (_, at_stripe)) in &later {
        let found = billing.authorize(order(id, "12.50 USD")).await.held_payment();
        assert_eq!(&intent(&found), at_stripe, "{id} is the payment that there was");
        assert_eq!(billing.payment(&found.id).await.status(), PaymentStatus::Authorized);
    }
    // The first refund is seen by `sync` before billing repeats the request, the second is not.
    billing.sync(refunded).await;
    for (id, payment, amount) in [("back", refunded, "5.00 USD"), ("back-whole", &whole.id, "3.00 USD")] {
        let again = billing.refund(id, payment, Some(amount)).await.result();
        assert_eq!(again.outcome(), Outcome::Approved, "{id}");
        assert_eq!(billing.payment(payment).await.refunds.len(), 1, "{id} is the refund that there was");
    }
    assert_eq!(money_effects(&stage), before, "nothing has moved since");

    stage.advance_clocks(SignedDuration::from_mins(5)).await;
    billing.job("sweep").await;
    let events = billing.events(0).await;
    let alarms: Vec<_> = events.iter().filter_map(|event| event.alarm.clone()).collect();
    assert!(alarms.iter().all(|alarm| ["ORPHAN", "KEY_REUSED"].contains(&&*alarm.code)), "{alarms:?}");
    let orphans: Vec<_> = alarms
        .iter()
        .filter(|alarm| alarm.code == "ORPHAN")
        .map(|alarm| (&*alarm.code, alarm.processor_id.clone()))
        .collect();
    assert_eq!(orphans, [("ORPHAN", intent(&forgotten))]);
    assert_eq!(stage.sandbox.ledger().count(Effect::Authorized), 2 * PAYMENTS + 2);
}
