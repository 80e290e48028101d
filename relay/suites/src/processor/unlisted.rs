//! An operation that a processor does not list is refused before a request is sent.

use causeway::text::PaymentMethodId;
use causeway_domain::observation::Purpose;
use causeway_ports::{
    events::EventQuery,
    processor::{Capability, Confirmation, Effect, Found, ProcessorReply, SetupCancellation, Span},
};

use super::{
    SampleCard,
    stage::{Stage, profile, raw_card},
};
use crate::{
    judged::judged,
    report::{Checked, Fault, ensure},
};

/// The card number for a processor that accepts none.
const CARD: SampleCard = SampleCard { number: "4242424242424242", brand: "visa", cvc: "123" };

/// The port refuses a capability that the processor does not list.
pub(super) async fn is_refused(stage: &Stage<'_>, capability: Capability) -> Checked {
    let before = stage.under_test.calls();
    let unknown = &stage.samples.unknown;
    let (intent, customer) = (unknown.intent.as_str(), unknown.customer.as_str());
    let amount = stage.samples.amounts.whole;
    let method = &judged(&stage.samples.pays)?;
    let (reference, profile) = (stage.reference(), profile("Ada Lovelace"));
    let (operation, token) = stage.card_ids();
    match capability {
        Capability::Authorize => has_no_request(stage, &stage.hold().effect()?)?,
        Capability::Confirm => {
            let instrument = Confirmation::Another(method);
            has_no_request(stage, &Effect::Confirm { intent, instrument, return_url: None })?;
        }
        Capability::Capture => has_no_request(stage, &Effect::Capture { intent, amount })?,
        Capability::Cancel => has_no_request(stage, &Effect::Cancel { intent, reason: None })?,
        Capability::Refund => {
            let correlation = stage.correlation();
            has_no_request(stage, &Effect::Refund { intent, amount, reason: None, correlation })?;
        }
        Capability::SetUpCard => {
            has_no_request(stage, &Effect::SetUpCard(stage.setup(customer, method, operation, &token)))?;
        }
        Capability::CancelSetup => {
            let (setup, reason) = (unknown.setup.as_str(), SetupCancellation::Abandoned);
            has_no_request(stage, &Effect::CancelSetup { setup, reason })?;
        }
        Capability::DetachCard => {
            let method = PaymentMethodId::kept(unknown.method.clone());
            has_no_request(stage, &Effect::DetachCard { method: &method })?;
        }
        Capability::SetDefaultCard => {
            has_no_request(stage, &Effect::SetDefaultCard { customer, instrument: method })?;
        }
        Capability::CreateCustomer => {
            let (reference, profile) = (&reference, &profile);
            has_no_request(stage, &Effect::CreateCustomer { reference, tenant: "acme", profile })?;
        }
        Capability::UpdateCustomer => {
            let effect = Effect::UpdateCustomer { id: customer, before: &profile, now: &profile };
            has_no_request(stage, &effect)?;
        }
        Capability::DeleteCustomer => {
            has_no_answer(&stage.processor.delete_customer(customer).await, capability)?;
        }
        Capability::CreateMethod => {
            let (card, key) = (raw_card(&CARD)?, stage.key());
            let reply = stage.processor.create_method(&card, &profile, &key, Purpose::Card).await;
            has_no_answer(&reply, capability)?;
        }
        // The port has no call for imports alone: an import uses the look-ups of every payment.
        Capability::Import => {}
        Capability::List => nothing_is_listed(stage).await?,
    }
    stage.nothing_was_sent(before, &format!("nothing is sent for {capability:?}, which is not listed"))
}

fn has_no_request(stage: &Stage<'_>, effect: &Effect<'_>) -> Checked {
    let promise = format!("there is no request for {:?}, which is not listed", effect.capability());
    ensure(stage.processor.request(effect, &stage.key()).is_err(), &promise)
}

fn has_no_answer(reply: &ProcessorReply, capability: Capability) -> Checked {
    if matches!(reply, ProcessorReply::NoAnswer { why } if !why.is_empty()) {
        return Ok(());
    }
    Err(Fault(format!("not so: {capability:?} is not listed and has no answer\n  found    {reply:?}")))
}

async fn nothing_is_listed(stage: &Stage<'_>) -> Checked {
    let unknown = &stage.samples.unknown;
    let (processor, span) = (&stage.processor, Span { from: 1, to: 2 });
    ensure(processor.list_intents(span, 1).await.is_none(), "payments are not listed")?;
    ensure(processor.list_refunds(span, 1).await.is_none(), "refunds are not listed")?;
    ensure(processor.refunds_of(&unknown.intent, 1).await.is_none(), "no refunds of a payment are listed")?;
    ensure(processor.disputes_of(&unknown.intent, 1).await.is_none(), "no disputes of a payment are listed")?;
    ensure(processor.cards_of(&unknown.customer, 1).await.is_none(), "no cards of a customer are listed")?;
    let events = processor.list_events(&EventQuery::Since(1)).await;
    ensure(matches!(events, Found::Silent { .. }), "events are not listed")
}
