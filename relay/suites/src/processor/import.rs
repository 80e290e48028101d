//! The promises about a payment that was made through another system.

use causeway_domain::observation::{IntentStatus, correlation};

use super::stage::Stage;
use crate::report::{Checked, ensure, ensure_eq, present};

/// Maximum number of pages, each of 100 refunds or disputes.
const MAX_PAGES: usize = 10;

pub(super) async fn a_payment_of_elsewhere_is_seen(stage: &Stage<'_>) -> Checked {
    let made = stage.under_test.made_elsewhere().await?;
    let id = present(made, "the test makes a payment elsewhere for a processor that imports")?;
    let intent = stage.intent(&id).await?;
    ensure_eq(&intent.id, &id, "a look-up shows the payment that was made elsewhere")?;
    ensure_eq(&intent.status, &IntentStatus::Succeeded, "it is paid")?;
    ensure(intent.amount.money.is_some(), "its amount is known")?;
    ensure_eq(&intent.received.money, &intent.amount.money, "it is paid in full")?;
    ensure(!intent.metadata.contains_key(correlation::PAYMENT), "it has no correlation of ours")?;
    ensure(intent.manual_capture.is_some(), "the way of its capture is known")?;
    let refunds = stage.processor.refunds_of(&id, MAX_PAGES).await;
    ensure_eq(&refunds, &Some(vec![]), "its refunds are listed")?;
    let disputes = stage.processor.disputes_of(&id, MAX_PAGES).await;
    ensure_eq(&disputes, &Some(vec![]), "its disputes are listed")
}
