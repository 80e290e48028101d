//! The records of an attempt: the charge, and the result of the bank's checks of the PaymentMethod.

use std::sync::Arc;

use crate::bank::decline::Decline;
use crate::error::StripeError;
use crate::objects::Object;
use crate::objects::charge::{Charge, ChargeState, NetworkData};
use crate::objects::options::CardOptions;
use crate::objects::payment_intent::PaymentIntent;
use crate::objects::payment_method::PaymentMethod;
use crate::state::WorkContext;

impl WorkContext<'_> {
    /// Stores the charge of an attempt.
    pub(super) fn charge(
        &mut self,
        intent: &PaymentIntent,
        method: &PaymentMethod,
        charge_state: ChargeState,
        authenticated: bool,
    ) -> Arc<Charge> {
        let id = self.ids.fresh(if method.instrument.card().is_some() { "ch" } else { "py" });
        let terms = &intent.terms;
        let suffix = terms.suffix.as_ref();
        let descriptor =
            suffix.map_or_else(|| self.prefix.to_owned(), |suffix| format!("{}* {suffix}", self.prefix));
        let charge = Charge {
            id,
            created: self.unix_seconds(),
            amount: terms.amount,
            requested: terms.amount,
            captures: 0,
            captured: if matches!(charge_state, ChargeState::Captured { .. }) { terms.amount } else { 0 },
            currency: terms.currency.clone(),
            customer: terms.customer.clone(),
            payment_intent: intent.id.clone(),
            payment_method: method.id.clone(),
            instrument: method.instrument.clone(),
            mandate: intent.mandate.clone(),
            billing: method.billing.clone(),
            network: NetworkData {
                authorization_code: self.ids.digits(6),
                transaction_id: self.ids.digits(15),
            },
            charge_state,
            increments: 0,
            features: method
                .instrument
                .card()
                .map_or_else(CardOptions::default, |_| terms.options.card.clone()),
            authenticated,
            disputes: vec![],
            review: None,
            shipping: terms.shipping.clone(),
            transfer_group: terms.transfer_group.clone(),
            refunded: 0,
            balance_transaction: None,
            description: terms.description.clone(),
            metadata: terms.metadata.clone(),
            receipt_email: terms.receipt_email.clone(),
            descriptor,
            suffix: terms.suffix.clone(),
        };
        self.account.charges.put(charge)
    }

    /// Stripe's error for a refused PaymentMethod. A bank that received the request has
    /// also checked the PaymentMethod.
    pub(super) fn refusal(&mut self, method: &PaymentMethod, decline: Decline) -> StripeError {
        if decline.reaches_bank() {
            self.mark_checked(&method.id);
        }
        let shown =
            self.account.payment_methods.get(&method.id).unwrap_or(method).show(self.render_context());
        decline.error().with("payment_method", shown)
    }

    /// Records that the bank has checked the card details and billing details of a PaymentMethod.
    pub(super) fn mark_checked(&mut self, id: &str) {
        if self.account.payment_methods.get(id).is_some_and(|method| !method.checked)
            && let Some(method) = self.account.payment_methods.get_mut(id)
        {
            method.checked = true;
        }
    }
}
