//! The writes. Each function is the work of one transaction.

use std::fmt;

use causeway::{money::PositiveMoney, request::PaymentId, tenant::TenantName, text::CardToken};
use causeway_domain::{
    change::{Changes, CustomerChange, PaymentChange},
    customer::PendingSync,
    operation::{Operation, Target},
    payment::{Payment, RefundState},
    timeline::TimelineEntry,
};
use causeway_ports::journal::{Begin, Commit, JournalError, Record, SpentNonce};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Duplicates,
    events::{self, LastEvents},
    read, rows, unavailable,
};

/// Maximum number of nonces that one write deletes.
const FORGOTTEN_AT_ONCE: u32 = 100;

/// Writes all parts or none: every reason for a refusal is checked before the first write.
pub(super) fn begin(
    connection: &Connection,
    begin: Begin,
    duplicates: Duplicates,
) -> Result<(Commit, LastEvents), JournalError> {
    if exists(connection, &begin.operation)? {
        match duplicates {
            Duplicates::Refused => return refused(Commit::DuplicateRequest),
            Duplicates::Replaced => {
                let sql = "DELETE FROM operation WHERE request_id = ?";
                execute(connection, sql, [begin.operation.request_id.as_str()])?;
            }
        }
    }
    if let Some(nonce) = &begin.nonce
        && is_spent(connection, nonce)?
    {
        return refused(Commit::NonceReplayed);
    }
    if let Some(refusal) = refusal(connection, &begin.changes)? {
        return refused(refusal);
    }
    begin.nonce.iter().try_for_each(|nonce| spend(connection, nonce).map(drop))?;
    let events = put(connection, &begin.changes)?;
    insert_operation(connection, &begin.operation)?;
    causeway_runtime::failpoint!("relay.begin.inside");
    Ok((Commit::Committed, events))
}

fn refused(commit: Commit) -> Result<(Commit, LastEvents), JournalError> {
    Ok((commit, LastEvents::default()))
}

/// The reason why the changes cannot be written as given, if there is one. The transaction is
/// the only writer, so the answer holds until the commit.
fn refusal(connection: &Connection, changes: &Changes) -> Result<Option<Commit>, JournalError> {
    if !stands(connection, changes)? {
        return Ok(Some(Commit::VersionConflict));
    }
    Ok(second_success(connection, changes)?.map(Commit::SecondSuccess))
}

/// Whether the changes name the current versions.
fn stands(connection: &Connection, changes: &Changes) -> Result<bool, JournalError> {
    if let Some(change) = changes.payment()
        && version(connection, "payment", &change.payment.id.to_string())? != change.basis
    {
        return Ok(false);
    }
    if let Some(change) = changes.customer() {
        return customer_stands(connection, change);
    }
    Ok(true)
}

/// Another payment of the same billing reference that went through, where the changes must be the only
/// success.
fn second_success(connection: &Connection, changes: &Changes) -> Result<Option<PaymentId>, JournalError> {
    let (Some(reference), Some(change)) = (changes.only_success_of(), changes.payment()) else {
        return Ok(None);
    };
    let sql = "SELECT id FROM payment WHERE tenant = ? AND reference = ? AND id <> ?
               AND status IN ('AUTHORIZED', 'CAPTURED') LIMIT 1";
    let values = params![change.payment.tenant.as_str(), reference.as_str(), change.payment.id.to_string()];
    read::first(connection, sql, values, |row| rows::parsed(row, "id", PaymentId::parse))
}

/// A new customer may exist already, under another id of the relay.
fn customer_stands(connection: &Connection, change: &CustomerChange) -> Result<bool, JournalError> {
    let customer = &change.customer;
    if change.basis.is_some() {
        return Ok(version(connection, "customer", &customer.id.to_string())? == change.basis);
    }
    let sql = "SELECT 1 FROM customer
               WHERE tenant = ? AND reference = ? AND payment_system = ? AND account = ? AND test_mode = ?";
    let params = params![
        customer.tenant.as_str(),
        customer.reference.as_str(),
        customer.payment_system,
        customer.account,
        customer.test_mode
    ];
    let there = connection.prepare_cached(sql).and_then(|mut statement| statement.exists(params));
    there.map(|there| !there).map_err(unavailable)
}

fn version(connection: &Connection, table: &str, id: &str) -> Result<Option<u64>, JournalError> {
    let sql = format!("SELECT version FROM {table} WHERE id = ?");
    let found: Option<i64> = connection
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row([id], |row| row.get(0)).optional())
        .map_err(unavailable)?;
    Ok(found.and_then(|version| u64::try_from(version).ok()))
}

/// Writes the changes and their events. The caller has checked that there is no refusal.
fn put(connection: &Connection, changes: &Changes) -> Result<LastEvents, JournalError> {
    if let Some(PaymentChange { payment, basis, entry }) = changes.payment() {
        write_payment(connection, payment, *basis)?;
        insert_entry(connection, payment, entry)?;
        for id in payment.processor_ids() {
            let sql = "INSERT INTO processor_object (id, payment) VALUES (?, ?) ON CONFLICT DO NOTHING";
            execute(connection, sql, params![id, payment.id.to_string()])?;
        }
    }
    if let Some(change) = changes.customer() {
        write_customer(connection, change)?;
    }
    tenant(changes).map_or_else(
        || Ok(LastEvents::default()),
        |tenant| events::append(connection, tenant, changes.events()),
    )
}

/// The tenant of the changes. A payment and a customer of one change have the same tenant.
fn tenant(changes: &Changes) -> Option<&TenantName> {
    let payment = changes.payment().map(|change| &change.payment.tenant);
    payment.or_else(|| changes.customer().map(|change| &change.customer.tenant))
}

pub(super) fn change(
    connection: &Connection,
    changes: &Changes,
) -> Result<(Commit, LastEvents), JournalError> {
    if let Some(refusal) = refusal(connection, changes)? {
        return refused(refusal);
    }
    Ok((Commit::Committed, put(connection, changes)?))
}

pub(super) fn record(connection: &Connection, record: &Record) -> Result<(Commit, LastEvents), JournalError> {
    if let Some(refusal) = refusal(connection, &record.changes)? {
        return refused(refusal);
    }
    let (state, answer) = rows::progress(&record.progress);
    let sql = "
        UPDATE operation SET state = ?1, answer = ?2, owner = '', due = ?3, key_spent = key_spent OR ?4
        WHERE id = ?5 AND epoch = ?6 AND state <> 'FINISHED'";
    let values = params![
        state,
        answer,
        record.next.map(rows::micros),
        record.key_spent,
        record.operation.to_string(),
        rows::epoch(record.epoch),
    ];
    if execute(connection, sql, values)? == 0 {
        return refused(Commit::LeaseLost);
    }
    causeway_runtime::failpoint!("relay.record.inside");
    Ok((Commit::Committed, put(connection, &record.changes)?))
}

pub(super) fn spend(connection: &Connection, spent: &SpentNonce) -> Result<Commit, JournalError> {
    let (key_id, nonce) = &spent.nonce;
    let sql = "INSERT INTO nonce (key_id, nonce, good_until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    let inserted = execute(connection, sql, params![key_id, nonce, rows::micros(spent.good_until)])?;
    if inserted == 0 {
        return Ok(Commit::NonceReplayed);
    }
    // A signature lives 600 s at the most, so a nonce older than the newest by more cannot come back.
    let forget = "
        DELETE FROM nonce WHERE rowid IN (SELECT rowid FROM nonce WHERE good_until < ? ORDER BY good_until LIMIT ?)";
    let old = rows::micros(spent.good_until).saturating_sub(600_000_000);
    execute(connection, forget, params![old, FORGOTTEN_AT_ONCE])?;
    Ok(Commit::Committed)
}

fn is_spent(connection: &Connection, spent: &SpentNonce) -> Result<bool, JournalError> {
    let (key_id, nonce) = &spent.nonce;
    connection
        .prepare_cached("SELECT 1 FROM nonce WHERE key_id = ? AND nonce = ?")
        .and_then(|mut statement| statement.exists(params![key_id, nonce]))
        .map_err(unavailable)
}

pub(super) fn heartbeat(connection: &Connection, now: jiff::Timestamp) -> Result<(), JournalError> {
    let sql = "INSERT INTO heartbeat (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at";
    execute(connection, sql, [rows::micros(now)]).map(drop)
}

pub(super) fn execute(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<usize, JournalError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).map_err(unavailable)
}

fn exists(connection: &Connection, operation: &Operation) -> Result<bool, JournalError> {
    connection
        .prepare_cached("SELECT 1 FROM operation WHERE tenant = ? AND request_id = ?")
        .and_then(|mut statement| {
            statement.exists(params![operation.tenant.as_str(), operation.request_id.as_str()])
        })
        .map_err(unavailable)
}

fn json(value: &impl serde::Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|error| JournalError::Corrupt(error.to_string()))
}

/// The number of a column. A number that no column holds is refused.
fn column<T: Copy + fmt::Display + TryInto<i64>>(number: T) -> Result<i64, JournalError> {
    number.try_into().map_err(|_| JournalError::Corrupt(format!("{number} is too large for a column")))
}

fn write_payment(connection: &Connection, payment: &Payment, basis: Option<u64>) -> Result<(), JournalError> {
    let refunded = payment.refunded(|state| *state == RefundState::Succeeded)?;
    let values = params![
        payment.id.to_string(),
        payment.tenant.as_str(),
        payment.order.reference.as_ref().map(|reference| reference.as_str()),
        rows::status_name(payment.status()),
        payment.order.amount.currency().code(),
        column(payment.order.amount.minor())?,
        column(payment.captured().map_or(0, PositiveMoney::minor))?,
        column(refunded.minor())?,
        rows::micros(payment.created),
        column(basis.unwrap_or_default())?,
        json(payment)?,
        payment.is_open(),
        payment.hold_expires().map(rows::micros),
    ];
    let sql = match basis {
        None => {
            "INSERT INTO payment (id, tenant, reference, status, currency, amount, captured, refunded, created,
                version, body, open, hold_expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 + 1, ?11, ?12, ?13)"
        }
        Some(_) => {
            "UPDATE payment SET reference = ?3, status = ?4, currency = ?5, amount = ?6, captured = ?7, refunded = ?8,
                created = ?9, version = ?10 + 1, body = ?11, open = ?12, hold_expires = ?13
             WHERE id = ?1 AND tenant = ?2 AND version = ?10"
        }
    };
    one(execute(connection, sql, values)?)
}

fn write_customer(connection: &Connection, change: &CustomerChange) -> Result<(), JournalError> {
    let CustomerChange { customer, basis, .. } = change;
    let values = params![
        customer.id.to_string(),
        customer.tenant.as_str(),
        customer.payment_system,
        customer.reference.as_str(),
        customer.processor_id(),
        column(basis.unwrap_or_default())?,
        json(customer)?,
        customer.account,
        customer.test_mode,
        customer.pending_sync.as_ref().map(PendingSync::as_str),
    ];
    let sql = match basis {
        None => {
            "INSERT INTO customer
                (id, tenant, payment_system, reference, processor_id, version, body, account, test_mode, wish)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6 + 1, ?7, ?8, ?9, ?10)"
        }
        Some(_) => {
            "UPDATE customer SET payment_system = ?3, reference = ?4, processor_id = ?5, version = ?6 + 1, body = ?7,
                account = ?8, test_mode = ?9, wish = ?10
             WHERE id = ?1 AND tenant = ?2 AND version = ?6"
        }
    };
    one(execute(connection, sql, values)?)?;
    for card in &customer.cards {
        let sql = "INSERT INTO card (token, customer, payment_method) VALUES (?, ?, ?)
                   ON CONFLICT (token) DO UPDATE SET payment_method = excluded.payment_method
                   WHERE payment_method IS NOT excluded.payment_method";
        let attached = card.attached.then(|| card.payment_method.as_str());
        execute(connection, sql, params![card.token.as_str(), customer.id.to_string(), attached])?;
    }
    Ok(())
}

/// A row that changed after the version check is not overwritten.
fn one(changed: usize) -> Result<(), JournalError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(JournalError::Corrupt("a row moved while it was written".to_owned()))
    }
}

fn insert_operation(connection: &Connection, operation: &Operation) -> Result<(), JournalError> {
    let (state, answer) = rows::progress(&operation.progress);
    let sql = "
        INSERT INTO operation
            (id, tenant, request_id, kind, payment, customer, card, fingerprint, idempotency_key, request, started,
             state, answer, owner, epoch, due, tries, sent)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let (payment, customer, card) = match &operation.target {
        Target::Payment { id, .. } => (Some(id.to_string()), None, None),
        Target::Customer { id, card, .. } => {
            (None, Some(id.to_string()), card.as_ref().map(CardToken::as_str))
        }
    };
    let values = params![
        operation.id.to_string(),
        operation.tenant.as_str(),
        operation.request_id.as_str(),
        operation.kind().as_str(),
        payment,
        customer,
        card,
        operation.fingerprint,
        operation.idempotency_key.as_str(),
        operation.request.as_ref().map(json).transpose()?,
        rows::micros(operation.started),
        state,
        answer,
        operation.lease.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        rows::epoch(operation.lease.epoch),
        operation.lease.due.map(rows::micros),
        operation.tries,
        rows::micros(operation.sent),
    ];
    execute(connection, sql, values).map(drop)
}

fn insert_entry(
    connection: &Connection,
    payment: &Payment,
    entry: &TimelineEntry,
) -> Result<(), JournalError> {
    let sql = "
        INSERT INTO history (payment, at, from_status, to_status, operation, request_id, source, note, reference)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let (command, request_id) = match &entry.operation {
        Some((command, request_id)) => (command.as_str(), request_id.as_str()),
        None => ("", ""),
    };
    let values = params![
        payment.id.to_string(),
        rows::micros(entry.at),
        entry.from.map(rows::status_name),
        rows::status_name(entry.to),
        command,
        request_id,
        entry.source.as_str(),
        entry.note,
        entry.reference,
    ];
    execute(connection, sql, values).map(drop)
}
