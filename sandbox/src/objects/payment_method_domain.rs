//! A payment method domain: a domain of the caller on which wallets are shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::{Object, RenderContext};

/// The payment methods that need a domain.
const WALLETS: [&str; 6] = ["amazon_pay", "apple_pay", "google_pay", "klarna", "link", "paypal"];

/// The last part of the domains that cannot be validated.
const UNREACHABLE: &str = ".invalid";

/// The state of a payment method domain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PaymentMethodDomain {
    /// Id of the domain, `pmd_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The name of the domain, in lower case.
    pub(crate) name: String,
    /// Whether payment methods that need a domain are shown there.
    pub(crate) enabled: bool,
}

impl Object for PaymentMethodDomain {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, context: RenderContext) -> Value {
        let status = if self.name.ends_with(UNREACHABLE) {
            json!({
                "status": "inactive",
                "status_details": { "error_message": "We could not reach the domain that you provided." },
            })
        } else {
            json!({ "status": "active" })
        };
        let mut shown = json!({
            "id": self.id,
            "object": "payment_method_domain",
            "created": self.created,
            "domain_name": self.name,
            "enabled": self.enabled,
            "livemode": context.livemode,
        });
        if let Some(fields) = shown.as_object_mut() {
            fields.extend(WALLETS.map(|wallet| (wallet.to_owned(), status.clone())));
        }
        shown
    }
}
