//! Hold an amount, or take it at once.

use std::collections::BTreeMap;

use super::Form;
use crate::{
    money::Money,
    refusal::Refusal,
    text::{
        BillingReference, Description, DescriptorSuffix, Email, MetadataKey, MetadataValue, PaymentMethodId,
        ProcessorCustomerId, RequestId, ReturnUrl,
    },
    v1,
};

/// Metadata entries that a caller may give: Stripe takes 50 and ten are ours.
pub const MOST_METADATA: usize = 40;

/// When a held amount is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum CaptureMode {
    /// By a Capture later.
    Manual,
    /// At once.
    Automatic,
}

impl CaptureMode {
    /// For the wire.
    pub fn to_wire(self) -> v1::CaptureMode {
        match self {
            CaptureMode::Manual => v1::CaptureMode::Manual,
            CaptureMode::Automatic => v1::CaptureMode::Automatic,
        }
    }
}

/// A well-formed Authorize.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Authorize {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// What to hold.
    pub amount: Money,
    /// `None`: as the payment system is configured.
    pub capture_mode: Option<CaptureMode>,
    /// The card.
    pub payment_method: PaymentMethodId,
    /// Whom the card is stored with.
    pub customer: Option<ProcessorCustomerId>,
    /// Billing's own name of what is paid.
    pub reference: Option<BillingReference>,
    /// For Stripe's dashboard and receipts.
    pub description: Option<Description>,
    /// Kept with the payment.
    pub metadata: BTreeMap<MetadataKey, MetadataValue>,
    /// Where the receipt goes.
    pub receipt_email: Option<Email>,
    /// For the card statement.
    pub descriptor_suffix: Option<DescriptorSuffix>,
    /// Where the browser returns after 3-D Secure.
    pub return_url: Option<ReturnUrl>,
    /// True when nobody is there to act.
    pub off_session: bool,
}

impl Authorize {
    /// Reads the message, or tells everything that is wrong with it.
    pub fn read(message: &v1::AuthorizeRequest) -> Result<Authorize, Refusal> {
        let mut form = Form::default();
        let parts = Authorize::read_parts(&mut form, message);
        form.finish(parts)
    }

    /// Every field is read before the first `?`, so that no mistake hides another.
    fn read_parts(form: &mut Form, m: &v1::AuthorizeRequest) -> Option<Authorize> {
        let request_id = form.request_id(&m.request_id);
        let amount = form.money("amount", m.amount.as_ref());
        let capture_mode = read_capture_mode(form, m.capture_mode);
        let payment_method = form.field("payment_method", PaymentMethodId::parse(&m.payment_method));
        let customer = form.optional("processor_customer", &m.processor_customer, ProcessorCustomerId::parse);
        let reference = form.optional("billing_reference", &m.billing_reference, BillingReference::parse);
        let description = form.optional("description", &m.description, Description::parse);
        let metadata = read_metadata(form, &m.metadata);
        let receipt_email = form.optional("receipt_email", &m.receipt_email, Email::parse);
        let descriptor_suffix = form.optional(
            "statement_descriptor_suffix",
            &m.statement_descriptor_suffix,
            DescriptorSuffix::parse,
        );
        let return_url = form.optional("return_url", &m.return_url, ReturnUrl::parse);
        if m.off_session && !m.return_url.is_empty() {
            form.wrong("return_url", "nobody can be sent there when off_session is true".to_owned());
        }
        Some(Authorize {
            request_id: request_id?,
            amount: amount?,
            capture_mode: capture_mode?,
            payment_method: payment_method?,
            customer: customer?,
            reference: reference?,
            description: description?,
            metadata: metadata?,
            receipt_email: receipt_email?,
            descriptor_suffix: descriptor_suffix?,
            return_url: return_url?,
            off_session: m.off_session,
        })
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
    if wire.len() > MOST_METADATA {
        form.wrong("metadata", format!("it has {} entries and may have {MOST_METADATA}", wire.len()));
        return None;
    }
    let mut sorted: Vec<_> = wire.iter().collect();
    sorted.sort();
    let mut read = BTreeMap::new();
    for (place, (key, value)) in sorted.into_iter().enumerate() {
        // A name that is itself wrong is not repeated: it may be anything.
        let name = MetadataKey::parse(key)
            .map_or_else(|_| format!("metadata[#{place}]"), |key| format!("metadata[{key}]"));
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
            payment_method: "pm_card_visa".to_owned(),
            ..Default::default()
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut v1::AuthorizeRequest), tells: &[&str]) {
        let mut message = good();
        change(&mut message);
        let seen = match Authorize::read(&message) {
            Ok(_) => vec![],
            Err(Refusal::MalformedRequest(violations)) => {
                violations.iter().map(ToString::to_string).collect()
            }
            Err(other) => vec![other.reason().to_owned()],
        };
        assert_eq!(seen, tells);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        check(|_| (), &[]);
        check(
            |m| m.amount = Some(v1::Money { amount: "1".to_owned(), currency: "XXY".to_owned() }),
            &["CURRENCY_UNKNOWN"],
        );
        check(
            |m| {
                m.request_id = String::new();
                m.amount = None;
                m.capture_mode = 7;
                m.payment_method = "4242424242424242".to_owned();
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
                "metadata[#0] (name): Stripe takes no [ or ] in the name of a metadata entry",
                "metadata[card]: it looks like it holds a card number, which may not be kept or logged",
                "statement_descriptor_suffix: it may not hold *; card statements take ASCII without < > \\ ' \" *",
                "return_url: it is not an http or https URL",
                "return_url: nobody can be sent there when off_session is true",
            ],
        );
    }
}
