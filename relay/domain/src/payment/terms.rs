//! The terms of a payment: the caller's request after the policy, as the journal stores the terms. No field
//! can contain a card number.

use std::collections::BTreeMap;

use causeway::{
    money::PositiveMoney,
    request::{Reuse, authorize::CaptureMode},
    text::{
        BillingReference, CardToken, CustomerId, Description, DescriptorSuffix, Email, MetadataKey,
        MetadataValue, PaymentMethodId, ProcessorCustomerId, RequestId, ReturnUrl,
    },
};

/// The terms of a payment, fixed at the authorization.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Terms {
    /// The caller's idempotency key for the authorization.
    pub request_id: RequestId,
    /// The amount to hold or to take.
    pub amount: PositiveMoney,
    /// Capture mode in the request; `None`: as the payment system is configured.
    pub capture_mode: Option<CaptureMode>,
    /// Id of the PaymentMethod to charge. `None`: Stripe made no PaymentMethod of the given card.
    pub payment_method: Option<PaymentMethodId>,
    /// Id of the payer's customer at Stripe, "cus_…"
    pub customer: Option<ProcessorCustomerId>,
    /// The billing platform's own reference of the purchase.
    pub reference: Option<BillingReference>,
    /// Text for Stripe's dashboard and receipts.
    pub description: Option<Description>,
    /// The caller's metadata, stored with the payment and sent to Stripe.
    pub metadata: BTreeMap<MetadataKey, MetadataValue>,
    /// Address to which the receipt goes.
    pub receipt_email: Option<Email>,
    /// Suffix of the statement descriptor on the payer's card statement.
    pub descriptor_suffix: Option<DescriptorSuffix>,
    /// Address to which the browser returns after 3-D Secure.
    pub return_url: Option<ReturnUrl>,
    /// True when the payer is absent and cannot act.
    pub off_session: bool,
    /// The billing platform's id of the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<CustomerId>,
    /// Token of the stored card that pays, or of the card that this payment stores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_token: Option<CardToken>,
    /// Permitted reuse of the card, where this payment stores the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_card: Option<Reuse>,
    /// Stripe's type of the charged payment method; `None` in payments of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_type: Option<String>,
    /// Type in the tenant's allowlist of payment methods: a card in a wallet has the wallet's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_kind: Option<String>,
    /// The amount still owed, for the calculation of an overpayment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_due: Option<PositiveMoney>,
    /// Total of the invoice, as the caller gives the total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_total: Option<PositiveMoney>,
}
