//! A refund: captured money that is sent back to a card or an account.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::metadata::Metadata;
use crate::objects::instrument::MethodType;
use crate::objects::wallet::{Wallet, WalletKind};
use crate::objects::{Object, RenderContext};
use crate::static_text::{self, StaticText};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The caller's reason for a refund.
    RefundReason {
        /// The customer was charged twice.
        Duplicate = "duplicate",
        /// The card's owner did not order the goods.
        Fraudulent = "fraudulent",
        /// The customer asked for the refund.
        RequestedByCustomer = "requested_by_customer",
    }
}

/// The progress of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefundStatus {
    /// The bank has not accepted the refund yet.
    Pending,
    /// The money was sent back.
    Succeeded,
    /// The refund failed, and the money came back.
    Failed {
        /// Id of the balance transaction that returns the money.
        balance_transaction: String,
    },
}

/// The state of a refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    /// Id of the refund, `re_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The refunded amount, in Stripe's units of the currency.
    pub(crate) amount: u64,
    /// The ISO 4217 code of the currency, in lower case.
    pub(crate) currency: String,
    /// Id of the refunded charge.
    pub(crate) charge: String,
    /// Id of the PaymentIntent of the charge.
    pub(crate) payment_intent: String,
    /// Id of the PaymentMethod that was charged.
    pub(crate) payment_method: String,
    /// Id of the customer, `cus_…`.
    pub(crate) customer: Option<String>,
    /// The caller's reason for the refund.
    pub(crate) reason: Option<RefundReason>,
    /// The progress of the refund.
    pub(crate) status: RefundStatus,
    /// Id of the balance transaction of the refund.
    pub(crate) balance_transaction: String,
    /// The reference number for the bank, once available.
    pub(crate) reference: Option<String>,
    /// The type of the charged PaymentMethod.
    #[serde(deserialize_with = "static_text::read")]
    pub(crate) kind: StaticText,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
}

impl Object for Refund {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        add("charge", &self.charge);
        add("payment_intent", &self.payment_intent);
    }

    fn show(&self, _seen: RenderContext) -> Value {
        let (status, kind) = match &self.status {
            RefundStatus::Pending => ("pending", "pending"),
            RefundStatus::Succeeded => ("succeeded", "refund"),
            RefundStatus::Failed { .. } => ("failed", "refund"),
        };
        let mut shown = json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": self.balance_transaction,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": null,
            "destination_details": self.destination(kind),
            "metadata": *self.metadata,
            "payment_intent": self.payment_intent,
            "payment_method": self.payment_method,
            "reason": self.reason.map(RefundReason::as_str),
            "receipt_number": null,
            "source_transfer_reversal": null,
            "status": status,
            "transfer_reversal": null,
        });
        let extra = match &self.status {
            RefundStatus::Pending => vec![("pending_reason", json!("processing"))],
            RefundStatus::Succeeded => vec![],
            RefundStatus::Failed { balance_transaction } => vec![
                ("failure_reason", json!("unknown")),
                ("failure_balance_transaction", json!(balance_transaction)),
            ],
        };
        if let Some(fields) = shown.as_object_mut() {
            fields.extend(extra.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        shown
    }
}

impl Refund {
    /// The field `destination_details`. The reference number for the bank is available later.
    fn destination(&self, kind: &str) -> Value {
        match (self.kind, kind, &self.reference) {
            ("card", "refund", None) => json!({
                "card": {
                    "reference_status": "pending",
                    "reference_type": "acquirer_reference_number",
                    "type": kind,
                },
                "type": "card",
            }),
            ("card", "refund", Some(reference)) => json!({
                "card": {
                    "reference": reference,
                    "reference_status": "available",
                    "reference_type": "acquirer_reference_number",
                    "type": kind,
                },
                "type": "card",
            }),
            ("card", _, _) => json!({ "card": { "type": kind }, "type": "card" }),
            (other, _, _) => {
                let wallet = MethodType::parse(other).and_then(WalletKind::of).and_then(Wallet::in_refund);
                let mut shown = json!({ "type": other });
                if let (Some(wallet), Some(fields)) = (wallet, shown.as_object_mut()) {
                    fields.insert(other.to_owned(), wallet);
                }
                shown
            }
        }
    }
}
