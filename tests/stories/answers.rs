//! Answers are bounded (E10, F-7): every list of the largest content is read by a client with gRPC's
//! default limit, page by page, and a token is good for its own list only.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use causeway::{
    bounds::{CLIENT_LIMIT, PAGE_LIMIT},
    v1,
};
use prost::Message;
use tonic::Status;

use crate::stage::{
    Billing, Stage,
    billing::{money, read, reason},
    order,
    settings::{self, BILLING_TOKEN},
};

/// Payments of the order; together larger than an answer may be.
const PAYMENTS: usize = 50;

/// The largest texts that Authorize takes: four bytes for each character.
fn largest(number: usize) -> v1::AuthorizeRequest {
    let metadata: HashMap<_, _> =
        (0..40).map(|key| (format!("{key:02}{}", "𝄞".repeat(38)), "𝄞".repeat(500))).collect();
    v1::AuthorizeRequest {
        billing_reference: "INV".to_owned(),
        description: "𝄞".repeat(250),
        metadata,
        ..order(&format!("r-{number}"), "1.00 USD")
    }
}

async fn with_a_large_order() -> (Stage, Billing) {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for number in 0..PAYMENTS {
        billing.authorize(largest(number)).await.held_payment();
    }
    (stage, billing)
}

async fn order_page(billing: &Billing, size: i32, token: &str) -> Result<v1::GetOrderResponse, Status> {
    let message = v1::GetOrderRequest {
        billing_reference: "INV".to_owned(),
        page_size: size,
        page_token: token.to_owned(),
        ..Default::default()
    };
    billing.client.clone().get_order(billing.request(message)).await.map(tonic::Response::into_inner)
}

fn listing(token: &str) -> v1::ListPaymentsRequest {
    v1::ListPaymentsRequest { page_size: 100, page_token: token.to_owned(), ..Default::default() }
}

fn ids(payments: &[v1::Payment]) -> Vec<String> {
    payments.iter().map(|payment| payment.request_id.clone()).collect()
}

/// Every answer with a list is either in the tables of this module or of a fixed size: a new list has
/// to be added here.
#[test]
fn every_list_is_known() {
    let files = prost_types::FileDescriptorSet::decode(v1::DESCRIPTORS).unwrap();
    let messages: BTreeMap<_, _> = files
        .file
        .iter()
        .flat_map(|file| &file.message_type)
        .map(|message| (message.name().to_owned(), message.clone()))
        .collect();
    let outputs = files.file.iter().flat_map(|file| &file.service).flat_map(|service| &service.method);
    let lists: BTreeSet<_> = outputs
        .map(|method| method.output_type().rsplit('.').next().unwrap().to_owned())
        .filter(|name| {
            let fields = &messages[name].field;
            fields.iter().any(|field| field.label() == prost_types::field_descriptor_proto::Label::Repeated)
        })
        .collect();
    let known = [
        // As many as the operator's settings have.
        "GetCapabilitiesResponse",
        "ListPaymentOptionsResponse",
        // A verdict for each rule.
        "CheckPolicyResponse",
        // A count for each job.
        "RunJobResponse",
        // Paged, see below.
        "GetOrderResponse",
        "GetPaymentResponse",
        "ListCardsResponse",
        "ListPaymentsResponse",
    ];
    assert_eq!(lists, known.map(str::to_owned).into_iter().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_lists_are_read_page_by_page() {
    let (stage, billing) = with_a_large_order().await;
    let all: Vec<_> = (0..PAYMENTS).rev().map(|number| format!("r-{number}")).collect();

    let (mut listed, mut token, mut pages) = (vec![], String::new(), 0);
    loop {
        let page = billing.list(listing(&token)).await.unwrap();
        assert!(page.encoded_len() <= PAGE_LIMIT + 1000, "{}", page.encoded_len());
        listed.extend(ids(&page.payments));
        (token, pages) = (page.next_page_token, pages + 1);
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, all);
    assert!(pages > 3, "{pages}");

    let whole = order_page(&billing, 0, "").await.unwrap_err();
    assert_eq!(reason(&whole), "OutOfRange ANSWER_TOO_LARGE", "nothing is left out in silence");
    let (mut shown, mut token, mut totals) = (vec![], String::new(), vec![]);
    loop {
        let page = order_page(&billing, 100, &token).await.unwrap();
        assert!(page.encoded_len() < CLIENT_LIMIT / 2);
        assert_eq!(page.log.len(), 2 * page.authorizations.len(), "the log of this page");
        shown.extend(ids(&page.authorizations));
        totals.extend(page.totals);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(shown, all);
    let held: Vec<_> = totals.iter().map(|total| read(&total.authorized)).collect();
    assert_eq!(held, ["50.00 USD"], "of the whole order, and once");

    let events = billing.events(0).await;
    assert_eq!(events.len(), PAYMENTS, "each event is read by a default client");

    for wrong in [token_of(&billing, "INV").await, token_of(&billing, "").await] {
        assert_eq!(
            reason(&order_page(&billing, 100, &wrong).await.unwrap_err()),
            "InvalidArgument MALFORMED_REQUEST",
            "a token of another list"
        );
    }
    let globex_adapter = stage.adapter_of_globex().await;
    let theirs = Billing::connect(globex_adapter.address, BILLING_TOKEN).await;
    let token = token_of(&billing, "").await;
    assert!(!billing.list(listing(&token)).await.unwrap().payments.is_empty());
    assert_eq!(
        reason(&theirs.list(listing(&token)).await.unwrap_err()),
        "InvalidArgument MALFORMED_REQUEST",
        "a token of another tenant"
    );
}

/// The token of the second page of a list of payments.
async fn token_of(billing: &Billing, reference: &str) -> String {
    let message = v1::ListPaymentsRequest { billing_reference: reference.to_owned(), ..listing("") };
    let token = billing.list(message).await.unwrap().next_page_token;
    assert!(!token.is_empty());
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_order_is_one_answer_as_ever_and_also_comes_in_pages() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for number in 0..5 {
        let asked = v1::AuthorizeRequest {
            billing_reference: "INV".to_owned(),
            amount: Some(money("2.00 USD")),
            ..order(&format!("r-{number}"), "2.00 USD")
        };
        billing.authorize(asked).await.held_payment();
    }
    let whole = order_page(&billing, 0, "").await.unwrap();
    assert_eq!((whole.authorizations.len(), whole.log.len(), whole.next_page_token.as_str()), (5, 10, ""));
    let first = order_page(&billing, 2, "").await.unwrap();
    assert_eq!((ids(&first.authorizations).join(" "), first.totals), ("r-4 r-3".to_owned(), whole.totals));
    let second = order_page(&billing, 2, &first.next_page_token).await.unwrap();
    assert_eq!((ids(&second.authorizations).join(" "), second.totals.len()), ("r-2 r-1".to_owned(), 0));
    let third = order_page(&billing, 2, &second.next_page_token).await.unwrap();
    assert_eq!(
        (ids(&third.authorizations).join(" "), third.next_page_token),
        ("r-0".to_owned(), String::new())
    );
    for (size, token) in [(101, ""), (-1, ""), (0, first.next_page_token.as_str()), (2, "x")] {
        let refused = order_page(&billing, size, token).await.unwrap_err();
        assert_eq!(reason(&refused), "InvalidArgument MALFORMED_REQUEST", "{size} {token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_cards_come_in_pages() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for (number, card) in ["pm_card_visa", "pm_card_mastercard", "pm_card_amex"].into_iter().enumerate() {
        let message = v1::TokenizeRequest {
            request_id: format!("t-{number}"),
            customer: Some(v1::Customer {
                id: "ann".to_owned(),
                email: "ann@example.com".to_owned(),
                ..Default::default()
            }),
            instrument: Some(v1::tokenize_request::Instrument::PaymentMethod(card.to_owned())),
            payment_system: "main".to_owned(),
            ..Default::default()
        };
        billing.client.clone().tokenize(billing.request(message)).await.unwrap();
    }
    let page = async |size, token: &str| {
        let message = v1::ListCardsRequest {
            customer_id: "ann".to_owned(),
            page_size: size,
            page_token: token.to_owned(),
            ..Default::default()
        };
        billing.client.clone().list_cards(billing.request(message)).await.map(tonic::Response::into_inner)
    };
    let whole = page(0, "").await.unwrap();
    let first = page(2, "").await.unwrap();
    let second = page(2, &first.next_page_token).await.unwrap();
    assert_eq!((whole.cards.len(), first.cards.len(), second.cards.len()), (3, 2, 1));
    assert_eq!([first.cards, second.cards].concat(), whole.cards);
    assert_eq!((whole.next_page_token.as_str(), second.next_page_token.as_str()), ("", ""));
    let other = v1::ListCardsRequest {
        customer_id: "bob".to_owned(),
        page_token: first.next_page_token,
        ..Default::default()
    };
    let refused = billing.client.clone().list_cards(billing.request(other)).await.unwrap_err();
    assert_eq!(reason(&refused), "InvalidArgument MALFORMED_REQUEST");
    assert!(settings::rows(&stage.journal(), "card") == 3);
}
