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
    customer::{Customer, Profile, StoredCard},
    observation::{MethodSnapshot, Observation, Purpose, Rejection},
    operation::{PaymentCommand, Source},
    payment::{
        Card, Payment, Terms,
        observe::{self, RequestedEffect},
    },
    policy::{self, Judged, JudgedOperation, PolicyInput, Screened, Shown},
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
    /// The instrument that satisfies the policy, or the processor's definitive rejection of the
    /// instrument, before any payment request.
    instrument: Result<Judged, Box<Rejection>>,
    method: Option<PaymentMethodId>,
    customer: Option<ProcessorCustomerId>,
    card: Option<Card>,
    /// The payment method type for the tenant's allowlist.
    kind: Option<String>,
}

/// The instrument of a request, before the judgement.
enum Instance<'a> {
    /// A stored card, with the customer of the card.
    Kept(&'a Customer, &'a StoredCard),
    /// A PaymentMethod under an id, as the processor shows the object.
    Shown(PaymentMethodId, Box<MethodSnapshot>),
    /// The processor has rejected the look-up or the card.
    Rejected(Option<PaymentMethodId>, Box<Rejection>),
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
        let begin = match admitted.pays.instrument {
            Err(rejection) => settled(context, caller, self, change, rejection)?,
            Ok(judged) => started(context, caller, self, change, &judged)?,
        };
        Ok(begin.into())
    }
}

/// The usual beginning: the journal stores the complete processor request before the request is sent.
fn started(
    context: &Context,
    caller: &Caller,
    order: &Authorize,
    mut change: PaymentChange,
    instrument: &Judged,
) -> Result<Begin, Refusal> {
    change.payment.limits = Box::new(instrument.limits().clone());
    let payment = &change.payment;
    let id = context.environment.uuid();
    let correlation = Correlation { operation: id, payment: payment.id };
    let (terms, capture_mode) = (&payment.order, payment.capture_mode);
    let effect = Effect::Authorize { terms, instrument, capture_mode, correlation };
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
    let screened = policy::screen(input)?;
    let (Some(system), Some(amount)) = (screened.system(), screened.amount()) else {
        return Err(Refusal::Internal);
    };
    context.admit_to(caller, tenant, system)?;
    let instance = instance(context, (tenant, system), order, payer, &screened).await?;
    let (shown, mut pays) = match instance {
        Instance::Rejected(method, rejection) => {
            let capture_mode = screened.capture_mode(system);
            let instrument = Err(rejection);
            let pays = Pays { instrument, method, customer: None, card: None, kind: None };
            return Ok(Admitted { system, amount, capture_mode, pays });
        }
        Instance::Kept(customer, card) => (None, kept(screened, customer, card)?),
        Instance::Shown(id, method) => {
            let pays = shown(screened, order, id, &method)?;
            (Some(method), pays)
        }
    };
    let judged = pays.instrument.as_ref().ok().and_then(Judged::capture_mode);
    let capture_mode = judged.ok_or(Refusal::Internal)?;
    if let Some(method) = shown {
        only_cards_are_stored(order, &method)?;
        register_payer(context, tenant, system, order, &mut pays).await?;
    }
    Ok(Admitted { system, amount, capture_mode, pays })
}

/// The processor's id of a customer, where the id is well formed.
fn of_stripe(id: Option<&str>) -> Option<ProcessorCustomerId> {
    id.and_then(|id| ProcessorCustomerId::parse(id).ok())
}

/// The judged instrument of a stored card.
fn kept(screened: Screened<'_>, customer: &Customer, card: &StoredCard) -> Result<Pays, Refusal> {
    Ok(Pays {
        instrument: Ok(screened.admit(&Shown::Kept(card))?),
        method: Some(card.payment_method.clone()),
        customer: of_stripe(customer.processor_id()),
        card: Some(card.card.clone()),
        kind: Some(card.kind.clone()),
    })
}

/// The judged instrument of a PaymentMethod.
fn shown(
    screened: Screened<'_>,
    order: &Authorize,
    id: PaymentMethodId,
    method: &MethodSnapshot,
) -> Result<Pays, Refusal> {
    let stored_with = method.customer.as_deref();
    Ok(Pays {
        instrument: Ok(screened.admit(&Shown::Method(id.clone(), method))?),
        method: Some(id),
        customer: order.processor_customer.clone().or_else(|| of_stripe(stored_with)),
        card: method.card.clone(),
        kind: Some(method.allowlisted_as.clone()),
    })
}

async fn instance<'a>(
    context: &Context,
    (tenant, system): (&Tenant, &PaymentSystem),
    order: &Authorize,
    payer: &'a Payer,
    screened: &Screened<'_>,
) -> Result<Instance<'a>, Refusal> {
    if let Some((customer, card)) = payer.kept() {
        return Ok(Instance::Kept(customer, card));
    }
    let purpose = purpose(order);
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
            (context.make_method((tenant, system), card, &holder, purpose, screened).await?, None)
        }
        Instrument::Token(_) | Instrument::Default => return Err(Refusal::CardNotFound),
    };
    Ok(match looked_up {
        Ok(method) => {
            let id = given.or_else(|| PaymentMethodId::parse(&method.id).ok());
            let unnamed = "a PaymentMethod without an id that can be used".to_owned();
            Instance::Shown(id.ok_or(Refusal::ProcessorSilent { why: unnamed })?, Box::new(method))
        }
        Err(rejection) => Instance::Rejected(given, rejection),
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

fn only_cards_are_stored(order: &Authorize, looked_up: &MethodSnapshot) -> Result<(), Refusal> {
    if order.store_card.is_some() { only_cards(looked_up) } else { Ok(()) }
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
        Err(rejection) => pays.instrument = Err(rejection),
    }
    Ok(())
}

fn terms(order: &Authorize, admitted: &Admitted<'_>) -> Terms {
    let instrument = admitted.pays.instrument.as_ref();
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
        method_type: instrument.ok().map(|judged| judged.stripe_type().to_owned()),
        method_kind: admitted.pays.kind.clone(),
        amount_due: order.amount_due,
        expected_total: order.expected_total,
    }
}

/// The purpose of the processor calls for the instrument, which selects the payer's message in a rejection.
fn purpose(order: &Authorize) -> Purpose {
    order.amount.money().map_or(Purpose::Card, Purpose::Payment)
}
