//! One call from the request to the answer: faults, API key, version, idempotency key,
//! and finally the endpoint.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;

use crate::access::{self, Key, Rights};
use crate::bank_page;
use crate::browser;
use crate::calls::{Call, LoggedCall, logged};
use crate::control;
use crate::endpoints::routes::{Route, unrecognized};
use crate::endpoints::{self, CallSettings, Plan};
use crate::error::{StripeError, StripeResult};
use crate::fault::{Fault, select_fault};
use crate::form::Form;
use crate::idempotency::{ClaimResult, Fingerprint, StoredAnswer};
use crate::json_form::form_of_json;
use crate::key_claim::KeyClaim;
use crate::lock::lock;
use crate::log_masking::{masked_body, masked_query};
use crate::page_view::for_pages;
use crate::refusals;
use crate::reply::{Reply, Transmission};
use crate::settings::RawCards;
use crate::shared::{RequestIds, Shared};
use crate::state::SandboxState;
use crate::version::{self, Version};

/// A request as received, before parsing.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A call in flight.
pub(crate) struct Exchange<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) incoming: &'a Incoming,
    /// The fault that hits the call, if any.
    pub(crate) fault: Option<Fault>,
    /// The request id, `req_…`.
    pub(crate) request_id: String,
    /// The idempotency key that Stripe generates for a call without a key.
    generated_key: String,
    /// The position of the call in the log.
    pub(crate) log_number: usize,
}

/// The route of a call, and the ids in the path.
type MatchedRoute<'a> = (&'static Route, Vec<&'a str>);

/// Serves a call, and answers once the effects are stored. Without a state directory there is no wait.
pub(crate) async fn serve(shared: &Shared, incoming: &Incoming) -> Transmission {
    let transmission = answer(shared, incoming).await;
    match shared.state.written().await {
        Ok(()) => transmission,
        Err(reason) => Transmission::Whole(Reply::refusal(&refusals::state_not_kept(&reason), "")),
    }
}

/// Answers a call: control API, static files, the bank's page, or Stripe's API.
async fn answer(shared: &Shared, incoming: &Incoming) -> Transmission {
    if let Some(reply) = control::answer(shared, incoming).or_else(|| browser::page(incoming)) {
        return Transmission::Whole(reply);
    }
    let exchange = Exchange::begin(shared, incoming);
    match exchange.fault {
        Some(Fault::RefuseBefore) => return Transmission::Reset,
        Some(Fault::BlackHole { effect: false }) => return exchange.never_answer().await,
        Some(_) | None => {}
    }
    if let Some(page) = bank_page::page(shared, incoming) {
        return Transmission::Whole(exchange.complete(page));
    }
    if incoming.method == Method::OPTIONS {
        return Transmission::Whole(exchange.complete(Reply::of("text/plain", 200, vec![]).with(
            "access-control-allow-headers",
            "authorization, content-type, idempotency-key, stripe-account, stripe-version",
        )));
    }
    exchange.answer().await
}

impl<'a> Exchange<'a> {
    fn begin(shared: &'a Shared, incoming: &'a Incoming) -> Self {
        let (method, path) = (incoming.method.as_str(), incoming.path.as_str());
        let fault = select_fault(shared, incoming);
        let (request_id, generated_key) = {
            let mut state = lock(&shared.state);
            (state.ids.request(), state.ids.uuid())
        };
        let log_number = lock(&shared.calls).push(LoggedCall::begun(Call {
            at: shared.clock.now(),
            method: method.to_owned(),
            path: path.to_owned(),
            query: masked_query(&incoming.query),
            headers: logged(&incoming.headers),
            body: masked_body(&incoming.body),
            fault,
            answer: None,
        }));
        tracing::debug!(%request_id, method, path, ?fault, "a call came in");
        Self { shared, incoming, fault, request_id, generated_key, log_number }
    }

    /// Answers the call. The idempotency key stays claimed until the answer is sent or
    /// the caller has disconnected.
    async fn answer(&self) -> Transmission {
        let (key, mut form) = match self.admit() {
            Ok(admitted) => admitted,
            Err(error) => return Transmission::Whole(self.refuse(&error)),
        };
        let (route, ids) = match self.route(&key) {
            Ok(found) => found,
            Err(error) => return Transmission::Whole(self.complete(self.refusal(&error, Some(&key)))),
        };
        let claim = self.claim(&key, &form);
        version::request::add_defaults(&mut form, route.method, route.path);
        if let Some(Fault::SlowBefore(wait)) = self.fault
            && !self.wait(wait).await
        {
            return Transmission::Reset;
        }
        let reply = match &claim {
            Ok(claimed) => self.complete(self.execute((route, ids), &key, &form, claimed)),
            Err(reply) => reply.clone(),
        };
        match self.fault {
            Some(Fault::SlowAfter(wait)) if !self.wait(wait).await => Transmission::Reset,
            Some(Fault::BlackHole { .. }) => self.never_answer().await,
            Some(Fault::LoseAnswer) => Transmission::Reset,
            Some(Fault::CutBody) => Transmission::Cut(reply),
            Some(Fault::Huge { bytes }) => Transmission::Padded(reply, bytes),
            Some(_) | None => Transmission::Whole(reply.with_fault(self.fault)),
        }
    }

    /// Refuses a call before routing: an unknown key or version, a fault without an effect, or a body that
    /// is not a form (JSON).
    fn admit(&self) -> StripeResult<(Key, Form)> {
        let now = self.shared.clock.now().as_second();
        let key = access::key_of(&self.incoming.headers, &lock(&self.shared.state).keyring, now)?;
        key.check_account(self.header("stripe-account"))?;
        let version = Version::of_call(&self.incoming.headers)?;
        refusals::by_fault(self.fault, self.header("idempotency-key"))?;
        if [Method::GET, Method::DELETE].contains(&self.incoming.method) {
            return Ok((key, Form::decode(self.incoming.query.as_bytes()).of_version(version)));
        }
        if self.incoming.path.starts_with("/v2/") {
            return Ok((key, form_of_json(&self.incoming.body)?.of_version(version)));
        }
        refusals::by_content_type(self.header("content-type"), &self.incoming.body)?;
        Ok((key, Form::decode(&self.incoming.body).of_version(version)))
    }

    /// The route of the call. An unknown route and a key without the permission are refused, even if an
    /// answer is stored for the idempotency key of another caller.
    fn route(&self, key: &Key) -> StripeResult<MatchedRoute<'a>> {
        let (method, path) = (self.incoming.method.as_str(), self.incoming.path.as_str());
        let found = Route::find(method, path).ok_or_else(|| unrecognized(method, path))?;
        key.check(found.0.resource, found.0.level(), found.0.by_page)?;
        Ok(found)
    }

    /// Claims the idempotency key, or answers at once with a refusal or a replay.
    fn claim(&self, key: &Key, form: &Form) -> Result<KeyClaim<'a>, Reply> {
        let Some(idempotency_key) = self.idempotency_key() else {
            return Ok(KeyClaim::without_key(self.shared));
        };
        let page = if matches!(key.rights, Rights::Page) { " (by a page)" } else { "" };
        let path = format!("{}{page}", self.incoming.path);
        let fingerprint = Fingerprint { path, parameters: form.fingerprint() };
        match KeyClaim::claim(self.shared, &key.mode, idempotency_key, &fingerprint) {
            (ClaimResult::Started, claimed) => Ok(claimed),
            (ClaimResult::Refused(error), _) => Err(self.refuse(&error)),
            (ClaimResult::Replayed(answer), _) => Err(self.replay(answer)),
        }
    }

    /// Executes the call, and stores the answer under the idempotency key if execution had begun.
    fn execute(
        &self,
        (route, ids): MatchedRoute<'a>,
        key: &Key,
        form: &Form,
        claimed: &KeyClaim<'_>,
    ) -> Reply {
        let settings = self.call_settings(key);
        let plan = endpoints::read(route, ids, form, key, settings);
        // The effect and the stored answer are one unit of work: after a restart there are both or none.
        let mut state = lock(&self.shared.state);
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => return self.refusal(&self.in_context(error, key, &state), Some(key)),
        };
        let (mut reply, executed) = self.execute_plan(&mut state, key, plan);
        if executed {
            claimed.store_answer(&mut state, self.stored_answer(&mut reply));
        }
        drop(state);
        let is_final = executed && self.incoming.method == Method::POST && reply.status < 500;
        let reply = if is_final { reply.with("stripe-should-retry", "false") } else { reply };
        let unread = form.unread();
        if unread.is_empty() { reply } else { reply.with("sandbox-ignored", unread.join(", ")) }
    }

    /// Executes a plan, and returns whether execution had begun. A missing object is
    /// found before execution begins.
    fn execute_plan(&self, state: &mut SandboxState, key: &Key, plan: Plan) -> (Reply, bool) {
        let refusal = |error: &StripeError| self.refusal(error, Some(key));
        match self.fault {
            Some(Fault::ServerError { effect }) => {
                if effect {
                    let _lost_answer = self.run(state, key, plan);
                }
                (refusal(&refusals::server_error()), true)
            }
            Some(_) | None => match self.run(state, key, plan) {
                Ok(object) if matches!(key.rights, Rights::Page) => {
                    (Reply::json(200, &for_pages(object)), true)
                }
                Ok(object) => (Reply::json(200, &object), true),
                Err(error) => {
                    let started = error.missing_id().is_none();
                    (refusal(&self.in_context(error, key, state)), started)
                }
            },
        }
    }

    fn stored_answer(&self, reply: &mut Reply) -> StoredAnswer {
        StoredAnswer { request_id: self.request_id.clone(), status: reply.status, body: reply.compress() }
    }

    fn call_settings<'b>(&'b self, key: &'b Key) -> CallSettings<'b> {
        let (raw_cards, wallets) = {
            let state = lock(&self.shared.state);
            let account = &key.mode.account;
            (state.raw_cards.get(account).copied(), state.wallets.get(account).copied().unwrap_or_default())
        };
        let of_page = matches!(key.rights, Rights::Page);
        let raw_cards = raw_cards.unwrap_or(self.shared.raw_cards);
        CallSettings {
            account: &key.mode.account,
            masked_key: &key.masked,
            prefix: &self.shared.prefix,
            // A page's own script may send raw card numbers of test cards where a server may not.
            raw_cards: if of_page && raw_cards == RawCards::Refused {
                RawCards::TestNumbers
            } else {
                raw_cards
            },
            wallets,
            now: self.shared.clock.now(),
            search_lag: self.shared.search_lag.load(Ordering::Relaxed),
        }
    }

    fn run(&self, state: &mut SandboxState, key: &Key, plan: Plan) -> StripeResult<serde_json::Value> {
        let now = state.current_time(&self.shared.clock);
        state.do_due_work(now);
        let request_ids = RequestIds {
            request_id: Some(&self.request_id),
            request_key: self.request_key(),
            key: self.idempotency_key(),
        };
        plan.run(&mut self.shared.work(state, &key.mode, now, request_ids))
    }

    /// Waits, and returns false if the sandbox stopped meanwhile.
    async fn wait(&self, duration: Duration) -> bool {
        let mut stopped = self.shared.stopped.clone();
        tokio::select! {
            () = tokio::time::sleep(duration) => true,
            _ = stopped.changed() => false,
        }
    }

    /// Sends no answer until the sandbox stops or the caller disconnects.
    async fn never_answer(&self) -> Transmission {
        let _stopped = self.shared.stopped.clone().changed().await;
        Transmission::Reset
    }

    /// The idempotency key of the caller, which has an effect only for POST.
    pub(crate) fn idempotency_key(&self) -> Option<&'a str> {
        let named = (self.incoming.method == Method::POST).then(|| self.header("idempotency-key"));
        named.flatten().filter(|key| !key.is_empty())
    }

    /// The idempotency key of the caller, or the key that Stripe generates.
    pub(crate) fn request_key(&self) -> Option<&str> {
        let generated = (self.incoming.method == Method::POST).then_some(self.generated_key.as_str());
        self.idempotency_key().or(generated)
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        self.incoming.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
