//! Microdeposits: the owner reports the amounts of two small deposits, which proves that the account
//! belongs to the owner.

use std::sync::Arc;

use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::objects::instrument::Instrument;
use crate::objects::payment_method::PaymentMethod;
use crate::state::WorkContext;

/// The amounts of the deposits in test mode, and the code on the statement.
const AMOUNTS: [&str; 2] = ["32", "45"];
const CODE: &str = "SM11AA";

/// The owner's report of the microdeposits.
#[derive(Clone, Debug)]
pub(crate) struct MicrodepositReport {
    correct: bool,
}

/// The refusal of a report while no verification is pending.
pub(crate) fn not_waiting(name: &str, status: &str) -> StripeError {
    StripeError::invalid(format!(
        "This {name} cannot be actioned on because it has a status of {status}. Only a {name} with one of the \
         following statuses may be actioned on: [\"requires_action\"]."
    ))
    .code("intent_invalid_state")
}

impl MicrodepositReport {
    /// Parses the amounts or the code of the statement; at least one parameter is required.
    pub(crate) fn read(form: &Form) -> StripeResult<Self> {
        let (amounts, code) = (form.list("amounts"), form.text("descriptor_code")?);
        if amounts.is_empty() && code.is_none() {
            return Err(StripeError::invalid(
                "You must provide either `amounts` or `descriptor_code` to verify microdeposits.",
            ));
        }
        Ok(Self { correct: amounts == AMOUNTS || code == Some(CODE) })
    }

    /// Refuses amounts or a code that do not match the deposits.
    pub(crate) fn check(&self) -> StripeResult<()> {
        if self.correct {
            return Ok(());
        }
        Err(StripeError::invalid(
            "The microdeposit amounts or the descriptor code provided do not match those that were sent.",
        )
        .code("payment_method_microdeposit_verification_descriptor_code_mismatch"))
    }
}

impl WorkContext<'_> {
    /// Marks the bank account of a PaymentMethod as verified, and returns the PaymentMethod.
    pub(crate) fn mark_verified(&mut self, id: &str) -> StripeResult<PaymentMethod> {
        if let Some(method) = self.account.payment_methods.get_mut(id)
            && let Instrument::UsBankAccount(account) = Arc::make_mut(&mut method.instrument)
        {
            account.verified = true;
        }
        self.payment_method(id)
    }
}
