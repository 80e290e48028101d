//! A named processor account of a tenant.

use std::time::Duration;

use causeway::{order::authorize::CaptureMode, settings::Section};

use super::key::{PublishableKey, SecretKey};

/// What stands behind a payment system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// Stripe.
    Stripe,
}

impl Processor {
    /// Its name in settings and capabilities.
    pub fn as_str(self) -> &'static str {
        match self {
            Processor::Stripe => "stripe",
        }
    }
}

/// A payment system.
#[derive(Debug, Clone)]
pub struct PaymentSystem {
    /// Its name, unique within the tenant.
    pub name: String,
    /// What stands behind it.
    pub processor: Processor,
    /// Kept because platforms ask for one; nothing uses it.
    pub login: String,
    /// The Stripe account, "acct_…", or empty. A payment goes through one account for
    /// good: with the account told, a key of another one is noticed.
    pub account: String,
    /// What Stripe is asked with.
    pub secret_key: SecretKey,
    /// What browsers are given.
    pub publishable_key: Option<PublishableKey>,
    /// True when no real money moves.
    pub test_mode: bool,
    /// When a payment does not say it.
    pub capture_mode: CaptureMode,
    /// False: no new payments; old ones can be captured and refunded.
    pub active: bool,
    /// How often a call to Stripe is repeated.
    pub max_network_retries: u64,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a call may take.
    pub timeout: Duration,
    /// Where Stripe is.
    pub api_base: String,
}

impl PaymentSystem {
    pub(super) fn read(section: &mut Section, name: &str) -> Option<PaymentSystem> {
        let processor = section.parse("processor", "stripe", |text| match text {
            "stripe" => Ok(Processor::Stripe),
            _ => Err("there is no such processor; there is \"stripe\""),
        });
        let login = section.parse("login", "billing", |text| {
            // PortaBilling's rule: obligatory, longer than 4 characters, otherwise ignored.
            if text.chars().count() > 4 {
                Ok(text.to_owned())
            } else {
                Err("it has to be longer than 4 characters")
            }
        });
        let account = section.parse_optional("account", |text| {
            let shaped = text.strip_prefix("acct_").is_some_and(|rest| {
                !rest.is_empty() && rest.len() <= 250 && rest.bytes().all(|b| b.is_ascii_alphanumeric())
            });
            if shaped {
                Ok(text.to_owned())
            } else {
                Err("it has to be the id of a Stripe account, as in \"acct_1Ab…\"")
            }
        });
        let test_mode = section.flag("test_mode", false);
        let secret_key = read_secret_key(section, test_mode);
        let publishable_key = read_publishable_key(section, test_mode);
        let capture_mode = section.parse("capture_mode", "manual", |text| match text {
            "manual" => Ok(CaptureMode::Manual),
            "automatic" => Ok(CaptureMode::Automatic),
            _ => Err("it has to be \"manual\" (hold now, capture later) or \"automatic\" (take it at once)"),
        });
        let active = section.flag("active", true);
        let max_network_retries = section.number("max_network_retries", 3, 0, 10);
        let connect_timeout = section.number("connect_timeout_seconds", 5, 1, 60);
        let timeout = section.number("timeout_seconds", 80, 1, 300);
        let api_base = section.parse_optional("api_base", read_api_base);
        Some(PaymentSystem {
            name: name.to_owned(),
            processor: processor?,
            login: login?,
            account: account?.unwrap_or_default(),
            secret_key: secret_key?,
            publishable_key: publishable_key?,
            test_mode: test_mode?,
            capture_mode: capture_mode?,
            active: active?,
            max_network_retries: max_network_retries?,
            connect_timeout: Duration::from_secs(connect_timeout?),
            timeout: Duration::from_secs(timeout?),
            api_base: api_base?.unwrap_or_else(|| "https://api.stripe.com".to_owned()),
        })
    }
}

fn read_secret_key(section: &mut Section, test_mode: Option<bool>) -> Option<SecretKey> {
    let secret = section.secret("secret_key")?;
    let key = section.understood("secret_key", SecretKey::parse(&secret))?;
    section.understood("secret_key", key.fits(test_mode?))?;
    Some(key)
}

fn read_publishable_key(section: &mut Section, test_mode: Option<bool>) -> Option<Option<PublishableKey>> {
    use super::key::Mode;
    let key = section.parse_optional("publishable_key", PublishableKey::parse)?;
    let wrong = match (key.as_ref().map(PublishableKey::mode), test_mode?) {
        (Some(Mode::Live), true) => {
            "it is a live key and test_mode is on: give the publishable key that starts with pk_test_"
        }
        (Some(Mode::Test), false) => {
            "it is a test key and test_mode is off: give the publishable key that starts with pk_live_"
        }
        (None | Some(Mode::Test | Mode::Live), _) => return Some(key),
    };
    section.wrong("publishable_key", wrong);
    None
}

/// Stripe itself over TLS, or a sandbox on this machine.
fn read_api_base(text: &str) -> Result<String, &'static str> {
    let uri = text.parse::<http::Uri>().map_err(|_| "it is not a URL, as in \"https://api.stripe.com\"")?;
    let host = uri.host().unwrap_or_default();
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        _ if uri.path() != "/" || uri.query().is_some() => Err("it has to end after host and port"),
        Some("https") => Ok(text.trim_end_matches('/').to_owned()),
        Some("http") if loopback => Ok(text.trim_end_matches('/').to_owned()),
        Some("http") => Err("keys go to Stripe over https only; http is for a sandbox on loopback"),
        _ => Err("it is not a URL, as in \"https://api.stripe.com\""),
    }
}
