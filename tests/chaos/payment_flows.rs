//! The billing platform's calls for one payment, from authorization to the last refund.

use std::time::Duration;

use causeway::v1;

use crate::{
    billing::{Billing, BillingCall},
    driver::{Driver, REPETITION_LIMIT},
    history::{Kind, Reply},
    plan::{Course, Plan, money},
};

impl Driver {
    pub(crate) async fn play(&self, mut plan: Plan) {
        let billing = self.billing(plan.tenant);
        let order = plan.order(&self.deck);
        let ask = BillingCall::Authorize(Box::new(order.clone()));
        let answer = self.request(&billing, &mut plan, Kind::Authorize, ask).await;
        let Some(payment) = answer.payment else { return };
        if plan.looks_up && answer.reply == Reply::Approved {
            self.compare_with_journal(&billing, &plan.request("pay")).await;
        }
        if plan.changed && answer.reply.is_definitive() {
            self.send_other_content(&billing, &plan, order).await;
        }
        if answer.reply == Reply::NotYet {
            self.authenticate(&billing, &mut plan, &payment).await;
            return;
        }
        if answer.reply != Reply::Approved {
            return;
        }
        self.follow_up(&billing, &mut plan, &payment.id).await;
    }

    async fn follow_up(&self, billing: &Billing, plan: &mut Plan, payment: &str) {
        let payment_id = payment.to_owned();
        match plan.course {
            Course::VoidRefused => {
                let reply =
                    billing.void(v1::VoidRequest { request_id: plan.request("void"), payment_id }).await;
                self.history.note("void", &plan.request("void"), &format!("{reply:?}"));
                assert_ne!(reply, Reply::Approved, "a void is always refused");
            }
            Course::Released => {
                let request_id = plan.request("release");
                let ask = BillingCall::Release(v1::ReleaseHoldRequest { request_id, payment_id, reason: 0 });
                self.request(billing, plan, Kind::Release, ask).await;
            }
            Course::Captured | Course::Refunded => {
                let part = if plan.rng.percent(30) { 60 } else { 100 };
                let minor_units = plan.minor_units * part / 100;
                let ask = BillingCall::Capture(v1::CaptureRequest {
                    request_id: plan.request("capture"),
                    payment_id: payment_id.clone(),
                    amount: Some(money(minor_units, plan.currency)),
                    answer_mode: plan.answer_mode().into(),
                });
                let mut part = Plan { minor_units, ..plan.clone() };
                let taken = self.request(billing, &mut part, Kind::Capture, ask).await;
                if plan.course == Course::Refunded && taken.reply == Reply::Approved {
                    let minor_units = (minor_units / 3).max(1);
                    let ask = BillingCall::Refund(v1::RefundRequest {
                        request_id: plan.request("refund"),
                        payment_id,
                        amount: Some(money(minor_units, plan.currency)),
                        answer_mode: plan.answer_mode().into(),
                        ..Default::default()
                    });
                    self.request(billing, &mut Plan { minor_units, ..part }, Kind::Refund, ask).await;
                }
            }
            Course::Held | Course::CapturedAtOnce | Course::Declined => {}
            Course::Authenticated | Course::Unauthenticated => {}
        }
    }

    /// The journal shows an answer's outcome as soon as the answer has arrived.
    async fn compare_with_journal(&self, billing: &Billing, id: &str) {
        if let Ok(payment) = billing.look_up(id).await {
            let status = payment.status().as_str_name().trim_start_matches("PAYMENT_STATUS_").to_owned();
            self.history.note("looked behind", id, &status);
            self.history.change(id, |request| request.journal_status = Some(status));
        }
    }

    /// The payer passes the bank's check, and the billing platform asks again.
    async fn authenticate(&self, billing: &Billing, plan: &mut Plan, payment: &v1::Payment) {
        if plan.course != Course::Authenticated {
            return;
        }
        let intent = payment.processor_ids.as_ref().map(|ids| ids.payment_intent.clone()).unwrap_or_default();
        let passed = self.test_bed.stripe.authenticate(&intent, true).await;
        self.history.note("authenticated", &plan.request("pay"), &passed.to_string());
        let ask = BillingCall::Authorize(Box::new(plan.order(&self.deck)));
        for _ in 0..5 {
            let answer = self
                .repeat_until_answered(billing, &plan.request("pay"), &ask, (&mut plan.rng, REPETITION_LIMIT))
                .await;
            if answer.reply != Reply::NotYet {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Another content under the same request id: the request must be refused, without any effect.
    async fn send_other_content(&self, billing: &Billing, plan: &Plan, order: v1::AuthorizeRequest) {
        let id = order.request_id.clone();
        let amount = Some(money(plan.minor_units + 1, plan.currency));
        let ask = BillingCall::Authorize(Box::new(v1::AuthorizeRequest { amount, ..order }));
        for _ in 0..20 {
            let reply = billing.ask(ask.clone()).await.reply;
            self.history.note("told another", &id, &format!("{reply:?}"));
            let known = !matches!(reply, Reply::Nothing(_));
            self.history.change(&id, |request| request.replies_to_others.push(reply));
            if known {
                return;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
}
