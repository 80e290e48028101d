//! The caller of an adapter, as the adapter names the caller to the relay. The relay divides the
//! operations of a tenant among the callers. The signature does not cover the two headers, and nothing
//! else depends on them.

use std::{fmt, sync::Arc};

/// The header of a request to the relay with the name of the adapter's caller.
pub const HEADER: &str = "causeway-caller";
/// The header with the number of callers in the settings of the adapter.
pub const COUNT_HEADER: &str = "causeway-callers";

/// Maximum length of a name in bytes.
const MAX: usize = 64;

/// Name of a caller: 1 to 64 printable ASCII characters without spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallerName(Arc<str>);

impl CallerName {
    /// Parses a name; the only constructor. `None` for any other text.
    pub fn parse(text: &str) -> Option<CallerName> {
        let shaped = (1..=MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        shaped.then(|| CallerName(text.into()))
    }

    /// The name as a string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A caller, and the number of callers that share with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharingCaller {
    /// Name of the caller.
    pub name: CallerName,
    /// Number of callers of the adapter, at least 1.
    pub of: usize,
}

impl SharingCaller {
    /// Reads the values of [`HEADER`] and [`COUNT_HEADER`]. `None` without a name, as from an adapter
    /// of an earlier version.
    pub fn read(name: Option<&str>, count: Option<&str>) -> Option<SharingCaller> {
        let of = count.and_then(|count| count.parse().ok()).unwrap_or(1).max(1);
        Some(SharingCaller { name: CallerName::parse(name?)?, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_into_a_header() {
        for good in ["billing", "self-care/portal", &"x".repeat(64)] {
            assert_eq!(CallerName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "two words", "Büro", "a\r\nb", &"x".repeat(65)] {
            assert_eq!(CallerName::parse(bad), None, "{bad:?}");
        }
    }
}
