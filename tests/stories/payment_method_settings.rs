//! The operator's choices: payment methods, card data, currencies shared by several payment systems; the
//! mistakes and the doubtful values among the settings.

use std::path::Path;

use causeway_relay::settings::Settings;

use crate::stage::{processes::run, settings};

fn good() -> String {
    settings::relay(Path::new("/tmp/unused.db"), "http://127.0.0.1:12111")
}

/// Good settings with a further setting in the payment system main.
fn with(setting: &str) -> String {
    let anchor = "publishable_key = \"pk_test_acme1\"";
    good().replace(anchor, &format!("{anchor}\n{setting}"))
}

fn mistakes(toml: &str) -> Vec<String> {
    Settings::from_toml(toml).err().map(|mistakes| mistakes.0).unwrap_or_default()
}

/// A setting of the payment system main, and the mistake reported.
const MISTAKES: &[(&str, &str)] = &[
    (
        "payment_methods = [\"VISA\", \"ELO\"]",
        "payment_methods: there is no ELO; there are: VISA, MASTERCARD, AMEX, DISCOVER, DINERS, JCB, UNIONPAY",
    ),
    (
        "payment_methods = []",
        "payment_methods: it is empty, so nothing could pay; choose from: VISA, MASTERCARD, AMEX, DISCOVER, DINERS, JCB, UNIONPAY",
    ),
    ("payment_methods = 5", "payment_methods: it has to be a list of texts, as in [\"a\", \"b\"]"),
    (
        "method_types = [\"eps\"]",
        "method_types: there is no eps; there are: card, apple_pay, google_pay, link, klarna, paypal, sepa_debit, us_bank_account",
    ),
    (
        "card_data_mode = \"everything\"",
        "card_data_mode: it has to be \"token_only\" (a card number is taken once, to make a token of it) or \"full_card\" (number and expiry with every payment, never the CVC kept)",
    ),
    ("cvc_required = \"yes\"", "cvc_required: it has to be true or false"),
    (
        "method_without_hold = \"ignore\"",
        "method_without_hold: it has to be \"refuse\" or \"capture\" (take it at once, and say so)",
    ),
    ("card_list_seconds = -1", "card_list_seconds: it has to be a whole number from 0 to 86400"),
];

#[test]
fn each_invalid_payment_method_setting_is_explained() {
    for (setting, expected_mistake) in MISTAKES {
        assert_eq!(
            mistakes(&with(setting)),
            [format!("tenants.acme.payment_systems.main.{expected_mistake}")]
        );
    }
    for good in [
        "payment_methods = [\"visa\", \"UnionPay\"]",
        "card_data_mode = \"Full card info except the CVV\"",
        "card_data_mode = \"Token only\"",
        "card_list_seconds = 0",
    ] {
        assert_eq!(mistakes(&with(good)), Vec::<String>::new(), "{good}");
    }
}

/// B2: a login has more than four characters, and is otherwise ignored.
#[test]
fn a_login_needs_at_least_five_characters() {
    let login =
        |text: &str| mistakes(&good().replacen("login = \"billing\"", &format!("login = \"{text}\""), 1));
    assert_eq!(login("12345"), Vec::<String>::new());
    assert_eq!(
        login("1234"),
        [
            "tenants.acme.payment_systems.main.login: it has to be longer than 4 characters; what it says does not matter"
        ]
    );
    let without = mistakes(&good().replacen("login = \"billing\"\n", "", 1));
    assert_eq!(
        without,
        ["tenants.acme.payment_systems.main.login: it is missing; set it, as in login = \"billing\""]
    );
}

fn shared(main: &str, second: &str) -> Vec<String> {
    let toml = good()
        .replace(
            "publishable_key = \"pk_test_acme1\"",
            &format!("publishable_key = \"pk_test_acme1\"\n{main}"),
        )
        .replace("capture_mode = \"automatic\"", &format!("capture_mode = \"automatic\"\n{second}"))
        .replace(
            "[tenants.acme.currencies.JPY]\npayment_system = \"main\"",
            "[tenants.acme.currencies.JPY.payment_systems.main]\n[tenants.acme.currencies.JPY.payment_systems.Second]",
        );
    mistakes(&toml)
}

/// B10: two payment systems may not serve the same method in one currency.
#[test]
fn a_payment_method_belongs_to_one_payment_system_per_currency() {
    let message = |shared: &str| {
        vec![format!(
            "tenants.acme.currencies.jpy.payment_systems: main and second both take {shared}; a payment method is served by one payment system in each currency, so take it from the payment_methods or method_types of one of them"
        )]
    };
    assert_eq!(shared("", ""), message("VISA, MASTERCARD, AMEX, DISCOVER"));
    let visa = "payment_methods = [\"VISA\"]";
    assert_eq!(shared(visa, "payment_methods = [\"AMEX\", \"VISA\"]"), message("VISA"));
    assert_eq!(shared(visa, "payment_methods = [\"AMEX\"]"), Vec::<String>::new());
    let debit = "method_types = [\"sepa_debit\"]";
    assert_eq!(shared("", debit), Vec::<String>::new(), "one takes cards and the other none");
    assert_eq!(shared(debit, debit), message("sepa_debit"));
    let elsewhere = good().replace(
        "[tenants.acme.currencies.JPY]\npayment_system = \"main\"",
        "[tenants.acme.currencies.JPY.payment_systems.third]",
    );
    assert_eq!(
        mistakes(&elsewhere),
        [
            "tenants.acme.currencies.jpy.payment_systems: there is no payment system third; there are: main, second"
        ]
    );
}

/// A2: the dummy processor needs no key, and moves no money.
#[test]
fn the_dummy_processor_requires_test_mode() {
    let dummy = |more: &str| {
        let setting = "[tenants.acme.currencies.USD]";
        let system = format!(
            "[tenants.acme.payment_systems.trial]\nprocessor = \"dummy\"\nlogin = \"trial\"\ncapture_mode = \"manual\"\n{more}\n\n{setting}"
        );
        mistakes(&good().replacen(setting, &system, 1))
    };
    assert_eq!(dummy("test_mode = true"), Vec::<String>::new());
    assert_eq!(
        dummy(""),
        ["tenants.acme.payment_systems.trial.test_mode: the dummy moves no money; set test_mode = true"]
    );
    let with_key = dummy("test_mode = true\nsecret_key = \"sk_test_1\"");
    assert!(
        with_key[0].starts_with("tenants.acme.payment_systems.trial.secret_key: there is no such setting")
    );
}

#[test]
fn a_malformed_fingerprint_key_is_refused() {
    let key = |text: &str| mistakes(&format!("card_fingerprint_key = \"{text}\"\n{}", good()));
    assert_eq!(key(settings::ACME_SECRET), Vec::<String>::new());
    for wrong in ["", "short", "AAAA"] {
        assert_eq!(
            key(wrong),
            [
                "card_fingerprint_key: it has to be base64 of at least 32 bytes; make one with: openssl rand -base64 32"
            ]
        );
    }
}

/// C1: a minimum below Stripe's is accepted with a warning: Stripe may refuse such payments.
#[test]
fn a_minimum_below_stripes_is_accepted_with_a_warning() {
    let doubt = "tenants.acme.currencies.chf.minimum: 0.46 CHF is below Stripe's minimum of 0.50 CHF for accounts that settle in CHF; Stripe may refuse payments in between";
    let read = Settings::from_toml(&good()).map(|settings| settings.warnings);
    assert_eq!(read.map_err(|mistakes| mistakes.0), Ok(vec![doubt.to_owned()]));
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("relay.toml");
    std::fs::write(&config, good()).unwrap();
    let checked = run("causeway-relay", &["--config", config.to_str().unwrap(), "--check-config"], &[]);
    let stderr = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert_eq!(checked.status.code(), Some(0));
    assert!(stderr.contains(&format!("warning: {doubt}")) && stderr.contains("are good"), "{stderr}");
}
