//! The same request again: the first answer, or the end of a story that broke off.

use causeway::{refusal::Refusal, v1};
use jiff::SignedDuration;
use prost::Message;

use super::{Caller, Desk, Order, unwritable};
use crate::{
    journal::{Kind, Operation, Progress, Written},
    payment::{Payment, failure::Failure, observe::Outcome},
    stripe::{client::Heard, request::StripeRequest},
};

/// Stripe keeps a key for at least 24 hours. After that the same key would be a
/// new charge, so it is not sent any more one hour before.
const KEY_LIVES: SignedDuration = SignedDuration::from_hours(23);

impl Desk {
    pub(super) async fn again<O: Order>(
        &self,
        caller: &Caller,
        order: &O,
        before: Operation,
    ) -> Result<v1::OperationResult, Refusal> {
        if before.fingerprint != order.fingerprint() {
            return Err(Refusal::RequestIdReused { request_id: order.request_id().to_string() });
        }
        if self.journal.spend(caller.nonce.clone()).await.map_err(unwritable)? == Written::NonceSpent {
            return Err(Refusal::LinkReplay);
        }
        let result = match &before.progress {
            Progress::Finished { answer } => {
                v1::OperationResult::decode(answer.as_slice()).map_err(|error| {
                    tracing::error!(%error, operation = %before.id, "a stored answer cannot be read");
                    Refusal::Internal
                })?
            }
            // The payer may have acted meanwhile, or Stripe have decided.
            Progress::Waiting => self.look(&before).await?,
            // Nobody works on it, since this request has the turn: an earlier relay
            // died, or Stripe could not be heard. The same key makes it safe.
            Progress::Open | Progress::Unknown => self.take_up(&before).await?,
        };
        Ok(v1::OperationResult { duplicate: true, ..result })
    }

    /// Asks Stripe again under the same key while that is safe, and looks the object
    /// up where that did not tell or is not safe any more.
    async fn take_up(&self, before: &Operation) -> Result<v1::OperationResult, Refusal> {
        if self.surroundings.now().duration_since(before.started) < KEY_LIVES {
            let result = self.finish(before, Heard::Maybe).await?;
            if result.outcome() != v1::Outcome::Unknown {
                return Ok(result);
            }
        }
        self.look(before).await
    }

    /// Looks at the operation's object at Stripe, if its id is known. It moves nothing
    /// there; what it shows moves the payment here.
    async fn look(&self, before: &Operation) -> Result<v1::OperationResult, Refusal> {
        let payment = self.current(before).await.map_err(|_| Refusal::Internal)?.payment;
        let Some(path) = object(before, &payment) else { return Ok(nobody_knows(&payment)) };
        let asked = self.client(&payment)?.look(&path).await;
        self.conclude(before, asked).await
    }
}

/// Where the object is that an operation is about, once its id is known.
fn object(operation: &Operation, payment: &Payment) -> Option<String> {
    match operation.kind {
        Kind::Authorize | Kind::Capture => {
            payment.facts.payment_intent.as_deref().map(StripeRequest::intent_path)
        }
        Kind::Refund => {
            let refund = payment.refund_of(&operation.request_id)?;
            refund.processor_id.as_deref().map(StripeRequest::refund_path)
        }
    }
}

fn nobody_knows(payment: &Payment) -> v1::OperationResult {
    let failure = Failure::unresolved(
        "Stripe's answer was never heard, and its key must not or need not be sent again; find the payment in \
         Stripe's dashboard by its metadata causeway_payment",
    );
    Outcome::Unknown(failure).to_wire(payment)
}
