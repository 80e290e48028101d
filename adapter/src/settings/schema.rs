//! The description of the adapter's settings file, from which `docs/settings.md` and
//! `docs/adapter.schema.json` are made. The code beside this file reads the settings; a test of the
//! whole workspace compares both.

use std::collections::BTreeMap;

use causeway_settings_reference::kind::{Address, File, Secret, Url};
use schemars::JsonSchema;

/// Compares the committed JSON schema with these types.
mod tests;

/// The settings of `causeway-adapter`, which runs beside the billing platform.
#[derive(JsonSchema)]
#[schemars(title = "adapter.toml", deny_unknown_fields)]
struct AdapterFile {
    /// Address of the gRPC listener for the billing platform. Leaves loopback only with
    /// `tls_certificate` and `tls_key`.
    #[schemars(extend("default" = "127.0.0.1:50051"))]
    listen: Option<Address>,
    /// Certificate chain of the listener, in PEM. TLS 1.3 only. Needs `tls_key`.
    #[schemars(extend("x-default" = "no TLS, on loopback only"))]
    tls_certificate: Option<File>,
    /// Key of `tls_certificate`, in PEM.
    tls_key: Option<File>,
    /// How many connections from one address may be open before they show a good token; the oldest
    /// gives way to a new one. IPv6 addresses count by /64 network. Raise it where all clients come
    /// through a proxy that does not speak the PROXY protocol.
    #[schemars(range(min = 1, max = 256), extend("default" = 64))]
    connections_per_address: Option<u64>,
    /// Addresses or networks of proxies that send the PROXY protocol, version 2, before each
    /// connection: `["10.0.0.5", "10.1.0.0/16"]`. The address in its header counts then. A connection
    /// from there without the header is closed.
    #[schemars(extend("x-default" = "none; the address of the connection counts"))]
    trusted_proxies: Option<Vec<String>>,
    /// Format of the log lines on standard error.
    #[schemars(extend("default" = "json"))]
    log_format: Option<LogFormat>,
    /// Filter of the log lines, as in `RUST_LOG`: `"info"` or `"warn,causeway_adapter=debug"`. The
    /// variable `RUST_LOG` takes precedence.
    #[schemars(extend("default" = "info"))]
    log: Option<String>,
    /// How many seconds calls in flight may take to end after SIGTERM.
    #[schemars(range(max = 600), extend("default" = 30))]
    drain_seconds: Option<u64>,
    relay: RelayTable,
    /// The callers of the adapter, a table each, as in `[callers.billing]`.
    #[schemars(extend("x-name" = "CALLER"))]
    callers: BTreeMap<String, CallerTable>,
    events: Option<EventsTable>,
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

/// The relay, and the credential that signs requests to the relay. The table is required.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RelayTable {
    /// URLs of **one** relay, the preferred URL first; the next is tried when one is down. `https`, or
    /// `http` on loopback with `allow_plaintext`.
    #[schemars(length(min = 1))]
    addresses: Vec<Url>,
    /// Allows `http` to a relay on loopback, for trials.
    #[schemars(extend("default" = false))]
    allow_plaintext: Option<bool>,
    /// The private CA of the relay's certificate, in PEM.
    #[schemars(extend("x-default" = "the root certificates of the machine"))]
    ca_file: Option<File>,
    /// Id of the credential, the same as in the relay's table
    /// `[tenants.TENANT.credentials.KEY_ID]`.
    key_id: String,
    /// The shared key of the credential: base64 of at least 32 bytes, as `openssl rand -base64 32`
    /// makes one.
    #[schemars(extend("x-default" = "**required**, one of the two"))]
    secret: Option<Secret>,
    /// File with the shared key. Not readable for all users.
    secret_file: Option<File>,
    /// How often a call is sent at the most, each time with a fresh signature.
    #[schemars(range(min = 1, max = 10), extend("default" = 3))]
    tries: Option<u64>,
    /// Time limit in seconds of calls whose caller sets no deadline.
    #[schemars(range(min = 1, max = 600), extend("default" = 90))]
    patience_seconds: Option<u64>,
    /// How many calls that change state may be in flight; more are refused and not forwarded.
    #[schemars(range(min = 1, max = 100_000), extend("default" = 512))]
    calls_at_once: Option<u64>,
}

/// A caller of the adapter, with token and rights. The name of the table appears in the log. At least one
/// caller is required.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CallerTable {
    /// The bearer token: at least 24 printable characters without spaces, as
    /// `openssl rand -base64 32` makes one. Each caller has a token of its own.
    #[schemars(extend("x-default" = "**required**, one of the two"))]
    token: Option<Secret>,
    /// File with the token. Not readable for all users.
    token_file: Option<File>,
    /// The calls that the caller may make.
    rights: Vec<Right>,
}

/// A right of a caller.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Right {
    /// Authorize, also with `store_card`, Confirm, Capture, ReleaseHold, ImportPayment, Void.
    Charge,
    /// Refund, DecideRefund, ReportOrderFailed.
    Refund,
    /// Tokenize, ListCards, DeleteCard, SetDefaultCard, PutCustomer, DeactivateCustomer.
    Cards,
    /// payments, orders, SyncPayment, options, capabilities, CheckPolicy, WatchEvents.
    Read,
    /// RunJob.
    Jobs,
    /// the field `accept_rules` of ImportPayment, which takes a payment over although it breaks a rule.
    /// The call itself needs `charge`.
    Import,
}

/// Posts each event to the billing platform, for platforms that cannot read a stream. Without the
/// table no events are posted. On one adapter only, because every adapter with the table posts all
/// events.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EventsTable {
    /// The URL that each event is posted to: `http` on loopback, without a name or a password.
    post_to: Url,
    /// The key that signs the posts (Standard Webhooks): `whsec_` and base64 of 24 to 64 bytes.
    #[schemars(extend("x-default" = "**required**, one of the two"))]
    secret: Option<Secret>,
    /// File with the key that signs the posts. Not readable for all users.
    secret_file: Option<File>,
    /// The file with the sequence of the last event that the billing platform accepted. The adapter
    /// writes the file; the folder has to exist.
    cursor_file: File,
    /// How many seconds the billing platform may take to answer a post.
    #[schemars(range(min = 1, max = 60), extend("default" = 15))]
    timeout_seconds: Option<u64>,
}
