//! Webhooks: the faults and the log of deliveries, and two operations of Stripe's dashboard, to resend an
//! event and to roll a secret.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json, to_value};

use crate::control::pages::page;
use crate::control::{ControlError, ControlRequest, ControlResult};
use crate::webhooks::delivery::Delivery;
use crate::webhooks::fault::WebhookFaultRule;

/// The longest time during which the old secret signs too, in seconds: a day.
const LONGEST: u64 = 24 * 60 * 60;

/// The event to send again, and the endpoint.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Again {
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
pub(super) fn rules(ask: &ControlRequest<'_>) -> ControlResult {
    ask.query(&[])?;
    Ok(json!({ "armed": ask.shared.post.armed() }))
}

/// Arms one rule from the body of the request.
pub(super) fn arm(ask: &ControlRequest<'_>) -> ControlResult {
    let rule: WebhookFaultRule = ask.body()?;
    if rule.times == Some(0) {
        return Err(ControlError::Fields("times is 1 or more"));
    }
    if !(1..=1000).contains(&rule.rate_per_mille) {
        return Err(ControlError::Fields("rate_per_mille is 1 to 1000"));
    }
    let shown = to_value(&rule).unwrap_or_default();
    ask.shared.post.arm(rule);
    Ok(json!({ "rule": shown }))
}

/// Disarms all rules, and answers the number of disarmed rules.
pub(super) fn disarm(ask: &ControlRequest<'_>) -> ControlResult {
    ask.query(&[])?;
    let armed = ask.shared.post.armed().len();
    ask.shared.post.disarm();
    Ok(json!({ "disarmed": armed }))
}

/// Answers a page of the log of deliveries.
pub(super) fn deliveries(ask: &ControlRequest<'_>) -> ControlResult {
    let query = ask.query(&["before", "limit"])?;
    ask.shared.post.inspect(|log| page(log, &query, "deliveries", shown))
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
pub(super) fn resend(ask: &ControlRequest<'_>) -> ControlResult {
    let Again { event, endpoint } = ask.body()?;
    if !ask.shared.redeliver(&event, &endpoint) {
        return Err(ControlError::Missing(format!(
            "no account has both {event} and {endpoint}, and it enabled"
        )));
    }
    Ok(json!({ "event": event, "endpoint": endpoint }))
}

/// Gives an endpoint a new signing secret, and answers the secret.
pub(super) fn roll(ask: &ControlRequest<'_>) -> ControlResult {
    let Roll { keep_old_for_seconds } = ask.body()?;
    if keep_old_for_seconds > LONGEST {
        return Err(ControlError::Fields("keep_old_for_seconds is 86400 at the most, which is a day"));
    }
    let missing = || ControlError::Missing(format!("there is no webhook endpoint {}", ask.id));
    let secret =
        ask.shared.roll_secret(ask.id, Duration::from_secs(keep_old_for_seconds)).ok_or_else(missing)?;
    Ok(json!({ "id": ask.id, "secret": secret }))
}
