//! A stored card, and the payments with this card.

use causeway::v1::{self, Outcome, PaymentStatus, authorize_request::Instrument};

use super::{APPROVED_CARD, StoryContext, StoryError, hold::expect_no_call_since, order};
use crate::{calls::new_request_id, names};

/// The customer with the stored card.
const ANN: &str = "customer-ann";

/// Stores a card. No hold is left by the verification.
pub(super) async fn store(context: &mut StoryContext<'_>) -> Result<v1::StoredCard, StoryError> {
    context.writer.step("A customer with an email address lets billing store a card.")?;
    let before = context.effects();
    let customer_with_email = v1::Customer { email: "ann@example.com".to_owned(), ..customer(ANN) };
    let message = v1::TokenizeRequest {
        request_id: new_request_id(),
        customer: Some(customer_with_email),
        instrument: Some(v1::tokenize_request::Instrument::PaymentMethod(APPROVED_CARD.to_owned())),
        currency: "USD".to_owned(),
        ..v1::TokenizeRequest::default()
    };
    let answer = context.client.tokenize(message).await;
    let answer = context.writer.accepted(answer)?;
    let tokenized = v1::TokenizationStatus::SuccessfullyTokenized;
    context.writer.expect(
        "card",
        names::tokenization(tokenized.into()),
        names::tokenization(answer.status),
    )?;
    let card = answer.result.and_then(|result| result.card).unwrap_or_default();
    context.writer.expect_some("token", &card.token)?;
    context.writer.expect_some("shown as", &card.display_name)?;
    context.writer.expect("may pay", "off session", names::reuse(card.reuse))?;
    context.writer.expect("default card", true, card.is_default)?;
    context.writer.expect("holds and charges", 0, context.effects().saturating_sub(before))?;
    Ok(card)
}

/// The stored card pays while the payer is absent.
pub(super) async fn off_session(
    context: &mut StoryContext<'_>,
    card: &v1::StoredCard,
) -> Result<(), StoryError> {
    context.writer.step("Later billing takes 9.00 USD with the token while the payer is absent.")?;
    let order = v1::AuthorizeRequest {
        off_session: true,
        capture_mode: v1::CaptureMode::Automatic.into(),
        ..with_card("9.00", card, ANN)
    };
    let answer = context.authorize(order).await;
    let (payment, _) = context.writer.result(answer, Outcome::Approved, PaymentStatus::Captured)?;
    context.writer.expect("captured", "9.00 USD", names::money(payment.captured.as_ref()))?;
    context.writer.expect("with the token", &card.token, &payment.card_token)?;
    context.writer.expect("of the customer", ANN, &payment.customer_id)?;
    context.writer.expect("payer was there", false, !payment.off_session)
}

/// For another customer, the card does not exist.
pub(super) async fn other_customer(
    context: &mut StoryContext<'_>,
    card: &v1::StoredCard,
) -> Result<(), StoryError> {
    context.writer.step("Another customer presents the token for a payment of 9.00 USD.")?;
    let before = context.calls();
    let answer = context.authorize(with_card("9.00", card, "customer-bob")).await;
    context.writer.refused(answer, "CARD_NOT_FOUND")?;
    expect_no_call_since(context, before)
}

/// The card is deleted, and cannot pay any more.
pub(super) async fn delete(context: &mut StoryContext<'_>, card: &v1::StoredCard) -> Result<(), StoryError> {
    context.writer.step("The customer has the card deleted. The card pays no more.")?;
    let message = v1::DeleteCardRequest {
        request_id: new_request_id(),
        customer_id: ANN.to_owned(),
        card_token: card.token.clone(),
    };
    let answer = context.client.delete_card(message).await;
    let answer = context.writer.accepted(answer)?;
    let deleted = v1::DeletionStatus::SuccessfullyDeleted;
    context.writer.expect("card", names::deletion(deleted.into()), names::deletion(answer.status))?;
    let message = v1::ListCardsRequest { customer_id: ANN.to_owned(), ..v1::ListCardsRequest::default() };
    let listed = context.client.cards(message).await;
    let listed = context.writer.accepted(listed)?;
    context.writer.expect("cards left", 0, listed.cards.len())?;
    let before = context.calls();
    let answer = context.authorize(with_card("9.00", card, ANN)).await;
    context.writer.refused(answer, "CARD_DELETED")?;
    expect_no_call_since(context, before)
}

/// A payment with the token, in the name of a customer.
pub(super) fn with_card(amount: &str, card: &v1::StoredCard, customer_id: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        instrument: Some(Instrument::CardToken(card.token.clone())),
        customer: Some(customer(customer_id)),
        ..order(amount, "USD", APPROVED_CARD)
    }
}

fn customer(id: &str) -> v1::Customer {
    v1::Customer { id: id.to_owned(), ..v1::Customer::default() }
}
