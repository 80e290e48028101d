//! Effects and capabilities of a processor.
//!
//! An effect that charges or stores an instrument takes a [`Judged`] instrument, which the operator's rules
//! alone make:
//!
//! ```
//! use causeway_domain::policy::Judged;
//! use causeway_ports::processor::{Confirmation, Effect};
//!
//! fn confirm<'a>(intent: &'a str, judged: &'a Judged) -> Effect<'a> {
//!     Effect::Confirm { intent, instrument: Confirmation::Another(judged), return_url: None }
//! }
//!
//! fn choose<'a>(customer: &'a str, judged: &'a Judged) -> Effect<'a> {
//!     Effect::SetDefaultCard { customer, instrument: judged }
//! }
//! ```
//!
//! A command that forgets the rules has the id of a PaymentMethod only, and does not compile:
//!
//! ```compile_fail,E0308
//! use causeway::text::PaymentMethodId;
//! use causeway_ports::processor::{Confirmation, Effect};
//!
//! fn confirm<'a>(intent: &'a str, method: &'a PaymentMethodId) -> Effect<'a> {
//!     Effect::Confirm { intent, instrument: Confirmation::Another(method), return_url: None }
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use causeway::text::PaymentMethodId;
//! use causeway_ports::processor::Effect;
//!
//! fn choose<'a>(customer: &'a str, method: &'a PaymentMethodId) -> Effect<'a> {
//!     Effect::SetDefaultCard { customer, instrument: method }
//! }
//! ```
//!
//! ```compile_fail,E0063
//! use causeway::request::authorize::CaptureMode;
//! use causeway_domain::payment::Terms;
//! use causeway_ports::processor::{Correlation, Effect};
//!
//! fn charge(terms: &Terms, capture_mode: CaptureMode, correlation: Correlation) -> Effect<'_> {
//!     Effect::Authorize { terms, capture_mode, correlation }
//! }
//! ```

use causeway::{
    money::PositiveMoney,
    request::{PaymentId, RefundReason, ReleaseReason, Reuse, authorize::CaptureMode},
    text::{CardToken, CustomerId, PaymentMethodId, ReturnUrl},
};
use causeway_domain::{customer::Profile, payment::Terms, policy::Judged};

/// A capability of a processor. Each effect needs one capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Capability {
    /// Hold an amount, or capture the amount at once.
    Authorize,
    /// Continue with a payment that waits for the payer.
    Confirm,
    /// Capture an amount that is held.
    Capture,
    /// Release a hold, or cancel a PaymentIntent without a hold.
    #[strum(serialize = "release a hold")]
    Cancel,
    /// Return captured money to the payer.
    Refund,
    /// Verify a card and store it.
    #[strum(serialize = "store a card")]
    SetUpCard,
    /// Cancel the verification of a card.
    #[strum(serialize = "give up the verification of a card")]
    CancelSetup,
    /// Detach a stored card from the customer.
    #[strum(serialize = "remove a stored card")]
    DetachCard,
    /// Choose a customer's default card.
    #[strum(serialize = "choose a default card")]
    SetDefaultCard,
    /// Create a customer at the processor.
    #[strum(serialize = "make a customer")]
    CreateCustomer,
    /// Send the changed fields of a customer.
    #[strum(serialize = "update a customer")]
    UpdateCustomer,
    /// Delete a customer at the processor.
    #[strum(serialize = "delete a customer")]
    DeleteCustomer,
    /// Create a PaymentMethod from a card number.
    #[strum(serialize = "take a card number")]
    CreateMethod,
    /// Take over a payment that was made through another system.
    #[strum(serialize = "import a payment")]
    Import,
    /// List payments, refunds and events.
    #[strum(serialize = "list payments and events")]
    List,
}

impl Capability {
    /// Every variant, in the order of declaration.
    pub const ALL: &'static [Capability] = <Capability as strum::VariantArray>::VARIANTS;

    /// The name of the capability in refusals.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The relay's ids in the metadata of the processor's objects, by which recovery finds the objects again.
#[derive(Debug, Clone, Copy)]
pub struct Correlation {
    /// The relay's id of the operation.
    pub operation: uuid::Uuid,
    /// The relay's id of the payment.
    pub payment: PaymentId,
}

/// The parameters for verifying and storing a card.
#[derive(Debug, Clone, Copy)]
pub struct CardSetup<'a> {
    /// Id of the customer, "cus_…".
    pub customer: &'a str,
    /// The card, which satisfies the operator's rules.
    pub instrument: &'a Judged,
    /// The reuse to which the payer agreed.
    pub reuse: Reuse,
    /// URL to which the browser returns after 3-D Secure.
    pub return_url: Option<&'a ReturnUrl>,
    /// The relay's id of the operation.
    pub operation: uuid::Uuid,
    /// The relay's token of the card.
    pub card: &'a CardToken,
}

/// The instrument that continues a payment.
#[derive(Debug, Clone, Copy)]
pub enum Confirmation<'a> {
    /// The instrument that the PaymentIntent has already.
    Present(&'a Judged),
    /// Another instrument, which the payer chose.
    Another(&'a Judged),
}

/// The reason for cancelling the verification of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupCancellation {
    /// The customer deleted the card.
    RequestedByCustomer,
    /// The payer did not return in time.
    Abandoned,
}

/// An effect that the relay requests from a processor.
#[derive(Debug, Clone, Copy)]
pub enum Effect<'a> {
    /// Hold an amount, or capture the amount at once.
    Authorize {
        /// The terms of the payment.
        terms: &'a Terms,
        /// The instrument that pays; not the one of the terms.
        instrument: &'a Judged,
        /// Capture at once or later.
        capture_mode: CaptureMode,
        /// The relay's ids for the metadata.
        correlation: Correlation,
    },
    /// Capture an amount that is held.
    Capture {
        /// Id of the PaymentIntent, "pi_…".
        intent: &'a str,
        /// The amount to capture, at most the hold.
        amount: PositiveMoney,
    },
    /// Continue with a payment that waits for the payer.
    Confirm {
        /// Id of the PaymentIntent, "pi_…".
        intent: &'a str,
        /// The instrument that pays.
        instrument: Confirmation<'a>,
        /// URL to which the browser returns after 3-D Secure.
        return_url: Option<&'a ReturnUrl>,
    },
    /// Release a hold, or cancel a PaymentIntent without a hold.
    Cancel {
        /// Id of the PaymentIntent, "pi_…".
        intent: &'a str,
        /// The reason, where billing gave one.
        reason: Option<ReleaseReason>,
    },
    /// Return captured money to the payer.
    Refund {
        /// Id of the PaymentIntent, "pi_…".
        intent: &'a str,
        /// The amount to return to the payer.
        amount: PositiveMoney,
        /// The reason, where billing gave one.
        reason: Option<RefundReason>,
        /// The relay's ids for the metadata.
        correlation: Correlation,
    },
    /// Verify a card and store it.
    SetUpCard(CardSetup<'a>),
    /// Cancel the verification of a card.
    CancelSetup {
        /// Id of the SetupIntent, "seti_…".
        setup: &'a str,
        /// The reason of the cancellation.
        reason: SetupCancellation,
    },
    /// Detach a stored card from the customer. No rule forbids a removal.
    DetachCard {
        /// Id of the PaymentMethod, "pm_…".
        method: &'a PaymentMethodId,
    },
    /// Choose a customer's default card.
    SetDefaultCard {
        /// Id of the customer, "cus_…".
        customer: &'a str,
        /// The card, which satisfies the operator's rules.
        instrument: &'a Judged,
    },
    /// Create a customer at the processor.
    CreateCustomer {
        /// Billing's id of the customer.
        reference: &'a CustomerId,
        /// Name of the tenant.
        tenant: &'a str,
        /// The known data of the customer.
        profile: &'a Profile,
    },
    /// Send the changed fields of a customer.
    UpdateCustomer {
        /// Id of the customer, "cus_…".
        id: &'a str,
        /// The profile that the processor received last.
        before: &'a Profile,
        /// The profile at present.
        now: &'a Profile,
    },
}

impl Effect<'_> {
    /// The capability that the effect needs.
    pub fn capability(&self) -> Capability {
        match self {
            Effect::Authorize { .. } => Capability::Authorize,
            Effect::Capture { .. } => Capability::Capture,
            Effect::Confirm { .. } => Capability::Confirm,
            Effect::Cancel { .. } => Capability::Cancel,
            Effect::Refund { .. } => Capability::Refund,
            Effect::SetUpCard(_) => Capability::SetUpCard,
            Effect::CancelSetup { .. } => Capability::CancelSetup,
            Effect::DetachCard { .. } => Capability::DetachCard,
            Effect::SetDefaultCard { .. } => Capability::SetDefaultCard,
            Effect::CreateCustomer { .. } => Capability::CreateCustomer,
            Effect::UpdateCustomer { .. } => Capability::UpdateCustomer,
        }
    }
}
