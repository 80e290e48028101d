//! What was agreed: the order after the rules, as it is kept. There is no place for
//! a card number in it.

use std::collections::BTreeMap;

use causeway::{
    money::Money,
    order::{Reuse, authorize::CaptureMode},
    text::{
        BillingReference, CardToken, CustomerId, Description, DescriptorSuffix, Email, MetadataKey,
        MetadataValue, PaymentMethodId, ProcessorCustomerId, RequestId, ReturnUrl,
    },
};

/// The terms of a payment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Terms {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// What to hold.
    pub amount: Money,
    /// `None`: as the payment system is configured.
    pub capture_mode: Option<CaptureMode>,
    /// What pays. `None`: Stripe made no PaymentMethod of the card that was given.
    pub payment_method: Option<PaymentMethodId>,
    /// Stripe's customer.
    pub customer: Option<ProcessorCustomerId>,
    /// Billing's own name of what is paid.
    pub reference: Option<BillingReference>,
    /// For Stripe's dashboard and receipts.
    pub description: Option<Description>,
    /// Kept with the payment.
    pub metadata: BTreeMap<MetadataKey, MetadataValue>,
    /// Where the receipt goes.
    pub receipt_email: Option<Email>,
    /// For the card statement.
    pub descriptor_suffix: Option<DescriptorSuffix>,
    /// Where the browser returns after 3-D Secure.
    pub return_url: Option<ReturnUrl>,
    /// True when nobody is there to act.
    pub off_session: bool,
    /// Billing's id of who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<CustomerId>,
    /// The kept card that pays, or that this payment makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_token: Option<CardToken>,
    /// How the card may be used again, where this payment keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_card: Option<Reuse>,
    /// Stripe's type of the payment method that pays; none in payments of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_type: Option<String>,
    /// Which type of the allowlist it counts as: a card in a wallet has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_kind: Option<String>,
    /// What is still owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_due: Option<Money>,
    /// What the invoice says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_total: Option<Money>,
}
