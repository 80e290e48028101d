//! Helpers for the plans of all commands: the payment of a follow-up, the idempotency key,
//! and a new operation.

use causeway::{refusal::Refusal, request::PaymentId};
use causeway_domain::{
    change::Versioned,
    idempotency::{IdempotencyKey, Parts},
    operation::{Lease, Operation, Progress},
    payment::Payment,
    policy,
};

use super::command::{Caller, Command, NewOperation};
use crate::{
    aggregate::{AccountRef, Aggregate},
    context::Context,
    phase::before_begin,
};

impl Context {
    /// Reads the payment of a follow-up. Another tenant's payment counts as not found.
    pub(crate) async fn payment(
        &self,
        caller: &Caller,
        id: PaymentId,
    ) -> Result<Versioned<Payment>, Refusal> {
        policy::active(self.tenant(&caller.tenant)?)?;
        let found = self.journal.payment(&caller.tenant, id).await.map_err(before_begin)?;
        let found = found.ok_or(Refusal::PaymentNotFound)?;
        self.processor(&found.value)?;
        Ok(found)
    }

    /// The idempotency key for the processor request of a command.
    pub(crate) fn key<C: Command>(
        &self,
        caller: &Caller,
        command: &C,
        account: &AccountRef<'_>,
    ) -> IdempotencyKey {
        IdempotencyKey::derive(&Parts {
            environment: &self.config.environment,
            tenant: &caller.tenant,
            account: account.key_account(),
            kind: C::Aggregate::kind(C::COMMAND).as_str(),
            request_id: command.request_id(),
        })
    }

    /// A new operation for a command, with fingerprint, key and first lease.
    pub(crate) fn operation<C: Command>(
        &self,
        caller: &Caller,
        command: &C,
        new: NewOperation<'_, C::Aggregate>,
    ) -> Operation {
        let started = self.clock.now();
        let open = matches!(new.progress, Progress::Open);
        Operation {
            id: new.id,
            tenant: caller.tenant.clone(),
            request_id: command.request_id().clone(),
            target: new.aggregate.target(C::COMMAND, new.card),
            fingerprint: command.content().fingerprint(&self.fingerprints, &self.environment),
            idempotency_key: self.key(caller, command, &new.aggregate.account()),
            request: new.request,
            started,
            lease: if open { self.leases.first(started) } else { Lease::free() },
            progress: new.progress,
            tries: 0,
            sent: started,
            key_spent: false,
        }
    }
}
