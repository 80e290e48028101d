//! One attempt to charge a card for a PaymentIntent: the bank is asked, and all that follows from its answer.

use crate::bank::decline::Decline;
use crate::bank::{Circumstances, Verdict, ask};
use crate::clock::seconds_after;
use crate::error::{Answer, StripeError};
use crate::ledger::Effect;
use crate::objects::Object;
use crate::objects::charge::{Charge, Fate, NetworkData};
use crate::objects::intents::{Intent, NextAction};
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, Stage};
use crate::objects::payment_method::PaymentMethod;
use crate::state::{Desk, Due};
use crate::words::Word;

/// How long a hold lasts, in seconds.
const HOLD: i64 = 7 * 24 * 60 * 60;

/// How long it lasts at Visa if the customer is not there: four days and eighteen hours.
const HOLD_WITHOUT_CUSTOMER: i64 = (4 * 24 + 18) * 60 * 60;

/// How a caller confirms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Confirmation {
    /// The customer is not there.
    pub(crate) off_session: bool,
    /// The caller does not handle actions of the customer.
    pub(crate) error_on_requires_action: bool,
    /// Where the customer comes back to.
    pub(crate) return_url: Option<String>,
    /// The caller has Stripe's own script.
    pub(crate) use_stripe_sdk: bool,
}

impl Desk<'_> {
    /// Asks the bank and follows its answer. A refusal leaves the PaymentIntent without a PaymentMethod.
    pub(crate) fn attempt(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        confirmation: &Confirmation,
        authenticated: bool,
    ) -> Answer<PaymentIntent> {
        let off_session = confirmation.off_session;
        let circumstances = Circumstances { off_session, set_up: method.set_up, authenticated };
        intent.payment_method = Some(method.id.clone());
        intent.last_error = None;
        match ask(method.card.bank, circumstances) {
            Verdict::Approved => self.approved(&mut intent, method, off_session),
            Verdict::Declined(decline) => return Err(self.declined(intent, method, decline)),
            Verdict::WantsAuthentication if off_session => {
                return Err(self.declined(intent, method, Decline::AuthenticationRequired));
            }
            Verdict::WantsAuthentication if confirmation.error_on_requires_action => {
                return Err(self.declined(intent, method, Decline::AuthenticationNotHandled));
            }
            Verdict::WantsAuthentication => {
                let next = self.next_action(Intent::Payment, &intent.id, confirmation);
                intent.stage = Stage::RequiresAction(next);
            }
        }
        self.keep(intent.clone());
        Ok(intent)
    }

    /// Ends an attempt with a refusal, and returns what Stripe says about it.
    pub(crate) fn declined(
        &mut self,
        mut intent: PaymentIntent,
        method: &PaymentMethod,
        decline: Decline,
    ) -> StripeError {
        let mut error = decline.error().with("payment_method", method.show(self.seen()));
        if decline.leaves_a_charge() {
            let charge = self.charge(&intent, method, Fate::Failed(decline));
            error = error.with("charge", charge.clone());
            intent.latest_charge = Some(charge);
        }
        intent.stage = Stage::RequiresPaymentMethod;
        intent.payment_method = None;
        intent.last_error = Some(error.clone());
        let shown = intent.show(self.seen());
        self.keep(intent);
        error.with("payment_intent", shown)
    }

    fn approved(&mut self, intent: &mut PaymentIntent, method: &PaymentMethod, off_session: bool) {
        let amount = intent.terms.amount;
        let short = off_session && method.card.brand == "visa";
        let until = seconds_after(self.now, if short { HOLD_WITHOUT_CUSTOMER } else { HOLD });
        let capture = intent.terms.capture_method;
        let (fate, stage) = match capture {
            CaptureMethod::Manual => (Fate::Held { until }, Stage::RequiresCapture),
            CaptureMethod::Automatic | CaptureMethod::AutomaticAsync => {
                (Fate::Captured(amount), Stage::Succeeded(amount))
            }
        };
        let charge = self.charge(intent, method, fate);
        intent.stage = stage;
        intent.latest_charge = Some(charge.clone());
        self.record(Effect::Authorized, amount, intent, &intent.terms.metadata);
        match capture {
            CaptureMethod::Manual => {
                self.account.agenda.insert((until, Due::HoldEnds(intent.id.clone())));
            }
            CaptureMethod::Automatic | CaptureMethod::AutomaticAsync => {
                self.record(Effect::Captured, amount, intent, &intent.terms.metadata);
                self.settle(&charge, capture == CaptureMethod::AutomaticAsync);
            }
        }
        self.after_use(intent, method);
    }

    /// What a successful charge means for the card: it is kept for later, or it is used up.
    fn after_use(&mut self, intent: &PaymentIntent, method: &PaymentMethod) {
        match intent.terms.setup_future_usage {
            Some(usage) => self.keep_for_later(&method.id, intent.terms.customer.as_deref(), usage),
            None => self.use_up(&method.id),
        }
    }

    fn charge(&mut self, intent: &PaymentIntent, method: &PaymentMethod, fate: Fate) -> String {
        let id = self.ids.fresh("ch");
        let terms = &intent.terms;
        let suffix = terms.suffix.as_ref();
        self.account.charges.put(Charge {
            id: id.clone(),
            created: self.second(),
            amount: terms.amount,
            currency: terms.currency.clone(),
            customer: terms.customer.clone(),
            payment_intent: intent.id.clone(),
            payment_method: method.id.clone(),
            card: method.card.clone(),
            billing: method.billing.clone(),
            network: NetworkData {
                authorization_code: self.ids.digits(6),
                transaction_id: self.ids.digits(15),
            },
            fate,
            sent_back: 0,
            balance_transaction: None,
            description: terms.description.clone(),
            metadata: terms.metadata.clone(),
            receipt_email: terms.receipt_email.clone(),
            descriptor: suffix
                .map_or_else(|| self.prefix.to_owned(), |suffix| format!("{}* {suffix}", self.prefix)),
            suffix: terms.suffix.clone(),
        });
        id
    }

    /// Where the customer has to go to authenticate.
    pub(crate) fn next_action(&self, of: Intent, id: &str, confirmation: &Confirmation) -> NextAction {
        let url = format!("{}/3d_secure_2/hosted?{}={id}", self.origin, of.word());
        match &confirmation.return_url {
            Some(return_url) if !confirmation.use_stripe_sdk => {
                NextAction::Redirect { url, return_url: return_url.clone() }
            }
            Some(_) | None => NextAction::Script { url },
        }
    }

    /// Puts a PaymentIntent back in its place.
    pub(crate) fn keep(&mut self, intent: PaymentIntent) {
        match self.account.payment_intents.get_mut(&intent.id) {
            Some(place) => *place = intent,
            None => self.account.payment_intents.put(intent),
        }
    }
}
