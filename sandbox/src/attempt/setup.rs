//! One attempt to set up a PaymentMethod for a SetupIntent: the request to the bank, and the effects of the
//! bank's answer. No money moves.

use crate::attempt::Confirmation;
use crate::attempt::debit::needs_deposits;
use crate::bank::decline::Decline;
use crate::bank::{Verdict, ask_to_set_up};
use crate::error::{Answer, StripeError};
use crate::events::types::EventType;
use crate::objects::Object;
use crate::objects::intents::{Intent, NextAction};
use crate::objects::payment_method::PaymentMethod;
use crate::objects::setup_attempt::{Outcome, SetupAttempt};
use crate::objects::setup_intent::{SetupIntent, SetupStage};
use crate::state::WorkContext;

impl WorkContext<'_> {
    /// Sends the attempt to the bank and applies the answer. A refusal leaves the
    /// SetupIntent without a PaymentMethod.
    pub(crate) fn attempt_to_set_up(
        &mut self,
        mut intent: SetupIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
    ) -> Answer<SetupIntent> {
        intent.payment_method = Some(method.id.clone());
        intent.last_error = None;
        intent.mandate = None;
        let Some(card) = method.means.card() else {
            return self.set_up_account(intent, method, confirmation);
        };
        intent.latest_attempt = Some(self.begin_attempt(&intent, method));
        match ask_to_set_up(card.bank, false) {
            Verdict::Approved => Ok(self.set_up(intent, method)),
            Verdict::Declined(decline) => Err(self.set_up_declined(intent, method, decline)),
            Verdict::WantsAuthentication => {
                let next = self.next_action(Intent::Setup, &intent.id, confirmation);
                Ok(self.wait_for_customer(intent, next))
            }
        }
    }

    fn set_up_account(
        &mut self,
        mut intent: SetupIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
    ) -> Answer<SetupIntent> {
        let mandate = self.mandate(method, confirmation, Intent::Setup)?;
        intent.mandate = Some(mandate);
        intent.latest_attempt = Some(self.begin_attempt(&intent, method));
        if needs_deposits(&method.means) {
            let next = self.deposits(Intent::Setup, &intent.id);
            return Ok(self.wait_for_customer(intent, next));
        }
        Ok(self.set_up(intent, method))
    }

    fn wait_for_customer(&mut self, mut intent: SetupIntent, next: NextAction) -> SetupIntent {
        intent.stage = SetupStage::RequiresAction(next);
        let shown = self.keep_setup_intent(intent.clone());
        self.announce(EventType::SetupIntentRequiresAction, shown);
        intent
    }

    /// Ends the wait for a customer's authentication, passed or failed.
    pub(crate) fn set_up_after(&mut self, intent: SetupIntent, method: &PaymentMethod, passes: bool) {
        let verdict = method.means.card().map(|card| ask_to_set_up(card.bank, true));
        match verdict {
            _ if !passes => drop(self.set_up_declined(intent, method, Decline::SetupAuthenticationFailed)),
            Some(Verdict::Declined(decline)) => drop(self.set_up_declined(intent, method, decline)),
            Some(Verdict::Approved | Verdict::WantsAuthentication) | None => {
                drop(self.set_up(intent, method))
            }
        }
    }

    /// Stores a SetupIntent and returns the snapshot for events.
    pub(crate) fn keep_setup_intent(&mut self, intent: SetupIntent) -> std::sync::Arc<SetupIntent> {
        self.account.setup_intents.put(intent)
    }

    /// Ends the SetupIntent as succeeded, and keeps the PaymentMethod for later payments.
    pub(crate) fn set_up(&mut self, mut intent: SetupIntent, method: &PaymentMethod) -> SetupIntent {
        self.checked(&method.id);
        self.keep_for_later(&method.id, intent.customer.as_deref(), intent.usage);
        self.end_attempt(&intent, Outcome::Succeeded);
        intent.stage = SetupStage::Succeeded;
        let shown = self.keep_setup_intent(intent.clone());
        self.announce(EventType::SetupIntentSucceeded, shown);
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
        self.end_attempt(&intent, Outcome::Failed(error.clone()));
        intent.stage = SetupStage::RequiresPaymentMethod;
        intent.payment_method = None;
        intent.last_error = Some(error.clone());
        let kept = self.keep_setup_intent(intent);
        let shown = kept.show(self.seen());
        self.announce(EventType::SetupIntentFailed, kept);
        error.with("setup_intent", shown)
    }

    fn begin_attempt(&mut self, intent: &SetupIntent, method: &PaymentMethod) -> String {
        let id = self.ids.fresh("setatt");
        self.account.setup_attempts.put(SetupAttempt {
            id: id.clone(),
            created: self.second(),
            setup_intent: intent.id.clone(),
            customer: intent.customer.clone(),
            payment_method: method.id.clone(),
            means: method.means.clone(),
            billing: method.billing.clone(),
            usage: intent.usage,
            outcome: Outcome::RequiresAction,
        });
        id
    }

    fn end_attempt(&mut self, intent: &SetupIntent, outcome: Outcome) {
        let attempt = intent.latest_attempt.as_deref().and_then(|id| self.account.setup_attempts.get_mut(id));
        if let Some(attempt) = attempt {
            attempt.outcome = outcome;
        }
    }
}
