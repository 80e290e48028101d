//! The processor of a payment system, and the connection settings.

use std::time::Duration;

use causeway_domain::tenant::{Mode, ProcessorKind};
use causeway_runtime::settings::{
    Section,
    url::{Reach, Url},
};
use causeway_stripe::{config::StripeConfig, key::SecretKey, limiter::Limits};

/// The processor of a payment system, with the configuration of the processor.
pub enum Processor {
    /// Stripe, over HTTPS, with the configuration of the account.
    Stripe(StripeConfig),
    /// Answers by fixed rules, without a network: for trials and tests of portals.
    Dummy,
}

impl Processor {
    /// The kind of the processor, without configuration.
    pub fn kind(&self) -> ProcessorKind {
        match self {
            Processor::Stripe(_) => ProcessorKind::Stripe,
            Processor::Dummy => ProcessorKind::Dummy,
        }
    }

    pub(super) fn read(
        section: &mut Section,
        test_mode: Option<bool>,
        account: Option<&str>,
    ) -> Option<Processor> {
        let named = section.parse("processor", "stripe", |text| match text {
            "stripe" => Ok(ProcessorKind::Stripe),
            "dummy" => Ok(ProcessorKind::Dummy),
            _ => Err("there is no such processor; there are \"stripe\" and \"dummy\" (answers by rule, for trials)"),
        });
        if named != Some(ProcessorKind::Dummy) {
            // The Stripe settings are read even if the processor's name is invalid, to report
            // further mistakes.
            let config = read_stripe(section, test_mode, account);
            return named.and(config).map(Processor::Stripe);
        }
        if test_mode == Some(false) {
            section.wrong("test_mode", "the dummy moves no money; set test_mode = true");
            return None;
        }
        Some(Processor::Dummy)
    }
}

fn read_stripe(
    section: &mut Section,
    test_mode: Option<bool>,
    account: Option<&str>,
) -> Option<StripeConfig> {
    let secret_key = read_secret_key(section, test_mode);
    let max_network_retries = section.number("max_network_retries", 3, 0, 10);
    let connect_timeout = section.number("connect_timeout_seconds", 5, 1, 60);
    let timeout = section.number("timeout_seconds", 80, 1, 300);
    let limits = read_limits(section, test_mode);
    let to_api_base = section.flag("send_live_key_to_api_base", false);
    let api_base = read_api_base(section, secret_key.as_ref().map(SecretKey::mode), to_api_base);
    Some(StripeConfig {
        secret_key: secret_key?,
        max_network_retries: max_network_retries?,
        connect_timeout: Duration::from_secs(connect_timeout?),
        timeout: Duration::from_secs(timeout?),
        limits: limits?,
        api_base: api_base?,
        account: account?.to_owned(),
        test_mode: test_mode?,
    })
}

fn read_secret_key(section: &mut Section, test_mode: Option<bool>) -> Option<SecretKey> {
    let secret = section.secret("secret_key")?;
    let key = section.understood("secret_key", SecretKey::parse(&secret))?;
    section.understood("secret_key", key.fits(test_mode?))?;
    Some(key)
}

/// Reads the rate limits. The defaults are Stripe's own limits (docs.stripe.com/rate-limits): 100
/// calls a second with live keys, 25 with test keys, 25 to one endpoint.
fn read_limits(section: &mut Section, test_mode: Option<bool>) -> Option<Limits> {
    let usual = if test_mode == Some(true) { 25 } else { 100 };
    let each_second = section.number("requests_per_second", usual, 0, 100_000);
    // Without a total limit the default is no limit per endpoint either.
    let usual = if each_second == Some(0) { 0 } else { 25 };
    let each_endpoint = section.number("requests_per_second_per_endpoint", usual, 0, 100_000);
    let at_once = section.number("requests_at_once", 64, 1, 4096);
    let waiting = section.number("requests_waiting", 256, 0, 100_000);
    Some(Limits {
        each_second: u32::try_from(each_second?).ok()?,
        each_second_each_endpoint: u32::try_from(each_endpoint?).ok()?,
        at_once: usize::try_from(at_once?).ok()?,
        waiting: usize::try_from(waiting?).ok()?,
    })
}

/// The host of Stripe's API.
const STRIPE: &str = "api.stripe.com";

/// Reads the base URL of the API: Stripe over TLS, another host over TLS, or a sandbox on the loopback
/// interface. A live key goes to Stripe, and elsewhere only if a setting says so, over TLS.
fn read_api_base(section: &mut Section, mode: Option<Mode>, to_api_base: Option<bool>) -> Option<String> {
    let Some(url) = section.parse_optional("api_base", parse_api_base)? else {
        return Some(format!("https://{STRIPE}"));
    };
    let base = url.to_string().trim_end_matches('/').to_owned();
    if url.is_https() && url.host().eq_ignore_ascii_case(STRIPE) && url.port().is_none() {
        return Some(base);
    }
    if mode == Some(Mode::Live) {
        let wrong = if !url.is_https() {
            Some("a live key goes over https only; use a test key with a sandbox on this machine".to_owned())
        } else if to_api_base == Some(false) {
            Some(format!(
                "a live key goes to https://{STRIPE} only; leave api_base out, or set \
                 send_live_key_to_api_base = true if {} is meant to have the key",
                url.host()
            ))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            section.wrong("api_base", wrong);
            return None;
        }
    }
    let place = match url.reach() {
        Reach::Loopback => return Some(base),
        Reach::Private => "the private address",
        Reach::Public => "the host",
    };
    section.warn("api_base", format!("the secret key goes to {place} {}, and not to Stripe", url.host()));
    Some(base)
}

fn parse_api_base(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !url.is_bare() {
        return Err("it has to end after host and port".to_owned());
    }
    if !url.is_https() && url.reach() != Reach::Loopback {
        return Err("keys go to Stripe over https only; http is for a sandbox on loopback".to_owned());
    }
    Ok(url)
}
