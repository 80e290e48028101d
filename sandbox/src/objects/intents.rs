//! What PaymentIntents and SetupIntents have in common: the words for them, the ways they allow, and what the
//! customer has to do next.

use serde_json::{Value, json};

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
    Automatic(AllowRedirects),
    /// Those that the caller listed.
    Listed(Vec<String>),
}

impl Ways {
    /// `automatic_payment_methods`.
    pub(crate) fn automatic(&self) -> Option<Value> {
        match self {
            Self::Automatic(redirects) => {
                Some(json!({ "allow_redirects": redirects.word(), "enabled": true }))
            }
            Self::Listed(_) => None,
        }
    }

    /// `payment_method_types`.
    pub(crate) fn types(&self) -> Vec<String> {
        match self {
            Self::Automatic(_) => vec!["card".to_owned()],
            Self::Listed(types) => types.clone(),
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
}

impl NextAction {
    /// Where to come back to, if the customer is sent away.
    pub(crate) fn return_url(&self) -> Option<&str> {
        match self {
            Self::Redirect { return_url, .. } => Some(return_url),
            Self::Script { .. } => None,
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
        }
    }
}
