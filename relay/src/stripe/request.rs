//! The requests that we make, as forms.
//!
//! A request is complete when it is written to the journal: path and every field.
//! It is sent from there, so that a repetition after a crash is the same to the
//! byte. No card number is ever in one.

use causeway::{
    money::Money,
    order::{RefundReason, ReleaseReason, Reuse, authorize::CaptureMode, customer::Address},
    text::{CustomerId, PaymentMethodId, PersonName, ReturnUrl},
};

use super::{
    currency::{NotChargeable, units},
    idempotency::IdempotencyKey,
};
use crate::{customer::Profile, payment::Terms};

/// A POST to Stripe's API.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StripeRequest {
    /// `/v1/payment_intents`
    pub path: String,
    /// Names and values, in the order in which they are sent.
    pub form: Vec<(String, String)>,
}

/// Our own marks on Stripe's objects, by which they are found again.
pub struct Marks<'a> {
    /// Our id of the operation.
    pub operation: &'a str,
    /// Our id of the payment.
    pub payment: &'a str,
}

/// A card that is to be verified and kept.
pub struct Setup<'a> {
    /// "cus_…"
    pub customer: &'a str,
    /// "pm_…"
    pub payment_method: &'a str,
    /// How it may be used again.
    pub reuse: Reuse,
    /// Where the browser returns after 3-D Secure.
    pub return_url: Option<&'a ReturnUrl>,
    /// Our id of the operation.
    pub operation: &'a str,
    /// Our token of the card.
    pub card: &'a str,
}

/// The parts of an address that are there, by Stripe's names.
pub fn address_fields(address: &Address) -> Vec<(&'static str, String)> {
    let line = |part: &Option<PersonName>| part.as_ref().map(ToString::to_string);
    let parts = [
        ("line1", line(&address.line1)),
        ("line2", line(&address.line2)),
        ("city", line(&address.city)),
        ("state", line(&address.state)),
        ("postal_code", line(&address.postal_code)),
        ("country", address.country.as_ref().map(ToString::to_string)),
    ];
    parts.into_iter().filter_map(|(name, part)| Some((name, part?))).collect()
}

impl StripeRequest {
    fn new(path: String) -> StripeRequest {
        StripeRequest { path, form: vec![] }
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> StripeRequest {
        self.form.push((name.to_owned(), value.into()));
        self
    }

    fn with_some(self, name: &str, value: Option<impl ToString>) -> StripeRequest {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    /// Creates and confirms a PaymentIntent (docs.stripe.com/api/payment_intents/create).
    pub fn create_intent(
        order: &Terms,
        capture_mode: CaptureMode,
        marks: &Marks<'_>,
    ) -> Result<StripeRequest, NotChargeable> {
        let mut request = StripeRequest::new("/v1/payment_intents".to_owned())
            .with("amount", units(order.amount)?.to_string())
            .with("currency", order.amount.currency().code().to_ascii_lowercase())
            .with_some("payment_method", order.payment_method.as_ref())
            .with_some("customer", order.customer.as_ref())
            .with(
                "capture_method",
                match capture_mode {
                    CaptureMode::Manual => "manual",
                    // Not `automatic_async`: the balance transaction is in the answer this way.
                    CaptureMode::Automatic => "automatic",
                },
            )
            .with("confirm", "true");
        // The type that pays and no other: not every type goes with every currency or hold.
        request = request
            .with_some("payment_method_types[]", order.method_type.as_ref())
            .with_some("return_url", order.return_url.as_ref())
            .with_some("setup_future_usage", order.store_card.map(Reuse::as_str));
        if order.off_session {
            request = request.with("off_session", "true");
        }
        request = request
            .with_some("description", order.description.as_ref())
            .with_some("receipt_email", order.receipt_email.as_ref())
            .with_some("statement_descriptor_suffix", order.descriptor_suffix.as_ref());
        for (key, value) in &order.metadata {
            request = request.with(&format!("metadata[{key}]"), value.as_str());
        }
        request = request.with_some("metadata[causeway_reference]", order.reference.as_ref());
        Ok(request.marked(marks).with("expand[]", "latest_charge"))
    }

    /// Captures a PaymentIntent (docs.stripe.com/api/payment_intents/capture).
    pub fn capture(intent: &str, amount: Money) -> Result<StripeRequest, NotChargeable> {
        Ok(StripeRequest::new(format!("/v1/payment_intents/{intent}/capture"))
            .with("amount_to_capture", units(amount)?.to_string())
            .with("expand[]", "latest_charge"))
    }

    /// Goes on with a PaymentIntent (docs.stripe.com/api/payment_intents/confirm).
    pub fn confirm(
        intent: &str,
        method: Option<&PaymentMethodId>,
        return_url: Option<&ReturnUrl>,
    ) -> StripeRequest {
        StripeRequest::new(format!("/v1/payment_intents/{intent}/confirm"))
            .with_some("payment_method", method)
            .with_some("return_url", return_url)
            .with("expand[]", "latest_charge")
    }

    /// Gives a hold back, or gives up what is not held yet
    /// (docs.stripe.com/api/payment_intents/cancel).
    pub fn cancel(intent: &str, reason: Option<ReleaseReason>) -> StripeRequest {
        StripeRequest::new(format!("/v1/payment_intents/{intent}/cancel"))
            .with_some("cancellation_reason", reason.map(ReleaseReason::as_str))
            .with("expand[]", "latest_charge")
    }

    /// Refunds a PaymentIntent (docs.stripe.com/api/refunds/create).
    pub fn refund(
        intent: &str,
        amount: Money,
        reason: Option<RefundReason>,
        marks: &Marks<'_>,
    ) -> Result<StripeRequest, NotChargeable> {
        Ok(StripeRequest::new("/v1/refunds".to_owned())
            .with("payment_intent", intent)
            .with("amount", units(amount)?.to_string())
            .with_some("reason", reason.map(RefundReason::as_str))
            .marked(marks))
    }

    /// Verifies a card for a customer and attaches it, without an amount
    /// (docs.stripe.com/api/setup_intents/create).
    pub fn setup(setup: &Setup<'_>) -> StripeRequest {
        StripeRequest::new("/v1/setup_intents".to_owned())
            .with("customer", setup.customer)
            .with("payment_method", setup.payment_method)
            .with("usage", setup.reuse.as_str())
            .with("confirm", "true")
            .with("payment_method_types[]", "card")
            .with_some("return_url", setup.return_url)
            .with("metadata[causeway_operation]", setup.operation)
            .with("metadata[causeway_card]", setup.card)
    }

    /// Gives up the verification of a card (docs.stripe.com/api/setup_intents/cancel).
    pub fn cancel_setup(setup: &str, reason: &str) -> StripeRequest {
        StripeRequest::new(format!("/v1/setup_intents/{setup}/cancel")).with("cancellation_reason", reason)
    }

    /// Forgets a PaymentMethod (docs.stripe.com/api/payment_methods/detach).
    pub fn detach(method: &str) -> StripeRequest {
        StripeRequest::new(format!("/v1/payment_methods/{method}/detach"))
    }

    /// Chooses the customer's default (docs.stripe.com/api/customers/update).
    pub fn choose(customer: &str, method: &str) -> StripeRequest {
        StripeRequest::new(format!("/v1/customers/{customer}"))
            .with("invoice_settings[default_payment_method]", method)
    }

    /// Makes a customer (docs.stripe.com/api/customers/create).
    pub fn create_customer(reference: &CustomerId, tenant: &str, profile: &Profile) -> StripeRequest {
        StripeRequest::new("/v1/customers".to_owned())
            .with_profile(&Profile::default(), profile)
            .with("metadata[causeway_customer]", reference.as_str())
            .with("metadata[causeway_tenant]", tenant)
    }

    /// Tells what has changed of a customer (docs.stripe.com/api/customers/update).
    pub fn update_customer(id: &str, before: &Profile, now: &Profile) -> StripeRequest {
        StripeRequest::new(format!("/v1/customers/{id}")).with_profile(before, now)
    }

    fn with_profile(self, before: &Profile, now: &Profile) -> StripeRequest {
        let request = self
            .with_changed("email", before.email.as_ref(), now.email.as_ref())
            .with_changed("name", before.details.name.as_ref(), now.details.name.as_ref())
            .with_changed("phone", before.details.phone.as_ref(), now.details.phone.as_ref())
            .with_changed(
                "preferred_locales[]",
                before.details.language.as_ref(),
                now.details.language.as_ref(),
            );
        match &now.details.address {
            Some(address) if before.details.address.as_ref() != Some(address) => address_fields(address)
                .into_iter()
                .fold(request, |request, (part, value)| request.with(&format!("address[{part}]"), value)),
            Some(_) | None => request,
        }
    }

    fn with_changed<T: PartialEq + ToString>(
        self,
        name: &str,
        before: Option<&T>,
        now: Option<&T>,
    ) -> StripeRequest {
        self.with_some(name, now.filter(|now| before != Some(now)).map(T::to_string))
    }

    fn marked(self, marks: &Marks<'_>) -> StripeRequest {
        self.with("metadata[causeway_operation]", marks.operation)
            .with("metadata[causeway_payment]", marks.payment)
    }

    /// With the key under which it is asked for, where it makes something that carries our
    /// marks. Whoever has lost the journal can make the key anew, but not the other marks.
    pub fn under(self, key: &IdempotencyKey) -> StripeRequest {
        let marked = self.form.iter().any(|(name, _)| name == "metadata[causeway_operation]");
        if marked { self.with("metadata[causeway_key]", key.as_str()) } else { self }
    }

    /// The body, as it goes on the wire.
    pub fn body(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.form).finish()
    }
}
