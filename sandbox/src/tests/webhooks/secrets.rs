//! Tests of secrets that are rolled.

use std::time::Duration;

use crate::tests::test_bed::TestBed;
use crate::tests::webhooks::receiver::WebhookReceiver;

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn both_secrets_sign_during_a_roll() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["customer.created"]).await;
    let new = test_bed.sandbox.roll_secret(&endpoint.id, HOUR).unwrap();
    assert!(new.starts_with("whsec_") && new.len() == endpoint.secret.len() && new != endpoint.secret);
    for (old_signs, count) in [(true, 2), (false, 1)] {
        test_bed.customer().await;
        let request = receiver.settled(&test_bed).await.pop().unwrap();
        assert!(request.is_signed_with(&new));
        assert_eq!(request.is_signed_with(&endpoint.secret), old_signs);
        assert_eq!(request.signatures("v1").len(), count);
        test_bed.sandbox.advance(HOUR);
    }
    assert_eq!(test_bed.sandbox.roll_secret("we_unknown", HOUR), None);
}

#[tokio::test]
async fn an_old_secret_signs_for_at_most_a_day() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["customer.created"]).await;
    for (keep_old_for, hours, count) in [(HOUR * 1_000, 23, 2), (HOUR * 1_000, 24, 1), (Duration::ZERO, 0, 1)]
    {
        test_bed.sandbox.roll_secret(&endpoint.id, keep_old_for).unwrap();
        test_bed.sandbox.advance(HOUR * hours);
        test_bed.customer().await;
        let request = receiver.settled(&test_bed).await.pop().unwrap();
        assert_eq!(request.signatures("v1").len(), count, "{hours}");
        test_bed.sandbox.advance(HOUR * 24);
    }
}
