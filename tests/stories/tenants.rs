//! Two tenants with separate accounts (A7, P3).

use causeway::v1::{self, get_payment_request::By};

use crate::stage::{
    Billing, Stage,
    billing::reason,
    order,
    settings::{ACME_KEY, BILLING_TOKEN, GLOBEX_KEY},
};

#[tokio::test]
async fn a_tenant_cannot_read_another_tenants_payments() {
    let stage = Stage::open().await;
    let acme = stage.billing().await;
    let globex_adapter = stage.adapter_of_globex().await;
    let globex = Billing::connect(globex_adapter.address, BILLING_TOKEN).await;
    let request = v1::AuthorizeRequest { billing_reference: "INV".to_owned(), ..order("1", "10.00 USD") };

    let held = acme.authorize(request.clone()).await.held_payment();
    let globex_payment = globex.authorize(request).await.held_payment();
    assert_ne!(held.id, globex_payment.id, "the same request id of another tenant is another request");

    let ids = held.processor_ids.clone().unwrap();
    let absent = globex
        .get_payment(By::PaymentId("01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d".to_owned()))
        .await
        .unwrap_err();
    for by in
        [By::PaymentId(held.id.clone()), By::ProcessorId(ids.payment_intent), By::ProcessorId(ids.charge)]
    {
        let status = globex.get_payment(by).await.unwrap_err();
        assert_eq!(reason(&status), "NotFound PAYMENT_NOT_FOUND");
        assert_eq!(status.message(), absent.message(), "the same as for what is not there");
    }
    assert_eq!(globex.capture("2", &held.id, None).await.reason(), "NotFound PAYMENT_NOT_FOUND");
    assert_eq!(globex.refund("3", &held.id, None).await.reason(), "NotFound PAYMENT_NOT_FOUND");
    let listed = globex.list(v1::ListPaymentsRequest::default()).await.unwrap();
    assert_eq!(
        listed.payments.iter().map(|payment| payment.id.as_str()).collect::<Vec<_>>(),
        [globex_payment.id.as_str()]
    );
    let by_reference = globex.get_payment(By::BillingReference("INV".to_owned())).await.unwrap();
    assert_eq!(by_reference.payment.unwrap().id, globex_payment.id);
}

#[tokio::test]
async fn each_payment_uses_the_account_of_its_tenant_and_currency() {
    let stage = Stage::open().await;
    let acme = stage.billing().await;
    let globex_adapter = stage.adapter_of_globex().await;
    let globex = Billing::connect(globex_adapter.address, BILLING_TOKEN).await;
    acme.authorize(order("1", "10.00 USD")).await.held_payment();
    acme.authorize(order("2", "20.00 EUR")).await.captured_payment();
    globex.authorize(order("1", "40.00 USD")).await.held_payment();

    let ledger = stage.sandbox.ledger();
    let account = |key: &str| stage.sandbox.account_of(key).unwrap();
    let (main, second, globex_payment) =
        (account(ACME_KEY), account("sk_test_acme000000000000000002"), account(GLOBEX_KEY));
    assert_eq!(ledger.authorized(Some(&main), "usd"), 1000);
    assert_eq!(ledger.authorized(Some(&second), "eur"), 2000);
    assert_eq!(ledger.authorized(Some(&globex_payment), "usd"), 4000);
    assert_eq!(ledger.authorized(None, "usd"), 5000);
}
