//! Settings, as an operator writes them.

use std::{net::SocketAddr, path::Path};

pub(crate) const ACME_SECRET: &str = "dGhlIHNlY3JldCBvZiBhY21lIGluIGFsbCBzdG9yaWVzIQ==";
pub(crate) const GLOBEX_SECRET: &str = "d2hhdCBnbG9iZXggc2lnbnMgaXRzIGNhbGxzIHdpdGggMQ==";
pub(crate) const ACME_KEY: &str = "sk_test_acme000000000000000001";
pub(crate) const GLOBEX_KEY: &str = "sk_test_globex0000000000000001";

pub(crate) const BILLING_TOKEN: &str = "billing-token-of-at-least-24-characters";
pub(crate) const DESK_TOKEN: &str = "desk-token-that-may-only-refund-things";
pub(crate) const VIEWER_TOKEN: &str = "viewer-token-that-may-only-look-at-it";

/// Relay settings with two tenants; acme has two payment systems.
pub(crate) fn relay(journal: &Path, stripe: &str) -> String {
    format!(
        r#"
listen = "127.0.0.1:0"
allow_plaintext = true
journal = "{journal}"
journal_reserve_mib = 0
environment = "stories"
log_format = "text"

# Stories say themselves when a job runs, and count the calls to Stripe.
[jobs]
recovery_seconds = 0
poll_seconds = 0
sweep_seconds = 0
open_seconds = 0
customers_seconds = 0
setups_seconds = 0
holds_seconds = 0

[tenants.acme.credentials.acme-1]
secret = "{ACME_SECRET}"

[tenants.acme.payment_systems.main]
processor = "stripe"
login = "billing"
secret_key = "{ACME_KEY}"
publishable_key = "pk_test_acme1"
test_mode = true
capture_mode = "manual"
api_base = "{stripe}"
requests_per_second = 0
timeout_seconds = 5

[tenants.acme.payment_systems.second]
processor = "stripe"
login = "billing"
secret_key = "sk_test_acme000000000000000002"
test_mode = true
capture_mode = "automatic"
api_base = "{stripe}"
requests_per_second = 0

[tenants.acme.currencies.USD]
payment_system = "main"
minimum = "0.50"
maximum = "5000.00"

[tenants.acme.currencies.CHF]
payment_system = "main"
minimum = "0.46"

[tenants.acme.currencies.JPY]
payment_system = "main"

[tenants.acme.currencies.KWD]
payment_system = "main"

[tenants.acme.currencies.EUR]
payment_system = "second"

[tenants.globex.credentials.globex-1]
secret = "{GLOBEX_SECRET}"

[tenants.globex.payment_systems.main]
processor = "stripe"
login = "billing"
secret_key = "{GLOBEX_KEY}"
test_mode = true
capture_mode = "manual"
api_base = "{stripe}"
requests_per_second = 0

[tenants.globex.currencies.USD]
payment_system = "main"
"#,
        journal = journal.display()
    )
}

/// Adapter settings with three callers of different rights.
pub(crate) fn adapter(relays: &[SocketAddr], key_id: &str, secret: &str) -> String {
    let addresses: Vec<_> = relays.iter().map(|relay| format!("\"http://{relay}\"")).collect();
    format!(
        r#"
listen = "127.0.0.1:0"
[relay]
addresses = [{}]
key_id = "{key_id}"
secret = "{secret}"
allow_plaintext = true
[callers.billing]
token = "{BILLING_TOKEN}"
rights = ["charge", "refund", "cards", "read", "jobs"]
[callers.desk]
token = "{DESK_TOKEN}"
rights = ["refund"]
[callers.viewer]
token = "{VIEWER_TOKEN}"
rights = ["read"]
"#,
        addresses.join(", ")
    )
}

/// Rows in a table of a journal, read while the relay has the journal open.
pub(crate) fn rows(journal: &Path, table: &str) -> usize {
    let connection =
        rusqlite::Connection::open_with_flags(journal, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count: i64 =
        connection.query_one(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    usize::try_from(count).unwrap()
}
