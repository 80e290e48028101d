//! The `Authorization` header: the API key in the header, and the masked form of the header for logs.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The API key of a request, or an empty text if the request has no key.
pub(crate) fn api_key(headers: &HeaderMap) -> String {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    header.and_then(key_in_header).unwrap_or_default()
}

/// The header's value with the secret masked, for the log.
pub(crate) fn masked_header(header: &str) -> String {
    let scheme = header.split_once(' ').map_or("", |(scheme, _)| scheme);
    key_in_header(header).map_or_else(|| "****".to_owned(), |key| format!("{scheme} {}", masked_key(&key)))
}

/// The key inside `Bearer key` or `Basic base64(key:)`.
fn key_in_header(header: &str) -> Option<String> {
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

/// The masked form of a key: only the kind and the last letters are visible, four of a short key and six
/// of a long key, as Stripe's refusals show keys.
pub(crate) fn masked_key(key: &str) -> String {
    let kind: String = key.split_inclusive('_').take(2).filter(|part| part.ends_with('_')).collect();
    let secret: Vec<char> = key.chars().skip(kind.chars().count()).collect();
    let visible = match secret.len() {
        0..=8 => 0,
        9..=64 => 4,
        _ => 6,
    };
    let end: String = secret.iter().skip(secret.len().saturating_sub(visible)).collect();
    let stars = "*".repeat(secret.len().saturating_sub(end.len()).max(4));
    format!("{kind}{stars}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_masked_in_the_log() {
        assert_eq!(masked_header("Bearer sk_test_51Habcdefgh1234"), "Bearer sk_test_***********1234");
        assert_eq!(masked_header("Bearer sk_test_short"), "Bearer sk_test_*****");
        assert_eq!(
            masked_header(&format!("Basic {}", STANDARD.encode("sk_live_abcdefgh1234:"))),
            "Basic sk_live_********1234"
        );
        assert_eq!(masked_header("nonsense"), "****");
        let long = format!("rk_test_{}", "1234567890".repeat(10));
        assert_eq!(masked_key(&long), format!("rk_test_{}567890", "*".repeat(94)));
    }
}
