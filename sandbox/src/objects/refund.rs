//! A refund: money on its way back to a card.

use serde_json::{Value, json};

use crate::metadata::Metadata;
use crate::objects::{Object, Seen};
use crate::words::{Word, words};

words! {
    /// Why a caller sends money back.
    Reason {
        /// It was charged twice.
        Duplicate = "duplicate",
        /// The card's owner did not order it.
        Fraudulent = "fraudulent",
        /// The customer wants it back.
        RequestedByCustomer = "requested_by_customer",
    }
}

/// How far a refund has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The bank has not taken it yet.
    Pending,
    /// It was sent.
    Succeeded,
    /// It came back.
    Failed {
        /// The balance transaction by which it came back.
        balance_transaction: String,
    },
}

/// The state of a refund.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    /// `re_…`
    pub(crate) id: String,
    /// When it was created.
    pub(crate) created: i64,
    /// How much.
    pub(crate) amount: u64,
    /// The currency.
    pub(crate) currency: String,
    /// The charge.
    pub(crate) charge: String,
    /// The PaymentIntent of the charge.
    pub(crate) payment_intent: String,
    /// The PaymentMethod that was charged.
    pub(crate) payment_method: String,
    /// The customer.
    pub(crate) customer: Option<String>,
    /// Why.
    pub(crate) reason: Option<Reason>,
    /// How far it has come.
    pub(crate) progress: Progress,
    /// What it did to the balance.
    pub(crate) balance_transaction: String,
    /// The number under which the bank can find it.
    pub(crate) reference: Option<String>,
    /// The type of what was charged.
    pub(crate) kind: &'static str,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
}

impl Object for Refund {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, _seen: Seen) -> Value {
        let (status, kind) = match &self.progress {
            Progress::Pending => ("pending", "pending"),
            Progress::Succeeded => ("succeeded", "refund"),
            Progress::Failed { .. } => ("failed", "refund"),
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
            "reason": self.reason.map(Reason::word),
            "receipt_number": null,
            "source_transfer_reversal": null,
            "status": status,
            "transfer_reversal": null,
        });
        let extra = match &self.progress {
            Progress::Pending => vec![("pending_reason", json!("processing"))],
            Progress::Succeeded => vec![],
            Progress::Failed { balance_transaction } => vec![
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
    /// Where the money goes. The number by which a bank can find it comes later.
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
            (other, _, _) => json!({ "type": other }),
        }
    }
}
