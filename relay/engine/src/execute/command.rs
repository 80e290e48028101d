//! The parts of an operation that differ between commands: the caller, the request, and the
//! beginning for the journal.

use std::time::Duration;

use async_trait::async_trait;
use causeway::{
    caller::ForwardedCaller,
    card::RawCard,
    refusal::Refusal,
    tenant::TenantName,
    text::{CardToken, RequestId},
};
use causeway_domain::{operation::Progress, payment::Payment, request::ProcessorRequest};
use causeway_ports::journal::{Begin, SpentNonce};

use crate::{
    admission::Slot, aggregate::Aggregate, context::Context, fingerprint::RequestContent,
    request_lock::RequestLock,
};

/// The caller of a command, with the deadline and the held capacity.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant that the request's signature proves.
    pub tenant: TenantName,
    /// The adapter's caller, for the caller's share of the tenant's operations; `None` if the adapter
    /// names none.
    pub forwarded: Option<ForwardedCaller>,
    /// The signature's nonce, spent with the first write; `None` for the relay's own calls.
    pub nonce: Option<SpentNonce>,
    /// The time that the caller waits; `None` means without a limit.
    pub patience: Option<Duration>,
    /// The capacity that the call holds.
    pub slot: Slot,
}

impl Caller {
    /// The relay as the caller, without a nonce and without a deadline.
    pub fn relay(tenant: &TenantName) -> Caller {
        Caller { tenant: tenant.clone(), forwarded: None, nonce: None, patience: None, slot: Slot::default() }
    }

    /// The same caller without a deadline, for an asynchronous command.
    pub(super) fn asynchronous(self) -> Caller {
        Caller { slot: Slot::from_now(None), ..self }
    }
}

/// A command: a parsed request that changes an aggregate.
#[async_trait]
pub trait Command: serde::Serialize + Send + Sync + 'static {
    /// The kind of aggregate that the command changes.
    type Aggregate: Aggregate;

    /// The command's kind, as stored with the operation.
    const COMMAND: <Self::Aggregate as Aggregate>::Command;

    /// The request id, the caller's idempotency key.
    fn request_id(&self) -> &RequestId;

    /// Whether the answer is sent before the outcome is known.
    fn is_asynchronous(&self) -> bool {
        false
    }

    /// The card data, if the request has a card number. The JSON form excludes card data.
    fn card(&self) -> Option<&RawCard> {
        None
    }

    /// The content that identifies a repeated request. The JSON form of a command must stay the
    /// same for requests that an earlier version accepted; otherwise a repetition after an upgrade
    /// looks like a different request.
    fn content(&self) -> RequestContent<'_> {
        // A command is plain data, so the JSON serialization cannot fail.
        let json = serde_json::to_vec(self).unwrap_or_default();
        RequestContent { kind: Self::Aggregate::kind(Self::COMMAND).as_str(), json, card: self.card() }
    }

    /// Steps 2 and 3: checks the request, and returns the beginning to write to the journal.
    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal>;
}

/// The beginning of an operation, and the lock to hold until the beginning is written.
pub struct Plan {
    pub(crate) begin: Begin,
    pub(crate) lock: Option<RequestLock>,
}

impl From<Begin> for Plan {
    fn from(begin: Begin) -> Plan {
        Plan { begin, lock: None }
    }
}

/// A new operation: the target, and the request to the processor.
pub(crate) struct NewOperation<'a, A> {
    pub(crate) id: uuid::Uuid,
    pub(crate) aggregate: &'a A,
    /// The stored card that the operation affects.
    pub(crate) card: Option<CardToken>,
    pub(crate) request: Option<ProcessorRequest>,
    pub(crate) progress: Progress,
}

impl<'a> NewOperation<'a, Payment> {
    /// An operation on a payment with a processor request.
    pub(crate) fn asking(
        id: uuid::Uuid,
        payment: &'a Payment,
        request: ProcessorRequest,
    ) -> NewOperation<'a, Payment> {
        let request = Some(request);
        NewOperation { id, aggregate: payment, card: None, request, progress: Progress::Open }
    }

    /// An operation on a payment without a processor request.
    pub(crate) fn without_request(
        id: uuid::Uuid,
        payment: &'a Payment,
        progress: Progress,
    ) -> NewOperation<'a, Payment> {
        NewOperation { id, aggregate: payment, card: None, request: None, progress }
    }
}
