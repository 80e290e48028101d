//! An operation as it differs from the others: the caller, the request, and the beginning that is
//! written down.

use std::time::Duration;

use async_trait::async_trait;
use causeway::{
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

/// The caller of a command, and how long the caller waits.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant, as the signature proves.
    pub tenant: TenantName,
    /// The signature's nonce, spent with the first write; `None`: the relay itself calls.
    pub nonce: Option<SpentNonce>,
    /// How long the caller waits; `None`: as long as it takes.
    pub patience: Option<Duration>,
    /// The caller's share of the room for new operations.
    pub slot: Slot,
}

impl Caller {
    /// The relay itself.
    pub fn relay(tenant: &TenantName) -> Caller {
        Caller { tenant: tenant.clone(), nonce: None, patience: None, slot: Slot::default() }
    }

    /// A caller whose answer does not wait for the outcome.
    pub(super) fn asynchronous(self) -> Caller {
        Caller { slot: Slot::from_now(None), ..self }
    }
}

/// A command: a parsed request that changes something.
#[async_trait]
pub trait Command: serde::Serialize + Send + Sync + 'static {
    /// Its target.
    type Aggregate: Aggregate;

    /// Which command it is.
    const COMMAND: <Self::Aggregate as Aggregate>::Command;

    /// The caller's idempotency key.
    fn request_id(&self) -> &RequestId;

    /// Whether the answer comes before the outcome.
    fn is_asynchronous(&self) -> bool {
        false
    }

    /// The card, if its number was given. It is no part of the JSON.
    fn card(&self) -> Option<&RawCard> {
        None
    }

    /// The content that makes the request the same. The JSON of a command must not change for
    /// requests that an earlier version took, or their repetitions over an upgrade look changed.
    fn content(&self) -> RequestContent<'_> {
        // A command is plain data; it always has a JSON form.
        let json = serde_json::to_vec(self).unwrap_or_default();
        RequestContent { kind: Self::Aggregate::kind(Self::COMMAND).as_str(), json, card: self.card() }
    }

    /// Steps 2 and 3: examines the request, and gives the beginning that is to be written down.
    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal>;
}

/// The beginning that is to be written down, and the lock that is held until it is.
pub struct Plan {
    pub(crate) begin: Begin,
    pub(crate) lock: Option<RequestLock>,
}

impl From<Begin> for Plan {
    fn from(begin: Begin) -> Plan {
        Plan { begin, lock: None }
    }
}

/// A new operation: its target, and the request to the processor.
pub(crate) struct NewOperation<'a, A> {
    pub(crate) id: uuid::Uuid,
    pub(crate) aggregate: &'a A,
    /// The stored card that it is about.
    pub(crate) card: Option<CardToken>,
    pub(crate) request: Option<ProcessorRequest>,
    pub(crate) progress: Progress,
}

impl<'a> NewOperation<'a, Payment> {
    /// An operation on a payment that asks the processor.
    pub(crate) fn asking(
        id: uuid::Uuid,
        payment: &'a Payment,
        request: ProcessorRequest,
    ) -> NewOperation<'a, Payment> {
        let request = Some(request);
        NewOperation { id, aggregate: payment, card: None, request, progress: Progress::Open }
    }

    /// An operation on a payment that asks for nothing.
    pub(crate) fn without_request(
        id: uuid::Uuid,
        payment: &'a Payment,
        progress: Progress,
    ) -> NewOperation<'a, Payment> {
        NewOperation { id, aggregate: payment, card: None, request: None, progress }
    }
}
