//! The means behind a PaymentMethod: a card, or a bank account that is debited.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bank::debits::DebitBank;
use crate::objects::billing_details::BillingDetails;
use crate::objects::card::Card;
use crate::objects::wallet::Wallet;
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The types of PaymentMethods that the sandbox supports.
    MethodType {
        /// A credit, debit or prepaid card.
        Card = "card",
        /// A bank account in Europe.
        SepaDebit = "sepa_debit",
        /// A bank account in the United States.
        UsBankAccount = "us_bank_account",
        /// Klarna, with a page on which the customer agrees.
        Klarna = "klarna",
        /// PayPal, with a page on which the customer agrees.
        Paypal = "paypal",
        /// Link, with a card that the customer saved there.
        Link = "link",
    }
}

/// The card or the account behind a PaymentMethod.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Instrument {
    /// A credit, debit or prepaid card.
    Card(Card),
    /// A bank account in Europe.
    SepaDebit(SepaAccount),
    /// A bank account in the United States.
    UsBankAccount(UsAccount),
    /// Klarna, PayPal or Link.
    Wallet(Wallet),
}

/// A bank account in Europe. Only the last digits of the number are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SepaAccount {
    /// The bank code from the account number.
    pub(crate) bank_code: String,
    /// The country code with two letters.
    pub(crate) country: String,
    /// The last four characters of the number.
    pub(crate) last4: String,
    /// A text that is the same for the same number in the same account.
    pub(crate) fingerprint: String,
    /// The bank's answer to a debit.
    pub(crate) bank: DebitBank,
}

/// A bank account in the United States. Only the last digits of the number are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UsAccount {
    /// The routing number, with nine digits.
    pub(crate) routing_number: String,
    /// The type of holder: `individual` or `company`.
    pub(crate) holder: String,
    /// The type of account: `checking` or `savings`.
    pub(crate) kind: String,
    /// The last four digits of the number.
    pub(crate) last4: String,
    /// A text that is the same for the same number in the same account.
    pub(crate) fingerprint: String,
    /// The bank's answer to a debit.
    pub(crate) bank: DebitBank,
    /// Whether the owner has verified the account.
    pub(crate) verified: bool,
}

impl Instrument {
    /// The type of the PaymentMethod.
    pub(crate) fn kind(&self) -> MethodType {
        match self {
            Self::Card(_) => MethodType::Card,
            Self::SepaDebit(_) => MethodType::SepaDebit,
            Self::UsBankAccount(_) => MethodType::UsBankAccount,
            Self::Wallet(wallet) => wallet.kind.method_type(),
        }
    }

    /// The card, or none for a bank account.
    pub(crate) fn card(&self) -> Option<&Card> {
        match self {
            Self::Card(card) => Some(card),
            Self::SepaDebit(_) | Self::UsBankAccount(_) | Self::Wallet(_) => None,
        }
    }

    /// The wallet, or none for a card or a bank account.
    pub(crate) fn wallet(&self) -> Option<&Wallet> {
        match self {
            Self::Wallet(wallet) => Some(wallet),
            Self::Card(_) | Self::SepaDebit(_) | Self::UsBankAccount(_) => None,
        }
    }

    /// The behaviour of the bank of an account, or of a wallet that decides later; none for a card.
    pub(crate) fn debit_bank(&self, billing: &BillingDetails) -> Option<DebitBank> {
        match self {
            Self::Card(_) => None,
            Self::SepaDebit(account) => Some(account.bank),
            Self::UsBankAccount(account) => Some(account.bank),
            Self::Wallet(wallet) => Some(wallet.later_decision(billing)),
        }
    }

    /// The field of a PaymentMethod that is named after the type.
    pub(crate) fn in_method(&self, billing: &BillingDetails, used: bool) -> Value {
        match self {
            Self::Card(card) => card.in_method(billing, used),
            Self::Wallet(wallet) => wallet.in_method(billing, used),
            Self::SepaDebit(account) => json!({
                "bank_code": account.bank_code,
                "branch_code": "",
                "country": account.country,
                "fingerprint": account.fingerprint,
                "generated_from": { "charge": null, "setup_attempt": null },
                "last4": account.last4,
            }),
            Self::UsBankAccount(account) => json!({
                "account_holder_type": account.holder,
                "account_type": account.kind,
                "bank_name": "STRIPE TEST BANK",
                "financial_connections_account": null,
                "fingerprint": account.fingerprint,
                "last4": account.last4,
                "networks": { "preferred": "ach", "supported": ["ach"] },
                "routing_number": account.routing_number,
                "status_details": {},
            }),
        }
    }

    /// For accounts: the field of a charge's `payment_method_details` that is named after the type.
    pub(crate) fn in_charge(&self, mandate: Option<&str>) -> Value {
        match self {
            Self::Card(_) | Self::Wallet(_) => json!({}),
            Self::SepaDebit(account) => json!({
                "bank_code": account.bank_code,
                "branch_code": "",
                "country": account.country,
                "fingerprint": account.fingerprint,
                "last4": account.last4,
                "mandate": mandate,
            }),
            Self::UsBankAccount(account) => {
                let mut shown = json!({
                    "account_holder_type": account.holder,
                    "account_type": account.kind,
                    "bank_name": "STRIPE TEST BANK",
                    "fingerprint": account.fingerprint,
                    "last4": account.last4,
                    "payment_reference": null,
                    "routing_number": account.routing_number,
                });
                if let (Some(fields), Some(mandate)) = (shown.as_object_mut(), mandate) {
                    fields.insert("mandate".to_owned(), json!(mandate));
                }
                shown
            }
        }
    }

    /// The field of a SetupAttempt's `payment_method_details` that is named after the type.
    pub(crate) fn in_attempt(&self, billing: &BillingDetails) -> Value {
        match self {
            Self::Card(card) => card.in_attempt(billing),
            Self::SepaDebit(_) | Self::UsBankAccount(_) | Self::Wallet(_) => json!({}),
        }
    }

    /// Stripe's name of the type.
    pub(crate) fn type_name(&self) -> &'static str {
        self.kind().as_str()
    }
}
