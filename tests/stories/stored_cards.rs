//! Kept cards: added, listed, chosen, deleted.

use causeway::v1::{self, CardReuse, CardStatus, DeletionStatus, Outcome, TokenizationStatus};

use crate::stage::{
    Fault, Stage,
    cards::{customer, only_id, pay, pay_and_store_card, refused, store_card_request},
    order, post_fault,
};

/// D5, D6: a card is verified without a charge, no hold remains, and the card is in the list; a declined
/// card is not kept.
#[tokio::test]
async fn a_card_is_verified_and_stored_without_a_hold() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    assert_eq!(card.display_name, "Visa ****4242 12/2034");
    assert_eq!(
        (card.status(), card.reuse(), card.is_default),
        (CardStatus::Active, CardReuse::OffSession, true)
    );
    assert_eq!((card.customer_id.as_str(), card.payment_system.as_str()), ("c-1", "main"));
    assert!(card.token.starts_with("ct_") && card.processor_id.starts_with("pm_"));

    let declined =
        billing.tokenize(store_card_request("2", "c-1", "pm_card_visa_chargeDeclined")).await.unwrap();
    assert_eq!(declined.status(), TokenizationStatus::FailedToTokenize);
    let result = declined.result.unwrap();
    assert_eq!(
        (result.outcome(), result.failure.unwrap().code.as_str()),
        (Outcome::Declined, "CARD_DECLINED")
    );

    let listed = billing.cards("c-1").await;
    assert_eq!(listed.cards, [card]);
    assert!(stage.sandbox.ledger().entries().is_empty(), "no money was touched");
    assert_eq!((stage.rows("payment"), stage.rows("customer"), stage.rows("operation")), (0, 1, 2));
}

/// D1, D4: twenty calls at once create a single customer at Stripe, with billing's id.
#[tokio::test]
async fn concurrent_first_calls_create_a_single_stripe_customer() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let calls = (0..20).map(|number| {
        let billing = billing.clone();
        tokio::spawn(async move {
            let request = format!("first-{number}");
            // Half of the calls pay and keep the card, half only keep a card.
            if number % 2 == 0 {
                let result =
                    billing.authorize(pay_and_store_card(&request, "5.00 USD", "c-1")).await.result();
                result.stored_card.unwrap().token
            } else {
                billing.stored_card(store_card_request(&request, "c-1", "pm_card_mastercard")).await.token
            }
        })
    });
    let mut tokens = std::collections::HashSet::new();
    for call in calls.collect::<Vec<_>>() {
        assert!(tokens.insert(call.await.unwrap()));
    }
    assert_eq!(created(&stage, "/v1/customers"), 1);
    let made = stage.sandbox.calls();
    let made = made.iter().find(|call| call.method == "POST" && call.path == "/v1/customers").unwrap();
    let body = String::from_utf8(made.body.clone()).unwrap();
    assert!(body.contains("metadata%5Bcauseway_customer%5D=c-1"), "{body}");
    assert_eq!(billing.cards("c-1").await.cards.len(), 20);
}

/// Number of POST calls to a path.
fn created(stage: &Stage, path: &str) -> usize {
    stage.sandbox.calls().iter().filter(|call| call.method == "POST" && call.path == path).count()
}

/// D1: a customer is created once, although Stripe's answer to the creation was lost.
#[tokio::test]
async fn a_lost_answer_creates_no_second_customer() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    let silent = billing.tokenize(store_card_request("1", "c-1", "pm_card_visa")).await.unwrap();
    assert_eq!(silent.status(), TokenizationStatus::FailedToDeliver);
    let stored = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    assert_eq!(stored.status(), CardStatus::Active);
    let keys: std::collections::HashSet<_> = stage
        .sandbox
        .calls()
        .iter()
        .filter(|call| call.method == "POST" && call.path == "/v1/customers")
        .map(|call| (call.header("idempotency-key").unwrap().to_owned(), call.body.clone()))
        .collect();
    assert_eq!(keys.len(), 1, "the same bytes under the same key");
}

/// A lost answer makes no second customer, however late the retry comes. A 500 that Stripe keeps under a
/// key does not block the customer for a day: after 11 minutes a new key is used.
#[tokio::test]
async fn a_customer_creation_without_answer_is_retried_after_eleven_minutes() {
    for (fault, customers) in [(Fault::LoseAnswer, 1), (Fault::ServerError { effect: false }, 2)] {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let times = if customers == 1 { 4 } else { 1 };
        stage.sandbox.arm_rule(post_fault(fault, times));
        let silent = billing.tokenize(store_card_request("1", "c-1", "pm_card_visa")).await.unwrap();
        assert_eq!(silent.status(), TokenizationStatus::FailedToDeliver, "{fault:?}");
        stage.clock.forward(jiff::SignedDuration::from_mins(11));
        billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
        let calls = stage.sandbox.calls();
        let keys: std::collections::HashSet<_> = calls
            .iter()
            .filter(|call| call.method == "POST" && call.path == "/v1/customers")
            .map(|call| call.header("idempotency-key").unwrap())
            .collect();
        assert_eq!(keys.len(), customers, "{fault:?}");
    }
}

/// D3, E13: a change is a single call, no change is no call, and the address reaches Stripe.
#[tokio::test]
async fn a_changed_customer_is_updated_at_stripe() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let ann = v1::Customer {
        name: "Ann Größe".to_owned(),
        phone: "+4915123456789".to_owned(),
        language: "de".to_owned(),
        address: Some(v1::Address {
            line1: "Hauptstraße 1".to_owned(),
            city: "Ulm".to_owned(),
            country: "DE".to_owned(),
            ..Default::default()
        }),
        ..customer("c-1").unwrap()
    };
    let put = billing.put_customer("1", Some(ann.clone())).await.unwrap().result.unwrap();
    assert_eq!((put.outcome(), put.customer_id.as_str()), (Outcome::Approved, "c-1"));
    assert!(put.processor_customer.starts_with("cus_"));
    assert_eq!(stage.stripe_posts(), 1);

    billing.put_customer("2", Some(ann.clone())).await.unwrap();
    billing.put_customer("3", only_id("c-1")).await.unwrap();
    assert_eq!(stage.stripe_posts(), 1, "nothing has changed");

    let moved = v1::Customer { email: "ann@example.org".to_owned(), ..only_id("c-1").unwrap() };
    billing.put_customer("4", Some(moved)).await.unwrap();
    let calls = stage.sandbox.calls();
    let bodies: Vec<_> = calls.iter().map(|call| String::from_utf8(call.body.clone()).unwrap()).collect();
    assert!(bodies[0].contains("address%5Bline1%5D=Hauptstra%C3%9Fe+1"), "{}", bodies[0]);
    assert!(bodies[0].contains("preferred_locales%5B%5D=de"), "{}", bodies[0]);
    assert_eq!(bodies[1], "email=ann%40example.org");

    let again = billing.put_customer("4", only_id("c-1")).await;
    assert_eq!(refused(again), "AlreadyExists REQUEST_ID_REUSED");
    assert!(billing.put_customer("1", Some(ann)).await.unwrap().result.unwrap().duplicate);
    let wrong = v1::Customer { email: "nobody".to_owned(), ..only_id("c-1").unwrap() };
    assert_eq!(refused(billing.put_customer("5", Some(wrong)).await), "InvalidArgument MALFORMED_REQUEST");
}

/// C8, D5: a token needs a valid email, and the refusal comes before a call to Stripe. An email from an
/// earlier PutCustomer is enough, and a payment without a kept card needs no email.
#[tokio::test]
async fn storing_a_card_requires_an_email() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for email in ["", "nobody", "ann@", "ann@localhost", "Ann <ann@example.com>", "ann@exam ple.com"] {
        let customer = Some(v1::Customer { email: email.to_owned(), ..only_id("c-1").unwrap() });
        let message = v1::TokenizeRequest {
            customer: customer.clone(),
            ..store_card_request("1", "c-1", "pm_card_visa")
        };
        let status = billing.tokenize(message).await.unwrap_err();
        let refusal_details = causeway::status::RefusalDetails::of(&status);
        assert_eq!(
            (refusal_details.reason.as_str(), refusal_details.metadata["rule"].as_str()),
            ("EMAIL_REQUIRED", "customer.email")
        );
        assert_eq!(
            refusal_details.payer_message,
            "Please add a valid email address to your account before you save a card."
        );
        let message = v1::AuthorizeRequest { customer, ..pay_and_store_card("1", "5.00 USD", "c-1") };
        assert_eq!(billing.authorize(message).await.reason(), "FailedPrecondition EMAIL_REQUIRED", "{email}");
    }
    assert_eq!((stage.calls(), stage.rows("operation"), stage.rows("customer")), (0, 0, 0));

    billing.authorize(order("2", "5.00 USD")).await.held_payment();
    let without = v1::AuthorizeRequest { customer: only_id("c-1"), ..order("3", "5.00 USD") };
    assert_eq!(billing.authorize(without).await.held_payment().customer_id, "c-1");
    billing.put_customer("4", customer("c-1")).await.unwrap();
    let message =
        v1::TokenizeRequest { customer: only_id("c-1"), ..store_card_request("5", "c-1", "pm_card_visa") };
    billing.stored_card(message).await;
}

/// D7: a deleted card is gone from the list and from Stripe and pays no more; a second deletion
/// has the same answer.
#[tokio::test]
async fn a_deleted_card_cannot_pay() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    billing.authorize(pay("2", "5.00 USD", "c-1", &card.token)).await.held_payment();

    let deleted = billing.delete_card("3", "c-1", &card.token).await.unwrap();
    assert_eq!(deleted.status(), DeletionStatus::SuccessfullyDeleted);
    let again = billing.delete_card("4", "c-1", &card.token).await.unwrap();
    assert_eq!(again.status(), DeletionStatus::SuccessfullyDeleted);
    let strip = |answer: v1::DeleteCardResponse| {
        let mut result = answer.result.unwrap();
        result.duplicate = false;
        result
    };
    let copy = billing.delete_card("3", "c-1", &card.token).await.unwrap();
    assert!(copy.result.as_ref().unwrap().duplicate);
    assert_eq!(strip(deleted.clone()), strip(again));
    assert_eq!(strip(deleted), strip(copy));

    assert_eq!(billing.cards("c-1").await.cards, []);
    let refusal = billing.authorize(pay("5", "5.00 USD", "c-1", &card.token)).await;
    assert_eq!(refusal.reason(), "FailedPrecondition CARD_DELETED");
    let recorded_calls = stage.sandbox.calls();
    let detached = recorded_calls.iter().filter(|call| call.path.ends_with("/detach")).count();
    assert_eq!((detached, stage.authorizations()), (1, 1));
}

/// D7, D14: a card that was removed in Stripe's dashboard is deleted as well. When Stripe refuses or does
/// not answer, the result reports the failure; after a lost answer the card pays no more.
#[tokio::test]
async fn deleting_a_card_ends_with_one_of_three_statuses() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let [first, second] = [
        store_card_request("1", "c-1", "pm_card_visa"),
        store_card_request("2", "c-1", "pm_card_mastercard"),
    ];
    let (first, second) = (billing.stored_card(first).await, billing.stored_card(second).await);

    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    let lost = billing.delete_card("3", "c-1", &first.token).await.unwrap();
    assert_eq!(lost.status(), DeletionStatus::FailedToDeliver);
    assert_eq!(lost.result.unwrap().card.unwrap().status(), CardStatus::Deleting);
    let refusal = billing.authorize(pay("4", "5.00 USD", "c-1", &first.token)).await;
    assert_eq!(refusal.reason(), "FailedPrecondition CARD_DELETED");
    let found_out = billing.delete_card("3", "c-1", &first.token).await.unwrap();
    assert_eq!(found_out.status(), DeletionStatus::SuccessfullyDeleted);

    stage.sandbox.revoke_key(crate::stage::settings::ACME_KEY);
    let failed = billing.delete_card("5", "c-1", &second.token).await.unwrap();
    assert_eq!(failed.status(), DeletionStatus::FailedToDelete);
    let result = failed.result.unwrap();
    assert_eq!(result.failure.unwrap().code, "PROCESSOR_KEY_REFUSED");
    assert_eq!(result.card.unwrap().status(), CardStatus::Active, "it is still there");
}

/// D14: the statuses with which a tokenization ends.
#[tokio::test]
async fn tokenizing_a_card_ends_with_one_of_five_statuses() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let status = async |message| billing.tokenize(message).await.unwrap().status();
    assert_eq!(
        status(store_card_request("1", "c-1", "pm_card_visa")).await,
        TokenizationStatus::SuccessfullyTokenized
    );
    assert_eq!(
        status(store_card_request("2", "c-1", "pm_card_visa_chargeDeclined")).await,
        TokenizationStatus::FailedToTokenize
    );
    assert_eq!(
        status(store_card_request("3", "c-1", "pm_card_authenticationRequired")).await,
        TokenizationStatus::AdditionalActionRequired
    );
    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    assert_eq!(
        status(store_card_request("4", "c-1", "pm_card_visa")).await,
        TokenizationStatus::FailedToDeliver
    );
    assert_eq!(
        status(store_card_request("4", "c-1", "pm_card_visa")).await,
        TokenizationStatus::SuccessfullyTokenized
    );
}

/// D5, F1: the payer authenticates, and a repetition of the request finds the card kept.
#[tokio::test]
async fn a_card_is_stored_after_the_payer_authenticates() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for (request, passes) in [("1", true), ("2", false)] {
        let message = || v1::TokenizeRequest {
            return_url: "https://portal.example/back".to_owned(),
            ..store_card_request(request, "c-1", "pm_card_authenticationRequired")
        };
        let result = billing.tokenize(message()).await.unwrap().result.unwrap();
        let action = result.action.unwrap();
        assert_eq!(action.r#type, "redirect_to_url");
        assert!(action.redirect_url.starts_with("http"), "{action:?}");
        let setup = action.client_secret.split("_secret_").next().unwrap().to_owned();
        let card = result.card.unwrap();
        let early = billing.authorize(pay(&format!("early-{request}"), "5.00 USD", "c-1", &card.token)).await;
        assert_eq!(early.reason(), "FailedPrecondition CARD_NOT_USABLE");

        assert!(stage.sandbox.authenticate(&setup, passes));
        let after = billing.tokenize(message()).await.unwrap();
        let expected = if passes {
            TokenizationStatus::SuccessfullyTokenized
        } else {
            TokenizationStatus::FailedToTokenize
        };
        assert_eq!(after.status(), expected);
        assert!(after.result.unwrap().duplicate);
    }
    assert_eq!(billing.cards("c-1").await.cards.len(), 1);
}

/// D13: two lists are a single call to Stripe; a change makes the next list fresh, and so does time. A card
/// removed in Stripe's dashboard is missing from the fresh list.
#[tokio::test]
async fn a_card_list_is_cached_until_a_change_or_expiry() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let listed =
        || stage.sandbox.calls().iter().filter(|call| call.path.ends_with("/payment_methods")).count();
    billing.cards("c-1").await;
    billing.cards("c-1").await;
    assert_eq!(listed(), 1);
    let second = billing.stored_card(store_card_request("2", "c-1", "pm_card_mastercard")).await;
    assert_eq!(billing.cards("c-1").await.cards[0].token, second.token, "the newest comes first");
    assert_eq!(listed(), 2);

    let path = format!("/v1/payment_methods/{}/detach", second.processor_id);
    crate::stage::post(&stage, crate::stage::settings::ACME_KEY, &path, "").await;
    assert_eq!(billing.cards("c-1").await.cards.len(), 2, "believed for now");
    stage.clock.forward(jiff::SignedDuration::from_mins(16));
    let after = billing.cards("c-1").await;
    assert_eq!((after.cards.len(), after.unconfirmed), (1, false));
    assert_eq!(listed(), 3);
    let refusal = billing.authorize(pay("3", "5.00 USD", "c-1", &second.token)).await;
    assert_eq!(refusal.reason(), "FailedPrecondition CARD_DELETED");

    stage.clock.forward(jiff::SignedDuration::from_mins(16));
    stage.sandbox.arm_rule(crate::stage::FaultRule {
        method: Some("GET".to_owned()),
        ..post_fault(Fault::RefuseBefore, 4)
    });
    let own = billing.cards("c-1").await;
    assert_eq!((own.cards.len(), own.unconfirmed), (1, true), "Stripe cannot be asked, so the list is ours");
    assert_eq!(billing.cards("nobody").await.cards, []);
}

/// B14: the lifetime of a cached list is a setting, and 0 disables the cache.
#[tokio::test]
async fn a_card_list_is_read_each_time_with_the_cache_disabled() {
    let setting = "publishable_key = \"pk_test_acme1\"";
    let stage = Stage::with_settings(|settings| {
        settings.replace(setting, &format!("{setting}\ncard_list_seconds = 0"))
    })
    .await;
    let billing = stage.billing().await;
    billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let before = stage.calls();
    for _ in 0..3 {
        assert_eq!(billing.cards("c-1").await.cards.len(), 1);
    }
    assert_eq!(stage.calls() - before, 3);
    billing.authorize(order("2", "5.00 USD")).await.held_payment();
    billing.authorize(order("3", "5.00 USD")).await.held_payment();
    assert_eq!(stage.calls() - before, 7, "each PaymentMethod is looked at again");
}
