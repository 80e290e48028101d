//! Places a hold on an amount, or charges the amount at once.

use async_trait::async_trait;
use causeway::{
    card::RawCard,
    money::PositiveMoney,
    refusal::Refusal,
    request::{Authorize, Instrument, PaymentId, authorize::CaptureMode},
    text::{PaymentMethodId, ProcessorCustomerId, RequestId},
};
use causeway_domain::{
    change::{Changes, PaymentChange},
    customer::Profile,
    observation::{MethodSnapshot, Observation, Purpose, Rejection},
    operation::{PaymentCommand, Source},
    payment::{
        Card, Payment, Terms,
        observe::{self, RequestedEffect},
    },
    policy::{self, JudgedOperation, Method, PolicyInput},
    tenant::{MethodType, PaymentSystem, Tenant},
    timeline::TimelineEntry,
    transition::Transition,
};
use causeway_ports::{
    journal::Begin,
    processor::{Correlation, Effect},
};

use super::{
    asking,
    instrument::{Asking, Payer},
    register, requested,
};
use crate::{
    aggregate::{Aggregate, progress},
    context::Context,
    execute::command::{Caller, Command, NewOperation, Plan},
    phase::damaged,
    processors::request,
};

/// A request that satisfies the policy, with the payment system and the payment instrument.
struct Admitted<'a> {
    system: &'a PaymentSystem,
    amount: PositiveMoney,
    capture_mode: CaptureMode,
    pays: Pays,
}

/// The payment instrument, by the processor's ids.
struct Pays {
    method: Option<PaymentMethodId>,
    customer: Option<ProcessorCustomerId>,
    card: Option<Card>,
    /// The payment method type for the tenant's allowlist.
    kind: Option<String>,
    /// The processor's definitive rejection of the instrument, before any payment request.
    refused: Option<Box<Rejection>>,
}

#[async_trait]
impl Command for Authorize {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::Authorize;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn is_asynchronous(&self) -> bool {
        self.asynchronous
    }

    fn card(&self) -> Option<&RawCard> {
        self.instrument.card()
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let tenant = context.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let payer = context.payer(tenant, self).await?;
        let admitted = admit(context, (caller, tenant), self, &payer).await?;
        let token = match (self.store_card, payer.kept()) {
            (_, Some((_, card))) => Some(card.token.clone()),
            (Some(_), None) => Some(context.card_token()),
            (None, None) => None,
        };
        // A card that is stored already is not stored a second time.
        let store_card = self.store_card.filter(|_| payer.kept().is_none());
        let terms = Terms { card_token: token, store_card, ..terms(self, &admitted) };
        let now = context.environment.now();
        let id = PaymentId(context.environment.uuid());
        let mut payment = Payment::start(id, &caller.tenant, admitted.system, terms, now);
        payment.capture_mode = admitted.capture_mode;
        payment.facts.card = admitted.pays.card;
        let note = format!("{} was asked for", admitted.amount);
        let entry = requested(self, None, &payment, now, note);
        let change = PaymentChange { payment, basis: None, entry };
        let begin = match admitted.pays.refused {
            Some(rejection) => settled(context, caller, self, change, rejection)?,
            None => started(context, caller, self, change)?,
        };
        Ok(begin.into())
    }
}

/// The usual beginning: the journal stores the complete processor request before the request is sent.
fn started(
    context: &Context,
    caller: &Caller,
    order: &Authorize,
    change: PaymentChange,
) -> Result<Begin, Refusal> {
    let payment = &change.payment;
    let id = context.environment.uuid();
    let correlation = Correlation { operation: id, payment: payment.id };
    let effect = Effect::Authorize { terms: &payment.order, capture_mode: payment.capture_mode, correlation };
    let key = context.key(caller, order, &payment.account());
    let request = request(context.processor(payment)?, &payment.payment_system, &effect, &key)?;
    asking(context, caller, order, id, request, change)
}

/// A beginning with a final outcome, because the processor has rejected the instrument.
fn settled(
    context: &Context,
    caller: &Caller,
    order: &Authorize,
    change: PaymentChange,
    rejection: Box<Rejection>,
) -> Result<Begin, Refusal> {
    let now = context.environment.now();
    let seen = Observation::Refused(rejection);
    let Transition { aggregate: payment, outcome, note, .. } =
        observe::apply(change.payment, RequestedEffect::Authorize, seen, now);
    let progress = progress::<Payment>(&outcome, &outcome.to_wire(&payment).map_err(damaged)?);
    let new = NewOperation::without_request(context.environment.uuid(), &payment, progress);
    let operation = context.operation(caller, order, new);
    let entry = TimelineEntry { to: payment.status(), note, source: Source::Api, ..change.entry };
    let changes = Changes::of_payment(PaymentChange { payment, basis: None, entry }).map_err(damaged)?;
    Ok(Begin { operation, changes, nonce: caller.nonce.clone() })
}

/// Judges the policy twice: first on the request and the journal alone, then with the processor's
/// snapshot of the payment method. A request that violates the policy is refused without a
/// processor call where possible.
async fn admit<'a>(
    context: &Context,
    (caller, tenant): (&Caller, &'a Tenant),
    order: &'a Authorize,
    payer: &Payer,
) -> Result<Admitted<'a>, Refusal> {
    let now = context.environment.now();
    let input = PolicyInput::of_authorize(
        tenant,
        JudgedOperation::Authorize,
        order,
        (&payer.known, payer.kept()),
        now,
    )?;
    policy::judge(&input)?;
    let (Some(system), Some(amount)) = (input.system, input.amount) else { return Err(Refusal::Internal) };
    context.admit_to(caller, tenant, system)?;
    let (looked_up, mut pays) = pays(context, tenant, system, order, payer).await?;
    let input = match &looked_up {
        Some(method) => input.with(Method::of_snapshot(method)),
        None => input,
    };
    if pays.refused.is_none() {
        policy::judge(&input)?;
        if payer.kept().is_none() {
            only_cards_are_kept(order, looked_up.as_ref())?;
            register_payer(context, tenant, system, order, &mut pays).await?;
        }
    }
    Ok(Admitted { system, amount, capture_mode: input.capture_mode(system), pays })
}

async fn pays(
    context: &Context,
    tenant: &Tenant,
    system: &PaymentSystem,
    order: &Authorize,
    payer: &Payer,
) -> Result<(Option<MethodSnapshot>, Pays), Refusal> {
    let purpose = purpose(order);
    let of_stripe = |id: Option<&str>| id.and_then(|id| ProcessorCustomerId::parse(id).ok());
    if let Some((customer, card)) = payer.kept() {
        let pays = Pays {
            method: Some(card.payment_method.clone()),
            customer: of_stripe(customer.processor_id()),
            card: Some(card.card.clone()),
            kind: Some(card.kind.clone()),
            refused: None,
        };
        return Ok((None, pays));
    }
    let (looked_up, given) = match &order.instrument {
        Instrument::PaymentMethod(id) => {
            let asking = Asking {
                customer: order.customer.as_ref().map(|customer| &customer.id),
                processor_customer: order.processor_customer.as_ref().map(|customer| customer.as_str()),
            };
            (context.look_up_method(tenant, system, id, &asking, purpose).await?, Some(id.clone()))
        }
        Instrument::Card(card) => {
            let before = payer.at(system).map(|customer| customer.profile.clone()).unwrap_or_default();
            let holder = order.customer.as_ref().map_or_else(Profile::default, |given| before.with(given));
            (context.make_method(tenant, system, card, &holder, purpose).await?, None)
        }
        Instrument::Token(_) | Instrument::Default => return Err(Refusal::CardNotFound),
    };
    Ok(match looked_up {
        Ok(method) => {
            let made = PaymentMethodId::parse(&method.id).ok();
            let stored_with = method.customer.as_deref();
            let pays = Pays {
                method: given.or(made),
                customer: order.processor_customer.clone().or_else(|| of_stripe(stored_with)),
                card: method.card.clone(),
                kind: Some(method.allowlisted_as.clone()),
                refused: None,
            };
            (Some(method), pays)
        }
        Err(rejection) => {
            (None, Pays { method: given, customer: None, card: None, kind: None, refused: Some(rejection) })
        }
    })
}

/// Refuses to store any method other than a card: a bank debit would need a mandate.
pub(super) fn only_cards(looked_up: &MethodSnapshot) -> Result<(), Refusal> {
    if looked_up.kind == MethodType::Card.as_str() {
        return Ok(());
    }
    let why = format!("only cards are kept, and this is a payment method of the type {}", looked_up.kind);
    Err(Refusal::CardNotKept { why })
}

fn only_cards_are_kept(order: &Authorize, looked_up: Option<&MethodSnapshot>) -> Result<(), Refusal> {
    match looked_up {
        Some(looked_up) if order.store_card.is_some() => only_cards(looked_up),
        Some(_) | None => Ok(()),
    }
}

/// Registers the customer at the processor, which Stripe requires for storing a card.
async fn register_payer(
    context: &Context,
    tenant: &Tenant,
    system: &PaymentSystem,
    order: &Authorize,
    pays: &mut Pays,
) -> Result<(), Refusal> {
    let Some(customer) = order.customer.as_ref().filter(|_| order.store_card.is_some()) else {
        return Ok(());
    };
    let lock = context.lock_customer(&tenant.name, &system.name, customer.id.as_str()).await;
    let registered =
        register::register(context, &tenant.name, system, customer, &lock, purpose(order)).await?;
    match registered {
        Ok(customer) => {
            pays.customer = customer.value.processor_id().and_then(|id| ProcessorCustomerId::parse(id).ok());
        }
        Err(rejection) => pays.refused = Some(rejection),
    }
    Ok(())
}

fn terms(order: &Authorize, admitted: &Admitted<'_>) -> Terms {
    let kind = admitted.pays.kind.clone();
    // Stripe has no type for a wallet: a card in a wallet has the type `card`.
    let at_stripe = |kind: &String| {
        MethodType::parse(kind).map_or_else(|| kind.clone(), |kind| kind.at_stripe().to_owned())
    };
    Terms {
        request_id: order.request_id.clone(),
        amount: admitted.amount,
        capture_mode: order.capture_mode,
        payment_method: admitted.pays.method.clone(),
        customer: admitted.pays.customer.clone(),
        reference: order.reference.clone(),
        description: order.description.clone(),
        metadata: order.metadata.clone(),
        receipt_email: order.receipt_email.clone(),
        descriptor_suffix: order.descriptor_suffix.clone(),
        return_url: order.return_url.clone(),
        off_session: order.off_session,
        payer: order.customer.as_ref().map(|customer| customer.id.clone()),
        card_token: None,
        store_card: order.store_card,
        method_type: kind.as_ref().map(at_stripe),
        method_kind: kind,
        amount_due: order.amount_due,
        expected_total: order.expected_total,
    }
}

/// The purpose of the processor calls for the instrument, which selects the payer's message in a rejection.
fn purpose(order: &Authorize) -> Purpose {
    order.amount.money().map_or(Purpose::Card, Purpose::Payment)
}
