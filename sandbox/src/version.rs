//! The `Stripe-Version` of a call.

use axum::http::HeaderMap;

use crate::error::{Answer, StripeError};

const HEADER: &str = "stripe-version";

/// The version of accounts that name none.
const DEFAULT: &str = "2026-08-26.dahlia";

/// Refuses a version that does not look like one.
pub(crate) fn check(headers: &HeaderMap) -> Answer<()> {
    let version = answered(headers);
    if is_version(&version) {
        return Ok(());
    }
    Err(StripeError::invalid(format!("Invalid Stripe API version: {version}")))
}

/// The version that the answer names.
pub(crate) fn answered(headers: &HeaderMap) -> String {
    let named = headers.get(HEADER).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    named.unwrap_or_else(|| DEFAULT.to_owned())
}

/// Whether a text is a date, and perhaps the name of a release after it.
fn is_version(text: &str) -> bool {
    let (date, release) = text.split_once('.').map_or((text, None), |(date, release)| (date, Some(release)));
    date.len() == 10
        && date.parse::<jiff::civil::Date>().is_ok()
        && release.is_none_or(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_date_and_perhaps_a_release() {
        for (version, known) in [
            ("2026-08-26.dahlia", true),
            ("2022-11-15", true),
            ("2026-10-28.endive", true),
            ("2026-13-01", false),
            ("latest", false),
            ("2026-08-26.", false),
            ("2026-08-26.Dahlia", false),
        ] {
            assert_eq!(is_version(version), known, "{version}");
        }
    }
}
