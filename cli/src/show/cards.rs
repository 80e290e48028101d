//! Customers and their cards, for people.

use causeway::v1;

use super::{Rows, failure, line, table};
use crate::names;

/// The answer to Tokenize.
pub(crate) fn tokenized(response: &v1::TokenizeResponse) -> String {
    result_rows(names::tokenization(response.status), response.result.as_ref())
}

/// The answer to DeleteCard.
pub(crate) fn deleted(response: &v1::DeleteCardResponse) -> String {
    result_rows(names::deletion(response.status), response.result.as_ref())
}

/// The answer to SetDefaultCard, PutCustomer and DeactivateCustomer.
pub(crate) fn card_result(result: Option<&v1::CardOperationResult>) -> String {
    let outcome = result.map(|result| names::outcome(result.outcome)).unwrap_or_default();
    result_rows(outcome, result)
}

/// The answer to ListCards.
pub(crate) fn cards(response: &v1::ListCardsResponse) -> String {
    let list = if response.cards.is_empty() {
        "no cards\n".to_owned()
    } else {
        let mut lines =
            vec![line(&["TOKEN", "CARD", "STATUS", "REUSE", "DEFAULT", "SINCE", "PAYMENT SYSTEM"])];
        lines.extend(response.cards.iter().map(card_line));
        table(&lines)
    };
    let warning = if response.unconfirmed {
        "the processor could not be asked; this is the relay's own list"
    } else {
        ""
    };
    let rows = Rows::default().moment("as of", response.as_of.as_ref()).row("not confirmed", warning);
    format!("{list}{}", rows.to_text())
}

fn card_line(card: &v1::StoredCard) -> Vec<String> {
    vec![
        card.token.clone(),
        card.display_name.clone(),
        names::card_status(card.status),
        names::reuse(card.reuse),
        if card.is_default { "default" } else { "" }.to_owned(),
        card.created.as_ref().map(|at| names::moment_to(at, 0)).unwrap_or_default(),
        card.payment_system.clone(),
    ]
}

/// The status stands first, then the rest of the result.
fn result_rows(status: String, result: Option<&v1::CardOperationResult>) -> String {
    let result = result.cloned().unwrap_or_default();
    let repeated = if result.duplicate { " (the answer to the same request before)" } else { "" };
    let rows = Rows::default().row("outcome", format!("{status}{repeated}"));
    let rows = failure(rows, result.failure.as_ref());
    let rows = match &result.card {
        Some(card) => stored_card(rows, card),
        None => rows,
    };
    let action = result.action.unwrap_or_default();
    rows.row("payer has to", &action.r#type)
        .row("client secret", &action.client_secret)
        .row("redirect to", &action.redirect_url)
        .row("customer", &result.customer_id)
        .row("payment system", &result.payment_system)
        .row("customer at Stripe", &result.processor_customer)
        .to_text()
}

fn stored_card(rows: Rows, card: &v1::StoredCard) -> Rows {
    rows.row("card token", &card.token)
        .row("card", &card.display_name)
        .row("card status", names::card_status(card.status))
        .row("reuse", names::reuse(card.reuse))
        .row("default", if card.is_default { "yes" } else { "no" })
        .row("card at Stripe", &card.processor_id)
        .moment("since", card.created.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> v1::StoredCard {
        v1::StoredCard {
            token: "ct_a".to_owned(),
            display_name: "Visa ****4242 12/2034".to_owned(),
            status: v1::CardStatus::Active.into(),
            reuse: v1::CardReuse::OffSession.into(),
            is_default: true,
            created: Some(prost_types::Timestamp { seconds: 1_795_238_400, nanos: 0 }),
            payment_system: "main".to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn the_list_of_cards_shows_the_default() {
        let other = v1::StoredCard {
            token: "ct_b".to_owned(),
            reuse: v1::CardReuse::OnSession.into(),
            is_default: false,
            ..stored()
        };
        let response = v1::ListCardsResponse {
            cards: vec![stored(), other],
            as_of: stored().created,
            unconfirmed: true,
            ..Default::default()
        };
        assert_eq!(
            cards(&response),
            "\
TOKEN  CARD                   STATUS  REUSE        DEFAULT  SINCE                 PAYMENT SYSTEM
ct_a   Visa ****4242 12/2034  ACTIVE  off session  default  2026-11-21T05:20:00Z  main
ct_b   Visa ****4242 12/2034  ACTIVE  on session            2026-11-21T05:20:00Z  main
as of          2026-11-21T05:20:00Z
not confirmed  the processor could not be asked; this is the relay's own list
"
        );
        assert_eq!(cards(&v1::ListCardsResponse::default()), "no cards\n");
    }

    #[test]
    fn a_stored_card_shows_the_token() {
        let result = v1::CardOperationResult {
            customer_id: "c-1".to_owned(),
            card: Some(stored()),
            ..Default::default()
        };
        let status = v1::TokenizationStatus::SuccessfullyTokenized.into();
        let shown = tokenized(&v1::TokenizeResponse { status, result: Some(result) });
        assert!(shown.starts_with("outcome      SUCCESSFULLY_TOKENIZED\ncard token   ct_a\n"), "{shown}");
        assert!(shown.ends_with("since        2026-11-21T05:20:00Z\ncustomer     c-1\n"), "{shown}");
    }
}
