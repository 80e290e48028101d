//! Webhooks: the faults and the log of deliveries, and two operations of Stripe's dashboard, to resend an
//! event and to roll a secret.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json, to_value};

use crate::control::pages::page;
use crate::control::{ControlError, ControlRequest, ControlResult};
use crate::webhooks::delivery::Delivery;
use crate::webhooks::fault::{WebhookFault, WebhookFaultRule};

/// The longest time during which the old secret signs too, in seconds: a day.
const MAX_KEEP_OLD_SECONDS: u64 = 24 * 60 * 60;

/// The event to send again, and the endpoint.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resend {
    event: String,
    endpoint: String,
}

/// The time during which the old secret signs too, in seconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roll {
    #[serde(default)]
    keep_old_for_seconds: u64,
}

/// Lists the armed rules for faults in deliveries.
pub(super) fn rules(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    Ok(json!({ "armed": request.shared.delivery_queue.armed() }))
}

/// Arms one rule from the body of the request.
pub(super) fn arm(request: &ControlRequest<'_>) -> ControlResult {
    let rule: WebhookFaultRule = request.body()?;
    if rule.times == Some(0) {
        return Err(ControlError::Fields("times is 1 or more"));
    }
    if !(1..=1000).contains(&rule.rate_per_mille) {
        return Err(ControlError::Fields("rate_per_mille is 1 to 1000"));
    }
    if rule.fault == WebhookFault::NotGenerated && rule.endpoint.is_some() {
        return Err(ControlError::Fields("not_generated hits an event, and not the delivery to an endpoint"));
    }
    let shown = to_value(&rule).unwrap_or_default();
    request.shared.delivery_queue.arm(rule);
    Ok(json!({ "rule": shown }))
}

/// Disarms all rules, and answers the number of disarmed rules.
pub(super) fn disarm(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    let armed = request.shared.delivery_queue.armed().len();
    request.shared.delivery_queue.disarm();
    Ok(json!({ "disarmed": armed }))
}

/// Answers a page of the log of deliveries.
pub(super) fn deliveries(request: &ControlRequest<'_>) -> ControlResult {
    let query = request.query(&["before", "limit"])?;
    request.shared.delivery_queue.read_log(|log| page(log, &query, "deliveries", shown))
}

/// One delivery of the log, as JSON.
fn shown(number: usize, delivery: &Delivery) -> Value {
    let mut shown = to_value(delivery).unwrap_or_default();
    if let Value::Object(fields) = &mut shown {
        fields.insert("number".to_owned(), json!(number));
    }
    shown
}

/// Sends an event to an endpoint once more.
pub(super) fn resend(request: &ControlRequest<'_>) -> ControlResult {
    let Resend { event, endpoint } = request.body()?;
    if !request.shared.redeliver(&event, &endpoint) {
        return Err(ControlError::Missing(format!(
            "no account has both {event} and {endpoint}, and it enabled"
        )));
    }
    Ok(json!({ "event": event, "endpoint": endpoint }))
}

/// Gives an endpoint a new signing secret, and answers the secret.
pub(super) fn roll(request: &ControlRequest<'_>) -> ControlResult {
    let Roll { keep_old_for_seconds } = request.body()?;
    if keep_old_for_seconds > MAX_KEEP_OLD_SECONDS {
        return Err(ControlError::Fields("keep_old_for_seconds is 86400 at the most, which is a day"));
    }
    let missing = || ControlError::Missing(format!("there is no webhook endpoint {}", request.id));
    let secret = request
        .shared
        .roll_secret(request.id, Duration::from_secs(keep_old_for_seconds))
        .ok_or_else(missing)?;
    Ok(json!({ "id": request.id, "secret": secret }))
}
