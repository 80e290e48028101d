//! `payment_method_options`: the caller's options for each type of PaymentMethod.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::objects::intents::FutureUsage;
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The authentication that a caller requests.
    ThreeDSecure {
        /// Authentication if the bank requires authentication.
        Automatic = "automatic",
        /// Authentication in every case.
        Any = "any",
        /// Authentication in every case, with a challenge to the customer.
        Challenge = "challenge",
    }
}

stripe_enum! {
    /// The way in which the owner of an account in the United States verifies the account.
    Verification {
        /// Stripe chooses the verification.
        Automatic = "automatic",
        /// Verification at once, without deposits.
        Instant = "instant",
        /// Verification with the amounts or the code of two small deposits.
        Microdeposits = "microdeposits",
    }
}

/// The options for each type of PaymentMethod.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Options {
    /// The options for cards.
    pub(crate) card: CardOptions,
    /// The verification of accounts in the United States.
    pub(crate) verification: Verification,
    /// Whether accounts are saved for later: first for Europe, then for the United States.
    pub(crate) account_usages: (Option<FutureUsage>, Option<FutureUsage>),
}

/// The options for cards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CardOptions {
    pub(crate) three_d_secure: ThreeDSecure,
    /// Whether a card needs a separate capture, regardless of the capture method of the PaymentIntent.
    pub(crate) manual_capture: bool,
    pub(crate) setup_future_usage: Option<FutureUsage>,
    pub(crate) extended_authorization: bool,
    pub(crate) incremental_authorization: bool,
    pub(crate) multicapture: bool,
    pub(crate) overcapture: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            card: CardOptions {
                three_d_secure: ThreeDSecure::Automatic,
                manual_capture: false,
                setup_future_usage: None,
                extended_authorization: false,
                incremental_authorization: false,
                multicapture: false,
                overcapture: false,
            },
            verification: Verification::Automatic,
            account_usages: (None, None),
        }
    }
}

impl Options {
    /// The options of a PaymentIntent as JSON, for the allowed types.
    pub(crate) fn of_payment(&self, types: &[String]) -> Value {
        let has = |kind: &str| types.iter().any(|allowed| allowed == kind);
        let (sepa, us) = self.account_usages;
        let mut shown = Map::new();
        if has("card") {
            shown.insert("card".to_owned(), self.card.of_payment());
        }
        if has("sepa_debit") {
            shown.insert("sepa_debit".to_owned(), with_usage(json!({}), sepa));
        }
        if has("us_bank_account") {
            let account = json!({
                "financial_connections": { "permissions": ["payment_method"], "prefetch": [] },
                "mandate_options": {},
                "transaction_purpose": "unspecified",
                "verification_method": self.verification.as_str(),
            });
            shown.insert("us_bank_account".to_owned(), with_usage(account, us));
        }
        Value::Object(shown)
    }

    /// The options of a SetupIntent as JSON, for the allowed types.
    pub(crate) fn of_setup(&self, types: &[String]) -> Value {
        let has = |kind: &str| types.iter().any(|allowed| allowed == kind);
        let mut shown = Map::new();
        if has("card") {
            let card = json!({
                "mandate_options": null, "network": null,
                "request_three_d_secure": self.card.three_d_secure.as_str(),
            });
            shown.insert("card".to_owned(), card);
        }
        if has("sepa_debit") {
            shown.insert("sepa_debit".to_owned(), json!({}));
        }
        if has("us_bank_account") {
            let account = json!({
                "mandate_options": {}, "verification_method": self.verification.as_str(),
            });
            shown.insert("us_bank_account".to_owned(), account);
        }
        Value::Object(shown)
    }
}

impl CardOptions {
    fn of_payment(&self) -> Value {
        let mut shown = json!({
            "installments": null,
            "mandate_options": null,
            "network": null,
            "request_three_d_secure": self.three_d_secure.as_str(),
        });
        let requested = [
            ("request_extended_authorization", self.extended_authorization),
            ("request_incremental_authorization", self.incremental_authorization),
            ("request_multicapture", self.multicapture),
            ("request_overcapture", self.overcapture),
        ];
        if let Some(fields) = shown.as_object_mut() {
            let requested = requested.into_iter().filter(|(_, requested)| *requested);
            fields.extend(requested.map(|(name, _)| (name.to_owned(), json!("if_available"))));
            if self.manual_capture {
                fields.insert("capture_method".to_owned(), json!("manual"));
            }
        }
        with_usage(shown, self.setup_future_usage)
    }
}

fn with_usage(mut shown: Value, usage: Option<FutureUsage>) -> Value {
    if let (Some(fields), Some(usage)) = (shown.as_object_mut(), usage) {
        fields.insert("setup_future_usage".to_owned(), json!(usage.as_str()));
    }
    shown
}
