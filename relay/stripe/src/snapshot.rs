//! Stripe's objects, read as the domain's snapshots: units become amounts of money, and errors become
//! failures.

use causeway::currency::Currency;
use causeway_domain::{
    observation::{
        ChargeOrId, ChargeSnapshot, ChargedCard, CustomerSnapshot, DisputeSnapshot, IntentSnapshot,
        IntentStatus, MethodSnapshot, Purpose, RefundSnapshot, RefundStatus, Rejection, SetupSnapshot,
        SetupStatus, ShownAmount,
    },
    payment::{Action, DisputeState},
};
use causeway_ports::processor::Object;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    currency, decline,
    endpoint::ObjectKind,
    error::{ErrorAnswer, StripeError},
    expected::Believed,
    json::StripeJson,
    texts::{Id, Word},
    view::{
        self, CardDetails, Charge, Customer, Dispute, Intent, NextAction, ObjectOrId, PaymentMethod, Refund,
        SetupIntent,
    },
};

/// Reads a PaymentIntent from JSON.
pub fn read_intent(object: Value) -> Result<IntentSnapshot, serde_json::Error> {
    read::<Intent, _>(StripeJson::of(object)?)
}

/// Reads a refund from JSON.
pub fn read_refund(object: Value) -> Result<RefundSnapshot, serde_json::Error> {
    read::<Refund, _>(StripeJson::of(object)?)
}

/// Reads a dispute from JSON.
pub fn read_dispute(object: Value) -> Result<DisputeSnapshot, serde_json::Error> {
    read::<Dispute, _>(StripeJson::of(object)?)
}

/// Reads the body of an answer with an error status; `None` for a body that is no error in Stripe's format.
pub fn read_rejection(status: u16, body: &[u8], purpose: Purpose) -> Option<Rejection> {
    let (answer, whole) = ErrorAnswer::read(body)?;
    Some(StripeError { status, body: answer.error, whole }.into_rejection(purpose, None))
}

/// Reads an object of a known kind.
pub(crate) fn read_object(kind: ObjectKind, object: Believed) -> Result<Object, serde_json::Error> {
    Ok(match kind {
        ObjectKind::Intent => Object::Intent(Box::new(read_believed::<Intent, _>(object)?)),
        ObjectKind::Refund => Object::Refund(Box::new(read_believed::<Refund, _>(object)?)),
        ObjectKind::Setup => Object::Setup(Box::new(read_believed::<SetupIntent, _>(object)?)),
        ObjectKind::Method => Object::Method(Box::new(read_believed::<PaymentMethod, _>(object)?)),
        ObjectKind::Customer => Object::Customer(read_believed::<Customer, _>(object)?),
    })
}

/// Reads a believed object as its view, and the view as another type.
pub(crate) fn read_believed<V: DeserializeOwned + Into<S>, S>(
    object: Believed,
) -> Result<S, serde_json::Error> {
    read::<V, S>(object.into_json())
}

fn read<V: DeserializeOwned + Into<S>, S>(object: StripeJson) -> Result<S, serde_json::Error> {
    object.parse::<V>().map(Into::into)
}

/// An amount in Stripe's units, with the currency code of an object.
pub(crate) fn shown(units: u64, code: &str) -> ShownAmount {
    let currency = Currency::parse(&code.to_ascii_uppercase()).ok();
    let money = currency.and_then(|currency| currency::money(units, currency).ok().flatten());
    ShownAmount { money, units, currency: code.to_owned() }
}

/// The next step of the payer, of a PaymentIntent or a SetupIntent.
fn action_of(next: Option<&NextAction>, client_secret: Option<&Id>) -> Action {
    let redirect = next.and_then(|next| next.redirect_to_url.as_ref()).and_then(|to| to.url.clone());
    Action {
        kind: next.map(|next| next.kind.clone()).unwrap_or_default().into(),
        client_secret: client_secret.cloned().unwrap_or_default().into(),
        redirect_url: redirect.map(String::from).unwrap_or_default(),
    }
}

/// Movements of the balance that are kept of a dispute: withdrawals and reinstatements.
const MOST_MOVEMENTS: usize = 20;

fn id(object: Option<ObjectOrId>) -> Option<String> {
    object.map(ObjectOrId::into_id)
}

fn word(word: Option<Word>) -> Option<String> {
    word.map(String::from)
}

fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_second(seconds?).ok()
}

impl From<Intent> for IntentSnapshot {
    fn from(intent: Intent) -> IntentSnapshot {
        let status = IntentStatus::parse(intent.status.as_str());
        let amount = shown(intent.amount, intent.currency.as_str());
        let failed = intent.last_payment_error.as_ref();
        let by_time = intent
            .cancellation_reason
            .as_ref()
            .is_some_and(|reason| matches!(reason.as_str(), "automatic" | "expired"));
        IntentSnapshot {
            lapsed: status == IntentStatus::Canceled && by_time,
            failure: failed.map(|error| decline::failure_of_attempt(error, amount.money)),
            action: action_of(intent.next_action.as_ref(), intent.client_secret.as_ref()),
            received: shown(intent.amount_received, intent.currency.as_str()),
            charge: intent.latest_charge.map(ChargeOrId::from),
            payment_method: id(intent.payment_method),
            manual_capture: intent.capture_method.map(|method| method.as_str() == "manual"),
            customer: id(intent.customer),
            id: intent.id.into(),
            client_secret: intent.client_secret.map(String::from),
            created: intent.created,
            livemode: intent.livemode,
            metadata: intent.metadata.into(),
            status,
            amount,
        }
    }
}

impl From<view::ChargeOrId> for ChargeOrId {
    fn from(charge: view::ChargeOrId) -> ChargeOrId {
        match charge {
            view::ChargeOrId::Id(id) => ChargeOrId::Id(id.into()),
            view::ChargeOrId::Charge(charge) => ChargeOrId::Charge(Box::new((*charge).into())),
        }
    }
}

impl From<Charge> for ChargeSnapshot {
    fn from(charge: Charge) -> ChargeSnapshot {
        ChargeSnapshot {
            id: charge.id.into(),
            paid: charge.paid,
            disputed: charge.disputed,
            balance_transaction: id(charge.balance_transaction),
            card: charge.payment_method_details.and_then(|details| details.card).map(ChargedCard::from),
        }
    }
}

impl From<CardDetails> for ChargedCard {
    fn from(card: CardDetails) -> ChargedCard {
        let shown = card.shown();
        let (line1, postal_code, cvc) = card.checks.map_or((None, None, None), |checks| {
            (checks.address_line1_check, checks.address_postal_code_check, checks.cvc_check)
        });
        ChargedCard {
            card: shown,
            capture_before: moment(card.capture_before),
            authorization_code: word(card.authorization_code),
            network_transaction_id: word(card.network_transaction_id),
            avs_line1: word(line1),
            avs_postal_code: word(postal_code),
            cvc: word(cvc),
        }
    }
}

impl From<Refund> for RefundSnapshot {
    fn from(refund: Refund) -> RefundSnapshot {
        let status = match refund.status.as_ref().map(Word::as_str) {
            Some("succeeded") => RefundStatus::Succeeded,
            Some("failed") => RefundStatus::Failed(refund.failure_reason.unwrap_or_default().into()),
            Some("canceled") => RefundStatus::Canceled,
            // pending, requires_action, and unknown statuses.
            _ => RefundStatus::Pending,
        };
        RefundSnapshot {
            amount: shown(refund.amount, refund.currency.as_str()),
            id: refund.id.into(),
            status,
            balance_transaction: id(refund.balance_transaction),
            failure_balance_transaction: id(refund.failure_balance_transaction),
            payment_intent: id(refund.payment_intent),
            reason: word(refund.reason),
            created: refund.created,
            metadata: refund.metadata.into(),
        }
    }
}

impl From<Dispute> for DisputeSnapshot {
    fn from(dispute: Dispute) -> DisputeSnapshot {
        let evidence = dispute.evidence_details.as_ref();
        DisputeSnapshot {
            amount: shown(dispute.amount, dispute.currency.as_str()),
            state: DisputeState::parse(dispute.status.as_str()),
            due_by: moment(evidence.and_then(|evidence| evidence.due_by)),
            submissions: evidence.map_or(0, |evidence| evidence.submission_count),
            id: dispute.id.into(),
            status: dispute.status.into(),
            reason: dispute.reason.unwrap_or_default().into(),
            created: dispute.created,
            balance_transactions: dispute
                .balance_transactions
                .into_iter()
                .take(MOST_MOVEMENTS)
                .map(ObjectOrId::into_id)
                .collect(),
        }
    }
}

impl From<SetupIntent> for SetupSnapshot {
    fn from(setup: SetupIntent) -> SetupSnapshot {
        SetupSnapshot {
            status: match setup.status.as_str() {
                "succeeded" => SetupStatus::Succeeded,
                "requires_action" => SetupStatus::RequiresAction,
                "requires_payment_method" => SetupStatus::RequiresPaymentMethod,
                "canceled" => SetupStatus::Canceled,
                _ => SetupStatus::Other,
            },
            action: action_of(setup.next_action.as_ref(), setup.client_secret.as_ref()),
            failure: decline::failure_of_setup(setup.last_setup_error.as_ref()),
            id: setup.id.into(),
            customer: id(setup.customer),
            payment_method: id(setup.payment_method),
        }
    }
}

impl From<PaymentMethod> for MethodSnapshot {
    fn from(method: PaymentMethod) -> MethodSnapshot {
        MethodSnapshot {
            allowlisted_as: method.allowlisted_as().to_owned(),
            card: method.card.as_ref().map(CardDetails::shown),
            id: method.id.into(),
            kind: method.kind.into(),
            customer: id(method.customer),
        }
    }
}

impl From<Customer> for CustomerSnapshot {
    fn from(customer: Customer) -> CustomerSnapshot {
        CustomerSnapshot { id: customer.id.into(), deleted: customer.deleted }
    }
}
