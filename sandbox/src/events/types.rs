//! The types of events that the sandbox emits.

use crate::stripe_enum::stripe_enum;

stripe_enum! {
    /// The type of an event, named as by Stripe.
    EventType {
        /// Pending money of the balance became available.
        BalanceAvailable = "balance.available",
        /// A charge was captured by a separate call.
        ChargeCaptured = "charge.captured",
        /// A dispute was won, lost or closed.
        DisputeClosed = "charge.dispute.closed",
        /// The bank opened a dispute or an inquiry.
        DisputeCreated = "charge.dispute.created",
        /// The disputed amount was returned to the account.
        DisputeFundsReinstated = "charge.dispute.funds_reinstated",
        /// The disputed amount was withdrawn from the account.
        DisputeFundsWithdrawn = "charge.dispute.funds_withdrawn",
        /// A dispute was updated or escalated.
        DisputeUpdated = "charge.dispute.updated",
        /// A hold expired without a capture.
        ChargeExpired = "charge.expired",
        /// A charge was refused or a debit failed.
        ChargeFailed = "charge.failed",
        /// A charge waits for the bank.
        ChargePending = "charge.pending",
        /// A refund of a charge changed.
        ChargeRefundUpdated = "charge.refund.updated",
        /// A charge was refunded in part or in full, or a hold was released.
        ChargeRefunded = "charge.refunded",
        /// A charge was approved by the bank.
        ChargeSucceeded = "charge.succeeded",
        /// A charge changed after the creation.
        ChargeUpdated = "charge.updated",
        /// A customer was created by a call.
        CustomerCreated = "customer.created",
        /// A customer was deleted by a call.
        CustomerDeleted = "customer.deleted",
        /// A customer was updated by a call.
        CustomerUpdated = "customer.updated",
        /// The owner of an account revoked or renewed a mandate.
        MandateUpdated = "mandate.updated",
        /// An amount is held and can be captured.
        AmountCapturableUpdated = "payment_intent.amount_capturable_updated",
        /// A PaymentIntent was canceled, or the hold expired.
        PaymentIntentCanceled = "payment_intent.canceled",
        /// A PaymentIntent was created by a call.
        PaymentIntentCreated = "payment_intent.created",
        /// An attempt to pay failed.
        PaymentIntentFailed = "payment_intent.payment_failed",
        /// A payment waits for the bank.
        PaymentIntentProcessing = "payment_intent.processing",
        /// The customer has to act before the payment.
        PaymentIntentRequiresAction = "payment_intent.requires_action",
        /// The payment was captured in full or in part.
        PaymentIntentSucceeded = "payment_intent.succeeded",
        /// A PaymentMethod was attached to a customer.
        PaymentMethodAttached = "payment_method.attached",
        /// A PaymentMethod was detached from the customer.
        PaymentMethodDetached = "payment_method.detached",
        /// A PaymentMethod was updated by a call.
        PaymentMethodUpdated = "payment_method.updated",
        /// A payout was canceled by a call.
        PayoutCanceled = "payout.canceled",
        /// A payout was created by a call or by the schedule.
        PayoutCreated = "payout.created",
        /// The bank returned a payout.
        PayoutFailed = "payout.failed",
        /// A payout arrived at the bank account.
        PayoutPaid = "payout.paid",
        /// The balance transactions of an automatic payout can be listed.
        PayoutReconciliationCompleted = "payout.reconciliation_completed",
        /// A payout changed after the creation.
        PayoutUpdated = "payout.updated",
        /// The bank of a card warned of fraud.
        EarlyFraudWarningCreated = "radar.early_fraud_warning.created",
        /// An early fraud warning is not actionable any more.
        EarlyFraudWarningUpdated = "radar.early_fraud_warning.updated",
        /// A refund was created by a call.
        RefundCreated = "refund.created",
        /// A refund failed after the creation.
        RefundFailed = "refund.failed",
        /// A refund changed after the creation.
        RefundUpdated = "refund.updated",
        /// A review of a payment was closed.
        ReviewClosed = "review.closed",
        /// A payment was placed under review.
        ReviewOpened = "review.opened",
        /// A SetupIntent was canceled by a call.
        SetupIntentCanceled = "setup_intent.canceled",
        /// A SetupIntent was created by a call.
        SetupIntentCreated = "setup_intent.created",
        /// The customer has to act before the setup.
        SetupIntentRequiresAction = "setup_intent.requires_action",
        /// An attempt to set up failed.
        SetupIntentFailed = "setup_intent.setup_failed",
        /// The PaymentMethod of a SetupIntent was set up.
        SetupIntentSucceeded = "setup_intent.succeeded",
        /// An event destination was pinged by a call; a thin event.
        EventDestinationPing = "v2.core.event_destination.ping",
        /// Another event could not be generated; a thin event.
        EventGenerationFailed = "v2.core.health.event_generation_failure.resolved",
    }
}

impl EventType {
    /// Whether events of this type belong to version 2 of the API, which delivers the id of an object only.
    pub(crate) fn is_thin(self) -> bool {
        matches!(self, Self::EventDestinationPing | Self::EventGenerationFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::enum_values;
    use crate::stripe_enum::StripeEnum;

    #[test]
    fn every_event_type_is_in_stripes_description() {
        let known = enum_values("POST /v1/webhook_endpoints", "enabled_events");
        for kind in EventType::ALL.iter().filter(|kind| !kind.is_thin()) {
            assert!(known.contains(&kind.as_str()), "{kind:?}");
        }
    }
}
