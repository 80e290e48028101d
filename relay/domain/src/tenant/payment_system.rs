//! A named processor account of a tenant.

use std::{collections::BTreeSet, time::Duration};

use causeway::{card::Brand, order::authorize::CaptureMode, v1};

use super::{MethodType, PublishableKey};

/// The processor behind a payment system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessorKind {
    /// Stripe.
    Stripe,
    /// Answers by rule, without a network: for trials and portals' tests.
    Dummy,
}

impl ProcessorKind {
    /// The name in settings and capabilities.
    pub fn as_str(self) -> &'static str {
        match self {
            ProcessorKind::Stripe => "stripe",
            ProcessorKind::Dummy => "dummy",
        }
    }
}

/// The treatment of card numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardDataMode {
    /// A card number is taken once, in the call that makes a token of it.
    TokenOnly,
    /// Card number and expiry are taken with every payment.
    FullCard,
}

impl CardDataMode {
    /// The name in settings and refusals.
    pub fn as_str(self) -> &'static str {
        match self {
            CardDataMode::TokenOnly => "token_only",
            CardDataMode::FullCard => "full_card",
        }
    }

    /// For the wire.
    pub fn to_wire(self) -> v1::CardDataMode {
        match self {
            CardDataMode::TokenOnly => v1::CardDataMode::TokenOnly,
            CardDataMode::FullCard => v1::CardDataMode::FullCard,
        }
    }
}

/// What happens when a method that cannot be held is asked for a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutHold {
    /// The payment is refused.
    Refuse,
    /// The amount is taken at once, and the answer says so.
    Capture,
}

/// A payment system.
#[derive(Debug, Clone)]
pub struct PaymentSystem {
    /// The name, unique within the tenant.
    pub name: String,
    /// The processor behind it.
    pub processor: ProcessorKind,
    /// Kept because platforms ask for one; nothing uses it.
    pub login: String,
    /// The Stripe account, "acct_…", or empty. A payment goes through one account for good:
    /// with the account given, a key of another one is noticed.
    pub account: String,
    /// The key for browsers.
    pub publishable_key: Option<PublishableKey>,
    /// True when no real money moves.
    pub test_mode: bool,
    /// The capture mode where a payment does not name one.
    pub capture_mode: CaptureMode,
    /// False: no new payments; old ones can be captured and refunded.
    pub active: bool,
    /// Card brands on the allowlist.
    pub brands: BTreeSet<Brand>,
    /// Types of payment methods on the allowlist.
    pub method_types: BTreeSet<MethodType>,
    /// The treatment of card numbers.
    pub card_data_mode: CardDataMode,
    /// Whether card numbers come with their security code.
    pub cvc_required: bool,
    /// What becomes of a hold with a method that has none.
    pub method_without_hold: WithoutHold,
    /// How long a customer's list of cards is believed.
    pub card_list_lives: Duration,
    /// Whether holds may be given back before they lapse.
    pub release_hold: bool,
    /// Whether a second person has to approve refunds.
    pub refund_approval: bool,
    /// How long before its end a hold is warned of; `None`: not at all.
    pub warn_of_hold: Option<Duration>,
    /// How long before its end a hold is renewed; `None`: not at all.
    pub renew_hold: Option<Duration>,
}
