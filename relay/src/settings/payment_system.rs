//! A named processor account of a tenant.

use std::time::Duration;

use causeway::request::authorize::CaptureMode;
use causeway_domain::tenant::{CardDataMode, Mode, PaymentSystem, PublishableKey, WithoutHold};
use causeway_runtime::settings::Section;

use super::{method, processor::Processor, webhook::Webhook};

/// A payment system with the settings of processor and webhook.
pub struct PaymentSystemSettings {
    /// The payment system, for the engine.
    pub system: PaymentSystem,
    /// The processor of the payment system.
    pub processor: Processor,
    /// The webhook of the payment system.
    pub webhook: Webhook,
}

impl PaymentSystemSettings {
    /// Every setting is read before the first `?`, so that no mistake hides another mistake.
    pub(super) fn read(section: &mut Section, name: &str) -> Option<PaymentSystemSettings> {
        let login = section.parse("login", "billing", |text| {
            // PortaBilling's rule: the login is required and longer than 4 characters, and
            // otherwise ignored.
            if text.chars().count() > 4 {
                Ok(text.to_owned())
            } else {
                Err("it has to be longer than 4 characters; what it says does not matter")
            }
        });
        let account = section.parse_optional("account", read_account).map(Option::unwrap_or_default);
        let test_mode = section.flag("test_mode", false);
        let processor = Processor::read(section, test_mode, account.as_deref());
        let publishable_key = read_publishable_key(section, test_mode);
        let capture_mode = section.parse("capture_mode", "manual", |text| match text {
            "manual" => Ok(CaptureMode::Manual),
            "automatic" => Ok(CaptureMode::Automatic),
            _ => Err("it has to be \"manual\" (hold now, capture later) or \"automatic\" (take it at once)"),
        });
        let active = section.flag("active", true);
        let brands = method::read_brands(section);
        let method_types = method::read_types(section);
        let card_data_mode = section.parse_optional("card_data_mode", read_card_data_mode);
        let cvc_required = section.flag("cvc_required", false);
        let method_without_hold = section.parse_optional("method_without_hold", |text| match text {
            "refuse" => Ok(WithoutHold::Refuse),
            "capture" => Ok(WithoutHold::Capture),
            _ => Err("it has to be \"refuse\" or \"capture\" (take it at once, and say so)"),
        });
        let card_list_lives = section.number("card_list_seconds", 900, 0, 86_400);
        let release_hold = section.flag("release_hold", false);
        let refund_approval = section.flag("refund_approval", false);
        let warn_of_hold = section.number("warn_of_hold_hours", 24, 0, 720);
        let renew_hold = section.number("renew_hold_hours", 0, 0, 720);
        let webhook = Webhook::read(section);
        let processor = processor?;
        let system = PaymentSystem {
            name: name.to_owned(),
            processor: processor.kind(),
            login: login?,
            account: account?,
            publishable_key: publishable_key?,
            test_mode: test_mode?,
            capture_mode: capture_mode?,
            active: active?,
            brands: brands?,
            method_types: method_types?,
            card_data_mode: card_data_mode?.unwrap_or(CardDataMode::TokenOnly),
            cvc_required: cvc_required?,
            method_without_hold: method_without_hold?.unwrap_or(WithoutHold::Refuse),
            card_list_lives: Duration::from_secs(card_list_lives?),
            release_hold: release_hold?,
            refund_approval: refund_approval?,
            warn_of_hold: hours(warn_of_hold?),
            renew_hold: hours(renew_hold?),
        };
        Some(PaymentSystemSettings { system, processor, webhook: webhook? })
    }
}

fn read_card_data_mode(text: &str) -> Result<CardDataMode, &'static str> {
    match text.to_lowercase().as_str() {
        "token_only" | "token only" => Ok(CardDataMode::TokenOnly),
        "full_card" | "full card info except the cvv" => Ok(CardDataMode::FullCard),
        _ => Err(
            "it has to be \"token_only\" (a card number is taken once, to make a token of it) or \"full_card\" (number and expiry with every payment, never the CVC kept)",
        ),
    }
}

/// A number of hours; `None` for 0.
fn hours(number: u64) -> Option<Duration> {
    (number > 0).then(|| Duration::from_secs(number.saturating_mul(3600)))
}

fn read_account(text: &str) -> Result<String, &'static str> {
    let shaped = text.strip_prefix("acct_").is_some_and(|rest| {
        !rest.is_empty() && rest.len() <= 250 && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if shaped {
        Ok(text.to_owned())
    } else {
        Err("it has to be the id of a Stripe account, as in \"acct_1Ab…\"")
    }
}

fn read_publishable_key(section: &mut Section, test_mode: Option<bool>) -> Option<Option<PublishableKey>> {
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
