//! The key under which Stripe does a thing once.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use causeway::{tenant::TenantName, text::RequestId};
use sha2::{Digest, Sha256};

/// An `Idempotency-Key`: 47 characters of Stripe's 255. Stored with its
/// operation and never made anew, though it would come out the same: there is no
/// secret in it that could be rotated, and no chance that could be lost.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct IdempotencyKey(String);

/// What a key depends on.
pub struct Parts<'a> {
    /// Name of the relay's installation.
    pub environment: &'a str,
    /// Whose request.
    pub tenant: &'a TenantName,
    /// Through which Stripe account.
    pub account: &'a str,
    /// What for.
    pub kind: &'a str,
    /// Billing's own key.
    pub request_id: &'a RequestId,
}

impl IdempotencyKey {
    /// Derives the key. Each part goes in with its length, so that no two sets of
    /// parts read the same.
    pub fn derive(parts: &Parts<'_>) -> IdempotencyKey {
        let mut hash = Sha256::new();
        let parts = [
            "causeway-idempotency-1",
            parts.environment,
            parts.tenant.as_str(),
            parts.account,
            parts.kind,
            parts.request_id.as_str(),
        ];
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        IdempotencyKey(format!("cw1-{}", URL_SAFE_NO_PAD.encode(hash.finalize())))
    }

    /// A key for what may be done anew after a restart, because it moves nothing: the
    /// same for all tries of one call, and for no other call.
    pub fn once(id: uuid::Uuid) -> IdempotencyKey {
        IdempotencyKey(format!("cw0-{id}"))
    }

    /// For the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_for_the_same_and_another_for_anything_else() {
        let acme = TenantName::parse("acme").unwrap();
        let acm = TenantName::parse("acm").unwrap();
        let (one, two) = (RequestId::parse("1").unwrap(), RequestId::parse("2").unwrap());
        let parts =
            Parts { environment: "e", tenant: &acme, account: "main", kind: "authorize", request_id: &one };
        let key = IdempotencyKey::derive(&parts);
        // Never to change: an earlier version's open operations are repeated under it.
        assert_eq!(key.as_str(), "cw1-pU-OBVTakiB_suEN8Nfk1tYEJn4MQlIR75RdfEcNHz0");
        assert_eq!(key, IdempotencyKey::derive(&parts));
        let others = [
            Parts { environment: "f", ..parts },
            Parts { tenant: &acm, account: "emain", ..parts },
            Parts { account: "mains", ..parts },
            Parts { kind: "capture", ..parts },
            Parts { request_id: &two, ..parts },
        ];
        for other in others {
            assert_ne!(key, IdempotencyKey::derive(&other));
        }
    }
}
