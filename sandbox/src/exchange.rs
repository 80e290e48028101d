//! One call from its first byte to its answer: faults, key, version, idempotency, and at last the endpoint.

use std::time::Duration;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;

use crate::auth::{self, Key};
use crate::calls::{Call, logged};
use crate::claim::Claimed;
use crate::endpoints::{self, Plan, Rules};
use crate::error::Answer;
use crate::fault::Fault;
use crate::form::Form;
use crate::hosted;
use crate::idempotency::{Claim, Fingerprint, Kept};
use crate::lock::lock;
use crate::masks::{masked_body, masked_query};
use crate::refusals;
use crate::reply::{Delivery, Reply};
use crate::shared::Shared;
use crate::version;

/// A request as it came in.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A call that is being served.
pub(crate) struct Exchange<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) incoming: &'a Incoming,
    /// What goes wrong with it.
    pub(crate) fault: Option<Fault>,
    /// `req_…`
    pub(crate) request_id: String,
    /// Where it stands in the log.
    pub(crate) place: usize,
}

/// Serves a call.
pub(crate) async fn serve(shared: &Shared, incoming: &Incoming) -> Delivery {
    let exchange = Exchange::begin(shared, incoming);
    if exchange.fault == Some(Fault::RefuseBefore) {
        return Delivery::Reset;
    }
    if let Some(page) = hosted::page(shared, incoming) {
        return Delivery::Whole(exchange.said(page));
    }
    exchange.answer().await
}

impl<'a> Exchange<'a> {
    fn begin(shared: &'a Shared, incoming: &'a Incoming) -> Self {
        let (method, path) = (incoming.method.as_str(), incoming.path.as_str());
        let fault = lock(&shared.faults).strike(method, path);
        let request_id = lock(&shared.world).ids.request();
        let mut calls = lock(&shared.calls);
        let place = calls.len();
        calls.push(Call {
            at: shared.clock.now(),
            method: method.to_owned(),
            path: path.to_owned(),
            query: masked_query(&incoming.query),
            headers: logged(&incoming.headers),
            body: masked_body(&incoming.body),
            fault,
            answer: None,
        });
        tracing::debug!(%request_id, method, path, ?fault, "a call came in");
        Self { shared, incoming, fault, request_id, place }
    }

    /// Answers the call. The idempotency key stays claimed until the answer has left or the caller has gone.
    async fn answer(&self) -> Delivery {
        let (key, form) = match self.admit() {
            Ok(admitted) => admitted,
            Err(error) => return Delivery::Whole(self.refuse(&error)),
        };
        let claim = self.claim(&key, &form);
        if let Some(Fault::SlowBefore(wait)) = self.fault
            && !self.wait(wait).await
        {
            return Delivery::Reset;
        }
        let reply = match &claim {
            Ok(claimed) => self.said(self.execute(&key, &form, claimed)),
            Err(reply) => reply.clone(),
        };
        if let Some(Fault::SlowAfter(wait)) = self.fault
            && !self.wait(wait).await
        {
            return Delivery::Reset;
        }
        match self.fault {
            Some(Fault::LoseAnswer) => Delivery::Reset,
            Some(Fault::CutBody) => Delivery::Cut(reply),
            Some(_) | None => Delivery::Whole(reply.spoiled(self.fault)),
        }
    }

    /// Refuses what never reaches an endpoint: unknown keys and versions, JSON, and faults without an effect.
    fn admit(&self) -> Answer<(Key, Form)> {
        let secret = auth::key_of(&self.incoming.headers)?;
        let revoked = lock(&self.shared.world).revoked.contains(&secret);
        let key = auth::open(&secret, revoked)?;
        version::check(&self.incoming.headers)?;
        refusals::by_fault(self.fault, self.header("idempotency-key"))?;
        if [Method::GET, Method::DELETE].contains(&self.incoming.method) {
            return Ok((key, Form::decode(self.incoming.query.as_bytes())));
        }
        refusals::by_content_type(self.header("content-type"), &self.incoming.body)?;
        Ok((key, Form::decode(&self.incoming.body)))
    }

    /// Claims the idempotency key, or answers at once.
    fn claim(&self, key: &Key, form: &Form) -> Result<Claimed<'a>, Reply> {
        let Some(idempotency_key) = self.idempotency_key() else {
            return Ok(Claimed::nothing(self.shared));
        };
        let fingerprint = Fingerprint { path: self.incoming.path.clone(), parameters: form.fingerprint() };
        match Claimed::claim(self.shared, key, idempotency_key, &fingerprint) {
            (Claim::Begun, claimed) => Ok(claimed),
            (Claim::Refused(error), _) => Err(self.refuse(&error)),
            (Claim::Replayed(kept), _) => Err(self.said_again(kept)),
        }
    }

    /// Carries the call out, and keeps the outcome under the idempotency key once that has begun.
    fn execute(&self, key: &Key, form: &Form, claimed: &Claimed<'_>) -> Reply {
        let (method, path) = (self.incoming.method.as_str(), self.incoming.path.as_str());
        let plan = match endpoints::read(method, path, form, self.rules(key)) {
            Ok(plan) => plan,
            Err(error) => return self.refusal(&error),
        };
        let reply = match self.fault {
            Some(Fault::ServerError { effect }) => {
                if effect {
                    let _unheard = self.run(key, plan);
                }
                self.refusal(&refusals::server_error())
            }
            Some(_) | None => match self.run(key, plan) {
                Ok(object) => Reply::json(200, &object),
                Err(error) => self.refusal(&error),
            },
        };
        let request_id = self.request_id.clone();
        claimed.keep(Kept { request_id, status: reply.status, body: reply.body.clone() });
        reply
    }

    fn rules<'b>(&'b self, key: &'b Key) -> Rules<'b> {
        let raw_cards = lock(&self.shared.world).raw_cards.get(&key.account).copied();
        Rules {
            account: &key.account,
            prefix: &self.shared.prefix,
            raw_cards: raw_cards.unwrap_or(self.shared.raw_cards),
            now: self.shared.clock.now(),
        }
    }

    fn run(&self, key: &Key, plan: Plan) -> Answer<serde_json::Value> {
        let now = self.shared.clock.now();
        let mut world = lock(&self.shared.world);
        world.account(key);
        world.sweep(now);
        match self.shared.desk(&mut world, &key.account, now, self.idempotency_key()) {
            Some(mut desk) => plan.run(&mut desk),
            None => Err(refusals::server_error()),
        }
    }

    /// Waits, and says whether the sandbox is still there afterwards.
    async fn wait(&self, long: Duration) -> bool {
        let mut stopped = self.shared.stopped.clone();
        tokio::select! {
            () = tokio::time::sleep(long) => true,
            _ = stopped.changed() => false,
        }
    }

    /// The idempotency key, which counts for POST only.
    pub(crate) fn idempotency_key(&self) -> Option<&'a str> {
        let named = (self.incoming.method == Method::POST).then(|| self.header("idempotency-key"));
        named.flatten().filter(|key| !key.is_empty())
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        self.incoming.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
