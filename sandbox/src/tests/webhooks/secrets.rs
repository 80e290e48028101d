//! Tests of secrets that are rolled.

use std::time::Duration;

use crate::tests::stage::Stage;
use crate::tests::webhooks::mailbox::Mailbox;

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn while_a_secret_is_rolled_both_sign() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    let endpoint = mailbox.listen(&stage, &["customer.created"]).await;
    let new = stage.sandbox.roll_secret(&endpoint.id, HOUR).unwrap();
    assert!(new.starts_with("whsec_") && new.len() == endpoint.secret.len() && new != endpoint.secret);
    for (old_signs, count) in [(true, 2), (false, 1)] {
        stage.customer().await;
        let letter = mailbox.settled(&stage).await.pop().unwrap();
        assert!(letter.is_signed_with(&new));
        assert_eq!(letter.is_signed_with(&endpoint.secret), old_signs);
        assert_eq!(letter.signatures("v1").len(), count);
        stage.sandbox.advance(HOUR);
    }
    assert_eq!(stage.sandbox.roll_secret("we_unknown", HOUR), None);
}

#[tokio::test]
async fn an_old_secret_signs_for_a_day_at_the_most_or_not_at_all() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    let endpoint = mailbox.listen(&stage, &["customer.created"]).await;
    for (kept, hours, count) in [(HOUR * 1_000, 23, 2), (HOUR * 1_000, 24, 1), (Duration::ZERO, 0, 1)] {
        stage.sandbox.roll_secret(&endpoint.id, kept).unwrap();
        stage.sandbox.advance(HOUR * hours);
        stage.customer().await;
        let letter = mailbox.settled(&stage).await.pop().unwrap();
        assert_eq!(letter.signatures("v1").len(), count, "{hours}");
        stage.sandbox.advance(HOUR * 24);
    }
}
