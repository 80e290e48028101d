//! The promises about refunds of captured money.

use causeway::{money::PositiveMoney, request::RefundReason};
use causeway_domain::observation::{Purpose, RefundSnapshot, RefundStatus, correlation};
use causeway_ports::processor::{Capability, Effect};

use super::{
    authorize,
    reply::{done_refund, missing, rejected},
    stage::{Stage, less, twice},
};
use crate::report::{Checked, ensure, ensure_eq, present};

/// Maximum number of pages, each of 100 refunds.
const MAX_PAGES: usize = 10;

fn gives_back(refund: &RefundSnapshot, intent: &str, amount: PositiveMoney) -> Checked {
    ensure_eq(&refund.status, &RefundStatus::Succeeded, "the refund has succeeded")?;
    ensure_eq(&refund.amount.money, &Some(amount), "the refund gives back what was asked for")?;
    ensure_eq(&refund.payment_intent.as_deref(), &Some(intent), "the refund shows its payment")?;
    ensure(refund.balance_transaction.is_some(), "the refund has a balance transaction")
}

/// The refunds of a payment have these amounts, newest first.
async fn list_is(stage: &Stage<'_>, intent: &str, amounts: &[PositiveMoney]) -> Checked {
    if !stage.can(Capability::List) {
        return Ok(());
    }
    let listed = stage.processor.refunds_of(intent, MAX_PAGES).await;
    let listed = present(listed, "the refunds of a payment are listed")?;
    let listed: Vec<_> = listed.iter().map(|refund| refund.amount.money).collect();
    let expected: Vec<_> = amounts.iter().copied().map(Some).collect();
    ensure_eq(&listed, &expected, "the refunds of a payment are those that were made")
}

pub(super) async fn a_payment_is_refunded(stage: &Stage<'_>) -> Checked {
    let whole = stage.samples.amounts.whole;
    let reasons = [
        None,
        Some(RefundReason::Duplicate),
        Some(RefundReason::Fraudulent),
        Some(RefundReason::RequestedByCustomer),
    ];
    for reason in reasons {
        let (intent, correlation) = (stage.taken().await?, stage.correlation());
        let effect = Effect::Refund { intent: &intent.id, amount: whole, reason, correlation };
        let refund = done_refund(stage.ask(&effect, Purpose::FollowUp).await?, "a payment is refunded")?;
        gives_back(&refund, &intent.id, whole)?;
        let seen = stage.refund_of_id(&refund.id).await?;
        ensure_eq(&seen.id, &refund.id, "a look-up shows the refund that was made")?;
        gives_back(&seen, &intent.id, whole)?;
        list_is(stage, &intent.id, &[whole]).await?;
        authorize::taken(stage, &stage.intent(&intent.id).await?)?;
    }
    Ok(())
}

pub(super) async fn a_part_is_refunded_and_the_rest(stage: &Stage<'_>) -> Checked {
    let (intent, part) = (stage.taken().await?, stage.samples.amounts.part);
    let rest = less(stage.samples.amounts.whole, part)?;
    let first = stage.refunded(&intent.id, part).await?;
    gives_back(&first, &intent.id, part)?;
    let second = stage.refunded(&intent.id, rest).await?;
    gives_back(&second, &intent.id, rest)?;
    ensure(first.id != second.id, "two refunds have two ids")?;
    gives_back(&stage.refund_of_id(&first.id).await?, &intent.id, part)?;
    list_is(stage, &intent.id, &[rest, part]).await
}

pub(super) async fn a_refund_is_done_once(stage: &Stage<'_>) -> Checked {
    let (intent, part, key) = (stage.taken().await?, stage.samples.amounts.part, stage.key());
    let correlation = stage.correlation();
    let effect = Effect::Refund { intent: &intent.id, amount: part, reason: None, correlation };
    let ask = async || {
        let reply = stage.ask_under(&key, &effect, Purpose::FollowUp).await?;
        done_refund(reply, "a refund under one key has one answer")
    };
    let first = ask().await?;
    ensure_eq(&ask().await?.id, &first.id, "a refund is made once under one key")?;
    list_is(stage, &intent.id, &[part]).await?;
    let rest = less(stage.samples.amounts.whole, part)?;
    gives_back(&stage.refunded(&intent.id, rest).await?, &intent.id, rest)
}

pub(super) async fn a_refund_carries_its_correlation(stage: &Stage<'_>) -> Checked {
    let (intent, amount, key) = (stage.taken().await?, stage.samples.amounts.part, stage.key());
    let correlation = stage.correlation();
    let effect = Effect::Refund { intent: &intent.id, amount, reason: None, correlation };
    let reply = stage.ask_under(&key, &effect, Purpose::FollowUp).await?;
    let refund = done_refund(reply, "a part is refunded")?;
    let seen = stage.refund_of_id(&refund.id).await?;
    let expected = [
        (correlation::PAYMENT, correlation.payment.to_string()),
        (correlation::OPERATION, correlation.operation.to_string()),
        (correlation::KEY, key.as_str().to_owned()),
    ];
    for (name, value) in expected {
        for refund in [&refund, &seen] {
            let promise = format!("a refund shows {name}");
            ensure_eq(&refund.metadata.get(name), &Some(&value), &promise)?;
        }
    }
    Ok(())
}

pub(super) async fn more_than_the_payment_is_not_refunded(stage: &Stage<'_>) -> Checked {
    let (intent, whole) = (stage.taken().await?, stage.samples.amounts.whole);
    let more = twice(whole)?;
    rejected(stage.refund(&intent.id, more).await?, "more than the payment is not refunded")?;
    list_is(stage, &intent.id, &[]).await?;
    gives_back(&stage.refunded(&intent.id, whole).await?, &intent.id, whole)
}

pub(super) async fn more_than_is_left_is_not_refunded(stage: &Stage<'_>) -> Checked {
    let (intent, amounts) = (stage.taken().await?, stage.samples.amounts);
    stage.refunded(&intent.id, amounts.part).await?;
    let reply = stage.refund(&intent.id, amounts.whole).await?;
    rejected(reply, "more than is left is not refunded")?;
    list_is(stage, &intent.id, &[amounts.part]).await?;
    stage.refunded(&intent.id, less(amounts.whole, amounts.part)?).await?;
    rejected(stage.refund(&intent.id, amounts.part).await?, "nothing is left to refund")?;
    if !stage.can(Capability::Capture) {
        return Ok(());
    }
    let hold = stage.held().await?;
    stage.capture(&hold.id, amounts.part).await?;
    let reply = stage.refund(&hold.id, amounts.whole).await?;
    rejected(reply, "more than was captured is not refunded")?;
    Ok(())
}

pub(super) async fn a_hold_is_not_refunded(stage: &Stage<'_>) -> Checked {
    let hold = stage.held().await?;
    let reply = stage.refund(&hold.id, stage.samples.amounts.whole).await?;
    rejected(reply, "a hold is not refunded")?;
    authorize::held(stage, &stage.intent(&hold.id).await?)
}

pub(super) async fn an_unknown_payment_is_not_refunded(stage: &Stage<'_>) -> Checked {
    let reply = stage.refund(&stage.samples.unknown.intent, stage.samples.amounts.whole).await?;
    missing(reply, "an unknown payment is missing")?;
    Ok(())
}
