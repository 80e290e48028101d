//! The sandbox's webhook: the sandbox posts events to the relay, as Stripe does.

use std::net::SocketAddr;

use causeway::environment::Environment;
use secrecy::SecretString;
use serde_json::Value;

use super::dashboard::Dashboard;
use crate::problem::Problem;

/// An endpoint of the relay that the sandbox posts to.
pub(super) struct Webhook {
    /// The relay's address for events.
    pub(super) listen: SocketAddr,
    /// The last part of the URL, which holds a random number.
    pub(super) name: String,
    /// The secret with which the sandbox signs events.
    pub(super) secret: SecretString,
}

/// Registers an endpoint for every event of an account.
pub(super) async fn register(
    dashboard: &Dashboard,
    listen: SocketAddr,
    environment: &Environment,
) -> Result<Webhook, Problem> {
    let name = format!("dev-{}-{}", environment.uuid().simple(), environment.up_to(u64::MAX));
    let form = format!("url=http://{listen}/webhooks/{name}&enabled_events[]=*");
    let created = dashboard.post("/v1/webhook_endpoints", &form).await?;
    let secret = created.get("secret").and_then(Value::as_str);
    let secret = secret
        .ok_or_else(|| Problem::Own("the sandbox returned no secret for the webhook endpoint".to_owned()))?;
    Ok(Webhook { listen, name, secret: SecretString::from(secret) })
}
