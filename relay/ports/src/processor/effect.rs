//! What a processor can be asked for.

use causeway::{
    money::Money,
    order::{PaymentId, RefundReason, ReleaseReason, Reuse, authorize::CaptureMode},
    text::{CardToken, CustomerId, PaymentMethodId, ReturnUrl},
};
use causeway_domain::{customer::Profile, payment::Terms};

/// Something that a processor can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Hold an amount, or take it at once.
    Authorize,
    /// Go on with a payment that waits.
    Confirm,
    /// Take a held amount.
    Capture,
    /// Give a hold back, or give up what is not held yet.
    Cancel,
    /// Give captured money back.
    Refund,
    /// Verify a card and store it.
    SetUpCard,
    /// Give up the verification of a card.
    CancelSetup,
    /// Remove a stored card.
    DetachCard,
    /// Choose a customer's default card.
    SetDefaultCard,
    /// Make a customer.
    CreateCustomer,
    /// Tell what has changed of a customer.
    UpdateCustomer,
    /// Delete a customer.
    DeleteCustomer,
    /// Make a PaymentMethod of a card number.
    CreateMethod,
    /// Take over a payment that was made elsewhere.
    Import,
    /// List objects and events.
    List,
}

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 15] = [
        Capability::Authorize,
        Capability::Confirm,
        Capability::Capture,
        Capability::Cancel,
        Capability::Refund,
        Capability::SetUpCard,
        Capability::CancelSetup,
        Capability::DetachCard,
        Capability::SetDefaultCard,
        Capability::CreateCustomer,
        Capability::UpdateCustomer,
        Capability::DeleteCustomer,
        Capability::CreateMethod,
        Capability::Import,
        Capability::List,
    ];

    /// The name for refusals.
    pub fn as_str(self) -> &'static str {
        match self {
            Capability::Authorize => "authorize",
            Capability::Confirm => "confirm",
            Capability::Capture => "capture",
            Capability::Cancel => "release a hold",
            Capability::Refund => "refund",
            Capability::SetUpCard => "store a card",
            Capability::CancelSetup => "give up the verification of a card",
            Capability::DetachCard => "remove a stored card",
            Capability::SetDefaultCard => "choose a default card",
            Capability::CreateCustomer => "make a customer",
            Capability::UpdateCustomer => "update a customer",
            Capability::DeleteCustomer => "delete a customer",
            Capability::CreateMethod => "take a card number",
            Capability::Import => "import a payment",
            Capability::List => "list payments and events",
        }
    }
}

/// Our ids on the processor's objects, by which these are found again.
#[derive(Debug, Clone, Copy)]
pub struct Correlation {
    /// Our id of the operation.
    pub operation: uuid::Uuid,
    /// Our id of the payment.
    pub payment: PaymentId,
}

/// A card that is to be verified and stored.
#[derive(Debug, Clone, Copy)]
pub struct CardSetup<'a> {
    /// "cus_…"
    pub customer: &'a str,
    /// "pm_…"
    pub payment_method: &'a PaymentMethodId,
    /// How it may be used again.
    pub reuse: Reuse,
    /// Where the browser returns after 3-D Secure.
    pub return_url: Option<&'a ReturnUrl>,
    /// Our id of the operation.
    pub operation: uuid::Uuid,
    /// Our token of the card.
    pub card: &'a CardToken,
}

/// Why the verification of a card is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupCancellation {
    /// The customer deleted the card.
    RequestedByCustomer,
    /// The payer never came back.
    Abandoned,
}

/// The effect that a processor is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Effect<'a> {
    /// Hold an amount, or take it at once.
    Authorize {
        /// The payment's terms.
        terms: &'a Terms,
        /// When it is captured.
        capture_mode: CaptureMode,
        /// Our ids.
        correlation: Correlation,
    },
    /// Take a held amount.
    Capture {
        /// "pi_…"
        intent: &'a str,
        /// How much.
        amount: Money,
    },
    /// Go on with a payment that waits.
    Confirm {
        /// "pi_…"
        intent: &'a str,
        /// Another PaymentMethod.
        method: Option<&'a PaymentMethodId>,
        /// Where the browser returns after 3-D Secure.
        return_url: Option<&'a ReturnUrl>,
    },
    /// Give a hold back, or give up what is not held yet.
    Cancel {
        /// "pi_…"
        intent: &'a str,
        /// Why.
        reason: Option<ReleaseReason>,
    },
    /// Give captured money back.
    Refund {
        /// "pi_…"
        intent: &'a str,
        /// How much.
        amount: Money,
        /// Why.
        reason: Option<RefundReason>,
        /// Our ids.
        correlation: Correlation,
    },
    /// Verify a card and store it.
    SetUpCard(CardSetup<'a>),
    /// Give up the verification of a card.
    CancelSetup {
        /// "seti_…"
        setup: &'a str,
        /// Why.
        reason: SetupCancellation,
    },
    /// Remove a stored card.
    DetachCard {
        /// "pm_…"
        method: &'a PaymentMethodId,
    },
    /// Choose a customer's default card.
    SetDefaultCard {
        /// "cus_…"
        customer: &'a str,
        /// "pm_…"
        method: &'a PaymentMethodId,
    },
    /// Make a customer.
    CreateCustomer {
        /// Billing's id of the customer.
        reference: &'a CustomerId,
        /// Name of the tenant.
        tenant: &'a str,
        /// What is known of them.
        profile: &'a Profile,
    },
    /// Tell what has changed of a customer.
    UpdateCustomer {
        /// "cus_…"
        id: &'a str,
        /// What the processor was told last.
        before: &'a Profile,
        /// What is known now.
        now: &'a Profile,
    },
}

impl Effect<'_> {
    /// The capability that it needs.
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
