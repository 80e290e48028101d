//! Who is calling: the keys that open an account, and the refusal of all others.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Answer, StripeError};
use crate::ids::derived;

/// A key that may open an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The account that the key opens.
    pub(crate) account: String,
    /// Whether the account's money would be real.
    pub(crate) livemode: bool,
}

/// The secret or restricted key that a call carries.
pub(crate) fn key_of(headers: &HeaderMap) -> Answer<String> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = header.and_then(carried).unwrap_or_default();
    if key.is_empty() {
        return Err(unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, \
             using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
             https://stripe.com/docs/api#authentication for details, or we can help at \
             https://support.stripe.com/.",
        ));
    }
    if key.starts_with("pk_") {
        return Err(unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can \
             find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
        )
        .code("secret_key_required"));
    }
    Ok(key)
}

/// The account that a key opens, unless the key is malformed or was revoked.
pub(crate) fn open(key: &str, revoked: bool) -> Answer<Key> {
    let Some(opened) = parse(key) else {
        return Err(unauthorized(format!("Invalid API Key provided: {}", hidden(key))));
    };
    if revoked {
        return Err(
            unauthorized(format!("Expired API Key provided: {}", hidden(key))).code("api_key_expired")
        );
    }
    Ok(opened)
}

/// What a well-formed key opens.
pub(crate) fn parse(key: &str) -> Option<Key> {
    let forms = [("sk_test_", false), ("sk_live_", true), ("rk_test_", false), ("rk_live_", true)];
    let (secret, livemode) = forms.iter().find_map(|(form, live)| Some((key.strip_prefix(form)?, *live)))?;
    let well_formed =
        !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    well_formed.then(|| Key { account: format!("acct_{}", derived(key)), livemode })
}

/// The header's value with the secret masked, for the log.
pub(crate) fn masked(header: &str) -> String {
    let scheme = header.split_once(' ').map_or("", |(scheme, _)| scheme);
    carried(header).map_or_else(|| "****".to_owned(), |key| format!("{scheme} {}", hidden(&key)))
}

/// The key inside `Bearer key` or `Basic base64(key:)`.
fn carried(header: &str) -> Option<String> {
    let (scheme, value) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    Some(decoded.split_once(':').map_or(decoded.as_str(), |(key, _)| key).to_owned())
}

/// A key of which only the kind and the last four letters can be seen.
fn hidden(key: &str) -> String {
    let kind: String = key.split_inclusive('_').take(2).filter(|part| part.ends_with('_')).collect();
    let secret: Vec<char> = key.chars().skip(kind.chars().count()).collect();
    let end: String =
        if secret.len() > 8 { secret.iter().rev().take(4).rev().collect() } else { String::new() };
    format!("{kind}****{end}")
}

fn unauthorized(message: impl Into<String>) -> StripeError {
    StripeError::invalid(message).status(401)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secret_and_restricted_keys_open_an_account() {
        for (key, opens) in [
            ("sk_test_abc", Some(false)),
            ("sk_live_abc", Some(true)),
            ("rk_test_abc", Some(false)),
            ("pk_test_abc", None),
            ("sk_test_", None),
            ("sk_test_a b", None),
            ("whsec_abc", None),
        ] {
            assert_eq!(parse(key).map(|key| key.livemode), opens, "{key}");
        }
        assert_ne!(parse("sk_test_a").unwrap().account, parse("sk_live_a").unwrap().account);
    }

    #[test]
    fn a_secret_never_reaches_the_log() {
        assert_eq!(masked("Bearer sk_test_51Habcdefgh1234"), "Bearer sk_test_****1234");
        assert_eq!(masked("Bearer sk_test_short"), "Bearer sk_test_****");
        assert_eq!(
            masked(&format!("Basic {}", STANDARD.encode("sk_live_abcdefgh1234:"))),
            "Basic sk_live_****1234"
        );
        assert_eq!(masked("nonsense"), "****");
    }
}
