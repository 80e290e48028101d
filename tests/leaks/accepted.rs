//! Successful calls: cards that are stored, cards that pay, and repeated requests.

use causeway::v1;

use super::{
    canary::Card,
    requests::{customer, pay, pay_and_store_card, tokenize},
    test_bed::{TestBed, with_long_deadline},
};

/// A third is tokenized, a third is stored by a payment, a third pays and is not stored.
pub(super) async fn play(test_bed: &TestBed, cards: &[Card]) {
    for (place, card) in cards.iter().enumerate() {
        let id = format!("good-{place}");
        // The security code is not part of a request's fingerprint.
        let mut forgetful = card.clone();
        forgetful.cvc.clear();
        let (first, again) = match place % 3 {
            0 => (
                test_bed.tokenize(tokenize(&id, "token", card)).await,
                test_bed.tokenize(tokenize(&id, "token", &forgetful)).await,
            ),
            1 => (
                test_bed.authorize(pay_and_store_card(&id, "15.00 EUR", card)).await,
                test_bed.authorize(pay_and_store_card(&id, "15.00 EUR", &forgetful)).await,
            ),
            _ => (
                test_bed.authorize(pay(&id, "15.00 USD", card)).await,
                test_bed.authorize(pay(&id, "15.00 USD", &forgetful)).await,
            ),
        };
        assert_eq!((first.as_str(), again.as_str()), ("APPROVED", "APPROVED again"), "{}", card.name);
    }
}

/// Follow-up calls and look-ups, with the cards of the requests `good-0` and `good-2`.
pub(super) async fn follow_up(test_bed: &TestBed) {
    let mut client = test_bed.client();
    let received = &test_bed.received;
    let by = v1::get_payment_request::By::RequestId("good-2".to_owned());
    let seen = client
        .get_payment(with_long_deadline(v1::GetPaymentRequest { by: Some(by), timeline_after: 0 }))
        .await;
    let payment_id = seen.as_ref().unwrap().get_ref().payment.as_ref().unwrap().id.clone();
    received.record(seen, |_| "SEEN".to_owned());

    let capture = v1::CaptureRequest {
        request_id: "capture".to_owned(),
        payment_id: payment_id.clone(),
        amount: None,
        ..Default::default()
    };
    received.record(client.capture(with_long_deadline(capture)).await, |_| "CAPTURED".to_owned());
    let refund = v1::RefundRequest {
        request_id: "refund".to_owned(),
        payment_id: payment_id.clone(),
        note: "a good reason".to_owned(),
        ..Default::default()
    };
    received.record(client.refund(with_long_deadline(refund)).await, |_| "REFUNDED".to_owned());
    let void = v1::VoidRequest { request_id: "void".to_owned(), payment_id };
    received.record(client.void(with_long_deadline(void)).await, |_| "VOIDED".to_owned());
    let list = v1::ListPaymentsRequest { page_size: 100, ..Default::default() };
    received.record(client.list_payments(with_long_deadline(list)).await, |_| "LISTED".to_owned());
    let capabilities = client.get_capabilities(with_long_deadline(v1::GetCapabilitiesRequest {})).await;
    received.record(capabilities, |_| "DESCRIBED".to_owned());
    let options =
        client.list_payment_options(with_long_deadline(v1::ListPaymentOptionsRequest::default())).await;
    received.record(options, |_| "OFFERED".to_owned());

    let customer_id = customer("good-0").id;
    let list = v1::ListCardsRequest { customer_id: customer_id.clone(), ..Default::default() };
    let cards = client.list_cards(with_long_deadline(list)).await;
    let card_token = cards.as_ref().unwrap().get_ref().cards[0].token.clone();
    received.record(cards, |_| "CARDS".to_owned());
    let choose = v1::SetDefaultCardRequest {
        request_id: "choose".to_owned(),
        customer_id: customer_id.clone(),
        card_token: card_token.clone(),
    };
    received.record(client.set_default_card(with_long_deadline(choose)).await, |_| "CHOSEN".to_owned());
    let stored = v1::AuthorizeRequest {
        customer: Some(customer("good-0")),
        instrument: Some(v1::authorize_request::Instrument::CardToken(card_token.clone())),
        ..crate::stage::order("with-token", "12.50 EUR")
    };
    assert_eq!(test_bed.authorize(stored).await, "APPROVED");
    let delete = v1::DeleteCardRequest { request_id: "delete".to_owned(), customer_id, card_token };
    received.record(client.delete_card(with_long_deadline(delete)).await, |_| "DELETED".to_owned());
    let put = v1::PutCustomerRequest {
        request_id: "put".to_owned(),
        customer: Some(customer("good-1")),
        payment_system: "token".to_owned(),
        ..Default::default()
    };
    received.record(client.put_customer(with_long_deadline(put)).await, |_| "PUT".to_owned());
}

/// The same request id with another card is refused.
pub(super) async fn another_card(test_bed: &TestBed, pairs: &[Card]) {
    for (place, pair) in pairs.chunks_exact(2).enumerate() {
        let [one, other] = pair else { continue };
        let id = format!("twice-{place}");
        let answer = if place.is_multiple_of(2) {
            [
                test_bed.authorize(pay(&id, "15.00 USD", one)).await,
                test_bed.authorize(pay(&id, "15.00 USD", other)).await,
            ]
        } else {
            [
                test_bed.tokenize(tokenize(&id, "full", one)).await,
                test_bed.tokenize(tokenize(&id, "full", other)).await,
            ]
        };
        assert_eq!(answer, ["APPROVED", "REQUEST_ID_REUSED"], "{id}");
    }
}
