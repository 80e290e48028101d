//! The PaymentMethod that a caller selects for an intent: an existing PaymentMethod, or a new PaymentMethod
//! made by the same call.

use crate::endpoints::Rules;
use crate::endpoints::payment_methods::new::NewMethod;
use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::intents::Intent;
use crate::objects::payment_method::PaymentMethod;
use crate::state::WorkContext;

/// The PaymentMethod that a caller selects.
#[derive(Debug)]
pub(crate) enum Chosen {
    /// The id of an existing PaymentMethod or of a test card.
    Id(String),
    /// A new PaymentMethod from `payment_method_data`.
    New(Box<NewMethod>),
}

impl Chosen {
    /// Reads `payment_method` and `payment_method_data`, which exclude each other.
    pub(crate) fn read(form: &Form, rules: Rules<'_>) -> Answer<Option<Self>> {
        match (form.text("payment_method")?, form.has("payment_method_data")) {
            (Some(_), true) => Err(StripeError::invalid(
                "You may only specify one of these parameters: payment_method, payment_method_data.",
            )
            .code("parameters_exclusive")),
            (Some(id), false) => Ok(Some(Self::Id(id.to_owned()))),
            (None, true) => {
                let new = NewMethod::read(form, "payment_method_data", rules)?;
                Ok(Some(Self::New(Box::new(new))))
            }
            (None, false) => Ok(None),
        }
    }
}

impl WorkContext<'_> {
    /// The selected PaymentMethod, if the customer may pay with the PaymentMethod or
    /// set the PaymentMethod up.
    pub(crate) fn choose(
        &mut self,
        chosen: Chosen,
        customer: Option<&str>,
        of: Intent,
    ) -> Answer<PaymentMethod> {
        match chosen {
            Chosen::Id(id) => self.payment_method_for(&id, customer, of),
            Chosen::New(new) => self.make(*new),
        }
    }
}
