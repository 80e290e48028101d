//! A new PaymentMethod, made by `POST /v1/payment_methods` or by `payment_method_data` in another call.

use std::sync::Arc;

use crate::changes::BillingChange;
use crate::endpoints::CallSettings;
use crate::endpoints::payment_methods::accounts::{read_sepa, read_us, read_wallet};
use crate::endpoints::payment_methods::raw_card::{CardSource, read_card};
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::metadata::{Metadata, MetadataChange};
use crate::objects::billing_details::BillingDetails;
use crate::objects::confirmation_token::MethodPreview;
use crate::objects::instrument::{Instrument, MethodType};
use crate::objects::payment_method::{AllowRedisplay, PaymentMethod};
use crate::state::WorkContext;
use crate::stripe_enum::{StripeEnum, alternatives};

/// The parameters of a new PaymentMethod.
#[derive(Debug)]
pub(crate) struct NewMethod {
    source: InstrumentSource,
    billing: BillingDetails,
    allow_redisplay: AllowRedisplay,
    metadata: Metadata,
}

/// The means of payment of a new PaymentMethod: complete, or a token of a card.
#[derive(Debug)]
enum InstrumentSource {
    Known(Instrument),
    Token(String),
}

/// The name of a parameter below another parameter: `card[number]` below `payment_method_data`.
pub(crate) fn nested_name(at: &str, name: &str) -> String {
    if at.is_empty() {
        return name.to_owned();
    }
    match name.split_once('[') {
        Some((first, rest)) => format!("{at}[{first}][{rest}"),
        None => format!("{at}[{name}]"),
    }
}

impl NewMethod {
    /// Reads the parameters below `at`, or at the top level if `at` is empty.
    pub(crate) fn read(form: &Form, at: &str, settings: CallSettings<'_>) -> StripeResult<Self> {
        let mut billing = BillingDetails::default();
        BillingChange::read(form, &nested_name(at, "billing_details"))?.apply(&mut billing);
        let source = match read_type(form, &nested_name(at, "type"))? {
            MethodType::Card => match read_card(form, at, settings)? {
                CardSource::Card(card) => InstrumentSource::Known(Instrument::Card(card)),
                CardSource::Token(token) => InstrumentSource::Token(token),
            },
            MethodType::SepaDebit => {
                require(form, at, "billing_details[email]")?;
                require(form, at, "billing_details[name]")?;
                InstrumentSource::Known(Instrument::SepaDebit(read_sepa(form, at, settings.account)?))
            }
            MethodType::Klarna | MethodType::Paypal | MethodType::Link => {
                InstrumentSource::Known(Instrument::Wallet(read_wallet(form, at)?))
            }
            MethodType::UsBankAccount => {
                require(form, at, "billing_details[name]")?;
                InstrumentSource::Known(Instrument::UsBankAccount(read_us(form, at, settings.account)?))
            }
        };
        let redisplay = form.choice(&nested_name(at, "allow_redisplay"))?;
        let metadata = if at.is_empty() { MetadataChange::read(form)?.fresh() } else { Metadata::default() };
        Ok(Self {
            source,
            billing,
            allow_redisplay: redisplay.unwrap_or(AllowRedisplay::Unspecified),
            metadata,
        })
    }
}

fn read_type(form: &Form, name: &str) -> StripeResult<MethodType> {
    let name_of_type = form.required(name)?;
    MethodType::parse(name_of_type).ok_or_else(|| {
        StripeError::invalid(format!(
            "The payment method type \"{name_of_type}\" is not played by this sandbox. It plays {}.",
            alternatives::<MethodType>()
        ))
        .param(name)
    })
}

fn require(form: &Form, at: &str, name: &str) -> StripeResult<()> {
    form.required(&nested_name(at, name)).map(|_| ())
}

impl WorkContext<'_> {
    /// Creates a PaymentMethod that is not attached to a customer.
    pub(crate) fn create_payment_method(&mut self, new: NewMethod) -> StripeResult<PaymentMethod> {
        let metadata = new.metadata.clone();
        let preview = self.preview_of_new(new)?;
        let mut method = self.create_previewed_method(&preview);
        method.metadata = metadata;
        self.account.payment_methods.put(method.clone());
        Ok(method)
    }

    /// The parts of a new PaymentMethod, before the PaymentMethod is created. The token of a card is used up.
    pub(crate) fn preview_of_new(&mut self, new: NewMethod) -> StripeResult<MethodPreview> {
        let (instrument, token_owner) = match new.source {
            InstrumentSource::Known(instrument) => (instrument, None),
            InstrumentSource::Token(token) => {
                let (card, token_owner) = self.use_token(&token)?;
                (Instrument::Card(card), token_owner)
            }
        };
        let no_details = new.billing == BillingDetails::default();
        Ok(MethodPreview {
            method: None,
            customer: None,
            instrument: Arc::new(instrument),
            billing: Arc::new(if no_details { token_owner.unwrap_or_default() } else { new.billing }),
            allow_redisplay: new.allow_redisplay,
        })
    }

    /// Creates the PaymentMethod of a preview.
    pub(crate) fn create_previewed_method(&mut self, preview: &MethodPreview) -> PaymentMethod {
        let mut method = self.new_payment_method(Arc::clone(&preview.instrument));
        method.billing = Arc::clone(&preview.billing);
        method.allow_redisplay = preview.allow_redisplay;
        self.account.payment_methods.put(method.clone());
        method
    }
}
