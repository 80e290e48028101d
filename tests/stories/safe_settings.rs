//! Settings that would send a secret to a stranger, or that share one: refused, or said as a warning.

use std::path::Path;

use causeway_adapter::settings::Settings as AdapterSettings;
use causeway_relay::settings::Settings as RelaySettings;

use crate::stage::settings;

const BASE: &str = "http://127.0.0.1:12111";

fn good() -> String {
    settings::relay(Path::new("/tmp/unused.db"), BASE)
}

/// The warnings about one setting.
fn about(setting: &str, warnings: Vec<String>) -> Vec<String> {
    warnings.into_iter().filter(|warning| warning.contains(setting)).collect()
}

/// What the relay says about the first payment system with this key and base: mistakes and warnings.
fn said(key: &str, base: &str, more: &str) -> (Vec<String>, Vec<String>) {
    let mode = if key.contains("_live_") { "live" } else { "test" };
    let (before, first) = ("[tenants.acme.payment_systems.main]", "[tenants.acme.payment_systems.second]");
    let text = good();
    let (start, end) = (text.find(before).unwrap(), text.find(first).unwrap());
    let system = text[start..end]
        .replace(settings::ACME_KEY, key)
        .replace("pk_test_acme1", &format!("pk_{mode}_acme1"))
        .replace("test_mode = true", &format!("test_mode = {}", mode == "test"))
        .replace(BASE, base);
    let text = format!("{}{}\n{more}\n{}", &text[..start], system.trim_end(), &text[end..]);
    match RelaySettings::from_toml(&text) {
        Ok(settings) => (vec![], about("api_base: ", settings.warnings)),
        Err(mistakes) => (mistakes.0, vec![]),
    }
}

#[track_caller]
fn check(key: &str, base: &str, more: &str, mistake: &str, warning: &str) {
    let (mistakes, warnings) = said(key, base, more);
    let is = |said: &[String], expected: &str| match said {
        [] => expected.is_empty(),
        [one] => !expected.is_empty() && one.contains("main.api_base: ") && one.contains(expected),
        _ => false,
    };
    assert!(is(&mistakes, mistake) && is(&warnings, warning), "{key} {base}: {mistakes:?} {warnings:?}");
}

/// E14: where the secret key of Stripe goes.
#[test]
fn a_live_key_goes_to_stripe() {
    let (live, restricted, test) = ("sk_live_1", "rk_live_1", "sk_test_1");
    let allowed = "send_live_key_to_api_base = true";
    for key in [live, restricted, test] {
        check(key, "https://api.stripe.com", "", "", "");
        check(key, "https://API.stripe.com:443/", "", "", "");
        for credentials in ["https://api.stripe.com@evil.example", "https://a:b@api.stripe.com"] {
            check(key, credentials, allowed, "a name or a password", "");
        }
        for forbidden in
            ["https://169.254.169.254", "http://0.0.0.0:1", "https://[fe80::1]", "https://metadata"]
        {
            check(key, forbidden, allowed, "its host is an address that", "");
        }
        check(key, "http://stripe.example", allowed, "over https only", "");
        check(key, "https://2130706433", allowed, "its host is neither", "");
        check(key, "https://api.stripe.com/v1", allowed, "it has to end after host and port", "");
    }
    for key in [live, restricted] {
        for elsewhere in
            ["https://evil.example", "https://api.stripe.com:8443", "https://10.0.0.1", "https://localhost"]
        {
            check(key, elsewhere, "", "send_live_key_to_api_base = true if", "");
        }
        check(key, BASE, "", "a live key goes over https only", "");
        check(key, BASE, allowed, "a live key goes over https only", "");
        check(key, "https://proxy.example", allowed, "", "the secret key goes to the host proxy.example");
        check(key, "https://10.0.0.1", allowed, "", "the secret key goes to the private address 10.0.0.1");
    }
    check(test, BASE, "", "", "");
    check(test, "https://proxy.example", "", "", "the secret key goes to the host proxy.example");
}

/// E14: a secret of the link is of one tenant, and cannot be guessed.
#[test]
fn a_secret_of_the_link_is_of_one_tenant_and_random() {
    let mistakes = |text: &str| RelaySettings::from_toml(text).err().map(|wrong| wrong.0).unwrap_or_default();
    let shared = good().replace(settings::GLOBEX_SECRET, settings::ACME_SECRET);
    assert_eq!(
        mistakes(&shared),
        [
            "tenants: the credentials acme-1 of acme and globex-1 of globex have the same secret; each tenant needs one of its own"
        ]
    );
    for weak in
        ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "YWNtZS1hY21lLWFjbWUtYWNtZS1hY21lLWFjbWUtYWNtZQ=="]
    {
        let mistakes = mistakes(&good().replace(settings::ACME_SECRET, weak));
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].contains("acme-1.secret: it has few distinct bytes"), "{mistakes:?}");
        assert!(!mistakes[0].contains(weak));
        let adapter = settings::adapter(&["127.0.0.1:1".parse().unwrap()], "acme-1", weak);
        let mistakes = AdapterSettings::from_toml(&adapter).err().unwrap().0;
        assert!(mistakes[0].contains("relay.secret: it has few distinct bytes"), "{mistakes:?}");
    }
    let twice = good().replace(
        "[tenants.acme.payment_systems.main]",
        &format!(
            "[tenants.acme.credentials.acme-2]\nsecret = \"{}\"\n[tenants.acme.payment_systems.main]",
            settings::ACME_SECRET
        ),
    );
    let warnings = about("tenants: ", RelaySettings::from_toml(&twice).unwrap().warnings);
    assert!(warnings[0].contains("a rotation from one to the other changes nothing"), "{warnings:?}");
    let token = settings::adapter(&["127.0.0.1:1".parse().unwrap()], "acme-1", settings::ACME_SECRET)
        .replace(settings::DESK_TOKEN, &"ab".repeat(20));
    let mistakes = AdapterSettings::from_toml(&token).err().unwrap().0;
    assert!(mistakes[0].contains("callers.desk.token: it has few distinct characters"), "{mistakes:?}");
}

/// E14: an address of a relay has no credentials, and is no address that a relay cannot have.
#[test]
fn a_relay_address_is_a_plain_url() {
    let at = |address: &str| {
        let text = settings::adapter(&["127.0.0.1:1".parse().unwrap()], "acme-1", settings::ACME_SECRET);
        let text = text.replace("http://127.0.0.1:1", address);
        AdapterSettings::from_toml(&text).err().map(|wrong| wrong.0.join(" ")).unwrap_or_default()
    };
    for good in ["https://relay.example:50052", "https://10.1.2.3", "http://[::1]:1", "https://[fd12::1]:1"] {
        assert_eq!(at(good), "", "{good}");
    }
    for (wrong, expected) in [
        ("https://user:canary@relay.example", "a name or a password"),
        ("https://169.254.169.254", "its host is an address that"),
        ("https://0.0.0.0:50052", "its host is an address that"),
        ("https://relay.example/path", "has to end after host and port"),
        ("http://10.0.0.1", "is plaintext"),
        ("https://127.1", "its host is neither"),
    ] {
        let said = at(wrong);
        assert!(said.contains("relay.addresses: ") && said.contains(expected), "{wrong}: {said}");
        assert!(!said.contains("canary"), "{said}");
    }
}

/// E11: names are hosts and ports. Without names a relay that leaves loopback warns.
#[test]
fn the_names_of_a_relay_are_hosts_and_ports() {
    let named = |names: &str| RelaySettings::from_toml(&format!("names = {names}\n{}", good()));
    let names = named("[\"Relay.example:50052\", \"relay.example:443\"]").unwrap().names;
    assert_eq!(names.to_string(), "relay.example:50052, relay.example");
    let wrong = named("[\"https://relay.example\", \"relay.example/x\"]").err().unwrap().0;
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong[0].starts_with("names: https://relay.example is not a host"), "{wrong:?}");
    assert!(named("[]").err().unwrap().0[0].starts_with("names: there is none"));
}
