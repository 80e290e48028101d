//! The same request again: the first answer, or the end of a story that broke off. Recovery
//! goes the same way.

use std::{sync::Arc, time::Duration};

use causeway::refusal::Refusal;

use super::{
    Caller, Desk, Order,
    subject::{self, Subject},
    unwritable,
};
use crate::{
    journal::{Changes, Operation, Progress, Record, Source, Written, lease::Claim},
    payment::observe::Outcome,
    recovery::{
        leases::{Held, Leases},
        plan::{self, Asker, Step},
    },
    stripe::client::Heard,
};

/// How often it is looked whether another relay has found out.
const ANOTHER_RELAY: Duration = Duration::from_millis(250);

impl Desk {
    pub(super) async fn again<O: Order>(
        self: &Arc<Self>,
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
        causeway_runtime::failpoint!("relay.repeat.known");
        let answer = self.end_of::<O::About>(before, (Asker::Billing, Source::Api)).await?;
        Ok(O::About::repeated(answer))
    }

    /// How an operation has ended, or how far it is. Whoever calls has its turn, so nobody
    /// works on it in this relay: an earlier one died, or Stripe could not be heard.
    async fn end_of<S: Subject>(
        self: &Arc<Self>,
        mut before: Operation,
        (asker, source): (Asker, Source),
    ) -> Result<S::Answer, Refusal> {
        loop {
            if let Some(answer) = subject::answered::<S>(&before)? {
                return Ok(answer);
            }
            if before.progress == Progress::Waiting {
                // The payer may have acted meanwhile, or Stripe have decided.
                return self.look::<S>(&before, (source, false)).await;
            }
            let (tenant, request_id) = (before.tenant.clone(), before.request_id.clone());
            match self.claim(before, asker).await? {
                Claimed::Ours { operation, step, held: _held } => {
                    let answer = self.take_up::<S>(&operation, step, source).await;
                    if answer.is_err() {
                        self.put_off(&operation).await;
                    }
                    return answer;
                }
                Claimed::AnotherRelays(now) if asker == Asker::Recovery => {
                    let it = self.current::<S>(&now).await.map_err(|_| Refusal::Internal)?.it;
                    return Ok(it.answer(&now, &Outcome::Unknown(S::unknown("another relay works on it"))));
                }
                Claimed::AnotherRelays(_) => tokio::time::sleep(ANOTHER_RELAY).await,
            }
            let now = self.journal.operation(&tenant, &request_id).await.map_err(unwritable)?;
            before = now.ok_or(Refusal::Internal)?;
        }
    }

    /// It could not even be asked, as while the journal cannot be read, or with a payment system
    /// that is not there any more. It is looked at by the schedule, like any other that had no
    /// answer.
    async fn put_off(&self, operation: &Operation) {
        let put_off = async {
            let next = self.next_look(operation, true).await?;
            let (progress, changes) = (Progress::Unknown, Changes::default());
            let epoch = operation.lease.epoch;
            let record = Record { operation: operation.id, epoch, next, progress, key_spent: false, changes };
            self.journal.record(record).await
        };
        if let Err(error) = put_off.await {
            tracing::warn!(%error, operation = %operation.id, "it is taken up again when its lease lapses");
        }
    }

    /// Takes the lease of an operation that is not known to have ended.
    async fn claim(self: &Arc<Self>, operation: Operation, asker: Asker) -> Result<Claimed, Refusal> {
        let now = self.steady.now();
        let age = now.duration_since(operation.started);
        let not_after = self.settings.recovery.charge_not_after;
        let step = plan::step(operation.kind, asker, age, not_after, operation.key_spent);
        let until = Leases::until(now);
        let claim = Claim {
            operation: operation.id,
            epoch: operation.lease.epoch,
            owner: self.leases.owner(),
            now,
            until,
            sends: step == Step::Resend,
        };
        causeway_runtime::failpoint!("relay.lease.before_claim");
        if !self.journal.claim(claim).await.map_err(unwritable)? {
            return Ok(Claimed::AnotherRelays(operation));
        }
        causeway_runtime::failpoint!("relay.lease.claimed");
        let mut operation = operation;
        operation.lease.epoch = operation.lease.epoch.saturating_add(1);
        operation.tries = operation.tries.saturating_add(1);
        if step == Step::Resend {
            operation.sent = now;
        }
        let held = self.leases.hold(operation.id);
        Ok(Claimed::Ours { operation, step, held })
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
            Some(now) => self.end_of::<S>(now, (Asker::Recovery, source)).await.map(Some),
        }
    }

    /// Asks Stripe again under the same key while that is safe, and looks the object
    /// up where that did not tell or is not safe any more.
    async fn take_up<S: Subject>(
        self: &Arc<Self>,
        before: &Operation,
        step: Step,
        source: Source,
    ) -> Result<S::Answer, Refusal> {
        if step == Step::Look {
            return self.look::<S>(before, (source, false)).await;
        }
        causeway_runtime::failpoint!("relay.recovery.before_ask");
        let asked = self.ask::<S>(before, Heard::Maybe).await?;
        let silent = asked.is_silence();
        let answer = self.conclude::<S>(before, asked, (source, true)).await?;
        causeway_runtime::failpoint!("relay.recovery.recorded");
        let now = self.journal.operation(&before.tenant, &before.request_id).await.map_err(unwritable)?;
        match now {
            // Still nobody knows, and Stripe may have spent the key on a 500.
            Some(now) if now.is_unknown() => self.look::<S>(&now, (source, silent)).await,
            Some(_) | None => Ok(answer),
        }
    }

    /// Looks at the operation's object at Stripe, by its id or by our marks. It moves nothing
    /// there; what it shows moves the payment here. `silent`: it was asked for again just now,
    /// and there was no answer.
    async fn look<S: Subject>(
        self: &Arc<Self>,
        before: &Operation,
        (source, mut silent): (Source, bool),
    ) -> Result<S::Answer, Refusal> {
        let mut it = self.current::<S>(before).await.map_err(|_| Refusal::Internal)?.it;
        if let Some(path) = it.object(before) {
            let asked = self.processor(&it)?.look(&path).await;
            causeway_runtime::failpoint!("relay.recovery.looked");
            return self.conclude::<S>(before, asked, (source, silent)).await;
        }
        if it.settled(before).is_none() {
            if let Err(refusal) = it.search(self, before, source).await {
                tracing::info!(operation = %before.id, "looked for in vain: {refusal}");
                silent = true;
            }
            causeway_runtime::failpoint!("relay.recovery.searched");
            it = self.current::<S>(before).await.map_err(|_| Refusal::Internal)?.it;
        }
        let outcome = it.settled(before).unwrap_or_else(nobody_knows::<S>);
        self.close::<S>(before, it.answer(before, &outcome), (&outcome, silent)).await
    }

    /// What it is about shows how the operation has ended, without an answer of its own; or
    /// it does not.
    async fn close<S: Subject>(
        &self,
        before: &Operation,
        answer: S::Answer,
        (outcome, soon): (&Outcome, bool),
    ) -> Result<S::Answer, Refusal> {
        let progress = subject::progress::<S>(outcome, &answer);
        let next = match progress {
            Progress::Unknown => self.next_look(before, soon).await.map_err(unwritable)?,
            Progress::Open | Progress::Waiting | Progress::Finished { .. } => None,
        };
        let changes = Changes::default();
        let epoch = before.lease.epoch;
        let record = Record { operation: before.id, epoch, next, progress, key_spent: false, changes };
        match self.journal.record(record).await.map_err(unwritable)? {
            Written::Taken => tracing::info!(operation = %before.id, "another relay has taken it up"),
            Written::Done | Written::Moved | Written::RequestKnown | Written::NonceSpent => {}
        }
        Ok(answer)
    }
}

/// Whose an operation is now.
enum Claimed {
    /// Ours, as long as the lease is held.
    Ours { operation: Operation, step: Step, held: Held },
    /// Another relay's, as it was read.
    AnotherRelays(Operation),
}

fn nobody_knows<S: Subject>() -> Outcome {
    let what = "Stripe's answer was never heard, and its key must not or need not be sent again; find it in \
                Stripe's dashboard by its metadata causeway_operation";
    Outcome::Unknown(S::unknown("").unresolved(what))
}
