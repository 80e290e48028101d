//! The wallets and services that pay for a customer: Klarna, PayPal and Link.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bank::debits::{DebitBank, SHORT_DELAY};
use crate::bank::decline::Decline;
use crate::clock::DAY;
use crate::ids::derived;
use crate::objects::billing_details::BillingDetails;
use crate::objects::charge::NetworkData;
use crate::objects::instrument::MethodType;
use crate::stripe_enum::StripeEnum;

/// A day of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Birthday {
    pub(crate) day: i64,
    pub(crate) month: i64,
    pub(crate) year: i64,
}

/// The kinds of wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum WalletKind {
    /// Klarna, which pays the account and collects from the customer later.
    Klarna,
    /// PayPal, with the balance or a card of the customer.
    Paypal,
    /// Link, with a card that the customer saved there.
    Link,
}

/// The wallet behind a PaymentMethod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wallet {
    /// The kind of the wallet.
    pub(crate) kind: WalletKind,
    /// The customer's day of birth, which Klarna can ask for.
    pub(crate) birthday: Option<Birthday>,
}

/// The wallets that an account has enabled in the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EnabledWallets {
    klarna: bool,
    paypal: bool,
    link: bool,
}

/// The decision of a wallet after the customer has agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WalletDecision {
    /// The wallet pays at once.
    Pays,
    /// The wallet declines at once.
    Declines,
    /// The wallet decides later.
    Later,
}

impl WalletKind {
    /// The kind of a type of PaymentMethods, if the type is a wallet.
    pub(crate) fn of(kind: MethodType) -> Option<Self> {
        match kind {
            MethodType::Klarna => Some(Self::Klarna),
            MethodType::Paypal => Some(Self::Paypal),
            MethodType::Link => Some(Self::Link),
            MethodType::Card | MethodType::SepaDebit | MethodType::UsBankAccount => None,
        }
    }

    /// The type of the PaymentMethods.
    pub(crate) fn method_type(self) -> MethodType {
        match self {
            Self::Klarna => MethodType::Klarna,
            Self::Paypal => MethodType::Paypal,
            Self::Link => MethodType::Link,
        }
    }

    /// The name of the wallet for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Klarna => "Klarna",
            Self::Paypal => "PayPal",
            Self::Link => "Link",
        }
    }

    /// Whether the customer agrees on a page of the wallet.
    pub(crate) fn redirects(self) -> bool {
        self != Self::Link
    }

    /// The currencies that the wallet pays in, separated by spaces; `None` stands for every currency.
    pub(crate) fn currencies(self) -> Option<&'static str> {
        match self {
            Self::Klarna => Some("aud cad chf czk dkk eur gbp nok nzd pln ron sek usd"),
            Self::Paypal => Some("aud cad chf czk dkk eur gbp hkd nok nzd pln sek sgd usd"),
            Self::Link => None,
        }
    }

    /// Whether the wallet pays in a currency; without a currency, whether it pays at all.
    pub(crate) fn pays_in(self, currency: Option<&str>) -> bool {
        let Some((currency, all)) = currency.zip(self.currencies()) else { return true };
        all.split(' ').any(|one| one == currency)
    }

    /// The time that the customer has to agree, in seconds: two days at Klarna, three hours at PayPal.
    pub(crate) fn patience(self) -> i64 {
        match self {
            Self::Klarna => 2 * DAY,
            Self::Paypal | Self::Link => DAY / 8,
        }
    }

    /// The end of a hold that begins now: midnight after 28 days at Klarna, ten days at PayPal, seven with a card
    /// in Link.
    pub(crate) fn hold_end(self, now: i64) -> i64 {
        let days = match self {
            Self::Klarna => 28,
            Self::Paypal => 10,
            Self::Link => 7,
        };
        let end = now.saturating_add(DAY.saturating_mul(days));
        if self == Self::Klarna { end.saturating_sub(end.rem_euclid(DAY)) } else { end }
    }
}

impl EnabledWallets {
    /// The wallets in a list of types.
    pub(crate) fn of(kinds: &[WalletKind]) -> Self {
        Self {
            klarna: kinds.contains(&WalletKind::Klarna),
            paypal: kinds.contains(&WalletKind::Paypal),
            link: kinds.contains(&WalletKind::Link),
        }
    }

    /// Whether a wallet is enabled.
    pub(crate) fn contains(self, kind: WalletKind) -> bool {
        match kind {
            WalletKind::Klarna => self.klarna,
            WalletKind::Paypal => self.paypal,
            WalletKind::Link => self.link,
        }
    }

    /// Whether a type of PaymentMethods can be used, as far as the type is a wallet.
    pub(crate) fn allows(self, kind: &str) -> bool {
        MethodType::parse(kind).and_then(WalletKind::of).is_none_or(|wallet| self.contains(wallet))
    }

    /// The enabled wallets, in the order of their names.
    pub(crate) fn kinds(self) -> impl Iterator<Item = WalletKind> {
        let all = [WalletKind::Klarna, WalletKind::Link, WalletKind::Paypal];
        all.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl Wallet {
    /// The decision of the wallet, which a test chooses by the email address of the customer: `+denied` declines,
    /// and `+pending` decides later.
    pub(crate) fn decision(&self, billing: &BillingDetails) -> WalletDecision {
        let email = billing.email.as_deref().unwrap_or_default();
        match (email.contains("+pending"), email.contains("+denied")) {
            (true, _) => WalletDecision::Later,
            (false, true) => WalletDecision::Declines,
            (false, false) => WalletDecision::Pays,
        }
    }

    /// The later decision of the wallet, as of a bank.
    pub(crate) fn later_decision(&self, billing: &BillingDetails) -> DebitBank {
        if billing.email.as_deref().unwrap_or_default().contains("+denied") {
            DebitBank::Fails(SHORT_DELAY, Decline::ProviderDeclined)
        } else {
            DebitBank::Pays(SHORT_DELAY)
        }
    }

    /// The field of a PaymentMethod that is named after the type.
    pub(crate) fn in_method(&self, billing: &BillingDetails, used: bool) -> Value {
        match self.kind {
            WalletKind::Klarna => json!({
                "dob": self.birthday.map(|birthday| json!({
                    "day": birthday.day, "month": birthday.month, "year": birthday.year,
                })),
            }),
            WalletKind::Paypal => json!({
                "country": used.then(|| country(billing)),
                "payer_email": used.then(|| email(billing)),
                "payer_id": used.then(|| payer_id(billing)),
            }),
            WalletKind::Link => json!({ "email": billing.email }),
        }
    }

    /// The field of a charge's `payment_method_details` that is named after the type.
    pub(crate) fn in_charge(&self, billing: &BillingDetails, network: &NetworkData) -> Value {
        match self.kind {
            WalletKind::Klarna => json!({
                "payer_details": { "address": { "country": country(billing) } },
                "payment_method_category": "pay_later",
                "preferred_locale": "en-US",
            }),
            WalletKind::Paypal => json!({
                "country": country(billing),
                "payer_email": email(billing),
                "payer_id": payer_id(billing),
                "payer_name": billing.name,
                "seller_protection": {
                    "dispute_categories": ["fraudulent", "product_not_received"], "status": "eligible",
                },
                "transaction_id": network.transaction_id,
            }),
            WalletKind::Link => json!({ "country": country(billing) }),
        }
    }

    /// The field of a refund's `destination_details` that is named after the type, if there is one.
    pub(crate) fn in_refund(kind: WalletKind) -> Option<Value> {
        match kind {
            WalletKind::Klarna => Some(json!({})),
            WalletKind::Paypal => Some(json!({ "network_decline_code": null })),
            WalletKind::Link => None,
        }
    }

    /// The field of a mandate's `payment_method_details` that is named after the type.
    pub(crate) fn in_mandate(&self, billing: &BillingDetails) -> Value {
        match self.kind {
            WalletKind::Klarna | WalletKind::Link => json!({}),
            WalletKind::Paypal => json!({ "billing_agreement_id": null, "payer_id": payer_id(billing) }),
        }
    }
}

fn country(billing: &BillingDetails) -> &str {
    billing.address.country.as_deref().unwrap_or("US")
}

fn email(billing: &BillingDetails) -> &str {
    billing.email.as_deref().unwrap_or("payer@example.com")
}

fn payer_id(billing: &BillingDetails) -> String {
    derived(&format!("payer {}", email(billing))).to_ascii_uppercase().chars().take(13).collect()
}
