//! The same request again: the first answer, or the end of a story that broke off.

use std::sync::Arc;

use causeway::refusal::Refusal;
use jiff::SignedDuration;

use super::{
    Caller, Desk, Order,
    subject::{self, Subject},
    unwritable,
};
use crate::{
    journal::{Changes, Operation, Progress, Record, Source, Written},
    payment::observe::Outcome,
    stripe::client::Heard,
};

/// Stripe keeps a key for at least 24 hours. After that the same key would be a
/// new charge, so it is not sent any more one hour before.
pub(super) const KEY_LIVES: SignedDuration = SignedDuration::from_hours(23);

impl Desk {
    pub(super) async fn again<O: Order>(
        &self,
        caller: &Caller,
        order: &O,
        before: Operation,
    ) -> Result<<O::About as Subject>::Answer, Refusal> {
        self.same(order, &before)?;
        if let Some(nonce) = &caller.nonce
            && self.journal.spend(nonce.clone()).await.map_err(unwritable)? == Written::NonceSpent
        {
            return Err(Refusal::LinkReplay);
        }
        let answer = match subject::answered::<O::About>(&before)? {
            Some(answer) => answer,
            // The payer may have acted meanwhile, or Stripe have decided.
            None if before.progress == Progress::Waiting => {
                self.look::<O::About>(&before, Source::Api).await?
            }
            // Nobody works on it, since this request has the turn: an earlier relay
            // died, or Stripe could not be heard. The same key makes it safe.
            None => self.take_up::<O::About>(&before, Source::Api).await?,
        };
        Ok(O::About::repeated(answer))
    }

    /// Takes up an operation that nobody works on. `None`: somebody does, or it is done.
    pub(crate) async fn resume<S: Subject>(
        self: &Arc<Self>,
        operation: &Operation,
        source: Source,
    ) -> Result<Option<S::Answer>, Refusal> {
        if self.turns.is_taken(&operation.tenant, operation.request_id.as_str()) {
            return Ok(None);
        }
        self.resume_in_turn::<S>(operation, source).await
    }

    /// Looks what became of an operation that nobody works on, and asks for nothing.
    pub(crate) async fn look_after<S: Subject>(
        self: &Arc<Self>,
        operation: &Operation,
        source: Source,
    ) -> Result<Option<S::Answer>, Refusal> {
        if self.turns.is_taken(&operation.tenant, operation.request_id.as_str()) {
            return Ok(None);
        }
        let _turn = self.turns.wait(&operation.tenant, operation.request_id.as_str()).await;
        self.look::<S>(operation, source).await.map(Some)
    }

    /// The same, after whoever works on it. `None`: it is done.
    pub(crate) async fn resume_in_turn<S: Subject>(
        self: &Arc<Self>,
        operation: &Operation,
        source: Source,
    ) -> Result<Option<S::Answer>, Refusal> {
        let _turn = self.turns.wait(&operation.tenant, operation.request_id.as_str()).await;
        let now =
            self.journal.operation(&operation.tenant, &operation.request_id).await.map_err(unwritable)?;
        match now {
            None | Some(Operation { progress: Progress::Finished { .. }, .. }) => Ok(None),
            Some(now) if now.progress == Progress::Waiting => self.look::<S>(&now, source).await.map(Some),
            Some(now) => self.take_up::<S>(&now, source).await.map(Some),
        }
    }

    /// Asks Stripe again under the same key while that is safe, and looks the object
    /// up where that did not tell or is not safe any more.
    async fn take_up<S: Subject>(&self, before: &Operation, source: Source) -> Result<S::Answer, Refusal> {
        if self.surroundings.now().duration_since(before.started) >= KEY_LIVES {
            return self.look::<S>(before, source).await;
        }
        let answer = self.finish::<S>(before, Heard::Maybe, source).await?;
        let unknown = S::told(&answer).0 == causeway::v1::Outcome::Unknown;
        let it = self.current::<S>(before).await.map_err(|_| Refusal::Internal)?.it;
        // Without an id to look at, the same request is what finds it out.
        if unknown && it.object(before).is_some() { self.look::<S>(before, source).await } else { Ok(answer) }
    }

    /// Looks at the operation's object at Stripe, if its id is known. It moves nothing
    /// there; what it shows moves the payment here.
    async fn look<S: Subject>(&self, before: &Operation, source: Source) -> Result<S::Answer, Refusal> {
        let it = self.current::<S>(before).await.map_err(|_| Refusal::Internal)?.it;
        let Some(path) = it.object(before) else {
            return match it.settled(before) {
                Some(outcome) => self.close::<S>(before, it.answer(before, &outcome), &outcome).await,
                None => Ok(it.answer(before, &nobody_knows::<S>())),
            };
        };
        let asked = self.processor(&it)?.look(&path).await;
        self.conclude::<S>(before, asked, source).await
    }

    /// What it is about shows how the operation has ended, without an answer of its own.
    async fn close<S: Subject>(
        &self,
        before: &Operation,
        answer: S::Answer,
        outcome: &Outcome,
    ) -> Result<S::Answer, Refusal> {
        let progress = subject::progress::<S>(outcome, &answer);
        let record = Record { operation: before.id, progress, changes: Changes::default() };
        self.journal.record(record).await.map_err(unwritable)?;
        Ok(answer)
    }
}

fn nobody_knows<S: Subject>() -> Outcome {
    let what = "Stripe's answer was never heard, and its key must not or need not be sent again; find it in \
                Stripe's dashboard by its metadata causeway_operation";
    Outcome::Unknown(S::unknown("").unresolved(what))
}
