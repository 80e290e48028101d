//! Void is always refused, without a call to the processor. The refusal names the expiry of the
//! hold and the command to call instead.

use causeway::{refusal::Refusal, request::Void};
use causeway_domain::payment::{Payment, State};

use crate::{engine::Engine, execute::command::Caller, phase::before_begin};

impl Engine {
    /// The refusal of a Void for the current state of the payment.
    pub async fn void(&self, caller: &Caller, command: &Void) -> Refusal {
        match self.journal.payment(&caller.tenant, command.payment).await {
            Ok(Some(found)) => refusal(&found.value),
            Ok(None) => Refusal::VoidUnsupported {
                instead: "there is no payment of this id".to_owned(),
                hold_expires: None,
            },
            Err(error) => before_begin(error),
        }
    }
}
fn refusal(payment: &Payment) -> Refusal {
    Refusal::VoidUnsupported { instead: instead(payment), hold_expires: payment.hold_expires() }
}

fn instead(payment: &Payment) -> String {
    let amount = payment.order.amount;
    match &payment.state {
        State::Authorized { hold_expires: Some(at) } => {
            format!(
                "its hold of {amount} lapses by itself on {at} unless it is captured before; call Capture to take it, or leave it"
            )
        }
        State::Authorized { hold_expires: None } => {
            format!(
                "its hold of {amount} lapses by itself, mostly 7 days after it was made; call Capture to take it, or leave it"
            )
        }
        State::Captured { captured } => format!("{captured} was captured; call Refund to give it back"),
        State::Started | State::Pending | State::Unknown { .. } => {
            "it is not decided yet; repeat its Authorize to learn the outcome".to_owned()
        }
        State::ActionRequired { .. } => {
            "it waits for the payer; repeat its Authorize to see whether that has changed".to_owned()
        }
        State::Declined { .. }
        | State::Released
        | State::Expired { .. }
        | State::NotCharged
        | State::Canceled => "it holds nothing any more".to_owned(),
    }
}
