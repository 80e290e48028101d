//! The billing platform's repetitions: the same request id until an answer or until the time limit.

use std::time::Duration;

use causeway::v1;
use tokio::time::Instant;

use crate::{
    billing::{Answer, Billing, BillingCall},
    config::SeededRng,
    driver::{Driver, REPETITION_LIMIT},
    history::{Kind, Reply, Request},
    plan::{Course, Plan},
};

impl Driver {
    /// Sends one request id, with all concurrent copies, until the first copy has an answer.
    pub(crate) async fn request(
        &self,
        billing: &Billing,
        plan: &mut Plan,
        kind: Kind,
        ask: BillingCall,
    ) -> Answer {
        let id = ask.request_id().to_owned();
        let request = Request {
            kind,
            tenant: plan.tenant,
            minor_units: plan.minor_units,
            currency: plan.currency,
            with_number: kind == Kind::Authorize && plan.card.is_some(),
            at_once: plan.course == Course::CapturedAtOnce,
            reply: vec![],
            replies_to_others: vec![],
            journal_status: None,
            status_at_end: None,
        };
        self.history.begin(&id, request);
        let mut rng = plan.rng.clone();
        let (tenant, at_once) = (plan.tenant, plan.at_once);
        let time_limit = if plan.impatient { Duration::ZERO } else { REPETITION_LIMIT };
        let copy = |number: u64| {
            let (ask, id) = (&ask, &id);
            async move {
                if number < at_once {
                    let billing = self.billing(tenant);
                    self.repeat_until_answered(&billing, id, ask, (&mut SeededRng(number), time_limit)).await;
                }
            }
        };
        let (answer, (), ()) = tokio::join!(
            self.repeat_until_answered(billing, &id, &ask, (&mut rng, time_limit)),
            copy(0),
            copy(1)
        );
        let again = if answer.reply.is_definitive() { plan.again } else { 0 };
        for _ in 0..again {
            tokio::time::sleep(rng.millis(0, 400)).await;
            self.repeat_until_answered(billing, &id, &ask, (&mut rng, time_limit)).await;
        }
        plan.rng = rng;
        answer
    }

    /// Repeats a call until an answer or until the time limit.
    pub(crate) async fn repeat_until_answered(
        &self,
        billing: &Billing,
        id: &str,
        ask: &BillingCall,
        (rng, time_limit): (&mut SeededRng, Duration),
    ) -> Answer {
        let begun = Instant::now();
        let mut pause = 50;
        loop {
            self.history.note("ask", id, "");
            let answer = billing.ask(ask.clone()).await;
            self.history.reply(id, answer.reply.clone(), answer.digest);
            let pending = answer.reply == Reply::NotYet && ask.is_asynchronous();
            let answered = answer.reply.is_definitive() || (answer.reply == Reply::NotYet && !pending);
            if answered || begun.elapsed() > time_limit {
                return answer;
            }
            tokio::time::sleep(rng.millis(pause / 2, pause + 1)).await;
            pause = (pause * 2).min(2000);
        }
    }
}

impl BillingCall {
    fn request_id(&self) -> &str {
        match self {
            BillingCall::Authorize(message) => &message.request_id,
            BillingCall::Capture(message) => &message.request_id,
            BillingCall::Release(message) => &message.request_id,
            BillingCall::Refund(message) => &message.request_id,
        }
    }

    fn is_asynchronous(&self) -> bool {
        let mode = match self {
            BillingCall::Authorize(message) => message.answer_mode(),
            BillingCall::Capture(message) => message.answer_mode(),
            BillingCall::Refund(message) => message.answer_mode(),
            BillingCall::Release(_) => v1::AnswerMode::Unspecified,
        };
        mode == v1::AnswerMode::Async
    }
}
