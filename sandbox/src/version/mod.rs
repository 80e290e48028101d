//! The versions of Stripe's API: the version of a call or of a webhook endpoint, and the behaviour that
//! depends on the version.
//!
//! `changes.rs` has the table of all differences. `request.rs` applies the differences of requests before the
//! parameters are read, and `answer.rs` applies the differences of answers after the objects are shown.

pub(crate) mod answer;
pub(crate) mod changes;
mod known;
pub(crate) mod request;

use axum::http::HeaderMap;

use crate::error::{StripeError, StripeResult};
use crate::stripe_enum::{StripeEnum, alternatives, stripe_enum};
pub(crate) use known::MAPPED;

const HEADER: &str = "stripe-version";

stripe_enum! {
    /// A version that the sandbox plays. A later version stands after an earlier version.
    Version {
        /// The release of August 2020.
        V2020_08_27 = "2020-08-27",
        /// The release of August 2022.
        V2022_08_01 = "2022-08-01",
        /// The release of November 2022.
        V2022_11_15 = "2022-11-15",
        /// The release of August 2023.
        V2023_08_16 = "2023-08-16",
        /// The release of June 2024.
        V2024_06_20 = "2024-06-20",
        /// The first release of Basil.
        Basil2025_03_31 = "2025-03-31.basil",
        /// The release of Dahlia in August 2026.
        Dahlia2026_08_26 = "2026-08-26.dahlia",
        /// The first release of Endive.
        Endive2026_09_30 = "2026-09-30.endive",
        /// The release of Endive in October 2026.
        Endive2026_10_28 = "2026-10-28.endive",
    }
}

impl Default for Version {
    /// The version of every account, for calls and webhook endpoints that name none.
    fn default() -> Self {
        Self::Dahlia2026_08_26
    }
}

impl Version {
    /// The version as which a text is played, or a refusal in Stripe's words for a version that Stripe does
    /// not know.
    pub(crate) fn read(text: &str) -> StripeResult<Self> {
        if let Some(version) = known::played_as(text) {
            return Ok(version);
        }
        if known::is_known(text) {
            return Err(StripeError::invalid(format!(
                "The Stripe API version {text} is not played by this sandbox. It plays {}, and the versions \
                 that docs/sandbox.md maps to one of these.",
                alternatives::<Self>()
            )));
        }
        Err(StripeError::invalid(format!("Invalid Stripe API version: {text}")))
    }

    /// The version that a call names, or the version of the account.
    pub(crate) fn of_call(headers: &HeaderMap) -> StripeResult<Self> {
        Self::read(&requested(headers)).map_err(StripeError::bare)
    }
}

/// The text of the version that the answer names.
pub(crate) fn requested(headers: &HeaderMap) -> String {
    let named = headers.get(HEADER).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    named.unwrap_or_else(|| Version::default().as_str().to_owned())
}
