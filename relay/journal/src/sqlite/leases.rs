//! Leases of operations: taken by compare and set, in the transaction of the writer.

use causeway_domain::operation::Operation;
use causeway_ports::journal::{
    JournalError,
    lease::{Claim, Recoverable},
};
use jiff::Timestamp;
use rusqlite::{Connection, params, params_from_iter, types::Value};
use uuid::Uuid;

use super::{read, rows, seal, write::execute};

/// No other relay has the journal open, so the owner of every lease is gone. A damaged row stays
/// as found: damage must not keep other operations from being served.
pub(super) fn void_all(connection: &Connection) -> Result<usize, JournalError> {
    let sound = seal::condition(connection, "operation")?;
    let sql = format!(
        "UPDATE operation SET owner = '', due = started WHERE due IS NOT NULL AND owner <> '' AND {sound}"
    );
    execute(connection, &sql, [])
}

/// Acquires the lease. The result is whether the claimer holds the lease now.
pub(super) fn claim(connection: &Connection, claim: &Claim) -> Result<bool, JournalError> {
    let sql = "
        UPDATE operation
        SET owner = ?1, epoch = epoch + 1, due = ?2, tries = tries + 1, sent = CASE WHEN ?3 THEN ?4 ELSE sent END
        WHERE id = ?5 AND epoch = ?6 AND state IN ('OPEN', 'UNKNOWN') AND (owner IN ('', ?1) OR due <= ?4)";
    let values = params![
        claim.owner.to_string(),
        rows::micros(claim.until),
        claim.sends,
        rows::micros(claim.now),
        claim.operation.to_string(),
        rows::epoch(claim.epoch),
    ];
    Ok(execute(connection, sql, values)? == 1)
}

/// Extends the leases that the owner still has.
pub(super) fn renew(
    connection: &Connection,
    owner: Uuid,
    operations: &[Uuid],
    until: Timestamp,
) -> Result<(), JournalError> {
    let sql = "UPDATE operation SET due = ? WHERE id = ? AND owner = ?";
    for operation in operations {
        let values = params![rows::micros(until), operation.to_string(), owner.to_string()];
        execute(connection, sql, values)?;
    }
    Ok(())
}

pub(super) fn recoverable(
    connection: &Connection,
    which: &Recoverable,
) -> Result<Vec<Operation>, JournalError> {
    // The text has only the given filters, so that the query planner can choose an index. The tenants
    // take turns, so that a tenant with many operations delays no other.
    let due = if which.by.is_some() { "AND due <= ?" } else { "" };
    let whose = if which.tenant.is_some() { "AND tenant = ?" } else { "" };
    let sql = format!(
        "SELECT operation.* FROM operation JOIN (
             SELECT rowid AS next, row_number() OVER (PARTITION BY tenant ORDER BY due, rowid) AS turn
             FROM operation WHERE state <> 'FINISHED' AND state <> 'WAITING' {due} {whose}
         ) ON operation.rowid = next ORDER BY turn, due LIMIT {}",
        which.most
    );
    let by = which.by.map(|by| Value::from(rows::micros(by)));
    let tenant = which.tenant.as_ref().map(|tenant| Value::from(tenant.as_str().to_owned()));
    read::sound(connection, &sql, params_from_iter(by.into_iter().chain(tenant)), rows::operation)
}
