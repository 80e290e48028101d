//! Keep a card: verified with a SetupIntent, which holds and charges nothing.

use async_trait::async_trait;
use causeway::{
    card::RawCard,
    order::{Instrument, Tokenize},
    refusal::Refusal,
    text::{CardToken, PaymentMethodId, RequestId},
};

use super::{Caller, Desk, Order, Prepared, cards::Next, instrument::Asking, turn::Turn, unwritable};
use crate::{
    customer::{CardState, Customer, StoredCard},
    journal::{CustomerBy, CustomerChange, Kind, Versioned},
    payment::observe::Outcome,
    policy::{self, Case, Method},
    settings::{PaymentSystem, Tenant},
    stripe::{
        decline::{self, Wanted},
        error::StripeError,
        request::{Setup, StripeRequest},
        view,
    },
};

#[async_trait]
impl Order for Tokenize {
    const KIND: Kind = Kind::Tokenize;
    type About = Customer;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn card(&self) -> Option<&RawCard> {
        self.instrument.card()
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let tenant = desk.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let known = desk.journal.customers(&caller.tenant, &self.customer.id).await.map_err(unwritable)?;
        let case = Case::of_tokenize(tenant, self, &known)?;
        policy::judge(&case)?;
        let system = case.system.ok_or(Refusal::Internal)?;
        let method = match method(desk, tenant, system, self, &known).await? {
            Ok(method) => method,
            Err(error) => return refused(desk, caller, self, system, error).await,
        };
        policy::judge(&case.with(Method::of_stripe(&method)))?;
        let turn = desk.turn_of(&caller.tenant, &system.name, self.customer.id.as_str()).await;
        match desk.register(&caller.tenant, system, &self.customer, &turn).await? {
            Ok(customer) => begin(desk, caller, self, customer, &method, turn),
            Err(error) => refused(desk, caller, self, system, error).await,
        }
    }
}

/// What the processor says of the card.
async fn method(
    desk: &Desk,
    tenant: &Tenant,
    system: &PaymentSystem,
    order: &Tokenize,
    known: &[Versioned<Customer>],
) -> Result<Result<view::PaymentMethod, Box<StripeError>>, Refusal> {
    match &order.instrument {
        Instrument::PaymentMethod(id) => {
            let asking = Asking { customer: Some(&order.customer.id), processor_customer: None };
            let told = desk.look_at_method(tenant, system, id, &asking).await?;
            // A test id such as pm_card_visa is looked at as a PaymentMethod of its own.
            Ok(told.map(|method| view::PaymentMethod { id: id.to_string(), ..method }))
        }
        Instrument::Card(card) => {
            let before = known.iter().find(|known| known.it.payment_system == system.name);
            let before = before.map(|known| known.it.profile.clone()).unwrap_or_default();
            desk.make_method(tenant, system, card, &before.with(&order.customer)).await
        }
        Instrument::Token(_) | Instrument::Default => Err(Refusal::CardNotFound),
    }
}

fn begin(
    desk: &Desk,
    caller: &Caller,
    order: &Tokenize,
    Versioned { it: mut customer, version }: Versioned<Customer>,
    method: &view::PaymentMethod,
    turn: Turn,
) -> Result<Prepared, Refusal> {
    let payment_method = PaymentMethodId::parse(&method.id).map_err(|_| Refusal::Internal)?;
    let kept = |card: &&StoredCard| card.state == CardState::Active && card.payment_method == payment_method;
    if let Some(token) = customer.cards.iter().find(kept).map(|card| card.token.clone()) {
        let change = CustomerChange { customer, basis: Some(version) };
        let begin = desk.begin_cards(caller, order, change, Some(token), Next::Settled(Outcome::Approved));
        return Ok(Prepared { begin, turn: Some(turn) });
    }
    let (token, id) = (desk.card_token(), desk.surroundings.uuid());
    let types: Vec<&'static str> = match Method::of_stripe(method) {
        Method::Other(kind) => {
            crate::settings::MethodType::parse(&kind).map(|kind| kind.at_stripe()).into_iter().collect()
        }
        Method::Card { .. } | Method::Unknown => vec!["card"],
    };
    let request = StripeRequest::setup(&Setup {
        customer: customer.processor_id().ok_or(Refusal::Internal)?,
        payment_method: payment_method.as_str(),
        reuse: order.reuse,
        method_types: &types,
        return_url: order.return_url.as_ref(),
        operation: &id.to_string(),
        card: token.as_str(),
    });
    customer.cards.push(StoredCard {
        token: token.clone(),
        request_id: order.request_id.clone(),
        payment_method,
        setup_intent: None,
        card: method.card.as_ref().map(view::CardDetails::shown).unwrap_or_default(),
        reuse: order.reuse,
        wants_default: order.make_default,
        created: desk.surroundings.now(),
        state: CardState::Verifying,
    });
    let change = CustomerChange { customer, basis: Some(version) };
    let begin = desk.begin_cards(caller, order, change, Some(token), Next::Ask(id, request));
    Ok(Prepared { begin, turn: Some(turn) })
}

/// The processor has said no before there was anything to verify.
async fn refused(
    desk: &Desk,
    caller: &Caller,
    order: &Tokenize,
    system: &PaymentSystem,
    error: Box<StripeError>,
) -> Result<Prepared, Refusal> {
    let by = CustomerBy::Reference(system.name.clone(), order.customer.id.clone());
    let found = desk.journal.customer(&caller.tenant, by).await.map_err(unwritable)?;
    let (customer, basis) = match found {
        Some(Versioned { it, version }) => (it, Some(version)),
        None => (desk.new_customer(&caller.tenant, system, &order.customer), None),
    };
    let outcome = Outcome::Declined(decline::failure(&error, Wanted::Card));
    let change = CustomerChange { customer, basis };
    Ok(desk.begin_cards(caller, order, change, None, Next::Settled(outcome)).into())
}

impl Desk {
    /// A token that nobody can guess.
    pub(super) fn card_token(&self) -> CardToken {
        let mut dice = [0; 16];
        self.surroundings.random.fill(&mut dice);
        CardToken::of_bits(u128::from_be_bytes(dice))
    }
}
