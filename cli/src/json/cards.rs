//! Customers and their cards as JSON.

use causeway::v1;
use serde_json::Value;

use super::{
    Object,
    payment::{action, card, failure},
};

/// The answer to Tokenize.
pub(crate) fn tokenized(response: &v1::TokenizeResponse) -> Value {
    Object::default()
        .word("status", response.status, v1::TokenizationStatus::as_str_name)
        .message("result", response.result.as_ref(), result)
        .done()
}

/// The answer to DeleteCard.
pub(crate) fn deleted(response: &v1::DeleteCardResponse) -> Value {
    Object::default()
        .word("status", response.status, v1::DeletionStatus::as_str_name)
        .message("result", response.result.as_ref(), result)
        .done()
}

/// The answer to SetDefaultCard, PutCustomer and DeactivateCustomer.
pub(crate) fn card_result(told: Option<&v1::CardOperationResult>) -> Value {
    Object::default().message("result", told, result).done()
}

/// The answer to ListCards.
pub(crate) fn cards(response: &v1::ListCardsResponse) -> Value {
    Object::default()
        .list("cards", &response.cards, stored_card)
        .moment("as_of", response.as_of.as_ref())
        .with("unconfirmed", response.unconfirmed)
        .done()
}

fn result(result: &v1::CardOperationResult) -> Value {
    Object::default()
        .word("outcome", result.outcome, v1::Outcome::as_str_name)
        .with("duplicate", result.duplicate)
        .text("customer_id", &result.customer_id)
        .text("payment_system", &result.payment_system)
        .text("processor_customer", &result.processor_customer)
        .message("card", result.card.as_ref(), stored_card)
        .message("action", result.action.as_ref(), action)
        .message("failure", result.failure.as_ref(), failure)
        .done()
}

pub(super) fn stored_card(stored: &v1::StoredCard) -> Value {
    Object::default()
        .text("token", &stored.token)
        .message("card", stored.card.as_ref(), card)
        .text("display_name", &stored.display_name)
        .word("status", stored.status, v1::CardStatus::as_str_name)
        .word("reuse", stored.reuse, v1::CardReuse::as_str_name)
        .with("is_default", stored.is_default)
        .moment("created", stored.created.as_ref())
        .text("customer_id", &stored.customer_id)
        .text("payment_system", &stored.payment_system)
        .text("processor_id", &stored.processor_id)
        .done()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kept_card_keeps_the_contracts_words() {
        let kept = v1::StoredCard {
            token: "ct_a".to_owned(),
            card: Some(v1::Card {
                brand: "visa".to_owned(),
                last4: "4242".to_owned(),
                exp_month: 12,
                exp_year: 2034,
            }),
            display_name: "Visa ****4242 12/2034".to_owned(),
            status: v1::CardStatus::Active.into(),
            reuse: v1::CardReuse::OffSession.into(),
            is_default: true,
            created: Some(prost_types::Timestamp { seconds: 1_795_238_400, nanos: 0 }),
            customer_id: "c-1".to_owned(),
            payment_system: "main".to_owned(),
            processor_id: "pm_1".to_owned(),
        };
        let result = v1::CardOperationResult {
            outcome: v1::Outcome::Approved.into(),
            processor_customer: "cus_1".to_owned(),
            card: Some(kept),
            ..Default::default()
        };
        let status = v1::TokenizationStatus::SuccessfullyTokenized.into();
        let expected = json!({
            "status": "TOKENIZATION_STATUS_SUCCESSFULLY_TOKENIZED",
            "result": {
                "outcome": "OUTCOME_APPROVED",
                "duplicate": false,
                "processor_customer": "cus_1",
                "card": {
                    "token": "ct_a",
                    "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034},
                    "display_name": "Visa ****4242 12/2034",
                    "status": "CARD_STATUS_ACTIVE",
                    "reuse": "CARD_REUSE_OFF_SESSION",
                    "is_default": true,
                    "created": "2026-11-21T05:20:00Z",
                    "customer_id": "c-1",
                    "payment_system": "main",
                    "processor_id": "pm_1",
                },
            },
        });
        assert_eq!(tokenized(&v1::TokenizeResponse { status, result: Some(result) }), expected);
    }
}
