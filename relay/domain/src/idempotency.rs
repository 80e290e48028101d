//! The key under which Stripe executes a request once (docs.stripe.com/api/idempotent_requests).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use causeway::{tenant::TenantName, text::RequestId};
use sha2::{Digest, Sha256};

/// An `Idempotency-Key` of 47 characters; Stripe allows 255. The key is stored with the operation and
/// not derived a second time. The derivation uses no secret that could be rotated and no random value
/// that could be lost.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct IdempotencyKey(String);

/// The values from which a key is derived.
pub struct Parts<'a> {
    /// Name of the relay's installation.
    pub environment: &'a str,
    /// Tenant of the request.
    pub tenant: &'a TenantName,
    /// The Stripe account that receives the request.
    pub account: &'a str,
    /// Kind of the operation, as in the journal.
    pub kind: &'a str,
    /// Idempotency key of billing's request.
    pub request_id: &'a RequestId,
}

impl IdempotencyKey {
    /// Derives the key. Each part is hashed with its length, so that no two sets of parts have the same
    /// input to the hash.
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

    /// A key for a call that moves no money and may be repeated under a new key after a restart. The
    /// key is the same for all tries of one call and differs between calls.
    pub fn once(id: uuid::Uuid) -> IdempotencyKey {
        IdempotencyKey(format!("cw0-{id}"))
    }

    /// The text of the `Idempotency-Key` header.
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
        // This value must never change: open operations of an earlier version are repeated under such keys.
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
