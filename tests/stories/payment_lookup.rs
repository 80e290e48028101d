//! GetPayment and ListPayments read payments from the journal (E9).

use causeway::v1::{self, PaymentStatus, get_payment_request::By};

use crate::stage::{Stage, billing::reason, method, order};

#[tokio::test]
async fn a_payment_is_found_by_each_of_its_ids() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = v1::AuthorizeRequest { billing_reference: "INV 17".to_owned(), ..order("1", "10.00 USD") };
    let held = billing.authorize(request).await.held_payment();
    billing.capture("2", &held.id, None).await.captured_payment();
    let payment = billing.refund("3", &held.id, Some("4.00 USD")).await.captured_payment();
    let ids = payment.processor_ids.clone().unwrap();

    let names = [
        By::PaymentId(payment.id.clone()),
        By::BillingReference("INV 17".to_owned()),
        By::ProcessorId(ids.payment_intent),
        By::ProcessorId(ids.charge),
        By::ProcessorId(ids.balance_transaction),
        By::ProcessorId(payment.refunds[0].processor_id.clone()),
        By::RequestId("1".to_owned()),
        By::RequestId("2".to_owned()),
        By::RequestId("3".to_owned()),
    ];
    let calls = stage.calls();
    for name in names {
        let found = billing.get_payment(name.clone()).await.unwrap();
        assert_eq!(found.payment.unwrap(), payment, "{name:?}");
        let timeline: Vec<_> =
            found.timeline.iter().map(|entry| format!("{} {}", entry.source, entry.note)).collect();
        assert_eq!(
            timeline,
            [
                "billing 10.00 USD was asked for",
                "api 10.00 USD is held",
                "billing a capture of 10.00 USD was asked for",
                "api 10.00 USD was captured",
                "billing a refund of 4.00 USD was asked for",
                "api 4.00 USD was refunded",
            ]
        );
        let statuses: Vec<_> = found.timeline.iter().map(|entry| entry.to()).collect();
        use PaymentStatus::{Authorized, Captured, Started};
        assert_eq!(statuses, [Started, Authorized, Authorized, Captured, Captured, Captured]);
    }
    assert_eq!(stage.calls(), calls, "looking asks nobody");
    let unknown = billing.get_payment(By::RequestId("4".to_owned())).await.unwrap_err();
    assert_eq!(reason(&unknown), "NotFound PAYMENT_NOT_FOUND");
    let wrong = billing.get_payment(By::ProcessorId("pi_1' OR 1=1".to_owned())).await.unwrap_err();
    assert_eq!(reason(&wrong), "InvalidArgument MALFORMED_REQUEST");
}

#[tokio::test]
async fn payments_are_listed_in_pages_and_by_filter() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for number in 0..7 {
        let card = if number % 3 == 0 { "pm_card_visa_chargeDeclined" } else { "pm_card_visa" };
        let request = v1::AuthorizeRequest {
            billing_reference: format!("INV {}", number % 2),
            instrument: method(card),
            ..order(&format!("{number}"), "10.00 USD")
        };
        billing.authorize(request).await.result();
    }
    let ids = |page: &v1::ListPaymentsResponse| {
        page.payments.iter().map(|p| p.request_id.clone()).collect::<Vec<_>>()
    };
    let all = |page_size, page_token: &str| v1::ListPaymentsRequest {
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    };

    let first = billing.list(all(3, "")).await.unwrap();
    assert_eq!(ids(&first), ["6", "5", "4"]);
    let second = billing.list(all(3, &first.next_page_token)).await.unwrap();
    assert_eq!(ids(&second), ["3", "2", "1"]);
    let third = billing.list(all(3, &second.next_page_token)).await.unwrap();
    assert_eq!((ids(&third), third.next_page_token.as_str()), (vec!["0".to_owned()], ""));

    let odd = v1::ListPaymentsRequest { billing_reference: "INV 1".to_owned(), ..Default::default() };
    assert_eq!(ids(&billing.list(odd).await.unwrap()), ["5", "3", "1"]);
    let declined = v1::ListPaymentsRequest { status: PaymentStatus::Declined.into(), ..Default::default() };
    assert_eq!(ids(&billing.list(declined).await.unwrap()), ["6", "3", "0"]);
    let from = first.payments[1].created;
    let newest = v1::ListPaymentsRequest { created_from: from, ..Default::default() };
    assert_eq!(ids(&billing.list(newest).await.unwrap()), ["6", "5"]);
    let older = v1::ListPaymentsRequest { created_before: from, ..Default::default() };
    assert_eq!(ids(&billing.list(older).await.unwrap()).len(), 5);

    for wrong in
        [all(101, ""), all(-1, ""), all(1, "x"), v1::ListPaymentsRequest { status: 99, ..Default::default() }]
    {
        assert_eq!(reason(&billing.list(wrong).await.unwrap_err()), "InvalidArgument MALFORMED_REQUEST");
    }
}
