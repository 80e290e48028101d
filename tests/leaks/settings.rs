//! Settings files, which hold all keys.

use std::{net::SocketAddr, path::Path};

use super::canary::Keys;

/// A payment system: the name, the currency, and the special settings.
const SYSTEMS: &[(&str, &str, &str)] = &[
    ("full", "USD", "card_data_mode = \"full_card\""),
    ("token", "EUR", ""),
    ("strict", "CHF", "card_data_mode = \"full_card\"\ncvc_required = true\npayment_methods = [\"VISA\"]"),
    // The sandbox refuses card numbers of this account.
    ("refusing", "GBP", "card_data_mode = \"full_card\""),
    // The sandbox takes only test numbers for this account, and declines all others.
    ("declining", "CAD", "card_data_mode = \"full_card\""),
    ("hasty", "AUD", "card_data_mode = \"full_card\"\nmax_network_retries = 0"),
    // The sandbox does not know the key of this account any more.
    ("revoked", "NZD", "card_data_mode = \"full_card\""),
    ("idle", "SEK", "card_data_mode = \"full_card\"\nactive = false"),
];

/// The name of the webhook endpoint of "full".
pub(super) const ENDPOINT: &str = "leaks-endpoint-0123456789abcdef0123";

/// How many payment systems there are.
pub(super) const COUNT: usize = SYSTEMS.len();

/// The key of a payment system.
pub(super) fn key_of<'a>(keys: &'a Keys, system: &str) -> &'a str {
    let place = SYSTEMS.iter().position(|(name, ..)| *name == system).unwrap();
    &keys.stripe[place]
}

/// The relay's settings file for this test.
pub(super) fn relay(directory: &Path, stripe: &str, keys: &Keys, format: &str, events: u16) -> String {
    let mut text = format!(
        r#"
listen = "127.0.0.1:0"
allow_plaintext = true
journal = "{journal}"
environment = "leaks"
log = "trace"
log_format = "{format}"
card_fingerprint_key = "{fingerprint}"

[webhooks]
listen = "127.0.0.1:{events}"

[tenants.acme.credentials.acme-1]
secret = "{link}"
"#,
        journal = directory.join("relay.db").display(),
        fingerprint = keys.fingerprint,
        link = keys.link,
        events = events,
    );
    for ((name, currency, set), key) in SYSTEMS.iter().zip(&keys.stripe) {
        let webhook = if *name == "full" {
            format!("webhook_endpoint = \"{ENDPOINT}\"\nwebhook_secret = \"{}\"", keys.webhook)
        } else {
            String::new()
        };
        let brands = if set.contains("payment_methods") { "" } else { ALL_BRANDS };
        text += &format!(
            r#"
[tenants.acme.payment_systems.{name}]
processor = "stripe"
login = "billing"
capture_mode = "manual"
secret_key = "{key}"
test_mode = true
api_base = "{stripe}"
requests_per_second = 0
timeout_seconds = 30
{brands}
{webhook}
{set}

[tenants.acme.currencies.{currency}]
payment_system = "{name}"
minimum = "5.00"
maximum = "900.00"
"#
        );
    }
    text
}

const ALL_BRANDS: &str =
    r#"payment_methods = ["VISA", "MASTERCARD", "AMEX", "DISCOVER", "DINERS", "JCB", "UNIONPAY"]"#;

/// The adapter's settings file. The adapter tries once, so that each death of
/// the relay is reported.
pub(super) fn adapter(directory: &Path, relay: SocketAddr, keys: &Keys, format: &str) -> String {
    format!(
        r#"
listen = "127.0.0.1:0"
log = "trace"
log_format = "{format}"

[relay]
addresses = ["http://{relay}"]
key_id = "acme-1"
secret = "{link}"
allow_plaintext = true
tries = 1

# Nobody listens there, so every event is tried again and again.
[events]
post_to = "http://127.0.0.1:9/events"
secret = "{events}"
cursor_file = "{cursor}"

[callers.billing]
token = "{billing}"
rights = ["charge", "refund", "cards", "read"]

[callers.desk]
token = "{desk}"
rights = ["refund"]
"#,
        link = keys.link,
        billing = keys.billing,
        desk = keys.desk,
        events = keys.events,
        cursor = directory.join("events.cursor").display(),
    )
}
