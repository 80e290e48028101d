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
    /// The network over which a co-branded card is charged.
    CardNetwork {
        /// American Express.
        Amex = "amex",
        /// Cartes Bancaires, in France.
        CartesBancaires = "cartes_bancaires",
        /// Diners Club.
        Diners = "diners",
        /// Discover.
        Discover = "discover",
        /// Eftpos, in Australia.
        Eftpos = "eftpos_au",
        /// Girocard, in Germany.
        Girocard = "girocard",
        /// Interac, in Canada.
        Interac = "interac",
        /// JCB.
        Jcb = "jcb",
        /// Link.
        Link = "link",
        /// Mastercard.
        Mastercard = "mastercard",
        /// UnionPay.
        UnionPay = "unionpay",
        /// A network that Stripe does not name.
        Unknown = "unknown",
        /// Visa.
        Visa = "visa",
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
    pub(crate) klarna: WalletOptions,
    pub(crate) paypal: WalletOptions,
    pub(crate) link: WalletOptions,
}

/// The options for one kind of wallet.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct WalletOptions {
    /// Whether the wallet needs a separate capture, regardless of the capture method of the PaymentIntent.
    pub(crate) manual_capture: bool,
    pub(crate) setup_future_usage: Option<FutureUsage>,
}

/// The options for cards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CardOptions {
    pub(crate) three_d_secure: ThreeDSecure,
    /// Whether the caller has authenticated the customer without Stripe, and sends the proof.
    pub(crate) external_authentication: bool,
    /// Whether the order came by mail or telephone, so that no customer can authenticate.
    pub(crate) moto: bool,
    /// Whether the customer agreed elsewhere to charges by the merchant, as the caller proves.
    pub(crate) agreed_elsewhere: bool,
    /// Whether the stored card is charged by the merchant, while the customer is absent.
    pub(crate) merchant_initiated: bool,
    /// The network that the caller selects.
    pub(crate) network: Option<CardNetwork>,
    /// Whether a card needs a separate capture, regardless of the capture method of the PaymentIntent.
    pub(crate) manual_capture: bool,
    pub(crate) setup_future_usage: Option<FutureUsage>,
    pub(crate) extended_authorization: bool,
    pub(crate) incremental_authorization: bool,
    pub(crate) multicapture: bool,
    pub(crate) overcapture: bool,
    pub(crate) partial_authorization: bool,
}

impl Default for CardOptions {
    fn default() -> Self {
        Self {
            three_d_secure: ThreeDSecure::Automatic,
            external_authentication: false,
            moto: false,
            agreed_elsewhere: false,
            merchant_initiated: false,
            network: None,
            manual_capture: false,
            setup_future_usage: None,
            extended_authorization: false,
            incremental_authorization: false,
            multicapture: false,
            overcapture: false,
            partial_authorization: false,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            card: CardOptions::default(),
            verification: Verification::Automatic,
            account_usages: (None, None),
            klarna: WalletOptions::default(),
            paypal: WalletOptions::default(),
            link: WalletOptions::default(),
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
        let wallets = [
            ("klarna", self.klarna, json!({ "preferred_locale": null })),
            ("link", self.link, json!({})),
            ("paypal", self.paypal, json!({ "preferred_locale": null, "reference": null })),
        ];
        for (name, options, plain) in wallets.into_iter().filter(|(name, ..)| has(name)) {
            shown.insert(name.to_owned(), options.of_payment(plain));
        }
        Value::Object(shown)
    }

    /// The options of a SetupIntent as JSON, for the allowed types.
    pub(crate) fn of_setup(&self, types: &[String]) -> Value {
        let has = |kind: &str| types.iter().any(|allowed| allowed == kind);
        let mut shown = Map::new();
        if has("card") {
            let card = json!({
                "mandate_options": null, "network": self.card.network.map(CardNetwork::as_str),
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
        let wallets = [
            ("klarna", json!({ "currency": null, "preferred_locale": null })),
            ("link", json!({})),
            ("paypal", json!({ "billing_agreement_id": null })),
        ];
        for (name, plain) in wallets.into_iter().filter(|(name, _)| has(name)) {
            shown.insert(name.to_owned(), plain);
        }
        Value::Object(shown)
    }
}

impl WalletOptions {
    fn of_payment(self, mut shown: Value) -> Value {
        if let (true, Some(fields)) = (self.manual_capture, shown.as_object_mut()) {
            fields.insert("capture_method".to_owned(), json!("manual"));
        }
        with_usage(shown, self.setup_future_usage)
    }
}

impl CardOptions {
    fn of_payment(&self) -> Value {
        let mut shown = json!({
            "installments": null,
            "mandate_options": null,
            "network": self.network.map(CardNetwork::as_str),
            "request_three_d_secure": self.three_d_secure.as_str(),
        });
        let requested = [
            ("request_extended_authorization", self.extended_authorization),
            ("request_incremental_authorization", self.incremental_authorization),
            ("request_multicapture", self.multicapture),
            ("request_overcapture", self.overcapture),
            ("request_partial_authorization", self.partial_authorization),
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
