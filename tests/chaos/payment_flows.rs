//! The billing platform's calls for one payment, from authorization to the last refund.

use std::time::Duration;

use causeway::v1;

use crate::{
    billing::{Ask, Billing},
    driver::{Driver, GIVES_UP},
    history::{Kind, Reply},
    plan::{Life, Plan, money},
};

impl Driver {
    pub(crate) async fn live(&self, mut plan: Plan) {
        let billing = self.billing(plan.tenant);
        let order = plan.order(&self.deck);
        let ask = Ask::Authorize(Box::new(order.clone()));
        let answer = self.request(&billing, &mut plan, Kind::Authorize, ask).await;
        let Some(payment) = answer.payment else { return };
        if plan.looks && answer.reply == Reply::Approved {
            self.look_behind(&billing, &plan.request("pay")).await;
        }
        if plan.changed && answer.reply.is_definitive() {
            self.somebody_else(&billing, &plan, order).await;
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
        match plan.life {
            Life::VoidRefused => {
                let reply =
                    billing.void(v1::VoidRequest { request_id: plan.request("void"), payment_id }).await;
                self.history.note("void", &plan.request("void"), &format!("{reply:?}"));
                assert_ne!(reply, Reply::Approved, "a void is always refused");
            }
            Life::Released => {
                let request_id = plan.request("release");
                let ask = Ask::Release(v1::ReleaseHoldRequest { request_id, payment_id, reason: 0 });
                self.request(billing, plan, Kind::Release, ask).await;
            }
            Life::Captured | Life::Refunded => {
                let part = if plan.rng.percent(30) { 60 } else { 100 };
                let coins = plan.coins * part / 100;
                let ask = Ask::Capture(v1::CaptureRequest {
                    request_id: plan.request("capture"),
                    payment_id: payment_id.clone(),
                    amount: Some(money(coins, plan.currency)),
                    answer_mode: plan.answer_mode().into(),
                });
                let mut part = Plan { coins, ..plan.clone() };
                let taken = self.request(billing, &mut part, Kind::Capture, ask).await;
                if plan.life == Life::Refunded && taken.reply == Reply::Approved {
                    let coins = (coins / 3).max(1);
                    let ask = Ask::Refund(v1::RefundRequest {
                        request_id: plan.request("refund"),
                        payment_id,
                        amount: Some(money(coins, plan.currency)),
                        answer_mode: plan.answer_mode().into(),
                        ..Default::default()
                    });
                    self.request(billing, &mut Plan { coins, ..part }, Kind::Refund, ask).await;
                }
            }
            Life::Held | Life::TakenAtOnce | Life::Declined => {}
            Life::Authenticated | Life::LeftAlone => {}
        }
    }

    /// The journal shows an answer's outcome as soon as the answer has arrived.
    async fn look_behind(&self, billing: &Billing, id: &str) {
        if let Ok(payment) = billing.look_up(id).await {
            let said = payment.status().as_str_name().trim_start_matches("PAYMENT_STATUS_").to_owned();
            self.history.note("looked behind", id, &said);
            self.history.change(id, |request| request.behind = Some(said));
        }
    }

    /// The payer passes the bank's check, and the billing platform asks again.
    async fn authenticate(&self, billing: &Billing, plan: &mut Plan, payment: &v1::Payment) {
        if plan.life != Life::Authenticated {
            return;
        }
        let intent = payment.processor_ids.as_ref().map(|ids| ids.payment_intent.clone()).unwrap_or_default();
        let passed = self.world.stripe.authenticate(&intent, true).await;
        self.history.note("authenticated", &plan.request("pay"), &passed.to_string());
        let ask = Ask::Authorize(Box::new(plan.order(&self.deck)));
        for _ in 0..5 {
            let answer = self.insist(billing, &plan.request("pay"), &ask, (&mut plan.rng, GIVES_UP)).await;
            if answer.reply != Reply::NotYet {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Another content under the same request id: the request must be refused, without any effect.
    async fn somebody_else(&self, billing: &Billing, plan: &Plan, order: v1::AuthorizeRequest) {
        let id = order.request_id.clone();
        let amount = Some(money(plan.coins + 1, plan.currency));
        let ask = Ask::Authorize(Box::new(v1::AuthorizeRequest { amount, ..order }));
        for _ in 0..20 {
            let reply = billing.ask(ask.clone()).await.reply;
            self.history.note("told another", &id, &format!("{reply:?}"));
            let known = !matches!(reply, Reply::Nothing(_));
            self.history.change(&id, |request| request.told_others.push(reply));
            if known {
                return;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
}
