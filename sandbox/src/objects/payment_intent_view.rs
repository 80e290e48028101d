//! The JSON of a PaymentIntent.

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::metadata::Metadata;
use crate::objects::intents::FutureUsage;
use crate::objects::payment_intent::{CallersReason, CancellationReason, PaymentIntent, PaymentIntentStatus};
use crate::objects::shipping::Shipping;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::StripeEnum;

impl Object for PaymentIntent {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn metadata(&self) -> Option<&Metadata> {
        Some(&self.terms.metadata)
    }

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        self.terms.customer.iter().for_each(|value| add("customer", value));
        add("currency", &self.terms.currency);
        add("status", self.status.as_str());
    }

    fn show(&self, context: RenderContext) -> Value {
        let terms = &self.terms;
        let types = terms.method_types.types(Some(terms));
        let (canceled_at, cancellation_reason) = self.cancellation();
        json!({
            "id": self.id,
            "object": "payment_intent",
            "allowed_payment_method_types": terms.method_types.allowed(),
            "amount": terms.amount,
            "amount_capturable": self.capturable(),
            "amount_details": { "tip": {} },
            "amount_received": self.status.received(),
            "application": null,
            "application_fee_amount": null,
            "automatic_payment_methods": terms.method_types.automatic(),
            "canceled_at": canceled_at,
            "cancellation_reason": cancellation_reason,
            "capture_method": terms.capture_method.as_str(),
            "client_secret": self.client_secret,
            "confirmation_method": terms.confirmation_method.as_str(),
            "created": self.created,
            "currency": terms.currency,
            "customer": terms.customer,
            "customer_account": null,
            "description": terms.description,
            "excluded_payment_method_types": null,
            "last_payment_error": self.last_error.as_ref().map(StripeError::as_last_error),
            "latest_charge": self.latest_charge,
            "livemode": context.livemode,
            "managed_payments": { "enabled": false },
            "metadata": *terms.metadata,
            "next_action": self.next_action(),
            "on_behalf_of": null,
            "payment_method": self.payment_method,
            "payment_method_configuration_details": terms.method_types.configuration(),
            "payment_method_options": terms.options.of_payment(&types),
            "payment_method_types": types,
            "processing": null,
            "receipt_email": terms.receipt_email,
            "review": self.review,
            "setup_future_usage": terms.setup_future_usage.map(FutureUsage::as_str),
            "shipping": terms.shipping.as_deref().map(Shipping::show),
            "statement_descriptor": terms.descriptor,
            "statement_descriptor_suffix": terms.suffix,
            "status": self.status.as_str(),
            "transfer_data": null,
            "transfer_group": terms.transfer_group,
        })
    }
}

impl PaymentIntent {
    /// The amount that can be captured, without overcapture.
    pub(crate) fn capturable(&self) -> u64 {
        match self.status {
            PaymentIntentStatus::RequiresCapture { received } => self.terms.amount.saturating_sub(received),
            PaymentIntentStatus::RequiresPaymentMethod
            | PaymentIntentStatus::RequiresConfirmation { .. }
            | PaymentIntentStatus::RequiresAction(_)
            | PaymentIntentStatus::Processing
            | PaymentIntentStatus::Succeeded(_)
            | PaymentIntentStatus::Canceled { .. } => 0,
        }
    }

    fn cancellation(&self) -> (Option<i64>, Option<&'static str>) {
        let PaymentIntentStatus::Canceled { at, reason, .. } = self.status else {
            return (None, None);
        };
        match reason {
            CancellationReason::Caller(reason) => (Some(at), reason.map(CallersReason::as_str)),
            CancellationReason::Stripe(reason) => (Some(at), Some(reason.as_str())),
        }
    }

    fn next_action(&self) -> Option<Value> {
        match &self.status {
            PaymentIntentStatus::RequiresAction(next) => Some(next.show()),
            PaymentIntentStatus::RequiresPaymentMethod
            | PaymentIntentStatus::RequiresConfirmation { .. }
            | PaymentIntentStatus::Processing
            | PaymentIntentStatus::RequiresCapture { .. }
            | PaymentIntentStatus::Succeeded(_)
            | PaymentIntentStatus::Canceled { .. } => None,
        }
    }
}
