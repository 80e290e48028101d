//! A payout: money that leaves the account's balance for the bank account, or comes back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::metadata::Metadata;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The speed of a payout.
    PayoutMethod {
        /// The payout arrives within half an hour.
        Instant = "instant",
        /// The payout arrives two days later.
        Standard = "standard",
    }
}

stripe_enum! {
    /// The part of the balance that a payout takes from.
    SourceType {
        /// Money of charges with cards.
        Card = "card",
        /// Money of other charges.
        BankAccount = "bank_account",
        /// Money of charges by FPX.
        Fpx = "fpx",
    }
}

stripe_enum! {
    /// The reason for which a bank returns a payout.
    PayoutFailure {
        /// The bank account was closed.
        AccountClosed = "account_closed",
        /// The bank account is frozen.
        AccountFrozen = "account_frozen",
        /// The bank account takes no such payout.
        BankAccountRestricted = "bank_account_restricted",
        /// The bank account has another owner now.
        BankOwnershipChanged = "bank_ownership_changed",
        /// The bank could not process the payout.
        CouldNotProcess = "could_not_process",
        /// The bank account allows no debits.
        DebitNotAuthorized = "debit_not_authorized",
        /// The bank declined the payout.
        Declined = "declined",
        /// The name of the owner is wrong.
        IncorrectAccountHolderName = "incorrect_account_holder_name",
        /// The number of the account is wrong.
        InvalidAccountNumber = "invalid_account_number",
        /// The bank account cannot receive the currency.
        InvalidCurrency = "invalid_currency",
        /// There is no such bank account.
        NoAccount = "no_account",
    }
}

impl PayoutFailure {
    /// The sentence of Stripe for the failure.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::AccountClosed => "The bank account has been closed.",
            Self::AccountFrozen => "The bank account has been frozen.",
            Self::BankAccountRestricted => {
                "The bank account has restrictions on either the type, or the number, of payouts allowed."
            }
            Self::BankOwnershipChanged => {
                "The destination bank account is no longer valid because its branch has changed ownership."
            }
            Self::CouldNotProcess => "The bank could not process this payout.",
            Self::DebitNotAuthorized => "Debit transactions are not approved on the bank account.",
            Self::Declined => "The bank has declined this payout. Please contact the bank before retrying.",
            Self::IncorrectAccountHolderName => {
                "Your bank notified us that the bank account holder name on file is incorrect."
            }
            Self::InvalidAccountNumber => {
                "The routing number seems correct, but the account number is invalid."
            }
            Self::InvalidCurrency => {
                "The bank was unable to process this payout because of its currency. This is probably because \
                 the bank account cannot accept payments in that currency."
            }
            Self::NoAccount => {
                "The bank account details on file are probably incorrect. No bank account could be located \
                 with those details."
            }
        }
    }
}

/// The state of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PayoutStatus {
    /// The payout was created, and can be canceled.
    Pending,
    /// The payout was sent to the bank.
    InTransit,
    /// The payout arrived at the bank account.
    Paid,
    /// The bank returned the payout, and the amount is back in the balance.
    Failed {
        /// The reason of the bank.
        failure: PayoutFailure,
        /// Id of the balance transaction that returned the amount.
        balance_transaction: String,
    },
    /// The payout was canceled, and the amount is back in the balance.
    Canceled {
        /// Id of the balance transaction that returned the amount.
        balance_transaction: String,
    },
}

impl PayoutStatus {
    /// Stripe's name of the state.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Failed { .. } => "failed",
            Self::Canceled { .. } => "canceled",
        }
    }
}

/// The origin of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PayoutOrigin {
    /// A call created the payout.
    Manual,
    /// The schedule of the account created the payout.
    Automatic {
        /// Whether the balance transactions of the payout can be listed.
        reconciled: bool,
    },
    /// A call reversed the payout with this id.
    Reversal(String),
}

/// The state of a payout object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payout {
    /// Id of the payout, `po_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The amount without a sign, in Stripe's units of the currency.
    pub(crate) amount: u64,
    /// The ISO 4217 code of the currency, in lower case.
    pub(crate) currency: String,
    /// The moment of arrival at the bank account, in unix seconds.
    pub(crate) arrival: i64,
    /// The origin of the payout.
    pub(crate) origin: PayoutOrigin,
    /// The state of the payout.
    pub(crate) status: PayoutStatus,
    /// The description for people.
    pub(crate) description: Option<String>,
    /// Id of the bank account, `ba_…`.
    pub(crate) destination: String,
    /// The number of the bank account, which selects the outcome.
    pub(crate) account_number: String,
    /// The speed of the payout.
    pub(crate) method: PayoutMethod,
    /// The part of the balance that the payout takes from.
    pub(crate) source_type: SourceType,
    /// The text on the statement of the bank account.
    pub(crate) descriptor: Option<String>,
    /// Id of the balance transaction of the payout.
    pub(crate) balance_transaction: String,
    /// Id of the payout that reversed this payout.
    pub(crate) reversed_by: Option<String>,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
}

impl Payout {
    /// Whether the schedule of the account created the payout.
    pub(crate) fn is_automatic(&self) -> bool {
        matches!(self.origin, PayoutOrigin::Automatic { .. })
    }

    /// The amount as Stripe shows the amount: below zero for the reversal of a payout.
    fn signed_amount(&self) -> i64 {
        let units = i64::try_from(self.amount).unwrap_or(i64::MAX);
        if matches!(self.origin, PayoutOrigin::Reversal(_)) { units.saturating_neg() } else { units }
    }

    fn reconciliation_status(&self) -> &'static str {
        match self.origin {
            PayoutOrigin::Manual | PayoutOrigin::Reversal(_) => "not_applicable",
            PayoutOrigin::Automatic { reconciled: false } => "in_progress",
            PayoutOrigin::Automatic { reconciled: true } => "completed",
        }
    }

    /// The failure and the balance transaction that returned the amount.
    fn returned(&self) -> (Option<PayoutFailure>, Option<&str>) {
        match &self.status {
            PayoutStatus::Failed { failure, balance_transaction } => {
                (Some(*failure), Some(balance_transaction))
            }
            PayoutStatus::Canceled { balance_transaction } => (None, Some(balance_transaction)),
            PayoutStatus::Pending | PayoutStatus::InTransit | PayoutStatus::Paid => (None, None),
        }
    }
}

impl Object for Payout {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, context: RenderContext) -> Value {
        let (failure, returned) = self.returned();
        let original = match &self.origin {
            PayoutOrigin::Reversal(original) => Some(original),
            PayoutOrigin::Manual | PayoutOrigin::Automatic { .. } => None,
        };
        let trace =
            (self.status == PayoutStatus::Paid).then(|| json!({ "status": "pending", "value": null }));
        json!({
            "id": self.id,
            "object": "payout",
            "amount": self.signed_amount(),
            "application_fee": null,
            "application_fee_amount": null,
            "arrival_date": self.arrival,
            "automatic": self.is_automatic(),
            "balance_transaction": self.balance_transaction,
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "destination": self.destination,
            "failure_balance_transaction": returned,
            "failure_code": failure.map(PayoutFailure::as_str),
            "failure_message": failure.map(PayoutFailure::message),
            "livemode": context.livemode,
            "metadata": *self.metadata,
            "method": self.method.as_str(),
            "original_payout": original,
            "payout_method": null,
            "reconciliation_status": self.reconciliation_status(),
            "reversed_by": self.reversed_by,
            "source_type": self.source_type.as_str(),
            "statement_descriptor": self.descriptor,
            "status": self.status.as_str(),
            "trace_id": trace,
            "type": "bank_account",
        })
    }
}
