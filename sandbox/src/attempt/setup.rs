//! One attempt to set up a PaymentMethod for a SetupIntent: the request to the bank, and the effects of the
//! bank's answer. No money moves.

use crate::attempt::Confirmation;
use crate::attempt::debit::needs_microdeposits;
use crate::attempt::wallet::needs_agreement;
use crate::bank::decline::Decline;
use crate::bank::{BankAnswer, answer_to_set_up};
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::objects::Object;
use crate::objects::intents::{Intent, NextAction};
use crate::objects::payment_method::PaymentMethod;
use crate::objects::setup_attempt::{SetupAttempt, SetupAttemptOutcome};
use crate::objects::setup_intent::{SetupIntent, SetupIntentStatus};
use crate::objects::wallet::Wallet;
use crate::state::WorkContext;

impl WorkContext<'_> {
    /// Sends the attempt to the bank and applies the answer. A refusal leaves the
    /// SetupIntent without a PaymentMethod.
    pub(crate) fn attempt_to_set_up(
        &mut self,
        mut intent: SetupIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
    ) -> StripeResult<SetupIntent> {
        self.spend_token(confirmation, Intent::Setup, &intent.id);
        intent.payment_method = Some(method.id.clone());
        intent.last_error = None;
        intent.mandate = None;
        if let Some(wallet) = method.instrument.wallet() {
            return self.set_up_wallet(intent, method, wallet, confirmation);
        }
        let Some(card) = method.instrument.card() else {
            return self.set_up_account(intent, method, confirmation);
        };
        intent.latest_attempt = Some(self.begin_attempt(&intent, method));
        match answer_to_set_up(card.bank, false) {
            BankAnswer::Approved => Ok(self.set_up(intent, method)),
            BankAnswer::Declined(decline) => Err(self.set_up_declined(intent, method, decline)),
            BankAnswer::RequiresAuthentication => {
                let next = self.next_action(Intent::Setup, &intent.id, confirmation);
                Ok(self.wait_for_customer(intent, next))
            }
        }
    }

    fn set_up_wallet(
        &mut self,
        mut intent: SetupIntent,
        method: &PaymentMethod,
        wallet: &Wallet,
        confirmation: &Confirmation,
    ) -> StripeResult<SetupIntent> {
        if confirmation.acceptance.is_some() {
            intent.mandate = Some(self.mandate(method, confirmation, Intent::Setup)?);
        }
        intent.latest_attempt = Some(self.begin_attempt(&intent, method));
        if needs_agreement(method, wallet, confirmation) {
            let next = self.page_of_wallet(Intent::Setup, &intent.id, confirmation);
            return Ok(self.wait_for_customer(intent, next));
        }
        Ok(self.set_up(intent, method))
    }

    fn set_up_account(
        &mut self,
        mut intent: SetupIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
    ) -> StripeResult<SetupIntent> {
        let mandate = self.mandate(method, confirmation, Intent::Setup)?;
        intent.mandate = Some(mandate);
        intent.latest_attempt = Some(self.begin_attempt(&intent, method));
        if needs_microdeposits(&method.instrument) {
            let next = self.microdeposits_action(Intent::Setup, &intent.id);
            return Ok(self.wait_for_customer(intent, next));
        }
        Ok(self.set_up(intent, method))
    }

    fn wait_for_customer(&mut self, mut intent: SetupIntent, next: NextAction) -> SetupIntent {
        intent.status = SetupIntentStatus::RequiresAction(next);
        let shown = self.store_setup_intent(intent.clone());
        self.emit(EventType::SetupIntentRequiresAction, shown);
        intent
    }

    /// Ends the wait for a customer's authentication, passed or failed.
    pub(crate) fn finish_setup_authentication(
        &mut self,
        intent: SetupIntent,
        method: &PaymentMethod,
        passes: bool,
    ) {
        let verdict = method.instrument.card().map(|card| answer_to_set_up(card.bank, true));
        match verdict {
            _ if !passes => drop(self.set_up_declined(intent, method, Decline::SetupAuthenticationFailed)),
            Some(BankAnswer::Declined(decline)) => drop(self.set_up_declined(intent, method, decline)),
            Some(BankAnswer::Approved | BankAnswer::RequiresAuthentication) | None => {
                drop(self.set_up(intent, method))
            }
        }
    }

    /// Stores a SetupIntent and returns the snapshot for events.
    pub(crate) fn store_setup_intent(&mut self, intent: SetupIntent) -> std::sync::Arc<SetupIntent> {
        self.account.setup_intents.put(intent)
    }

    /// Ends the SetupIntent as succeeded, and saves the PaymentMethod for later payments.
    pub(crate) fn set_up(&mut self, mut intent: SetupIntent, method: &PaymentMethod) -> SetupIntent {
        self.mark_checked(&method.id);
        self.save_for_later(&method.id, intent.customer.as_deref(), intent.usage);
        self.end_attempt(&intent, SetupAttemptOutcome::Succeeded);
        intent.status = SetupIntentStatus::Succeeded;
        let shown = self.store_setup_intent(intent.clone());
        self.emit(EventType::SetupIntentSucceeded, shown);
        intent
    }

    /// Ends an attempt with a refusal, and returns Stripe's error for the refusal.
    fn set_up_declined(
        &mut self,
        mut intent: SetupIntent,
        method: &PaymentMethod,
        decline: Decline,
    ) -> StripeError {
        let error = self.refusal(method, decline);
        self.end_attempt(&intent, SetupAttemptOutcome::Failed(error.clone()));
        intent.status = SetupIntentStatus::RequiresPaymentMethod;
        intent.payment_method = None;
        intent.last_error = Some(error.clone());
        let stored = self.store_setup_intent(intent);
        let shown = stored.show(self.render_context());
        self.emit(EventType::SetupIntentFailed, stored);
        error.with("setup_intent", shown)
    }

    fn begin_attempt(&mut self, intent: &SetupIntent, method: &PaymentMethod) -> String {
        let id = self.ids.fresh("setatt");
        self.account.setup_attempts.put(SetupAttempt {
            id: id.clone(),
            created: self.unix_seconds(),
            setup_intent: intent.id.clone(),
            customer: intent.customer.clone(),
            payment_method: method.id.clone(),
            instrument: method.instrument.clone(),
            billing: method.billing.clone(),
            usage: intent.usage,
            outcome: SetupAttemptOutcome::RequiresAction,
        });
        id
    }

    fn end_attempt(&mut self, intent: &SetupIntent, outcome: SetupAttemptOutcome) {
        let attempt = intent.latest_attempt.as_deref().and_then(|id| self.account.setup_attempts.get_mut(id));
        if let Some(attempt) = attempt {
            attempt.outcome = outcome;
        }
    }
}
