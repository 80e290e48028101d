//! Examples of the calls about an account: payouts, Radar, domains, and version 2 of the API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::tests::every_route::examples::created;
use crate::tests::test_bed::{KEY, TestBed};

/// A call of version 2 that makes a destination of thin events.
const DESTINATION: &str = r#"{"name": "Mine", "type": "webhook_endpoint", "event_payload": "thin",
    "enabled_events": ["v2.core.event_destination.ping"], "webhook_endpoint": {"url": "http://127.0.0.1:9/"}}"#;

/// The objects that calls without an effect show.
pub(super) struct AccountExamples {
    account: String,
    payout: String,
    warning: String,
    review: String,
    domain: String,
    destination: String,
    thin_event: String,
}

impl AccountExamples {
    pub(super) async fn make(test_bed: &TestBed) -> Self {
        test_bed.pay("900000 usd", "pm_card_bypassPending", "").send().await.success();
        test_bed.pay("900 usd", "pm_card_createIssuerFraudRecord", "").send().await.success();
        let warnings = test_bed.get("radar/early_fraud_warnings").send().await.success();
        let destination = destination(test_bed).await;
        let ping = format!("core/event_destinations/{destination}/ping");
        Self {
            account: test_bed.sandbox.account_of(KEY).unwrap(),
            payout: payout(test_bed).await,
            warning: warnings.ids().remove(0),
            review: review(test_bed).await,
            domain: created(test_bed, "payment_method_domains", "domain_name=shop.example").await,
            thin_event: test_bed.call_v2(Method::POST, &ping, &Value::Null).send().await.success().id(),
            destination,
        }
    }

    /// The id of an object that a call shows, by the path; `None` for a call about another object.
    pub(super) fn shown(&self, path: &str) -> Option<String> {
        let id = match path.split('/').nth(2)? {
            "accounts" => &self.account,
            "payouts" => &self.payout,
            "radar" => &self.warning,
            "reviews" => &self.review,
            "payment_method_domains" => &self.domain,
            "core" if path.contains("event_destinations") => &self.destination,
            "core" => &self.thin_event,
            _ => return None,
        };
        Some(id.clone())
    }

    /// The id and the body of a call that changes an object; `None` for a call about another object.
    pub(super) async fn changed(
        &self,
        test_bed: &TestBed,
        method: &str,
        path: &str,
    ) -> Option<(String, String)> {
        let (metadata, nothing) = ("metadata[a]=1".to_owned(), String::new());
        let changed = match (method, path) {
            (_, "/v1/payouts") => (nothing, "amount=100&currency=usd".to_owned()),
            (_, "/v1/payouts/{payout}") => (self.payout.clone(), metadata),
            (_, "/v1/payouts/{payout}/cancel") => (payout(test_bed).await, nothing),
            (_, "/v1/payouts/{payout}/reverse") => (self.payout.clone(), nothing),
            (_, "/v1/reviews/{review}/approve") => (review(test_bed).await, nothing),
            (_, "/v1/payment_method_domains") => {
                let all = test_bed.get("payment_method_domains?limit=100").send().await.success();
                (nothing, format!("domain_name=shop-{}.example", all.ids().len()))
            }
            (_, "/v1/payment_method_domains/{payment_method_domain}") => {
                (self.domain.clone(), "enabled=true".to_owned())
            }
            (_, "/v1/payment_method_domains/{payment_method_domain}/validate") => {
                (self.domain.clone(), nothing)
            }
            ("POST", "/v2/core/event_destinations") => {
                self.remove_destinations(test_bed).await;
                (nothing, DESTINATION.to_owned())
            }
            ("DELETE", "/v2/core/event_destinations/{id}") => (destination(test_bed).await, nothing),
            (_, "/v2/core/event_destinations/{id}") => {
                (self.destination.clone(), json!({"name": "Yours"}).to_string())
            }
            (_, path) if path.starts_with("/v2/core/event_destinations/{id}/disable") => {
                self.remove_destinations(test_bed).await;
                (destination(test_bed).await, nothing)
            }
            (_, path) if path.starts_with("/v2/core/event_destinations/{id}/enable") => {
                self.remove_destinations(test_bed).await;
                let id = destination(test_bed).await;
                let disable = format!("core/event_destinations/{id}/disable");
                test_bed.call_v2(Method::POST, &disable, &Value::Null).send().await.success();
                (id, nothing)
            }
            (_, path) if path.starts_with("/v2/") => (self.destination.clone(), nothing),
            _ => return None,
        };
        Some(changed)
    }

    /// Removes the other destinations, because an account has a limited number of them.
    async fn remove_destinations(&self, test_bed: &TestBed) {
        let all =
            test_bed.call_v2(Method::GET, "core/event_destinations", &Value::Null).send().await.success();
        let ids = all.at("/data").as_array().unwrap().iter().filter_map(|one| one["id"].as_str());
        for id in ids.filter(|id| *id != self.destination) {
            let path = format!("core/event_destinations/{id}");
            test_bed.call_v2(Method::DELETE, &path, &Value::Null).send().await.success();
        }
    }
}

async fn payout(test_bed: &TestBed) -> String {
    created(test_bed, "payouts", "amount=100&currency=usd").await
}

async fn review(test_bed: &TestBed) -> String {
    test_bed.pay("900 usd", "pm_card_riskLevelElevated", "").send().await.success();
    test_bed.get("reviews?limit=1").send().await.success().ids().remove(0)
}

async fn destination(test_bed: &TestBed) -> String {
    let body: Value = serde_json::from_str(DESTINATION).unwrap();
    test_bed.call_v2(Method::POST, "core/event_destinations", &body).send().await.success().id()
}
