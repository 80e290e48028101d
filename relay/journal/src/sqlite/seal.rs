//! A checksum in every row that matters: the relay rejects bytes from the disk that no relay wrote.
//!
//! Triggers of the writing connection seal every write, and refuse to overwrite a damaged row, because
//! such a write would seal the damage. The triggers are created from the tables as found, so a new
//! column is sealed without a change here. A seal holds the number of sealed columns: columns of a
//! later version do not break the seal.

use causeway_ports::journal::JournalError;
use rusqlite::{
    Connection, Row,
    functions::{Context, FunctionFlags},
    types::ValueRef,
};
use sha2::{Digest, Sha256};

use super::unavailable;

/// The sealed tables, each with the key of a row.
pub(super) const TABLES: [(&str, &[&str]); 9] = [
    ("payment", &["rowid"]),
    ("operation", &["rowid"]),
    ("history", &["rowid"]),
    ("processor_object", &["rowid"]),
    ("customer", &["rowid"]),
    ("card", &["rowid"]),
    ("event", &["tenant", "seq"]),
    ("inbox", &["rowid"]),
    ("poll", &["rowid"]),
];

/// The column of the seal.
const COLUMN: &str = "checksum";

/// Size of a seal: one byte for the number of columns, and eight bytes of the hash.
fn seal<'a>(values: impl ExactSizeIterator<Item = ValueRef<'a>>) -> Vec<u8> {
    let columns = u8::try_from(values.len()).unwrap_or(u8::MAX);
    let mut hash = Sha256::new();
    for value in values {
        let mut feed = |kind: u8, bytes: &[u8]| {
            hash.update([kind]);
            hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(bytes);
        };
        match value {
            ValueRef::Null => feed(0, &[]),
            ValueRef::Integer(number) => feed(1, &number.to_le_bytes()),
            ValueRef::Real(number) => feed(2, &number.to_le_bytes()),
            ValueRef::Text(text) => feed(3, text),
            ValueRef::Blob(bytes) => feed(4, bytes),
        }
    }
    std::iter::once(columns).chain(hash.finalize().into_iter().take(8)).collect()
}

/// Whether a row is as written. A row without a seal comes from a version without seals.
fn fits(seal_of_row: Option<&[u8]>, values: &[ValueRef<'_>]) -> bool {
    let Some(sealed) = seal_of_row else { return true };
    let covered = sealed.first().map_or(usize::MAX, |columns| usize::from(*columns));
    values.get(..covered).is_some_and(|values| seal(values.iter().copied()) == sealed)
}

/// Refuses a damaged row. Rows are read with all their columns.
pub(super) fn check(row: &Row<'_>) -> Result<(), JournalError> {
    let mut names = row.as_ref().column_names();
    let columns = names.len();
    let Some(place) = names.position(|name| name == COLUMN) else { return Ok(()) };
    let value = |number: usize| row.get_ref(number).map_err(unavailable);
    let sealed = value(place)?;
    let sealed = sealed.as_bytes_or_null().map_err(|error| JournalError::Corrupt(error.to_string()))?;
    let others = (0..columns).filter(|number| *number != place);
    let values = others.map(value).collect::<Result<Vec<_>, _>>()?;
    if fits(sealed, &values) {
        return Ok(());
    }
    let name = values.first().map_or_else(String::new, |first| format!("{first:?}"));
    tracing::error!(
        row = name,
        "a row of the journal is not as it was written, and is not used; inspect the journal with --check-journal"
    );
    Err(JournalError::Corrupt(format!("row {name} is not as it was written")))
}

/// Registers the functions `seal(columns…)` and `sound(seal, columns…)` on a connection.
pub(super) fn teach(connection: &Connection) -> Result<(), JournalError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let values = |context: &Context<'_>, from: usize| -> Vec<usize> { (from..context.len()).collect() };
    connection
        .create_scalar_function("seal", -1, flags, move |context| {
            Ok(seal(values(context, 0).iter().map(|number| context.get_raw(*number))))
        })
        .map_err(unavailable)?;
    connection
        .create_scalar_function("sound", -1, flags, move |context| {
            let others: Vec<_> = values(context, 1).iter().map(|number| context.get_raw(*number)).collect();
            Ok(fits(context.get_raw(0).as_bytes_or_null()?, &others))
        })
        .map_err(unavailable)
}

/// The columns of a table beside the seal.
pub(super) fn columns(connection: &Connection, table: &str) -> Result<Vec<String>, JournalError> {
    let sql = "SELECT name FROM pragma_table_info(?) WHERE name <> ? ORDER BY cid";
    let mut statement = connection.prepare(sql).map_err(unavailable)?;
    let names = statement.query_map([table, COLUMN], |row| row.get(0)).map_err(unavailable)?;
    names.collect::<Result<_, _>>().map_err(unavailable)
}

/// The SQL condition that is true for the undamaged rows of a table.
pub(super) fn condition(connection: &Connection, table: &str) -> Result<String, JournalError> {
    Ok(format!("sound({COLUMN}, {})", columns(connection, table)?.join(", ")))
}

/// Creates the triggers that seal the writes of a connection.
pub(super) fn on_writes(connection: &Connection) -> Result<(), JournalError> {
    teach(connection)?;
    for (table, key) in TABLES {
        let columns = columns(connection, table)?;
        let all = |of: &str| columns.iter().map(|name| format!("{of}.{name}")).collect::<Vec<_>>().join(", ");
        let this: Vec<_> = key.iter().map(|name| format!("{name} = NEW.{name}")).collect();
        let (new, old, this, names) = (all("NEW"), all("OLD"), this.join(" AND "), columns.join(", "));
        let seal = format!("UPDATE {table} SET {COLUMN} = seal({new}) WHERE {this};");
        let sql = format!(
            "CREATE TEMP TRIGGER {table}_is_new AFTER INSERT ON main.{table} BEGIN {seal} END;
             CREATE TEMP TRIGGER {table}_changed AFTER UPDATE OF {names} ON main.{table} BEGIN {seal} END;
             CREATE TEMP TRIGGER {table}_is_sound BEFORE UPDATE OF {names} ON main.{table} BEGIN
                 SELECT RAISE(ABORT, 'a row of {table} is not as it was written')
                 WHERE NOT sound(OLD.{COLUMN}, {old});
             END;"
        );
        connection.execute_batch(&sql).map_err(unavailable)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
