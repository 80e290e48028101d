//! `payment_method_options`, as far as the sandbox implements the options.

use crate::error::StripeResult;
use crate::form::Form;
use crate::objects::intents::FutureUsage;
use crate::objects::options::{CardNetwork, Options, ThreeDSecure, Verification, WalletOptions};
use crate::objects::payment_intent::CaptureMethod;
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// Whether an optional feature of a card's bank is requested.
    Availability {
        /// The feature is requested, if available.
        IfAvailable = "if_available",
        /// The feature is not requested.
        Never = "never",
    }
}

stripe_enum! {
    /// Whether PaymentMethods of one type are saved for later payments.
    SavedUsage {
        /// The PaymentMethod is saved for charges without the customer.
        OffSession = "off_session",
        /// The PaymentMethod is saved for charges with the customer.
        OnSession = "on_session",
        /// The PaymentMethod is not stored.
        None = "none",
    }
}

stripe_enum! {
    /// The use of a card that is stored, as networks distinguish the uses.
    StoredCredential {
        /// The card is stored for a series of charges by the merchant.
        SetUpRecurring = "setup_off_session_recurring",
        /// The card is stored for single charges by the merchant.
        SetUpUnscheduled = "setup_off_session_unscheduled",
        /// The card is stored for charges with the customer.
        SetUpOnSession = "setup_on_session",
        /// One charge of a series by the merchant.
        Recurring = "stored_off_session_recurring",
        /// A single charge by the merchant.
        Unscheduled = "stored_off_session_unscheduled",
        /// A charge with the customer.
        OnSession = "stored_on_session",
    }
}

impl StoredCredential {
    /// Whether the merchant charges the card while the customer is absent.
    fn is_off_session(self) -> bool {
        matches!(self, Self::Recurring | Self::Unscheduled)
    }
}

/// The options in a call, to be merged into earlier options. An absent option stays unchanged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionsChange {
    three_d_secure: Option<ThreeDSecure>,
    external_authentication: bool,
    moto: Option<bool>,
    agreed_elsewhere: bool,
    stored: Option<StoredCredential>,
    network: Option<CardNetwork>,
    manual_capture: Option<bool>,
    /// Extended authorization, incremental authorization, multicapture, overcapture and partial authorization,
    /// in this order.
    features: [Option<bool>; 5],
    /// For cards, for European accounts, and for accounts in the United States, in this order.
    usages: [Option<Option<FutureUsage>>; 3],
    verification: Option<Verification>,
    /// For Klarna, PayPal and Link, in this order.
    wallets: [WalletChange; 3],
}

/// The options for one kind of wallet in a call.
#[derive(Clone, Copy, Debug)]
struct WalletChange {
    manual_capture: Option<bool>,
    usage: Option<Option<FutureUsage>>,
}

impl WalletChange {
    fn read(form: &Form, kind: &str) -> StripeResult<Self> {
        let name = format!("payment_method_options[{kind}][capture_method]");
        let method = if form.last(&name) == Some("") { None } else { form.choice::<CaptureMethod>(&name)? };
        Ok(Self {
            manual_capture: method.map(|method| method == CaptureMethod::Manual),
            usage: usage(form, kind)?,
        })
    }

    fn merge_into(self, options: &mut WalletOptions) {
        options.manual_capture = self.manual_capture.unwrap_or(options.manual_capture);
        options.setup_future_usage = self.usage.unwrap_or(options.setup_future_usage);
    }
}

impl OptionsChange {
    /// Reads the options in a call.
    pub(crate) fn read(form: &Form) -> StripeResult<Self> {
        let feature = |name: &str| -> StripeResult<Option<bool>> {
            let wanted = card_choice::<Availability>(form, name)?;
            Ok(wanted.map(|wanted| wanted == Availability::IfAvailable))
        };
        let method = card_choice::<CaptureMethod>(form, "capture_method")?;
        Ok(Self {
            three_d_secure: card_choice(form, "request_three_d_secure")?,
            external_authentication: external_authentication(form)?,
            moto: form.flag("payment_method_options[card][moto]")?,
            agreed_elsewhere: agreed_elsewhere(form)?,
            stored: card_choice(form, "stored_credential_transaction_type")?,
            network: card_choice(form, "network")?,
            manual_capture: method.map(|method| method == CaptureMethod::Manual),
            features: [
                feature("request_extended_authorization")?,
                feature("request_incremental_authorization")?,
                feature("request_multicapture")?,
                feature("request_overcapture")?,
                feature("request_partial_authorization")?,
            ],
            usages: [usage(form, "card")?, usage(form, "sepa_debit")?, usage(form, "us_bank_account")?],
            verification: form.choice("payment_method_options[us_bank_account][verification_method]")?,
            wallets: [
                WalletChange::read(form, "klarna")?,
                WalletChange::read(form, "paypal")?,
                WalletChange::read(form, "link")?,
            ],
        })
    }

    /// Whether the call requests a partial authorization, if the call says so.
    pub(crate) fn partial_authorization(&self) -> Option<bool> {
        let [.., partial] = self.features;
        partial
    }

    /// Merges the options of the call into earlier options.
    pub(crate) fn merge_into(self, options: &mut Options) {
        let Self {
            features: [extended, incremental, multiple, more, partial],
            usages: [of_card, sepa, us],
            ..
        } = self;
        let card = &mut options.card;
        card.three_d_secure = self.three_d_secure.unwrap_or(card.three_d_secure);
        card.external_authentication = card.external_authentication || self.external_authentication;
        card.moto = self.moto.unwrap_or(card.moto);
        card.agreed_elsewhere = card.agreed_elsewhere || self.agreed_elsewhere;
        card.merchant_initiated =
            self.stored.map_or(card.merchant_initiated, StoredCredential::is_off_session);
        card.network = self.network.or(card.network);
        card.manual_capture = self.manual_capture.unwrap_or(card.manual_capture);
        card.extended_authorization = extended.unwrap_or(card.extended_authorization);
        card.incremental_authorization = incremental.unwrap_or(card.incremental_authorization);
        card.multicapture = multiple.unwrap_or(card.multicapture);
        card.overcapture = more.unwrap_or(card.overcapture);
        card.partial_authorization = partial.unwrap_or(card.partial_authorization);
        card.setup_future_usage = of_card.unwrap_or(card.setup_future_usage);
        let (sepa_before, us_before) = options.account_usages;
        options.account_usages = (sepa.unwrap_or(sepa_before), us.unwrap_or(us_before));
        let [klarna, paypal, link] = self.wallets;
        klarna.merge_into(&mut options.klarna);
        paypal.merge_into(&mut options.paypal);
        link.merge_into(&mut options.link);
        options.verification = self.verification.unwrap_or(options.verification);
    }

    /// The options of a new intent.
    pub(crate) fn fresh(self) -> Options {
        let mut options = Options::default();
        self.merge_into(&mut options);
        options
    }
}

/// Reads whether the call has the proof of an agreement to charges by the merchant.
fn agreed_elsewhere(form: &Form) -> StripeResult<bool> {
    const NAME: &str = "payment_method_options[card][mit_exemption]";
    let network = form.text(&format!("{NAME}[network_transaction_id]"))?;
    let server = form.text(&format!("{NAME}[ds_transaction_id]"))?;
    let claimed = form.flag(&format!("{NAME}[claim_without_transaction_id]"))?;
    Ok(network.is_some() || server.is_some() || claimed == Some(true))
}

/// Reads whether the call has the proof of an authentication without Stripe.
fn external_authentication(form: &Form) -> StripeResult<bool> {
    const NAME: &str = "payment_method_options[card][three_d_secure]";
    let proof = form.text(&format!("{NAME}[cryptogram]"))?;
    form.mark_read(NAME);
    Ok(proof.is_some())
}

fn card_choice<T: StripeEnum>(form: &Form, name: &str) -> StripeResult<Option<T>> {
    let full = format!("payment_method_options[card][{name}]");
    if form.last(&full) == Some("") { Ok(None) } else { form.choice(&full) }
}

/// Whether PaymentMethods of a type are saved; `None` if the parameter is absent, and `Some(None)` if
/// the parameter is empty.
fn usage(form: &Form, kind: &str) -> StripeResult<Option<Option<FutureUsage>>> {
    let name = format!("payment_method_options[{kind}][setup_future_usage]");
    if form.last(&name) == Some("") {
        return Ok(Some(None));
    }
    Ok(form.choice::<SavedUsage>(&name)?.map(|usage| match usage {
        SavedUsage::OffSession => Some(FutureUsage::OffSession),
        SavedUsage::OnSession => Some(FutureUsage::OnSession),
        SavedUsage::None => None,
    }))
}
