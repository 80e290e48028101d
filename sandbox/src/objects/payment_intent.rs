//! A PaymentIntent: the state machine at the heart of Stripe.

use crate::error::StripeError;
use crate::metadata::Metadata;
use crate::objects::intents::{FutureUsage, NextAction, Ways};
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
    /// There is no card, or the last one was refused.
    RequiresPaymentMethod,
    /// There is a card, and nobody has said go.
    RequiresConfirmation,
    /// The customer has to do something.
    RequiresAction(NextAction),
    /// The amount is held.
    RequiresCapture,
    /// This much was taken.
    Succeeded(u64),
    /// It is over.
    Canceled {
        /// When, in unix seconds.
        at: i64,
        /// Why.
        reason: CancellationReason,
    },
}

impl Stage {
    /// The word that Stripe has for the state.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction(_) => "requires_action",
            Self::RequiresCapture => "requires_capture",
            Self::Succeeded(_) => "succeeded",
            Self::Canceled { .. } => "canceled",
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
}

/// What is agreed upon when a PaymentIntent is created.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// How much.
    pub(crate) amount: u64,
    /// The currency.
    pub(crate) currency: String,
    /// When the money is taken.
    pub(crate) capture_method: CaptureMethod,
    /// How it may be paid.
    pub(crate) ways: Ways,
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
    /// Whether the card is kept.
    pub(crate) setup_future_usage: Option<FutureUsage>,
}
