//! The caller of an adapter, as the adapter forwards it to the relay. The relay divides the operations of
//! a tenant among the callers. The signature does not cover the two headers, and nothing else depends on
//! them.

use std::{fmt, sync::Arc};

/// The header of a request to the relay with the name of the adapter's caller, if a header can carry the
/// name.
pub const NAME_HEADER: &str = "causeway-caller";
/// The header with the number of callers in the settings of the adapter.
pub const COUNT_HEADER: &str = "causeway-callers";

/// Maximum length of a forwarded name in bytes.
const MAX_NAME: usize = 64;

/// The caller that a request is from, and the number of callers that share with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardedCaller {
    name: Option<Arc<str>>,
    callers: usize,
}

impl ForwardedCaller {
    /// Reads the values of [`NAME_HEADER`] and [`COUNT_HEADER`]. `None` without a number, as from an
    /// adapter of an earlier version. A name that does not fit counts as no name.
    pub fn read(name: Option<&str>, count: Option<&str>) -> Option<ForwardedCaller> {
        let callers = count?.parse().unwrap_or(1).max(1);
        Some(ForwardedCaller { name: name.filter(|name| fits(name)).map(Arc::from), callers })
    }

    /// The name, the owner of a share; all callers without a name are one owner.
    pub fn name(&self) -> &Option<Arc<str>> {
        &self.name
    }

    /// Number of callers of the adapter, at least 1.
    pub fn callers(&self) -> usize {
        self.callers
    }
}

impl fmt::Display for ForwardedCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_deref().unwrap_or("without a name"))
    }
}

/// Whether a name can be forwarded: 1 to 64 printable ASCII characters without spaces.
pub fn fits(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_read_from_its_headers() {
        for good in ["billing", "self-care/portal", &"x".repeat(64)] {
            let read = ForwardedCaller::read(Some(good), Some("3")).unwrap();
            assert_eq!((read.name().as_deref(), read.callers()), (Some(good), 3));
        }
        for bad in ["", "two words", "Büro", "a\r\nb", &"x".repeat(65)] {
            let read = ForwardedCaller::read(Some(bad), Some("nonsense")).unwrap();
            assert_eq!((read.name(), read.callers()), (&None, 1), "{bad:?}");
        }
        assert_eq!(ForwardedCaller::read(Some("billing"), None), None, "an adapter of an earlier version");
    }
}
