//! One attempt to set up a card for a SetupIntent: the bank is asked, and all that follows from its answer.
//! No money moves.

use crate::attempt::Confirmation;
use crate::bank::decline::Decline;
use crate::bank::{Verdict, ask_to_set_up};
use crate::error::{Answer, StripeError};
use crate::objects::Object;
use crate::objects::intents::Intent;
use crate::objects::payment_method::PaymentMethod;
use crate::objects::setup_attempt::{Outcome, SetupAttempt};
use crate::objects::setup_intent::{SetupIntent, SetupStage};
use crate::state::Desk;

impl Desk<'_> {
    /// Asks the bank and follows its answer. A refusal leaves the SetupIntent without a PaymentMethod.
    pub(crate) fn attempt_to_set_up(
        &mut self,
        mut intent: SetupIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
    ) -> Answer<SetupIntent> {
        intent.payment_method = Some(method.id.clone());
        intent.last_error = None;
        intent.latest_attempt = Some(self.begin_attempt(&intent, method));
        match ask_to_set_up(method.card.bank, false) {
            Verdict::Approved => return Ok(self.set_up(intent, method)),
            Verdict::Declined(decline) => return Err(self.set_up_declined(intent, method, decline)),
            Verdict::WantsAuthentication => {
                let next = self.next_action(Intent::Setup, &intent.id, confirmation);
                intent.stage = SetupStage::RequiresAction(next);
            }
        }
        self.keep_setup_intent(intent.clone());
        Ok(intent)
    }

    /// Ends the wait for a customer who has authenticated or failed to.
    pub(crate) fn set_up_after(&mut self, intent: SetupIntent, method: &PaymentMethod, passes: bool) {
        if !passes {
            self.set_up_declined(intent, method, Decline::SetupAuthenticationFailed);
            return;
        }
        match ask_to_set_up(method.card.bank, true) {
            Verdict::Declined(decline) => {
                self.set_up_declined(intent, method, decline);
            }
            Verdict::Approved | Verdict::WantsAuthentication => {
                self.set_up(intent, method);
            }
        }
    }

    /// Puts a SetupIntent back in its place.
    pub(crate) fn keep_setup_intent(&mut self, intent: SetupIntent) {
        match self.account.setup_intents.get_mut(&intent.id) {
            Some(place) => *place = intent,
            None => self.account.setup_intents.put(intent),
        }
    }

    fn set_up(&mut self, mut intent: SetupIntent, method: &PaymentMethod) -> SetupIntent {
        self.keep_for_later(&method.id, intent.customer.as_deref(), intent.usage);
        self.end_attempt(&intent, Outcome::Succeeded);
        intent.stage = SetupStage::Succeeded;
        self.keep_setup_intent(intent.clone());
        intent
    }

    /// Ends an attempt with a refusal, and returns what Stripe says about it.
    fn set_up_declined(
        &mut self,
        mut intent: SetupIntent,
        method: &PaymentMethod,
        decline: Decline,
    ) -> StripeError {
        let error = decline.error().with("payment_method", method.show(self.seen()));
        self.end_attempt(&intent, Outcome::Failed(error.clone()));
        intent.stage = SetupStage::RequiresPaymentMethod;
        intent.payment_method = None;
        intent.last_error = Some(error.clone());
        let shown = intent.show(self.seen());
        self.keep_setup_intent(intent);
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
            card: method.card.clone(),
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
