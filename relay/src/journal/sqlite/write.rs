//! Everything that changes something. Each function is one transaction's work.

use causeway::money::Money;
use rusqlite::{Connection, params};

use super::{
    super::{Begin, JournalError, Operation, Record, SpentNonce, Step, Written},
    rows, unavailable,
};
use crate::payment::{Payment, RefundState};

/// Nonces that are forgotten in one go at the most.
const FORGOTTEN_AT_ONCE: u32 = 100;

/// Nothing is written unless all of it is: what could refuse comes first.
pub(super) fn begin(connection: &Connection, begin: &Begin) -> Result<Written, JournalError> {
    if exists(connection, &begin.operation)? {
        return Ok(Written::RequestKnown);
    }
    if is_spent(connection, &begin.nonce)? {
        return Ok(Written::NonceSpent);
    }
    if !put_payment(connection, &begin.payment, begin.basis)? {
        return Ok(Written::PaymentMoved);
    }
    spend(connection, &begin.nonce)?;
    insert_operation(connection, &begin.operation)?;
    insert_step(connection, &begin.payment, &begin.step)?;
    Ok(Written::Done)
}

pub(super) fn record(connection: &Connection, record: &Record) -> Result<Written, JournalError> {
    if !put_payment(connection, &record.payment, Some(record.basis))? {
        return Ok(Written::PaymentMoved);
    }
    let (state, answer) = rows::progress(&record.progress);
    let sql = "UPDATE operation SET state = ?, answer = ? WHERE id = ? AND state <> 'FINISHED'";
    let changed = execute(connection, sql, params![state, answer, record.operation.to_string()])?;
    if changed == 0 {
        return Err(JournalError::Corrupt(
            "an outcome for an operation that is finished or not there".to_owned(),
        ));
    }
    insert_step(connection, &record.payment, &record.step)?;
    for id in record.payment.processor_ids() {
        let sql = "INSERT INTO processor_object (id, payment) VALUES (?, ?) ON CONFLICT DO NOTHING";
        execute(connection, sql, params![id, record.payment.id.to_string()])?;
    }
    Ok(Written::Done)
}

pub(super) fn spend(connection: &Connection, spent: &SpentNonce) -> Result<Written, JournalError> {
    let (key_id, nonce) = &spent.nonce;
    let sql = "INSERT INTO nonce (key_id, nonce, good_until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    let inserted = execute(connection, sql, params![key_id, nonce, rows::micros(spent.good_until)])?;
    if inserted == 0 {
        return Ok(Written::NonceSpent);
    }
    // A signature lives 600 s at the most, so what is older than the newest by more cannot come back.
    let forget = "
        DELETE FROM nonce WHERE rowid IN (SELECT rowid FROM nonce WHERE good_until < ? ORDER BY good_until LIMIT ?)";
    let old = rows::micros(spent.good_until).saturating_sub(600_000_000);
    execute(connection, forget, params![old, FORGOTTEN_AT_ONCE])?;
    Ok(Written::Done)
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

fn execute(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<usize, JournalError> {
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

/// Amounts have twelve digits at the most, so they always fit.
fn column(minor: u64) -> i64 {
    i64::try_from(minor).unwrap_or(i64::MAX)
}

/// Compare-and-set: false when the payment is not at the version any more.
fn put_payment(connection: &Connection, payment: &Payment, basis: Option<u64>) -> Result<bool, JournalError> {
    let refunded = payment.refunded_minor(|state| *state == RefundState::Succeeded);
    let values = params![
        payment.id.to_string(),
        payment.tenant.as_str(),
        payment.order.reference.as_ref().map(|reference| reference.as_str()),
        rows::status_name(payment.status()),
        payment.order.amount.currency().code(),
        column(payment.order.amount.minor()),
        column(payment.captured().map_or(0, Money::minor)),
        column(refunded),
        rows::micros(payment.created),
        column(basis.unwrap_or_default()),
        json(payment)?,
    ];
    let sql = match basis {
        None => {
            "INSERT INTO payment (id, tenant, reference, status, currency, amount, captured, refunded, created, version, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 + 1, ?11)"
        }
        Some(_) => {
            "UPDATE payment SET reference = ?3, status = ?4, currency = ?5, amount = ?6, captured = ?7, refunded = ?8,
                created = ?9, version = ?10 + 1, body = ?11
             WHERE id = ?1 AND tenant = ?2 AND version = ?10"
        }
    };
    Ok(execute(connection, sql, values)? == 1)
}

fn insert_operation(connection: &Connection, operation: &Operation) -> Result<(), JournalError> {
    let (state, answer) = rows::progress(&operation.progress);
    let sql = "
        INSERT INTO operation
            (id, tenant, request_id, kind, payment, fingerprint, idempotency_key, request, started, state, answer)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        operation.id.to_string(),
        operation.tenant.as_str(),
        operation.request_id.as_str(),
        operation.kind.as_str(),
        operation.payment.to_string(),
        operation.fingerprint,
        operation.idempotency_key.as_str(),
        json(&operation.request)?,
        rows::micros(operation.started),
        state,
        answer,
    ];
    execute(connection, sql, values).map(drop)
}

fn insert_step(connection: &Connection, payment: &Payment, step: &Step) -> Result<(), JournalError> {
    let sql = "
        INSERT INTO history (payment, at, from_status, to_status, operation, request_id, source, note)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        payment.id.to_string(),
        rows::micros(step.at),
        step.from.map(rows::status_name),
        rows::status_name(step.to),
        step.kind.as_str(),
        step.request_id.as_str(),
        step.source.as_str(),
        step.note,
    ];
    execute(connection, sql, values).map(drop)
}
