//! The same request again: the first answer, or the end of a story that broke off.

use causeway::{refusal::Refusal, v1};
use jiff::SignedDuration;
use prost::Message;

use super::{Caller, Desk, Order, unwritable};
use crate::{
    journal::{Operation, Progress, Written},
    payment::{failure::Failure, observe::Outcome},
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
            // Nobody works on it, since this request has the turn: an earlier relay
            // died, or Stripe could not be heard. The same key makes it safe.
            Progress::Open | Progress::Unknown if self.key_lives(&before) => self.finish(&before).await?,
            Progress::Open | Progress::Unknown => self.too_old(&before).await?,
        };
        Ok(v1::OperationResult { duplicate: true, ..result })
    }

    fn key_lives(&self, operation: &Operation) -> bool {
        self.surroundings.now().duration_since(operation.started) < KEY_LIVES
    }

    async fn too_old(&self, operation: &Operation) -> Result<v1::OperationResult, Refusal> {
        let found = self.journal.payment(&operation.tenant, operation.payment).await.map_err(unwritable)?;
        let payment = found.ok_or(Refusal::Internal)?.payment;
        let why = "Stripe may have forgotten the key by now, so asking again could charge twice; look the payment up in \
                   Stripe's dashboard by its metadata causeway_payment";
        Ok(Outcome::Unknown(Failure::unknown(why)).to_wire(&payment))
    }
}
