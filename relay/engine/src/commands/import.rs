//! Imports a PaymentIntent that another system authorized.

use async_trait::async_trait;
use causeway::{
    money::PositiveMoney,
    refusal::Refusal,
    request::{ImportPayment, Lookup, PaymentId, authorize::CaptureMode},
    text::{PaymentMethodId, ProcessorCustomerId, ProcessorId, RequestId},
};
use causeway_domain::{
    change::PaymentChange,
    observation::{ChargeOrId, IntentSnapshot, IntentStatus, Observation, Purpose, correlation},
    operation::{PaymentCommand, Source},
    payment::{
        Limits, Origin, Payment, State, Terms,
        observe::{self, RequestedEffect},
    },
    policy::{self, Method, PolicyInput, route},
    tenant::{PaymentSystem, Tenant, spoken},
    timeline::TimelineEntry,
    transition::Outcome,
};
use causeway_ports::processor::{Capability, Found, Object, ObjectRef};

use super::{finished, requested};
use crate::{
    context::Context,
    execute::command::{Caller, Command, Plan},
    inspect,
    phase::before_begin,
    processors::offered,
};

#[async_trait]
impl Command for ImportPayment {
    type Aggregate = Payment;
    const COMMAND: PaymentCommand = PaymentCommand::ImportPayment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let tenant = context.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let system = match &self.payment_system {
            Some(name) => route::system_named(tenant, name)?,
            None => route::only_system(tenant)?,
        };
        let processor = context.processor_of_system(&caller.tenant, system)?;
        offered(processor, Capability::Import, &system.name)?;
        context.admit_to(caller, tenant, system)?;
        let intent = look_up(context, self, caller, system).await?;
        let terms = terms(self, &intent)?;
        let now = context.environment.now();
        let id = PaymentId(context.environment.uuid());
        let mut payment = Payment::start(id, &caller.tenant, system, terms, now);
        payment.origin = Origin::External;
        let manual = intent.manual_capture == Some(true);
        payment.capture_mode = if manual { CaptureMode::Manual } else { CaptureMode::Automatic };
        believed(self, &intent, &payment)?;
        payment.accepted_rules.clone_from(&self.accept_rules);
        payment.limits = Box::new(judge(context, (tenant, system), self, &payment, &intent).await?);
        let pulled = inspect::pull(processor, &payment, intent).await?;
        let seen = Observation::Pulled(Box::new(pulled));
        let mut payment = observe::apply(payment, RequestedEffect::Nothing, seen, now).aggregate;
        if matches!(payment.state, State::Started | State::Unknown { .. }) {
            return Err(not(self, "what Stripe shows of it is no state of a payment"));
        }
        payment.updated = now;
        let note = note(self);
        let entry = requested(self, None, &payment, now, note);
        let entry = TimelineEntry { source: Source::Api, ..entry };
        let change = PaymentChange { payment, basis: None, entry };
        finished(context, caller, self, &Outcome::Approved, change).map(Into::into)
    }
}

/// The timeline note of an import, with the rules that the import set aside.
fn note(command: &ImportPayment) -> String {
    let over = format!("{} was taken over", command.payment_intent);
    if command.accept_rules.is_empty() {
        return over;
    }
    format!("{over}; the caller accepted what these rules refuse: {}", spoken(&command.accept_rules))
}

/// Refuses an object that cannot be the PaymentIntent of the request: another id, or the other mode.
fn believed(command: &ImportPayment, intent: &IntentSnapshot, payment: &Payment) -> Result<(), Refusal> {
    if intent.id != command.payment_intent.as_str() {
        return Err(not(command, "Stripe shows another PaymentIntent in its place"));
    }
    observe::mismatch(intent, payment).map_or(Ok(()), |why| Err(not(command, &why)))
}

/// Judges the payment by the operator's rules, as a payment of the relay's own, and returns the limits
/// that the payment keeps. An instrument that the processor does not show cannot be judged.
async fn judge(
    context: &Context,
    (tenant, system): (&Tenant, &PaymentSystem),
    command: &ImportPayment,
    payment: &Payment,
    intent: &IntentSnapshot,
) -> Result<Limits, Refusal> {
    let id = intent.payment_method.as_deref().and_then(|id| PaymentMethodId::parse(id).ok());
    let shown = match &id {
        Some(id) => context.method(tenant, system, id, Purpose::FollowUp).await?.ok(),
        None => None,
    };
    let method = shown.as_ref().map_or(Method::Unknown, Method::of_snapshot);
    let method = match &intent.charge {
        Some(ChargeOrId::Charge(charge)) => match &charge.card {
            Some(charged) => method.charged_as(&charged.card.brand),
            None => method,
        },
        Some(ChargeOrId::Id(_)) | None => method,
    };
    let (amount, capture_mode) = (payment.order.amount, payment.capture_mode);
    let (accepted, now) = (command.accept_rules.clone(), context.environment.now());
    let input = PolicyInput::of_import(tenant, system, amount, capture_mode, accepted, now);
    policy::judge_import(input, method)
}

/// The PaymentIntent to import, unless a payment in the journal has the PaymentIntent already.
async fn look_up(
    context: &Context,
    command: &ImportPayment,
    caller: &Caller,
    system: &PaymentSystem,
) -> Result<IntentSnapshot, Refusal> {
    let object = ObjectRef::Intent(command.payment_intent.as_str());
    let processor = context.processor_of_system(&caller.tenant, system)?;
    let intent = match processor.retrieve(object, Purpose::FollowUp).await.found(Object::intent) {
        Found::Is(intent) => intent,
        Found::Unreadable { .. } => {
            return Err(not(command, "Stripe shows something that does not read as a PaymentIntent"));
        }
        Found::Missing => {
            return Err(not(command, "the account of this payment system has no such PaymentIntent"));
        }
        Found::Rejected(rejection) => {
            return Err(Refusal::ProcessorSilent { why: format!("HTTP {} to a look-up", rejection.status) });
        }
        Found::Silent { why } => return Err(Refusal::ProcessorSilent { why }),
    };
    let known = ProcessorId::parse(&intent.id).map(Lookup::Processor).map_err(|_| Refusal::Internal)?;
    let known = context.journal.look_up(&caller.tenant, &known).await.map_err(before_begin)?;
    // Another tenant with the same Stripe account marks PaymentIntents with the relay's correlation
    // metadata.
    let marked = intent.metadata.contains_key(correlation::PAYMENT);
    if let Some(payment) = known {
        return Err(not(command, &format!("it is the payment {} already", payment.id)));
    }
    if marked || context.journal.is_known(&intent.id).await.map_err(before_begin)? {
        return Err(not(command, "it was made by Causeway, for another tenant or with another journal"));
    }
    if intent.status == IntentStatus::Canceled || intent.status.waits_for_a_method() {
        let status = intent.status.as_str();
        let why = format!("it is {status}: nothing was authorized, or nothing is left of it");
        return Err(not(command, &why));
    }
    Ok(intent)
}

fn terms(command: &ImportPayment, intent: &IntentSnapshot) -> Result<Terms, Refusal> {
    let code = intent.amount.currency.to_ascii_uppercase();
    causeway::currency::Currency::parse(&code)
        .map_err(|_| not(command, "its currency is not one of ISO 4217"))?;
    let amount: Option<PositiveMoney> = intent.amount.money;
    let amount = amount.ok_or_else(|| not(command, "its amount cannot be counted in its currency"))?;
    if command.amount_due.is_some_and(|due| due.currency() != amount.currency()) {
        return Err(not(command, "amount_due is in another currency"));
    }
    let method = intent.payment_method.as_deref().and_then(|id| PaymentMethodId::parse(id).ok());
    let customer = intent.customer.as_deref().and_then(|id| ProcessorCustomerId::parse(id).ok());
    Ok(Terms {
        request_id: command.request_id.clone(),
        amount,
        capture_mode: None,
        payment_method: method,
        customer,
        reference: command.reference.clone(),
        description: None,
        metadata: Default::default(),
        receipt_email: None,
        descriptor_suffix: None,
        return_url: None,
        off_session: false,
        payer: command.customer.clone(),
        card_token: None,
        store_card: None,
        method_type: None,
        method_kind: None,
        amount_due: command.amount_due,
        expected_total: None,
    })
}

fn not(command: &ImportPayment, why: &str) -> Refusal {
    Refusal::NotImportable { payment_intent: command.payment_intent.to_string(), why: why.to_owned() }
}
