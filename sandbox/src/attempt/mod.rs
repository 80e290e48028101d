//! One attempt to pay a PaymentIntent: the request to the bank, and the effects of the bank's answer.

mod charge;
mod debit;
mod outcome;
mod partial;
mod setup;
pub(crate) mod wallet;

use crate::attempt::partial::authorized_amount;
use crate::bank::decline::Decline;
use crate::bank::{BankAnswer, Circumstances, answer_to_charge};
use crate::error::StripeResult;
use crate::events::types::EventType;
use crate::objects::card::Card;
use crate::objects::instrument::Instrument;
use crate::objects::intents::{Intent, NextAction};
use crate::objects::mandate::Acceptance;
use crate::objects::options::ThreeDSecure;
use crate::objects::payment_intent::{PaymentIntent, PaymentIntentStatus};
use crate::objects::payment_method::PaymentMethod;
use crate::state::WorkContext;
use crate::stripe_enum::StripeEnum;

/// The parameters of a confirmation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Confirmation {
    /// Whether the customer is absent (`off_session`).
    pub(crate) off_session: bool,
    /// Whether the caller handles no customer actions (`error_on_requires_action`).
    pub(crate) error_on_requires_action: bool,
    /// The URL to which the customer returns after a redirect (`return_url`).
    pub(crate) return_url: Option<String>,
    /// Whether the caller uses Stripe's own script (`use_stripe_sdk`).
    pub(crate) use_stripe_sdk: bool,
    /// The owner's consent to debits of the account (`mandate_data`).
    pub(crate) acceptance: Option<Acceptance>,
    /// The mandate under which an account is debited, if the caller names one.
    pub(crate) mandate: Option<String>,
    /// Whether the customer has just authenticated.
    pub(crate) authenticated: bool,
    /// Id of the ConfirmationToken with the details of the payment, if the caller names one.
    pub(crate) token: Option<String>,
}

impl WorkContext<'_> {
    /// Sends the attempt to the bank and applies the answer. A refusal leaves the
    /// PaymentIntent without a PaymentMethod.
    pub(crate) fn attempt(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
    ) -> StripeResult<PaymentIntent> {
        self.spend_token(confirmation, Intent::Payment, &intent.id);
        intent.payment_method = Some(method.id.clone());
        intent.last_error = None;
        intent.mandate = None;
        intent.off_session = confirmation.off_session;
        intent.confirmations = intent.confirmations.saturating_add(1);
        match &*method.instrument {
            Instrument::Card(card) => self.attempt_by_card(intent, method, card, confirmation),
            Instrument::Wallet(wallet) => self.attempt_by_wallet(intent, method, wallet, confirmation),
            Instrument::SepaDebit(_) | Instrument::UsBankAccount(_) => {
                self.attempt_by_debit(intent, method, confirmation)
            }
        }
    }

    fn attempt_by_card(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        card: &Card,
        confirmation: &Confirmation,
    ) -> StripeResult<PaymentIntent> {
        let options = &intent.terms.options.card;
        let off_session = confirmation.off_session || options.merchant_initiated;
        let (moto, external) = (options.moto, options.external_authentication);
        let circumstances = Circumstances {
            off_session,
            set_up: method.set_up || options.agreed_elsewhere,
            authenticated: confirmation.authenticated || external,
            requested: options.three_d_secure != ThreeDSecure::Automatic,
            moto,
        };
        match answer_to_charge(card.bank, circumstances) {
            BankAnswer::Approved => match authorized_amount(&intent.terms, card) {
                Some(amount) => Ok(self.approved(intent, method, card, confirmation, amount)),
                None => Err(self.declined(intent, method, Decline::InsufficientFunds)),
            },
            BankAnswer::Declined(decline) => Err(self.declined(intent, method, decline)),
            BankAnswer::RequiresAuthentication if off_session || moto => {
                Err(self.declined(intent, method, Decline::AuthenticationRequired))
            }
            BankAnswer::RequiresAuthentication if confirmation.error_on_requires_action => {
                Err(self.declined(intent, method, Decline::AuthenticationNotHandled))
            }
            BankAnswer::RequiresAuthentication => {
                let next = self.next_action(Intent::Payment, &intent.id, confirmation);
                intent.status = PaymentIntentStatus::RequiresAction(next);
                let shown = self.store_intent(intent.clone());
                self.emit(EventType::PaymentIntentRequiresAction, shown);
                Ok(intent)
            }
        }
    }

    /// The next action that authenticates the customer: a redirect, or Stripe's script
    /// without a return URL.
    fn next_action(&self, of: Intent, id: &str, confirmation: &Confirmation) -> NextAction {
        let url = format!("{}/3d_secure_2/hosted?{}={id}", self.origin, of.as_str());
        match &confirmation.return_url {
            Some(return_url) if !confirmation.use_stripe_sdk => {
                NextAction::Redirect { url, return_url: return_url.clone() }
            }
            Some(_) | None => NextAction::Script { url },
        }
    }

    /// Stores a PaymentIntent and returns the snapshot for events.
    pub(crate) fn store_intent(&mut self, intent: PaymentIntent) -> std::sync::Arc<PaymentIntent> {
        self.account.payment_intents.put(intent)
    }
}
