//! Stripe as seen by the relay: objects, idempotency keys, a list of every effect, and faults
//! between an effect and the answer.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use causeway::environment::Clock;
use causeway_stripe::transport::{Incoming, NoAnswer, Outgoing, Transport};
use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::objects::{Form, HttpAnswer, Objects};

/// Base URL of the simulated Stripe.
pub(super) const BASE: &str = "http://127.0.0.1:1";
/// Stripe forgets a key after this time.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The relay sends no key again after this time.
const RESENT: SignedDuration = SignedDuration::from_hours(23);

/// The fault of the next request that changes state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Nothing,
    /// No connection to Stripe.
    NotSent,
    /// The connection broke before Stripe read the request.
    LostBefore,
    /// Stripe executed the request, and the connection broke.
    LostAfter,
    /// The relay dies before Stripe reads the request.
    DiesBefore,
    /// Stripe executed the request, and the relay dies.
    DiesAfter,
    /// A 500 that Stripe stores under the key; the value is whether the request took effect.
    Kept500(bool),
    /// 200 with a page of HTML.
    Html,
    /// Refused without an effect, with this status: rate limit, an object or the key in use, a
    /// proxy.
    TurnedAway(u16),
}

/// One effect on money.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Effect {
    /// The idempotency key; `None`: an effect outside the relay.
    pub(super) key: Option<String>,
    pub(super) what: &'static str,
    pub(super) intent: String,
    pub(super) cents: u64,
}

/// An answer that is stored under a key.
struct Kept {
    sent: String,
    at: Timestamp,
    answer: HttpAnswer,
}

/// The state of Stripe, which outlives the relay.
pub(super) struct Account {
    pub(super) objects: Objects,
    pub(super) faults: VecDeque<Fault>,
    /// Read requests get no answer.
    pub(super) silent: bool,
    /// Violations of rules that hold for every relay.
    pub(super) violations: Vec<String>,
    /// Number of requests that change state.
    pub(super) posts: usize,
    pub(super) replayed: usize,
    /// Keys under which Stripe has executed the request, or refused the request.
    pub(super) settled: BTreeSet<String>,
    keys: BTreeMap<String, Kept>,
    first_sent: BTreeMap<String, (Timestamp, String)>,
    /// The relay's journal, opened separately.
    pub(super) journal: Connection,
}

/// The transport to the simulated Stripe.
#[derive(Clone)]
pub(super) struct Stripe {
    account: Arc<Mutex<Account>>,
    clock: Arc<dyn Clock>,
    /// Notified when the relay has to die.
    pub(super) death: Arc<Notify>,
}

impl Stripe {
    /// `journal` is the path of the relay's journal, to check the content before a request is sent.
    pub(super) fn new(clock: Arc<dyn Clock>, journal: &Path) -> Stripe {
        let account = Account {
            objects: Objects::default(),
            faults: VecDeque::new(),
            silent: false,
            violations: vec![],
            posts: 0,
            replayed: 0,
            settled: BTreeSet::new(),
            keys: BTreeMap::new(),
            first_sent: BTreeMap::new(),
            journal: Connection::open(journal).unwrap(),
        };
        Stripe { account: Arc::new(Mutex::new(account)), clock, death: Arc::default() }
    }

    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        let mut account = self.account.lock().unwrap();
        account.objects.lapse_holds(self.clock.now());
        account
    }
}

#[async_trait]
impl Transport for Stripe {
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, NoAnswer> {
        // Another task may run first.
        tokio::task::yield_now().await;
        let path = outgoing.url.strip_prefix(BASE).unwrap();
        let broke = || NoAnswer::MaybeSent("reset".to_owned());
        let (Some(body), Some(key)) = (&outgoing.body, outgoing.idempotency_key) else {
            let account = self.account();
            return if account.silent { Err(broke()) } else { Ok(incoming(account.objects.look_up(path))) };
        };
        let fault = self.account().faults.pop_front().unwrap_or(Fault::Nothing);
        match fault {
            Fault::NotSent => return Err(NoAnswer::NotSent("refused".to_owned())),
            Fault::DiesBefore => self.die().await,
            Fault::Nothing
            | Fault::LostBefore
            | Fault::LostAfter
            | Fault::DiesAfter
            | Fault::Kept500(_)
            | Fault::Html
            | Fault::TurnedAway(_) => {}
        }
        let answer = self.account().post(path, body, key, fault, self.clock.now());
        match fault {
            Fault::DiesAfter => self.die().await,
            Fault::LostBefore | Fault::LostAfter => Err(broke()),
            Fault::Html => Ok(Incoming { body: "<html>".into(), ..incoming((200, json!({}))) }),
            Fault::Nothing
            | Fault::NotSent
            | Fault::DiesBefore
            | Fault::Kept500(_)
            | Fault::TurnedAway(_) => Ok(incoming(answer)),
        }
    }
}

impl Stripe {
    async fn die<T>(&self) -> T {
        self.death.notify_one();
        std::future::pending().await
    }
}

impl Account {
    fn post(&mut self, path: &str, body: &str, key: &str, fault: Fault, now: Timestamp) -> HttpAnswer {
        self.posts += 1;
        let sent = format!("{path}?{body}");
        self.check_request(key, &sent, now);
        if fault == Fault::LostBefore {
            return (0, Value::Null);
        }
        if let Fault::TurnedAway(status) = fault {
            let code = if status == 409 { "idempotency_key_in_use" } else { "lock_timeout" };
            let error = json!({"type": "invalid_request_error", "code": code});
            return (status, json!({ "error": error }));
        }
        self.keys.retain(|_, kept| now.duration_since(kept.at) < KEPT);
        if let Some(kept) = self.keys.get(key) {
            self.replayed += 1;
            return kept.answer.clone();
        }
        let failed = (500, json!({"error": {"type": "api_error"}}));
        let form: Form = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let answer = match fault {
            Fault::Kept500(false) => failed,
            Fault::Kept500(true) => {
                self.settled.insert(key.to_owned());
                self.objects.change(path, &form, Some(key), now);
                failed
            }
            Fault::Nothing
            | Fault::NotSent
            | Fault::LostBefore
            | Fault::LostAfter
            | Fault::DiesBefore
            | Fault::DiesAfter
            | Fault::Html
            | Fault::TurnedAway(_) => {
                self.settled.insert(key.to_owned());
                self.objects.change(path, &form, Some(key), now)
            }
        };
        self.keys.insert(key.to_owned(), Kept { sent, at: now, answer: answer.clone() });
        answer
    }

    /// Checks every request: the operation was in the journal before the request was sent, the
    /// bytes under a key are always the same, and no key is sent again when Stripe may have
    /// forgotten the key.
    fn check_request(&mut self, key: &str, sent: &str, now: Timestamp) {
        let on_disk: i64 = self
            .journal
            .query_one("SELECT count(*) FROM operation WHERE idempotency_key = ?1", [key], |row| row.get(0))
            .unwrap();
        if on_disk != 1 {
            self.violations.push(format!("{sent} left under {key} with {on_disk} operations on disk"));
        }
        let (first, before) = self.first_sent.entry(key.to_owned()).or_insert((now, sent.to_owned()));
        if before != sent {
            self.violations.push(format!("{sent} left under the key of {before}"));
        }
        if now.duration_since(*first) >= RESENT {
            self.violations.push(format!("{sent} left again after {}", now.duration_since(*first)));
        }
        let kept = self.keys.get(key).map(|kept| &kept.sent);
        assert!(kept.is_none_or(|kept| kept == before));
    }
}

fn incoming((status, body): HttpAnswer) -> Incoming {
    let headers = HeaderMap::from_iter([(
        http::HeaderName::from_static("request-id"),
        HeaderValue::from_static("req_test"),
    )]);
    Incoming { status, headers, body: body.to_string().into() }
}
