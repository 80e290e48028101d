//! A named processor account of a tenant.

use std::{collections::BTreeSet, time::Duration};

use causeway::{card::Brand, request::authorize::CaptureMode, v1};

use super::{MethodType, PublishableKey};

/// The processor behind a payment system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ProcessorKind {
    /// The API of Stripe, or a sandbox with the same API.
    Stripe,
    /// Answers by rule, without a network: for trials and for tests of portals.
    Dummy,
}

impl ProcessorKind {
    /// The name in settings and capabilities.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The payment system's treatment of card numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CardDataMode {
    /// A card number is taken once, in the call that makes a token of the card.
    TokenOnly,
    /// Card number and expiry are taken with every payment.
    FullCard,
}

impl CardDataMode {
    /// The name in settings and refusals.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The mode as the contract encodes it.
    pub fn to_wire(self) -> v1::CardDataMode {
        match self {
            CardDataMode::TokenOnly => v1::CardDataMode::TokenOnly,
            CardDataMode::FullCard => v1::CardDataMode::FullCard,
        }
    }
}

/// The treatment of a hold request for a method without holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutHold {
    /// The payment is refused.
    Refuse,
    /// The amount is captured at once, and the answer says so.
    Capture,
}

/// A named processor account with the operator's settings for the account.
#[derive(Debug, Clone)]
pub struct PaymentSystem {
    /// The name, unique within the tenant.
    pub name: String,
    /// The processor that executes the payments.
    pub processor: ProcessorKind,
    /// Login that platforms require in settings; the relay does not use the value.
    pub login: String,
    /// The Stripe account, "acct_…", or empty. A payment stays with one account; with the account
    /// given, the relay notices a key of another account.
    pub account: String,
    /// The publishable key, for browsers.
    pub publishable_key: Option<PublishableKey>,
    /// True when no real money moves.
    pub test_mode: bool,
    /// The capture mode of a payment that names none.
    pub capture_mode: CaptureMode,
    /// False: no new payments; earlier payments can be captured and refunded.
    pub active: bool,
    /// Card brands on the allowlist.
    pub brands: BTreeSet<Brand>,
    /// Types of payment methods on the allowlist.
    pub method_types: BTreeSet<MethodType>,
    /// The treatment of card numbers.
    pub card_data_mode: CardDataMode,
    /// Whether a card number has to come with its security code.
    pub cvc_required: bool,
    /// The treatment of a hold request for a method without holds.
    pub method_without_hold: WithoutHold,
    /// How long the relay uses a customer's list of cards before a new look-up.
    pub card_list_lives: Duration,
    /// Whether holds may be released before they lapse.
    pub release_hold: bool,
    /// Whether a second person has to approve refunds.
    pub refund_approval: bool,
    /// How long before the end of a hold a warning is emitted; `None` for no warning.
    pub warn_of_hold: Option<Duration>,
    /// How long before the end of a hold the hold is renewed; `None` for no renewal.
    pub renew_hold: Option<Duration>,
}
