//! Sample values: numbered payments, customers and operations of two tenants.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use causeway::{
    currency::Currency,
    money::PositiveMoney,
    request::{PaymentId, Reuse, authorize::CaptureMode},
    tenant::TenantName,
    text::{BillingReference, CardToken, CustomerId, PaymentMethodId, RequestId},
    v1::PaymentStatus,
};
use causeway_domain::{
    change::{Changes, CustomerChange, PaymentChange},
    customer::{CardState, Customer, EmittedCardEvents, Registration, StoredCard},
    idempotency::IdempotencyKey,
    operation::{Lease, Operation, PaymentCommand, Progress, Source, Target},
    payment::{Card, Payment, State, Terms, failure::Failure},
    request::ProcessorRequest,
    tenant::{CardDataMode, PaymentSystem, ProcessorKind, WithoutHold},
    timeline::TimelineEntry,
};
use causeway_ports::journal::{Begin, SpentNonce};
use jiff::Timestamp;
use uuid::Uuid;

use crate::report::Fault;

/// The values that every sample shares.
pub(super) struct Samples {
    pub(super) tenant: TenantName,
    pub(super) other: TenantName,
    pub(super) amount: PositiveMoney,
    pub(super) system: PaymentSystem,
}

/// A moment, in seconds since 1970.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or_default()
}

/// The request id of a number.
pub(super) fn request_id(number: u128) -> RequestId {
    RequestId::kept(format!("r-{number}"))
}

/// The payment id of a number. Ids of higher numbers are newer.
pub(super) fn payment_id(number: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(number))
}

/// The billing reference of a number.
pub(super) fn reference(number: u128) -> BillingReference {
    BillingReference::kept(format!("INV {number}"))
}

/// A nonce of one key.
pub(super) fn nonce(name: &str, good_until: i64) -> SpentNonce {
    SpentNonce { nonce: ("key-1".to_owned(), name.to_owned()), good_until: at(good_until) }
}

/// The state of a payment without a known outcome.
pub(super) fn unknown() -> State {
    State::Unknown { failure: Failure { operator_message: "no answer".to_owned(), ..Failure::default() } }
}

/// The state of an authorized payment with a hold that ends at a moment.
pub(super) fn held(until: Option<i64>) -> State {
    State::Authorized { hold_expires: until.map(at) }
}

/// A change that moves a payment from a version to a state, as after an answer of the processor.
pub(super) fn moved(payment: &Payment, basis: u64, state: State, second: i64) -> PaymentChange {
    let mut after = payment.clone();
    after.state = state;
    after.updated = at(second);
    let entry = TimelineEntry {
        at: at(second),
        from: Some(payment.status()),
        to: after.status(),
        operation: None,
        source: Source::Recovery,
        note: "looked up".to_owned(),
        reference: Some(format!("req_{second}")),
    };
    PaymentChange { payment: after, basis: Some(basis), entry }
}

/// A change of a customer from a version.
pub(super) fn kept(customer: &Customer, basis: Option<u64>) -> Changes {
    Changes::of_customer(CustomerChange { customer: customer.clone(), basis, source: Source::Api })
}

/// A card that can pay, attached as "pm_…" with the number of the customer.
pub(super) fn card(number: u128) -> StoredCard {
    StoredCard {
        token: CardToken::of_bits(number),
        request_id: request_id(number),
        payment_method: PaymentMethodId::kept(format!("pm_{number}")),
        setup_intent: None,
        card: Card { brand: "visa".to_owned(), last4: "4242".to_owned(), exp_month: 12, exp_year: 2030 },
        kind: "card".to_owned(),
        reuse: Reuse::OffSession,
        wants_default: false,
        created: at(1),
        state: CardState::Active,
        attached: true,
        emitted: EmittedCardEvents::Nothing,
    }
}

impl Samples {
    pub(super) fn new() -> Result<Samples, Fault> {
        let tenant = |name| TenantName::parse(name).map_err(|error| Fault(error.to_string()));
        let currency = Currency::parse("USD").map_err(|error| Fault(error.to_string()))?;
        let amount = PositiveMoney::of_minor(1250, currency).map_err(|error| Fault(error.to_string()))?;
        Ok(Samples { tenant: tenant("acme")?, other: tenant("globex")?, amount, system: system("main") })
    }

    /// A started payment of a tenant.
    pub(super) fn payment_of(&self, tenant: &TenantName, number: u128) -> Payment {
        let terms = Terms {
            request_id: request_id(number),
            amount: self.amount,
            capture_mode: None,
            payment_method: None,
            customer: None,
            reference: Some(reference(number)),
            description: None,
            metadata: BTreeMap::new(),
            receipt_email: None,
            descriptor_suffix: None,
            return_url: None,
            off_session: false,
            payer: None,
            card_token: None,
            store_card: None,
            method_type: None,
            method_kind: None,
            amount_due: None,
            expected_total: None,
        };
        let second = at(i64::try_from(number).unwrap_or_default());
        Payment::start(payment_id(number), tenant, &self.system, terms, second)
    }

    /// A started payment of the first tenant.
    pub(super) fn payment(&self, number: u128) -> Payment {
        self.payment_of(&self.tenant, number)
    }

    /// The first change of a payment, in any state.
    pub(super) fn started(&self, payment: Payment) -> PaymentChange {
        let entry = TimelineEntry {
            at: payment.created,
            from: None,
            to: payment.status(),
            operation: Some((PaymentCommand::Authorize, payment.order.request_id.clone())),
            source: Source::Billing,
            note: "asked for".to_owned(),
            reference: None,
        };
        PaymentChange { payment, basis: None, entry }
    }

    /// An open operation without an owner.
    pub(super) fn operation(&self, number: u128, target: Target) -> Operation {
        let started = at(i64::try_from(number).unwrap_or_default());
        let id = Uuid::from_u128(number.saturating_add(1 << 64));
        Operation {
            id,
            tenant: self.tenant.clone(),
            request_id: request_id(number),
            target,
            fingerprint: format!("1:{number}"),
            idempotency_key: IdempotencyKey::once(id),
            request: Some(ProcessorRequest {
                path: "/v1/payment_intents".to_owned(),
                form: vec![("amount".to_owned(), "1250".to_owned()), ("amount".to_owned(), "ä&=".to_owned())],
            }),
            started,
            progress: Progress::Open,
            lease: Lease { owner: None, epoch: 1, due: Some(started) },
            tries: 0,
            sent: started,
            key_spent: false,
        }
    }

    /// The first phase of an authorization with a new payment, both of the same number.
    pub(super) fn begin(&self, number: u128) -> Result<Begin, Fault> {
        let target = Target::Payment { id: payment_id(number), command: PaymentCommand::Authorize };
        Ok(Begin {
            operation: self.operation(number, target),
            changes: Changes::of_payment(self.started(self.payment(number)))?,
            nonce: None,
        })
    }

    /// As [`Samples::begin`], of the other tenant.
    pub(super) fn begin_of_other(&self, number: u128) -> Result<Begin, Fault> {
        let mut begin = self.begin(number)?;
        begin.operation.tenant = self.other.clone();
        begin.changes = Changes::of_payment(self.started(self.payment_of(&self.other, number)))?;
        Ok(begin)
    }

    /// A customer that the processor knows as "cus_…" of the number, without cards.
    pub(super) fn customer(&self, number: u128) -> Customer {
        let reference = CustomerId::kept(format!("c-{number}"));
        let id = Uuid::from_u128(number.saturating_add(2 << 64));
        let mut customer = Customer::new(id, &self.tenant, &self.system, &reference, at(1));
        customer.registration =
            Registration::Known { id: format!("cus_{number}"), sent_profile: Default::default() };
        customer
    }

    /// The first change of a numbered payment, in a state.
    pub(super) fn in_state(&self, number: u128, state: State) -> Result<Changes, Fault> {
        let mut payment = self.payment(number);
        payment.state = state;
        Ok(Changes::of_payment(self.started(payment))?)
    }
}

/// A payment system of one name.
pub(super) fn system(name: &str) -> PaymentSystem {
    PaymentSystem {
        name: name.to_owned(),
        processor: ProcessorKind::Stripe,
        login: String::new(),
        account: "acct_1".to_owned(),
        publishable_key: None,
        test_mode: true,
        capture_mode: CaptureMode::Manual,
        active: true,
        brands: BTreeSet::new(),
        method_types: BTreeSet::new(),
        card_data_mode: CardDataMode::TokenOnly,
        cvc_required: false,
        method_without_hold: WithoutHold::Refuse,
        card_list_lives: Duration::from_secs(60),
        release_hold: true,
        refund_approval: false,
        warn_of_hold: None,
        renew_hold: None,
    }
}

/// The statuses of a history, oldest first.
pub(super) fn statuses(history: &[TimelineEntry]) -> Vec<PaymentStatus> {
    history.iter().map(|entry| entry.to).collect()
}
