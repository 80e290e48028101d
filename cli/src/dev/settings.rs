//! The settings of adapter and relay on a trial ground.

use std::net::SocketAddr;

use causeway_adapter::settings::Settings as AdapterSettings;
use causeway_relay::settings::Settings as RelaySettings;
use secrecy::ExposeSecret;

use super::{state_dir::StateDir, webhook::Webhook};
use crate::problem::Problem;

/// Currencies with minimum and maximum of one payment, and the payment systems that take them. Each
/// rule can be tried: the minimum in CHF is below Stripe's own, yen have no decimals and dinars
/// three, and in CAD two payment systems share the card brands.
const CURRENCIES: [[&str; 4]; 8] = [
    ["usd", "main", "0.50", "10000.00"],
    ["eur", "main", "0.50", "10000.00"],
    ["chf", "main", "0.46", "10000.00"],
    ["jpy", "main", "50", "1500000"],
    ["kwd", "main", "0.150", "3000.000"],
    ["cad", "main", "0.50", "10000.00"],
    ["cad", "amex", "5.00", "2000.00"],
    ["gbp", "trial", "0.30", "10000.00"],
];

/// The relay's settings for this directory and these ports.
pub(super) fn relay(
    state_dir: &StateDir,
    listen: SocketAddr,
    sandbox: &str,
    webhook: &Webhook,
) -> Result<RelaySettings, Problem> {
    let settings = RelaySettings::from_toml(&relay_text(state_dir, listen, sandbox, webhook))
        .map_err(|mistakes| Problem::Usage(format!("relay: {mistakes}")))?;
    // A path may hold any character, so the path is not written as TOML.
    Ok(RelaySettings { journal: state_dir.journal(), ..settings })
}

fn relay_text(state_dir: &StateDir, listen: SocketAddr, sandbox: &str, webhook: &Webhook) -> String {
    let (webhook_listen, name, webhook_secret) =
        (webhook.listen, &webhook.name, webhook.secret.expose_secret());
    let [link, stripe, amex] =
        [&state_dir.link, &state_dir.stripe, &state_dir.amex].map(ExposeSecret::expose_secret);
    let mut text = format!(
        r#"
        listen = "{listen}"
        allow_plaintext = true
        journal = "relay.db"
        environment = "dev"
        log_format = "text"
        drain_seconds = 10

        [webhooks]
        listen = "{webhook_listen}"

        [tenants.dev.credentials.dev-1]
        secret = "{link}"

        # The usual one: cards from the browser, and numbers only to make tokens of them.
        [tenants.dev.payment_systems.main]
        processor = "stripe"
        login = "sandbox"
        secret_key = "{stripe}"
        publishable_key = "pk_test_sandbox"
        test_mode = true
        capture_mode = "manual"
        payment_methods = ["VISA", "MASTERCARD", "DISCOVER"]
        card_data_mode = "token_only"
        release_hold = true
        webhook_endpoint = "{name}"
        webhook_secret = "{webhook_secret}"
        api_base = "{sandbox}"

        # Another account at the same Stripe: American Express, with the card's number.
        [tenants.dev.payment_systems.amex]
        processor = "stripe"
        login = "sandbox"
        secret_key = "{amex}"
        publishable_key = "pk_test_amex"
        test_mode = true
        capture_mode = "manual"
        payment_methods = ["AMEX"]
        card_data_mode = "full_card"
        cvc_required = true
        api_base = "{sandbox}"

        # No Stripe at all: the name of a PaymentMethod says what becomes of it. A bank
        # debit, pm_sepa, cannot be held.
        [tenants.dev.payment_systems.trial]
        processor = "dummy"
        login = "trial"
        test_mode = true
        capture_mode = "manual"
        method_types = ["card", "sepa_debit"]
        "#
    );
    for [currency, system, minimum, maximum] in CURRENCIES {
        text.push_str(&format!(
            r#"
            [tenants.dev.currencies.{currency}.payment_systems.{system}]
            minimum = "{minimum}"
            maximum = "{maximum}"
            "#
        ));
    }
    text
}

/// The adapter's settings for this directory and these ports.
pub(super) fn adapter(
    state_dir: &StateDir,
    listen: SocketAddr,
    relay: SocketAddr,
) -> Result<AdapterSettings, Problem> {
    let (link, token) = (state_dir.link.expose_secret(), state_dir.token.expose_secret());
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
        rights = ["charge", "refund", "cards", "read", "jobs"]
        "#
    );
    AdapterSettings::from_toml(&text).map_err(|mistakes| Problem::Usage(format!("adapter: {mistakes}")))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn every_currency_has_the_expected_payment_systems() {
        let state_dir = StateDir::open(None, &causeway_runtime::machine::environment()).unwrap();
        let webhook = Webhook {
            listen: "127.0.0.1:9".parse().unwrap(),
            name: "e".repeat(32),
            secret: SecretString::from("whsec_0123456789abcdef"),
        };
        let settings =
            relay(&state_dir, "127.0.0.1:0".parse().unwrap(), "http://127.0.0.1:1", &webhook).unwrap();
        let tenant = settings.engine.tenants.values().next().unwrap();
        let assignments: Vec<_> = (tenant.assignments())
            .map(|(assignment, _)| format!("{} {}", assignment.minimum, assignment.payment_system))
            .collect();
        let mut assignments: Vec<_> = assignments.iter().map(String::as_str).collect();
        assignments.sort_unstable();
        let expected = [
            "0.150 KWD main",
            "0.30 GBP trial",
            "0.46 CHF main",
            "0.50 CAD main",
            "0.50 EUR main",
            "0.50 USD main",
            "5.00 CAD amex",
            "50 JPY main",
        ];
        assert_eq!(assignments, expected);
        let [warning] = settings.warnings.as_slice() else { panic!("{:?}", settings.warnings) };
        assert!(warning.contains("0.46 CHF is below Stripe's minimum"), "{warning}");
    }
}
