//! The defaults of the reference, compared with the settings that a minimal file gives.

use std::collections::BTreeMap;

use causeway::request::Job;
use causeway_adapter::settings::Settings as AdapterSettings;
use causeway_domain::tenant::WithoutHold;
use causeway_relay::settings::{Settings as RelaySettings, processor::Processor};
use causeway_runtime::log::LogFormat;
use causeway_settings_reference::table::tables;
use serde_json::{Value, json};

use super::described;
use crate::stage::settings;

/// The defaults of a program's reference, by path of the setting; a part in capital letters is left out.
fn reference(program: &'static str) -> BTreeMap<String, Value> {
    let mut defaults = BTreeMap::new();
    for table in tables(&described(program).schema) {
        for setting in table.settings {
            let own = |part: &&String| !part.bytes().any(|byte| byte.is_ascii_uppercase());
            let path: Vec<_> =
                table.path.iter().filter(own).chain([&setting.name]).map(String::as_str).collect();
            defaults.extend(setting.default.map(|default| (path.join("."), default)));
        }
    }
    defaults
}

fn compare(program: &'static str, settings: Vec<(&str, Value)>) {
    let settings: BTreeMap<_, _> =
        settings.into_iter().map(|(path, value)| (path.to_owned(), value)).collect();
    assert_eq!(reference(program), settings, "{program}: reference and settings");
}

fn name(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Json => "json",
        LogFormat::Text => "text",
    }
}

const RELAY: &str = r#"
listen = "127.0.0.1:0"
journal = "unused.db"
environment = "stories"
tls_certificate = "PEM"
tls_key = "KEY"
[jobs]
[webhooks]
listen = "127.0.0.1:0"
[tenants.acme.credentials.acme-1]
secret = "SECRET"
[tenants.acme.payment_systems.main]
processor = "stripe"
login = "billing"
secret_key = "sk_live_1"
capture_mode = "manual"
"#;

/// The relay's settings with a certificate and its key in files of a folder.
fn with_tls(folder: &std::path::Path) -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("relay.pem"), certificate.pem()).unwrap();
    std::fs::write(path("relay.key"), key.serialize_pem()).unwrap();
    RELAY.replace("PEM", &path("relay.pem")).replace("KEY", &path("relay.key"))
}

#[test]
fn the_relays_defaults_equal_the_reference() {
    let folder = tempfile::tempdir().unwrap();
    let tls = with_tls(folder.path());
    // Without TLS and without `allow_plaintext` the file is refused: plaintext is off by default.
    let settings = RelaySettings::from_toml(&tls.replace("SECRET", settings::ACME_SECRET)).unwrap();
    let elsewhere = tls.replace("SECRET", settings::ACME_SECRET) + "api_base = \"https://proxy.example\"";
    let elsewhere = RelaySettings::from_toml(&elsewhere);
    let tenant = settings.engine.tenants.values().next().unwrap();
    let system = &tenant.payment_systems["main"];
    let Some(Processor::Stripe(stripe)) = settings.processors.values().next() else { panic!("Stripe") };
    let names = |all: Vec<String>| json!(all);
    let job = |job: Job| json!(settings.engine.jobs.interval(job).map_or(0, |interval| interval.as_secs()));
    let hours = |time: Option<std::time::Duration>| json!(time.map_or(0, |time| time.as_secs() / 3600));
    let brands =
        ["VISA", "MASTERCARD", "AMEX", "DISCOVER"].map(|brand| causeway::card::Brand::parse(brand).unwrap());
    assert_eq!(system.brands, brands.into());
    compare(
        "relay",
        vec![
            ("allow_plaintext", json!(settings.tls.is_none())),
            ("journal_reserve_mib", json!(settings.journal_reserve >> 20)),
            ("log_format", json!(name(settings.log_format))),
            ("log", json!(settings.log)),
            ("drain_seconds", json!(settings.drain_seconds)),
            ("connections_per_address", json!(settings.limits.per_address)),
            ("operations_at_once", json!(settings.engine.operations_at_once)),
            (
                "webhooks.connections_per_address",
                json!(settings.webhooks.as_ref().unwrap().limits.per_address),
            ),
            ("webhooks.events_per_second", json!(settings.webhooks.as_ref().unwrap().events_each_second)),
            ("jobs.inbox_seconds", job(Job::Inbox)),
            ("jobs.recovery_seconds", job(Job::Recovery)),
            ("jobs.poll_seconds", job(Job::Poll)),
            ("jobs.sweep_seconds", job(Job::Sweep)),
            ("jobs.open_seconds", job(Job::Open)),
            ("jobs.customers_seconds", job(Job::Customers)),
            ("jobs.setups_seconds", job(Job::Setups)),
            ("jobs.holds_seconds", job(Job::Holds)),
            ("recovery.charge_not_after_seconds", json!(settings.engine.recovery.charge_not_after.as_secs())),
            ("recovery.second_look_seconds", json!(settings.engine.recovery.second_look.as_secs())),
            ("tenants.active", json!(tenant.active)),
            ("tenants.payment_systems.test_mode", json!(system.test_mode)),
            ("tenants.payment_systems.active", json!(system.active)),
            ("tenants.payment_systems.payment_methods", json!(["VISA", "MASTERCARD", "AMEX", "DISCOVER"])),
            (
                "tenants.payment_systems.method_types",
                names(system.method_types.iter().map(|kind| kind.as_str().to_owned()).collect()),
            ),
            (
                "tenants.payment_systems.method_without_hold",
                json!(if system.method_without_hold == WithoutHold::Refuse { "refuse" } else { "capture" }),
            ),
            ("tenants.payment_systems.card_data_mode", json!(system.card_data_mode.as_str())),
            ("tenants.payment_systems.cvc_required", json!(system.cvc_required)),
            ("tenants.payment_systems.card_list_seconds", json!(system.card_list_lives.as_secs())),
            ("tenants.payment_systems.release_hold", json!(system.release_hold)),
            ("tenants.payment_systems.refund_approval", json!(system.refund_approval)),
            ("tenants.payment_systems.warn_of_hold_hours", hours(system.warn_of_hold)),
            ("tenants.payment_systems.renew_hold_hours", hours(system.renew_hold)),
            ("tenants.payment_systems.max_network_retries", json!(stripe.max_network_retries)),
            ("tenants.payment_systems.requests_at_once", json!(stripe.limits.at_once)),
            ("tenants.payment_systems.requests_waiting", json!(stripe.limits.waiting)),
            ("tenants.payment_systems.connect_timeout_seconds", json!(stripe.connect_timeout.as_secs())),
            ("tenants.payment_systems.timeout_seconds", json!(stripe.timeout.as_secs())),
            ("tenants.payment_systems.api_base", json!(stripe.api_base)),
            ("tenants.payment_systems.send_live_key_to_api_base", json!(elsewhere.is_ok())),
        ],
    );
    // The defaults in words.
    assert_eq!((stripe.limits.each_second, stripe.limits.each_second_each_endpoint), (100, 25));
}

#[test]
fn the_adapters_defaults_equal_the_reference() {
    let text = format!(
        "[relay]\naddresses = [\"https://relay.example\"]\nkey_id = \"acme-1\"\nsecret = \"{}\"\n\
         [callers.billing]\ntoken = \"{}\"\nrights = [\"charge\"]\n\
         [events]\npost_to = \"http://127.0.0.1:1\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n\
         cursor_file = \"cursor\"\n",
        settings::ACME_SECRET,
        settings::BILLING_TOKEN
    );
    let plaintext = AdapterSettings::from_toml(&text.replace("https://relay.example", "http://127.0.0.1:1"));
    let settings = AdapterSettings::from_toml(&text).unwrap();
    compare(
        "adapter",
        vec![
            ("listen", json!(settings.listen.to_string())),
            ("log_format", json!(name(settings.log_format))),
            ("log", json!(settings.log)),
            ("drain_seconds", json!(settings.drain_seconds)),
            ("connections_per_address", json!(settings.limits.per_address)),
            ("relay.allow_plaintext", json!(plaintext.is_ok())),
            ("relay.tries", json!(settings.relay.tries)),
            ("relay.patience_seconds", json!(settings.relay.patience.as_secs())),
            ("relay.calls_at_once", json!(settings.relay.calls_at_once)),
            ("events.timeout_seconds", json!(settings.events.unwrap().timeout.as_secs())),
        ],
    );
}
