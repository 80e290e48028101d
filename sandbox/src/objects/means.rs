//! What is behind a PaymentMethod: a card, or a bank account that is debited.

use serde_json::{Value, json};

use crate::bank::debits::DebitBank;
use crate::objects::billing_details::BillingDetails;
use crate::objects::card::Card;
use crate::words::{Word, words};

words! {
    /// The types of PaymentMethods.
    MethodType {
        /// A card.
        Card = "card",
        /// A bank account in Europe.
        SepaDebit = "sepa_debit",
        /// A bank account in the United States.
        UsBankAccount = "us_bank_account",
    }
}

/// What is behind a PaymentMethod.
#[derive(Clone, Debug)]
pub(crate) enum Means {
    /// A card.
    Card(Card),
    /// A bank account in Europe.
    SepaDebit(SepaAccount),
    /// A bank account in the United States.
    UsBankAccount(UsAccount),
}

/// A bank account in Europe, of whose number only the last digits are left.
#[derive(Clone, Debug)]
pub(crate) struct SepaAccount {
    /// The bank, as the number has it.
    pub(crate) bank_code: String,
    /// Two letters.
    pub(crate) country: String,
    /// The last four characters.
    pub(crate) last4: String,
    /// The same text for the same number in the same account.
    pub(crate) fingerprint: String,
    /// How the bank answers.
    pub(crate) bank: DebitBank,
}

/// A bank account in the United States, of whose number only the last digits are left.
#[derive(Clone, Debug)]
pub(crate) struct UsAccount {
    /// Nine digits.
    pub(crate) routing_number: String,
    /// `individual` or `company`.
    pub(crate) holder: String,
    /// `checking` or `savings`.
    pub(crate) kind: String,
    /// The last four digits.
    pub(crate) last4: String,
    /// The same text for the same number in the same account.
    pub(crate) fingerprint: String,
    /// How the bank answers.
    pub(crate) bank: DebitBank,
    /// Whether the owner has shown that the account is theirs.
    pub(crate) verified: bool,
}

impl Means {
    /// The type.
    pub(crate) fn kind(&self) -> MethodType {
        match self {
            Self::Card(_) => MethodType::Card,
            Self::SepaDebit(_) => MethodType::SepaDebit,
            Self::UsBankAccount(_) => MethodType::UsBankAccount,
        }
    }

    /// The card, if it is one.
    pub(crate) fn card(&self) -> Option<&Card> {
        match self {
            Self::Card(card) => Some(card),
            Self::SepaDebit(_) | Self::UsBankAccount(_) => None,
        }
    }

    /// How the bank of an account answers, if it is one.
    pub(crate) fn debit_bank(&self) -> Option<DebitBank> {
        match self {
            Self::Card(_) => None,
            Self::SepaDebit(account) => Some(account.bank),
            Self::UsBankAccount(account) => Some(account.bank),
        }
    }

    /// The part of a PaymentMethod that is named after the type.
    pub(crate) fn in_method(&self, billing: &BillingDetails, used: bool) -> Value {
        match self {
            Self::Card(card) => card.in_method(billing, used),
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

    /// The part of a charge's `payment_method_details` that is named after the type, for accounts.
    pub(crate) fn in_charge(&self, mandate: Option<&str>) -> Value {
        match self {
            Self::Card(_) => json!({}),
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

    /// The part of a SetupAttempt's `payment_method_details` that is named after the type.
    pub(crate) fn in_attempt(&self, billing: &BillingDetails) -> Value {
        match self {
            Self::Card(card) => card.in_attempt(billing),
            Self::SepaDebit(_) | Self::UsBankAccount(_) => json!({}),
        }
    }

    /// The word for the type.
    pub(crate) fn word(&self) -> &'static str {
        self.kind().word()
    }
}
