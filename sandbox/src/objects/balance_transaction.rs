//! A balance transaction: the effect of a charge, a refund or a dispute on the account's balance.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::balance_sums::BalanceChange;
use crate::objects::{Object, RenderContext};

/// The kind of change of the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TransactionKind {
    /// Money of a charge came in.
    Charge,
    /// Money was sent back by a refund.
    Refund,
    /// Refunded money came in again, because the refund failed.
    RefundFailure,
    /// The bank took disputed money.
    Dispute,
    /// The bank took disputed money once more, after the dispute had been won.
    DisputeLostAgain,
    /// The bank gave disputed money back.
    DisputeWon,
    /// Money was paid out to the bank account.
    Payout,
    /// A canceled payout came back.
    PayoutCancel,
    /// The bank returned a payout.
    PayoutFailure,
    /// A call took a payout back from the bank account.
    PayoutReversal,
}

/// Stripe's fee for a dispute, in the smallest coin of the currency.
const DISPUTE_FEE: i64 = 1500;

impl TransactionKind {
    /// The values of the fields `type` and `reporting_category`.
    pub(crate) fn type_and_category(self) -> (&'static str, &'static str) {
        match self {
            Self::Charge => ("charge", "charge"),
            Self::Refund => ("refund", "refund"),
            Self::RefundFailure => ("refund_failure", "refund_failure"),
            Self::Dispute | Self::DisputeLostAgain => ("adjustment", "dispute"),
            Self::DisputeWon => ("adjustment", "dispute_reversal"),
            Self::Payout => ("payout", "payout"),
            Self::PayoutCancel => ("payout_cancel", "payout_reversal"),
            Self::PayoutFailure => ("payout_failure", "payout_reversal"),
            Self::PayoutReversal => ("payout", "payout_reversal"),
        }
    }
}

/// The state of a balance transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BalanceTransaction {
    /// Id of the balance transaction, `txn_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The moment from which the money is available, in unix seconds.
    pub(crate) available_on: i64,
    /// The kind of change of the balance.
    pub(crate) kind: TransactionKind,
    /// The amount without a sign, in Stripe's units of the currency.
    pub(crate) amount: u64,
    /// The ISO 4217 code of the currency, in lower case.
    pub(crate) currency: String,
    /// Id of the charge, the refund, the dispute or the payout.
    pub(crate) source: String,
    /// The description for people.
    pub(crate) description: Option<String>,
    /// Id of the automatic payout that paid the money out.
    pub(crate) payout: Option<String>,
}

impl BalanceTransaction {
    /// Stripe's fee. For a charge: 2.9 % and thirty of the smallest coin, but never more than the
    /// charge.
    fn fee(&self) -> i64 {
        match self.kind {
            TransactionKind::Charge => {
                let share = self.units().saturating_mul(29).saturating_add(500) / 1000;
                share.saturating_add(30).min(self.units())
            }
            TransactionKind::Dispute => DISPUTE_FEE,
            TransactionKind::Refund
            | TransactionKind::RefundFailure
            | TransactionKind::DisputeLostAgain
            | TransactionKind::DisputeWon
            | TransactionKind::Payout
            | TransactionKind::PayoutCancel
            | TransactionKind::PayoutFailure
            | TransactionKind::PayoutReversal => 0,
        }
    }

    fn fee_description(&self) -> &'static str {
        if self.kind == TransactionKind::Dispute { "Dispute fee" } else { "Stripe processing fees" }
    }

    /// The signed change of the balance, less the fee.
    pub(crate) fn net(&self) -> i64 {
        let sign = match self.kind {
            TransactionKind::Charge
            | TransactionKind::RefundFailure
            | TransactionKind::DisputeWon
            | TransactionKind::PayoutCancel
            | TransactionKind::PayoutFailure
            | TransactionKind::PayoutReversal => 1,
            TransactionKind::Refund
            | TransactionKind::Dispute
            | TransactionKind::DisputeLostAgain
            | TransactionKind::Payout => -1,
        };
        self.units().saturating_mul(sign).saturating_sub(self.fee())
    }

    fn units(&self) -> i64 {
        i64::try_from(self.amount).unwrap_or(i64::MAX)
    }
}

impl Object for BalanceTransaction {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        add("source", &self.source);
        add("currency", &self.currency);
        add("type", self.kind.type_and_category().0);
    }

    fn balance_change(&self) -> Option<BalanceChange<'_>> {
        Some(BalanceChange { currency: &self.currency, available_on: self.available_on, net: self.net() })
    }

    fn show(&self, context: RenderContext) -> Value {
        let (kind, category) = self.kind.type_and_category();
        let fee = self.fee();
        let amount = self.net().saturating_add(fee);
        let fee_details = if fee == 0 {
            json!([])
        } else {
            json!([{
                "amount": fee, "application": null, "currency": self.currency,
                "description": self.fee_description(), "type": "stripe_fee",
            }])
        };
        json!({
            "id": self.id,
            "object": "balance_transaction",
            "amount": amount,
            "available_on": self.available_on,
            "balance_type": "payments",
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "exchange_rate": null,
            "fee": fee,
            "fee_details": fee_details,
            "net": self.net(),
            "reporting_category": category,
            "source": self.source,
            "status": if self.available_on > context.now { "pending" } else { "available" },
            "type": kind,
        })
    }
}
