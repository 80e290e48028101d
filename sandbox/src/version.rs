//! The `Stripe-Version` of a call.

use axum::http::HeaderMap;

use crate::error::{Answer, StripeError};

const HEADER: &str = "stripe-version";

/// The version of accounts that name none.
pub(crate) const DEFAULT: &str = "2026-08-26.dahlia";

/// Refuses a version that does not look like one.
pub(crate) fn check(headers: &HeaderMap) -> Answer<()> {
    let version = answered(headers);
    if is_version(&version) {
        return Ok(());
    }
    Err(StripeError::invalid(format!("Invalid Stripe API version: {version}")).bare())
}

/// The version that the answer names.
pub(crate) fn answered(headers: &HeaderMap) -> String {
    let named = headers.get(HEADER).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    named.unwrap_or_else(|| DEFAULT.to_owned())
}

/// The first version in which intents no longer take `payment_method_types`.
const WITHOUT_LISTED_TYPES: &str = "2026-09-30";

/// Whether intents take no `payment_method_types` in this version.
pub(crate) fn is_without_listed_types(version: &str) -> bool {
    version >= WITHOUT_LISTED_TYPES
}

/// Whether a text is a date, and perhaps the name of a release after it.
pub(crate) fn is_version(text: &str) -> bool {
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
