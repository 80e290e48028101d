//! The inspection: whether every row of the journal is as written.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use causeway_ports::journal::JournalError;
use rusqlite::{Connection, params_from_iter, types::Value};
use tokio::sync::{oneshot, watch};

use super::{file, seal, unavailable};

/// Number of rows in one read.
const AT_ONCE: usize = 500;

/// The time from the start of a relay to the first inspection, so that the start serves payments first.
const SOON: Duration = Duration::from_secs(5);
/// The time between later inspections.
const EVERY: Duration = Duration::from_hours(24);
/// The pause between two reads while payments are made: a hundred thousand rows take about a minute.
const PAUSE: Duration = Duration::from_millis(50);

/// The result of an inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The number of rows.
    pub rows: u64,
    /// The number of rows of a version that made no checksums.
    pub unsealed: u64,
    /// The damage, a sentence each.
    pub damage: Vec<String>,
}

/// Inspects a journal, whether or not a relay has the file open. A pause between two reads keeps
/// payments from waiting.
pub fn inspect(journal: &Path, pause: Duration) -> Result<Found, JournalError> {
    if !journal.is_file() {
        return Err(JournalError::Unavailable(format!("there is no journal at {}", journal.display())));
    }
    let connection = file::connect_to_read(journal)?;
    let mut found = Found::default();
    for (table, key) in seal::TABLES {
        rows(&connection, table, key, &mut found, pause)?;
    }
    structure(&connection, &mut found)?;
    Ok(found)
}

/// Inspects the journal of a running relay, soon after the start and once a day, until the relay stops.
pub async fn now_and_then(journal: PathBuf, mut stop: watch::Receiver<bool>) {
    let mut wait = SOON;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(wait) => {}
        }
        let (sender, receiver) = oneshot::channel();
        let path = journal.clone();
        // A separate thread: a relay that stops does not wait for the inspection.
        let thread = std::thread::Builder::new().name("journal-inspector".to_owned());
        let started = thread.spawn(move || drop(sender.send(inspect(&path, PAUSE))));
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => return,
            found = receiver => match (started, found) {
                (Ok(_), Ok(found)) => report(&journal, found),
                (Ok(_) | Err(_), _) => tracing::error!("the inspection of the journal ended early or has no thread, and is tried again in a day"),
            }
        }
        wait = EVERY;
    }
}

fn report(journal: &Path, found: Result<Found, JournalError>) {
    let journal = journal.display();
    match found {
        Ok(Found { rows, damage, .. }) if damage.is_empty() => {
            tracing::info!(rows, "the journal {journal} is undamaged: every row is as it was written");
        }
        Ok(Found { rows, damage, .. }) => {
            for sentence in &damage {
                tracing::error!(rows, "the journal {journal} is damaged: {sentence}");
            }
        }
        Err(error) => tracing::error!(%error, "the journal {journal} could not be inspected"),
    }
}

/// Reads a table in the order of the key. Each read is short, because SQLite's log grows while a read lasts.
fn rows(
    connection: &Connection,
    table: &str,
    key: &[&str],
    found: &mut Found,
    pause: Duration,
) -> Result<(), JournalError> {
    let columns = seal::columns(connection, table)?.join(", ");
    let names = key.join(", ");
    let marks = vec!["?"; key.len()].join(", ");
    let next = |condition: &str| {
        format!(
            "SELECT {names}, checksum IS NULL, sound(checksum, {columns}) FROM {table} {condition}
             ORDER BY {names} LIMIT {AT_ONCE}"
        )
    };
    let (first, later) = (next(""), next(&format!("WHERE ({names}) > ({marks})")));
    let mut after: Vec<Value> = vec![];
    loop {
        let sql = if after.is_empty() { &first } else { &later };
        let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
        let mut page = statement.query(params_from_iter(after.clone())).map_err(unavailable)?;
        let mut seen = 0_usize;
        // An unreadable page of the file ends this table; the other tables are still read.
        loop {
            let row = match page.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => {
                    found.damage.push(format!("{table} cannot be read any further: {}", unavailable(error)));
                    return Ok(());
                }
            };
            let column = |number: usize| row.get::<_, Value>(number).map_err(unavailable);
            after = (0..key.len()).map(column).collect::<Result<_, _>>()?;
            let (unsealed, sound): (bool, bool) = (
                row.get(key.len()).map_err(unavailable)?,
                row.get(key.len().saturating_add(1)).map_err(unavailable)?,
            );
            found.rows = found.rows.saturating_add(1);
            found.unsealed = found.unsealed.saturating_add(u64::from(unsealed));
            if !sound {
                found.damage.push(format!("{table}: the row {} is not as it was written", shown(&after)));
            }
            seen = seen.saturating_add(1);
        }
        if seen < AT_ONCE {
            return Ok(());
        }
        std::thread::sleep(pause);
    }
}

/// The key of a row, as in SQL.
fn shown(key: &[Value]) -> String {
    let one = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Blob(_) => "x'…'".to_owned(),
    };
    key.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The integrity check of SQLite: whether every page and every index is intact.
fn structure(connection: &Connection, found: &mut Found) -> Result<(), JournalError> {
    let mut statement = connection.prepare("PRAGMA integrity_check").map_err(unavailable)?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0)).map_err(unavailable)?;
    for line in lines {
        match line {
            Ok(line) if line == "ok" => {}
            Ok(line) => found.damage.push(format!("its structure: {line}")),
            Err(error) => found.damage.push(format!("its structure: {}", unavailable(error))),
        }
    }
    Ok(())
}
