//! A PaymentIntent: the states of one payment, and the terms of the payment.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::StripeError;
use crate::metadata::Metadata;
use crate::objects::instrument::MethodType;
use crate::objects::intents::{FutureUsage, MethodTypes, NextAction};
use crate::objects::options::Options;
use crate::objects::shipping::Shipping;
use crate::stripe_enum::stripe_enum;

stripe_enum! {
    /// The time of the capture.
    CaptureMethod {
        /// With the confirmation; the effect on the balance is known at once.
        Automatic = "automatic",
        /// With the confirmation; the effect on the balance is known later.
        AutomaticAsync = "automatic_async",
        /// With a separate capture call.
        Manual = "manual",
    }
}

stripe_enum! {
    /// Which party continues after the customer has authenticated.
    ConfirmationMethod {
        /// Stripe continues at once.
        Automatic = "automatic",
        /// The caller continues with a second confirmation.
        Manual = "manual",
    }
}

stripe_enum! {
    /// The caller's reason for a cancellation.
    CallersReason {
        /// The PaymentIntent was created twice.
        Duplicate = "duplicate",
        /// The payment was not made by the customer.
        Fraudulent = "fraudulent",
        /// The customer asked for the cancellation.
        RequestedByCustomer = "requested_by_customer",
        /// The customer left before paying.
        Abandoned = "abandoned",
    }
}

stripe_enum! {
    /// Stripe's own reason for a cancellation.
    StripesReason {
        /// The hold was not captured in time, or there were too many confirmations.
        Automatic = "automatic",
        /// The PaymentIntent expired.
        Expired = "expired",
        /// The invoice of the PaymentIntent could not be paid.
        FailedInvoice = "failed_invoice",
        /// The invoice of the PaymentIntent was voided.
        VoidInvoice = "void_invoice",
    }
}

/// The reason why a PaymentIntent was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CancellationReason {
    /// A caller canceled the PaymentIntent, with an optional reason.
    Caller(Option<CallersReason>),
    /// Stripe canceled the PaymentIntent.
    Stripe(StripesReason),
}

/// The states, each with the data of that state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PaymentIntentStatus {
    /// There is no PaymentMethod, or the last attempt failed.
    RequiresPaymentMethod,
    /// There is a PaymentMethod, and no confirmation yet.
    RequiresConfirmation {
        /// Whether the customer has authenticated already.
        authenticated: bool,
    },
    /// The customer has to act.
    RequiresAction(NextAction),
    /// The bank was asked and has not answered.
    Processing,
    /// An amount is held, and can be captured.
    RequiresCapture {
        /// The amount that was captured before.
        received: u64,
    },
    /// The payment succeeded with this captured amount.
    Succeeded(u64),
    /// The PaymentIntent was canceled, which is final.
    Canceled {
        /// The moment of the cancellation, in unix seconds.
        at: i64,
        /// The reason for the cancellation.
        reason: CancellationReason,
        /// The amount that was captured before.
        received: u64,
    },
}

impl PaymentIntentStatus {
    /// Stripe's name of the state, the field `status`.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation { .. } => "requires_confirmation",
            Self::RequiresAction(_) => "requires_action",
            Self::Processing => "processing",
            Self::RequiresCapture { .. } => "requires_capture",
            Self::Succeeded(_) => "succeeded",
            Self::Canceled { .. } => "canceled",
        }
    }

    /// Whether the PaymentIntent can still be confirmed.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::RequiresPaymentMethod | Self::RequiresConfirmation { .. } | Self::RequiresAction(_) => true,
            Self::Processing | Self::RequiresCapture { .. } | Self::Succeeded(_) | Self::Canceled { .. } => {
                false
            }
        }
    }

    /// The pending authentication of the customer at the bank. Microdeposits do not count.
    pub(crate) fn pending_authentication(self) -> Option<NextAction> {
        match self {
            Self::RequiresAction(NextAction::Microdeposits { .. }) => None,
            Self::RequiresAction(next) => Some(next),
            Self::RequiresPaymentMethod
            | Self::RequiresConfirmation { .. }
            | Self::Processing
            | Self::RequiresCapture { .. }
            | Self::Succeeded(_)
            | Self::Canceled { .. } => None,
        }
    }

    /// The captured amount, in Stripe's units.
    pub(crate) fn received(&self) -> u64 {
        match self {
            Self::RequiresCapture { received }
            | Self::Succeeded(received)
            | Self::Canceled { received, .. } => *received,
            Self::RequiresPaymentMethod
            | Self::RequiresConfirmation { .. }
            | Self::RequiresAction(_)
            | Self::Processing => 0,
        }
    }
}

/// The state of a PaymentIntent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PaymentIntent {
    /// Id of the PaymentIntent, `pi_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The secret for the customer's browser, `pi_…_secret_…`.
    pub(crate) client_secret: String,
    /// The terms from the creation and from later updates.
    pub(crate) terms: Terms,
    /// The current state of the payment.
    pub(crate) status: PaymentIntentStatus,
    /// Id of the PaymentMethod, unless the last attempt failed.
    pub(crate) payment_method: Option<String>,
    /// Id of the charge of the last attempt.
    pub(crate) latest_charge: Option<String>,
    /// The error of the last attempt.
    pub(crate) last_error: Option<StripeError>,
    /// Id of the mandate of the debited account.
    pub(crate) mandate: Option<String>,
    /// Whether the last confirmation was sent with `off_session`.
    pub(crate) off_session: bool,
    /// The number of confirmations so far.
    pub(crate) confirmations: u32,
    /// Id of the review of the payment.
    pub(crate) review: Option<String>,
}

/// The terms of a PaymentIntent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// The amount in Stripe's units. After an increment of the hold, the new amount.
    pub(crate) amount: u64,
    /// The ISO 4217 code of the currency, in lower case.
    pub(crate) currency: String,
    /// The time of the capture.
    pub(crate) capture_method: CaptureMethod,
    /// Which party continues after the customer has authenticated.
    pub(crate) confirmation_method: ConfirmationMethod,
    /// The allowed types of PaymentMethods.
    pub(crate) method_types: MethodTypes,
    /// The options for each type of PaymentMethod.
    pub(crate) options: Options,
    /// Id of the paying customer, `cus_…`.
    pub(crate) customer: Option<String>,
    /// A description of the payment.
    pub(crate) description: Option<String>,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
    /// The email address for the receipt.
    pub(crate) receipt_email: Option<String>,
    /// The text on the statement of a payment without a card.
    pub(crate) descriptor: Option<String>,
    /// The text after the account's prefix on the statement of a card.
    pub(crate) suffix: Option<String>,
    /// Whether the PaymentMethod is saved for later.
    pub(crate) setup_future_usage: Option<FutureUsage>,
    /// The address for the goods.
    pub(crate) shipping: Option<Arc<Shipping>>,
    /// The group of transfers that the payment belongs to.
    pub(crate) transfer_group: Option<String>,
}

impl Terms {
    /// The time of the capture of a payment with one type of PaymentMethods.
    pub(crate) fn capture_of(&self, kind: MethodType) -> CaptureMethod {
        let is_manual = match kind {
            MethodType::Card => self.options.card.manual_capture,
            MethodType::Klarna => self.options.klarna.manual_capture,
            MethodType::Paypal => self.options.paypal.manual_capture,
            MethodType::Link => self.options.link.manual_capture,
            MethodType::SepaDebit | MethodType::UsBankAccount => false,
        };
        if is_manual { CaptureMethod::Manual } else { self.capture_method }
    }
}
