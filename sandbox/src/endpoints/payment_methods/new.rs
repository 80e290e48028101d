//! A new PaymentMethod, made by `POST /v1/payment_methods` or by `payment_method_data` in another call.

use std::sync::Arc;

use crate::changes::BillingChange;
use crate::endpoints::Rules;
use crate::endpoints::payment_methods::accounts::{read_sepa, read_us};
use crate::endpoints::payment_methods::raw_card::{CardSource, read_card};
use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::metadata::{Metadata, MetadataChange};
use crate::objects::billing_details::BillingDetails;
use crate::objects::means::{Means, MethodType};
use crate::objects::payment_method::{AllowRedisplay, PaymentMethod};
use crate::state::WorkContext;
use crate::words::{Word, one_of};

/// The parameters of a new PaymentMethod.
#[derive(Debug)]
pub(crate) struct NewMethod {
    behind: Behind,
    billing: BillingDetails,
    allow_redisplay: AllowRedisplay,
    metadata: Metadata,
}

/// The means of payment of a new PaymentMethod: complete, or a token of a card.
#[derive(Debug)]
enum Behind {
    Known(Means),
    Token(String),
}

/// The name of a parameter below another parameter: `card[number]` below `payment_method_data`.
pub(crate) fn below(at: &str, name: &str) -> String {
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
    pub(crate) fn read(form: &Form, at: &str, rules: Rules<'_>) -> Answer<Self> {
        let mut billing = BillingDetails::default();
        BillingChange::read(form, &below(at, "billing_details"))?.apply(&mut billing);
        let behind = match read_type(form, &below(at, "type"))? {
            MethodType::Card => match read_card(form, at, rules)? {
                CardSource::Card(card) => Behind::Known(Means::Card(card)),
                CardSource::Token(token) => Behind::Token(token),
            },
            MethodType::SepaDebit => {
                needs(form, at, "billing_details[email]")?;
                needs(form, at, "billing_details[name]")?;
                Behind::Known(Means::SepaDebit(read_sepa(form, at, rules.account)?))
            }
            MethodType::UsBankAccount => {
                needs(form, at, "billing_details[name]")?;
                Behind::Known(Means::UsBankAccount(read_us(form, at, rules.account)?))
            }
        };
        let redisplay = form.choice(&below(at, "allow_redisplay"))?;
        let metadata = if at.is_empty() { MetadataChange::read(form)?.fresh() } else { Metadata::default() };
        Ok(Self {
            behind,
            billing,
            allow_redisplay: redisplay.unwrap_or(AllowRedisplay::Unspecified),
            metadata,
        })
    }
}

fn read_type(form: &Form, name: &str) -> Answer<MethodType> {
    let said = form.required(name)?;
    MethodType::from_word(said).ok_or_else(|| {
        StripeError::invalid(format!(
            "The payment method type \"{said}\" is not played by this sandbox. It plays {}.",
            one_of::<MethodType>()
        ))
        .param(name)
    })
}

fn needs(form: &Form, at: &str, name: &str) -> Answer<()> {
    form.required(&below(at, name)).map(|_| ())
}

impl WorkContext<'_> {
    /// Creates a PaymentMethod that is not attached to a customer.
    pub(crate) fn make(&mut self, new: NewMethod) -> Answer<PaymentMethod> {
        let (means, owner) = match new.behind {
            Behind::Known(means) => (means, None),
            Behind::Token(token) => {
                let (card, owner) = self.spend_token(&token)?;
                (Means::Card(card), owner)
            }
        };
        let mut method = self.fresh_payment_method(means);
        let nothing_said = new.billing == BillingDetails::default();
        method.billing = Arc::new(if nothing_said { owner.unwrap_or_default() } else { new.billing });
        method.allow_redisplay = new.allow_redisplay;
        method.metadata = new.metadata;
        self.account.payment_methods.put(method.clone());
        Ok(method)
    }
}
