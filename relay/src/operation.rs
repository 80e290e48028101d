//! The story of each operation, from request to answer. It is the same for all:
//!
//! 1. the same request before? its answer, and done
//! 2. may it be? the rules for a new payment, the payment's state for a follow-up
//! 3. begin: on disk before anything leaves
//! 4. ask Stripe, in a task of its own: a caller that hangs up stops nothing
//! 5. what Stripe says moves the payment
//! 6. record: on disk before anybody is answered
//!
//! The order is not to be changed. What differs between operations, the second and
//! third step, is in a file each.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway::{
    link::credential::TenantName, order::PaymentId, refusal::Refusal, surroundings::Surroundings,
    text::RequestId, v1,
};
use tokio_util::task::TaskTracker;

use crate::{
    journal::{Begin, Journal, JournalError, Kind, Operation, Progress, SpentNonce, Written},
    payment::{Payment, failure::Failure, observe::Outcome},
    settings::{Settings, Tenant},
    stripe::client::{Heard, StripeClient},
};

/// Hold an amount, or take it at once.
pub mod authorize;
/// Take a held amount.
pub mod capture;
/// Give captured money back.
pub mod refund;
/// Always refused.
pub mod void;
/// The same request again.
mod again;
/// Ask Stripe, and write down what it said.
mod finish;
/// One at a time for each request id.
mod turn;

use turn::Turns;

/// Who asks, and how long they wait.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose request, as the signature proves.
    pub tenant: TenantName,
    /// The signature's nonce, spent with the first write.
    pub nonce: SpentNonce,
    /// How long the caller waits; `None`: as long as it takes.
    pub patience: Option<Duration>,
}

/// The desk where operations are worked on, with all that they need.
pub struct Desk {
    /// What the operator set.
    pub settings: Settings,
    /// What is remembered.
    pub journal: Arc<dyn Journal>,
    /// The way to each payment system of each tenant.
    pub clients: HashMap<(TenantName, String), StripeClient>,
    /// The moment and the dice.
    pub surroundings: Surroundings,
    /// Operations under way; they outlive their callers.
    pub tasks: TaskTracker,
    turns: Arc<Turns>,
}

/// An operation as it differs from the others.
#[async_trait]
pub trait Order: serde::Serialize + Send + Sync + 'static {
    /// Which one it is.
    const KIND: Kind;

    /// The caller's idempotency key.
    fn request_id(&self) -> &RequestId;

    /// What is asked, as a hash over kind and JSON. Two requests are the same when
    /// this is. The JSON of an order must not change for what could be asked before,
    /// or requests that are repeated over an upgrade look changed.
    fn fingerprint(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(Self::KIND.as_str());
        hash.update([0]);
        // An order is plain data; it always has a JSON form.
        hash.update(serde_json::to_vec(self).unwrap_or_default());
        // The `1` is the version of this recipe.
        format!(
            "1:{}",
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, hash.finalize())
        )
    }

    /// Steps 2 and 3: examines the order and says what is to be written down.
    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Begin, Refusal>;
}

impl Desk {
    /// A desk on which nothing lies yet.
    pub fn new(
        settings: Settings,
        journal: Arc<dyn Journal>,
        clients: HashMap<(TenantName, String), StripeClient>,
        surroundings: Surroundings,
    ) -> Desk {
        Desk { settings, journal, clients, surroundings, tasks: TaskTracker::new(), turns: Arc::default() }
    }

    /// Works on an order, at most once for its request id.
    pub async fn work<O: Order>(
        self: &Arc<Self>,
        caller: Caller,
        order: O,
    ) -> Result<v1::OperationResult, Refusal> {
        let patience = caller.patience.unwrap_or(Duration::MAX);
        let (tenant, request_id) = (caller.tenant.clone(), order.request_id().clone());
        let fingerprint = order.fingerprint();
        let work = async {
            let turn = self.turns.wait(&tenant, &request_id).await;
            let desk = Arc::clone(self);
            // From here on the caller may go away; the story goes on to its end.
            let story = self.tasks.spawn(async move {
                let _turn = turn;
                let told = desk.story(&caller, &order).await;
                if told.is_err() {
                    // What was refused must not be replayed when the rules have changed.
                    // It stands in memory anyway; on disk it outlives a restart.
                    drop(desk.journal.spend(caller.nonce.clone()).await);
                }
                told
            });
            story.await.unwrap_or_else(|panicked| {
                tracing::error!(%panicked, "an operation broke off; the same request id takes it up again");
                Err(Refusal::Internal)
            })
        };
        match tokio::time::timeout(patience, work).await {
            Ok(result) => result,
            Err(_) => self.still_under_way(&tenant, &request_id, &fingerprint).await,
        }
    }

    async fn story<O: Order>(&self, caller: &Caller, order: &O) -> Result<v1::OperationResult, Refusal> {
        loop {
            let before =
                self.journal.operation(&caller.tenant, order.request_id()).await.map_err(unwritable)?;
            if let Some(before) = before {
                return self.again(caller, order, before).await;
            }
            let begin = order.prepare(self, caller).await?;
            let operation = begin.operation.clone();
            match self.journal.begin(begin).await.map_err(unwritable)? {
                Written::Done => return self.finish(&operation, Heard::Nothing).await,
                // Somebody was faster; look again at what is there now.
                Written::PaymentMoved | Written::RequestKnown => {}
                Written::NonceSpent => return Err(Refusal::LinkReplay),
            }
        }
    }

    /// The honest answer when the caller's patience ends before the operation. It may
    /// begin or be done at any moment, also where the journal does not show it.
    async fn still_under_way(
        &self,
        tenant: &TenantName,
        request_id: &RequestId,
        fingerprint: &str,
    ) -> Result<v1::OperationResult, Refusal> {
        let out_of_time = |_: JournalError| Refusal::OutOfTime;
        let operation = self.journal.operation(tenant, request_id).await.map_err(out_of_time)?;
        let operation = operation.ok_or(Refusal::OutOfTime)?;
        if operation.fingerprint != fingerprint {
            return Err(Refusal::RequestIdReused { request_id: request_id.to_string() });
        }
        let payment = self.current(&operation).await.map_err(out_of_time)?.payment;
        Ok(Outcome::Unknown(Failure::unknown("the operation is still under way")).to_wire(&payment))
    }

    /// The tenant's settings. A signature is only accepted for a tenant that has them.
    pub fn tenant(&self, name: &TenantName) -> Result<&Tenant, Refusal> {
        self.settings.tenants.get(name).ok_or(Refusal::Internal)
    }

    /// The way to the payment system that a payment was made through.
    fn client(&self, payment: &Payment) -> Result<&StripeClient, Refusal> {
        let name = &payment.payment_system;
        let client = self.clients.get(&(payment.tenant.clone(), name.clone()));
        client
            .filter(|client| client.test_mode() == payment.test_mode && client.account() == payment.account)
            .ok_or_else(|| Refusal::PaymentSystemMissing { payment_system: name.clone() })
    }

    /// Reads the payment that a follow-up is about. One of another tenant is not there.
    async fn payment(&self, caller: &Caller, id: PaymentId) -> Result<crate::journal::Versioned, Refusal> {
        crate::policy::active(self.tenant(&caller.tenant)?)?;
        let found = self.journal.payment(&caller.tenant, id).await.map_err(unwritable)?;
        let found = found.ok_or(Refusal::PaymentNotFound)?;
        self.client(&found.payment)?;
        Ok(found)
    }

    /// A new operation, open.
    fn operation<O: Order>(
        &self,
        caller: &Caller,
        order: &O,
        id: uuid::Uuid,
        payment: &Payment,
        request: crate::stripe::request::StripeRequest,
    ) -> Operation {
        use crate::stripe::idempotency::{IdempotencyKey, Parts};
        let parts = Parts {
            environment: &self.settings.environment,
            tenant: &caller.tenant,
            account: if payment.account.is_empty() { &payment.payment_system } else { &payment.account },
            kind: O::KIND.as_str(),
            request_id: order.request_id(),
        };
        Operation {
            id,
            tenant: caller.tenant.clone(),
            request_id: order.request_id().clone(),
            kind: O::KIND,
            payment: payment.id,
            fingerprint: order.fingerprint(),
            idempotency_key: IdempotencyKey::derive(&parts),
            request,
            started: self.surroundings.now(),
            progress: Progress::Open,
        }
    }
}

/// Before Stripe was asked: nothing was started.
fn unwritable(error: JournalError) -> Refusal {
    match error {
        JournalError::Unavailable(_) => {
            tracing::error!(%error, "an operation was not started");
            Refusal::JournalUnavailable
        }
        JournalError::Corrupt(_) => {
            tracing::error!(%error, "an operation was not started");
            Refusal::Internal
        }
    }
}

#[cfg(test)]
mod tests {
    use causeway::{
        order::{Authorize, Capture, Refund},
        v1,
    };

    use super::*;

    /// Never to change: a request that was first sent to an earlier version is known
    /// again by these. A new field of an order is left out of its JSON when it is not set.
    #[test]
    fn fingerprints_stay_what_they_are() {
        let amount = Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() });
        let (request_id, payment_id) = ("r".to_owned(), uuid::Uuid::nil().to_string());
        let authorize = Authorize::read(&v1::AuthorizeRequest {
            request_id: request_id.clone(),
            amount: amount.clone(),
            payment_method: "pm_1".to_owned(),
            ..Default::default()
        });
        let capture = Capture::read(&v1::CaptureRequest {
            request_id: request_id.clone(),
            payment_id: payment_id.clone(),
            amount: amount.clone(),
        });
        let refund =
            Refund::read(&v1::RefundRequest { request_id, payment_id, amount, ..Default::default() });
        assert_eq!(authorize.unwrap().fingerprint(), "1:r6ZVc/lJwjLyfe+Mnd0Mpylh2Mm5IrIIz42FpMGo4e8");
        assert_eq!(capture.unwrap().fingerprint(), "1:eX62eEZ7l/VBSVifwf105bQGivO0RVYZ+sLdef7l66s");
        assert_eq!(refund.unwrap().fingerprint(), "1:oChUiYNGSi6ZlYTD8C11FrOEY4muPxiIutlXjI/3MlY");
    }
}
