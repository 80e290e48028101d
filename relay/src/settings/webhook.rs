//! Webhook settings: the endpoint of a payment system, and the signing secrets.

use std::net::SocketAddr;

use causeway::tenant::TenantName;
use causeway_domain::tenant::PaymentSystem;
use causeway_link::{accept::ListenLimits, tls::Tls};
use causeway_runtime::settings::{self, Section};
use secrecy::{ExposeSecret, SecretString};

/// The minimum length of an endpoint's name in characters, so that the name cannot be guessed.
const MIN_NAME: usize = 32;

/// The webhook of a payment system.
#[derive(Debug, Clone, Default)]
pub struct Webhook {
    /// The last segment of the endpoint's URL, which cannot be guessed.
    pub name: Option<String>,
    /// Signing secrets "whsec_…": the current secret first, then the previous secret during a
    /// rotation. Without a secret the endpoint is closed.
    pub secrets: Vec<SecretString>,
}

impl Webhook {
    pub(super) fn read(section: &mut Section) -> Option<Webhook> {
        let name = section.parse_optional("webhook_endpoint", read_name);
        let secret = read_secret(section, "webhook_secret");
        let previous = read_secret(section, "previous_webhook_secret");
        let (name, secret, previous) = (name?, secret?, previous?);
        if name.is_none() && secret.is_some() {
            section.wrong(
                "webhook_endpoint",
                "it is missing; webhook_secret needs the name of its endpoint, as openssl rand -hex 24 makes one",
            );
            return None;
        }
        if secret.is_none() && previous.is_some() {
            section.wrong("webhook_secret", "it is missing; previous_webhook_secret is the one before it");
            return None;
        }
        Some(Webhook { name, secrets: secret.into_iter().chain(previous).collect() })
    }
}

fn read_name(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if plain && (MIN_NAME..=128).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "it has to be {MIN_NAME} to 128 random characters of A-Z a-z 0-9 - _; make one with: openssl rand -hex 24"
    ))
}

/// Reads a signing secret; `Some(None)` if absent.
fn read_secret(section: &mut Section, name: &str) -> Option<Option<SecretString>> {
    let Some(secret) = section.secret_optional(name)? else { return Some(None) };
    let text = secret.expose_secret();
    let shaped = text.strip_prefix("whsec_").is_some_and(|rest| {
        rest.len() >= 16 && rest.len() <= 200 && rest.bytes().all(|b| b.is_ascii_graphic())
    });
    if shaped {
        return Some(Some(secret));
    }
    section.wrong(name, "it has to be the endpoint's signing secret, which starts with whsec_");
    None
}

/// The endpoint of a payment system.
#[derive(Clone)]
pub struct Endpoint {
    /// Tenant of the payment system.
    pub tenant: TenantName,
    /// Name of the payment system.
    pub payment_system: String,
    /// Whether the events of the endpoint are of test mode.
    pub test_mode: bool,
    /// Stripe account "acct_…", or empty if the operator set no account.
    pub account: String,
    /// The last segment of the endpoint's URL, which cannot be guessed.
    pub name: String,
    /// The signing secrets. Without a secret the endpoint is closed.
    pub secrets: Vec<SecretString>,
}

impl Endpoint {
    pub(super) fn of(tenant: &TenantName, system: &PaymentSystem, webhook: Webhook) -> Option<Endpoint> {
        Some(Endpoint {
            tenant: tenant.clone(),
            payment_system: system.name.clone(),
            test_mode: system.test_mode,
            account: system.account.clone(),
            name: webhook.name?,
            secrets: webhook.secrets,
        })
    }
}

/// The listener of all webhook endpoints.
#[derive(Clone)]
pub struct Listening {
    /// Address of the HTTP listener.
    pub listen: SocketAddr,
    /// Certificate and key. `None`: plaintext, on loopback only, behind a proxy.
    pub tls: Option<Tls>,
    /// The limits of the listener before a good signature.
    pub limits: ListenLimits,
    /// Maximum of accepted events per second at each endpoint; 0: no limit. Stripe sends refused events again.
    pub events_each_second: u32,
}

impl Listening {
    /// Reads the section; `Some(None)` if no webhooks are configured.
    pub(super) fn read(root: &mut Section) -> Option<Option<Listening>> {
        let Some(mut section) = root.section("webhooks") else { return Some(None) };
        let listen = section.parse("listen", "127.0.0.1:50080", |text| {
            text.parse::<SocketAddr>()
                .map_err(|_| "it has to be an address and a port, as in \"127.0.0.1:50080\"")
        });
        let tls = settings::read_tls(&mut section);
        if let (Some(listen), Some(None)) = (listen, &tls)
            && !listen.ip().is_loopback()
        {
            section.wrong(
                "tls_certificate",
                "it is missing; set tls_certificate and tls_key, or listen on loopback behind a proxy that has them",
            );
        }
        let limits = settings::read_listen_limits(&mut section);
        let events = section.number("events_per_second", 200, 0, 100_000);
        section.finish();
        let events_each_second = u32::try_from(events?).ok()?;
        Some(Some(Listening { listen: listen?, tls: tls?, limits: limits?, events_each_second }))
    }
}
