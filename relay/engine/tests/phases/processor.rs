//! A processor that stores objects, replays answers by idempotency key as Stripe does, and counts
//! effects.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use causeway::{money::PositiveMoney, request::authorize::CaptureMode};
use causeway_domain::{
    idempotency::IdempotencyKey,
    observation::{
        ChargeOrId, ChargeSnapshot, ChargedCard, CustomerSnapshot, IntentSnapshot, IntentStatus,
        MethodSnapshot, Purpose, RefundSnapshot, RefundStatus, SetupSnapshot, SetupStatus, ShownAmount,
        correlation,
    },
    payment::{Action, Card, failure::Failure},
    request::ProcessorRequest,
};
use causeway_ports::processor::{
    Capability, Delivery, Effect, NotChargeable, Object, ObjectRef, Processor, ProcessorReply,
};
use jiff::Timestamp;

use crate::setup::usd;

/// A PaymentMethod that requires authentication by the payer.
pub(super) const AUTHENTICATES: &str = "pm_authenticates";

/// A processor on which every new idempotency key causes a new effect.
#[derive(Default)]
pub(super) struct CountingProcessor(Mutex<Account>);

#[derive(Default)]
struct Account {
    intents: BTreeMap<String, IntentSnapshot>,
    /// Answers, by idempotency key.
    answers: BTreeMap<String, ProcessorReply>,
    /// Paths of the requests that took effect, each effect once.
    effects: Vec<String>,
    /// Expiry of the next hold.
    hold_expires: Timestamp,
    /// Customer to which every PaymentMethod is attached.
    owner: Option<String>,
}

impl CountingProcessor {
    /// Number of requests that took effect so far, without requests that create customers.
    pub(super) fn effects(&self) -> usize {
        self.account().effects.iter().filter(|path| *path != "/v1/customers").count()
    }

    /// From now on new holds last until `end`.
    pub(super) fn hold_until(&self, end: Timestamp) {
        self.account().hold_expires = end;
    }

    /// From now on all PaymentMethods are attached to a customer.
    pub(super) fn attach_all(&self, customer: String) {
        self.account().owner = Some(customer);
    }

    /// Changes the status of a PaymentIntent, outside the relay.
    pub(super) fn set_status(&self, intent: &str, status: IntentStatus) {
        self.account().intents.get_mut(intent).unwrap().status = status;
    }

    /// Creates a PaymentIntent with a hold, as another system would.
    pub(super) fn create_elsewhere(&self, id: &str) {
        let mut account = self.account();
        let intent = account.intent(id, 1250, IntentStatus::RequiresCapture, "pm_card");
        account.intents.insert(id.to_owned(), intent);
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap()
    }
}

fn shown(cents: u64) -> ShownAmount {
    let money = (cents > 0).then(|| usd(cents));
    ShownAmount { money, units: cents, currency: "usd".to_owned() }
}

fn no_action() -> Action {
    Action { kind: String::new(), client_secret: String::new(), redirect_url: String::new() }
}

fn card() -> Card {
    Card { brand: "visa".to_owned(), last4: "4242".to_owned(), exp_month: 12, exp_year: 2034 }
}

impl Account {
    fn intent(&self, id: &str, cents: u64, status: IntentStatus, method: &str) -> IntentSnapshot {
        let paid = matches!(status, IntentStatus::RequiresCapture | IntentStatus::Succeeded);
        let charge = ChargeSnapshot {
            id: id.replacen("pi_", "ch_", 1),
            paid: true,
            disputed: false,
            balance_transaction: None,
            card: Some(ChargedCard {
                card: card(),
                capture_before: Some(self.hold_expires),
                authorization_code: None,
                network_transaction_id: None,
                avs_line1: None,
                avs_postal_code: None,
                cvc: None,
            }),
        };
        IntentSnapshot {
            id: id.to_owned(),
            amount: shown(cents),
            received: shown(if status == IntentStatus::Succeeded { cents } else { 0 }),
            status,
            client_secret: None,
            action: no_action(),
            charge: paid.then(|| ChargeOrId::Charge(Box::new(charge))),
            payment_method: Some(method.to_owned()),
            failure: None,
            lapsed: false,
            created: 0,
            manual_capture: Some(true),
            customer: None,
            livemode: Some(false),
            metadata: BTreeMap::new(),
        }
    }

    /// Executes a request and returns the object.
    fn execute(&mut self, request: &ProcessorRequest) -> Object {
        let value = |name: &str| {
            let found = request.form.iter().find(|(field, _)| field == name);
            found.map(|(_, value)| value.clone()).unwrap()
        };
        let cents = || value("amount").parse::<u64>().unwrap();
        let number = self.effects.len();
        let parts: Vec<_> = request.path.trim_start_matches("/v1/").split('/').collect();
        match parts.as_slice() {
            ["payment_intents"] => {
                let (id, method) = (format!("pi_{number}"), value("method"));
                let status = match method.as_str() {
                    AUTHENTICATES => IntentStatus::RequiresAction,
                    _ => IntentStatus::RequiresCapture,
                };
                let metadata = BTreeMap::from([(correlation::PAYMENT.to_owned(), value("payment"))]);
                let intent = IntentSnapshot { metadata, ..self.intent(&id, cents(), status, &method) };
                self.intents.insert(id, intent.clone());
                Object::Intent(Box::new(intent))
            }
            ["payment_intents", id, call] => {
                let (id, before) = ((*id).to_owned(), self.intents[*id].clone());
                let method = before.payment_method.unwrap();
                let (units, status) = match *call {
                    "capture" => (cents(), IntentStatus::Succeeded),
                    "confirm" => (before.amount.units, IntentStatus::RequiresCapture),
                    _ => (before.amount.units, IntentStatus::Canceled),
                };
                let metadata = before.metadata;
                let intent = IntentSnapshot { metadata, ..self.intent(&id, units, status, &method) };
                self.intents.insert(id, intent.clone());
                Object::Intent(Box::new(intent))
            }
            ["refunds"] => Object::Refund(Box::new(RefundSnapshot {
                id: format!("re_{number}"),
                amount: shown(cents()),
                status: RefundStatus::Succeeded,
                balance_transaction: None,
                failure_balance_transaction: None,
                payment_intent: Some(value("intent")),
                reason: None,
                created: 0,
                metadata: BTreeMap::new(),
            })),
            ["setup_intents"] => Object::Setup(Box::new(SetupSnapshot {
                id: format!("seti_{number}"),
                status: SetupStatus::Succeeded,
                action: no_action(),
                customer: Some(value("customer")),
                payment_method: Some(value("method")),
                failure: Failure::default(),
            })),
            ["payment_methods", id, "detach"] => Object::Method(Box::new(self.method(id, None))),
            ["customers"] => customer(&format!("cus_{number}")),
            ["customers", id] => customer(id),
            _ => panic!("the test has no {}", request.path),
        }
    }

    fn method(&self, id: &str, customer: Option<&String>) -> MethodSnapshot {
        MethodSnapshot {
            id: id.to_owned(),
            kind: "card".to_owned(),
            allowlisted_as: "card".to_owned(),
            card: Some(card()),
            customer: customer.cloned(),
        }
    }
}

fn customer(id: &str) -> Object {
    Object::Customer(CustomerSnapshot { id: id.to_owned(), deleted: false })
}

fn succeeded(object: Object) -> ProcessorReply {
    ProcessorReply::Succeeded { object, request: "req_test".to_owned() }
}

#[async_trait]
impl Processor for CountingProcessor {
    fn account(&self) -> &str {
        ""
    }

    fn test_mode(&self) -> bool {
        true
    }

    fn can(&self, capability: Capability) -> bool {
        capability != Capability::List
    }

    fn request(&self, effect: &Effect<'_>, _: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable> {
        let cents = |amount: PositiveMoney| ("amount", amount.minor().to_string());
        let of_intent = |intent: &str, call: &str| format!("/v1/payment_intents/{intent}/{call}");
        let (path, form) = match effect {
            Effect::Authorize { terms, instrument, capture_mode, correlation } => {
                assert_eq!(*capture_mode, CaptureMode::Manual);
                let method = ("method", instrument.method().to_string());
                let payment = ("payment", correlation.payment.to_string());
                ("/v1/payment_intents".to_owned(), vec![cents(terms.amount), method, payment])
            }
            Effect::Capture { intent, amount } => (of_intent(intent, "capture"), vec![cents(*amount)]),
            Effect::Confirm { intent, .. } => (of_intent(intent, "confirm"), vec![]),
            Effect::Cancel { intent, .. } => (of_intent(intent, "cancel"), vec![]),
            Effect::Refund { intent, amount, .. } => {
                ("/v1/refunds".to_owned(), vec![cents(*amount), ("intent", (*intent).to_owned())])
            }
            Effect::SetUpCard(setup) => {
                let method = ("method", setup.instrument.method().to_string());
                ("/v1/setup_intents".to_owned(), vec![method, ("customer", setup.customer.to_owned())])
            }
            Effect::DetachCard { method } => (format!("/v1/payment_methods/{method}/detach"), vec![]),
            Effect::SetDefaultCard { customer: id, .. } | Effect::UpdateCustomer { id, .. } => {
                (format!("/v1/customers/{id}"), vec![])
            }
            Effect::CreateCustomer { .. } => ("/v1/customers".to_owned(), vec![]),
            Effect::CancelSetup { .. } => panic!("no verification is given up"),
        };
        let form = form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(ProcessorRequest { path, form })
    }

    async fn send(
        &self,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
        _: Delivery,
        _: Purpose,
    ) -> ProcessorReply {
        let mut account = self.account();
        if let Some(known) = account.answers.get(key.as_str()) {
            return known.clone();
        }
        let reply = succeeded(account.execute(request));
        account.effects.push(request.path.clone());
        account.answers.insert(key.as_str().to_owned(), reply.clone());
        reply
    }

    async fn retrieve(&self, object: ObjectRef<'_>, _: Purpose) -> ProcessorReply {
        let account = self.account();
        succeeded(match object {
            ObjectRef::Intent(id) => Object::Intent(Box::new(account.intents[id].clone())),
            ObjectRef::Method(id) => Object::Method(Box::new(account.method(id, account.owner.as_ref()))),
            ObjectRef::Refund(_) | ObjectRef::Setup(_) | ObjectRef::Customer(_) => {
                panic!("nobody looks for {object:?}")
            }
        })
    }
}
