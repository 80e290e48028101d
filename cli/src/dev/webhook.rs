//! The sandbox's webhook: the sandbox posts events to the relay, as Stripe does.

use std::{net::SocketAddr, path::Path};

use causeway::environment::Environment;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::dashboard::Dashboard;
use crate::{problem::Problem, secret_file};

/// An endpoint of the relay that the sandbox posts to.
pub(super) struct Webhook {
    /// The relay's address for events.
    pub(super) listen: SocketAddr,
    /// The last part of the URL, which holds a random number.
    pub(super) name: String,
    /// The secret with which the sandbox signs events.
    pub(super) secret: SecretString,
}

/// An endpoint in the sandbox, as the state directory keeps the endpoint.
struct Registration {
    id: String,
    name: String,
    secret: SecretString,
}

/// Registers an endpoint for every event of an account. An endpoint from an earlier run is used again with the
/// new address, so that events from before the restart still arrive.
pub(super) async fn register(
    dashboard: &Dashboard,
    listen: SocketAddr,
    environment: &Environment,
    file: Option<&Path>,
) -> Result<Webhook, Problem> {
    if let Some(Registration { id, name, secret }) = file.map(Registration::read).transpose()?.flatten() {
        let form = format!("url=http://{listen}/webhooks/{name}");
        // A sandbox without its earlier state does not know the endpoint.
        if dashboard.post(&format!("/v1/webhook_endpoints/{id}"), &form).await.is_ok() {
            return Ok(Webhook { listen, name, secret });
        }
    }
    let name = format!("dev-{}-{}", environment.uuid().simple(), environment.up_to(u64::MAX));
    let form = format!("url=http://{listen}/webhooks/{name}&enabled_events[]=*");
    let created = dashboard.post("/v1/webhook_endpoints", &form).await?;
    let registration = Registration::of(&created, name)
        .ok_or_else(|| Problem::Own("the sandbox returned no secret for the webhook endpoint".to_owned()))?;
    if let Some(file) = file {
        registration.write(file)?;
    }
    Ok(Webhook { listen, name: registration.name, secret: registration.secret })
}

impl Registration {
    fn of(created: &Value, name: String) -> Option<Registration> {
        let text = |field: &str| created.get(field).and_then(Value::as_str).map(str::to_owned);
        Some(Registration { id: text("id")?, name, secret: SecretString::from(text("secret")?) })
    }

    fn read(file: &Path) -> Result<Option<Registration>, Problem> {
        let Some(text) = secret_file::read(file)? else { return Ok(None) };
        let kept: Value = serde_json::from_str(&text).unwrap_or_default();
        let name = kept.get("name").and_then(Value::as_str).map(str::to_owned);
        Ok(name.and_then(|name| Registration::of(&kept, name)))
    }

    fn write(&self, file: &Path) -> Result<(), Problem> {
        let kept = json!({ "id": self.id, "name": self.name, "secret": self.secret.expose_secret() });
        Ok(secret_file::write(file, &format!("{kept:#}\n"))?)
    }
}
