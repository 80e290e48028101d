//! Who is calling: the keys that open an account, what each may do, and the refusal of all others.

pub(crate) mod header;
pub(crate) mod keyring;
pub(crate) mod permissions;

use axum::http::HeaderMap;

use crate::access::header::{carried, hidden};
use crate::access::keyring::Keyring;
use crate::access::permissions::Permissions;
use crate::error::{Answer, StripeError};
use crate::ids::derived;

/// One side of an account: that of tests, or that where the money would be real. The two share nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Side {
    /// `acct_…`
    pub(crate) account: String,
    /// Whether its money would be real.
    pub(crate) livemode: bool,
}

/// A key that opens an account.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// What it opens.
    pub(crate) side: Side,
    /// What it may do there.
    pub(crate) rights: Rights,
    /// The key as refusals show it.
    pub(crate) hidden: String,
}

/// What a key may do.
#[derive(Clone, Debug)]
pub(crate) enum Rights {
    /// Everything: `sk_…`.
    All,
    /// What it was permitted: `rk_…`.
    Some(Permissions),
    /// What a page in a browser may do: `pk_…`.
    Page,
}

/// The key that a call carries.
pub(crate) fn key_of(headers: &HeaderMap, keyring: &Keyring) -> Answer<Key> {
    let text = carried(headers);
    if text.is_empty() {
        return Err(unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, \
             using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
             https://stripe.com/docs/api#authentication for details, or we can help at \
             https://support.stripe.com/.",
        ));
    }
    let Some(key) = parse(&text, keyring) else {
        return Err(unauthorized(format!("Invalid API Key provided: {}", hidden(&text))));
    };
    if keyring.is_revoked(&text) {
        return Err(unauthorized(format!("Expired API Key provided: {}", key.hidden)).code("api_key_expired"));
    }
    Ok(key)
}

/// What a well-formed key opens. Keys that differ in nothing but what they begin with open the same account.
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
    well_formed.then(|| Key { side: Side { account, livemode }, rights, hidden: hidden(text) })
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
            assert_eq!(parse(key, &keyring).map(|key| key.side.livemode), opens, "{key}");
        }
        let side = |key: &str| parse(key, &keyring).unwrap().side;
        assert_eq!(side("sk_test_a"), side("pk_test_a"));
        assert_ne!(side("sk_test_a"), side("sk_live_a"));
        assert_ne!(side("sk_test_a"), side("sk_test_b"));
    }
}
