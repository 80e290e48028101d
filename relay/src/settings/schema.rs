//! The description of the relay's settings file, from which `docs/settings.md` and
//! `docs/relay.schema.json` are made. The code beside this file reads the settings; a test of the
//! whole workspace compares both.

use std::collections::BTreeMap;

use causeway_settings_reference::kind::{Address, File, Secret};
use schemars::JsonSchema;

/// Tenants, with credentials and currencies.
mod tenant;
/// The payment systems of a tenant.
mod payment_system;
/// Compares the committed JSON schema with these types.
mod tests;

/// The settings of `causeway-relay`, which holds the Stripe keys.
#[derive(JsonSchema)]
#[schemars(title = "relay.toml", deny_unknown_fields)]
struct RelayFile {
    /// Address of the gRPC listener for the adapters.
    listen: Address,
    /// Certificate chain of the listener, in PEM. TLS 1.3 only. Needs `tls_key`.
    #[schemars(extend("x-default" = "**required**, unless `allow_plaintext`"))]
    tls_certificate: Option<File>,
    /// Key of `tls_certificate`, in PEM.
    #[schemars(extend("x-default" = "**required**, unless `allow_plaintext`"))]
    tls_key: Option<File>,
    /// Allows a listener on loopback without TLS, for trials.
    #[schemars(extend("default" = false))]
    allow_plaintext: Option<bool>,
    /// How many connections from one address may be open before they show a good signature; the oldest
    /// gives way to a new one. IPv6 addresses count by /64 network. Raise it where all clients come
    /// through a proxy that does not speak the PROXY protocol.
    #[schemars(range(min = 1, max = 256), extend("default" = 64))]
    connections_per_address: Option<u64>,
    /// Addresses or networks of proxies that send the PROXY protocol, version 2, before each
    /// connection: `["10.0.0.5", "10.1.0.0/16"]`. The address in its header counts then. A connection
    /// from there without the header is closed.
    #[schemars(extend("x-default" = "none; the address of the connection counts"))]
    trusted_proxies: Option<Vec<String>>,
    /// The names of this relay, as in the adapters' `relay.addresses`: host and port, the port only if it is
    /// not 443, as in `["relay.example.com:50052"]`. A request that was signed for another relay is refused
    /// with `LINK_SIGNATURE`, even if that relay has the same credentials.
    #[schemars(length(min = 1), extend("x-default" = "every name is accepted"))]
    names: Option<Vec<String>>,
    /// The file of the journal, on a local disk; the folder has to exist. One relay for each journal.
    journal: File,
    /// MiB that are kept allocated beside the journal as `JOURNAL.reserve`. When the disk is full the
    /// reserve is given up, so that outcomes of operations in flight can still be written. With less
    /// than a quarter of the reserve free, no new operation begins. 0: no reserve and no check of the
    /// free space.
    #[schemars(range(max = 65_536), extend("default" = 64))]
    journal_reserve_mib: Option<u64>,
    /// Name of this installation, 1 to 64 printable ASCII characters without spaces. Part of every
    /// idempotency key: never change it. Two relays with separate journals and the same Stripe account
    /// need different names.
    #[schemars(length(min = 1, max = 64))]
    environment: String,
    /// Format of the log lines on standard error.
    #[schemars(extend("default" = "json"))]
    log_format: Option<LogFormat>,
    /// Filter of the log lines, as in `RUST_LOG`: `"info"` or `"warn,causeway=debug"`. The
    /// variable `RUST_LOG` takes precedence.
    #[schemars(extend("default" = "info"))]
    log: Option<String>,
    /// How many seconds operations in flight may take to end after SIGTERM.
    #[schemars(range(max = 600), extend("default" = 30))]
    drain_seconds: Option<u64>,
    /// How many operations may be in flight; new ones above the limit are refused before they begin.
    /// With several tenants, each may use half of the limit at the most.
    #[schemars(range(min = 1, max = 100_000), extend("default" = 512))]
    operations_at_once: Option<u64>,
    /// Key for the fingerprints of card numbers, by which a repeated card number is recognized: base64
    /// of at least 32 bytes, as `openssl rand -base64 32` makes one. Without the setting, the first
    /// start makes a key in the file `JOURNAL.card-key`; keep that file with the journal, and away from
    /// copies of the journal.
    #[schemars(extend("x-default" = "the file `JOURNAL.card-key`"))]
    card_fingerprint_key: Option<Secret>,
    /// File with the key for fingerprints. Not readable for all users.
    card_fingerprint_key_file: Option<File>,
    /// The previous key for fingerprints, as long as requests under the previous key may be repeated.
    previous_card_fingerprint_key: Option<Secret>,
    /// File with the previous key for fingerprints. Not readable for all users.
    previous_card_fingerprint_key_file: Option<File>,
    webhooks: Option<WebhooksTable>,
    jobs: Option<JobsTable>,
    recovery: Option<RecoveryTable>,
    /// The tenants, a table each, as in `[tenants.acme]`.
    #[schemars(extend("x-name" = "TENANT"))]
    tenants: BTreeMap<String, tenant::TenantTable>,
}

/// Format of the log lines.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum LogFormat {
    /// a JSON object per line, for log collectors.
    Json,
    /// for people.
    Text,
}

/// The listener for Stripe's webhooks. Stripe posts events to `https://HOST/webhooks/ENDPOINT`, with
/// the `webhook_endpoint` of a payment system. Without the table there is no listener, and the relay
/// polls Stripe for events.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct WebhooksTable {
    /// Address of the HTTP listener. Without TLS on loopback only, behind a proxy that has TLS.
    listen: Address,
    /// Certificate chain of the listener, in PEM. TLS 1.3 only. Needs `tls_key`.
    #[schemars(extend("x-default" = "no TLS, on loopback only"))]
    tls_certificate: Option<File>,
    /// Key of `tls_certificate`, in PEM.
    tls_key: Option<File>,
    /// How many connections from one address may be open before they show a webhook with a good signature; the oldest
    /// gives way to a new one. IPv6 addresses count by /64 network. Raise it where all clients come
    /// through a proxy that does not speak the PROXY protocol.
    #[schemars(range(min = 1, max = 256), extend("default" = 64))]
    connections_per_address: Option<u64>,
    /// Addresses or networks of proxies that send the PROXY protocol, version 2, before each
    /// connection: `["10.0.0.5", "10.1.0.0/16"]`. The address in its header counts then. A connection
    /// from there without the header is closed.
    #[schemars(extend("x-default" = "none; the address of the connection counts"))]
    trusted_proxies: Option<Vec<String>>,
    /// How many events each endpoint accepts per second, so that many events of one payment system keep
    /// no event of another one out. Events above the limit get a 503, and Stripe sends them again. 0: no
    /// limit.
    #[schemars(range(max = 100_000), extend("default" = 200))]
    events_per_second: Option<u64>,
}

/// Intervals of the background jobs, in seconds. With 0 a job runs only on request: `causeway job NAME`
/// or RunJob. The table may be absent.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct JobsTable {
    /// How soon an event is handled again after a failure. New events are handled at once.
    #[schemars(range(min = 1, max = 60), extend("default" = 1))]
    inbox_seconds: Option<u64>,
    /// How soon the outcome of an operation is looked up once the operation is due.
    #[schemars(range(max = 3600), extend("default" = 1))]
    recovery_seconds: Option<u64>,
    /// Polls Stripe for events: as a safety net below webhooks, or instead of webhooks.
    #[schemars(range(max = 86_400), extend("default" = 60))]
    poll_seconds: Option<u64>,
    /// Compares recent payments and refunds with Stripe's, in both directions.
    #[schemars(range(max = 86_400), extend("default" = 3600))]
    sweep_seconds: Option<u64>,
    /// Looks up operations, payments, captures and refunds that wait for payers or for Stripe.
    #[schemars(range(max = 86_400), extend("default" = 900))]
    open_seconds: Option<u64>,
    /// Creates customers at Stripe, and deletes deactivated customers.
    #[schemars(range(max = 86_400), extend("default" = 3600))]
    customers_seconds: Option<u64>,
    /// Looks up card set-ups that are not complete; a set-up is given up after 30 days.
    #[schemars(range(max = 86_400), extend("default" = 900))]
    setups_seconds: Option<u64>,
    /// Warns of holds that end soon, records holds that ended, and renews holds.
    #[schemars(range(max = 86_400), extend("default" = 300))]
    holds_seconds: Option<u64>,
}

/// Limits of automatic recovery, in seconds. The table may be absent.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RecoveryTable {
    /// How long after a request of billing the relay may send the charge to Stripe again by itself.
    #[schemars(range(max = 82_800), extend("default" = 600))]
    charge_not_after_seconds: Option<u64>,
    /// Time between two look-ups that find nothing at Stripe, before the payment counts as not charged.
    #[schemars(range(min = 1, max = 86_400), extend("default" = 3600))]
    second_look_seconds: Option<u64>,
}
