//! Disputes: inquiries and chargebacks by a payer's bank (docs.stripe.com/disputes).

use causeway::{money::PositiveMoney, v1};
use jiff::Timestamp;

/// A dispute as last seen at Stripe.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Dispute {
    /// Id of the dispute at Stripe, "du_…" or "dp_…"
    pub id: String,
    /// The disputed amount, in the payment's currency.
    pub amount: PositiveMoney,
    /// Reason of the dispute, in Stripe's word.
    pub reason: String,
    /// Time at which the dispute was opened.
    pub opened: Timestamp,
    /// Deadline for evidence; `None` once the dispute is closed.
    pub due_by: Option<Timestamp>,
    /// How often evidence was submitted to the bank.
    pub submissions: u32,
    /// State of the dispute; moves forward only.
    pub state: DisputeState,
    /// Ids "txn_…" of the withdrawal and the reinstatement of the money.
    pub balance_transactions: Vec<String>,
    /// Whether the dispute was first seen as an inquiry: a later withdrawal of the money is then an event.
    #[serde(default)]
    pub began_as_inquiry: bool,
}

/// State of a dispute. The variants are in the order of a dispute's life, and a dispute moves only
/// to a later variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum DisputeState {
    /// The bank asks, and no money was taken.
    Inquiry,
    /// The bank reviews the answer to the inquiry.
    InquiryUnderReview,
    /// The bank has closed the inquiry. The bank may still take the money later.
    InquiryClosed,
    /// The bank has taken the money and waits for evidence.
    NeedsResponse,
    /// The bank reviews the evidence; the money stays withdrawn.
    UnderReview,
    /// The money came back to the merchant.
    Won,
    /// The money stays with the payer.
    Lost,
    /// The dispute was prevented before the beginning.
    Prevented,
}

impl DisputeState {
    /// Parses Stripe's status; `None` for a status added by Stripe later.
    pub fn parse(text: &str) -> Option<DisputeState> {
        Some(match text {
            "warning_needs_response" => DisputeState::Inquiry,
            "warning_under_review" => DisputeState::InquiryUnderReview,
            "warning_closed" => DisputeState::InquiryClosed,
            "needs_response" => DisputeState::NeedsResponse,
            "under_review" => DisputeState::UnderReview,
            "won" => DisputeState::Won,
            "lost" => DisputeState::Lost,
            "prevented" => DisputeState::Prevented,
            _ => return None,
        })
    }

    /// Whether the dispute or the inquiry has ended.
    pub fn is_closed(self) -> bool {
        match self {
            DisputeState::InquiryClosed
            | DisputeState::Won
            | DisputeState::Lost
            | DisputeState::Prevented => true,
            DisputeState::Inquiry
            | DisputeState::InquiryUnderReview
            | DisputeState::NeedsResponse
            | DisputeState::UnderReview => false,
        }
    }

    /// Whether the bank has only asked so far, without taking money.
    pub fn is_inquiry(self) -> bool {
        match self {
            DisputeState::Inquiry | DisputeState::InquiryUnderReview | DisputeState::InquiryClosed => true,
            DisputeState::NeedsResponse
            | DisputeState::UnderReview
            | DisputeState::Won
            | DisputeState::Lost
            | DisputeState::Prevented => false,
        }
    }

    /// Whether the amount is with the payer's bank, for now or for good.
    pub fn holds_money(self) -> bool {
        match self {
            DisputeState::NeedsResponse | DisputeState::UnderReview | DisputeState::Lost => true,
            DisputeState::Inquiry
            | DisputeState::InquiryUnderReview
            | DisputeState::InquiryClosed
            | DisputeState::Won
            | DisputeState::Prevented => false,
        }
    }

    /// The status in the contract.
    pub fn to_wire(self) -> v1::DisputeStatus {
        match self {
            DisputeState::Inquiry => v1::DisputeStatus::Inquiry,
            DisputeState::InquiryUnderReview => v1::DisputeStatus::InquiryUnderReview,
            DisputeState::InquiryClosed => v1::DisputeStatus::InquiryClosed,
            DisputeState::NeedsResponse => v1::DisputeStatus::NeedsResponse,
            DisputeState::UnderReview => v1::DisputeStatus::UnderReview,
            DisputeState::Won => v1::DisputeStatus::Won,
            DisputeState::Lost => v1::DisputeStatus::Lost,
            DisputeState::Prevented => v1::DisputeStatus::Prevented,
        }
    }
}
