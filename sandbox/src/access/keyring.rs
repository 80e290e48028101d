//! What was said about keys: whose they are, what they may do, and which open nothing any more.

use std::collections::BTreeMap;

use crate::access::permissions::Permissions;

/// The keys about which something was said.
#[derive(Debug, Default)]
pub(crate) struct Keyring {
    keys: BTreeMap<String, Said>,
}

/// What was said about a key.
#[derive(Clone, Debug, Default)]
struct Said {
    account: Option<String>,
    permissions: Option<Permissions>,
    revoked: bool,
}

impl Keyring {
    /// Makes a key open this account.
    pub(crate) fn assign(&mut self, key: &str, account: &str) {
        self.said(key).account = Some(account.to_owned());
    }

    /// Says what a restricted key may do.
    pub(crate) fn permit(&mut self, key: &str, permissions: Permissions) {
        self.said(key).permissions = Some(permissions);
    }

    /// Makes a key open nothing any more.
    pub(crate) fn revoke(&mut self, key: &str) {
        self.said(key).revoked = true;
    }

    /// The account that was said to be the key's.
    pub(crate) fn account_of(&self, key: &str) -> Option<String> {
        self.keys.get(key)?.account.clone()
    }

    /// What a restricted key may do: everything, unless something else was said.
    pub(crate) fn permissions_of(&self, key: &str) -> Permissions {
        let said = self.keys.get(key).and_then(|said| said.permissions.clone());
        said.unwrap_or_else(Permissions::everything)
    }

    /// Whether a key opens nothing any more.
    pub(crate) fn is_revoked(&self, key: &str) -> bool {
        self.keys.get(key).is_some_and(|said| said.revoked)
    }

    fn said(&mut self, key: &str) -> &mut Said {
        self.keys.entry(key.to_owned()).or_default()
    }
}
