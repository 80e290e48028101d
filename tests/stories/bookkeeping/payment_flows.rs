//! The course of a single payment while faults are armed, by calls of billing and in Stripe's dashboard.

use std::time::Duration;

use causeway::{
    status::RefusalDetails,
    v1::{self, Outcome, PaymentStatus},
};
use serde_json::Value;

use crate::stage::{Answer, Billing, method, order, settings::ACME_KEY};

/// Key of the payment system with polled events.
const SECOND_KEY: &str = "sk_test_acme000000000000000002";

/// How a payment ends, and by which side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    Declined,
    Held,
    /// The hold is released in the dashboard.
    Released,
    Captured,
    CapturedInPart,
    /// A part is captured in the dashboard.
    CapturedThere,
    RefundedInPart,
    RefundedTwice,
    /// A part is refunded in the dashboard.
    RefundedThere,
    /// The refund fails late, and the money comes back.
    ComesBack,
    /// The bank charges the payment back after a dispute.
    ChargedBack,
}

pub(super) const LIVES: [Life; 11] = [
    Life::Declined,
    Life::Held,
    Life::Released,
    Life::Captured,
    Life::CapturedInPart,
    Life::CapturedThere,
    Life::RefundedInPart,
    Life::RefundedTwice,
    Life::RefundedThere,
    Life::ComesBack,
    Life::ChargedBack,
];

impl Life {
    /// Whether the payment may begin without a hold.
    pub(super) fn may_be_taken_at_once(self) -> bool {
        !matches!(self, Life::Held | Life::Released | Life::CapturedInPart | Life::CapturedThere)
    }

    fn card(self) -> &'static str {
        match self {
            Life::Declined => "pm_card_visa_chargeDeclined",
            Life::ComesBack => "pm_card_refundFail",
            Life::ChargedBack => "pm_card_createDispute",
            Life::Held | Life::Released => "pm_card_visa",
            Life::Captured | Life::CapturedInPart | Life::CapturedThere => "pm_card_visa",
            Life::RefundedInPart | Life::RefundedTwice | Life::RefundedThere => "pm_card_visa",
        }
    }
}

/// A single payment of the story, with amount and end.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) number: u64,
    pub(super) life: Life,
    /// Amount in minor units, a multiple of 100.
    pub(super) coins: u64,
    pub(super) currency: &'static str,
}

impl Plan {
    /// A share of the amount in minor units, by percent.
    fn part(&self, percent: u64) -> u64 {
        self.coins / 100 * percent
    }

    fn money(&self, coins: u64) -> String {
        format!("{} {}", super::decimals(coins, self.currency), self.currency)
    }

    fn key(&self) -> &'static str {
        if self.currency == "EUR" { SECOND_KEY } else { ACME_KEY }
    }
}

/// Billing's client, with the URL of Stripe for calls of the dashboard.
pub(super) struct Shop {
    pub(super) billing: Billing,
    pub(super) stripe: String,
}

/// Repeats a call under the same request id until there is an answer.
async fn insist<F: Future<Output = Answer> + Send>(
    billing: &Billing,
    ask: impl Fn(Billing) -> F + Send,
) -> v1::OperationResult {
    for _ in 0..300 {
        match ask(billing.clone()).await.0 {
            Ok(result) if result.outcome() != Outcome::Unknown => return result,
            Ok(_) => {}
            Err(status) => {
                let reported = RefusalDetails::of(&status);
                // A status without metadata comes from the transport, not from the adapter or the relay.
                let passes =
                    reported.unreachable || reported.reason == "PAYMENT_BUSY" || reported.metadata.is_empty();
                assert!(passes, "{reported:?}");
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no answer for half a minute");
}

impl Shop {
    /// Runs a plan to the last call; later effects, such as a late refund failure, follow without a call.
    pub(super) async fn live(&self, plan: &Plan) {
        let Some(taken) = self.begin(plan).await else { return };
        let intent = &taken.processor_ids.as_ref().unwrap().payment_intent;
        match plan.life {
            Life::RefundedInPart | Life::ComesBack => self.refund(plan, &taken, "refund", 40).await,
            Life::RefundedTwice => {
                self.refund(plan, &taken, "refund", 30).await;
                self.refund(plan, &taken, "again", 70).await;
            }
            Life::RefundedThere => {
                let form = format!("payment_intent={intent}&amount={}", plan.part(20));
                self.post_as_dashboard(plan, "/v1/refunds", &form).await;
            }
            Life::ChargedBack => {
                let path = format!("/v1/disputes?payment_intent={intent}");
                let dispute =
                    self.get_payment(plan, &path).await["data"][0]["id"].as_str().unwrap().to_owned();
                let form = "evidence[uncategorized_text]=losing_evidence&submit=true";
                self.post_as_dashboard(plan, &format!("/v1/disputes/{dispute}"), form).await;
            }
            Life::Declined | Life::Held | Life::Released => {}
            Life::Captured | Life::CapturedInPart | Life::CapturedThere => {}
        }
    }

    async fn refund(&self, plan: &Plan, taken: &v1::Payment, name: &str, percent: u64) {
        let (id, money) = (format!("{name}-{}", plan.number), plan.money(plan.part(percent)));
        let ask = |billing: Billing| {
            let (id, of, money) = (id.clone(), taken.id.clone(), money.clone());
            async move { billing.refund(&id, &of, Some(&money)).await }
        };
        let reported = insist(&self.billing, ask).await;
        assert_eq!(reported.outcome(), Outcome::Approved, "{plan:?} {reported:?}");
    }

    /// Authorizes and captures. `None` when the plan has no further step: the payment is declined or held,
    /// or is released or captured in the dashboard.
    async fn begin(&self, plan: &Plan) -> Option<v1::Payment> {
        let asks = v1::AuthorizeRequest {
            instrument: method(plan.life.card()),
            ..order(&format!("pay-{}", plan.number), &plan.money(plan.coins))
        };
        let ask = |billing: Billing| {
            let asks = asks.clone();
            async move { billing.authorize(asks).await }
        };
        let reported = insist(&self.billing, ask).await;
        let payment = reported.payment.clone().unwrap();
        if plan.life == Life::Declined {
            assert_eq!(reported.outcome(), Outcome::Declined, "{plan:?}");
            return None;
        }
        assert_eq!(reported.outcome(), Outcome::Approved, "{plan:?} {reported:?}");
        if payment.status() == PaymentStatus::Captured {
            return Some(payment);
        }
        let path = |what: &str| {
            format!("/v1/payment_intents/{}/{what}", payment.processor_ids.as_ref().unwrap().payment_intent)
        };
        let amount = match plan.life {
            Life::Held => return None,
            Life::Released => {
                self.post_as_dashboard(plan, &path("cancel"), "").await;
                return None;
            }
            Life::CapturedThere => {
                let form = format!("amount_to_capture={}", plan.part(60));
                self.post_as_dashboard(plan, &path("capture"), &form).await;
                return None;
            }
            Life::CapturedInPart => Some(plan.money(plan.part(80))),
            Life::Declined | Life::Captured | Life::ComesBack | Life::ChargedBack => None,
            Life::RefundedInPart | Life::RefundedTwice | Life::RefundedThere => None,
        };
        let id = format!("take-{}", plan.number);
        let ask = |billing: Billing| {
            let (id, of, amount) = (id.clone(), payment.id.clone(), amount.clone());
            async move { billing.capture(&id, &of, amount.as_deref()).await }
        };
        let reported = insist(&self.billing, ask).await;
        assert_eq!(reported.outcome(), Outcome::Approved, "{plan:?} {reported:?}");
        reported.payment
    }

    /// Posts to Stripe directly, as the dashboard does.
    async fn post_as_dashboard(&self, plan: &Plan, path: &str, form: &str) {
        crate::stage::post_at(&self.stripe, plan.key(), path, form).await;
    }

    async fn get_payment(&self, plan: &Plan, path: &str) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = client.get(format!("{}{path}", self.stripe)).bearer_auth(plan.key());
        serde_json::from_slice(&asked.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }
}
