//! Calls about a payment's later life, and the payment's state at Stripe.

use causeway::v1::{self, OrderFailure, ReleaseReason};
use causeway_sandbox::{Effect, Fault, FaultRule};
use tonic::{Response, Status};

use super::{Answer, Billing, Stage, billing::money, post_fault, settings};

/// A request to import a PaymentIntent.
pub(crate) fn import(id: &str, intent: &str) -> v1::ImportPaymentRequest {
    v1::ImportPaymentRequest {
        request_id: id.to_owned(),
        payment_intent: intent.to_owned(),
        payment_system: "main".to_owned(),
        ..Default::default()
    }
}

/// A request that is answered before the outcome is known.
pub(crate) fn async_answer(order: v1::AuthorizeRequest) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest { answer_mode: v1::AnswerMode::Async.into(), ..order }
}

/// A request for an authorization with capture at once.
pub(crate) fn captured_at_once(order: v1::AuthorizeRequest) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest { capture_mode: v1::CaptureMode::Automatic.into(), ..order }
}

/// The id of a payment's PaymentIntent, "pi_…".
pub(crate) fn intent(payment: &v1::Payment) -> String {
    payment.processor_ids.clone().unwrap().payment_intent
}

/// The bodies of POST calls with this end of the path.
pub(crate) fn posted_bodies(stage: &Stage, ending: &str) -> Vec<String> {
    let calls = stage.sandbox.calls();
    let of_path = calls.iter().filter(|call| call.method == "POST" && call.path.ends_with(ending));
    of_path.map(|call| String::from_utf8(call.body.clone()).unwrap()).collect()
}

/// The effects on money in order, as "Authorized 1250".
pub(crate) fn money_effects(stage: &Stage) -> Vec<String> {
    let ledger = stage.sandbox.ledger();
    let formatted = |effect: Effect, amount: u64| format!("{effect:?} {amount}");
    ledger.entries().iter().map(|entry| formatted(entry.effect, entry.amount)).collect()
}

impl Stage {
    /// A call straight to Stripe, as in acme's dashboard; returns the object's id.
    pub(crate) async fn post_as_dashboard(&self, path: &str, form: &str) -> String {
        super::post(self, settings::ACME_KEY, path, form).await
    }

    /// Loses the answers to all tries of the next POST call under a path; with `done`, after Stripe
    /// has carried the call out.
    pub(crate) fn lose_calls(&self, path: &str, done: bool) {
        let fault = if done { Fault::LoseAnswer } else { Fault::RefuseBefore };
        self.sandbox.arm_rule(FaultRule { path: Some(path.to_owned()), ..post_fault(fault, 4) });
    }
}

impl Billing {
    pub(crate) async fn confirm(&self, id: &str, payment: &str, method: &str) -> Answer {
        self.confirm_as(v1::ConfirmRequest {
            request_id: id.to_owned(),
            payment_id: payment.to_owned(),
            payment_method: method.to_owned(),
            return_url: String::new(),
        })
        .await
    }

    pub(crate) async fn confirm_as(&self, message: v1::ConfirmRequest) -> Answer {
        let answer = self.client.clone().confirm(self.request(message)).await;
        Answer(answer.map(|answer| answer.into_inner().result.unwrap()))
    }

    pub(crate) async fn release(&self, id: &str, payment: &str, reason: ReleaseReason) -> Answer {
        let message = v1::ReleaseHoldRequest {
            request_id: id.to_owned(),
            payment_id: payment.to_owned(),
            reason: reason.into(),
        };
        let answer = self.client.clone().release_hold(self.request(message)).await;
        Answer(answer.map(|answer| answer.into_inner().result.unwrap()))
    }

    pub(crate) async fn order_failed(&self, id: &str, payment: &str, reason: OrderFailure) -> Answer {
        let message = v1::ReportOrderFailedRequest {
            request_id: id.to_owned(),
            payment_id: payment.to_owned(),
            reason: reason.into(),
            note: format!("note of {id}"),
        };
        let answer = self.client.clone().report_order_failed(self.request(message)).await;
        Answer(answer.map(|answer| answer.into_inner().result.unwrap()))
    }

    pub(crate) async fn import(&self, message: v1::ImportPaymentRequest) -> Answer {
        let answer = self.client.clone().import_payment(self.request(message)).await;
        Answer(answer.map(|answer| answer.into_inner().result.unwrap()))
    }

    pub(crate) async fn order_view(&self, reference: &str, expected: &str) -> v1::GetOrderResponse {
        let message = v1::GetOrderRequest {
            billing_reference: reference.to_owned(),
            expected_total: (!expected.is_empty()).then(|| money(expected)),
            ..Default::default()
        };
        self.client.clone().get_order(self.request(message)).await.unwrap().into_inner()
    }

    pub(crate) async fn deactivate(
        &self,
        id: &str,
        customer_id: &str,
    ) -> Result<v1::DeactivateCustomerResponse, Status> {
        let message =
            v1::DeactivateCustomerRequest { request_id: id.to_owned(), customer_id: customer_id.to_owned() };
        self.client.clone().deactivate_customer(self.request(message)).await.map(Response::into_inner)
    }
}
