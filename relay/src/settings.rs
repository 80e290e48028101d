//! What the operator set: one file, read once, every mistake told at once.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use causeway::tenant::TenantName;
use causeway_link::{credential::Credential, listen::Tls};
use causeway_runtime::{
    program::{LogFormat, parse_filter},
    settings::{self, Mistakes, Section},
};

use crate::fingerprint::FingerprintKey;

/// A named processor account of a tenant.
pub mod payment_system;
/// What stands behind it, and the way there.
pub mod processor;
/// Which payment methods it takes.
pub mod method;
/// Which payment systems take a currency, and how much.
pub mod currency;
/// Stripe's keys, which cannot be printed.
pub mod key;
/// Where Stripe posts its events.
pub mod webhook;
/// How often the relay's own jobs run.
pub mod jobs;
/// What recovery may do by itself.
pub mod recovery;
/// One billing platform.
pub mod tenant;

pub use currency::Assignment;
pub use jobs::Jobs;
pub use method::MethodType;
pub use payment_system::{CardDataMode, PaymentSystem};
pub use recovery::Recovery;
pub use tenant::Tenant;
pub use webhook::{Listening, Webhook};

/// The prefix of environment variables that override the file.
pub const PREFIX: &str = "CAUSEWAY_RELAY";

/// All settings of a relay.
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Certificate and key. `None`: plaintext, on loopback only.
    pub tls: Option<Tls>,
    /// The journal's file.
    pub journal: PathBuf,
    /// How many bytes are kept beside it for a full disk.
    pub journal_reserve: u64,
    /// Name of this installation, part of every idempotency key: two relays with
    /// journals of their own and the same Stripe account must not share it.
    pub environment: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which lines are written, as in `RUST_LOG`.
    pub log: String,
    /// How long calls under way may take to end when the relay is told to stop, seconds.
    pub drain_seconds: u64,
    /// How many operations may be under way at a time.
    pub operations_at_once: usize,
    /// What makes the fingerprints of card numbers. `None`: a file beside the journal.
    pub card_fingerprint_key: Option<FingerprintKey>,
    /// The one before, while requests that were made under it may be repeated.
    pub previous_card_fingerprint_key: Option<FingerprintKey>,
    /// Where Stripe posts its events; `None`: nowhere, and it is asked for them.
    pub webhooks: Option<Listening>,
    /// How often the relay's own jobs run.
    pub jobs: Jobs,
    /// What recovery may do by itself.
    pub recovery: Recovery,
    /// The billing platforms.
    pub tenants: BTreeMap<TenantName, Tenant>,
    /// What is allowed and may still be a mistake, a sentence each.
    pub doubts: Vec<String>,
}

impl Settings {
    /// Reads the file and lays the environment over it.
    pub fn read(
        file: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Settings, Mistakes> {
        settings::read(file, PREFIX, environment, read_all)
    }

    /// Reads settings that are already in memory, for a trial in one process.
    pub fn from_toml(text: &str) -> Result<Settings, Mistakes> {
        settings::read_text(text, Path::new("."), PREFIX, [], read_all)
    }

    /// All link credentials of all tenants.
    pub fn credentials(&self) -> impl Iterator<Item = Credential> {
        self.tenants.values().flat_map(|tenant| tenant.credentials.iter().cloned())
    }
}

fn read_all(root: &mut Section) -> Option<Settings> {
    let listen = root.parse("listen", "127.0.0.1:50052", |text| {
        text.parse::<SocketAddr>()
            .map_err(|_| "it has to be an address and a port, as in \"127.0.0.1:50052\"")
    });
    let tls = read_tls(root, listen);
    let journal = root.file("journal");
    if matches!(journal, Some(None)) {
        root.wrong("journal", "it is missing; set it to the journal's file, as in journal = \"relay.db\"");
    }
    if let Some(Some(file)) = &journal
        && !file.parent().is_some_and(Path::is_dir)
    {
        root.wrong("journal", format!("there is no folder for {}", file.display()));
    }
    let journal_reserve_mib = root.number("journal_reserve_mib", 64, 0, 65_536);
    let environment = root.parse("environment", "production", |text| {
        let shaped = !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_graphic());
        shaped
            .then(|| text.to_owned())
            .ok_or("it has to be 1 to 64 printable ASCII characters without spaces")
    });
    let log_format = root.parse_optional("log_format", LogFormat::parse);
    let log = root.parse_optional("log", parse_filter);
    let drain_seconds = root.number("drain_seconds", 30, 0, 600);
    let operations_at_once = root.number("operations_at_once", 512, 1, 100_000);
    let card_fingerprint_key = read_fingerprint_key(root, "card_fingerprint_key");
    let previous_card_fingerprint_key = read_fingerprint_key(root, "previous_card_fingerprint_key");
    let webhooks = Listening::read(root);
    let jobs = Jobs::read(root);
    let recovery = Recovery::read(root);
    let tenants = read_tenants(root);
    check_endpoints(root, &webhooks, tenants.as_ref());
    Some(Settings {
        listen: listen?,
        tls: tls?,
        journal: journal??,
        journal_reserve: journal_reserve_mib?.saturating_mul(1 << 20),
        environment: environment?,
        log_format: log_format?.unwrap_or(LogFormat::Json),
        log: log?.unwrap_or_else(|| "info".to_owned()),
        drain_seconds: drain_seconds?,
        operations_at_once: usize::try_from(operations_at_once?).ok()?,
        card_fingerprint_key: card_fingerprint_key?,
        previous_card_fingerprint_key: previous_card_fingerprint_key?,
        webhooks: webhooks?,
        jobs: jobs?,
        recovery: recovery?,
        tenants: tenants?,
        doubts: root.doubts(),
    })
}

/// Each endpoint is one payment system's, and somebody listens for it.
fn check_endpoints(
    root: &mut Section,
    webhooks: &Option<Option<Listening>>,
    tenants: Option<&BTreeMap<TenantName, Tenant>>,
) {
    let systems = tenants.into_iter().flatten().flat_map(|(_, tenant)| tenant.payment_systems.values());
    let mut names: Vec<_> = systems.filter_map(|system| system.webhook.name.clone()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        root.wrong("tenants", "two payment systems have the same webhook_endpoint; each needs its own");
    }
    if !names.is_empty() && matches!(webhooks, Some(None)) {
        root.wrong("webhooks", "it is missing; webhook_endpoint needs [webhooks] with listen = \"…\"");
    }
}

/// `Some(None)` where there is none.
fn read_fingerprint_key(root: &mut Section, name: &str) -> Option<Option<FingerprintKey>> {
    match root.secret_optional(name)? {
        Some(text) => root.understood(name, FingerprintKey::parse(&text)).map(Some),
        None => Some(None),
    }
}

/// `Some(None)` is plaintext, which needs loopback and the operator's word.
fn read_tls(root: &mut Section, listen: Option<SocketAddr>) -> Option<Option<Tls>> {
    let (tls, plaintext) = (settings::read_tls(root), root.flag("allow_plaintext", false));
    let (tls, plaintext) = (tls?, plaintext?);
    if tls.is_none() && !plaintext {
        root.wrong(
            "tls_certificate",
            "it is missing; set tls_certificate and tls_key, or allow_plaintext = true for a trial on loopback",
        );
        return None;
    }
    if tls.is_none() && listen.is_some_and(|listen| !listen.ip().is_loopback()) {
        root.wrong("allow_plaintext", "plaintext is for loopback only, and listen is not on it");
        return None;
    }
    Some(tls)
}

fn read_tenants(root: &mut Section) -> Option<BTreeMap<TenantName, Tenant>> {
    let sections = root.sections("tenants");
    if sections.is_empty() {
        root.wrong("tenants", "there is none; each billing platform needs one, as in [tenants.acme]");
    }
    let mut tenants = BTreeMap::new();
    let mut all_good = true;
    for (name, mut section) in sections {
        let named = root.understood(&format!("tenants.{name}"), TenantName::parse(&name));
        let tenant = named.as_ref().and_then(|name| Tenant::read(&mut section, name));
        section.finish();
        all_good &= tenant.is_some();
        tenants.extend(named.zip(tenant));
    }
    let mut key_ids: Vec<_> =
        tenants.values().flat_map(|tenant: &Tenant| &tenant.credentials).map(|c| &c.key_id).collect();
    key_ids.sort_by_key(|id| id.as_str());
    for pair in key_ids.windows(2) {
        if let [one, other] = pair
            && one == other
        {
            root.wrong(
                "tenants",
                format!("two tenants have a credential {one}; a key id belongs to one tenant"),
            );
            all_good = false;
        }
    }
    all_good.then_some(tenants)
}
