//! Deletes a stored card, and sets the default card of a customer.

use async_trait::async_trait;
use causeway::{
    refusal::Refusal,
    request::{DeleteCard, SetDefaultCard},
    text::{CardToken, RequestId},
};
use causeway_domain::{
    change::{Changes, CustomerChange, Versioned},
    customer::{CardState, Customer, StoredCard},
    idempotency::IdempotencyKey,
    observation::{Purpose, SetupStatus},
    operation::{CustomerCommand, Progress, Source},
    policy::{self, PolicyInput, Shown},
    request::ProcessorRequest,
    transition::Outcome,
};
use causeway_ports::{
    journal::Begin,
    processor::{Delivery, Effect, Found, Object, ObjectRef, ProcessorReply, SetupCancellation},
};
use prost::Message;

use crate::{
    aggregate::{Aggregate, progress},
    config::KEY_LIFETIME,
    context::Context,
    execute::command::{Caller, Command, NewOperation, Plan},
    processors::request,
};

#[async_trait]
impl Command for DeleteCard {
    type Aggregate = Customer;
    const COMMAND: CustomerCommand = CustomerCommand::DeleteCard;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        policy::active(context.tenant(&caller.tenant)?)?;
        let home = context.card_of(&caller.tenant, &self.customer, &self.card).await?.value.payment_system;
        let lock = context.lock_customer(&caller.tenant, &home, self.customer.as_str()).await;
        let Versioned { value: mut customer, version } =
            context.card_of(&caller.tenant, &self.customer, &self.card).await?;
        context.reserve(caller, context.processor(&customer)?, &home)?;
        let gone = is_gone(context, &customer, self).await?;
        let method = customer.card(&self.card).ok_or(Refusal::CardNotFound)?.payment_method.clone();
        let next = if gone {
            Next::Settled(Outcome::Approved)
        } else {
            let key = context.key(caller, self, &customer.account());
            let effect = Effect::DetachCard { method: &method };
            let request = request(context.processor(&customer)?, &home, &effect, &key)?;
            Next::Ask(context.environment.uuid(), request)
        };
        let card = customer.card_mut(&self.card).ok_or(Refusal::CardNotFound)?;
        if gone {
            card.state = CardState::Deleted;
        } else if !matches!(card.state, CardState::Deleting { .. }) {
            // The card cannot pay from now on, regardless of the outcome of the processor call.
            card.state = CardState::Deleting { before: Box::new(card.state.clone()) };
        }
        let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
        let begin = context.begin_cards(caller, self, change, Some(self.card.clone()), next);
        Ok(Plan { begin, lock: Some(lock) })
    }
}

/// Whether the card is already deleted in the journal or at the processor. If the processor does
/// not answer the look-up, the card counts as present, and the detach request decides. A card in
/// verification is cancelled first.
async fn is_gone(context: &Context, customer: &Customer, order: &DeleteCard) -> Result<bool, Refusal> {
    let card = customer.card(&order.card).ok_or(Refusal::CardNotFound)?;
    let waits = match &card.state {
        CardState::Deleted | CardState::Failed { .. } => return Ok(true),
        CardState::Active | CardState::Deleting { .. } => false,
        CardState::Verifying | CardState::ActionRequired { .. } | CardState::Unknown { .. } => true,
    };
    if waits {
        return give_up_verification(context, customer, card).await;
    }
    let object = ObjectRef::Method(card.payment_method.as_str());
    let reply = context.processor(customer)?.retrieve(object, Purpose::FollowUp).await;
    Ok(match reply.found(Object::method) {
        Found::Is(method) => method.customer.as_deref() != customer.processor_id(),
        Found::Missing => true,
        Found::Rejected(_) | Found::Unreadable { .. } | Found::Silent { .. } => false,
    })
}

/// Cancels the verification of a card, so that the card is not stored when the payer acts later.
/// `false` means that the payer has acted and the card has to be detached. A card of unknown
/// state is not deleted.
async fn give_up_verification(
    context: &Context,
    customer: &Customer,
    card: &StoredCard,
) -> Result<bool, Refusal> {
    let not_usable = || Refusal::CardNotUsable { card: card.token.to_string(), status: card.state.spoken() };
    let processor = context.processor(customer)?;
    let Some(setup) = card.setup_intent.as_deref() else {
        // The verification's answer was lost: the card may be attached, or may be attached soon.
        let object = ObjectRef::Method(card.payment_method.as_str());
        let reply = processor.retrieve(object, Purpose::FollowUp).await;
        let Found::Is(method) = reply.found(Object::method) else { return Err(not_usable()) };
        let attached = method.customer.as_deref() == customer.processor_id();
        let over = context.environment.now().duration_since(card.created) >= KEY_LIFETIME;
        return if attached || over { Ok(!attached) } else { Err(not_usable()) };
    };
    let key = IdempotencyKey::once(context.environment.uuid());
    let effect = Effect::CancelSetup { setup, reason: SetupCancellation::RequestedByCustomer };
    let request = request(processor, &customer.payment_system, &effect, &key)?;
    match processor.send(&request, &key, Delivery::NotSent, Purpose::FollowUp).await {
        ProcessorReply::Succeeded { .. } | ProcessorReply::Unreadable { .. } => Ok(true),
        ProcessorReply::Rejected { rejection, .. } if rejection.is_missing() => Ok(true),
        ProcessorReply::Rejected { rejection, .. } => {
            match rejection.setup.as_ref().map(|setup| setup.status) {
                Some(SetupStatus::Canceled) => Ok(true),
                Some(SetupStatus::Succeeded) => Ok(false),
                Some(
                    SetupStatus::RequiresAction | SetupStatus::RequiresPaymentMethod | SetupStatus::Other,
                )
                | None => Err(not_usable()),
            }
        }
        ProcessorReply::NoAnswer { why }
        | ProcessorReply::PersistedError { why }
        | ProcessorReply::KeyConflict { why } => Err(Refusal::ProcessorSilent { why }),
    }
}

#[async_trait]
impl Command for SetDefaultCard {
    type Aggregate = Customer;
    const COMMAND: CustomerCommand = CustomerCommand::SetDefaultCard;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let tenant = context.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let Versioned { value: customer, version } =
            context.card_of(&caller.tenant, &self.customer, &self.card).await?;
        let card = customer.payable(&self.card)?;
        let system = tenant.system(&customer.payment_system).ok_or(Refusal::Internal)?;
        let input = PolicyInput::of_card(tenant, system, context.environment.now());
        let judged = policy::admit(input, &Shown::Kept(card))?;
        let id = customer.processor_id().ok_or(Refusal::Internal)?;
        let key = context.key(caller, self, &customer.account());
        let effect = Effect::SetDefaultCard { customer: id, instrument: &judged };
        let request = request(context.processor(&customer)?, &customer.payment_system, &effect, &key)?;
        let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
        let next = Next::Ask(context.environment.uuid(), request);
        Ok(context.begin_cards(caller, self, change, Some(self.card.clone()), next).into())
    }
}

/// The next step of an operation on a customer or a stored card.
pub(super) enum Next {
    /// Send this request to the processor, under this operation id.
    Ask(uuid::Uuid, ProcessorRequest),
    /// No request: the operation is finished with this outcome.
    Settled(Outcome),
    /// No request now: the next run of a job sends the request.
    Later,
}

impl Context {
    /// The beginning of an operation on a customer or a stored card.
    pub(super) fn begin_cards<C: Command<Aggregate = Customer>>(
        &self,
        caller: &Caller,
        command: &C,
        change: CustomerChange,
        card: Option<CardToken>,
        next: Next,
    ) -> Begin {
        let customer = &change.customer;
        let (id, request, progress) = match next {
            Next::Ask(id, request) => (id, Some(request), Progress::Open),
            Next::Settled(outcome) => {
                let answer = customer.result(card.as_ref(), &outcome);
                (self.environment.uuid(), None, progress::<Customer>(&outcome, &answer))
            }
            Next::Later => {
                let answer = customer.result(card.as_ref(), &Outcome::Pending).encode_to_vec();
                (self.environment.uuid(), None, Progress::Finished { answer })
            }
        };
        let new = NewOperation { id, aggregate: customer, card, request, progress };
        let operation = self.operation(caller, command, new);
        Begin { operation, changes: Changes::of_customer(change), nonce: caller.nonce.clone() }
    }
}
