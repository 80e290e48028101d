//! The settings of API keys: the account of a key, the permissions of a restricted key,
//! and the expired and revoked keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::permissions::Permissions;

/// The keys that have settings; a key without an entry follows the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Keyring {
    keys: BTreeMap<String, KeySettings>,
}

/// The settings of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct KeySettings {
    account: Option<String>,
    permissions: Option<Permissions>,
    revoked: bool,
    /// The moment from which the key is refused, in unix seconds.
    expires_at: Option<i64>,
}

impl Keyring {
    /// Binds a key to an account.
    pub(crate) fn assign(&mut self, key: &str, account: &str) {
        self.settings_mut(key).account = Some(account.to_owned());
    }

    /// Sets the permissions of a restricted key.
    pub(crate) fn permit(&mut self, key: &str, permissions: Permissions) {
        self.settings_mut(key).permissions = Some(permissions);
    }

    /// Revokes a key: from now on every call with the key is refused.
    pub(crate) fn revoke(&mut self, key: &str) {
        self.settings_mut(key).revoked = true;
    }

    /// Sets the moment from which every call with the key is refused, in unix seconds.
    pub(crate) fn expire(&mut self, key: &str, at: i64) {
        self.settings_mut(key).expires_at = Some(at);
    }

    /// The account that was assigned to the key, if any.
    pub(crate) fn account_of(&self, key: &str) -> Option<String> {
        self.keys.get(key)?.account.clone()
    }

    /// The permissions of a restricted key: all permissions, unless a narrower set was recorded.
    pub(crate) fn permissions_of(&self, key: &str) -> Permissions {
        let settings = self.keys.get(key).and_then(|settings| settings.permissions.clone());
        settings.unwrap_or_else(Permissions::everything)
    }

    /// Whether the key was revoked.
    pub(crate) fn is_revoked(&self, key: &str) -> bool {
        self.keys.get(key).is_some_and(|settings| settings.revoked)
    }

    /// Whether the key has expired at a moment in unix seconds.
    pub(crate) fn is_expired(&self, key: &str, now: i64) -> bool {
        let expires_at = self.keys.get(key).and_then(|settings| settings.expires_at);
        expires_at.is_some_and(|at| at <= now)
    }

    fn settings_mut(&mut self, key: &str) -> &mut KeySettings {
        self.keys.entry(key.to_owned()).or_default()
    }
}
