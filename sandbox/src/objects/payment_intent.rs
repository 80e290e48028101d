//! A PaymentIntent: the state machine at the heart of Stripe.

use std::sync::Arc;

use crate::error::StripeError;
use crate::metadata::Metadata;
use crate::objects::intents::{FutureUsage, NextAction, Ways};
use crate::objects::options::Options;
use crate::objects::shipping::Shipping;
use crate::words::words;

words! {
    /// When the money is taken.
    CaptureMethod {
        /// With the confirmation, and the balance is known at once.
        Automatic = "automatic",
        /// With the confirmation, and the balance is known later.
        AutomaticAsync = "automatic_async",
        /// With a call of its own.
        Manual = "manual",
    }
}

words! {
    /// Who says go once the customer has authenticated.
    ConfirmationMethod {
        /// Stripe.
        Automatic = "automatic",
        /// The caller, by confirming again.
        Manual = "manual",
    }
}

words! {
    /// Why a caller gives up.
    CallersReason {
        /// It was made twice.
        Duplicate = "duplicate",
        /// It is not the customer's.
        Fraudulent = "fraudulent",
        /// The customer asked for it.
        RequestedByCustomer = "requested_by_customer",
        /// The customer went away.
        Abandoned = "abandoned",
    }
}

/// Why a PaymentIntent was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancellationReason {
    /// A caller did, and may have said why.
    Caller(Option<CallersReason>),
    /// The hold was not captured in time.
    Automatic,
}

/// The states, each with what is true in it only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There is no PaymentMethod, or the last one was refused.
    RequiresPaymentMethod,
    /// There is a PaymentMethod, and nobody has said go.
    RequiresConfirmation {
        /// Whether the customer has authenticated already.
        authenticated: bool,
    },
    /// The customer has to do something.
    RequiresAction(NextAction),
    /// The bank has been asked and has not answered.
    Processing,
    /// An amount is held, and more of it can be captured.
    RequiresCapture {
        /// What was captured before.
        received: u64,
    },
    /// This much was taken.
    Succeeded(u64),
    /// It is over.
    Canceled {
        /// When, in unix seconds.
        at: i64,
        /// Why.
        reason: CancellationReason,
        /// What was captured before.
        received: u64,
    },
}

impl Stage {
    /// The word that Stripe has for the state.
    pub(crate) fn word(&self) -> &'static str {
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

    /// Whether it can still be confirmed.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::RequiresPaymentMethod | Self::RequiresConfirmation { .. } | Self::RequiresAction(_) => true,
            Self::Processing | Self::RequiresCapture { .. } | Self::Succeeded(_) | Self::Canceled { .. } => {
                false
            }
        }
    }

    /// Where the customer was sent to authenticate, if that is what is waited for.
    pub(crate) fn waits_for_bank(self) -> Option<NextAction> {
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

    /// What was captured.
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
#[derive(Clone, Debug)]
pub(crate) struct PaymentIntent {
    /// `pi_…`
    pub(crate) id: String,
    /// When it was created.
    pub(crate) created: i64,
    /// `pi_…_secret_…`
    pub(crate) client_secret: String,
    /// What was agreed upon when it was created.
    pub(crate) terms: Terms,
    /// Where it is.
    pub(crate) stage: Stage,
    /// The PaymentMethod, unless it was refused.
    pub(crate) payment_method: Option<String>,
    /// The last attempt.
    pub(crate) latest_charge: Option<String>,
    /// Why the last attempt was refused.
    pub(crate) last_error: Option<StripeError>,
    /// The mandate of the account that is debited.
    pub(crate) mandate: Option<String>,
    /// Whether the last confirmation said that the customer is not there.
    pub(crate) off_session: bool,
}

/// What is agreed upon when a PaymentIntent is created.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// How much. A hold that has grown is about the new amount.
    pub(crate) amount: u64,
    /// The currency.
    pub(crate) currency: String,
    /// When the money is taken.
    pub(crate) capture_method: CaptureMethod,
    /// Who says go once the customer has authenticated.
    pub(crate) confirmation_method: ConfirmationMethod,
    /// How it may be paid.
    pub(crate) ways: Ways,
    /// What was said for each type of PaymentMethod.
    pub(crate) options: Options,
    /// Who pays.
    pub(crate) customer: Option<String>,
    /// What for.
    pub(crate) description: Option<String>,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
    /// Where the receipt goes.
    pub(crate) receipt_email: Option<String>,
    /// What the statement says, where a card does not pay.
    pub(crate) descriptor: Option<String>,
    /// What the statement of the card says after the account's prefix.
    pub(crate) suffix: Option<String>,
    /// Whether the PaymentMethod is kept.
    pub(crate) setup_future_usage: Option<FutureUsage>,
    /// Where the goods go.
    pub(crate) shipping: Option<Arc<Shipping>>,
    /// What it belongs to, among the transfers.
    pub(crate) transfer_group: Option<String>,
}

impl Terms {
    /// When the money is taken if a card pays.
    pub(crate) fn capture_of_cards(&self) -> CaptureMethod {
        if self.options.card.manual_capture { CaptureMethod::Manual } else { self.capture_method }
    }
}
