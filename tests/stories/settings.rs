//! Settings files, and the mistakes in them: all reported at once, each with the change to make.

use std::path::Path;

use crate::stage::{
    processes::{run, run_in},
    settings,
};

fn relay_mistakes(toml: &str) -> Vec<String> {
    match causeway_relay::settings::Settings::from_toml(toml) {
        Ok(_) => vec![],
        Err(mistakes) => mistakes.0,
    }
}

fn good() -> String {
    settings::relay(Path::new("/tmp/unused.db"), "http://127.0.0.1:12111")
}

/// Text in good settings, the replacement, and the mistakes reported then.
const MISTAKES: &[(&str, &str, &[&str])] = &[
    ("/tmp/unused.db", "/nowhere/unused.db", &["journal: there is no folder for /nowhere/unused.db"]),
    (
        "journal_reserve_mib = 0",
        "journal_reserve_mib = -1",
        &["journal_reserve_mib: it has to be a whole number from 0 to 65536"],
    ),
    (
        "listen = \"127.0.0.1:0\"",
        "listen = \"here\"",
        &["listen: it has to be an address and a port, as in \"127.0.0.1:50052\""],
    ),
    (
        "listen = \"127.0.0.1:0\"",
        "listen = \"0.0.0.0:1\"",
        &["allow_plaintext: plaintext is for loopback only, and listen is not on it"],
    ),
    (
        "allow_plaintext = true",
        "",
        &[
            "tls_certificate: it is missing; set tls_certificate and tls_key, or allow_plaintext = true for a trial on loopback",
        ],
    ),
    (
        "environment = \"stories\"",
        "",
        &["environment: it is missing; set it, as in environment = \"production\""],
    ),
    (
        "processor = \"stripe\"",
        "processor = \"strip\"",
        &[
            "MAIN.processor: there is no such processor; there are \"stripe\" and \"dummy\" (answers by rule, for trials)",
        ],
    ),
    (
        "login = \"billing\"",
        "login = \"bill\"",
        &["MAIN.login: it has to be longer than 4 characters; what it says does not matter"],
    ),
    (
        "test_mode = true",
        "test_mode = false",
        &[
            "MAIN.secret_key: it is a test key and test_mode is off: put a live key here to take real money, or set test_mode = true",
            "MAIN.publishable_key: it is a test key and test_mode is off: give the publishable key that starts with pk_live_",
        ],
    ),
    (
        settings::ACME_KEY,
        "sk_live_1",
        &[
            "MAIN.secret_key: it is a live key and test_mode is on: set test_mode = false to take real money, or put a test key here",
        ],
    ),
    (
        settings::ACME_KEY,
        "pk_test_1",
        &["MAIN.secret_key: it is a publishable key (pk_…); the secret key starts with sk_ or rk_"],
    ),
    (
        "pk_test_acme1",
        "sk_test_1",
        &[
            "MAIN.publishable_key: it is a secret key; the publishable key starts with pk_. Put the secret one in secret_key only",
        ],
    ),
    (
        "capture_mode = \"manual\"",
        "capture_mode = \"later\"",
        &[
            "MAIN.capture_mode: it has to be \"manual\" (hold now, capture later) or \"automatic\" (take it at once)",
        ],
    ),
    (
        "timeout_seconds = 5",
        "timeout_seconds = 0",
        &["MAIN.timeout_seconds: it has to be a whole number from 1 to 300"],
    ),
    (
        "api_base = \"http://127.0.0.1:12111\"",
        "api_base = \"http://stripe.example\"",
        &["MAIN.api_base: keys go to Stripe over https only; http is for a sandbox on loopback"],
    ),
    (
        settings::ACME_SECRET,
        "c2hvcnQ=",
        &[
            "tenants.acme.credentials.acme-1.secret: it has 5 bytes and needs at least 32; make one with: openssl rand -base64 32",
        ],
    ),
    (
        "payment_system = \"main\"\nminimum",
        "payment_system = \"mian\"\nminimum",
        &[
            "tenants.acme.currencies.usd.payment_system: there is no payment system mian; there are: main, second",
        ],
    ),
    (
        "minimum = \"0.50\"",
        "minimum = \"0.505\"",
        &[
            "tenants.acme.currencies.usd.minimum: USD has 2 decimals and this amount has 3; amounts are not rounded",
        ],
    ),
    (
        "minimum = \"0.50\"",
        "minimum = 0.50",
        &[
            "tenants.acme.currencies.usd.minimum: write it in quotes, as in \"0.50\"; a bare number with a point is not exact",
        ],
    ),
    (
        "minimum = \"0.50\"",
        "minimum = \"6000\"",
        &[
            "tenants.acme.currencies.usd.minimum: 6000.00 USD is above the maximum of 5000.00 USD, so nothing could be paid",
        ],
    ),
    ("currencies.JPY", "currencies.XXY", &["tenants.acme.currencies.xxy: XXY is not a currency of ISO 4217"]),
    (
        "currencies.JPY",
        "currencies.IQD",
        &["tenants.acme.currencies.iqd.payment_system: Stripe takes no payments in IQD"],
    ),
    (
        "minimum = \"0.50\"",
        "minimun = \"0.50\"",
        &[
            "tenants.acme.currencies.usd.minimun: there is no such setting; here are: maximum, minimum, payment_system",
        ],
    ),
    (
        "credentials.globex-1",
        "credentials.acme-1",
        &["tenants: two tenants have a credential acme-1; a key id belongs to one tenant"],
    ),
];

#[test]
fn each_mistake_in_the_relay_settings_is_explained() {
    assert_eq!(relay_mistakes(&good()), Vec::<String>::new());
    for (find, put, expected_mistakes) in MISTAKES {
        let expected_mistakes: Vec<_> = expected_mistakes
            .iter()
            .map(|mistake| mistake.replace("MAIN.", "tenants.acme.payment_systems.main."))
            .collect();
        let good = good();
        assert!(good.contains(find), "{find}");
        assert_eq!(relay_mistakes(&good.replacen(find, put, 1)), expected_mistakes, "{find} -> {put}");
    }
}

#[test]
fn all_mistakes_in_the_settings_are_reported_at_once() {
    let wrong = good()
        .replace("listen = \"127.0.0.1:0\"", "listen = \"here\"")
        .replace("login = \"billing\"", "login = \"x\"")
        .replace("minimum = \"0.46\"", "minimum = \"x\"");
    assert_eq!(relay_mistakes(&wrong).len(), 5);
}

/// Each mistake in the settings of webhooks and jobs has a sentence.
#[test]
fn each_mistake_in_webhook_and_job_settings_is_explained() {
    let (name, other) = ("e".repeat(32), "f".repeat(32));
    let check = |put: &str, root: &str, expected_mistakes: &[&str]| {
        let wrong = good().replacen("publishable_key", &format!("{put}\npublishable_key"), 1).replacen(
            "[jobs]",
            &format!("{root}\n[jobs]"),
            1,
        );
        let expected_mistakes: Vec<_> = expected_mistakes
            .iter()
            .map(|mistake| mistake.replace("MAIN.", "tenants.acme.payment_systems.main."))
            .collect();
        assert_eq!(relay_mistakes(&wrong), expected_mistakes, "{put} {root}");
    };
    let listen = "[webhooks]\nlisten = \"127.0.0.1:0\"";
    let endpoint = format!("webhook_endpoint = \"{name}\"");
    let secret = "webhook_secret = \"whsec_0123456789abcdef\"";
    check(&format!("{endpoint}\n{secret}"), listen, &[]);
    check(&endpoint, listen, &[]);
    check(
        "webhook_endpoint = \"short\"",
        listen,
        &[
            "MAIN.webhook_endpoint: it has to be 32 to 128 random characters of A-Z a-z 0-9 - _; make one with: openssl rand -hex 24",
        ],
    );
    check(
        secret,
        listen,
        &[
            "MAIN.webhook_endpoint: it is missing; webhook_secret needs the name of its endpoint, as openssl rand -hex 24 makes one",
        ],
    );
    check(
        &format!("{endpoint}\nwebhook_secret = \"sk_test_0123456789abcdef\""),
        listen,
        &["MAIN.webhook_secret: it has to be the endpoint's signing secret, which starts with whsec_"],
    );
    check(
        &format!("{endpoint}\nprevious_{secret}"),
        listen,
        &["MAIN.webhook_secret: it is missing; previous_webhook_secret is the one before it"],
    );
    check(&endpoint, "", &["webhooks: it is missing; webhook_endpoint needs [webhooks] with listen = \"…\""]);
    check(
        &endpoint,
        "[webhooks]\nlisten = \"0.0.0.0:1\"",
        &[
            "webhooks.tls_certificate: it is missing; set tls_certificate and tls_key, or listen on loopback behind a proxy that has them",
        ],
    );
    let twice = good()
        .replace("[jobs]", &format!("{listen}\n[jobs]"))
        .replace("login = \"billing\"", &format!("login = \"billing\"\n{endpoint}"));
    let expected_mistake = "tenants: two payment systems have the same webhook_endpoint; each needs its own";
    assert_eq!(relay_mistakes(&twice), [expected_mistake]);
    assert_eq!(relay_mistakes(&twice.replacen(&name, &other, 2)), [expected_mistake]);
    let jobs =
        good().replace("poll_seconds = 0", "poll_seconds = 90000\ninbox_seconds = 0\nswep_seconds = 5");
    let found = relay_mistakes(&jobs);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found.iter().any(|found| found.starts_with("jobs.swep_seconds: there is no such setting")),
        "{found:?}"
    );
}

/// 0.46 CHF lies below Stripe's table; the operator may choose such a minimum.
#[test]
fn a_minimum_below_stripes_table_is_accepted() {
    assert!(good().contains("minimum = \"0.46\""));
    assert_eq!(relay_mistakes(&good()), Vec::<String>::new());
}

#[test]
fn each_mistake_in_the_adapter_settings_is_explained() {
    let good = settings::adapter(&["127.0.0.1:1".parse().unwrap()], "acme-1", settings::ACME_SECRET);
    let mistakes = |toml: String| {
        causeway_adapter::settings::Settings::from_toml(&toml)
            .err()
            .map(|mistakes| mistakes.0)
            .unwrap_or_default()
    };
    assert_eq!(mistakes(good.clone()), Vec::<String>::new());
    let check = |find: &str, put: &str, expected_mistakes: &str| {
        assert_eq!(mistakes(good.replacen(find, put, 1)), [expected_mistakes], "{find}")
    };
    check(
        "listen = \"127.0.0.1:0\"",
        "listen = \"0.0.0.0:1\"",
        "listen: tokens travel in the open here; set tls_certificate and tls_key to leave loopback",
    );
    check(
        "\"http://127.0.0.1:1\"",
        "\"http://relay.example\"",
        "relay.addresses: http://relay.example is plaintext, which is for loopback only; use https",
    );
    check(
        "\"http://127.0.0.1:1\"",
        "",
        "relay.addresses: there is none; name at least one relay, as in [\"https://relay.example:443\"]",
    );
    check("key_id = \"acme-1\"", "", "relay.key_id: it is missing; set it, as in key_id = \"acme-1\"");
    check(
        settings::DESK_TOKEN,
        "short",
        "callers.desk.token: it needs at least 24 printable characters; make one with: openssl rand -base64 32",
    );
    check(
        "[\"refund\"]",
        "[\"refunds\"]",
        "callers.desk.rights: refunds is not a right; they are charge, refund, cards, read, jobs, import",
    );
    check(settings::DESK_TOKEN, settings::BILLING_TOKEN, "callers: desk has the token of another caller");
}

/// `--check-config` reports the mistakes with exit code 2, and never prints a secret.
#[test]
fn check_config_reports_mistakes_and_hides_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("relay.toml");
    let path = config.to_str().unwrap();
    std::fs::write(&config, good()).unwrap();
    let checked = run("causeway-relay", &["--config", path, "--check-config"], &[]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");

    // As in the README: settings and journal in the current directory, with relative names.
    std::fs::write(&config, good().replace("/tmp/unused.db", "relay.db")).unwrap();
    let here = run_in(directory.path(), "causeway-relay", &["--config", "relay.toml", "--check-config"]);
    assert_eq!(here.status.code(), Some(0), "{here:?}");

    std::fs::write(&config, good()).unwrap();
    let environment = [("CAUSEWAY_RELAY_TENANTS__ACME__PAYMENT_SYSTEMS__MAIN__SECRET_KEY", "sk_live_canary")];
    let checked = run("causeway-relay", &["--config", path, "--check-config"], &environment);
    let stderr = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert_eq!(checked.status.code(), Some(2));
    assert!(stderr.contains("main.secret_key: it is a live key"), "{stderr}");
    assert!(!stderr.contains("canary"), "{stderr}");

    // An environment variable overrides a file named in the settings.
    let from_file = good().replacen(
        &format!("secret_key = \"{}\"", settings::ACME_KEY),
        "secret_key_file = \"/nowhere\"",
        1,
    );
    std::fs::write(&config, from_file).unwrap();
    let environment = [("CAUSEWAY_RELAY_TENANTS__ACME__PAYMENT_SYSTEMS__MAIN__SECRET_KEY", "sk_test_1")];
    let checked = run("causeway-relay", &["--config", path, "--check-config"], &environment);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");

    std::fs::write(&config, format!("{}\nsecret_key = \"sk_test_canary", good())).unwrap();
    let checked = run("causeway-relay", &["--config", path, "--check-config"], &[]);
    let stderr = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(stderr.contains("is not TOML") && !stderr.contains("canary"), "{stderr}");
    let missing = run("causeway-adapter", &["--config", "/nowhere.toml"], &[]);
    assert_eq!(missing.status.code(), Some(2));
}

/// B1: a key from a file, which only the owner may read.
#[test]
fn a_key_file_must_be_private() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stripe.key");
    std::fs::write(&file, "sk_test_fromafile\n").unwrap();
    let shown = file.display().to_string();
    let toml = good().replacen(
        &format!("secret_key = \"{}\"", settings::ACME_KEY),
        &format!("secret_key_file = \"{shown}\""),
        1,
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        relay_mistakes(&toml),
        [format!(
            "tenants.acme.payment_systems.main.secret_key_file: {shown} holds a secret and everybody may read it; chmod 600 {shown}"
        )]
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(relay_mistakes(&toml), Vec::<String>::new());
}

/// A CA file without a certificate is reported at the start, and not by every call.
#[test]
fn a_ca_file_without_a_certificate_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, "garbage").unwrap();
    let shown = file.display();
    let toml = settings::adapter(&["127.0.0.1:1".parse().unwrap()], "acme-1", settings::ACME_SECRET)
        .replace("key_id =", &format!("ca_file = \"{shown}\"\nkey_id ="));
    let mistakes = causeway_adapter::settings::Settings::from_toml(&toml).err().unwrap().0;
    assert_eq!(mistakes, [format!("relay.ca_file: {shown} holds no certificate in PEM")]);
}
