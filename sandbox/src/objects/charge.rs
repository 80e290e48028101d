//! A charge: one attempt to take money from a card, and what has become of it.

use serde_json::{Value, json};

use crate::bank::decline::Decline;
use crate::metadata::Metadata;
use crate::objects::billing_details::BillingDetails;
use crate::objects::card::Card;
use crate::objects::charge_details::{card_details, outcome};
use crate::objects::{Object, Seen};

/// The state of a charge.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    /// `ch_…`
    pub(crate) id: String,
    /// When it was attempted.
    pub(crate) created: i64,
    /// How much was asked for.
    pub(crate) amount: u64,
    /// The currency.
    pub(crate) currency: String,
    /// The customer.
    pub(crate) customer: Option<String>,
    /// The PaymentIntent that asked for it.
    pub(crate) payment_intent: String,
    /// The PaymentMethod.
    pub(crate) payment_method: String,
    /// The card that was charged.
    pub(crate) card: Card,
    /// What was known about the card's owner.
    pub(crate) billing: BillingDetails,
    /// What the network knows about it.
    pub(crate) network: NetworkData,
    /// What has become of it.
    pub(crate) fate: Fate,
    /// How much of what was captured has been sent back.
    pub(crate) sent_back: u64,
    /// What it did to the balance, once that is known.
    pub(crate) balance_transaction: Option<String>,
    /// The description of the PaymentIntent.
    pub(crate) description: Option<String>,
    /// The metadata of the PaymentIntent at the time.
    pub(crate) metadata: Metadata,
    /// Where the receipt goes.
    pub(crate) receipt_email: Option<String>,
    /// What the statement of the card says.
    pub(crate) descriptor: String,
    /// The part of it that the caller chose.
    pub(crate) suffix: Option<String>,
}

/// The numbers under which the network knows a charge.
#[derive(Clone, Debug)]
pub(crate) struct NetworkData {
    /// Six digits.
    pub(crate) authorization_code: String,
    /// Fifteen digits.
    pub(crate) transaction_id: String,
}

/// What has become of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was refused.
    Failed(Decline),
    /// The amount is held until a moment in unix seconds.
    Held {
        /// When the hold ends.
        until: i64,
    },
    /// This much was taken.
    Captured(u64),
    /// The hold was given back.
    Released {
        /// Until when it would have been held.
        until: i64,
    },
}

impl Charge {
    /// How much was taken.
    pub(crate) fn captured(&self) -> u64 {
        match self.fate {
            Fate::Captured(amount) => amount,
            Fate::Failed(_) | Fate::Held { .. } | Fate::Released { .. } => 0,
        }
    }

    /// How much of what was taken can still be sent back.
    pub(crate) fn refundable(&self) -> u64 {
        self.captured().saturating_sub(self.sent_back)
    }

    /// What Stripe counts as refunded: what was sent back, and what was held and never taken.
    fn amount_refunded(&self) -> u64 {
        match self.fate {
            Fate::Captured(amount) => self.amount.saturating_sub(amount).saturating_add(self.sent_back),
            Fate::Released { .. } => self.amount,
            Fate::Failed(_) | Fate::Held { .. } => 0,
        }
    }
}

impl Object for Charge {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, seen: Seen) -> Value {
        let failure = match self.fate {
            Fate::Failed(decline) => Some(decline.said()),
            Fate::Held { .. } | Fate::Captured(_) | Fate::Released { .. } => None,
        };
        let paid = failure.is_none();
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": self.captured(),
            "amount_refunded": self.amount_refunded(),
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.balance_transaction,
            "billing_details": self.billing.show(),
            "calculated_statement_descriptor": self.descriptor,
            "captured": matches!(self.fate, Fate::Captured(_)),
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "disputed": false,
            "failure_balance_transaction": null,
            "failure_code": failure.map(|said| said.code),
            "failure_message": failure.map(|said| said.message),
            "fraud_details": {},
            "livemode": seen.livemode,
            "metadata": self.metadata,
            "on_behalf_of": null,
            "outcome": outcome(self),
            "paid": paid,
            "payment_intent": self.payment_intent,
            "payment_method": self.payment_method,
            "payment_method_details": { "card": card_details(self), "type": "card" },
            "radar_options": {},
            "receipt_email": self.receipt_email,
            "receipt_number": null,
            "receipt_url": paid.then(|| format!("https://pay.stripe.com/receipts/payment/{}", self.id)),
            "refunded": paid && self.amount_refunded() == self.amount,
            "review": null,
            "shipping": null,
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": self.suffix,
            "status": if paid { "succeeded" } else { "failed" },
            "transfer_data": null,
            "transfer_group": null,
        })
    }
}
