//! The stage of the checks: the processor, sample requests, and calls of one line.

use std::{collections::BTreeMap, sync::Arc};

use causeway::{
    card::{CardNumber, Cvc, Expiry, RawCard},
    money::{Money, MoneyError, PositiveMoney},
    refusal::Refusal,
    request::{PaymentId, RefundReason, Reuse, authorize::CaptureMode, customer::Details},
    text::{CardToken, CustomerId, Email, PaymentMethodId, PersonName, RequestId, ReturnUrl},
};
use causeway_domain::{
    customer::Profile,
    idempotency::IdempotencyKey,
    observation::{IntentSnapshot, MethodSnapshot, Purpose, RefundSnapshot, SetupSnapshot},
    payment::Terms,
    policy::Judged,
    request::ProcessorRequest,
};
use causeway_ports::processor::{
    Capability, CardSetup, Correlation, Delivery, Effect, Found, Object, ObjectRef, Processor, ProcessorReply,
};

use super::{
    ProcessorUnderTest, SampleCard, Samples,
    reply::{done_customer, done_intent, done_refund, done_setup},
};
use crate::{
    judged::judged,
    report::{Checked, Fault, ensure},
};

/// The processor of the checks, with sample values.
pub(super) struct Stage<'a> {
    pub(super) under_test: &'a dyn ProcessorUnderTest,
    pub(super) processor: Arc<dyn Processor>,
    pub(super) samples: Samples,
}

/// The parameters of a payment request.
pub(super) struct Order {
    pub(super) terms: Terms,
    pub(super) instrument: Result<Judged, Refusal>,
    pub(super) capture_mode: CaptureMode,
    pub(super) correlation: Correlation,
    pub(super) key: IdempotencyKey,
}

impl Order {
    pub(super) fn effect(&self) -> Result<Effect<'_>, Fault> {
        let Order { terms, instrument, capture_mode, correlation, .. } = self;
        let (capture_mode, correlation) = (*capture_mode, *correlation);
        let instrument = instrument.as_ref().map_err(Refusal::clone)?;
        Ok(Effect::Authorize { terms, instrument, capture_mode, correlation })
    }

    pub(super) fn purpose(&self) -> Purpose {
        Purpose::Payment(self.terms.amount)
    }
}

impl<'a> Stage<'a> {
    pub(super) fn new(under_test: &'a dyn ProcessorUnderTest) -> Stage<'a> {
        Stage { under_test, processor: under_test.processor(), samples: under_test.samples() }
    }

    pub(super) fn can(&self, capability: Capability) -> bool {
        self.processor.can(capability)
    }

    /// A key that was never used.
    pub(super) fn key(&self) -> IdempotencyKey {
        IdempotencyKey::once(self.under_test.environment().uuid())
    }

    /// The relay's ids of a new payment and a new operation.
    pub(super) fn correlation(&self) -> Correlation {
        let environment = self.under_test.environment();
        Correlation { operation: environment.uuid(), payment: PaymentId(environment.uuid()) }
    }

    /// A new payment of a method and an amount.
    pub(super) fn order(
        &self,
        method: &PaymentMethodId,
        amount: PositiveMoney,
        capture_mode: CaptureMode,
    ) -> Order {
        let correlation = self.correlation();
        let terms = Terms {
            request_id: RequestId::kept(correlation.operation.to_string()),
            amount,
            capture_mode: Some(capture_mode),
            payment_method: Some(method.clone()),
            customer: None,
            reference: None,
            description: None,
            metadata: BTreeMap::new(),
            receipt_email: None,
            descriptor_suffix: None,
            return_url: None,
            off_session: false,
            payer: None,
            card_token: None,
            store_card: None,
            method_type: Some("card".to_owned()),
            method_kind: Some("card".to_owned()),
            amount_due: None,
            expected_total: None,
        };
        Order { terms, instrument: judged(method), capture_mode, correlation, key: self.key() }
    }

    /// A new hold of the sample amount.
    pub(super) fn hold(&self) -> Order {
        self.order(&self.samples.pays, self.samples.amounts.whole, CaptureMode::Manual)
    }

    /// A new payment of the sample amount that is captured at once.
    pub(super) fn sale(&self) -> Order {
        self.order(&self.samples.pays, self.samples.amounts.whole, CaptureMode::Automatic)
    }

    /// The request for an effect, built without a call.
    pub(super) fn request(
        &self,
        effect: &Effect<'_>,
        key: &IdempotencyKey,
    ) -> Result<ProcessorRequest, Fault> {
        self.processor.request(effect, key).map_err(|refused| {
            let capability = effect.capability();
            Fault(format!("not so: there is a request for {capability:?}\n  found    {refused}"))
        })
    }

    /// Requests an effect under a key.
    pub(super) async fn ask_under(
        &self,
        key: &IdempotencyKey,
        effect: &Effect<'_>,
        purpose: Purpose,
    ) -> Result<ProcessorReply, Fault> {
        let request = self.request(effect, key)?;
        Ok(self.processor.send(&request, key, Delivery::NotSent, purpose).await)
    }

    /// Requests an effect under a new key.
    pub(super) async fn ask(&self, effect: &Effect<'_>, purpose: Purpose) -> Result<ProcessorReply, Fault> {
        self.ask_under(&self.key(), effect, purpose).await
    }

    /// Requests a payment under the key of the order.
    pub(super) async fn pay(&self, order: &Order) -> Result<ProcessorReply, Fault> {
        self.ask_under(&order.key, &order.effect()?, order.purpose()).await
    }

    /// A payment that is held.
    pub(super) async fn held(&self) -> Result<IntentSnapshot, Fault> {
        done_intent(self.pay(&self.hold()).await?, "a hold is authorized")
    }

    /// A payment that is captured.
    pub(super) async fn taken(&self) -> Result<IntentSnapshot, Fault> {
        done_intent(self.pay(&self.sale()).await?, "a payment is taken at once")
    }

    /// A payment that waits for the payer.
    pub(super) async fn waiting(&self) -> Result<IntentSnapshot, Fault> {
        let order = self.order(&self.samples.needs_payer, self.samples.amounts.whole, CaptureMode::Manual);
        done_intent(self.pay(&order).await?, "a payment waits for its payer")
    }

    /// Requests a capture under a new key.
    pub(super) async fn capture(&self, intent: &str, amount: PositiveMoney) -> Result<ProcessorReply, Fault> {
        self.ask(&Effect::Capture { intent, amount }, Purpose::FollowUp).await
    }

    /// Requests the release of a hold under a new key.
    pub(super) async fn cancel(&self, intent: &str) -> Result<ProcessorReply, Fault> {
        self.ask(&Effect::Cancel { intent, reason: None }, Purpose::FollowUp).await
    }

    /// Requests a refund under a new key.
    pub(super) async fn refund(&self, intent: &str, amount: PositiveMoney) -> Result<ProcessorReply, Fault> {
        let reason = Some(RefundReason::RequestedByCustomer);
        let correlation = self.correlation();
        self.ask(&Effect::Refund { intent, amount, reason, correlation }, Purpose::FollowUp).await
    }

    /// A refund that succeeded.
    pub(super) async fn refunded(
        &self,
        intent: &str,
        amount: PositiveMoney,
    ) -> Result<RefundSnapshot, Fault> {
        done_refund(self.refund(intent, amount).await?, "a payment is refunded")
    }

    /// Id "cus_…" of a new customer.
    pub(super) async fn customer(&self) -> Result<String, Fault> {
        let (reference, profile) = (self.reference(), profile("Ada Lovelace"));
        let effect = Effect::CreateCustomer { reference: &reference, tenant: "acme", profile: &profile };
        let reply = self.ask(&effect, Purpose::Card).await?;
        Ok(done_customer(reply, "a customer is made")?.id)
    }

    /// Billing's id of a new customer.
    pub(super) fn reference(&self) -> CustomerId {
        CustomerId::kept(format!("c-{}", self.under_test.environment().uuid()))
    }

    /// Requests the storage of a customer's card under a new key.
    pub(super) async fn set_up(
        &self,
        customer: &str,
        method: &PaymentMethodId,
    ) -> Result<ProcessorReply, Fault> {
        let (operation, token) = self.card_ids();
        let card = judged(method)?;
        let setup = self.setup(customer, &card, operation, &token);
        self.ask(&Effect::SetUpCard(setup), Purpose::Card).await
    }

    /// The relay's ids for a new card: the operation and the token.
    pub(super) fn card_ids(&self) -> (uuid::Uuid, CardToken) {
        let environment = self.under_test.environment();
        (environment.uuid(), CardToken::of_bits(environment.uuid().as_u128()))
    }

    /// The request for storing a customer's card.
    pub(super) fn setup<'s>(
        &self,
        customer: &'s str,
        instrument: &'s Judged,
        operation: uuid::Uuid,
        card: &'s CardToken,
    ) -> CardSetup<'s> {
        CardSetup { customer, instrument, reuse: Reuse::OffSession, return_url: None, operation, card }
    }

    /// A customer with a stored card: the ids "cus_…" and "pm_…".
    pub(super) async fn stored(&self) -> Result<(String, PaymentMethodId), Fault> {
        let customer = self.customer().await?;
        let setup = done_setup(self.set_up(&customer, &self.samples.pays).await?, "a card is stored")?;
        let method = setup.payment_method.map(PaymentMethodId::kept);
        let method = method.ok_or_else(|| Fault("not so: a stored card has its PaymentMethod".to_owned()))?;
        Ok((customer, method))
    }

    async fn look_up<T>(
        &self,
        object: ObjectRef<'_>,
        take: impl FnOnce(Object) -> Option<T>,
    ) -> Result<T, Fault> {
        match self.processor.retrieve(object, Purpose::FollowUp).await.found(take) {
            Found::Is(found) => Ok(found),
            Found::Missing => Err(Fault(format!("not so: a look-up finds {object:?}"))),
            Found::Rejected(rejection) => {
                Err(Fault(format!("not so: a look-up finds {object:?}\n  found    {rejection:?}")))
            }
            Found::Unreadable { why } | Found::Silent { why } => {
                Err(Fault(format!("not so: a look-up finds {object:?}\n  found    {why}")))
            }
        }
    }

    /// A PaymentIntent that must exist.
    pub(super) async fn intent(&self, id: &str) -> Result<IntentSnapshot, Fault> {
        self.look_up(ObjectRef::Intent(id), Object::intent).await
    }

    /// A refund that must exist.
    pub(super) async fn refund_of_id(&self, id: &str) -> Result<RefundSnapshot, Fault> {
        let take = |object| if let Object::Refund(refund) = object { Some(*refund) } else { None };
        self.look_up(ObjectRef::Refund(id), take).await
    }

    /// A SetupIntent that must exist.
    pub(super) async fn setup_of_id(&self, id: &str) -> Result<SetupSnapshot, Fault> {
        let take = |object| if let Object::Setup(setup) = object { Some(*setup) } else { None };
        self.look_up(ObjectRef::Setup(id), take).await
    }

    /// A PaymentMethod that must exist.
    pub(super) async fn method(&self, id: &str) -> Result<MethodSnapshot, Fault> {
        self.look_up(ObjectRef::Method(id), Object::method).await
    }

    /// A fault if a call went out since the earlier count `before`.
    pub(super) fn nothing_was_sent(&self, before: Option<usize>, promise: &str) -> Checked {
        ensure(self.under_test.calls() == before, promise)
    }
}

/// The difference of two amounts.
pub(super) fn less(whole: PositiveMoney, part: PositiveMoney) -> Result<PositiveMoney, Fault> {
    positive(whole.money().checked_sub(part)?)
}

/// Twice an amount, in the same currency.
pub(super) fn twice(amount: PositiveMoney) -> Result<PositiveMoney, Fault> {
    positive(amount.money().checked_add(amount)?)
}

fn positive(amount: Money) -> Result<PositiveMoney, Fault> {
    amount.try_into().map_err(|error: MoneyError| Fault(format!("the sample amounts: {error}")))
}

/// A customer with a name.
pub(super) fn profile(name: &str) -> Profile {
    let details = Details { name: Some(PersonName::kept(name.to_owned())), ..Details::default() };
    Profile { email: Some(Email::kept("ada@example.org".to_owned())), details }
}

/// The return URL of a shop.
pub(super) fn return_url() -> ReturnUrl {
    ReturnUrl::kept("https://shop.example.org/back".to_owned())
}

/// A card with the number of a sample, valid until December 2034.
pub(super) fn raw_card(card: &SampleCard) -> Result<RawCard, Fault> {
    let wrong = |error: causeway::card::CardError| Fault(format!("the sample card: {error}"));
    let number = CardNumber::parse(card.number).map_err(wrong)?;
    let cvc = Cvc::parse(card.cvc, number.brand()).map_err(wrong)?;
    Ok(RawCard { expiry: Expiry::new(12, 2034).map_err(wrong)?, number, cvc: Some(cvc), holder: None })
}
