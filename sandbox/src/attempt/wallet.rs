//! Attempts to pay with a wallet: the customer agrees on a page of the wallet, and the wallet decides.

use std::sync::Arc;

use crate::attempt::Confirmation;
use crate::bank::decline::Decline;
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::ledger::Effect;
use crate::objects::charge::{Charge, ChargeState};
use crate::objects::intents::{Intent, NextAction};
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, PaymentIntentStatus};
use crate::objects::payment_method::PaymentMethod;
use crate::objects::wallet::{Wallet, WalletDecision};
use crate::state::{ScheduledWork, WorkContext};
use crate::stripe_enum::StripeEnum;

impl WorkContext<'_> {
    /// Sends the customer to the page of the wallet, or applies the decision of the wallet if the customer has
    /// agreed already.
    pub(super) fn attempt_by_wallet(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        wallet: &Wallet,
        confirmation: &Confirmation,
    ) -> StripeResult<PaymentIntent> {
        if needs_agreement(method, wallet, confirmation) {
            if confirmation.off_session {
                return Err(self.declined(intent, method, Decline::AuthenticationRequired));
            }
            if confirmation.error_on_requires_action {
                return Err(self.declined(intent, method, Decline::AuthenticationNotHandled));
            }
            let next = self.page_of_wallet(Intent::Payment, &intent.id, confirmation);
            intent.status = PaymentIntentStatus::RequiresAction(next);
            let lapses = ScheduledWork::AgreementLapses(intent.id.clone(), intent.confirmations);
            self.schedule_in(wallet.kind.patience(), lapses);
            let shown = self.store_intent(intent.clone());
            self.emit(EventType::PaymentIntentRequiresAction, shown);
            return Ok(intent);
        }
        let capture = intent.terms.capture_of(method.instrument.kind());
        match wallet.decision(&method.billing) {
            WalletDecision::Declines => Err(self.declined(intent, method, Decline::ProviderDeclined)),
            WalletDecision::Later if capture != CaptureMethod::Manual => Ok(self.send_debit(intent, method)),
            WalletDecision::Later | WalletDecision::Pays => {
                Ok(self.wallet_pays(intent, method, wallet, capture))
            }
        }
    }

    /// Ends an attempt whose customer did not come back from the page of the wallet in time.
    pub(crate) fn lapse_agreement(&mut self, id: &str, confirmation: u32) -> Option<()> {
        let intent = self.account.payment_intents.get(id)?.clone();
        let waits = matches!(intent.status, PaymentIntentStatus::RequiresAction(_));
        if !waits || intent.confirmations != confirmation {
            return None;
        }
        let method = self.account.payment_methods.get(intent.payment_method.as_deref()?)?.clone();
        self.declined(intent, &method, Decline::AttemptExpired);
        Some(())
    }

    /// The next action that leads the customer to the page of the wallet.
    pub(super) fn page_of_wallet(&self, of: Intent, id: &str, confirmation: &Confirmation) -> NextAction {
        NextAction::Redirect {
            url: format!("{}/3d_secure_2/hosted?{}={id}", self.origin, of.as_str()),
            return_url: confirmation.return_url.clone().unwrap_or_default(),
        }
    }

    fn wallet_pays(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        wallet: &Wallet,
        capture: CaptureMethod,
    ) -> PaymentIntent {
        let until = wallet.kind.hold_end(self.unix_seconds());
        let charge_state = match capture {
            CaptureMethod::Manual => ChargeState::Held { until },
            CaptureMethod::Automatic | CaptureMethod::AutomaticAsync => ChargeState::Captured { until: None },
        };
        self.mark_checked(&method.id);
        let charge = self.charge(&intent, method, charge_state, false);
        intent.latest_charge = Some(charge.id.clone());
        self.conclude(intent, method, charge, capture, until)
    }

    /// Records an approved charge: a hold until a moment, or a captured payment.
    pub(super) fn conclude(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        charge: Arc<Charge>,
        capture: CaptureMethod,
        until: i64,
    ) -> PaymentIntent {
        let (amount, id) = (intent.terms.amount, charge.id.clone());
        self.record(Effect::Authorized, amount, &intent, &intent.terms.metadata);
        self.emit(EventType::ChargeSucceeded, Arc::<Charge>::clone(&charge));
        self.announce_review(&intent);
        if let Some(card) = method.instrument.card() {
            self.warn_by_behaviour(&charge, card);
        }
        self.after_charge(&intent, method);
        if capture == CaptureMethod::Manual {
            self.schedule_at(until, ScheduledWork::HoldEnds(intent.id.clone()));
            intent.status = PaymentIntentStatus::RequiresCapture { received: 0 };
            let shown = self.store_intent(intent.clone());
            self.emit(EventType::AmountCapturableUpdated, shown);
            return intent;
        }
        self.record(Effect::Captured, amount, &intent, &intent.terms.metadata);
        self.settle_charge(&id, capture == CaptureMethod::AutomaticAsync);
        if let Some(card) = method.instrument.card() {
            self.dispute_by_behaviour(&id, card);
        }
        self.succeed(intent)
    }
}

/// Whether the customer still has to agree on the page of the wallet. A saved wallet pays without the customer.
pub(super) fn needs_agreement(method: &PaymentMethod, wallet: &Wallet, confirmation: &Confirmation) -> bool {
    let saved = confirmation.off_session && method.set_up;
    wallet.kind.redirects() && !confirmation.authenticated && !saved
}

/// Refuses a confirmation with a wallet that redirects the customer without a return URL.
pub(crate) fn needs_page(method: &PaymentMethod, confirmation: &Confirmation) -> StripeResult<()> {
    let agreement = method.instrument.wallet().is_some_and(|wallet| {
        needs_agreement(method, wallet, confirmation)
            && !confirmation.off_session
            && !confirmation.error_on_requires_action
    });
    if !agreement || confirmation.return_url.is_some() {
        return Ok(());
    }
    Err(StripeError::invalid(format!(
        "You must provide a `return_url` when confirming with a PaymentMethod of type {}, because the customer is \
         redirected.",
        method.instrument.type_name()
    ))
    .code("parameter_missing")
    .param("return_url"))
}
