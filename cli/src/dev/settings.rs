//! The settings of adapter and relay on a trial ground.

use std::net::SocketAddr;

use causeway_adapter::settings::Settings as AdapterSettings;
use causeway_relay::settings::Settings as RelaySettings;
use secrecy::ExposeSecret;

use super::home::Home;
use crate::problem::Problem;

/// Currencies with the least and the most that one payment may be. The least in CHF
/// is below Stripe's own, to see what Stripe says to that.
const CURRENCIES: [[&str; 3]; 6] = [
    ["usd", "0.50", "10000.00"],
    ["eur", "0.50", "10000.00"],
    ["gbp", "0.30", "10000.00"],
    ["chf", "0.46", "10000.00"],
    ["jpy", "50", "1500000"],
    ["kwd", "0.150", "3000.000"],
];

/// The relay's.
pub(super) fn relay(home: &Home, listen: SocketAddr, sandbox: &str) -> Result<RelaySettings, Problem> {
    let (link, stripe) = (home.link.expose_secret(), home.stripe.expose_secret());
    let mut text = format!(
        r#"
        listen = "{listen}"
        allow_plaintext = true
        journal = "relay.db"
        environment = "dev"
        log_format = "text"
        drain_seconds = 10

        [tenants.dev.credentials.dev-1]
        secret = "{link}"

        [tenants.dev.payment_systems.main]
        processor = "stripe"
        login = "sandbox"
        secret_key = "{stripe}"
        publishable_key = "pk_test_sandbox"
        test_mode = true
        capture_mode = "manual"
        api_base = "{sandbox}"
        "#
    );
    for [currency, minimum, maximum] in CURRENCIES {
        text.push_str(&format!(
            r#"
            [tenants.dev.currencies.{currency}]
            payment_system = "main"
            minimum = "{minimum}"
            maximum = "{maximum}"
            "#
        ));
    }
    let settings =
        RelaySettings::from_toml(&text).map_err(|mistakes| Problem::Usage(format!("relay: {mistakes}")))?;
    // A path may hold anything, so it does not go through TOML.
    Ok(RelaySettings { journal: home.journal(), ..settings })
}

/// The adapter's.
pub(super) fn adapter(
    home: &Home,
    listen: SocketAddr,
    relay: SocketAddr,
) -> Result<AdapterSettings, Problem> {
    let (link, token) = (home.link.expose_secret(), home.token.expose_secret());
    let text = format!(
        r#"
        listen = "{listen}"
        log_format = "text"
        drain_seconds = 10

        [relay]
        addresses = ["http://{relay}"]
        key_id = "dev-1"
        secret = "{link}"
        allow_plaintext = true

        [callers.billing]
        token = "{token}"
        rights = ["charge", "refund", "cards", "read"]
        "#
    );
    AdapterSettings::from_toml(&text).map_err(|mistakes| Problem::Usage(format!("adapter: {mistakes}")))
}
