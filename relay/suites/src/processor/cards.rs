//! The promises about stored cards.

use causeway::{
    request::authorize::CaptureMode,
    text::{PaymentMethodId, ProcessorCustomerId},
};
use causeway_domain::observation::{IntentStatus, Purpose, SetupSnapshot, SetupStatus};
use causeway_ports::processor::{Capability, Effect, SetupCancellation};

use super::{
    reply::{done_customer, done_intent, done_method, done_setup, missing, rejected},
    stage::Stage,
};
use crate::{
    judged::judged,
    report::{Checked, Fault, ensure, ensure_eq, present},
};

fn verified(setup: &SetupSnapshot, customer: &str) -> Checked {
    ensure_eq(&setup.status, &SetupStatus::Succeeded, "the card is verified")?;
    ensure_eq(&setup.customer.as_deref(), &Some(customer), "the verification shows its customer")?;
    ensure(setup.payment_method.is_some(), "the verification shows its card")
}

pub(super) async fn a_card_is_stored(stage: &Stage<'_>) -> Checked {
    let customer = stage.customer().await?;
    let setup = done_setup(stage.set_up(&customer, &stage.samples.pays).await?, "a card is stored")?;
    verified(&setup, &customer)?;
    let seen = stage.setup_of_id(&setup.id).await?;
    verified(&seen, &customer)?;
    ensure_eq(&seen.payment_method, &setup.payment_method, "a look-up shows the same card")?;
    let id = present(setup.payment_method, "the verification shows its card")?;
    let method = stage.method(&id).await?;
    ensure_eq(&method.id, &id, "a look-up shows the card that was asked for")?;
    ensure_eq(&method.customer.as_deref(), &Some(customer.as_str()), "a stored card is its customer's")?;
    ensure(method.kind == "card" && method.card.is_some(), "a stored card is a card")
}

pub(super) async fn a_stored_card_pays(stage: &Stage<'_>) -> Checked {
    let (customer, method) = stage.stored().await?;
    for off_session in [false, true] {
        let mut order = stage.order(&method, stage.samples.amounts.whole, CaptureMode::Manual);
        order.terms.customer = Some(ProcessorCustomerId::kept(customer.clone()));
        order.terms.off_session = off_session;
        let intent = done_intent(stage.pay(&order).await?, "a stored card pays")?;
        ensure_eq(&intent.status, &IntentStatus::RequiresCapture, "a stored card pays")?;
        ensure_eq(&intent.payment_method.as_deref(), &Some(method.as_str()), "the stored card has paid")?;
        ensure_eq(&intent.customer.as_deref(), &Some(customer.as_str()), "its customer has paid")?;
    }
    Ok(())
}

pub(super) async fn a_card_is_stored_once(stage: &Stage<'_>) -> Checked {
    let (customer, key) = (stage.customer().await?, stage.key());
    let (operation, token) = stage.card_ids();
    let card = judged(&stage.samples.pays)?;
    let effect = Effect::SetUpCard(stage.setup(&customer, &card, operation, &token));
    let ask = async || done_setup(stage.ask_under(&key, &effect, Purpose::Card).await?, "a card is stored");
    let (first, again) = (ask().await?, ask().await?);
    ensure_eq(&again.id, &first.id, "a card is verified once under one key")?;
    ensure_eq(&again.payment_method, &first.payment_method, "a card is stored once under one key")
}

pub(super) async fn a_declined_card_is_not_stored(stage: &Stage<'_>) -> Checked {
    let customer = stage.customer().await?;
    let reply = stage.set_up(&customer, &stage.samples.declined).await?;
    let rejection = rejected(reply, "a declined card is not stored")?;
    let message = rejection.failure.payer_message.to_lowercase();
    ensure(!message.contains("not been charged"), "a refused card is not a refused payment")?;
    if let Some(left) = rejection.setup {
        ensure(left.status != SetupStatus::Succeeded, "a declined card is not verified")?;
    }
    Ok(())
}

/// A verification that waits for the payer, with the customer.
async fn waiting(stage: &Stage<'_>) -> Result<(String, SetupSnapshot), Fault> {
    let customer = stage.customer().await?;
    let reply = stage.set_up(&customer, &stage.samples.needs_payer).await?;
    let setup = done_setup(reply, "a verification waits for its payer")?;
    ensure_eq(&setup.status, &SetupStatus::RequiresAction, "the payer has to act")?;
    Ok((customer, setup))
}

pub(super) async fn a_verification_waits_for_its_payer(stage: &Stage<'_>) -> Checked {
    let (customer, setup) = waiting(stage).await?;
    ensure(!setup.action.kind.is_empty(), "the payer is told what to do")?;
    ensure(!setup.action.client_secret.is_empty(), "the payer's browser gets its secret")?;
    stage.under_test.payer_acts(&setup.id).await?;
    verified(&stage.setup_of_id(&setup.id).await?, &customer)
}

pub(super) async fn a_verification_is_canceled(stage: &Stage<'_>) -> Checked {
    for reason in [SetupCancellation::RequestedByCustomer, SetupCancellation::Abandoned] {
        let (_, setup) = waiting(stage).await?;
        let effect = Effect::CancelSetup { setup: &setup.id, reason };
        let canceled =
            done_setup(stage.ask(&effect, Purpose::FollowUp).await?, "a verification is canceled")?;
        ensure_eq(&canceled.id, &setup.id, "it is the same verification")?;
        for seen in [canceled, stage.setup_of_id(&setup.id).await?] {
            ensure_eq(&seen.status, &SetupStatus::Canceled, "the verification is canceled")?;
        }
    }
    let reason = SetupCancellation::Abandoned;
    let effect = Effect::CancelSetup { setup: &stage.samples.unknown.setup, reason };
    missing(stage.ask(&effect, Purpose::FollowUp).await?, "an unknown verification is missing")?;
    Ok(())
}

/// The card of a payer who acts at the last moment is stored.
pub(super) async fn a_finished_verification_is_not_canceled(stage: &Stage<'_>) -> Checked {
    let customer = stage.customer().await?;
    let setup = done_setup(stage.set_up(&customer, &stage.samples.pays).await?, "a card is stored")?;
    let effect = Effect::CancelSetup { setup: &setup.id, reason: SetupCancellation::Abandoned };
    let reply = stage.ask(&effect, Purpose::FollowUp).await?;
    let rejection = rejected(reply, "a finished verification is not canceled")?;
    let left = present(rejection.setup, "the rejection shows the finished verification")?;
    verified(&left, &customer)?;
    verified(&stage.setup_of_id(&setup.id).await?, &customer)
}

pub(super) async fn a_removed_card_is_nobodys(stage: &Stage<'_>) -> Checked {
    let (customer, method) = stage.stored().await?;
    let effect = Effect::DetachCard { method: &method };
    let removed = done_method(stage.ask(&effect, Purpose::FollowUp).await?, "a stored card is removed")?;
    ensure_eq(&removed.id.as_str(), &method.as_str(), "the card that was named is removed")?;
    ensure_eq(&removed.customer, &None, "a removed card is nobody's")?;
    ensure_eq(&stage.method(method.as_str()).await?.customer, &None, "a look-up shows that it is nobody's")?;
    if stage.can(Capability::Authorize) {
        let mut order = stage.order(&method, stage.samples.amounts.whole, CaptureMode::Manual);
        order.terms.customer = Some(ProcessorCustomerId::kept(customer));
        rejected(stage.pay(&order).await?, "a removed card pays nothing")?;
    }
    Ok(())
}

pub(super) async fn an_unknown_card_is_not_removed(stage: &Stage<'_>) -> Checked {
    let unknown = PaymentMethodId::kept(stage.samples.unknown.method.clone());
    let effect = Effect::DetachCard { method: &unknown };
    rejected(stage.ask(&effect, Purpose::FollowUp).await?, "an unknown card is not removed")?;
    Ok(())
}

pub(super) async fn a_default_card_is_chosen(stage: &Stage<'_>) -> Checked {
    let (customer, method) = stage.stored().await?;
    let card = judged(&method)?;
    let effect = Effect::SetDefaultCard { customer: &customer, instrument: &card };
    let chosen = done_customer(stage.ask(&effect, Purpose::Card).await?, "a default card is chosen")?;
    ensure(chosen.id == customer && !chosen.deleted, "the customer that was named has chosen")?;
    let unknown = stage.samples.unknown.customer.as_str();
    let effect = Effect::SetDefaultCard { customer: unknown, instrument: &card };
    missing(stage.ask(&effect, Purpose::Card).await?, "an unknown customer is missing")?;
    ensure_eq(
        &stage.method(method.as_str()).await?.customer.as_deref(),
        &Some(customer.as_str()),
        "a default card stays its customer's",
    )
}
