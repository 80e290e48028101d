//! A stored card, and the payments with this card.

use causeway::v1::{self, Outcome, PaymentStatus, authorize_request::Instrument};

use super::{GOOD_CARD, Stage, StoryError, hold::no_call_since, order};
use crate::{calls::new_request_id, names};

/// The customer with the stored card.
const ANN: &str = "customer-ann";

/// Stores a card. No hold is left by the verification.
pub(super) async fn keep(stage: &mut Stage<'_>) -> Result<v1::StoredCard, StoryError> {
    stage.writer.step("A customer with an email address lets billing keep a card.")?;
    let before = stage.effects();
    let ann = v1::Customer { email: "ann@example.com".to_owned(), ..customer(ANN) };
    let message = v1::TokenizeRequest {
        request_id: new_request_id(),
        customer: Some(ann),
        instrument: Some(v1::tokenize_request::Instrument::PaymentMethod(GOOD_CARD.to_owned())),
        currency: "USD".to_owned(),
        ..v1::TokenizeRequest::default()
    };
    let answer = stage.client.tokenize(message).await;
    let answer = stage.writer.answered(answer)?;
    let kept = v1::TokenizationStatus::SuccessfullyTokenized;
    stage.writer.expect("card", names::tokenization(kept.into()), names::tokenization(answer.status))?;
    let card = answer.result.and_then(|result| result.card).unwrap_or_default();
    stage.writer.expect_some("token", &card.token)?;
    stage.writer.expect_some("shown as", &card.display_name)?;
    stage.writer.expect("may pay", "off session", names::reuse(card.reuse))?;
    stage.writer.expect("default card", true, card.is_default)?;
    stage.writer.expect("holds and charges", 0, stage.effects().saturating_sub(before))?;
    Ok(card)
}

/// The stored card pays while the payer is absent.
pub(super) async fn off_session(stage: &mut Stage<'_>, card: &v1::StoredCard) -> Result<(), StoryError> {
    stage.writer.step("Later billing takes 9.00 USD with the token, and nobody is there to act.")?;
    let order = v1::AuthorizeRequest {
        off_session: true,
        capture_mode: v1::CaptureMode::Automatic.into(),
        ..with_card("9.00", card, ANN)
    };
    let answer = stage.authorize(order).await;
    let (payment, _) = stage.writer.result(answer, Outcome::Approved, PaymentStatus::Captured)?;
    stage.writer.expect("captured", "9.00 USD", names::money(payment.captured.as_ref()))?;
    stage.writer.expect("with the token", &card.token, &payment.card_token)?;
    stage.writer.expect("of the customer", ANN, &payment.customer_id)?;
    stage.writer.expect("payer was there", false, !payment.off_session)
}

/// For another customer, the card does not exist.
pub(super) async fn somebody_else(stage: &mut Stage<'_>, card: &v1::StoredCard) -> Result<(), StoryError> {
    stage.writer.step("Somebody else has got hold of the token and wants to pay 9.00 USD with it.")?;
    let before = stage.calls();
    let answer = stage.authorize(with_card("9.00", card, "customer-bob")).await;
    stage.writer.refused(answer, "CARD_NOT_FOUND")?;
    no_call_since(stage, before)
}

/// The card is deleted, and cannot pay any more.
pub(super) async fn forget(stage: &mut Stage<'_>, card: &v1::StoredCard) -> Result<(), StoryError> {
    stage.writer.step("The customer has the card deleted. It pays no more.")?;
    let message = v1::DeleteCardRequest {
        request_id: new_request_id(),
        customer_id: ANN.to_owned(),
        card_token: card.token.clone(),
    };
    let answer = stage.client.delete_card(message).await;
    let answer = stage.writer.answered(answer)?;
    let gone = v1::DeletionStatus::SuccessfullyDeleted;
    stage.writer.expect("card", names::deletion(gone.into()), names::deletion(answer.status))?;
    let message = v1::ListCardsRequest { customer_id: ANN.to_owned(), ..v1::ListCardsRequest::default() };
    let listed = stage.client.cards(message).await;
    let listed = stage.writer.answered(listed)?;
    stage.writer.expect("cards left", 0, listed.cards.len())?;
    let before = stage.calls();
    let answer = stage.authorize(with_card("9.00", card, ANN)).await;
    stage.writer.refused(answer, "CARD_DELETED")?;
    no_call_since(stage, before)
}

/// A payment with the token, in the name of a customer.
pub(super) fn with_card(amount: &str, card: &v1::StoredCard, whose: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        instrument: Some(Instrument::CardToken(card.token.clone())),
        customer: Some(customer(whose)),
        ..order(amount, "USD", GOOD_CARD)
    }
}

fn customer(id: &str) -> v1::Customer {
    v1::Customer { id: id.to_owned(), ..v1::Customer::default() }
}
