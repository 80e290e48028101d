//! The judge's evidence: the sandbox's ledger, the journal's file, the history of all calls, and
//! the received events.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use causeway::v1::PaymentStatus;
use rusqlite::{Connection, OpenFlags};

use crate::{
    config::TENANTS,
    event_watcher::WatchedEvents,
    history::{Kind, Reply, Request},
    plan::money,
    sandbox::Effect,
    settings::tenant,
    traffic_log::Heads,
};

/// A row of the journal's table `operation`.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) request_id: String,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) payment: Option<String>,
    /// Unix time in microseconds.
    pub(crate) started: i64,
    pub(crate) state: String,
    /// The lease's epoch: the number of times a worker took the operation.
    pub(crate) epoch: u64,
}

/// A row of the journal's table `payment`.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) tenant: usize,
    pub(crate) status: String,
    pub(crate) currency: String,
    pub(crate) amount: u64,
    pub(crate) captured: u64,
    pub(crate) refunded: u64,
}

/// The journal, read after all writers have ended.
#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) operations: Vec<Operation>,
    pub(crate) payments: Vec<Payment>,
    /// Transitions of payments, in order: payment, from, to.
    pub(crate) steps: Vec<(String, Option<String>, String)>,
    /// SQLite's integrity check of the file; "ok" for a whole file.
    pub(crate) integrity: String,
}

/// Ledger, journal, history and events of a run.
pub(crate) struct Evidence {
    pub(crate) ledger: Vec<Effect>,
    pub(crate) journal: Journal,
    pub(crate) requests: BTreeMap<String, Request>,
    /// Events, by the request id of the Authorize.
    received: HashMap<String, Vec<WatchedEvents>>,
    /// Stripe's accounts, by tenant.
    pub(crate) accounts: Vec<String>,
    pub(crate) traffic: Heads,
    /// The request ids of operations, by their keys at Stripe and by their ids.
    by_key: HashMap<String, String>,
    by_id: HashMap<String, String>,
    /// Places in the ledger, by PaymentIntent and by request.
    intents: HashMap<String, Vec<usize>>,
    effects: HashMap<String, Vec<usize>>,
}

/// Opens the journal for reading while the relay has the journal open.
pub(crate) fn open(journal: &Path) -> Connection {
    Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// Operations without an outcome: request ids, with their idempotency keys.
pub(crate) fn unresolved(connection: &Connection) -> Vec<(String, String)> {
    let select = "SELECT request_id, idempotency_key FROM operation WHERE state IN ('OPEN', 'UNKNOWN')";
    let mut rows = connection.prepare(select).unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The sequences of the last events, by tenant.
pub(crate) fn last_events(connection: &Connection) -> Vec<u64> {
    let last = |number: usize| -> i64 {
        let select = "SELECT coalesce(max(seq), 0) FROM event WHERE tenant = ?1";
        connection.query_one(select, [tenant(number)], |row| row.get(0)).unwrap()
    };
    (0..TENANTS).map(|number| u64::try_from(last(number)).unwrap()).collect()
}

impl Journal {
    pub(crate) fn read(connection: &Connection) -> Journal {
        let integrity = connection.query_one("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        Journal {
            operations: operations(connection),
            payments: payments(connection),
            steps: steps(connection),
            integrity,
        }
    }
}

fn operations(connection: &Connection) -> Vec<Operation> {
    let select =
        "SELECT id, request_id, kind, idempotency_key, payment, started, state, epoch FROM operation";
    let mut rows = connection.prepare(select).unwrap();
    let rows = rows.query_map([], |row| {
        Ok(Operation {
            id: row.get(0)?,
            request_id: row.get(1)?,
            kind: row.get(2)?,
            key: row.get(3)?,
            payment: row.get(4)?,
            started: row.get(5)?,
            state: row.get(6)?,
            epoch: u64::try_from(row.get::<_, i64>(7)?).unwrap(),
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn payments(connection: &Connection) -> Vec<Payment> {
    let select = "SELECT id, tenant, status, currency, amount, captured, refunded FROM payment";
    let mut rows = connection.prepare(select).unwrap();
    let rows = rows.query_map([], |row| {
        let name: String = row.get(1)?;
        let amount =
            |place| -> rusqlite::Result<u64> { Ok(u64::try_from(row.get::<_, i64>(place)?).unwrap()) };
        Ok(Payment {
            id: row.get(0)?,
            tenant: (0..TENANTS).find(|number| tenant(*number) == name).expect("a tenant of ours"),
            status: row.get(2)?,
            currency: row.get(3)?,
            amount: amount(4)?,
            captured: amount(5)?,
            refunded: amount(6)?,
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn steps(connection: &Connection) -> Vec<(String, Option<String>, String)> {
    let mut rows =
        connection.prepare("SELECT payment, from_status, to_status FROM history ORDER BY seq").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

impl Evidence {
    pub(crate) fn of(
        ledger: Vec<Effect>,
        journal: Journal,
        requests: BTreeMap<String, Request>,
        events: Vec<WatchedEvents>,
        (accounts, traffic): (Vec<String>, Heads),
    ) -> Evidence {
        let operations = &journal.operations;
        let by_key = operations.iter().map(|item| (item.key.clone(), item.request_id.clone())).collect();
        let by_id = operations.iter().map(|item| (item.id.clone(), item.request_id.clone())).collect();
        let mut received = HashMap::<_, Vec<_>>::new();
        for event in events {
            received.entry(event.payment.clone()).or_default().push(event);
        }
        let (intents, effects) = (HashMap::new(), HashMap::new());
        let mut evidence = Evidence {
            ledger,
            journal,
            requests,
            received,
            accounts,
            traffic,
            by_key,
            by_id,
            intents,
            effects,
        };
        for (place, effect) in evidence.ledger.iter().enumerate() {
            evidence.intents.entry(effect.payment_intent.clone()).or_default().push(place);
            if let Some(request) = evidence.request_of(effect).map(str::to_owned) {
                evidence.effects.entry(request).or_default().push(place);
            }
        }
        evidence
    }

    /// The request that caused an effect: by the idempotency key, or, for an effect of the payer's
    /// action, by the correlation metadata.
    pub(crate) fn request_of(&self, effect: &Effect) -> Option<&str> {
        let by_key = effect.idempotency_key.as_ref().and_then(|key| self.by_key.get(key));
        let by_correlation = || effect.metadata.get("causeway_operation").and_then(|id| self.by_id.get(id));
        by_key.or_else(by_correlation).map(String::as_str)
    }

    /// The effects, grouped by PaymentIntent.
    pub(crate) fn intents(&self) -> impl Iterator<Item = (&str, Vec<&Effect>)> {
        let effects = |places: &Vec<usize>| places.iter().map(|place| &self.ledger[*place]).collect();
        self.intents.iter().map(move |(intent, places)| (intent.as_str(), effects(places)))
    }

    /// All effects of the payment to which this effect belongs.
    pub(crate) fn effects_of_payment(&self, effect: &Effect) -> Vec<&Effect> {
        self.intents[&effect.payment_intent].iter().map(|place| &self.ledger[*place]).collect()
    }

    /// The effects that a request has caused.
    pub(crate) fn effects_of(&self, request: &str) -> impl Iterator<Item = &Effect> {
        self.effects.get(request).into_iter().flatten().map(|place| &self.ledger[*place])
    }

    /// Whether the billing platform has received a request's success, by an answer or by an event.
    pub(crate) fn is_reported(&self, id: &str, request: &Request) -> bool {
        if request.was_answered(|reply| *reply == Reply::Approved) {
            return true;
        }
        let number = id.split_once('-').map(|(_, number)| number).unwrap_or_default();
        let events = self.received.get(&format!("pay-{number}")).into_iter().flatten();
        let held = [PaymentStatus::Authorized, PaymentStatus::Captured, PaymentStatus::Released];
        let is_shown = |event: &WatchedEvents| match request.kind {
            Kind::Authorize => held.contains(&event.status),
            Kind::Capture => event.captured == Some(money(request.minor_units, request.currency)),
            Kind::Release => event.status == PaymentStatus::Released,
            Kind::Refund => event.refunds.iter().any(|refund| refund == id),
        };
        events.into_iter().any(is_shown)
    }
}

impl Kind {
    /// The ledger's name for the effect of this kind.
    pub(crate) fn effect(self) -> &'static str {
        match self {
            Kind::Authorize => "authorized",
            Kind::Capture => "captured",
            Kind::Release => "released",
            Kind::Refund => "refunded",
        }
    }
}
