//! An operation as it differs from the others: who asks, what for, and what is to be
//! written down of it.

use std::time::Duration;

use async_trait::async_trait;
use causeway::{card::RawCard, refusal::Refusal, tenant::TenantName, text::RequestId};

use super::{Desk, subject::Subject, turn::Turn};
use crate::{
    admission::Slot,
    fingerprint::Asked,
    journal::{About, Begin, Kind, Progress, SpentNonce},
    payment::Payment,
    stripe::request::StripeRequest,
};

/// Who asks, and how long they wait.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose request, as the signature proves.
    pub tenant: TenantName,
    /// The signature's nonce, spent with the first write; `None`: it is the relay itself.
    pub nonce: Option<SpentNonce>,
    /// How long the caller waits; `None`: as long as it takes.
    pub patience: Option<Duration>,
    /// What it has of the room for new operations.
    pub slot: Slot,
}

impl Caller {
    /// The relay itself.
    pub(crate) fn itself(tenant: &TenantName) -> Caller {
        Caller { tenant: tenant.clone(), nonce: None, patience: None, slot: Slot::default() }
    }

    /// Whose answer does not wait for the outcome.
    pub(super) fn in_no_hurry(self) -> Caller {
        Caller { slot: Slot::from_now(None), ..self }
    }
}

/// An operation as it differs from the others.
#[async_trait]
pub trait Order: serde::Serialize + Send + Sync + 'static {
    /// Which one it is.
    const KIND: Kind;

    /// What it is about.
    type About: Subject;

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

    /// What makes the request the same. The JSON of an order must not change for what
    /// could be asked before, or requests that are repeated over an upgrade look changed.
    fn asked(&self) -> Asked<'_> {
        // An order is plain data; it always has a JSON form.
        let json = serde_json::to_vec(self).unwrap_or_default();
        Asked { kind: Self::KIND.as_str(), json, card: self.card() }
    }

    /// Steps 2 and 3: examines the order and says what is to be written down.
    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal>;
}

/// What is to be written down, and whose turn it is until that is done.
pub struct Prepared {
    pub(super) begin: Begin,
    pub(super) turn: Option<Turn>,
}

impl From<Begin> for Prepared {
    fn from(begin: Begin) -> Prepared {
        Prepared { begin, turn: None }
    }
}

/// What an order's operation is about, and what the processor is asked.
pub(super) struct New<'a> {
    pub(super) id: uuid::Uuid,
    pub(super) about: About,
    /// The payment system's name and Stripe account.
    pub(super) system: (&'a str, &'a str),
    pub(super) request: Option<StripeRequest>,
    pub(super) progress: Progress,
}

impl<'a> New<'a> {
    pub(super) fn about_payment(id: uuid::Uuid, payment: &'a Payment, request: StripeRequest) -> New<'a> {
        let system = (payment.payment_system.as_str(), payment.account.as_str());
        let about = About::Payment(payment.id);
        New { id, about, system, request: Some(request), progress: Progress::Open }
    }
}
