//! Queries of the relay's background jobs.

use causeway_domain::{change::Versioned, customer::Customer, operation::Operation, payment::Payment};
use causeway_ports::journal::{JournalError, Page, Unfinished};
use jiff::Timestamp;
use rusqlite::{Connection, params, params_from_iter, types::Value};

use super::{read, rows, write::execute};

pub(super) fn unfinished(
    connection: &Connection,
    which: &Unfinished,
) -> Result<Vec<Operation>, JournalError> {
    let marks = vec!["?"; which.kinds.len()].join(", ");
    let whose = if which.tenant.is_some() { "AND tenant = ?" } else { "" };
    let state = if which.waiting { "state = 'WAITING'" } else { "state <> 'FINISHED'" };
    let sql = format!(
        "SELECT * FROM operation WHERE {state} AND started < ? AND started > ?
         AND kind IN ({marks}) {whose} ORDER BY started LIMIT {}",
        which.most
    );
    let moments = [which.before, which.after].map(|moment| Value::from(rows::micros(moment)));
    let kinds = which.kinds.iter().map(|kind| Value::from(kind.as_str().to_owned()));
    let tenant = which.tenant.iter().map(|tenant| Value::from(tenant.as_str().to_owned()));
    read::sound(
        connection,
        &sql,
        params_from_iter(moments.into_iter().chain(kinds).chain(tenant)),
        rows::operation,
    )
}

/// A page of a table, in the order of the ids, with the `body` of each row.
fn page<T: serde::de::DeserializeOwned>(
    connection: &Connection,
    table: &str,
    wanted: &str,
    page: &Page,
) -> Result<Vec<Versioned<T>>, JournalError> {
    let whose = if page.tenant.is_some() { "AND tenant = ?2" } else { "" };
    let sql =
        format!("SELECT * FROM {table} WHERE {wanted} AND id > ?1 {whose} ORDER BY id LIMIT {}", page.most);
    let after = std::iter::once(page.after.clone());
    let tenant = page.tenant.iter().map(|tenant| tenant.as_str().to_owned());
    read::sound(connection, &sql, params_from_iter(after.chain(tenant)), rows::versioned)
}

pub(super) fn open_payments(connection: &Connection, which: &Page) -> Result<Vec<Payment>, JournalError> {
    let found = page(connection, "payment", "open = 1", which)?;
    Ok(found.into_iter().map(|found| found.value).collect())
}

pub(super) fn holds_ending(
    connection: &Connection,
    before: Timestamp,
    which: &Page,
) -> Result<Vec<Payment>, JournalError> {
    let wanted = format!("status = 'AUTHORIZED' AND hold_expires < {}", rows::micros(before));
    let found = page(connection, "payment", &wanted, which)?;
    Ok(found.into_iter().map(|found| found.value).collect())
}

pub(super) fn customers_pending_sync(
    connection: &Connection,
    which: &Page,
) -> Result<Vec<Versioned<Customer>>, JournalError> {
    page(connection, "customer", "wish IS NOT NULL", which)
}

pub(super) fn last_run(connection: &Connection, name: &str) -> Result<Option<Timestamp>, JournalError> {
    read::first(connection, "SELECT at FROM job WHERE name = ?", [name], |row| rows::moment(row, "at"))
}

pub(super) fn ran(connection: &Connection, name: &str, at: Timestamp) -> Result<(), JournalError> {
    let sql = "INSERT INTO job (name, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at";
    execute(connection, sql, params![name, rows::micros(at)]).map(drop)
}
