//! The billing platform's repetitions: the same request id until an answer or until the time limit.

use std::time::Duration;

use causeway::v1;
use tokio::time::Instant;

use crate::{
    billing::{Answer, Ask, Billing},
    config::SeededRng,
    driver::{Driver, REPETITION_LIMIT},
    history::{Kind, Reply, Request},
    plan::{Course, Plan},
};

impl Driver {
    /// Sends one request id, with all concurrent copies, until the first copy has an answer.
    pub(crate) async fn request(&self, billing: &Billing, plan: &mut Plan, kind: Kind, ask: Ask) -> Answer {
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
            behind: None,
            looked: None,
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
        ask: &Ask,
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

impl Ask {
    fn request_id(&self) -> &str {
        match self {
            Ask::Authorize(message) => &message.request_id,
            Ask::Capture(message) => &message.request_id,
            Ask::Release(message) => &message.request_id,
            Ask::Refund(message) => &message.request_id,
        }
    }

    fn is_asynchronous(&self) -> bool {
        let mode = match self {
            Ask::Authorize(message) => message.answer_mode(),
            Ask::Capture(message) => message.answer_mode(),
            Ask::Refund(message) => message.answer_mode(),
            Ask::Release(_) => v1::AnswerMode::Unspecified,
        };
        mode == v1::AnswerMode::Async
    }
}
