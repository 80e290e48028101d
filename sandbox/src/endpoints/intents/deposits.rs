//! Two small deposits: the owner of an account tells what they were, which shows that the account is theirs.

use std::sync::Arc;

use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::means::Means;
use crate::objects::payment_method::PaymentMethod;
use crate::state::Desk;

/// What the deposits are in tests, as amounts or as a code on the statement.
const AMOUNTS: [&str; 2] = ["32", "45"];
const CODE: &str = "SM11AA";

/// What the owner tells.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    right: bool,
}

/// The refusal while nothing is to be told.
pub(crate) fn not_waiting(name: &str, status: &str) -> StripeError {
    StripeError::invalid(format!(
        "This {name} cannot be actioned on because it has a status of {status}. Only a {name} with one of the \
         following statuses may be actioned on: [\"requires_action\"]."
    ))
    .code("intent_invalid_state")
}

impl Told {
    /// Reads what is told.
    pub(crate) fn read(form: &Form) -> Answer<Self> {
        let (amounts, code) = (form.list("amounts"), form.text("descriptor_code")?);
        if amounts.is_empty() && code.is_none() {
            return Err(StripeError::invalid(
                "You must provide either `amounts` or `descriptor_code` to verify microdeposits.",
            ));
        }
        Ok(Self { right: amounts == AMOUNTS || code == Some(CODE) })
    }

    /// Refuses what is wrong.
    pub(crate) fn check(&self) -> Answer<()> {
        if self.right {
            return Ok(());
        }
        Err(StripeError::invalid(
            "The microdeposit amounts or the descriptor code provided do not match those that were sent.",
        )
        .code("payment_method_microdeposit_verification_descriptor_code_mismatch"))
    }
}

impl Desk<'_> {
    /// The PaymentMethod whose owner has shown that the account is theirs.
    pub(crate) fn verified(&mut self, id: &str) -> Answer<PaymentMethod> {
        if let Some(method) = self.account.payment_methods.get_mut(id)
            && let Means::UsBankAccount(account) = Arc::make_mut(&mut method.means)
        {
            account.verified = true;
        }
        self.payment_method(id)
    }
}
