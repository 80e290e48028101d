//! What PaymentIntents and SetupIntents have in common: the words for them, the ways they allow, and what the
//! customer has to do next.

use serde_json::{Value, json};

use crate::objects::means::MethodType;
use crate::objects::payment_intent::{CaptureMethod, Terms};
use crate::words::{Word, words};

words! {
    /// The two kinds of intents.
    Intent {
        /// To pay.
        Payment = "payment_intent",
        /// To set a card up for later.
        Setup = "setup_intent",
    }
}

impl Intent {
    /// The kind as sentences have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Payment => "PaymentIntent",
            Self::Setup => "SetupIntent",
        }
    }
}

words! {
    /// Whether ways of paying are wanted that send the customer elsewhere.
    AllowRedirects {
        /// Yes.
        Always = "always",
        /// No.
        Never = "never",
    }
}

words! {
    /// Whether a card is kept for later, and for what.
    FutureUsage {
        /// For charges without the customer.
        OffSession = "off_session",
        /// For charges with the customer.
        OnSession = "on_session",
    }
}

/// Which ways of paying are allowed.
#[derive(Clone, Debug)]
pub(crate) enum Ways {
    /// Those of the dashboard.
    Automatic {
        /// Whether they may send the customer elsewhere.
        redirects: AllowRedirects,
        /// Whether the caller said so, or said nothing.
        said: bool,
        /// The id under which the dashboard keeps them.
        configuration: String,
    },
    /// Those that the caller listed as `payment_method_types`.
    Listed(Vec<String>),
    /// Those that the caller listed as `allowed_payment_method_types`.
    Allowed(Vec<String>),
}

impl Ways {
    /// `automatic_payment_methods`.
    pub(crate) fn automatic(&self) -> Option<Value> {
        match self {
            Self::Automatic { redirects, .. } => {
                Some(json!({ "allow_redirects": redirects.word(), "enabled": true }))
            }
            Self::Listed(_) | Self::Allowed(_) => None,
        }
    }

    /// `allowed_payment_method_types`.
    pub(crate) fn allowed(&self) -> Option<&[String]> {
        match self {
            Self::Allowed(types) => Some(types),
            Self::Automatic { .. } | Self::Listed(_) => None,
        }
    }

    /// `payment_method_configuration_details`.
    pub(crate) fn configuration(&self) -> Option<Value> {
        match self {
            Self::Automatic { configuration, .. } => Some(json!({ "id": configuration, "parent": null })),
            Self::Listed(_) | Self::Allowed(_) => None,
        }
    }

    /// `payment_method_types`. Those of the dashboard depend on the currency, and on whether the money is taken
    /// later; without terms, nothing is paid.
    pub(crate) fn types(&self, terms: Option<&Terms>) -> Vec<String> {
        let dashboard = match terms {
            Some(terms) if terms.capture_method == CaptureMethod::Manual => vec![MethodType::Card],
            Some(terms) => match terms.currency.as_str() {
                "eur" => vec![MethodType::Card, MethodType::SepaDebit],
                "usd" => vec![MethodType::Card, MethodType::UsBankAccount],
                _ => vec![MethodType::Card],
            },
            None => MethodType::ALL.to_vec(),
        };
        match self {
            Self::Automatic { .. } => dashboard.into_iter().map(|kind| kind.word().to_owned()).collect(),
            Self::Listed(types) | Self::Allowed(types) => types.clone(),
        }
    }
}

/// What the customer has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NextAction {
    /// Go to the bank's page and come back.
    Redirect {
        /// The bank's page.
        url: String,
        /// Where to come back to.
        return_url: String,
    },
    /// Let Stripe's own script do it.
    Script {
        /// The bank's page, which the script would open.
        url: String,
    },
    /// Tell what two small deposits were.
    Microdeposits {
        /// When they arrive, in unix seconds.
        arrival: i64,
        /// The page on which to tell.
        url: String,
    },
}

impl NextAction {
    /// Where to come back to, if the customer is sent away.
    pub(crate) fn return_url(&self) -> Option<&str> {
        match self {
            Self::Redirect { return_url, .. } => Some(return_url),
            Self::Script { .. } | Self::Microdeposits { .. } => None,
        }
    }

    /// The JSON.
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
