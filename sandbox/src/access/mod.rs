//! Authentication of callers: the keys that open an account, the rights of each key, and the
//! refusal of other keys.

pub(crate) mod header;
pub(crate) mod keyring;
pub(crate) mod permissions;

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::access::header::{api_key, masked_key};
use crate::access::keyring::Keyring;
use crate::access::permissions::Permissions;
use crate::error::{StripeError, StripeResult};
use crate::ids::derived;

/// One mode of an account: test mode, or live mode, where the money would be real. The two
/// modes share no objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct AccountMode {
    /// The id of the account, `acct_…`.
    pub(crate) account: String,
    /// Whether this is live mode, where the money would be real.
    pub(crate) livemode: bool,
}

/// An API key that opens one mode of an account.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The account and the mode that the key opens.
    pub(crate) mode: AccountMode,
    /// The rights of the key in that mode.
    pub(crate) rights: Rights,
    /// The masked key, as refusals show the key.
    pub(crate) masked: String,
}

/// The rights of a key, by the kind of the key.
#[derive(Clone, Debug)]
pub(crate) enum Rights {
    /// Every call: a secret key, `sk_…`.
    All,
    /// The calls that the permissions of a restricted key allow: `rk_…`.
    Some(Permissions),
    /// The calls that a page in a browser may make: a publishable key, `pk_…`.
    Page,
}

/// The key of a request. A missing, malformed, expired or revoked key is refused with status 401. `now` is
/// the time of the request, in unix seconds.
pub(crate) fn key_of(headers: &HeaderMap, keyring: &Keyring, now: i64) -> StripeResult<Key> {
    let text = api_key(headers);
    if text.is_empty() {
        return Err(unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, \
             using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
             https://stripe.com/docs/api#authentication for details, or we can help at \
             https://support.stripe.com/.",
        ));
    }
    let Some(key) = parse(&text, keyring) else {
        return Err(unauthorized(format!("Invalid API Key provided: {}", masked_key(&text))));
    };
    if keyring.is_revoked(&text) || keyring.is_expired(&text, now) {
        return Err(unauthorized(format!("Expired API Key provided: {}", key.masked)).code("api_key_expired"));
    }
    Ok(key)
}

/// Parses a well-formed key. Keys that differ only in the prefix open the same account, unless the
/// keyring assigns another account.
pub(crate) fn parse(text: &str, keyring: &Keyring) -> Option<Key> {
    let (form, secret) = text.split_at_checked(8)?;
    let (kind, livemode) = match form.split_once('_')? {
        (kind, "test_") => (kind, false),
        (kind, "live_") => (kind, true),
        _ => return None,
    };
    let rights = match kind {
        "sk" => Rights::All,
        "rk" => Rights::Some(keyring.permissions_of(text)),
        "pk" => Rights::Page,
        _ => return None,
    };
    let well_formed =
        !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let account = keyring
        .account_of(text)
        .unwrap_or_else(|| format!("acct_1{}", derived(secret).get(1..).unwrap_or_default()));
    well_formed.then(|| Key { mode: AccountMode { account, livemode }, rights, masked: masked_key(text) })
}

/// The refusal of an account that the key does not open.
pub(crate) fn no_access(masked_key: &str, account: &str) -> StripeError {
    StripeError::invalid(format!(
        "The provided key '{masked_key}' does not have access to account '{account}' (or that account does not \
         exist). Application access may have been revoked."
    ))
    .status(403)
    .code("account_invalid")
    .bare()
}

fn unauthorized(message: impl Into<String>) -> StripeError {
    StripeError::invalid(message).status(401).bare()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_formed_key_opens_one_side_of_an_account() {
        let keyring = Keyring::default();
        for (key, opens) in [
            ("sk_test_abc", Some(false)),
            ("sk_live_abc", Some(true)),
            ("rk_test_abc", Some(false)),
            ("pk_test_abc", Some(false)),
            ("sk_test_", None),
            ("sk_test_a b", None),
            ("whsec_abc", None),
            ("é", None),
        ] {
            assert_eq!(parse(key, &keyring).map(|key| key.mode.livemode), opens, "{key}");
        }
        let mode = |key: &str| parse(key, &keyring).unwrap().mode;
        assert_eq!(mode("sk_test_a"), mode("pk_test_a"));
        assert_ne!(mode("sk_test_a"), mode("sk_live_a"));
        assert_ne!(mode("sk_test_a"), mode("sk_test_b"));
    }
}
