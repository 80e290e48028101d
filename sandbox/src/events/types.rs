//! The types of the events that the sandbox tells.

use crate::words::words;

words! {
    /// What happened.
    EventType {
        /// A charge was captured by a call of its own.
        ChargeCaptured = "charge.captured",
        /// A dispute is over.
        DisputeClosed = "charge.dispute.closed",
        /// The bank opened a dispute.
        DisputeCreated = "charge.dispute.created",
        /// The disputed amount came back.
        DisputeFundsReinstated = "charge.dispute.funds_reinstated",
        /// The disputed amount was taken.
        DisputeFundsWithdrawn = "charge.dispute.funds_withdrawn",
        /// A dispute changed.
        DisputeUpdated = "charge.dispute.updated",
        /// A hold was not captured in time.
        ChargeExpired = "charge.expired",
        /// A charge was refused.
        ChargeFailed = "charge.failed",
        /// A charge waits for the bank.
        ChargePending = "charge.pending",
        /// A refund of a charge changed.
        ChargeRefundUpdated = "charge.refund.updated",
        /// A charge was sent back, in part or in full.
        ChargeRefunded = "charge.refunded",
        /// A charge was approved.
        ChargeSucceeded = "charge.succeeded",
        /// A charge changed.
        ChargeUpdated = "charge.updated",
        /// A customer was made.
        CustomerCreated = "customer.created",
        /// A customer was deleted.
        CustomerDeleted = "customer.deleted",
        /// A customer changed.
        CustomerUpdated = "customer.updated",
        /// An amount is held and can be captured.
        AmountCapturableUpdated = "payment_intent.amount_capturable_updated",
        /// A PaymentIntent is over.
        PaymentIntentCanceled = "payment_intent.canceled",
        /// A PaymentIntent was made.
        PaymentIntentCreated = "payment_intent.created",
        /// An attempt to pay failed.
        PaymentIntentFailed = "payment_intent.payment_failed",
        /// A payment waits for the bank.
        PaymentIntentProcessing = "payment_intent.processing",
        /// The customer has to do something.
        PaymentIntentRequiresAction = "payment_intent.requires_action",
        /// The money was taken.
        PaymentIntentSucceeded = "payment_intent.succeeded",
        /// A PaymentMethod was given to a customer.
        PaymentMethodAttached = "payment_method.attached",
        /// A PaymentMethod was taken from its customer.
        PaymentMethodDetached = "payment_method.detached",
        /// A PaymentMethod changed.
        PaymentMethodUpdated = "payment_method.updated",
        /// A refund was made.
        RefundCreated = "refund.created",
        /// A refund came back.
        RefundFailed = "refund.failed",
        /// A refund changed.
        RefundUpdated = "refund.updated",
        /// Setting up is over.
        SetupIntentCanceled = "setup_intent.canceled",
        /// A SetupIntent was made.
        SetupIntentCreated = "setup_intent.created",
        /// The customer has to do something.
        SetupIntentRequiresAction = "setup_intent.requires_action",
        /// An attempt to set up failed.
        SetupIntentFailed = "setup_intent.setup_failed",
        /// It is set up.
        SetupIntentSucceeded = "setup_intent.succeeded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::words_of;
    use crate::words::Word;

    #[test]
    fn every_type_is_one_of_stripes() {
        let known = words_of("POST /v1/webhook_endpoints", "enabled_events");
        for kind in EventType::ALL {
            assert!(known.contains(&kind.word()), "{kind:?}");
        }
    }
}
