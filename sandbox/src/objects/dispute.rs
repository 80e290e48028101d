//! A dispute: the owner of a card or of an account has contested a charge at the bank.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::metadata::Metadata;
use crate::objects::balance_transaction::BalanceTransaction;
use crate::objects::{Object, RenderContext};
use crate::static_text::{self, StaticText};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The status of a dispute.
    DisputeStatus {
        /// The bank took the money, and waits for an answer.
        NeedsResponse = "needs_response",
        /// The bank reads the answer.
        UnderReview = "under_review",
        /// The bank gave the money back.
        Won = "won",
        /// The bank keeps the disputed money.
        Lost = "lost",
        /// An inquiry: the bank asks, and has taken no money.
        WarningNeedsResponse = "warning_needs_response",
        /// The bank reads the answer to the inquiry.
        WarningUnderReview = "warning_under_review",
        /// The inquiry was closed without a chargeback.
        WarningClosed = "warning_closed",
    }
}

stripe_enum! {
    /// The reason that the owner of the card gave.
    DisputeReason {
        /// The owner did not make the payment.
        Fraudulent = "fraudulent",
        /// The goods did not arrive.
        ProductNotReceived = "product_not_received",
        /// The owner did not agree to the debit.
        DebitNotAuthorized = "debit_not_authorized",
    }
}

/// The names of the texts and documents that evidence can have.
pub(crate) const EVIDENCE: &[&str] = &[
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

/// The state of a dispute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Dispute {
    /// Id of the dispute, `du_…`.
    pub(crate) id: String,
    /// The moment of opening, in unix seconds.
    pub(crate) created: i64,
    /// The disputed amount, in Stripe's units of the currency.
    pub(crate) amount: u64,
    /// The ISO 4217 code of the currency, in lower case.
    pub(crate) currency: String,
    /// Id of the disputed charge.
    pub(crate) charge: String,
    /// Id of the PaymentIntent of the charge.
    pub(crate) payment_intent: String,
    /// The network of the card; a debited account has none.
    #[serde(deserialize_with = "static_text::read_optional")]
    pub(crate) brand: Option<StaticText>,
    /// The reason that the owner of the card gave.
    pub(crate) reason: DisputeReason,
    /// The current status of the dispute.
    pub(crate) status: DisputeStatus,
    /// The evidence in the caller's answer, by name.
    pub(crate) evidence: BTreeMap<String, String>,
    /// Whether the caller has answered.
    pub(crate) answered: bool,
    /// The number of answers that were sent to the bank.
    pub(crate) submissions: u32,
    /// The deadline for an answer, in unix seconds.
    pub(crate) due_by: i64,
    /// The effects of the dispute on the balance.
    pub(crate) balance_transactions: Vec<Arc<BalanceTransaction>>,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
}

impl Dispute {
    /// Whether the dispute is only an inquiry so far.
    pub(crate) fn is_inquiry(&self) -> bool {
        matches!(
            self.status,
            DisputeStatus::WarningNeedsResponse
                | DisputeStatus::WarningUnderReview
                | DisputeStatus::WarningClosed
        )
    }

    /// Whether the bank reads an answer.
    pub(crate) fn is_under_review(&self) -> bool {
        matches!(self.status, DisputeStatus::UnderReview | DisputeStatus::WarningUnderReview)
    }

    /// Whether the dispute is in a final status.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.status, DisputeStatus::Won | DisputeStatus::Lost | DisputeStatus::WarningClosed)
    }

    /// The network's code for the reason.
    fn reason_code(&self) -> &'static str {
        match self.reason {
            _ if self.is_inquiry() => "10",
            DisputeReason::Fraudulent | DisputeReason::DebitNotAuthorized => "10.4",
            DisputeReason::ProductNotReceived => "13.1",
        }
    }
}

impl Object for Dispute {
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

    fn show(&self, context: RenderContext) -> Value {
        let transaction: Vec<Value> =
            self.balance_transactions.iter().map(|item| item.show(context)).collect();
        let mut evidence: Map<String, Value> =
            EVIDENCE.iter().map(|name| ((*name).to_owned(), json!(self.evidence.get(*name)))).collect();
        evidence.insert("enhanced_evidence".to_owned(), json!({}));
        let mut shown = json!({
            "id": self.id,
            "object": "dispute",
            "amount": self.amount,
            "balance_transactions": transaction,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "enhanced_eligibility_types": [],
            "evidence": evidence,
            "evidence_details": {
                "due_by": self.due_by,
                "enhanced_eligibility": {},
                "has_evidence": self.answered,
                "past_due": context.now > self.due_by,
                "submission_count": self.submissions,
            },
            "is_charge_refundable": self.is_inquiry() || self.status == DisputeStatus::Won,
            "livemode": context.livemode,
            "metadata": *self.metadata,
            "payment_intent": self.payment_intent,
            "reason": self.reason.as_str(),
            "status": self.status.as_str(),
        });
        if let (Some(fields), Some(brand)) = (shown.as_object_mut(), self.brand) {
            let card = json!({
                "brand": brand,
                "case_type": if self.is_inquiry() { "inquiry" } else { "chargeback" },
                "network": brand,
                "network_reason_code": self.reason_code(),
            });
            fields.insert("payment_method_details".to_owned(), json!({ "card": card, "type": "card" }));
        }
        shown
    }
}
