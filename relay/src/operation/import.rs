//! Take over a PaymentIntent that was authorized elsewhere.

use async_trait::async_trait;
use causeway::{
    currency::Currency,
    money::Money,
    order::{ImportPayment, Lookup, PaymentId, authorize::CaptureMode},
    refusal::Refusal,
    text::{PaymentMethodId, ProcessorCustomerId, ProcessorId, RequestId},
};

use super::{Caller, Desk, New, Order, Prepared, sync, unwritable};
use crate::{
    journal::{About, Begin, Changes, Kind, PaymentChange, Progress, Source, Step},
    payment::{
        Origin, Payment, Terms,
        observation::Observation,
        observe::{self, Asked, Outcome},
    },
    policy::{self, route},
    settings::PaymentSystem,
    stripe::{
        client::Asked as Heard,
        currency, paths,
        view::{Intent, ObjectOrId},
    },
};

#[async_trait]
impl Order for ImportPayment {
    const KIND: Kind = Kind::ImportPayment;
    type About = Payment;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let tenant = desk.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let system = match &self.payment_system {
            Some(name) => route::system_named(tenant, name)?,
            None => route::only_system(tenant)?,
        };
        desk.admit_to(caller, tenant, system)?;
        let intent = self.look(desk, caller, system).await?;
        let terms = self.terms(&intent)?;
        let now = desk.surroundings.now();
        let id = PaymentId(desk.surroundings.uuid());
        let mut payment = Payment::start(id, &caller.tenant, system, terms, now);
        payment.origin = Origin::External;
        let manual = intent.capture_method.as_deref() == Some("manual");
        payment.capture_mode = if manual { CaptureMode::Manual } else { CaptureMode::Automatic };
        let pulled = sync::pull(desk.way(&caller.tenant, system)?, &payment, intent).await?;
        let seen = Observation::Pulled(Box::new(pulled));
        let mut payment = observe::fold(payment, Asked::Nothing, seen, now).payment;
        payment.updated = now;
        Ok(self.begin(desk, caller, payment))
    }
}

trait Importing {
    async fn look(&self, desk: &Desk, caller: &Caller, system: &PaymentSystem) -> Result<Intent, Refusal>;
    fn terms(&self, intent: &Intent) -> Result<Terms, Refusal>;
    fn begin(&self, desk: &Desk, caller: &Caller, payment: Payment) -> Prepared;
    fn not(&self, why: &str) -> Refusal;
}

impl Importing for ImportPayment {
    /// The PaymentIntent, if it is nobody's here.
    async fn look(&self, desk: &Desk, caller: &Caller, system: &PaymentSystem) -> Result<Intent, Refusal> {
        let intent = match desk
            .way(&caller.tenant, system)?
            .examine(&paths::intent(self.payment_intent.as_str()))
            .await
        {
            Heard::Done { object, .. } => serde_json::from_value::<Intent>(object)
                .map_err(|_| self.not("Stripe shows something that does not read as a PaymentIntent"))?,
            Heard::Refused { error, .. } if error.body.code() == "resource_missing" => {
                return Err(self.not("the account of this payment system has no such PaymentIntent"));
            }
            Heard::Refused { error, .. } => {
                return Err(Refusal::ProcessorSilent { why: format!("HTTP {} to a look-up", error.status) });
            }
            Heard::Unknown { why } | Heard::Kept { why } | Heard::KeyReused { why } => {
                return Err(Refusal::ProcessorSilent { why });
            }
        };
        let known = ProcessorId::parse(&intent.id).map(Lookup::Processor).map_err(|_| Refusal::Internal)?;
        let known = desk.journal.look_up(&caller.tenant, &known).await.map_err(unwritable)?;
        // Another tenant may have the same account: theirs carries our marks.
        let marked = intent.metadata.contains_key("causeway_payment");
        if let Some(payment) = known {
            return Err(self.not(&format!("it is the payment {} already", payment.id)));
        }
        if marked || desk.journal.is_known(&intent.id).await.map_err(unwritable)? {
            return Err(self.not("it was made by Causeway, for another tenant or with another journal"));
        }
        if matches!(intent.status.as_str(), "canceled" | "requires_payment_method" | "requires_confirmation")
        {
            let why = format!("it is {}: nothing was authorized, or nothing is left of it", intent.status);
            return Err(self.not(&why));
        }
        Ok(intent)
    }

    fn terms(&self, intent: &Intent) -> Result<Terms, Refusal> {
        let unit = Currency::parse(&intent.currency.to_ascii_uppercase())
            .map_err(|_| self.not("its currency is not one of ISO 4217"))?;
        let amount: Option<Money> = currency::money(intent.amount, unit).ok().flatten();
        let amount = amount.ok_or_else(|| self.not("its amount cannot be counted in its currency"))?;
        if self.amount_due.is_some_and(|due| due.currency() != amount.currency()) {
            return Err(self.not("amount_due is in another currency"));
        }
        let id = |object: &Option<ObjectOrId>| object.as_ref().map(|object| object.id().to_owned());
        let method = id(&intent.payment_method).and_then(|id| PaymentMethodId::parse(&id).ok());
        let customer = id(&intent.customer).and_then(|id| ProcessorCustomerId::parse(&id).ok());
        Ok(Terms {
            request_id: self.request_id.clone(),
            amount,
            capture_mode: None,
            payment_method: method,
            customer,
            reference: self.reference.clone(),
            description: None,
            metadata: Default::default(),
            receipt_email: None,
            descriptor_suffix: None,
            return_url: None,
            off_session: false,
            payer: self.customer.clone(),
            card_token: None,
            store_card: None,
            method_type: None,
            method_kind: None,
            amount_due: self.amount_due,
            expected_total: None,
        })
    }

    fn begin(&self, desk: &Desk, caller: &Caller, payment: Payment) -> Prepared {
        let step = Step {
            at: payment.updated,
            from: None,
            to: payment.status(),
            operation: Some((Self::KIND, self.request_id.clone())),
            source: Source::Api,
            note: format!("{} was taken over", self.payment_intent),
            reference: None,
        };
        let answer = prost::Message::encode_to_vec(&Outcome::Approved.to_wire(&payment));
        let new = New {
            id: desk.surroundings.uuid(),
            about: About::Payment(payment.id),
            system: (payment.payment_system.as_str(), payment.account.as_str()),
            request: None,
            progress: Progress::Finished { answer },
        };
        let operation = desk.operation(caller, self, new);
        let changes = Changes::of_payment(PaymentChange { payment, basis: None, step });
        Begin { operation, changes, nonce: caller.nonce.clone() }.into()
    }

    fn not(&self, why: &str) -> Refusal {
        Refusal::NotImportable { payment_intent: self.payment_intent.to_string(), why: why.to_owned() }
    }
}
