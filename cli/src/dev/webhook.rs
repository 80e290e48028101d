//! The sandbox tells the relay what happens, as Stripe does.

use std::net::SocketAddr;

use causeway::surroundings::Surroundings;
use secrecy::SecretString;
use serde_json::Value;

use super::dashboard::Dashboard;
use crate::problem::Problem;

/// An endpoint of the relay that the sandbox posts to.
pub(super) struct Webhook {
    /// Where the relay listens for events.
    pub(super) listen: SocketAddr,
    /// The last part of its URL, which nobody can guess.
    pub(super) name: String,
    /// How the sandbox signs.
    pub(super) secret: SecretString,
}

/// Registers an endpoint that wants every event of an account.
pub(super) async fn register(
    dashboard: &Dashboard,
    listen: SocketAddr,
    surroundings: &Surroundings,
) -> Result<Webhook, Problem> {
    let name = format!("dev-{}-{}", surroundings.uuid().simple(), surroundings.up_to(u64::MAX));
    let form = format!("url=http://{listen}/webhooks/{name}&enabled_events[]=*");
    let made = dashboard.post("/v1/webhook_endpoints", &form).await?;
    let secret = made.get("secret").and_then(Value::as_str);
    let secret =
        secret.ok_or_else(|| Problem::Own("the sandbox told no secret of its webhook".to_owned()))?;
    Ok(Webhook { listen, name, secret: SecretString::from(secret) })
}
