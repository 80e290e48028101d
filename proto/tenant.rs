//! Names of tenants: the billing platform that a payment belongs to.

use std::{fmt, sync::Arc};

/// Name of a tenant: one billing platform. 1 to 64 of a-z 0-9 _ -
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct TenantName(Arc<str>);

/// Error for a text that is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to 64 of a-z 0-9 _ -")]
pub struct NameError;

/// Reads the name of a tenant or of an object that belongs to a tenant.
pub fn name(text: &str) -> Result<Arc<str>, NameError> {
    let shaped = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if shaped { Ok(text.into()) } else { Err(NameError) }
}

impl TenantName {
    /// Parses a tenant name; the only constructor.
    pub fn parse(text: &str) -> Result<TenantName, NameError> {
        name(text).map(TenantName)
    }

    /// The name as a string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
