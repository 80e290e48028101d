//! A dispute: the owner of a card has told the bank that a charge was wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::metadata::Metadata;
use crate::objects::balance_transaction::BalanceTransaction;
use crate::objects::{Object, Seen};
use crate::words::{Word, words};

words! {
    /// Where a dispute is.
    DisputeStage {
        /// The bank took the money, and waits for an answer.
        NeedsResponse = "needs_response",
        /// The bank reads the answer.
        UnderReview = "under_review",
        /// The money came back.
        Won = "won",
        /// The money is gone.
        Lost = "lost",
        /// The bank asks, and took nothing yet.
        WarningNeedsResponse = "warning_needs_response",
        /// The bank reads the answer to its question.
        WarningUnderReview = "warning_under_review",
        /// The question is settled.
        WarningClosed = "warning_closed",
    }
}

words! {
    /// What the owner of the card says.
    DisputeReason {
        /// It was not them.
        Fraudulent = "fraudulent",
        /// Nothing came.
        ProductNotReceived = "product_not_received",
        /// They did not agree to the debit.
        DebitNotAuthorized = "debit_not_authorized",
    }
}

/// The texts and documents that evidence may have.
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
#[derive(Clone, Debug)]
pub(crate) struct Dispute {
    /// `du_…`
    pub(crate) id: String,
    /// When it was opened.
    pub(crate) created: i64,
    /// How much.
    pub(crate) amount: u64,
    /// The currency.
    pub(crate) currency: String,
    /// The charge.
    pub(crate) charge: String,
    /// The PaymentIntent of the charge.
    pub(crate) payment_intent: String,
    /// The network of the card; a debited account has none.
    pub(crate) brand: Option<&'static str>,
    /// What the owner of the card says.
    pub(crate) reason: DisputeReason,
    /// Where it is.
    pub(crate) stage: DisputeStage,
    /// What was answered.
    pub(crate) evidence: BTreeMap<String, String>,
    /// Whether anything was answered.
    pub(crate) answered: bool,
    /// How often an answer was sent to the bank.
    pub(crate) submissions: u32,
    /// Until when it has to be answered, in unix seconds.
    pub(crate) due_by: i64,
    /// What it did to the balance.
    pub(crate) balance_transactions: Vec<Arc<BalanceTransaction>>,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
}

impl Dispute {
    /// Whether the bank only asks, so far.
    pub(crate) fn is_inquiry(&self) -> bool {
        matches!(
            self.stage,
            DisputeStage::WarningNeedsResponse
                | DisputeStage::WarningUnderReview
                | DisputeStage::WarningClosed
        )
    }

    /// Whether the bank reads an answer.
    pub(crate) fn is_under_review(&self) -> bool {
        matches!(self.stage, DisputeStage::UnderReview | DisputeStage::WarningUnderReview)
    }

    /// Whether it is over.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.stage, DisputeStage::Won | DisputeStage::Lost | DisputeStage::WarningClosed)
    }

    /// The number by which the network calls the reason.
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

    fn show(&self, seen: Seen) -> Value {
        let moved: Vec<Value> = self.balance_transactions.iter().map(|one| one.show(seen)).collect();
        let mut evidence: Map<String, Value> =
            EVIDENCE.iter().map(|name| ((*name).to_owned(), json!(self.evidence.get(*name)))).collect();
        evidence.insert("enhanced_evidence".to_owned(), json!({}));
        let mut shown = json!({
            "id": self.id,
            "object": "dispute",
            "amount": self.amount,
            "balance_transactions": moved,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "enhanced_eligibility_types": [],
            "evidence": evidence,
            "evidence_details": {
                "due_by": self.due_by,
                "enhanced_eligibility": {},
                "has_evidence": self.answered,
                "past_due": seen.now > self.due_by,
                "submission_count": self.submissions,
            },
            "is_charge_refundable": self.is_inquiry() || self.stage == DisputeStage::Won,
            "livemode": seen.livemode,
            "metadata": *self.metadata,
            "payment_intent": self.payment_intent,
            "reason": self.reason.word(),
            "status": self.stage.word(),
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
