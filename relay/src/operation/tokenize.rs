//! Keep a card: verified with a SetupIntent, which holds and charges nothing.

use async_trait::async_trait;
use causeway::{
    card::RawCard,
    order::{Instrument, Tokenize},
    refusal::Refusal,
    text::{CardToken, PaymentMethodId, RequestId},
};

use super::{
    Caller, Desk, Order, Prepared, authorize::only_cards, cards::Next, instrument::Asking, turn::Turn,
};
use crate::{
    customer::{CardState, CardTold, Customer, StoredCard},
    journal::{CustomerChange, Kind, Source, Versioned},
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
        let known = desk.known(tenant, &self.customer.id).await?;
        let case = Case::of_tokenize(tenant, self, &known, desk.surroundings.now())?;
        policy::judge(&case)?;
        let system = case.system.ok_or(Refusal::Internal)?;
        if let Instrument::PaymentMethod(id) = &self.instrument
            && let Some((customer, card)) = desk.kept_as(tenant, id, Some(&self.customer.id)).await?
        {
            return kept_already(desk, caller, self, customer, &card).await;
        }
        desk.admit_to(caller, tenant, system)?;
        let method = match method(desk, tenant, system, self, &known).await? {
            Ok(method) => method,
            Err(error) => return refused(desk, caller, self, system, error).await,
        };
        policy::judge(&case.with(Method::of_stripe(&method)))?;
        only_cards(&method)?;
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
            desk.will_be_kept(tenant, system, id);
            let told = desk.look_at_method(tenant, system, id, &asking).await?;
            desk.will_be_kept(tenant, system, id);
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
    // Somebody may have kept it while this request waited for its turn.
    if let Some(token) = customer.card_of_method(payment_method.as_str()).map(|card| card.token.clone()) {
        customer.payable(&token)?;
        let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
        let begin = desk.begin_cards(caller, order, change, Some(token), Next::Settled(Outcome::Approved));
        return Ok(Prepared { begin, turn: Some(turn) });
    }
    let (token, id) = (desk.card_token(), desk.surroundings.uuid());
    let request = StripeRequest::setup(&Setup {
        customer: customer.processor_id().ok_or(Refusal::Internal)?,
        payment_method: payment_method.as_str(),
        reuse: order.reuse,
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
        kind: method.allowlisted_as().to_owned(),
        reuse: order.reuse,
        wants_default: order.make_default,
        created: desk.surroundings.now(),
        state: CardState::Verifying,
        attached: false,
        told: CardTold::Nothing,
    });
    let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
    let begin = desk.begin_cards(caller, order, change, Some(token), Next::Ask(id, request));
    Ok(Prepared { begin, turn: Some(turn) })
}

/// The card is kept already: it may become the default one, and its reuse stays what its
/// owner has agreed to.
async fn kept_already(
    desk: &Desk,
    caller: &Caller,
    order: &Tokenize,
    customer: Customer,
    card: &StoredCard,
) -> Result<Prepared, Refusal> {
    if card.reuse != order.reuse {
        let reuse = card.reuse.as_str();
        let why = format!("it is kept with {reuse} already; delete it and add it again to change that");
        return Err(Refusal::CardNotKept { why });
    }
    let turn = desk.turn_of(&caller.tenant, &customer.payment_system, order.customer.id.as_str()).await;
    let Versioned { it: mut customer, version } =
        desk.card_of(&caller.tenant, &order.customer.id, &card.token).await?;
    customer.payable(&card.token)?;
    if order.make_default {
        customer.choose(&card.token, desk.surroundings.now());
    }
    let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
    let begin =
        desk.begin_cards(caller, order, change, Some(card.token.clone()), Next::Settled(Outcome::Approved));
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
    let found = desk.customer_at(&caller.tenant, system, &order.customer).await?;
    let (customer, basis) = match found {
        Some(Versioned { it, version }) => (it, Some(version)),
        None => (desk.new_customer(&caller.tenant, system, &order.customer), None),
    };
    let outcome = Outcome::Declined(decline::failure(&error, Wanted::Card));
    let change = CustomerChange { customer, basis, source: Source::Api };
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
