//! The outcomes of an attempt: captured, held, or refused.

use crate::attempt::Confirmation;
use crate::bank::cards::TestBehaviour;
use crate::bank::decline::Decline;
use crate::clock::{DAY, seconds_after};
use crate::error::StripeError;
use crate::events::types::EventType;
use crate::objects::Object;
use crate::objects::card::Card;
use crate::objects::charge::{Charge, ChargeState};
use crate::objects::dispute::DisputeReason;
use crate::objects::instrument::MethodType;
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, PaymentIntentStatus};
use crate::objects::payment_method::PaymentMethod;
use crate::state::WorkContext;

/// The duration of a hold, in seconds.
const HOLD: i64 = 7 * DAY;

/// The duration of an extended hold, in seconds: 30 days, less six hours at Visa.
const EXTENDED_HOLD: i64 = 30 * DAY;
const EXTENDED_HOLD_AT_VISA: i64 = EXTENDED_HOLD - DAY / 4;

/// The duration of a Visa hold off session, in seconds: four days and eighteen hours.
const HOLD_WITHOUT_CUSTOMER: i64 = 5 * DAY - DAY / 4;

impl WorkContext<'_> {
    /// Applies a bank's approval of an amount, which becomes the amount of the PaymentIntent: a hold for a
    /// manual capture, or else a captured payment.
    pub(super) fn approved(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        card: &Card,
        confirmation: &Confirmation,
        amount: u64,
    ) -> PaymentIntent {
        let requested = std::mem::replace(&mut intent.terms.amount, amount);
        let capture = intent.terms.capture_of(MethodType::Card);
        let until = seconds_after(self.now, self.hold_duration(&intent, card));
        let charge_state = match capture {
            CaptureMethod::Manual => ChargeState::Held { until },
            CaptureMethod::Automatic | CaptureMethod::AutomaticAsync => ChargeState::Captured { until: None },
        };
        self.mark_checked(&method.id);
        let authenticated = confirmation.authenticated || intent.terms.options.card.external_authentication;
        let mut charge = self.charge(&intent, method, charge_state, authenticated);
        if requested > amount {
            charge = self.account.charges.put(Charge { requested, ..(*charge).clone() });
        }
        let charge = self.review_by_behaviour(&mut intent, charge, card);
        intent.latest_charge = Some(charge.id.clone());
        self.conclude(intent, method, charge, capture, until)
    }

    /// Ends the PaymentIntent as succeeded with the full amount captured.
    pub(super) fn succeed(&mut self, mut intent: PaymentIntent) -> PaymentIntent {
        intent.status = PaymentIntentStatus::Succeeded(intent.terms.amount);
        let shown = self.store_intent(intent.clone());
        self.emit(EventType::PaymentIntentSucceeded, shown);
        intent
    }

    /// Opens the dispute or the inquiry that the test card always causes.
    pub(crate) fn dispute_by_behaviour(&mut self, charge: &str, card: &Card) {
        match card.behaviour {
            TestBehaviour::Disputes(reason) => self.open_dispute(charge, reason, false),
            TestBehaviour::DisputesTwice(reason) => self.open_two_disputes(charge, reason),
            TestBehaviour::OpensInquiry => self.open_dispute(charge, DisputeReason::Fraudulent, true),
            TestBehaviour::Plain
            | TestBehaviour::ElevatedRisk
            | TestBehaviour::FraudWarning
            | TestBehaviour::CvcFails
            | TestBehaviour::PostalCodeFails
            | TestBehaviour::AddressFails
            | TestBehaviour::BypassesPending
            | TestBehaviour::RefundPending
            | TestBehaviour::CoBranded
            | TestBehaviour::AuthorizesPart
            | TestBehaviour::AuthorizesPartOfIncrements
            | TestBehaviour::RefundFails => {}
        }
    }

    fn hold_duration(&self, intent: &PaymentIntent, card: &Card) -> i64 {
        let visa = card.brand == "visa";
        if intent.terms.options.card.extended_authorization {
            return if visa { EXTENDED_HOLD_AT_VISA } else { EXTENDED_HOLD };
        }
        if intent.off_session && visa { HOLD_WITHOUT_CUSTOMER } else { HOLD }
    }

    /// Ends an attempt with a refusal, and returns Stripe's error for the refusal.
    pub(crate) fn declined(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        decline: Decline,
    ) -> StripeError {
        let mut error = self.refusal(method, decline);
        if decline.leaves_charge() {
            let charge = self.charge(&intent, method, ChargeState::Failed(decline), false);
            error = error.with("charge", charge.id.clone());
            intent.latest_charge = Some(charge.id.clone());
            self.emit(EventType::ChargeFailed, charge);
        }
        self.fail(intent, method, error)
    }

    /// Records a refusal in the PaymentIntent, and returns the error with the PaymentIntent inside.
    pub(super) fn fail(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        error: StripeError,
    ) -> StripeError {
        intent.status = PaymentIntentStatus::RequiresPaymentMethod;
        intent.payment_method = None;
        intent.last_error = Some(error.clone().with("payment_method_type", method.instrument.type_name()));
        let stored = self.store_intent(intent);
        let shown = stored.show(self.render_context());
        self.emit(EventType::PaymentIntentFailed, stored);
        error.with("payment_intent", shown)
    }

    /// Applies a successful charge to the PaymentMethod: the PaymentMethod is saved for later
    /// payments, or used up.
    pub(super) fn after_charge(&mut self, intent: &PaymentIntent, method: &PaymentMethod) {
        let options = &intent.terms.options;
        let usage = match method.instrument.kind() {
            MethodType::Card => options.card.setup_future_usage,
            MethodType::SepaDebit | MethodType::UsBankAccount => {
                options.account_usages.0.or(options.account_usages.1)
            }
            MethodType::Klarna => options.klarna.setup_future_usage,
            MethodType::Paypal => options.paypal.setup_future_usage,
            MethodType::Link => options.link.setup_future_usage,
        };
        match usage.or(intent.terms.setup_future_usage) {
            Some(usage) => self.save_for_later(&method.id, intent.terms.customer.as_deref(), usage),
            None => self.mark_used(&method.id),
        }
    }
}
