//! The command `check`, which asks for a policy verdict and makes no payment.

use causeway::{
    method::{METHODS, Method},
    v1,
};
use clap::Args;

use super::authorize::Authorize;
use crate::problem::Problem;

/// The payment to judge, with the options of `authorize`.
#[derive(Debug, Args)]
// A check writes no row to the journal, so the option for an early answer is hidden.
#[command(mut_arg("answer_at_once", |answering| answering.hide(true)))]
pub(crate) struct Check {
    #[command(flatten)]
    payment: Authorize,
    /// The method to judge, as in Tokenize or Void [default: Authorize]
    #[arg(long, value_name = "NAME", value_parser = operation)]
    operation: Option<Method>,
}

/// Parses the name of a method that has an effect, or that is always refused.
fn operation(text: &str) -> Result<Method, String> {
    let mut methods = METHODS.into_iter().filter(|method| method.changes || method.refused);
    let names: Vec<_> = methods.clone().map(|method| method.name).collect();
    methods
        .find(|method| method.name.eq_ignore_ascii_case(text))
        .ok_or_else(|| format!("it is one of {}", names.join(", ")))
}

impl Check {
    /// Builds the message. A check needs no request id.
    pub(crate) fn message(mut self) -> Result<v1::CheckPolicyRequest, Problem> {
        let request_id = self.payment.request_id.take().unwrap_or_default();
        Ok(v1::CheckPolicyRequest {
            operation: self.operation.map(|method| method.name.to_owned()).unwrap_or_default(),
            payment: Some(self.payment.message(|| request_id)?),
        })
    }
}
