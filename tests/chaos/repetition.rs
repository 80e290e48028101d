//! The billing platform's repetitions: the same request id until an answer or until the time limit.

use std::time::Duration;

use causeway::v1;
use tokio::time::Instant;

use crate::{
    billing::{Answer, Ask, Billing},
    config::SeededRng,
    driver::{Driver, GIVES_UP},
    history::{Kind, Reply, Request},
    plan::{Life, Plan},
};

impl Driver {
    /// Sends one request id, with all concurrent copies, until the first copy has an answer.
    pub(crate) async fn request(&self, billing: &Billing, plan: &mut Plan, kind: Kind, ask: Ask) -> Answer {
        let id = ask.request_id().to_owned();
        let request = Request {
            kind,
            tenant: plan.tenant,
            coins: plan.coins,
            currency: plan.currency,
            with_number: kind == Kind::Authorize && plan.card.is_some(),
            at_once: plan.life == Life::TakenAtOnce,
            reply: vec![],
            told_others: vec![],
            behind: None,
            looked: None,
        };
        self.history.begin(&id, request);
        let mut rng = plan.rng.clone();
        let (tenant, at_once) = (plan.tenant, plan.at_once);
        let gives_up = if plan.hasty { Duration::ZERO } else { GIVES_UP };
        let copy = |number: u64| {
            let (ask, id) = (&ask, &id);
            async move {
                if number < at_once {
                    let billing = self.billing(tenant);
                    self.insist(&billing, id, ask, (&mut SeededRng(number), gives_up)).await;
                }
            }
        };
        let (answer, (), ()) =
            tokio::join!(self.insist(billing, &id, &ask, (&mut rng, gives_up)), copy(0), copy(1));
        let again = if answer.reply.is_definitive() { plan.again } else { 0 };
        for _ in 0..again {
            tokio::time::sleep(rng.millis(0, 400)).await;
            self.insist(billing, &id, &ask, (&mut rng, gives_up)).await;
        }
        plan.rng = rng;
        answer
    }

    /// Repeats a call until an answer or until the time limit.
    pub(crate) async fn insist(
        &self,
        billing: &Billing,
        id: &str,
        ask: &Ask,
        (rng, gives_up): (&mut SeededRng, Duration),
    ) -> Answer {
        let begun = Instant::now();
        let mut pause = 50;
        loop {
            self.history.note("ask", id, "");
            let answer = billing.ask(ask.clone()).await;
            self.history.reply(id, answer.reply.clone(), answer.digest);
            let pending = answer.reply == Reply::NotYet && ask.is_asynchronous();
            let answered = answer.reply.is_definitive() || (answer.reply == Reply::NotYet && !pending);
            if answered || begun.elapsed() > gives_up {
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
