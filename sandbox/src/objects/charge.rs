//! A charge: one attempt to take money from a card or an account, and what has become of it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::bank::decline::Decline;
use crate::metadata::Metadata;
use crate::objects::billing_details::BillingDetails;
use crate::objects::charge_details::{card_details, outcome};
use crate::objects::means::Means;
use crate::objects::options::CardOptions;
use crate::objects::shipping::Shipping;
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
    /// What was charged.
    pub(crate) means: Arc<Means>,
    /// The mandate, if an account was debited.
    pub(crate) mandate: Option<String>,
    /// What was known about the owner.
    pub(crate) billing: Arc<BillingDetails>,
    /// What the network knows about it.
    pub(crate) network: NetworkData,
    /// What has become of it.
    pub(crate) fate: Fate,
    /// How much was taken.
    pub(crate) captured: u64,
    /// How often the hold has grown.
    pub(crate) increments: u32,
    /// What the terms of the hold allow.
    pub(crate) features: CardOptions,
    /// Whether the customer authenticated for it.
    pub(crate) authenticated: bool,
    /// The dispute about it.
    pub(crate) dispute: Option<String>,
    /// Where the goods go.
    pub(crate) shipping: Option<Arc<Shipping>>,
    /// What it belongs to, among the transfers.
    pub(crate) transfer_group: Option<String>,
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
    /// The bank has not answered yet.
    Pending,
    /// The amount is held until a moment in unix seconds.
    Held {
        /// When the hold ends.
        until: i64,
    },
    /// All that will be taken was taken.
    Captured {
        /// Until when it was held, if it was.
        until: Option<i64>,
    },
    /// The hold was given back.
    Released {
        /// Until when it would have been held.
        until: i64,
    },
}

impl Charge {
    /// Whether the bank agreed.
    pub(crate) fn paid(&self) -> bool {
        !matches!(self.fate, Fate::Failed(_) | Fate::Pending)
    }

    /// How much of what was taken can still be sent back.
    pub(crate) fn refundable(&self) -> u64 {
        self.captured.saturating_sub(self.sent_back)
    }

    /// What was sent back, or was held and never taken.
    pub(crate) fn amount_refunded(&self) -> u64 {
        match self.fate {
            Fate::Released { .. } => self.amount.saturating_sub(self.captured),
            Fate::Captured { .. } | Fate::Failed(_) | Fate::Held { .. } | Fate::Pending => self.sent_back,
        }
    }

    /// What becomes of it when the hold ends: what was taken of it stays taken.
    pub(crate) fn after_release(&self, until: i64) -> Fate {
        if self.captured > 0 { Fate::Captured { until: Some(until) } } else { Fate::Released { until } }
    }

    /// The most that can be captured.
    pub(crate) fn capturable(&self) -> u64 {
        match self.fate {
            Fate::Held { .. } if self.features.overcapture => {
                self.amount.saturating_add(self.amount / 5).saturating_sub(self.captured)
            }
            Fate::Held { .. } => self.amount.saturating_sub(self.captured),
            Fate::Captured { .. } | Fate::Failed(_) | Fate::Released { .. } | Fate::Pending => 0,
        }
    }

    fn status(&self) -> &'static str {
        match self.fate {
            Fate::Failed(_) => "failed",
            Fate::Pending => "pending",
            Fate::Held { .. } | Fate::Captured { .. } | Fate::Released { .. } => "succeeded",
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

    fn metadata(&self) -> Option<&Metadata> {
        Some(&self.metadata)
    }

    fn show(&self, seen: Seen) -> Value {
        let failure = match self.fate {
            Fate::Failed(decline) => Some(decline.said()),
            Fate::Held { .. } | Fate::Captured { .. } | Fate::Released { .. } | Fate::Pending => None,
        };
        let taken = matches!(self.fate, Fate::Captured { .. } | Fate::Pending);
        let paid = self.paid();
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": if self.fate == Fate::Pending { self.amount } else { self.captured },
            "amount_refunded": self.amount_refunded(),
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.balance_transaction,
            "billing_details": self.billing.show(),
            "calculated_statement_descriptor": self.means.card().map(|_| &self.descriptor),
            "captured": taken,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "disputed": self.dispute.is_some(),
            "failure_balance_transaction": null,
            "failure_code": failure.map(|said| said.code),
            "failure_message": failure.map(|said| said.message),
            "fraud_details": {},
            "livemode": seen.livemode,
            "metadata": *self.metadata,
            "on_behalf_of": null,
            "outcome": outcome(self),
            "paid": paid,
            "payment_intent": self.payment_intent,
            "payment_method": self.payment_method,
            "payment_method_details": {
                (self.means.word()): self.details(), "type": self.means.word(),
            },
            "radar_options": {},
            "receipt_email": self.receipt_email,
            "receipt_number": null,
            "receipt_url": paid.then(|| format!("https://pay.stripe.com/receipts/payment/{}", self.id)),
            "refunded": paid && self.amount_refunded() > 0 && self.amount_refunded() >= self.refunded_when(),
            "review": null,
            "shipping": self.shipping.as_deref().map(Shipping::show),
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": self.suffix,
            "status": self.status(),
            "transfer_data": null,
            "transfer_group": self.transfer_group,
        })
    }
}

impl Charge {
    /// How much has to be sent back until all is.
    fn refunded_when(&self) -> u64 {
        if matches!(self.fate, Fate::Released { .. }) { self.amount_refunded() } else { self.captured }
    }

    fn details(&self) -> Value {
        match self.means.card() {
            Some(card) => card_details(self, card),
            None => self.means.in_charge(self.mandate.as_deref()),
        }
    }
}
