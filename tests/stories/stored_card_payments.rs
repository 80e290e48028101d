//! The rules for payments with a kept card: the owner, the reuse, and the default card.

use causeway::v1::{self, CardReuse, PaymentStatus};

use crate::stage::{
    Billing, Stage,
    cards::{customer, only_id, pay, pay_and_store_card, refused, store_card_request},
    method, order, settings,
};

/// D8, D9, E7: a later payment carries no card data, and may be off session when the card was kept
/// for off-session use.
#[tokio::test]
async fn a_card_token_pays_on_session_and_off_session() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let on_session = billing.authorize(pay("2", "5.00 USD", "c-1", &card.token)).await.held_payment();
    let absent = v1::AuthorizeRequest { off_session: true, ..pay("3", "6.00 USD", "c-1", &card.token) };
    let absent = billing.authorize(absent).await.held_payment();
    assert_eq!(
        (on_session.card_token.as_str(), on_session.customer_id.as_str()),
        (card.token.as_str(), "c-1")
    );
    assert_eq!((on_session.off_session, absent.off_session), (false, true));

    let calls = stage.sandbox.calls();
    let bodies: Vec<_> = calls
        .iter()
        .filter(|call| call.path == "/v1/payment_intents")
        .map(|call| String::from_utf8(call.body.clone()).unwrap())
        .collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies.iter().all(|body| body.contains(&format!("payment_method={}", card.processor_id))));
    assert!(!bodies[0].contains("off_session") && bodies[1].contains("off_session=true"));
    // The brand of a kept card is known, so each payment is a single call.
    let first = calls.iter().position(|call| call.path == "/v1/payment_intents").unwrap();
    assert_eq!(calls.len() - first, 2);
}

/// D12, D16: the choice of reuse reaches Stripe, and NONE keeps no card.
#[tokio::test]
async fn the_payers_choice_of_reuse_reaches_stripe() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for (number, reuse) in
        [CardReuse::OnSession, CardReuse::OffSession, CardReuse::None].into_iter().enumerate()
    {
        let customer = format!("c-{number}");
        let message = v1::AuthorizeRequest {
            store_card: reuse.into(),
            ..pay_and_store_card(&customer, "5.00 USD", &customer)
        };
        let result = billing.authorize(message).await.result();
        let sent = stage.sandbox.calls().pop().unwrap();
        let sent = String::from_utf8(sent.body).unwrap();
        let payment = result.payment.unwrap();
        match reuse {
            CardReuse::None | CardReuse::Unspecified => {
                assert!(!sent.contains("setup_future_usage"), "{sent}");
                assert_eq!((result.stored_card, payment.card_token.as_str()), (None, ""));
                assert_eq!(billing.cards(&customer).await.cards, []);
            }
            CardReuse::OnSession | CardReuse::OffSession => {
                let word = if reuse == CardReuse::OnSession { "on_session" } else { "off_session" };
                assert!(sent.contains(&format!("setup_future_usage={word}")), "{sent}");
                let card = result.stored_card.unwrap();
                assert_eq!((card.reuse(), &card.token), (reuse, &payment.card_token));
                assert_eq!(billing.cards(&customer).await.cards, std::slice::from_ref(&card));
                let absent = v1::AuthorizeRequest {
                    off_session: true,
                    ..pay(&format!("later-{number}"), "5.00 USD", &customer, &card.token)
                };
                let answer = billing.authorize(absent).await;
                if reuse == CardReuse::OffSession {
                    answer.held_payment();
                } else {
                    let refusal = answer.refused();
                    assert_eq!(refusal.reason, "CARD_REUSE");
                    assert_eq!(refusal.metadata["configured"], "on_session");
                }
            }
        }
    }
    assert_eq!(
        refused(
            billing
                .tokenize(v1::TokenizeRequest {
                    reuse: CardReuse::None.into(),
                    ..store_card_request("none", "c-1", "pm_card_visa")
                })
                .await
        ),
        "InvalidArgument MALFORMED_REQUEST"
    );
}

/// D5: a declined payment keeps no card; a payment that needs the payer keeps the
/// card after the authentication.
#[tokio::test]
async fn a_card_is_stored_after_a_successful_payment() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = |id: &str, card: &str| v1::AuthorizeRequest {
        instrument: method(card),
        ..pay_and_store_card(id, "5.00 USD", "c-1")
    };
    billing.authorize(request("1", "pm_card_visa_chargeDeclined")).await.declined();
    assert_eq!(billing.cards("c-1").await.cards, []);

    let waiting = billing.authorize(request("2", "pm_card_authenticationRequired")).await.action_required();
    assert_eq!((waiting.stored_card, waiting.payment.as_ref().unwrap().card_token.as_str()), (None, ""));
    let intent = waiting.payment.unwrap().processor_ids.unwrap().payment_intent;
    assert!(stage.sandbox.authenticate(&intent, true));
    let result = billing.authorize(request("2", "pm_card_authenticationRequired")).await.result();
    let card = result.stored_card.unwrap();
    assert_eq!(result.payment.unwrap().status(), PaymentStatus::Authorized);
    assert_eq!(billing.cards("c-1").await.cards, [card]);
}

/// D19, P3: for another customer, and for another tenant, a card does not exist; Stripe's own id of the
/// card does not help.
#[tokio::test]
async fn a_card_belongs_to_one_customer_of_one_tenant() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    billing.stored_card(store_card_request("2", "c-2", "pm_card_visa")).await;

    let not_found = "NotFound CARD_NOT_FOUND";
    assert_eq!(billing.authorize(pay("3", "5.00 USD", "c-2", &card.token)).await.reason(), not_found);
    assert_eq!(refused(billing.delete_card("3", "c-2", &card.token).await), not_found);
    assert_eq!(refused(billing.set_default_card("3", "c-2", &card.token).await), not_found);
    assert_eq!(refused(billing.check("", pay("3", "5.00 USD", "c-2", &card.token)).await), not_found);
    let stolen = |id: &str, customer| v1::AuthorizeRequest {
        instrument: method(&card.processor_id),
        customer,
        ..order(id, "5.00 USD")
    };
    assert_eq!(billing.authorize(stolen("4", only_id("c-2"))).await.reason(), not_found);
    assert_eq!(billing.authorize(stolen("5", None)).await.reason(), not_found);
    assert_eq!(
        refused(billing.tokenize(store_card_request("6", "c-2", &card.processor_id)).await),
        not_found
    );
    // The owner may use the card under either id.
    billing.authorize(stolen("7", only_id("c-1"))).await.held_payment();

    let globex = stage.adapter_of_globex().await;
    let other = Billing::connect(globex.address, settings::BILLING_TOKEN).await;
    assert_eq!(other.authorize(pay("8", "5.00 USD", "c-1", &card.token)).await.reason(), not_found);
    assert_eq!(refused(other.delete_card("8", "c-1", &card.token).await), not_found);
    assert_eq!(other.cards("c-1").await.cards, []);
    let unknown = format!("ct_{}", "a".repeat(32));
    assert_eq!(
        billing.authorize(pay("9", "5.00 USD", "c-1", &unknown)).await.refused(),
        other.authorize(pay("9", "5.00 USD", "c-1", &card.token)).await.refused(),
        "somebody else's and nobody's are told in the same words"
    );
    assert_eq!(stage.authorizations(), 1);
    globex.stop().await;
}

/// D18: the default card pays when the request names no card; choosing another card, and
/// deleting, change the default.
#[tokio::test]
async fn the_default_card_pays_when_no_card_is_named() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let unnamed = |id: &str| v1::AuthorizeRequest {
        instrument: None,
        customer: only_id("c-1"),
        ..order(id, "5.00 USD")
    };
    assert_eq!(billing.authorize(unnamed("0")).await.reason(), "FailedPrecondition DEFAULT_CARD_MISSING");
    let visa = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let master = billing.stored_card(store_card_request("2", "c-1", "pm_card_mastercard")).await;
    assert_eq!((visa.is_default, master.is_default), (true, false));
    let brand = async |id: &str| billing.authorize(unnamed(id)).await.held_payment().card.unwrap().brand;
    assert_eq!(brand("3").await, "visa");

    let chosen = billing.set_default_card("4", "c-1", &master.token).await.unwrap().result.unwrap();
    assert!(chosen.card.unwrap().is_default);
    assert_eq!(brand("5").await, "mastercard");
    let calls = stage.sandbox.calls();
    let update = calls.iter().find(|call| call.body.starts_with(b"invoice_settings")).unwrap();
    assert!(String::from_utf8_lossy(&update.body).ends_with(&master.processor_id));

    billing.delete_card("6", "c-1", &master.token).await.unwrap();
    assert_eq!(brand("7").await, "visa");
    assert_eq!(
        refused(billing.set_default_card("8", "c-1", &master.token).await),
        "FailedPrecondition CARD_DELETED"
    );
    let discover =
        v1::TokenizeRequest { make_default: true, ..store_card_request("9", "c-1", "pm_card_discover") };
    assert!(billing.stored_card(discover).await.is_default);
    assert_eq!(brand("10").await, "discover");
}

/// A7: a card is kept by one account, and pays through that account only.
#[tokio::test]
async fn a_card_pays_only_through_its_payment_system() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let elsewhere = v1::AuthorizeRequest {
        payment_system: "second".to_owned(),
        ..pay("2", "5.00 EUR", "c-1", &card.token)
    };
    assert_eq!(billing.authorize(elsewhere).await.reason(), "InvalidArgument CARD_ELSEWHERE");
    assert_eq!(
        billing.authorize(pay("3", "5.00 EUR", "c-1", &card.token)).await.reason(),
        "FailedPrecondition CURRENCY_UNASSIGNED"
    );
    let second = v1::TokenizeRequest {
        payment_system: String::new(),
        currency: "EUR".to_owned(),
        ..store_card_request("4", "c-1", "pm_card_visa")
    };
    let second = billing.stored_card(second).await;
    assert_eq!(second.payment_system, "second");
    billing.authorize(pay("5", "5.00 EUR", "c-1", &second.token)).await.captured_payment();
    assert_eq!(billing.cards("c-1").await.cards.len(), 2);
    let unnamed = v1::TokenizeRequest {
        payment_system: String::new(),
        customer: customer("c-1"),
        ..store_card_request("6", "c-1", "pm_card_visa")
    };
    assert_eq!(refused(billing.tokenize(unnamed).await), "InvalidArgument PAYMENT_SYSTEM_UNNAMED");
}
