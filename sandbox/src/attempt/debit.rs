//! Attempts to debit a bank account: a mandate of the owner is required, and the bank answers days later.

use std::sync::Arc;

use crate::attempt::Confirmation;
use crate::bank::debits::DebitBank;
use crate::bank::decline::Decline;
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::ledger::Effect;
use crate::objects::charge::{Charge, ChargeState};
use crate::objects::dispute::DisputeReason;
use crate::objects::instrument::Instrument;
use crate::objects::intents::{Intent, NextAction};
use crate::objects::mandate::{Mandate, MandateStatus};
use crate::objects::payment_intent::{PaymentIntent, PaymentIntentStatus};
use crate::objects::payment_method::PaymentMethod;
use crate::state::{ScheduledWork, WorkContext};
use crate::stripe_enum::StripeEnum;

/// The time until the two microdeposits arrive, in seconds.
const MICRODEPOSIT_DELAY: i64 = 2 * 24 * 60 * 60;

impl WorkContext<'_> {
    /// Sends a debit to the bank, unless the owner of the account first has to verify
    /// the account by microdeposits.
    pub(super) fn attempt_by_debit(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
    ) -> StripeResult<PaymentIntent> {
        intent.mandate = Some(self.mandate(method, confirmation, Intent::Payment)?);
        if needs_microdeposits(&method.instrument) {
            intent.status =
                PaymentIntentStatus::RequiresAction(self.microdeposits_action(Intent::Payment, &intent.id));
            let shown = self.store_intent(intent.clone());
            self.emit(EventType::PaymentIntentRequiresAction, shown);
            return Ok(intent);
        }
        Ok(self.send_debit(intent, method))
    }

    /// Sends a debit to the bank: the charge is pending until the bank's answer is due.
    pub(crate) fn send_debit(&mut self, mut intent: PaymentIntent, method: &PaymentMethod) -> PaymentIntent {
        let charge = self.charge(&intent, method, ChargeState::Pending, false);
        intent.latest_charge = Some(charge.id.clone());
        intent.status = PaymentIntentStatus::Processing;
        let delay = match method.instrument.debit_bank(&method.billing) {
            Some(DebitBank::Pays(delay) | DebitBank::Fails(delay, _) | DebitBank::Disputes(delay)) => {
                Some(delay)
            }
            Some(DebitBank::NeverAnswers) | None => None,
        };
        if let Some(delay) = delay {
            self.schedule_in(delay, ScheduledWork::DebitDecided(intent.id.clone()));
        }
        let shown = self.store_intent(intent.clone());
        self.emit(EventType::PaymentIntentProcessing, shown);
        self.emit(EventType::ChargePending, charge);
        self.after_charge(&intent, method);
        intent
    }

    /// Applies the bank's answer to a debit that is in processing.
    pub(crate) fn decide_debit(&mut self, id: &str) -> Option<()> {
        let intent = self
            .account
            .payment_intents
            .get(id)
            .filter(|found| found.status == PaymentIntentStatus::Processing)?;
        let intent = intent.clone();
        let method = self.account.payment_methods.get(intent.payment_method.as_deref()?)?.clone();
        let charge = intent.latest_charge.clone()?;
        match method.instrument.debit_bank(&method.billing)? {
            DebitBank::Fails(_, decline) => self.debit_failed(intent, &method, &charge, decline),
            DebitBank::Pays(_) | DebitBank::NeverAnswers => self.debit_paid(intent, &charge),
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
        self.settle_charge(charge, false);
        if let Some(charge) = self.account.charges.snapshot(charge) {
            self.emit(EventType::ChargeSucceeded, charge);
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
            self.emit(EventType::ChargeFailed, charge);
        }
        let american = matches!(&*method.instrument, Instrument::UsBankAccount(_));
        if american && decline == Decline::DebitNotAuthorized {
            self.end_mandates_of(method);
        }
        let shown = crate::objects::Object::show(method, self.render_context());
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
    ) -> StripeResult<String> {
        if let Some(named) = &confirmation.mandate {
            let found =
                self.account.mandates.get(named).filter(|mandate| mandate.payment_method == method.id);
            let missing = || StripeError::missing("mandate", named, "mandate").status(400);
            return usable(found.ok_or_else(missing)?);
        }
        let Some(acceptance) = &confirmation.acceptance else {
            let given = method.mandate.as_deref().and_then(|id| self.account.mandates.get(id));
            return usable(given.ok_or_else(|| no_mandate(of, &method.instrument))?);
        };
        let mandate = self.account.mandates.put(Mandate {
            id: self.ids.fresh("mandate"),
            created: self.now.as_second(),
            payment_method: method.id.clone(),
            instrument: Arc::clone(&method.instrument),
            billing: Arc::clone(&method.billing),
            acceptance: acceptance.clone(),
            reference: self.ids.letters(16).to_ascii_uppercase(),
            status: MandateStatus::Active,
        });
        if let Some(method) = self.account.payment_methods.get_mut(&method.id) {
            method.mandate = Some(mandate.id.clone());
        }
        Ok(mandate.id.clone())
    }

    /// The next action that asks the owner of an account for the amounts of the two microdeposits.
    pub(crate) fn microdeposits_action(&self, of: Intent, id: &str) -> NextAction {
        let url = format!("{}/3d_secure_2/hosted?{}={id}", self.origin, of.as_str());
        NextAction::Microdeposits { arrival: self.unix_seconds().saturating_add(MICRODEPOSIT_DELAY), url }
    }
}

/// Whether the owner still has to verify the account by microdeposits.
pub(crate) fn needs_microdeposits(instrument: &Instrument) -> bool {
    match instrument {
        Instrument::UsBankAccount(account) => !account.verified,
        Instrument::Card(_) | Instrument::SepaDebit(_) | Instrument::Wallet(_) => false,
    }
}

/// The id of a mandate under which an account can be debited.
fn usable(mandate: &Mandate) -> StripeResult<String> {
    if mandate.status == MandateStatus::Active {
        return Ok(mandate.id.clone());
    }
    Err(StripeError::invalid("The provided mandate is invalid and can't be used for the payment intent.")
        .code("payment_intent_mandate_invalid")
        .param("mandate"))
}

fn no_mandate(of: Intent, instrument: &Instrument) -> StripeError {
    StripeError::invalid(format!(
        "Confirming a {} with a {} PaymentMethod requires a mandate. Please pass `mandate_data` or `mandate`.",
        of.name(),
        instrument.type_name()
    ))
    .code("payment_intent_mandate_invalid")
    .param("mandate_data")
}
