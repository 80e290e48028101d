//! Keys and accounts: whose a key is, what it may do, and what an account may send.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::access;
use crate::access::header::hidden;
use crate::access::permissions::{Level, Permissions, Resource};
use crate::access::{Key, Rights};
use crate::control::{Ask, Refused, Told, Trouble};
use crate::lock::lock;
use crate::settings::RawCards;
use crate::shared::Shared;
use crate::words::Word;

/// What is said of a key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    key: String,
    account: Option<String>,
    account_of: Option<String>,
    permissions: Option<BTreeMap<String, String>>,
    revoked: Option<bool>,
}

/// What is said of an account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sends {
    account: Option<String>,
    account_of: Option<String>,
    raw_cards: RawCards,
}

/// Says something of a key. Either all of it is done or nothing.
pub(super) fn key(ask: &Ask<'_>) -> Told {
    let said: Said = ask.body()?;
    let account = one_of_two(said.account, said.account_of)?;
    let account = account.map(|account| ask.shared.account_named(&account)).transpose()?;
    if said.revoked == Some(false) {
        return Err(Trouble::Fields("revoked can only be true: a key that was revoked stays so"));
    }
    if account.is_none() && said.permissions.is_none() && said.revoked.is_none() {
        return Err(Trouble::Fields("say account, account_of, permissions or revoked"));
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

/// Says what happens in an account to the numbers of cards.
pub(super) fn raw_cards(ask: &Ask<'_>) -> Told {
    let said: Sends = ask.body()?;
    let Some(account) = one_of_two(said.account, said.account_of)? else {
        return Err(Trouble::Fields("say account or account_of"));
    };
    let account = ask.shared.allow_raw_cards(&account, said.raw_cards)?;
    Ok(json!({ "account": account, "raw_cards": said.raw_cards }))
}

/// The account as it was named, by its id or by a key, but not by both.
fn one_of_two(account: Option<String>, account_of: Option<String>) -> Result<Option<String>, Trouble> {
    if account.is_some() && account_of.is_some() {
        return Err(Trouble::Fields("say either account or account_of"));
    }
    Ok(account.or(account_of))
}

impl Shared {
    /// The account that is named by its id, `acct_…`, or by a key that opens it.
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

    /// What a key opens, if it is one.
    pub(crate) fn key_named(&self, key: &str) -> Result<Key, Refused> {
        let parsed = access::parse(key, &lock(&self.world).keyring);
        parsed.ok_or_else(|| Refused::NotAKey { shown: hidden(key) })
    }

    /// Makes a key open the account that is named by its id or by another key.
    pub(crate) fn assign_key(&self, key: &str, account_or_key: &str) -> Result<(), Refused> {
        self.key_named(key)?;
        let account = self.account_named(account_or_key)?;
        lock(&self.world).keyring.assign(key, &account);
        Ok(())
    }

    /// Says what a restricted key may do, and that it may do nothing else.
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

    /// Makes a key open nothing any more.
    pub(crate) fn revoke_key(&self, key: &str) {
        lock(&self.world).keyring.revoke(key);
    }

    /// Says what happens from now on to the numbers of cards in one account, and returns its id.
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
