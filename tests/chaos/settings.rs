//! Settings files of the programs, and the secrets in them, which exist nowhere else.

use std::{fmt::Write, net::SocketAddr, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    config::{CURRENCIES, SeededRng, TENANTS},
    leaks::canary::Keys,
};

/// All secrets of a run.
pub(crate) struct Secrets {
    pub(crate) keys: Keys,
    /// Secrets of the link, for each tenant, oldest generation first.
    pub(crate) links: Vec<Vec<String>>,
    /// The secrets of Stripe's webhook signatures, by tenant.
    pub(crate) hooks: Vec<String>,
    /// The last parts of the URLs of the endpoints.
    pub(crate) endpoints: Vec<String>,
}

/// How often the link's secrets are changed, and one more.
const GENERATIONS: u64 = 3;

impl Secrets {
    pub(crate) fn of(seed: u64) -> Secrets {
        let tenants = 0..u64::try_from(TENANTS).unwrap();
        let secret = |purpose: &str, number: u64| {
            let mut rng = SeededRng::of(seed, purpose, number);
            let bytes: Vec<u8> = (0..32).map(|_| u8::try_from(rng.below(256)).unwrap()).collect();
            STANDARD.encode(bytes)
        };
        let links = |tenant: u64| (0..GENERATIONS).map(|age| secret("link", tenant * 10 + age)).collect();
        let endpoint = |tenant: u64| {
            let letters = secret("endpoint", tenant).replace(['+', '/', '='], "x");
            letters[..40].to_owned()
        };
        Secrets {
            // Another start than the sandbox's generator, which starts with the plain seed.
            keys: Keys::of(SeededRng::of(seed, "keys", 0).below(u64::MAX), TENANTS),
            links: tenants.clone().map(links).collect(),
            hooks: vec![],
            endpoints: tenants.map(endpoint).collect(),
        }
    }

    /// The secrets that are no part of [`Keys`], with their names.
    pub(crate) fn others(&self) -> Vec<(String, String)> {
        let links = self.links.iter().flatten().map(|link| ("a secret of the link".to_owned(), link.clone()));
        let hooks = self.hooks.iter().map(|hook| ("a secret of a webhook".to_owned(), hook.clone()));
        links.chain(hooks).collect()
    }
}

/// The addresses of all programs.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    pub(crate) relay: SocketAddr,
    pub(crate) webhooks: SocketAddr,
    /// Stripe, as the relay sees the address.
    pub(crate) stripe: SocketAddr,
    /// The relay, as the adapters see the address.
    pub(crate) link: SocketAddr,
}

pub(crate) fn tenant(number: usize) -> String {
    format!("tenant-{number}")
}

/// The relay's settings file. The relay accepts the given `generations` of link secrets.
pub(crate) fn relay(journal: &Path, places: &Places, secrets: &Secrets, generations: &[usize]) -> String {
    let mut text = format!(
        r#"
listen = "{relay}"
allow_plaintext = true
journal = "{journal}"
journal_reserve_mib = 1
environment = "chaos"
log_format = "text"
card_fingerprint_key = "{fingerprint}"

[webhooks]
listen = "{webhooks}"

# What finds what was not heard of runs more often than usual, because a run is short.
# Recovery is as it always is.
[jobs]
poll_seconds = 5
open_seconds = 10
customers_seconds = 10
setups_seconds = 10
"#,
        relay = places.relay,
        journal = journal.display(),
        fingerprint = secrets.keys.fingerprint,
        webhooks = places.webhooks,
    );
    for number in 0..TENANTS {
        let name = tenant(number);
        for generation in generations {
            let secret = &secrets.links[number][*generation];
            writeln!(text, "[tenants.{name}.credentials.{name}-{generation}]\nsecret = \"{secret}\"")
                .unwrap();
        }
        write!(
            text,
            r#"
[tenants.{name}.payment_systems.main]
processor = "stripe"
login = "billing"
secret_key = "{key}"
test_mode = true
capture_mode = "manual"
card_data_mode = "full_card"
payment_methods = ["VISA", "MASTERCARD", "AMEX", "DISCOVER", "DINERS", "JCB", "UNIONPAY"]
release_hold = true
api_base = "http://{stripe}"
connect_timeout_seconds = 2
timeout_seconds = 5
webhook_endpoint = "{endpoint}"
webhook_secret = "{hook}"
"#,
            key = secrets.keys.stripe[number],
            stripe = places.stripe,
            endpoint = secrets.endpoints[number],
            hook = secrets.hooks[number],
        )
        .unwrap();
        for currency in CURRENCIES {
            writeln!(text, "[tenants.{name}.currencies.{currency}]\npayment_system = \"main\"").unwrap();
        }
    }
    text
}

/// The settings file of a tenant's adapter.
pub(crate) fn adapter(
    number: usize,
    listen: SocketAddr,
    places: &Places,
    secrets: &Secrets,
    generation: usize,
) -> String {
    format!(
        r#"
listen = "{listen}"
log_format = "text"
[relay]
addresses = ["http://{link}"]
key_id = "{name}-{generation}"
secret = "{secret}"
allow_plaintext = true
[callers.billing]
token = "{token}"
rights = ["charge", "refund", "cards", "read", "jobs"]
"#,
        link = places.link,
        name = tenant(number),
        secret = secrets.links[number][generation],
        token = secrets.keys.billing,
    )
}
