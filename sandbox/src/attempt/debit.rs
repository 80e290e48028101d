//! Attempts to debit a bank account: a mandate of the owner is required, and the bank answers days later.

use std::sync::Arc;

use crate::attempt::Confirmation;
use crate::bank::debits::DebitBank;
use crate::bank::decline::Decline;
use crate::error::{Answer, StripeError};
use crate::events::types::EventType;
use crate::ledger::Effect;
use crate::objects::charge::{Charge, ChargeState};
use crate::objects::dispute::DisputeReason;
use crate::objects::intents::{Intent, NextAction};
use crate::objects::mandate::Mandate;
use crate::objects::means::Means;
use crate::objects::payment_intent::{PaymentIntent, Stage};
use crate::objects::payment_method::PaymentMethod;
use crate::state::{Due, WorkContext};
use crate::words::Word;

/// The time until the two microdeposits arrive, in seconds.
const DEPOSITS: i64 = 2 * 24 * 60 * 60;

impl WorkContext<'_> {
    /// Sends a debit to the bank, unless the owner of the account first has to verify
    /// the account by microdeposits.
    pub(super) fn attempt_by_debit(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
    ) -> Answer<PaymentIntent> {
        intent.mandate = Some(self.mandate(method, confirmation, Intent::Payment)?);
        if needs_deposits(&method.means) {
            intent.stage = Stage::RequiresAction(self.deposits(Intent::Payment, &intent.id));
            let shown = self.keep(intent.clone());
            self.announce(EventType::PaymentIntentRequiresAction, shown);
            return Ok(intent);
        }
        Ok(self.send_debit(intent, method))
    }

    /// Sends a debit to the bank: the charge is pending until the bank's answer is due.
    pub(crate) fn send_debit(&mut self, mut intent: PaymentIntent, method: &PaymentMethod) -> PaymentIntent {
        let charge = self.charge(&intent, method, ChargeState::Pending, false);
        intent.latest_charge = Some(charge.id.clone());
        intent.stage = Stage::Processing;
        let wait = match method.means.debit_bank() {
            Some(DebitBank::Pays(wait) | DebitBank::Fails(wait, _) | DebitBank::Disputes(wait)) => Some(wait),
            Some(DebitBank::StaysSilent) | None => None,
        };
        if let Some(wait) = wait {
            self.later(wait, Due::DebitDecided(intent.id.clone()));
        }
        let shown = self.keep(intent.clone());
        self.announce(EventType::PaymentIntentProcessing, shown);
        self.announce(EventType::ChargePending, charge);
        self.after_use(&intent, method);
        intent
    }

    /// Applies the bank's answer to a debit that is in processing.
    pub(crate) fn decide_debit(&mut self, id: &str) -> Option<()> {
        let intent = self.account.payment_intents.get(id).filter(|found| found.stage == Stage::Processing)?;
        let intent = intent.clone();
        let method = self.account.payment_methods.get(intent.payment_method.as_deref()?)?.clone();
        let charge = intent.latest_charge.clone()?;
        match method.means.debit_bank()? {
            DebitBank::Fails(_, decline) => self.debit_failed(intent, &method, &charge, decline),
            DebitBank::Pays(_) | DebitBank::StaysSilent => self.debit_paid(intent, &charge),
            DebitBank::Disputes(_) => {
                self.debit_paid(intent, &charge);
                self.open_dispute(&charge, DisputeReason::DebitNotAuthorized, false);
            }
        }
        Some(())
    }

    fn debit_paid(&mut self, intent: PaymentIntent, charge: &str) {
        let amount = intent.terms.amount;
        if let Some(charge) = self.account.charges.get_mut(charge) {
            charge.charge_state = ChargeState::Captured { until: None };
            charge.captured = amount;
        }
        self.record(Effect::Authorized, amount, &intent, &intent.terms.metadata);
        self.record(Effect::Captured, amount, &intent, &intent.terms.metadata);
        self.settle(charge, false);
        if let Some(charge) = self.account.charges.snapshot(charge) {
            self.announce(EventType::ChargeSucceeded, charge);
        }
        self.succeed(intent);
    }

    fn debit_failed(
        &mut self,
        intent: PaymentIntent,
        method: &PaymentMethod,
        charge: &str,
        decline: Decline,
    ) {
        if let Some(charge) = self.account.charges.get_mut(charge) {
            charge.charge_state = ChargeState::Failed(decline);
        }
        let failed: Option<Arc<Charge>> = self.account.charges.snapshot(charge);
        if let Some(charge) = failed {
            self.announce(EventType::ChargeFailed, charge);
        }
        let shown = crate::objects::Object::show(method, self.seen());
        let error = decline.error().with("charge", charge).with("payment_method", shown);
        self.fail(intent, method, error);
    }

    /// The mandate for debits of an account: a new mandate from `mandate_data`, the mandate that the caller
    /// names, or the mandate that the owner gave before.
    pub(crate) fn mandate(
        &mut self,
        method: &PaymentMethod,
        confirmation: &Confirmation,
        of: Intent,
    ) -> Answer<String> {
        if let Some(named) = &confirmation.mandate {
            let found =
                self.account.mandates.get(named).filter(|mandate| mandate.payment_method == method.id);
            let missing = || StripeError::missing("mandate", named, "mandate").status(400);
            return found.map(|mandate| mandate.id.clone()).ok_or_else(missing);
        }
        let Some(acceptance) = &confirmation.acceptance else {
            return method.mandate.clone().ok_or_else(|| no_mandate(of, &method.means));
        };
        let mandate = self.account.mandates.put(Mandate {
            id: self.ids.fresh("mandate"),
            created: self.now.as_second(),
            payment_method: method.id.clone(),
            means: Arc::clone(&method.means),
            acceptance: acceptance.clone(),
            reference: self.ids.letters(16).to_ascii_uppercase(),
        });
        if let Some(method) = self.account.payment_methods.get_mut(&method.id) {
            method.mandate = Some(mandate.id.clone());
        }
        Ok(mandate.id.clone())
    }

    /// The next action that asks the owner of an account for the amounts of the two microdeposits.
    pub(crate) fn deposits(&self, of: Intent, id: &str) -> NextAction {
        let url = format!("{}/3d_secure_2/hosted?{}={id}", self.origin, of.word());
        NextAction::Microdeposits { arrival: self.second().saturating_add(DEPOSITS), url }
    }
}

/// Whether the owner still has to verify the account by microdeposits.
pub(crate) fn needs_deposits(means: &Means) -> bool {
    match means {
        Means::UsBankAccount(account) => !account.verified,
        Means::Card(_) | Means::SepaDebit(_) => false,
    }
}

fn no_mandate(of: Intent, means: &Means) -> StripeError {
    StripeError::invalid(format!(
        "Confirming a {} with a {} PaymentMethod requires a mandate. Please pass `mandate_data` or `mandate`.",
        of.name(),
        means.word()
    ))
    .code("payment_intent_mandate_invalid")
    .param("mandate_data")
}
