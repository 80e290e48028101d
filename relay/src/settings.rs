//! Settings of the operator: one file, read once, with every mistake reported at once.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use causeway::tenant::TenantName;
use causeway_link::{
    accept::ListenLimits,
    credential::Credential,
    names::{RelayName, RelayNames},
    tls::Tls,
};
use causeway_runtime::{
    log::{LogFormat, parse_filter},
    private_file::{self, Exposure},
    settings::{self, Mistakes, Section},
};

use causeway_domain::tenant::Tenants;
use causeway_engine::{EngineConfig, fingerprint::FingerprintKey};

/// A named processor account of a tenant.
pub mod payment_system;
/// The processor of a payment system, and the connection settings.
pub mod processor;
/// The allowlists of card brands and method types of a payment system.
mod method;
/// The payment systems of a currency, with the limits of amounts.
mod currency;
/// The endpoints to which Stripe posts events.
pub mod webhook;
/// Intervals of the background jobs.
mod jobs;
/// The limits of automatic recovery.
mod recovery;
/// The settings of one billing platform.
pub mod tenant;
/// The description of the settings file, for the reference and the JSON schema.
#[cfg(test)]
#[expect(dead_code, reason = "the types describe the settings file and hold no values")]
mod schema;

use processor::Processor;
use tenant::TenantSettings;
pub use webhook::{Endpoint, Listening};

/// The prefix of environment variables that override the file.
pub const PREFIX: &str = "CAUSEWAY_RELAY";

/// All settings of a relay.
pub struct Settings {
    /// Address of the gRPC listener.
    pub listen: SocketAddr,
    /// Certificate and key. `None`: plaintext, on loopback only.
    pub tls: Option<Tls>,
    /// Names of the relay in the addresses of the adapters. Empty: every name is accepted.
    pub names: RelayNames,
    /// Path of the journal's file.
    pub journal: PathBuf,
    /// Disk space reserved beside the journal for the case of a full disk, in bytes.
    pub journal_reserve: u64,
    /// The limits of the listener before authentication.
    pub limits: ListenLimits,
    /// Format of the log lines.
    pub log_format: LogFormat,
    /// Filter of the log lines, as in `RUST_LOG`.
    pub log: String,
    /// Time for operations in flight to end after the stop signal, in seconds.
    pub drain_seconds: u64,
    /// Key for the fingerprints of card numbers. `None`: the key is in a file beside the journal.
    pub card_fingerprint_key: Option<FingerprintKey>,
    /// The previous key, kept while requests with fingerprints under the previous key may be
    /// repeated.
    pub previous_card_fingerprint_key: Option<FingerprintKey>,
    /// Listener for Stripe's webhooks; `None`: no listener, and the relay polls Stripe for events.
    pub webhooks: Option<Listening>,
    /// The webhook endpoints of all payment systems.
    pub endpoints: Vec<Endpoint>,
    /// The link credentials of all tenants.
    pub credentials: Vec<Credential>,
    /// The processors, by tenant and payment system.
    pub processors: BTreeMap<(TenantName, String), Processor>,
    /// The settings of the engine, with all tenants.
    pub engine: EngineConfig,
    /// Warnings about valid but suspicious settings, a sentence each.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Reads the file and overlays the environment.
    pub fn read(
        file: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Settings, Mistakes> {
        settings::read(file, PREFIX, environment, read_all)
    }

    /// Reads settings from a text in memory, for tests in one process.
    pub fn from_toml(text: &str) -> Result<Settings, Mistakes> {
        settings::read_text(text, Path::new("."), PREFIX, [], read_all)
    }
}

fn read_all(root: &mut Section) -> Option<Settings> {
    let listen = root.parse("listen", "127.0.0.1:50052", |text| {
        text.parse::<SocketAddr>()
            .map_err(|_| "it has to be an address and a port, as in \"127.0.0.1:50052\"")
    });
    let tls = read_tls(root, listen);
    let limits = settings::read_listen_limits(root);
    let names = read_names(root, listen);
    let journal = root.file("journal");
    match &journal {
        Some(Some(file)) => check_journal(root, file),
        Some(None) => {
            root.wrong("journal", "it is missing; set it to the journal's file, as in journal = \"relay.db\"")
        }
        None => {}
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
    let jobs = jobs::read(root);
    let recovery = recovery::read(root);
    let tenants = read_tenants(root);
    check_endpoints(root, &webhooks, tenants.as_deref().unwrap_or_default());
    let (environment, operations_at_once) = (environment?, usize::try_from(operations_at_once?).ok()?);
    let (jobs, recovery, parts) = (jobs?, recovery?, Parts::of(tenants?));
    let engine = EngineConfig { environment, operations_at_once, jobs, recovery, tenants: parts.tenants };
    Some(Settings {
        listen: listen?,
        tls: tls?,
        limits: limits?,
        names: names?,
        journal: journal??,
        journal_reserve: journal_reserve_mib?.saturating_mul(1 << 20),
        log_format: log_format?.unwrap_or(LogFormat::Json),
        log: log?.unwrap_or_else(|| "info".to_owned()),
        drain_seconds: drain_seconds?,
        card_fingerprint_key: card_fingerprint_key?,
        previous_card_fingerprint_key: previous_card_fingerprint_key?,
        webhooks: webhooks?,
        endpoints: parts.endpoints,
        credentials: parts.credentials,
        processors: parts.processors,
        engine,
        warnings: root.warnings(),
    })
}

/// The parts of all tenants, grouped by the component that needs the part.
#[derive(Default)]
struct Parts {
    tenants: Tenants,
    credentials: Vec<Credential>,
    processors: BTreeMap<(TenantName, String), Processor>,
    endpoints: Vec<Endpoint>,
}

impl Parts {
    fn of(all: Vec<TenantSettings>) -> Parts {
        let mut parts = Parts::default();
        for TenantSettings { tenant, credentials, processors, webhooks } in all {
            parts.credentials.extend(credentials);
            let name = &tenant.name;
            parts
                .processors
                .extend(processors.into_iter().map(|(system, its)| ((name.clone(), system), its)));
            parts.endpoints.extend(webhooks);
            parts.tenants.insert(tenant.name.clone(), tenant);
        }
        parts
    }
}

/// Checks that each endpoint belongs to one payment system, and that a listener is configured.
fn check_endpoints(root: &mut Section, webhooks: &Option<Option<Listening>>, tenants: &[TenantSettings]) {
    let mut names: Vec<_> =
        tenants.iter().flat_map(|tenant| &tenant.webhooks).map(|endpoint| &endpoint.name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        root.wrong("tenants", "two payment systems have the same webhook_endpoint; each needs its own");
    }
    if !names.is_empty() && matches!(webhooks, Some(None)) {
        root.wrong("webhooks", "it is missing; webhook_endpoint needs [webhooks] with listen = \"…\"");
    }
}

/// Checks the folder of the journal, and the kinds and modes of files that are there already.
fn check_journal(root: &mut Section, file: &Path) {
    if !file.parent().is_some_and(Path::is_dir) {
        root.wrong("journal", format!("there is no folder for {}", file.display()));
    }
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    for file in [file, Path::new(&log)] {
        match private_file::check_regular(file) {
            Ok(about) if Exposure::of(&about).is_loose() => {
                root.warn("journal", Exposure::of(&about).sentence(file));
            }
            Err(error) if error.kind() == io::ErrorKind::Other => {
                root.wrong("journal", format!("{} cannot be the journal: {error}", file.display()));
            }
            Ok(_) | Err(_) => {}
        }
    }
}

/// Reads the names of the relay. Without names a request that was signed for another relay with the
/// same credentials is accepted, which is a warning where adapters come from elsewhere.
fn read_names(root: &mut Section, listen: Option<SocketAddr>) -> Option<RelayNames> {
    let Some(texts) = root.list_optional("names")? else {
        if listen.is_some_and(|listen| !listen.ip().is_loopback()) {
            root.warn(
                "names",
                "it is not set, so a request that was signed for another relay with the same credential is \
                 accepted here; set it to host and port of the adapters' relay.addresses",
            );
        }
        return Some(RelayNames::default());
    };
    if texts.is_empty() {
        root.wrong("names", "there is none; leave the setting out to accept every name");
    }
    let read = texts.iter().map(|text| root.understood("names", RelayName::parse(text)));
    let names: Option<Vec<_>> = read.collect::<Vec<_>>().into_iter().collect();
    names.map(RelayNames)
}

/// Reads a fingerprint key; `Some(None)` if absent.
fn read_fingerprint_key(root: &mut Section, name: &str) -> Option<Option<FingerprintKey>> {
    match root.secret_optional(name)? {
        Some(text) => root.understood(name, FingerprintKey::parse(&text)).map(Some),
        None => Some(None),
    }
}

/// Reads the TLS settings. `Some(None)` is plaintext, which needs a loopback address and the
/// setting `allow_plaintext`.
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

fn read_tenants(root: &mut Section) -> Option<Vec<TenantSettings>> {
    let sections = root.sections("tenants");
    if sections.is_empty() {
        root.wrong("tenants", "there is none; each billing platform needs one, as in [tenants.acme]");
    }
    let mut tenants: Vec<TenantSettings> = vec![];
    let mut all_good = true;
    for (name, mut section) in sections {
        let named = root.understood(&format!("tenants.{name}"), TenantName::parse(&name));
        let tenant = named.as_ref().and_then(|name| TenantSettings::read(&mut section, name));
        section.finish();
        all_good &= tenant.is_some();
        tenants.extend(tenant);
    }
    let mut key_ids: Vec<_> =
        tenants.iter().flat_map(|tenant| &tenant.credentials).map(|c| &c.key_id).collect();
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
    all_good &= check_secrets(root, &tenants);
    all_good.then_some(tenants)
}

/// Each tenant has a secret of its own: whoever has the secret of one tenant could sign for the other.
fn check_secrets(root: &mut Section, tenants: &[TenantSettings]) -> bool {
    let credentials: Vec<_> = tenants.iter().flat_map(|tenant| &tenant.credentials).collect();
    let mut all_good = true;
    for (place, one) in credentials.iter().enumerate() {
        let before = credentials.iter().take(place);
        for other in before.filter(|other| other.key.is_same(&one.key)) {
            let (id, other_id) = (&one.key_id, &other.key_id);
            if other.tenant == one.tenant {
                root.warn(
                    "tenants",
                    format!("the credentials {other_id} and {id} have the same secret, so a rotation from one to the other changes nothing"),
                );
            } else {
                root.wrong(
                    "tenants",
                    format!(
                        "the credentials {other_id} of {} and {id} of {} have the same secret; each tenant needs one of its own",
                        other.tenant, one.tenant
                    ),
                );
                all_good = false;
            }
        }
    }
    all_good
}
