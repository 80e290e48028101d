//! The settings of an account: the activation, the capabilities, and the payouts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::access::AccountMode;
use crate::control::{ControlError, ControlRequest, ControlResult, Refusal, accounts};
use crate::lock::lock;
use crate::objects::account::{AccountSettings, CAPABILITIES, CapabilityStatus, PayoutSchedule};
use crate::shared::{RequestIds, Shared};

/// The changes of an account, as the body of the request. An absent field stays as before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChange {
    account: Option<String>,
    account_of: Option<String>,
    activated: Option<bool>,
    country: Option<String>,
    default_currency: Option<String>,
    capabilities: Option<BTreeMap<String, CapabilityStatus>>,
    payouts: Option<PayoutSchedule>,
    bank_account: Option<String>,
}

/// Changes the settings of an account, and answers all settings.
pub(super) fn change(request: &ControlRequest<'_>) -> ControlResult {
    let mut change: AccountChange = request.body()?;
    let named = accounts::account_or_key_of(change.account.take(), change.account_of.take())?;
    let Some(named) = named else {
        return Err(ControlError::Fields("say account or account_of"));
    };
    let account = request.shared.account_named(&named)?;
    check(&change)?;
    let settings = request.shared.change_account(&account, change);
    Ok(json!({
        "account": settings.id,
        "activated": settings.activated,
        "bank_account": settings.bank_account,
        "capabilities": settings.capabilities_json(),
        "country": settings.country,
        "default_currency": settings.default_currency,
        "payouts": settings.payouts,
    }))
}

fn check(change: &AccountChange) -> Result<(), ControlError> {
    let letters = |text: &Option<String>, count: usize, upper: bool| {
        text.as_ref().is_none_or(|text| {
            text.len() == count
                && text
                    .bytes()
                    .all(|byte| if upper { byte.is_ascii_uppercase() } else { byte.is_ascii_lowercase() })
        })
    };
    if !letters(&change.country, 2, true) {
        return Err(ControlError::Fields("country is two letters, DE"));
    }
    if !letters(&change.default_currency, 3, false) {
        return Err(ControlError::Fields("default_currency is three letters, eur"));
    }
    let digits = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !change.bank_account.as_ref().is_none_or(digits) {
        return Err(ControlError::Fields("bank_account is digits, 000123456789"));
    }
    let mut named = change.capabilities.iter().flat_map(BTreeMap::keys);
    match named.find(|name| !CAPABILITIES.contains(&name.as_str())) {
        Some(name) => Err(Refusal::UnknownCapability(name.clone()).into()),
        None => Ok(()),
    }
}

impl Shared {
    /// Changes the settings of an account in both modes, and returns the new settings.
    pub(crate) fn change_account(&self, account: &str, change: AccountChange) -> AccountSettings {
        let mut state = lock(&self.state);
        let now = state.current_time(&self.clock);
        let mode = |livemode| AccountMode { account: account.to_owned(), livemode };
        let mut settings = (*state.account(&mode(false)).settings()).clone();
        change.apply(&mut settings);
        for mode in [mode(false), mode(true)] {
            let mut work = self.work(&mut state, &mode, now, RequestIds::default());
            work.account.account_settings.put(settings.clone());
            work.schedule_payouts();
        }
        settings
    }
}

impl AccountChange {
    fn apply(self, settings: &mut AccountSettings) {
        settings.activated = self.activated.unwrap_or(settings.activated);
        settings.payouts = self.payouts.unwrap_or(settings.payouts);
        if let Some(country) = self.country {
            settings.country = country;
        }
        if let Some(currency) = self.default_currency {
            settings.default_currency = currency;
        }
        if let Some(bank_account) = self.bank_account {
            settings.bank_account = bank_account;
        }
        settings.capabilities.extend(self.capabilities.unwrap_or_default());
    }
}
