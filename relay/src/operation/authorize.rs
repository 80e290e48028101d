//! Hold an amount, or take it at once.

use async_trait::async_trait;
use causeway::{
    card::RawCard,
    money::Money,
    order::{Authorize, Customer as Told, Instrument, PaymentId, authorize::CaptureMode},
    refusal::Refusal,
    text::{PaymentMethodId, ProcessorCustomerId, RequestId},
};

use super::{
    Caller, Desk, New, Order, Prepared,
    instrument::{Asking, Payer},
    subject,
};
use crate::{
    customer::Profile,
    journal::{Begin, Changes, Kind, PaymentChange, Source, Step},
    payment::{
        Payment, Terms,
        observation::Observation,
        observe::{self, Asked, Moved},
    },
    policy::{self, Case, Method},
    settings::{MethodType, PaymentSystem, Tenant},
    stripe::{
        error::StripeError,
        request::{Marks, StripeRequest},
        view,
    },
};

/// An order that keeps all the rules, and all that has to be known of what pays.
struct Admitted<'a> {
    system: &'a PaymentSystem,
    amount: Money,
    capture_mode: CaptureMode,
    pays: Pays,
}

/// What pays, in the processor's words.
struct Pays {
    method: Option<PaymentMethodId>,
    customer: Option<ProcessorCustomerId>,
    card: Option<crate::payment::Card>,
    /// Which type of the allowlist it counts as.
    kind: Option<String>,
    /// The processor's definitive no, before any money was asked for.
    refused: Option<Box<StripeError>>,
}

#[async_trait]
impl Order for Authorize {
    const KIND: Kind = Kind::Authorize;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn is_asynchronous(&self) -> bool {
        self.asynchronous
    }

    fn card(&self) -> Option<&RawCard> {
        self.instrument.card()
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let tenant = desk.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let payer = desk.payer(tenant, self).await?;
        let admitted = admit(desk, (caller, tenant), self, &payer).await?;
        let token = match (self.store_card, payer.kept()) {
            (_, Some((_, card))) => Some(card.token.clone()),
            (Some(_), None) => Some(desk.card_token()),
            (None, None) => None,
        };
        // A card that is kept already is not kept once more.
        let store_card = self.store_card.filter(|_| payer.kept().is_none());
        let terms = Terms { card_token: token, store_card, ..terms(self, &admitted) };
        let now = desk.surroundings.now();
        let id = PaymentId(desk.surroundings.uuid());
        let mut payment = Payment::start(id, &caller.tenant, admitted.system, terms, now);
        payment.capture_mode = admitted.capture_mode;
        payment.facts.card = admitted.pays.card;
        let step = Step {
            at: now,
            from: None,
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Billing,
            note: format!("{} was asked for", admitted.amount),
            reference: None,
        };
        let change = PaymentChange { payment, basis: None, step };
        let begin = match admitted.pays.refused {
            Some(error) => settled(desk, caller, self, change, error),
            None => started(desk, caller, self, change)?,
        };
        Ok(begin.into())
    }
}

/// The usual beginning: on disk with all that Stripe is going to be asked.
fn started(desk: &Desk, caller: &Caller, order: &Authorize, change: PaymentChange) -> Result<Begin, Refusal> {
    let payment = &change.payment;
    let id = desk.surroundings.uuid();
    let marks = Marks { operation: &id.to_string(), payment: &payment.id.to_string() };
    let amount = payment.order.amount;
    let request = StripeRequest::create_intent(&payment.order, payment.capture_mode, &marks)
        .map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
    let operation = desk.operation(caller, order, New::about_payment(id, payment, request));
    Ok(Begin { operation, changes: Changes::of_payment(change), nonce: caller.nonce.clone() })
}

/// A beginning that is the end: the processor has said no to what pays.
fn settled(
    desk: &Desk,
    caller: &Caller,
    order: &Authorize,
    change: PaymentChange,
    error: Box<StripeError>,
) -> Begin {
    let now = desk.surroundings.now();
    let seen = Observation::Refused(error);
    let Moved { payment, outcome, note, .. } = observe::fold(change.payment, Asked::Authorize, seen, now);
    let progress = subject::progress::<Payment>(&outcome, &outcome.to_wire(&payment));
    let system = (payment.payment_system.as_str(), payment.account.as_str());
    let about = crate::journal::About::Payment(payment.id);
    let new = New { id: desk.surroundings.uuid(), about, system, request: None, progress };
    let operation = desk.operation(caller, order, new);
    let step = Step { to: payment.status(), note, source: Source::Api, ..change.step };
    let changes = Changes::of_payment(PaymentChange { payment, basis: None, step });
    Begin { operation, changes, nonce: caller.nonce.clone() }
}

/// The rules, once on what is known and once more on what the processor tells of the
/// method. What can be refused without asking anybody is.
async fn admit<'a>(
    desk: &Desk,
    (caller, tenant): (&Caller, &'a Tenant),
    order: &'a Authorize,
    payer: &Payer,
) -> Result<Admitted<'a>, Refusal> {
    let now = desk.surroundings.now();
    let case = Case::of_authorize(tenant, "Authorize", order, (&payer.known, payer.kept()), now)?;
    policy::judge(&case)?;
    let (Some(system), Some(amount)) = (case.system, case.amount) else { return Err(Refusal::Internal) };
    desk.admit_to(caller, tenant, system)?;
    let (told, mut pays) = pays(desk, tenant, system, order, payer).await?;
    let case = match &told {
        Some(method) => case.with(Method::of_stripe(method)),
        None => case,
    };
    if pays.refused.is_none() {
        policy::judge(&case)?;
        if payer.kept().is_none() {
            only_cards_are_kept(order, told.as_ref())?;
            register(desk, tenant, system, order, &mut pays).await?;
        }
    }
    Ok(Admitted { system, amount, capture_mode: case.capture_mode(system), pays })
}

async fn pays(
    desk: &Desk,
    tenant: &Tenant,
    system: &PaymentSystem,
    order: &Authorize,
    payer: &Payer,
) -> Result<(Option<view::PaymentMethod>, Pays), Refusal> {
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
    let (told, given) = match &order.instrument {
        Instrument::PaymentMethod(id) => {
            let asking = Asking {
                customer: order.customer.as_ref().map(|customer| &customer.id),
                processor_customer: order.processor_customer.as_ref().map(|customer| customer.as_str()),
            };
            (desk.look_at_method(tenant, system, id, &asking).await?, Some(id.clone()))
        }
        Instrument::Card(card) => {
            let before = payer.at(system).map(|customer| customer.profile.clone()).unwrap_or_default();
            let holder = order.customer.as_ref().map_or_else(Profile::default, |told| before.with(told));
            (desk.make_method(tenant, system, card, &holder).await?, None)
        }
        Instrument::Token(_) | Instrument::Default => return Err(Refusal::CardNotFound),
    };
    Ok(match told {
        Ok(method) => {
            let made = PaymentMethodId::parse(&method.id).ok();
            let stored_with = method.customer.as_ref().map(view::ObjectOrId::id);
            let pays = Pays {
                method: given.or(made),
                customer: order.processor_customer.clone().or_else(|| of_stripe(stored_with)),
                card: method.card.as_ref().map(view::CardDetails::shown),
                kind: Some(method.allowlisted_as().to_owned()),
                refused: None,
            };
            (Some(method), pays)
        }
        Err(error) => {
            (None, Pays { method: given, customer: None, card: None, kind: None, refused: Some(error) })
        }
    })
}

/// A bank debit would need a mandate.
pub(super) fn only_cards(told: &view::PaymentMethod) -> Result<(), Refusal> {
    if told.kind == "card" {
        return Ok(());
    }
    let why = format!("only cards are kept, and this is a payment method of the type {}", told.kind);
    Err(Refusal::CardNotKept { why })
}

fn only_cards_are_kept(order: &Authorize, told: Option<&view::PaymentMethod>) -> Result<(), Refusal> {
    match told {
        Some(told) if order.store_card.is_some() => only_cards(told),
        Some(_) | None => Ok(()),
    }
}

/// A card that is to be kept needs a customer at the processor.
async fn register(
    desk: &Desk,
    tenant: &Tenant,
    system: &PaymentSystem,
    order: &Authorize,
    pays: &mut Pays,
) -> Result<(), Refusal> {
    let Some(told) = order.customer.as_ref().filter(|_| order.store_card.is_some()) else { return Ok(()) };
    let told: &Told = told;
    let turn = desk.turn_of(&tenant.name, &system.name, told.id.as_str()).await;
    match desk.register(&tenant.name, system, told, &turn).await? {
        Ok(customer) => {
            pays.customer = customer.it.processor_id().and_then(|id| ProcessorCustomerId::parse(id).ok());
        }
        Err(error) => pays.refused = Some(error),
    }
    Ok(())
}

fn terms(order: &Authorize, admitted: &Admitted<'_>) -> Terms {
    let kind = admitted.pays.kind.clone();
    // A card in a wallet is a card to Stripe.
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
