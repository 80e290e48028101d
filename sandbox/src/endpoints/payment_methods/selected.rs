//! The PaymentMethod that a caller selects for an intent: an existing PaymentMethod, or a new PaymentMethod
//! made by the same call.

use crate::endpoints::CallSettings;
use crate::endpoints::payment_methods::new::NewMethod;
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::objects::confirmation_token::MethodPreview;
use crate::objects::intents::Intent;
use crate::objects::payment_method::PaymentMethod;
use crate::state::WorkContext;

/// The PaymentMethod that a caller selects.
#[derive(Debug)]
pub(crate) enum SelectedMethod {
    /// The id of an existing PaymentMethod or of a test card.
    Id(String),
    /// A new PaymentMethod from `payment_method_data`.
    New(Box<NewMethod>),
    /// A new PaymentMethod from a ConfirmationToken.
    Preview(Box<MethodPreview>),
}

impl SelectedMethod {
    /// Reads `payment_method` and `payment_method_data`, which exclude each other.
    pub(crate) fn read(form: &Form, settings: CallSettings<'_>) -> StripeResult<Option<Self>> {
        match (form.text("payment_method")?, form.has("payment_method_data")) {
            (Some(_), true) => Err(StripeError::invalid(
                "You may only specify one of these parameters: payment_method, payment_method_data.",
            )
            .code("parameters_exclusive")),
            (Some(id), false) => Ok(Some(Self::Id(id.to_owned()))),
            (None, true) => {
                let new = NewMethod::read(form, "payment_method_data", settings)?;
                Ok(Some(Self::New(Box::new(new))))
            }
            (None, false) => Ok(None),
        }
    }
}

impl WorkContext<'_> {
    /// The selected PaymentMethod, if the customer may pay with the PaymentMethod or
    /// set the PaymentMethod up.
    pub(crate) fn select_method(
        &mut self,
        selected: SelectedMethod,
        customer: Option<&str>,
        of: Intent,
    ) -> StripeResult<PaymentMethod> {
        match selected {
            SelectedMethod::Id(id) => self.payment_method_for(&id, customer, of),
            SelectedMethod::New(new) => self.create_payment_method(*new),
            SelectedMethod::Preview(preview) => Ok(self.create_previewed_method(&preview)),
        }
    }
}
