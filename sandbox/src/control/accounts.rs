//! Keys and accounts: the account and the permissions of a key, and the treatment of raw card
//! numbers in an account.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::access;
use crate::access::header::hidden;
use crate::access::permissions::{Level, Permissions, Resource};
use crate::access::{Key, Rights};
use crate::control::{ControlError, ControlRequest, ControlResult, Refused};
use crate::lock::lock;
use crate::settings::RawCards;
use crate::shared::Shared;
use crate::words::Word;

/// The settings of a key, as the body of the request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    key: String,
    account: Option<String>,
    account_of: Option<String>,
    permissions: Option<BTreeMap<String, String>>,
    revoked: Option<bool>,
}

/// The treatment of raw card numbers in an account, as the body of the request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sends {
    account: Option<String>,
    account_of: Option<String>,
    raw_cards: RawCards,
}

/// Changes the settings of a key: either all changes are applied, or none.
pub(super) fn key(ask: &ControlRequest<'_>) -> ControlResult {
    let said: Said = ask.body()?;
    let account = one_of_two(said.account, said.account_of)?;
    let account = account.map(|account| ask.shared.account_named(&account)).transpose()?;
    if said.revoked == Some(false) {
        return Err(ControlError::Fields("revoked can only be true: a key that was revoked stays so"));
    }
    if account.is_none() && said.permissions.is_none() && said.revoked.is_none() {
        return Err(ControlError::Fields("say account, account_of, permissions or revoked"));
    }
    ask.shared.key_named(&said.key)?;
    if let Some(permissions) = &said.permissions {
        ask.shared.permit_key(&said.key, permissions)?;
    }
    if let Some(account) = account {
        ask.shared.assign_key(&said.key, &account)?;
    }
    if said.revoked.is_some() {
        ask.shared.revoke_key(&said.key);
    }
    let opens = ask.shared.account_named(&said.key)?;
    let revoked = lock(&ask.shared.world).keyring.is_revoked(&said.key);
    Ok(json!({ "key": hidden(&said.key), "account": opens, "revoked": revoked }))
}

/// Sets the treatment of raw card numbers in an account.
pub(super) fn raw_cards(ask: &ControlRequest<'_>) -> ControlResult {
    let said: Sends = ask.body()?;
    let Some(account) = one_of_two(said.account, said.account_of)? else {
        return Err(ControlError::Fields("say account or account_of"));
    };
    let account = ask.shared.allow_raw_cards(&account, said.raw_cards)?;
    Ok(json!({ "account": account, "raw_cards": said.raw_cards }))
}

/// The account of the request, named by the account's id or by a key, but not by both.
fn one_of_two(account: Option<String>, account_of: Option<String>) -> Result<Option<String>, ControlError> {
    if account.is_some() && account_of.is_some() {
        return Err(ControlError::Fields("say either account or account_of"));
    }
    Ok(account.or(account_of))
}

impl Shared {
    /// The id of an account that is named by the id, `acct_…`, or by a key that opens the account.
    pub(crate) fn account_named(&self, account_or_key: &str) -> Result<String, Refused> {
        let letters = account_or_key.strip_prefix("acct_").unwrap_or_default();
        if !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(account_or_key.to_owned());
        }
        if account_or_key.starts_with("acct_") {
            return Err(Refused::NotAnAccount { text: account_or_key.to_owned() });
        }
        self.key_named(account_or_key).map(|key| key.side.account)
    }

    /// The parsed key, or a refusal of a text that is not a key.
    pub(crate) fn key_named(&self, key: &str) -> Result<Key, Refused> {
        let parsed = access::parse(key, &lock(&self.world).keyring);
        parsed.ok_or_else(|| Refused::NotAKey { shown: hidden(key) })
    }

    /// Binds a key to the account that is named by an id or by another key.
    pub(crate) fn assign_key(&self, key: &str, account_or_key: &str) -> Result<(), Refused> {
        self.key_named(key)?;
        let account = self.account_named(account_or_key)?;
        lock(&self.world).keyring.assign(key, &account);
        Ok(())
    }

    /// Sets the only permissions of a restricted key.
    pub(crate) fn permit_key(
        &self,
        key: &str,
        permissions: &BTreeMap<String, String>,
    ) -> Result<(), Refused> {
        if !matches!(self.key_named(key)?.rights, Rights::Some(_)) {
            return Err(Refused::NotRestricted { shown: hidden(key) });
        }
        let read = |(resource, level): (&String, &String)| {
            let about =
                Resource::from_word(resource).ok_or_else(|| Refused::UnknownResource(resource.clone()))?;
            let level = Level::from_word(level).ok_or_else(|| Refused::UnknownLevel(level.clone()))?;
            Ok((about, level))
        };
        let levels: Vec<(Resource, Level)> = permissions.iter().map(read).collect::<Result<_, Refused>>()?;
        lock(&self.world).keyring.permit(key, Permissions::only(levels));
        Ok(())
    }

    /// Revokes a key: from now on every call with the key is refused.
    pub(crate) fn revoke_key(&self, key: &str) {
        lock(&self.world).keyring.revoke(key);
    }

    /// Sets the treatment of raw card numbers in one account from now on, and returns the account's id.
    pub(crate) fn allow_raw_cards(
        &self,
        account_or_key: &str,
        raw_cards: RawCards,
    ) -> Result<String, Refused> {
        let account = self.account_named(account_or_key)?;
        lock(&self.world).raw_cards.insert(account.clone(), raw_cards);
        Ok(account)
    }
}
