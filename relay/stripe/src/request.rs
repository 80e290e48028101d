//! Requests as forms: the path and every field, in the order of the wire format.

use causeway::{
    money::PositiveMoney,
    request::{RefundReason, ReleaseReason, Reuse, authorize::CaptureMode, customer::Address},
    text::{CustomerId, PaymentMethodId, PersonName, ReturnUrl},
};
use causeway_domain::{
    customer::Profile, idempotency::IdempotencyKey, observation::correlation, payment::Terms, policy::Judged,
    request::ProcessorRequest,
};
use causeway_ports::processor::{
    CardSetup, Confirmation, Correlation, Effect, NotChargeable, SetupCancellation,
};

use crate::currency::units;

/// The only allowed type of the PaymentMethod. `payment_method_types`, which requests of earlier versions have
/// in the journal, is refused by Stripe from 2026-09-30.endive on. Stripe leaves out a type that is not enabled,
/// without a refusal, so the answer is compared with the request.
pub(crate) const METHOD_TYPE: &str = "allowed_payment_method_types[]";

/// The request for an effect, with the correlation metadata and the idempotency key.
pub(crate) fn build(effect: &Effect<'_>, key: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable> {
    let form = match *effect {
        Effect::Authorize { terms, instrument, capture_mode, correlation } => {
            Form::create_intent(terms, instrument, capture_mode, &correlation)?
        }
        Effect::Capture { intent, amount } => Form::capture(intent, amount)?,
        Effect::Confirm { intent, instrument, return_url } => Form::confirm(intent, instrument, return_url),
        Effect::Cancel { intent, reason } => Form::cancel(intent, reason),
        Effect::Refund { intent, amount, reason, correlation } => {
            Form::refund(intent, amount, reason, &correlation)?
        }
        Effect::SetUpCard(setup) => Form::setup(&setup),
        Effect::CancelSetup { setup, reason } => Form::cancel_setup(setup, reason),
        Effect::DetachCard { method } => Form::detach(method),
        Effect::SetDefaultCard { customer, instrument } => Form::choose(customer, instrument.method()),
        Effect::CreateCustomer { reference, tenant, profile } => {
            Form::create_customer(reference, tenant, profile)
        }
        Effect::UpdateCustomer { id, before, now } => Form::update_customer(id, before, now),
    };
    Ok(form.under(key).0)
}

/// The body in the wire format, form-urlencoded.
pub(crate) fn body(request: &ProcessorRequest) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.form).finish()
}

/// The value of a field; `None` for a missing field.
pub(crate) fn field<'a>(request: &'a ProcessorRequest, name: &str) -> Option<&'a str> {
    request.form.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

/// The name of a metadata field.
fn metadata(name: &str) -> String {
    format!("metadata[{name}]")
}

/// The given parts of an address, by Stripe's names.
pub(crate) fn address_fields(address: &Address) -> Vec<(&'static str, String)> {
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

/// A request under construction.
struct Form(ProcessorRequest);

impl Form {
    fn new(path: String) -> Form {
        Form(ProcessorRequest { path, form: vec![] })
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Form {
        self.0.form.push((name.to_owned(), value.into()));
        self
    }

    fn with_some(self, name: &str, value: Option<impl ToString>) -> Form {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    /// Creates and confirms a PaymentIntent (docs.stripe.com/api/payment_intents/create).
    fn create_intent(
        order: &Terms,
        instrument: &Judged,
        capture_mode: CaptureMode,
        correlation: &Correlation,
    ) -> Result<Form, NotChargeable> {
        let mut request = Form::new("/v1/payment_intents".to_owned())
            .with("amount", units(order.amount)?.to_string())
            .with("currency", order.amount.currency().code().to_ascii_lowercase())
            .with("payment_method", instrument.method().as_str())
            .with_some("customer", order.customer.as_ref())
            .with(
                "capture_method",
                match capture_mode {
                    CaptureMode::Manual => "manual",
                    // Not `automatic_async`, so that the answer includes the balance transaction.
                    CaptureMode::Automatic => "automatic",
                },
            )
            .with("confirm", "true");
        // Only the type of the given PaymentMethod: not every type supports every currency or holds.
        request = request
            .with_some(METHOD_TYPE, order.method_type.as_ref())
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
            request = request.with(&metadata(key.as_str()), value.as_str());
        }
        request = request.with_some("metadata[causeway_reference]", order.reference.as_ref());
        Ok(request.correlated(correlation).with("expand[]", "latest_charge"))
    }

    /// Captures a PaymentIntent (docs.stripe.com/api/payment_intents/capture).
    fn capture(intent: &str, amount: PositiveMoney) -> Result<Form, NotChargeable> {
        Ok(Form::new(format!("/v1/payment_intents/{intent}/capture"))
            .with("amount_to_capture", units(amount)?.to_string())
            .with("expand[]", "latest_charge"))
    }

    /// Continues with a PaymentIntent (docs.stripe.com/api/payment_intents/confirm).
    fn confirm(intent: &str, instrument: Confirmation<'_>, return_url: Option<&ReturnUrl>) -> Form {
        let another = match instrument {
            Confirmation::Present(_) => None,
            Confirmation::Another(judged) => Some(judged.method()),
        };
        Form::new(format!("/v1/payment_intents/{intent}/confirm"))
            .with_some("payment_method", another)
            .with_some("return_url", return_url)
            .with("expand[]", "latest_charge")
    }

    /// Releases a hold, or cancels a PaymentIntent without a hold
    /// (docs.stripe.com/api/payment_intents/cancel).
    fn cancel(intent: &str, reason: Option<ReleaseReason>) -> Form {
        Form::new(format!("/v1/payment_intents/{intent}/cancel"))
            .with_some("cancellation_reason", reason.map(ReleaseReason::as_str))
            .with("expand[]", "latest_charge")
    }

    /// Refunds a PaymentIntent (docs.stripe.com/api/refunds/create).
    fn refund(
        intent: &str,
        amount: PositiveMoney,
        reason: Option<RefundReason>,
        correlation: &Correlation,
    ) -> Result<Form, NotChargeable> {
        Ok(Form::new("/v1/refunds".to_owned())
            .with("payment_intent", intent)
            .with("amount", units(amount)?.to_string())
            .with_some("reason", reason.map(RefundReason::as_str))
            .correlated(correlation))
    }

    /// Verifies a card for a customer and attaches the PaymentMethod, without an amount
    /// (docs.stripe.com/api/setup_intents/create).
    fn setup(setup: &CardSetup<'_>) -> Form {
        Form::new("/v1/setup_intents".to_owned())
            .with("customer", setup.customer)
            .with("payment_method", setup.instrument.method().as_str())
            .with("usage", setup.reuse.as_str())
            .with("confirm", "true")
            .with(METHOD_TYPE, "card")
            .with_some("return_url", setup.return_url)
            .with(&metadata(correlation::OPERATION), setup.operation.to_string())
            .with(&metadata(correlation::CARD), setup.card.as_str())
    }

    /// Cancels the verification of a card (docs.stripe.com/api/setup_intents/cancel).
    fn cancel_setup(setup: &str, reason: SetupCancellation) -> Form {
        let reason = match reason {
            SetupCancellation::RequestedByCustomer => "requested_by_customer",
            SetupCancellation::Abandoned => "abandoned",
        };
        Form::new(format!("/v1/setup_intents/{setup}/cancel")).with("cancellation_reason", reason)
    }

    /// Detaches a PaymentMethod (docs.stripe.com/api/payment_methods/detach).
    fn detach(method: &PaymentMethodId) -> Form {
        Form::new(format!("/v1/payment_methods/{method}/detach"))
    }

    /// Sets the customer's default PaymentMethod (docs.stripe.com/api/customers/update).
    fn choose(customer: &str, method: &PaymentMethodId) -> Form {
        Form::new(format!("/v1/customers/{customer}"))
            .with("invoice_settings[default_payment_method]", method.as_str())
    }

    /// Creates a customer (docs.stripe.com/api/customers/create).
    fn create_customer(reference: &CustomerId, tenant: &str, profile: &Profile) -> Form {
        Form::new("/v1/customers".to_owned())
            .with_profile(&Profile::default(), profile)
            .with("metadata[causeway_customer]", reference.as_str())
            .with("metadata[causeway_tenant]", tenant)
    }

    /// Sends the changed fields of a customer (docs.stripe.com/api/customers/update).
    fn update_customer(id: &str, before: &Profile, now: &Profile) -> Form {
        Form::new(format!("/v1/customers/{id}")).with_profile(before, now)
    }

    fn with_profile(self, before: &Profile, now: &Profile) -> Form {
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

    fn with_changed<T: PartialEq + ToString>(self, name: &str, before: Option<&T>, now: Option<&T>) -> Form {
        self.with_some(name, now.filter(|now| before != Some(now)).map(T::to_string))
    }

    fn correlated(self, correlation: &Correlation) -> Form {
        self.with(&metadata(correlation::OPERATION), correlation.operation.to_string())
            .with(&metadata(correlation::PAYMENT), correlation.payment.to_string())
    }

    /// Adds the idempotency key to the metadata of an object with correlation. After the loss of a
    /// journal the key can be derived again; the other ids cannot.
    fn under(self, key: &IdempotencyKey) -> Form {
        let correlated = field(&self.0, &metadata(correlation::OPERATION)).is_some();
        if correlated { self.with(&metadata(correlation::KEY), key.as_str()) } else { self }
    }
}
