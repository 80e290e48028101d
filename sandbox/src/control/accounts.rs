//! Keys and accounts: the account and the permissions of a key, and the treatment of raw card
//! numbers in an account.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::access;
use crate::access::header::masked_key;
use crate::access::permissions::{Level, Permissions, Resource};
use crate::access::{Key, Rights};
use crate::control::{ControlError, ControlRequest, ControlResult, Refusal};
use crate::lock::lock;
use crate::settings::RawCards;
use crate::shared::Shared;
use crate::stripe_enum::StripeEnum;

/// The settings of a key, as the body of the request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyChange {
    key: String,
    account: Option<String>,
    account_of: Option<String>,
    permissions: Option<BTreeMap<String, String>>,
    revoked: Option<bool>,
    expired: Option<bool>,
    expires_at: Option<i64>,
}

/// The treatment of raw card numbers in an account, as the body of the request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCardsChange {
    account: Option<String>,
    account_of: Option<String>,
    raw_cards: RawCards,
}

/// Changes the settings of a key: either all changes are applied, or none.
pub(super) fn key(request: &ControlRequest<'_>) -> ControlResult {
    let change: KeyChange = request.body()?;
    let account = account_or_key_of(change.account, change.account_of)?;
    let account = account.map(|account| request.shared.account_named(&account)).transpose()?;
    if change.revoked == Some(false) {
        return Err(ControlError::Fields("revoked can only be true: a key that was revoked stays so"));
    }
    if change.expired == Some(false) {
        return Err(ControlError::Fields("expired can only be true; expires_at names a later moment"));
    }
    let now = request.shared.clock.now().as_second();
    let expires_at = change.expires_at.or(change.expired.map(|_| now));
    if account.is_none() && change.permissions.is_none() && change.revoked.is_none() && expires_at.is_none() {
        return Err(ControlError::Fields(
            "say account, account_of, permissions, revoked, expired or expires_at",
        ));
    }
    request.shared.key_named(&change.key)?;
    if let Some(permissions) = &change.permissions {
        request.shared.permit_key(&change.key, permissions)?;
    }
    if let Some(account) = account {
        request.shared.assign_key(&change.key, &account)?;
    }
    if change.revoked.is_some() {
        request.shared.revoke_key(&change.key);
    }
    if let Some(at) = expires_at {
        request.shared.expire_key(&change.key, at);
    }
    let current_account = request.shared.account_named(&change.key)?;
    let state = lock(&request.shared.state);
    let (revoked, expired) =
        (state.keyring.is_revoked(&change.key), state.keyring.is_expired(&change.key, now));
    Ok(json!({
        "key": masked_key(&change.key), "account": current_account, "expired": expired, "revoked": revoked,
    }))
}

/// Sets the treatment of raw card numbers in an account.
pub(super) fn raw_cards(request: &ControlRequest<'_>) -> ControlResult {
    let change: RawCardsChange = request.body()?;
    let Some(account) = account_or_key_of(change.account, change.account_of)? else {
        return Err(ControlError::Fields("say account or account_of"));
    };
    let account = request.shared.allow_raw_cards(&account, change.raw_cards)?;
    Ok(json!({ "account": account, "raw_cards": change.raw_cards }))
}

/// The account of the request, named by the account's id or by a key, but not by both.
pub(super) fn account_or_key_of(
    account: Option<String>,
    account_of: Option<String>,
) -> Result<Option<String>, ControlError> {
    if account.is_some() && account_of.is_some() {
        return Err(ControlError::Fields("say either account or account_of"));
    }
    Ok(account.or(account_of))
}

impl Shared {
    /// The id of an account that is named by the id, `acct_…`, or by a key that opens the account.
    pub(crate) fn account_named(&self, account_or_key: &str) -> Result<String, Refusal> {
        let letters = account_or_key.strip_prefix("acct_").unwrap_or_default();
        if !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(account_or_key.to_owned());
        }
        if account_or_key.starts_with("acct_") {
            return Err(Refusal::NotAnAccount { text: account_or_key.to_owned() });
        }
        self.key_named(account_or_key).map(|key| key.mode.account)
    }

    /// The parsed key, or a refusal of a text that is not a key.
    pub(crate) fn key_named(&self, key: &str) -> Result<Key, Refusal> {
        let parsed = access::parse(key, &lock(&self.state).keyring);
        parsed.ok_or_else(|| Refusal::NotAKey { shown: masked_key(key) })
    }

    /// Binds a key to the account that is named by an id or by another key.
    pub(crate) fn assign_key(&self, key: &str, account_or_key: &str) -> Result<(), Refusal> {
        self.key_named(key)?;
        let account = self.account_named(account_or_key)?;
        lock(&self.state).keyring.assign(key, &account);
        Ok(())
    }

    /// Sets the only permissions of a restricted key.
    pub(crate) fn permit_key(
        &self,
        key: &str,
        permissions: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        if !matches!(self.key_named(key)?.rights, Rights::Some(_)) {
            return Err(Refusal::NotRestricted { shown: masked_key(key) });
        }
        let read = |(resource_name, level): (&String, &String)| {
            let resource = Resource::parse(resource_name)
                .ok_or_else(|| Refusal::UnknownResource(resource_name.clone()))?;
            let level = Level::parse(level).ok_or_else(|| Refusal::UnknownLevel(level.clone()))?;
            Ok((resource, level))
        };
        let levels: Vec<(Resource, Level)> = permissions.iter().map(read).collect::<Result<_, Refusal>>()?;
        lock(&self.state).keyring.permit(key, Permissions::only(levels));
        Ok(())
    }

    /// Revokes a key: from now on every call with the key is refused.
    pub(crate) fn revoke_key(&self, key: &str) {
        lock(&self.state).keyring.revoke(key);
    }

    /// Lets a key expire: from a moment in unix seconds on, every call with the key is refused.
    pub(crate) fn expire_key(&self, key: &str, at: i64) {
        lock(&self.state).keyring.expire(key, at);
    }

    /// Sets the treatment of raw card numbers in one account from now on, and returns the account's id.
    pub(crate) fn allow_raw_cards(
        &self,
        account_or_key: &str,
        raw_cards: RawCards,
    ) -> Result<String, Refusal> {
        let account = self.account_named(account_or_key)?;
        lock(&self.state).raw_cards.insert(account.clone(), raw_cards);
        Ok(account)
    }
}
