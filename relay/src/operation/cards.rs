//! Forget a card; choose the card that pays when none is named.

use async_trait::async_trait;
use causeway::{
    order::{DeleteCard, SetDefaultCard},
    refusal::Refusal,
    text::{CardToken, RequestId},
};

use super::{Caller, Desk, New, Order, Prepared, subject};
use crate::{
    customer::{CardState, Customer, StoredCard},
    journal::{About, Begin, Changes, CustomerChange, Kind, Progress, Source, Versioned},
    payment::observe::Outcome,
    policy,
    recovery::plan::KEY_LIVES,
    stripe::{
        client::{Asked, Heard},
        idempotency::IdempotencyKey,
        paths,
        request::StripeRequest,
        view,
    },
};

#[async_trait]
impl Order for DeleteCard {
    const KIND: Kind = Kind::DeleteCard;
    type About = Customer;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        policy::active(desk.tenant(&caller.tenant)?)?;
        let home = desk.card_of(&caller.tenant, &self.customer, &self.card).await?.it.payment_system;
        let turn = desk.turn_of(&caller.tenant, &home, self.customer.as_str()).await;
        let Versioned { it: mut customer, version } =
            desk.card_of(&caller.tenant, &self.customer, &self.card).await?;
        desk.reserve(caller, desk.processor(&customer)?, &home)?;
        let gone = is_gone(desk, &customer, self).await?;
        let card = customer.card_mut(&self.card).ok_or(Refusal::CardNotFound)?;
        let method = card.payment_method.clone();
        let next = if gone {
            card.state = CardState::Deleted;
            Next::Settled(Outcome::Approved)
        } else {
            // From now on it pays nothing, whatever becomes of the call.
            if !matches!(card.state, CardState::Deleting { .. }) {
                card.state = CardState::Deleting { before: Box::new(card.state.clone()) };
            }
            Next::Ask(desk.surroundings.uuid(), StripeRequest::detach(method.as_str()))
        };
        let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
        let begin = desk.begin_cards(caller, self, change, Some(self.card.clone()), next);
        Ok(Prepared { begin, turn: Some(turn) })
    }
}

/// Whether there is nothing to forget any more, here or at the processor. Where it
/// cannot be asked, it is told to forget, and that tells.
async fn is_gone(desk: &Desk, customer: &Customer, order: &DeleteCard) -> Result<bool, Refusal> {
    let card = customer.card(&order.card).ok_or(Refusal::CardNotFound)?;
    let waits = match &card.state {
        CardState::Deleted | CardState::Failed { .. } => return Ok(true),
        CardState::Active | CardState::Deleting { .. } => false,
        CardState::Verifying | CardState::ActionRequired { .. } | CardState::Unknown { .. } => true,
    };
    if waits {
        return give_up_verification(desk, customer, card).await;
    }
    let path = paths::method(card.payment_method.as_str());
    Ok(match desk.processor(customer)?.examine(&path).await {
        Asked::Done { object, .. } => {
            serde_json::from_value::<view::PaymentMethod>(object).is_ok_and(|method| {
                method.customer.as_ref().map(view::ObjectOrId::id) != customer.processor_id()
            })
        }
        Asked::Refused { error, .. } => error.body.code() == "resource_missing",
        Asked::Unknown { .. } | Asked::Kept { .. } | Asked::KeyReused { .. } => false,
    })
}

/// A card whose payer has not acted yet must not be kept when they do. False: they have,
/// and it is to be detached. What cannot be told yet is not deleted.
async fn give_up_verification(desk: &Desk, customer: &Customer, card: &StoredCard) -> Result<bool, Refusal> {
    let not_usable = || Refusal::CardNotUsable { card: card.token.to_string(), status: card.state.spoken() };
    let processor = desk.processor(customer)?;
    let Some(setup) = card.setup_intent.as_deref() else {
        // Its verification was never heard of. It may be attached, or be on its way to it.
        let path = paths::method(card.payment_method.as_str());
        let Asked::Done { object, .. } = processor.examine(&path).await else { return Err(not_usable()) };
        let method = serde_json::from_value::<view::PaymentMethod>(object).map_err(|_| not_usable())?;
        let attached = method.customer.as_ref().map(view::ObjectOrId::id) == customer.processor_id();
        let over = desk.surroundings.now().duration_since(card.created) >= KEY_LIVES;
        return if attached || over { Ok(!attached) } else { Err(not_usable()) };
    };
    let key = IdempotencyKey::once(desk.surroundings.uuid());
    match processor
        .ask(&StripeRequest::cancel_setup(setup, "requested_by_customer"), &key, Heard::Nothing)
        .await
    {
        Asked::Done { .. } => Ok(true),
        Asked::Refused { error, .. } if error.body.code() == "resource_missing" => Ok(true),
        Asked::Refused { error, .. } => {
            match error.body.setup_intent.as_ref().map(|setup| setup.status.as_str()) {
                Some("canceled") => Ok(true),
                Some("succeeded") => Ok(false),
                _ => Err(not_usable()),
            }
        }
        Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } => {
            Err(Refusal::ProcessorSilent { why })
        }
    }
}

#[async_trait]
impl Order for SetDefaultCard {
    const KIND: Kind = Kind::SetDefaultCard;
    type About = Customer;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        policy::active(desk.tenant(&caller.tenant)?)?;
        let Versioned { it: customer, version } =
            desk.card_of(&caller.tenant, &self.customer, &self.card).await?;
        let card = customer.payable(&self.card)?;
        let id = customer.processor_id().ok_or(Refusal::Internal)?;
        let request = StripeRequest::choose(id, card.payment_method.as_str());
        desk.processor(&customer)?;
        let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
        let next = Next::Ask(desk.surroundings.uuid(), request);
        Ok(desk.begin_cards(caller, self, change, Some(self.card.clone()), next).into())
    }
}

/// What is next for an operation on a customer's cards.
pub(super) enum Next {
    /// To ask for this, under this id of the operation.
    Ask(uuid::Uuid, StripeRequest),
    /// Nothing: this is how it has ended.
    Settled(Outcome),
    /// Nothing now: the next run does it.
    Later,
}

impl Desk {
    /// The beginning of an operation on a customer or a card of theirs.
    pub(super) fn begin_cards<O: Order<About = Customer>>(
        &self,
        caller: &Caller,
        order: &O,
        change: CustomerChange,
        card: Option<CardToken>,
        next: Next,
    ) -> Begin {
        let customer = &change.customer;
        let (id, request, progress) = match next {
            Next::Ask(id, request) => (id, Some(request), Progress::Open),
            Next::Settled(outcome) => {
                let answer = customer.result(card.as_ref(), &outcome);
                (self.surroundings.uuid(), None, subject::progress::<Customer>(&outcome, &answer))
            }
            Next::Later => {
                let answer = customer.result(card.as_ref(), &Outcome::Pending);
                let answer = prost::Message::encode_to_vec(&answer);
                (self.surroundings.uuid(), None, Progress::Finished { answer })
            }
        };
        let new = New {
            id,
            about: About::Customer { id: customer.id, card },
            system: (customer.payment_system.as_str(), customer.account.as_str()),
            request,
            progress,
        };
        let operation = self.operation(caller, order, new);
        Begin { operation, changes: Changes::of_customer(change), nonce: caller.nonce.clone() }
    }
}
