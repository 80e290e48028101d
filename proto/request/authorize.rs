//! Authorize: hold an amount, or charge the amount at once.

use std::collections::BTreeMap;

use super::{
    Form,
    cards::AskedCurrency,
    customer::Customer,
    instrument::{Instrument, Reuse, read_card},
};
use crate::{
    money::PositiveMoney,
    refusal::{Refusal, Violation},
    text::{
        BillingReference, CardToken, Description, DescriptorSuffix, Email, MetadataKey, MetadataValue,
        PaymentMethodId, ProcessorCustomerId, RequestId, ReturnUrl, SystemName,
    },
    v1,
};

/// Maximum of metadata entries from a caller: Stripe takes 50, and ten are correlation metadata.
pub const MAX_METADATA: usize = 40;

/// When a held amount is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum CaptureMode {
    /// By a separate Capture request.
    Manual,
    /// At once, without a hold.
    Automatic,
}

impl CaptureMode {
    /// Converts the mode to the contract's enum.
    pub fn to_wire(self) -> v1::CaptureMode {
        match self {
            CaptureMode::Manual => v1::CaptureMode::Manual,
            CaptureMode::Automatic => v1::CaptureMode::Automatic,
        }
    }
}

/// A well-formed Authorize request. The JSON of this type is the fingerprint by which a repeated
/// request is recognized, so the JSON of older requests must not change: a new field is left out of
/// the JSON when the field is not set.
#[derive(Debug, serde::Serialize)]
pub struct Authorize {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// The amount to hold or charge.
    pub amount: AskedAmount,
    /// `None`: the capture mode configured for the payment system.
    pub capture_mode: Option<CaptureMode>,
    /// The instrument that pays.
    #[serde(flatten)]
    pub instrument: Instrument,
    /// The Stripe customer that owns the stored PaymentMethod.
    #[serde(rename = "customer")]
    pub processor_customer: Option<ProcessorCustomerId>,
    /// The billing platform's reference of the order or invoice.
    pub reference: Option<BillingReference>,
    /// Text for Stripe's dashboard and receipts.
    pub description: Option<Description>,
    /// The caller's metadata, stored with the payment.
    pub metadata: BTreeMap<MetadataKey, MetadataValue>,
    /// Address to which Stripe sends the receipt.
    pub receipt_email: Option<Email>,
    /// Suffix of the statement descriptor on the card statement.
    pub descriptor_suffix: Option<DescriptorSuffix>,
    /// URL to which the browser returns after 3-D Secure.
    pub return_url: Option<ReturnUrl>,
    /// Whether the payer is absent and cannot act.
    pub off_session: bool,
    /// The customer, as payer of the payment.
    #[serde(rename = "payer", skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// Whether the card is stored, and for which reuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_card: Option<Reuse>,
    /// Payment system that takes the payment; `None`: chosen by the relay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_system: Option<SystemName>,
    /// Total of the invoice, for the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_total: Option<PositiveMoney>,
    /// Amount still due on the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_due: Option<PositiveMoney>,
    /// Whether the answer comes before the outcome.
    #[serde(skip)]
    pub asynchronous: bool,
    /// Texts beyond Stripe's limits, reported by the policy and not as malformed.
    #[serde(skip)]
    pub beyond_limits: Vec<Violation>,
}

/// The amount of a request. An unknown currency is a policy rule and not a mistake of form, so the
/// policy reports the currency in the order of the rules.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum AskedAmount {
    /// An amount in an existing currency.
    Known(PositiveMoney),
    /// An amount in three letters that are no currency.
    Unknown {
        /// The code in the request, three letters.
        unknown_currency: String,
    },
}

impl AskedAmount {
    /// The currency of the amount, known or unknown.
    pub fn currency(&self) -> AskedCurrency {
        match self {
            AskedAmount::Known(money) => AskedCurrency::Known(money.currency()),
            AskedAmount::Unknown { unknown_currency } => AskedCurrency::Unknown(unknown_currency.clone()),
        }
    }

    /// The amount, if the currency exists.
    pub fn money(&self) -> Option<PositiveMoney> {
        if let AskedAmount::Known(money) = self { Some(*money) } else { None }
    }
}

impl Authorize {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::AuthorizeRequest) -> Result<Authorize, Refusal> {
        let mut form = Form::default();
        let parts = Authorize::read_parts(&mut form, message);
        form.finish(parts)
    }

    /// Every field is read before the first `?`, so that no mistake hides another mistake.
    fn read_parts(form: &mut Form, m: &v1::AuthorizeRequest) -> Option<Authorize> {
        let request_id = form.request_id(&m.request_id);
        let amount = read_amount(form, m.amount.as_ref());
        let capture_mode = read_capture_mode(form, m.capture_mode);
        let instrument = read_instrument(form, m);
        let processor_customer =
            form.optional("processor_customer", &m.processor_customer, ProcessorCustomerId::parse);
        let reference = form.optional("billing_reference", &m.billing_reference, BillingReference::parse);
        let description = form.optional("description", &m.description, Description::parse);
        let mut limits = Form::default();
        let metadata = read_metadata(&mut limits, &m.metadata);
        let receipt_email = form.optional("receipt_email", &m.receipt_email, Email::parse);
        let descriptor_suffix = limits.optional(
            "statement_descriptor_suffix",
            &m.statement_descriptor_suffix,
            DescriptorSuffix::parse,
        );
        let return_url = form.optional("return_url", &m.return_url, ReturnUrl::parse);
        let customer = match &m.customer {
            Some(customer) => Customer::read(form, "customer", customer).map(Some),
            None => Some(None),
        };
        let store_card = Reuse::read(form, "store_card", m.store_card, None);
        let payment_system = form.optional("payment_system", &m.payment_system, SystemName::parse);
        let expected_total = form.optional_money("expected_total", m.expected_total.as_ref());
        let amount_due = form.optional_money("amount_due", m.amount_due.as_ref());
        let asynchronous = form.asynchronous(m.answer_mode);
        check_together(form, m);
        let beyond_limits = limits.violations();
        form.follow(&beyond_limits);
        Some(Authorize {
            request_id: request_id?,
            amount: amount?,
            capture_mode: capture_mode?,
            instrument: instrument?,
            processor_customer: processor_customer?,
            reference: reference?,
            description: description?,
            metadata: metadata.unwrap_or_default(),
            receipt_email: receipt_email?,
            descriptor_suffix: descriptor_suffix.flatten(),
            return_url: return_url?,
            off_session: m.off_session,
            customer: customer?,
            store_card: store_card?,
            payment_system: payment_system?,
            expected_total: expected_total?,
            amount_due: amount_due?,
            asynchronous: asynchronous?,
            beyond_limits,
        })
    }
}

fn read_amount(form: &mut Form, wire: Option<&v1::Money>) -> Option<AskedAmount> {
    if let Some(v1::Money { currency, .. }) = wire
        && let Ok(AskedCurrency::Unknown(unknown_currency)) = AskedCurrency::parse(currency)
    {
        return Some(AskedAmount::Unknown { unknown_currency });
    }
    form.money("amount", wire).map(AskedAmount::Known)
}

fn read_instrument(form: &mut Form, m: &v1::AuthorizeRequest) -> Option<Instrument> {
    use v1::authorize_request::Instrument as Wire;
    match &m.instrument {
        Some(Wire::PaymentMethod(id)) => {
            form.field("payment_method", PaymentMethodId::parse(id)).map(Instrument::PaymentMethod)
        }
        Some(Wire::CardToken(token)) => {
            form.field("card_token", CardToken::parse(token)).map(Instrument::Token)
        }
        Some(Wire::Card(card)) => read_card(form, card).map(Instrument::Card),
        None if m.customer.is_some() => Some(Instrument::Default),
        None => {
            form.wrong(
                "instrument",
                "there is nothing to pay with; give one of payment_method, card_token, card, or a customer with a default card".to_owned(),
            );
            None
        }
    }
}

/// Checks combinations of fields that exclude each other.
fn check_together(form: &mut Form, m: &v1::AuthorizeRequest) {
    use v1::authorize_request::Instrument as Wire;
    let mut wrong = |field: &str, problem: &str| form.wrong(field, problem.to_owned());
    let stores = matches!(m.store_card(), v1::CardReuse::OnSession | v1::CardReuse::OffSession);
    if m.off_session && !m.return_url.is_empty() {
        wrong("return_url", "nobody can be sent there when off_session is true");
    }
    if stores && m.off_session {
        wrong("store_card", "a card is kept while the payer is there to agree, and off_session is true");
    }
    if stores && m.customer.is_none() {
        wrong("customer", "it is missing; a card is kept for a customer");
    }
    if stores && matches!(m.instrument, Some(Wire::CardToken(_)) | None) {
        wrong("store_card", "the card is kept already");
    }
    if matches!(m.instrument, Some(Wire::CardToken(_))) && m.customer.is_none() {
        wrong("customer", "it is missing; name the customer whose card it is");
    }
    if let (Some(due), Some(amount)) = (&m.amount_due, &m.amount)
        && due.currency != amount.currency
    {
        wrong("amount_due", "it is not in the currency of amount");
    }
    if !m.processor_customer.is_empty() && !matches!(m.instrument, Some(Wire::PaymentMethod(_))) {
        wrong("processor_customer", "it goes with payment_method only");
    }
    if stores && !m.processor_customer.is_empty() {
        wrong("processor_customer", "the card is stored with this customer already; leave store_card out");
    }
}

fn read_capture_mode(form: &mut Form, wire: i32) -> Option<Option<CaptureMode>> {
    match v1::CaptureMode::try_from(wire) {
        Ok(v1::CaptureMode::Unspecified) => Some(None),
        Ok(v1::CaptureMode::Manual) => Some(Some(CaptureMode::Manual)),
        Ok(v1::CaptureMode::Automatic) => Some(Some(CaptureMode::Automatic)),
        Err(_) => {
            form.wrong("capture_mode", format!("{wire} is not a capture mode; 1 is MANUAL, 2 is AUTOMATIC"));
            None
        }
    }
}

fn read_metadata(
    form: &mut Form,
    wire: &std::collections::HashMap<String, String>,
) -> Option<BTreeMap<MetadataKey, MetadataValue>> {
    if wire.len() > MAX_METADATA {
        form.wrong("metadata", format!("it has {} entries and may have {MAX_METADATA}", wire.len()));
        return None;
    }
    let mut sorted: Vec<_> = wire.iter().collect();
    sorted.sort();
    let mut read = BTreeMap::new();
    for (place, (key, value)) in sorted.into_iter().enumerate() {
        // An invalid key is untrusted input and is not repeated. A key that is not ASCII is not
        // repeated either: percent-encoding would make the key nine times longer in the header of
        // the refusal.
        let name = match MetadataKey::parse(key) {
            Ok(key) if key.as_str().is_ascii() => format!("metadata[{key}]"),
            Ok(_) | Err(_) => format!("metadata[#{place}]"),
        };
        let key = form.field(&format!("{name} (name)"), MetadataKey::parse(key));
        let value = form.field(&name, MetadataValue::parse(value));
        read.extend(key.zip(value));
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> v1::AuthorizeRequest {
        v1::AuthorizeRequest {
            request_id: "r-1".to_owned(),
            amount: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
            instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_card_visa".to_owned())),
            ..Default::default()
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut v1::AuthorizeRequest), tells: &[&str]) {
        let mut message = good();
        change(&mut message);
        let seen = match Authorize::read(&message) {
            Ok(order) => order.beyond_limits.iter().map(|beyond| format!("later: {beyond}")).collect(),
            Err(Refusal::MalformedRequest(violations)) => {
                violations.iter().map(ToString::to_string).collect()
            }
            Err(other) => vec![other.reason().to_owned()],
        };
        assert_eq!(seen, tells);
    }

    #[test]
    fn all_violations_are_in_one_refusal() {
        check(|_| (), &[]);
        check(|m| m.amount = Some(v1::Money { amount: "1".to_owned(), currency: "XXY".to_owned() }), &[]);
        check(
            |m| {
                m.metadata.insert("a[b]".to_owned(), "v".to_owned());
                m.statement_descriptor_suffix = "1234".to_owned();
            },
            &[
                "later: metadata[#0] (name): Stripe takes no [ or ] in the name of a metadata entry",
                "later: statement_descriptor_suffix: it needs at least one letter",
            ],
        );
        check(
            |m| m.instrument = None,
            &[
                "instrument: there is nothing to pay with; give one of payment_method, card_token, card, or a customer with a default card",
            ],
        );
        check(
            |m| {
                m.store_card = v1::CardReuse::OffSession.into();
                m.off_session = true;
                m.processor_customer = "cus_1".to_owned();
            },
            &[
                "store_card: a card is kept while the payer is there to agree, and off_session is true",
                "customer: it is missing; a card is kept for a customer",
                "processor_customer: the card is stored with this customer already; leave store_card out",
            ],
        );
        check(
            |m| {
                m.request_id = String::new();
                m.amount = None;
                m.capture_mode = 7;
                let number = "4242424242424242".to_owned();
                m.instrument = Some(v1::authorize_request::Instrument::PaymentMethod(number));
                m.metadata.insert("a[b]".to_owned(), "v".to_owned());
                m.metadata.insert("card".to_owned(), "4242 4242 4242 4242".to_owned());
                m.statement_descriptor_suffix = "A*B".to_owned();
                m.return_url = "/back".to_owned();
                m.off_session = true;
            },
            &[
                "request_id: it is empty",
                "amount: it is missing; give an amount and a currency, as in \"12.50\" \"USD\"",
                "capture_mode: 7 is not a capture mode; 1 is MANUAL, 2 is AUTOMATIC",
                "payment_method: it is not the id of a PaymentMethod, as in \"pm_1Ab…\"",
                "return_url: it is not an http or https URL",
                "return_url: nobody can be sent there when off_session is true",
                "metadata[#0] (name): Stripe takes no [ or ] in the name of a metadata entry",
                "metadata[card]: it looks like it holds a card number, which may not be kept or logged: give a card number in card.number only, and write another number with a letter among its digits",
                "statement_descriptor_suffix: it may not hold *; card statements take ASCII without < > \\ ' \" *",
            ],
        );
    }
}
