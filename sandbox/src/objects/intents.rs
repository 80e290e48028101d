//! The common parts of PaymentIntents and SetupIntents: the names, the allowed types of PaymentMethods,
//! and the customer's next action.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::instrument::MethodType;
use crate::objects::payment_intent::{CaptureMethod, Terms};
use crate::objects::wallet::{EnabledWallets, WalletKind};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The two kinds of intents.
    Intent {
        /// An intent to collect a payment.
        Payment = "payment_intent",
        /// An intent to set a card up for later payments.
        Setup = "setup_intent",
    }
}

impl Intent {
    /// The name of the kind in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Payment => "PaymentIntent",
            Self::Setup => "SetupIntent",
        }
    }
}

stripe_enum! {
    /// Whether types of PaymentMethods that redirect the customer are allowed.
    AllowRedirects {
        /// Redirecting types are allowed.
        Always = "always",
        /// Redirecting types are not allowed.
        Never = "never",
    }
}

stripe_enum! {
    /// Whether a card is saved for later payments, and for which payments.
    FutureUsage {
        /// For charges without the customer.
        OffSession = "off_session",
        /// For charges with the customer.
        OnSession = "on_session",
    }
}

/// The rule that decides which types of PaymentMethods are allowed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum MethodTypes {
    /// The types that are enabled in the dashboard.
    Automatic {
        /// Whether the types can redirect the customer.
        redirects: AllowRedirects,
        /// Whether the caller sent `automatic_payment_methods`; false if the caller sent no rule at
        /// all.
        explicit: bool,
        /// Id of the dashboard's configuration of PaymentMethods.
        configuration: String,
        /// The wallets that the dashboard has enabled.
        wallets: EnabledWallets,
    },
    /// The types that the caller listed as `payment_method_types`.
    Listed(Vec<String>),
    /// The types that the caller listed as `allowed_payment_method_types`, and the wallets that the dashboard
    /// has enabled.
    Allowed(Vec<String>, EnabledWallets),
}

impl MethodTypes {
    /// The value of the field `automatic_payment_methods`.
    pub(crate) fn automatic(&self) -> Option<Value> {
        match self {
            Self::Automatic { redirects, .. } => {
                Some(json!({ "allow_redirects": redirects.as_str(), "enabled": true }))
            }
            Self::Listed(_) | Self::Allowed(..) => None,
        }
    }

    /// The value of the field `allowed_payment_method_types`.
    pub(crate) fn allowed(&self) -> Option<&[String]> {
        match self {
            Self::Allowed(types, _) => Some(types),
            Self::Automatic { .. } | Self::Listed(_) => None,
        }
    }

    /// The value of the field `payment_method_configuration_details`.
    pub(crate) fn configuration(&self) -> Option<Value> {
        match self {
            Self::Automatic { configuration, .. } => Some(json!({ "id": configuration, "parent": null })),
            Self::Listed(_) | Self::Allowed(..) => None,
        }
    }

    /// The value of the field `payment_method_types`. The dashboard's types depend on the currency and
    /// on the capture method; a SetupIntent has no terms, and allows every type.
    pub(crate) fn types(&self, terms: Option<&Terms>) -> Vec<String> {
        let dashboard = match terms {
            Some(terms) if terms.capture_method == CaptureMethod::Manual => vec![MethodType::Card],
            Some(terms) => match terms.currency.as_str() {
                "eur" => vec![MethodType::Card, MethodType::SepaDebit],
                "usd" => vec![MethodType::Card, MethodType::UsBankAccount],
                _ => vec![MethodType::Card],
            },
            None => vec![MethodType::Card, MethodType::SepaDebit, MethodType::UsBankAccount],
        };
        let currency = terms.map(|terms| terms.currency.as_str());
        match self {
            Self::Automatic { redirects, wallets, .. } => {
                let allowed = |wallet: &WalletKind| {
                    (*redirects == AllowRedirects::Always || !wallet.redirects()) && wallet.pays_in(currency)
                };
                let wallets = wallets.kinds().filter(allowed).map(WalletKind::method_type);
                dashboard.into_iter().chain(wallets).map(|kind| kind.as_str().to_owned()).collect()
            }
            Self::Listed(types) => types.clone(),
            // Stripe leaves out the types that are not enabled, without a refusal.
            Self::Allowed(types, wallets) => {
                let allowed = |kind: &MethodType| match WalletKind::of(*kind) {
                    Some(wallet) => wallets.allows(kind.as_str()) && wallet.pays_in(currency),
                    None => dashboard.contains(kind),
                };
                let played = |name: &&String| MethodType::parse(name).as_ref().is_some_and(allowed);
                types.iter().filter(played).cloned().collect()
            }
        }
    }
}

/// The customer's next action, `next_action`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NextAction {
    /// Go to the bank's page and come back.
    Redirect {
        /// URL of the bank's page.
        url: String,
        /// URL that the customer returns to.
        return_url: String,
    },
    /// Let Stripe's own script authenticate the customer.
    Script {
        /// URL of the bank's page, which the script would open.
        url: String,
    },
    /// Enter the amounts or the code of two small deposits.
    Microdeposits {
        /// The arrival of the deposits, in unix seconds.
        arrival: i64,
        /// URL of the page for the amounts or the code.
        url: String,
    },
}

impl NextAction {
    /// The URL that the customer returns to after a redirect.
    pub(crate) fn return_url(&self) -> Option<&str> {
        match self {
            Self::Redirect { return_url, .. } => Some(return_url),
            Self::Script { .. } | Self::Microdeposits { .. } => None,
        }
    }

    /// The field `next_action` as JSON.
    pub(crate) fn show(&self) -> Value {
        match self {
            Self::Redirect { url, return_url } => json!({
                "redirect_to_url": { "return_url": return_url, "url": url }, "type": "redirect_to_url",
            }),
            Self::Script { url } => json!({
                "type": "use_stripe_sdk",
                "use_stripe_sdk": { "stripe_js": url, "type": "three_d_secure_redirect" },
            }),
            Self::Microdeposits { arrival, url } => json!({
                "type": "verify_with_microdeposits",
                "verify_with_microdeposits": {
                    "arrival_date": arrival,
                    "hosted_verification_url": url,
                    "microdeposit_type": "descriptor_code",
                },
            }),
        }
    }
}
