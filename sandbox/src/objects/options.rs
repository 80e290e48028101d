//! `payment_method_options`: what a caller says for each type of PaymentMethod.

use serde_json::{Map, Value, json};

use crate::objects::intents::FutureUsage;
use crate::words::{Word, words};

words! {
    /// How much authentication a caller wants.
    ThreeDSecure {
        /// As the bank wants it.
        Automatic = "automatic",
        /// Always.
        Any = "any",
        /// Always, with a question to the customer.
        Challenge = "challenge",
    }
}

words! {
    /// How the owner of an account in the United States shows that it is theirs.
    Verification {
        /// As it comes.
        Automatic = "automatic",
        /// At once.
        Instant = "instant",
        /// By telling what two small deposits were.
        Microdeposits = "microdeposits",
    }
}

/// What is said for each type.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// For cards.
    pub(crate) card: CardOptions,
    /// For accounts in the United States.
    pub(crate) verification: Verification,
    /// Whether accounts are kept for later: in Europe, and in the United States.
    pub(crate) keep_accounts: (Option<FutureUsage>, Option<FutureUsage>),
}

/// What is said for cards.
#[derive(Clone, Debug)]
pub(crate) struct CardOptions {
    pub(crate) three_d_secure: ThreeDSecure,
    /// Whether the money is taken with a call of its own, whatever is said for the rest.
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
            keep_accounts: (None, None),
        }
    }
}

impl Options {
    /// The JSON of a PaymentIntent's options, for the types it allows.
    pub(crate) fn of_payment(&self, types: &[String]) -> Value {
        let has = |kind: &str| types.iter().any(|one| one == kind);
        let (sepa, us) = self.keep_accounts;
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
                "verification_method": self.verification.word(),
            });
            shown.insert("us_bank_account".to_owned(), with_usage(account, us));
        }
        Value::Object(shown)
    }

    /// The JSON of a SetupIntent's options, for the types it allows.
    pub(crate) fn of_setup(&self, types: &[String]) -> Value {
        let has = |kind: &str| types.iter().any(|one| one == kind);
        let mut shown = Map::new();
        if has("card") {
            let card = json!({
                "mandate_options": null, "network": null,
                "request_three_d_secure": self.card.three_d_secure.word(),
            });
            shown.insert("card".to_owned(), card);
        }
        if has("sepa_debit") {
            shown.insert("sepa_debit".to_owned(), json!({}));
        }
        if has("us_bank_account") {
            let account = json!({
                "mandate_options": {}, "verification_method": self.verification.word(),
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
            "request_three_d_secure": self.three_d_secure.word(),
        });
        let asked = [
            ("request_extended_authorization", self.extended_authorization),
            ("request_incremental_authorization", self.incremental_authorization),
            ("request_multicapture", self.multicapture),
            ("request_overcapture", self.overcapture),
        ];
        if let Some(fields) = shown.as_object_mut() {
            let asked = asked.into_iter().filter(|(_, asked)| *asked);
            fields.extend(asked.map(|(name, _)| (name.to_owned(), json!("if_available"))));
            if self.manual_capture {
                fields.insert("capture_method".to_owned(), json!("manual"));
            }
        }
        with_usage(shown, self.setup_future_usage)
    }
}

fn with_usage(mut shown: Value, usage: Option<FutureUsage>) -> Value {
    if let (Some(fields), Some(usage)) = (shown.as_object_mut(), usage) {
        fields.insert("setup_future_usage".to_owned(), json!(usage.word()));
    }
    shown
}
