//! The parameter `confirmation_token`: the details of a payment that an intent takes from a ConfirmationToken.

use std::sync::Arc;

use crate::attempt::Confirmation;
use crate::endpoints::payment_methods::selected::SelectedMethod;
use crate::error::{StripeError, StripeResult};
use crate::objects::confirmation_token::{ConfirmationToken, ElementsContext};
use crate::objects::intents::{FutureUsage, Intent, MethodTypes};
use crate::objects::payment_intent::{CaptureMethod, Terms};
use crate::state::WorkContext;
use crate::stripe_enum::StripeEnum;

impl WorkContext<'_> {
    /// The ConfirmationToken of a confirmation, if the caller named one. A ConfirmationToken that was used or
    /// that has expired is refused.
    pub(crate) fn token_of(
        &self,
        confirmation: &Confirmation,
    ) -> StripeResult<Option<Arc<ConfirmationToken>>> {
        const NAME: &str = "confirmation_token";
        let Some(id) = &confirmation.token else {
            return Ok(None);
        };
        let found = self.account.confirmation_tokens.snapshot(id);
        let token = found.ok_or_else(|| StripeError::missing("confirmationtoken", id, NAME).status(400))?;
        if let Some((of, intent)) = &token.used_for {
            return Err(StripeError::invalid(format!(
                "The provided ConfirmationToken ({id}) has already been used to confirm the {} {intent}. A \
                 ConfirmationToken can only be used once. Please create a new ConfirmationToken.",
                of.name()
            ))
            .param(NAME));
        }
        if self.unix_seconds() >= token.expires_at() {
            return Err(StripeError::invalid(format!(
                "The provided ConfirmationToken ({id}) has expired. Please create a new ConfirmationToken."
            ))
            .param(NAME));
        }
        Ok(Some(token))
    }

    /// Marks the ConfirmationToken of a confirmation as used for an intent.
    pub(crate) fn spend_token(&mut self, confirmation: &Confirmation, of: Intent, intent: &str) {
        let token = confirmation.token.as_deref().and_then(|id| self.account.confirmation_tokens.get_mut(id));
        if let Some(token) = token {
            token.used_for = Some((of, intent.to_owned()));
        }
    }
}

impl ConfirmationToken {
    /// The PaymentMethod of the ConfirmationToken.
    pub(crate) fn selected(&self) -> SelectedMethod {
        match &self.preview.method {
            Some(id) => SelectedMethod::Id(id.clone()),
            None => SelectedMethod::Preview(Box::new(self.preview.clone())),
        }
    }

    /// Adds the return URL and the consent that the call itself does not contain.
    pub(crate) fn complete(&self, confirmation: &mut Confirmation) {
        confirmation.return_url = confirmation.return_url.take().or_else(|| self.return_url.clone());
        confirmation.acceptance = confirmation.acceptance.take().or_else(|| self.acceptance.clone());
    }

    /// Adds the address and the later usage that the PaymentIntent itself does not have. Terms that do not match
    /// the Elements of the page are refused.
    pub(crate) fn apply(&self, terms: &mut Terms) -> StripeResult<()> {
        if let Some(elements) = &self.elements {
            elements.check(terms)?;
        }
        terms.setup_future_usage = terms.setup_future_usage.or(self.setup_future_usage);
        terms.shipping = terms.shipping.take().or_else(|| self.shipping.clone());
        Ok(())
    }
}

impl ElementsContext {
    fn check(&self, terms: &Terms) -> StripeResult<()> {
        if let Some(currency) = self.currency.as_ref().filter(|currency| **currency != terms.currency) {
            return Err(mismatch("currency", &terms.currency, currency));
        }
        if let Some(usage) = terms.setup_future_usage.filter(|usage| Some(*usage) != self.setup_future_usage)
        {
            let expected = self.setup_future_usage.map_or("null", FutureUsage::as_str);
            return Err(mismatch("setup_future_usage", usage.as_str(), expected));
        }
        let is_manual = |method: CaptureMethod| method == CaptureMethod::Manual;
        let expected = self.capture_method.unwrap_or(CaptureMethod::Automatic);
        if is_manual(terms.capture_method) != is_manual(expected) {
            return Err(mismatch("capture_method", terms.capture_method.as_str(), expected.as_str()));
        }
        self.check_types(&terms.method_types)
    }

    /// Refuses other types of PaymentMethods than the Elements list.
    fn check_types(&self, types: &MethodTypes) -> StripeResult<()> {
        let MethodTypes::Listed(listed) = types else {
            return Ok(());
        };
        let sorted = |types: &[String]| {
            let mut types = types.to_vec();
            types.sort();
            types
        };
        if self.method_types.is_empty() || sorted(listed) == sorted(&self.method_types) {
            return Ok(());
        }
        Err(mismatch("payment_method_types", &listed.join(", "), &self.method_types.join(", ")))
    }
}

fn mismatch(name: &str, provided: &str, expected: &str) -> StripeError {
    StripeError::invalid(format!(
        "The provided {name} ({provided}) does not match the expected {name} ({expected}). Try confirming with a \
         Payment Intent that is configured to use the same parameters as Stripe Elements."
    ))
}
