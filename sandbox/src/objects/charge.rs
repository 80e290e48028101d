//! A charge: one attempt to take money from a card or an account, and the state of the money.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bank::decline::Decline;
use crate::metadata::Metadata;
use crate::objects::billing_details::BillingDetails;
use crate::objects::charge_details::{card_details, outcome};
use crate::objects::instrument::Instrument;
use crate::objects::options::CardOptions;
use crate::objects::shipping::Shipping;
use crate::objects::{Object, RenderContext};

/// The state of a charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    /// Id of the charge, `ch_…`.
    pub(crate) id: String,
    /// The moment of the attempt, in unix seconds.
    pub(crate) created: i64,
    /// The requested amount, in Stripe's units of the currency.
    pub(crate) amount: u64,
    /// The amount that the bank was asked for, which is greater after a partial authorization.
    pub(crate) requested: u64,
    /// The ISO 4217 code of the currency, in lower case.
    pub(crate) currency: String,
    /// Id of the customer, `cus_…`.
    pub(crate) customer: Option<String>,
    /// Id of the PaymentIntent that made the charge.
    pub(crate) payment_intent: String,
    /// Id of the charged PaymentMethod.
    pub(crate) payment_method: String,
    /// The card or the account that was charged.
    pub(crate) instrument: Arc<Instrument>,
    /// Id of the mandate, if an account was debited.
    pub(crate) mandate: Option<String>,
    /// The data of the owner at the time of the charge.
    pub(crate) billing: Arc<BillingDetails>,
    /// The network's numbers for the charge.
    pub(crate) network: NetworkData,
    /// The state of the charge's money.
    pub(crate) charge_state: ChargeState,
    /// The captured amount, in Stripe's units.
    pub(crate) captured: u64,
    /// The number of captures of the hold.
    pub(crate) captures: u32,
    /// The number of increments of the hold.
    pub(crate) increments: u32,
    /// The capabilities of the hold by the PaymentIntent's terms.
    pub(crate) features: CardOptions,
    /// Whether the customer authenticated for the charge.
    pub(crate) authenticated: bool,
    /// Ids of the disputes about the charge, the oldest first.
    pub(crate) disputes: Vec<String>,
    /// Id of the review of the charge.
    pub(crate) review: Option<String>,
    /// The address for the goods.
    pub(crate) shipping: Option<Arc<Shipping>>,
    /// The group of transfers that the charge belongs to.
    pub(crate) transfer_group: Option<String>,
    /// The refunded part of the captured amount.
    pub(crate) refunded: u64,
    /// Id of the balance transaction, once the effect on the balance is known.
    pub(crate) balance_transaction: Option<String>,
    /// The description of the PaymentIntent.
    pub(crate) description: Option<String>,
    /// The metadata of the PaymentIntent at the time.
    pub(crate) metadata: Metadata,
    /// The email address for the receipt.
    pub(crate) receipt_email: Option<String>,
    /// The text on the statement of the card.
    pub(crate) descriptor: String,
    /// The part of the descriptor that the caller chose.
    pub(crate) suffix: Option<String>,
}

/// The numbers under which the network knows a charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NetworkData {
    /// The authorization code, with six digits.
    pub(crate) authorization_code: String,
    /// The network transaction id, with fifteen digits.
    pub(crate) transaction_id: String,
}

/// The state of a charge's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ChargeState {
    /// The charge was declined for this reason.
    Failed(Decline),
    /// The bank has not answered yet.
    Pending,
    /// The amount is held until a moment in unix seconds.
    Held {
        /// The end of the hold, in unix seconds.
        until: i64,
    },
    /// The charge is captured, and no further capture is possible.
    Captured {
        /// The end of the hold, in unix seconds, if there was a hold.
        until: Option<i64>,
    },
    /// The hold was released without a capture.
    Released {
        /// The end that the hold would have had, in unix seconds.
        until: i64,
    },
}

impl Charge {
    /// Whether the bank approved the charge.
    pub(crate) fn paid(&self) -> bool {
        !matches!(self.charge_state, ChargeState::Failed(_) | ChargeState::Pending)
    }

    /// The captured amount that can still be refunded.
    pub(crate) fn refundable(&self) -> u64 {
        self.captured.saturating_sub(self.refunded)
    }

    /// The state after the end of the hold: an amount that was captured before stays captured.
    pub(crate) fn after_release(&self, until: i64) -> ChargeState {
        if self.captured > 0 {
            ChargeState::Captured { until: Some(until) }
        } else {
            ChargeState::Released { until }
        }
    }

    /// The largest amount that can be captured. With overcapture, a fifth of the amount is added.
    pub(crate) fn capturable(&self) -> u64 {
        match self.charge_state {
            ChargeState::Held { .. } if self.allows_overcapture() => {
                self.amount.saturating_add(self.amount / 5).saturating_sub(self.captured)
            }
            ChargeState::Held { .. } => self.amount.saturating_sub(self.captured),
            ChargeState::Captured { .. }
            | ChargeState::Failed(_)
            | ChargeState::Released { .. }
            | ChargeState::Pending => 0,
        }
    }

    /// Whether more than the held amount can be captured, which no network allows after a partial authorization.
    pub(crate) fn allows_overcapture(&self) -> bool {
        self.features.overcapture && !self.is_partial()
    }

    /// Whether the bank authorized less than the requested amount.
    pub(crate) fn is_partial(&self) -> bool {
        self.requested > self.amount
    }

    fn status(&self) -> &'static str {
        match self.charge_state {
            ChargeState::Failed(_) => "failed",
            ChargeState::Pending => "pending",
            ChargeState::Held { .. } | ChargeState::Captured { .. } | ChargeState::Released { .. } => {
                "succeeded"
            }
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

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        self.customer.iter().for_each(|value| add("customer", value));
        self.transfer_group.iter().for_each(|value| add("transfer_group", value));
        add("payment_intent", &self.payment_intent);
        add("currency", &self.currency);
        add("status", self.status());
    }

    fn show(&self, context: RenderContext) -> Value {
        let failure = match self.charge_state {
            ChargeState::Failed(decline) => Some(decline.error_fields()),
            ChargeState::Held { .. }
            | ChargeState::Captured { .. }
            | ChargeState::Released { .. }
            | ChargeState::Pending => None,
        };
        let captured = matches!(self.charge_state, ChargeState::Captured { .. } | ChargeState::Pending);
        let paid = self.paid();
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": if self.charge_state == ChargeState::Pending { self.amount } else { self.captured },
            "amount_refunded": self.refunded,
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.balance_transaction,
            "billing_details": self.billing.show(),
            "calculated_statement_descriptor": self.instrument.card().map(|_| &self.descriptor),
            "captured": captured,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "disputed": !self.disputes.is_empty(),
            "failure_balance_transaction": null,
            "failure_code": failure.map(|fields| fields.code),
            "failure_message": failure.map(|fields| fields.message),
            "fraud_details": {},
            "livemode": context.livemode,
            "metadata": *self.metadata,
            "on_behalf_of": null,
            "outcome": outcome(self),
            "paid": paid,
            "payment_intent": self.payment_intent,
            "payment_method": self.payment_method,
            "payment_method_details": {
                (self.instrument.type_name()): self.details(), "type": self.instrument.type_name(),
            },
            "radar_options": {},
            "receipt_email": self.receipt_email,
            "receipt_number": null,
            "receipt_url": paid.then(|| format!("https://pay.stripe.com/receipts/payment/{}", self.id)),
            "refunded": self.refunded > 0 && self.refunded >= self.captured,
            "review": self.review,
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
    fn details(&self) -> Value {
        match (self.instrument.card(), self.instrument.wallet()) {
            (Some(card), _) => card_details(self, card),
            (None, Some(wallet)) => wallet.in_charge(&self.billing, &self.network),
            (None, None) => self.instrument.in_charge(self.mandate.as_deref()),
        }
    }
}
