//! A review: a payment that a person looks at, because of a rule of Radar or because of a person's doubt.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::{Object, RenderContext};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The reason for which a review was opened.
    OpenedReason {
        /// A person opened the review.
        Manual = "manual",
        /// A rule of Radar opened the review.
        Rule = "rule",
    }
}

stripe_enum! {
    /// The reason for which a review was closed.
    ClosedReason {
        /// A call approved the payment.
        Approved = "approved",
        /// The payment was canceled.
        Canceled = "canceled",
        /// The payment is disputed.
        Disputed = "disputed",
        /// The payment was refunded in full.
        Refunded = "refunded",
        /// The payment was refunded in full as fraudulent.
        RefundedAsFraud = "refunded_as_fraud",
    }
}

/// The state of a review.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Review {
    /// Id of the review, `prv_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// Id of the PaymentIntent that is reviewed.
    pub(crate) payment_intent: String,
    /// The postal code of the card's owner.
    pub(crate) billing_zip: Option<String>,
    /// The reason for the review.
    pub(crate) opened: OpenedReason,
    /// The reason for the end of the review, once the review is closed.
    pub(crate) closed: Option<ClosedReason>,
}

impl Object for Review {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    /// The review as recordings of Stripe show a review of a PaymentIntent, without the charge.
    fn show(&self, context: RenderContext) -> Value {
        let closed = self.closed.map(ClosedReason::as_str);
        json!({
            "id": self.id,
            "object": "review",
            "billing_zip": self.billing_zip,
            "charge": null,
            "closed_reason": closed,
            "created": self.created,
            "ip_address": null,
            "ip_address_location": null,
            "livemode": context.livemode,
            "open": closed.is_none(),
            "opened_reason": self.opened.as_str(),
            "payment_intent": self.payment_intent,
            "reason": closed.unwrap_or(self.opened.as_str()),
            "session": null,
        })
    }
}
