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
pub(super) enum Course {
    Declined,
    Held,
    /// The hold is released in the dashboard.
    Released,
    Captured,
    CapturedInPart,
    /// A part is captured in the dashboard.
    CapturedInDashboard,
    RefundedInPart,
    RefundedTwice,
    /// A part is refunded in the dashboard.
    RefundedInDashboard,
    /// The refund fails late, and the money comes back.
    RefundFails,
    /// The bank charges the payment back after a dispute.
    ChargedBack,
}

pub(super) const COURSES: [Course; 11] = [
    Course::Declined,
    Course::Held,
    Course::Released,
    Course::Captured,
    Course::CapturedInPart,
    Course::CapturedInDashboard,
    Course::RefundedInPart,
    Course::RefundedTwice,
    Course::RefundedInDashboard,
    Course::RefundFails,
    Course::ChargedBack,
];

impl Course {
    /// Whether the payment may begin without a hold.
    pub(super) fn may_be_captured_at_once(self) -> bool {
        !matches!(
            self,
            Course::Held | Course::Released | Course::CapturedInPart | Course::CapturedInDashboard
        )
    }

    fn card(self) -> &'static str {
        match self {
            Course::Declined => "pm_card_visa_chargeDeclined",
            Course::RefundFails => "pm_card_refundFail",
            Course::ChargedBack => "pm_card_createDispute",
            Course::Held | Course::Released => "pm_card_visa",
            Course::Captured | Course::CapturedInPart | Course::CapturedInDashboard => "pm_card_visa",
            Course::RefundedInPart | Course::RefundedTwice | Course::RefundedInDashboard => "pm_card_visa",
        }
    }
}

/// A single payment of the story, with amount and end.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) number: u64,
    pub(super) course: Course,
    /// Amount in minor units, a multiple of 100.
    pub(super) minor_units: u64,
    pub(super) currency: &'static str,
}

impl Plan {
    /// A share of the amount in minor units, by percent.
    fn part(&self, percent: u64) -> u64 {
        self.minor_units / 100 * percent
    }

    fn money(&self, minor_units: u64) -> String {
        format!("{} {}", super::decimals(minor_units, self.currency), self.currency)
    }

    fn key(&self) -> &'static str {
        if self.currency == "EUR" { SECOND_KEY } else { ACME_KEY }
    }
}

/// Billing's client, with the URL of Stripe for calls of the dashboard.
pub(super) struct BillingClient {
    pub(super) billing: Billing,
    pub(super) stripe: String,
}

/// Repeats a call under the same request id until there is an answer.
async fn repeat_until_answered<F: Future<Output = Answer> + Send>(
    billing: &Billing,
    ask: impl Fn(Billing) -> F + Send,
) -> v1::OperationResult {
    for _ in 0..300 {
        match ask(billing.clone()).await.0 {
            Ok(result) if result.outcome() != Outcome::Unknown => return result,
            Ok(_) => {}
            Err(status) => {
                let refusal = RefusalDetails::of(&status);
                // A status without metadata comes from the transport, not from the adapter or the relay.
                let passes =
                    refusal.unreachable || refusal.reason == "PAYMENT_BUSY" || refusal.metadata.is_empty();
                assert!(passes, "{refusal:?}");
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no answer for half a minute");
}

impl BillingClient {
    /// Runs a plan to the last call; later effects, such as a late refund failure, follow without a call.
    pub(super) async fn play(&self, plan: &Plan) {
        let Some(taken) = self.begin(plan).await else { return };
        let intent = &taken.processor_ids.as_ref().unwrap().payment_intent;
        match plan.course {
            Course::RefundedInPart | Course::RefundFails => self.refund(plan, &taken, "refund", 40).await,
            Course::RefundedTwice => {
                self.refund(plan, &taken, "refund", 30).await;
                self.refund(plan, &taken, "again", 70).await;
            }
            Course::RefundedInDashboard => {
                let form = format!("payment_intent={intent}&amount={}", plan.part(20));
                self.post_as_dashboard(plan, "/v1/refunds", &form).await;
            }
            Course::ChargedBack => {
                let path = format!("/v1/disputes?payment_intent={intent}");
                let dispute =
                    self.get_from_stripe(plan, &path).await["data"][0]["id"].as_str().unwrap().to_owned();
                let form = "evidence[uncategorized_text]=losing_evidence&submit=true";
                self.post_as_dashboard(plan, &format!("/v1/disputes/{dispute}"), form).await;
            }
            Course::Declined | Course::Held | Course::Released => {}
            Course::Captured | Course::CapturedInPart | Course::CapturedInDashboard => {}
        }
    }

    async fn refund(&self, plan: &Plan, taken: &v1::Payment, name: &str, percent: u64) {
        let (id, money) = (format!("{name}-{}", plan.number), plan.money(plan.part(percent)));
        let send = |billing: Billing| {
            let (id, of, money) = (id.clone(), taken.id.clone(), money.clone());
            async move { billing.refund(&id, &of, Some(&money)).await }
        };
        let result = repeat_until_answered(&self.billing, send).await;
        assert_eq!(result.outcome(), Outcome::Approved, "{plan:?} {result:?}");
    }

    /// Authorizes and captures. `None` when the plan has no further step: the payment is declined or held,
    /// or is released or captured in the dashboard.
    async fn begin(&self, plan: &Plan) -> Option<v1::Payment> {
        let request = v1::AuthorizeRequest {
            instrument: method(plan.course.card()),
            ..order(&format!("pay-{}", plan.number), &plan.money(plan.minor_units))
        };
        let send = |billing: Billing| {
            let request = request.clone();
            async move { billing.authorize(request).await }
        };
        let result = repeat_until_answered(&self.billing, send).await;
        let payment = result.payment.clone().unwrap();
        if plan.course == Course::Declined {
            assert_eq!(result.outcome(), Outcome::Declined, "{plan:?}");
            return None;
        }
        assert_eq!(result.outcome(), Outcome::Approved, "{plan:?} {result:?}");
        if payment.status() == PaymentStatus::Captured {
            return Some(payment);
        }
        let path = |action: &str| {
            format!("/v1/payment_intents/{}/{action}", payment.processor_ids.as_ref().unwrap().payment_intent)
        };
        let amount = match plan.course {
            Course::Held => return None,
            Course::Released => {
                self.post_as_dashboard(plan, &path("cancel"), "").await;
                return None;
            }
            Course::CapturedInDashboard => {
                let form = format!("amount_to_capture={}", plan.part(60));
                self.post_as_dashboard(plan, &path("capture"), &form).await;
                return None;
            }
            Course::CapturedInPart => Some(plan.money(plan.part(80))),
            Course::Declined | Course::Captured | Course::RefundFails | Course::ChargedBack => None,
            Course::RefundedInPart | Course::RefundedTwice | Course::RefundedInDashboard => None,
        };
        let id = format!("take-{}", plan.number);
        let send = |billing: Billing| {
            let (id, of, amount) = (id.clone(), payment.id.clone(), amount.clone());
            async move { billing.capture(&id, &of, amount.as_deref()).await }
        };
        let result = repeat_until_answered(&self.billing, send).await;
        assert_eq!(result.outcome(), Outcome::Approved, "{plan:?} {result:?}");
        result.payment
    }

    /// Posts to Stripe directly, as the dashboard does.
    async fn post_as_dashboard(&self, plan: &Plan, path: &str, form: &str) {
        crate::stage::post_at(&self.stripe, plan.key(), path, form).await;
    }

    async fn get_from_stripe(&self, plan: &Plan, path: &str) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.get(format!("{}{path}", self.stripe)).bearer_auth(plan.key());
        serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }
}
