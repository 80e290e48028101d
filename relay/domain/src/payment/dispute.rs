//! What a payer's bank takes back, or asks about.

use causeway::{money::Money, v1};
use jiff::Timestamp;

/// A dispute.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Dispute {
    /// "du_…" or "dp_…"
    pub id: String,
    /// How much.
    pub amount: Money,
    /// Why, in Stripe's word.
    pub reason: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// Until when it can be answered.
    pub due_by: Option<Timestamp>,
    /// How often evidence was sent.
    pub submissions: u32,
    /// Where it stands.
    pub state: DisputeState,
    /// "txn_…" of what was taken and what came back.
    pub balance_transactions: Vec<String>,
    /// Whether it was an inquiry when it was first heard of, so that it is news when the
    /// money is taken after all.
    #[serde(default)]
    pub began_as_inquiry: bool,
}

/// Where a dispute stands, in the order in which it goes on. A dispute moves to what is
/// farther only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum DisputeState {
    /// The bank asks. No money was taken.
    Inquiry,
    /// The answer to that is being looked at.
    InquiryUnderReview,
    /// The bank has stopped asking. It may still take the money.
    InquiryClosed,
    /// The money was taken.
    NeedsResponse,
    /// The answer to that is being looked at.
    UnderReview,
    /// It came back.
    Won,
    /// It is gone.
    Lost,
    /// It was prevented before it began.
    Prevented,
}

impl DisputeState {
    /// Reads Stripe's word; `None` for one of tomorrow.
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

    /// Whether it is over.
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

    /// Whether the bank has only asked so far.
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

    /// For the wire.
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
