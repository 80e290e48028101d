//! Stores a card, verified with a SetupIntent, which holds and charges no money.

use async_trait::async_trait;
use causeway::{
    card::RawCard,
    refusal::Refusal,
    request::{Instrument, Tokenize},
    text::{PaymentMethodId, RequestId},
};
use causeway_domain::{
    change::{CustomerChange, Versioned},
    customer::{CardState, Customer, EmittedCardEvents, StoredCard},
    observation::{MethodSnapshot, Purpose, Rejection},
    operation::{CustomerCommand, Source},
    policy::{self, Judged, PolicyInput, Screened, Shown},
    tenant::{PaymentSystem, Tenant},
    transition::Outcome,
};
use causeway_ports::processor::{CardSetup, Effect};

use super::{authorize::only_cards, cards::Next, instrument::Asking, register::register};
use crate::{
    aggregate::Aggregate,
    context::Context,
    execute::command::{Caller, Command, Plan},
    processors::request,
    request_lock::RequestLock,
};

#[async_trait]
impl Command for Tokenize {
    type Aggregate = Customer;
    const COMMAND: CustomerCommand = CustomerCommand::Tokenize;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn card(&self) -> Option<&RawCard> {
        self.instrument.card()
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let tenant = context.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let known = context.known(tenant, &self.customer.id).await?;
        let input = PolicyInput::of_tokenize(tenant, self, &known, context.environment.now())?;
        let screened = policy::screen(input)?;
        let system = screened.system().ok_or(Refusal::Internal)?;
        if let Instrument::PaymentMethod(id) = &self.instrument
            && let Some((customer, card)) = context.kept_as(tenant, id, Some(&self.customer.id)).await?
        {
            screened.admit(&Shown::Kept(&card))?;
            return kept_already(context, caller, self, customer, &card).await;
        }
        context.admit_to(caller, tenant, system)?;
        let method = match method(context, (tenant, system), self, &known, &screened).await? {
            Ok(method) => method,
            Err(rejection) => return refused(context, caller, self, system, rejection).await,
        };
        let id = PaymentMethodId::parse(&method.id).map_err(|_| Refusal::Internal)?;
        let judged = screened.admit(&Shown::Method(id, &method))?;
        only_cards(&method)?;
        let lock = context.lock_customer(&caller.tenant, &system.name, self.customer.id.as_str()).await;
        let registered =
            register(context, &caller.tenant, system, &self.customer, &lock, Purpose::Card).await?;
        match registered {
            Ok(customer) => begin(context, caller, self, customer, (&method, &judged), lock),
            Err(rejection) => refused(context, caller, self, system, rejection).await,
        }
    }
}

/// The processor's PaymentMethod for the card, or the processor's definitive rejection.
async fn method(
    context: &Context,
    (tenant, system): (&Tenant, &PaymentSystem),
    order: &Tokenize,
    known: &[Versioned<Customer>],
    screened: &Screened<'_>,
) -> Result<Result<MethodSnapshot, Box<Rejection>>, Refusal> {
    match &order.instrument {
        Instrument::PaymentMethod(id) => {
            let asking = Asking { customer: Some(&order.customer.id), processor_customer: None };
            context.will_be_kept(tenant, system, id);
            let looked_up = context.look_up_method(tenant, system, id, &asking, Purpose::Card).await?;
            context.will_be_kept(tenant, system, id);
            // A look-up of a test id such as pm_card_visa returns a new PaymentMethod with another id.
            Ok(looked_up.map(|method| MethodSnapshot { id: id.to_string(), ..method }))
        }
        Instrument::Card(card) => {
            let before = known.iter().find(|known| known.value.payment_system == system.name);
            let before = before.map(|known| known.value.profile.clone()).unwrap_or_default();
            let holder = before.with(&order.customer);
            context.make_method((tenant, system), card, &holder, Purpose::Card, screened).await
        }
        Instrument::Token(_) | Instrument::Default => Err(Refusal::CardNotFound),
    }
}

fn begin(
    context: &Context,
    caller: &Caller,
    order: &Tokenize,
    Versioned { value: mut customer, version }: Versioned<Customer>,
    (method, judged): (&MethodSnapshot, &Judged),
    lock: RequestLock,
) -> Result<Plan, Refusal> {
    let payment_method = judged.method().clone();
    // Another request may have stored the card while this request waited for the lock.
    if let Some(token) = customer.card_of_method(payment_method.as_str()).map(|card| card.token.clone()) {
        customer.payable(&token)?;
        let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
        let begin = context.begin_cards(caller, order, change, Some(token), Next::Settled(Outcome::Approved));
        return Ok(Plan { begin, lock: Some(lock) });
    }
    let (token, id) = (context.card_token(), context.environment.uuid());
    let setup = CardSetup {
        customer: customer.processor_id().ok_or(Refusal::Internal)?,
        instrument: judged,
        reuse: order.reuse,
        return_url: order.return_url.as_ref(),
        operation: id,
        card: &token,
    };
    let key = context.key(caller, order, &customer.account());
    let processor = context.processor(&customer)?;
    let request = request(processor, &customer.payment_system, &Effect::SetUpCard(setup), &key)?;
    customer.cards.push(StoredCard {
        token: token.clone(),
        request_id: order.request_id.clone(),
        payment_method,
        setup_intent: None,
        card: method.card.clone().unwrap_or_default(),
        kind: method.allowlisted_as.clone(),
        reuse: order.reuse,
        wants_default: order.make_default,
        created: context.environment.now(),
        state: CardState::Verifying,
        attached: false,
        emitted: EmittedCardEvents::Nothing,
    });
    let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
    let begin = context.begin_cards(caller, order, change, Some(token), Next::Ask(id, request));
    Ok(Plan { begin, lock: Some(lock) })
}

/// Answers for a card that is stored already. The card may become the default card; the reuse stays
/// the one that the cardholder agreed to.
async fn kept_already(
    context: &Context,
    caller: &Caller,
    order: &Tokenize,
    customer: Customer,
    card: &StoredCard,
) -> Result<Plan, Refusal> {
    if card.reuse != order.reuse {
        let reuse = card.reuse.as_str();
        let why = format!("it is kept with {reuse} already; delete it and add it again to change that");
        return Err(Refusal::CardNotKept { why });
    }
    let lock =
        context.lock_customer(&caller.tenant, &customer.payment_system, order.customer.id.as_str()).await;
    let Versioned { value: mut customer, version } =
        context.card_of(&caller.tenant, &order.customer.id, &card.token).await?;
    customer.payable(&card.token)?;
    if order.make_default {
        customer.choose(&card.token, context.environment.now());
    }
    let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
    let begin = context.begin_cards(
        caller,
        order,
        change,
        Some(card.token.clone()),
        Next::Settled(Outcome::Approved),
    );
    Ok(Plan { begin, lock: Some(lock) })
}

/// The processor has rejected the card before any verification.
async fn refused(
    context: &Context,
    caller: &Caller,
    order: &Tokenize,
    system: &PaymentSystem,
    rejection: Box<Rejection>,
) -> Result<Plan, Refusal> {
    let found = context.customer_at(&caller.tenant, system, &order.customer).await?;
    let (customer, basis) = match found {
        Some(Versioned { value, version }) => (value, Some(version)),
        None => (context.new_customer(&caller.tenant, system, &order.customer), None),
    };
    let outcome = Outcome::Declined(rejection.failure);
    let change = CustomerChange { customer, basis, source: Source::Api };
    Ok(context.begin_cards(caller, order, change, None, Next::Settled(outcome)).into())
}
