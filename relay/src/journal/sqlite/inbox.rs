//! The inbox: Stripe's events as they came in, each once, and how far polling has come.

use causeway::tenant::TenantName;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{
    super::{
        JournalError,
        incoming::{Fate, Incoming, Letter, Position},
    },
    read, rows,
    write::execute,
};

pub(super) fn arrive(
    connection: &Connection,
    arrivals: &[Incoming],
    position: Option<&Position>,
) -> Result<usize, JournalError> {
    let mut new = 0_usize;
    for it in arrivals {
        let sql = "INSERT INTO inbox (tenant, payment_system, id, kind, source, created, received, body, due)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7) ON CONFLICT DO NOTHING";
        let values = params![
            it.tenant.as_str(),
            it.payment_system,
            it.id,
            it.kind,
            it.source.as_str(),
            rows::micros(it.created),
            rows::micros(it.received),
            it.body,
        ];
        new = new.saturating_add(execute(connection, sql, values)?);
    }
    causeway_runtime::failpoint!("relay.poll.inside");
    if let Some(position) = position {
        let sql = "INSERT INTO poll (tenant, payment_system, since, anchor) VALUES (?, ?, ?, ?)
                   ON CONFLICT DO UPDATE SET since = excluded.since, anchor = excluded.anchor";
        let Position { tenant, payment_system, since, anchor } = position;
        execute(connection, sql, params![tenant.as_str(), payment_system, since, anchor])?;
    }
    Ok(new)
}

pub(super) fn letters(
    connection: &Connection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Letter>, JournalError> {
    let sql = "SELECT * FROM inbox WHERE due <= ? ORDER BY due, seq LIMIT ?";
    read::sound(connection, sql, params![rows::micros(now), most], letter)
}

fn letter(row: &Row<'_>) -> Result<Letter, JournalError> {
    let body: Option<String> = rows::column(row, "body")?;
    let incoming = Incoming {
        tenant: rows::parsed(row, "tenant", TenantName::parse)?,
        payment_system: rows::column(row, "payment_system")?,
        id: rows::column(row, "id")?,
        kind: rows::column(row, "kind")?,
        source: rows::parsed(row, "source", rows::source)?,
        created: rows::moment(row, "created")?,
        received: rows::moment(row, "received")?,
        body: body.unwrap_or_default(),
    };
    Ok(Letter { seq: rows::column(row, "seq")?, incoming, tries: rows::column(row, "tries")? })
}

pub(super) fn handled(connection: &Connection, seq: i64, fate: &Fate) -> Result<(), JournalError> {
    match fate {
        Fate::Done(handled) => {
            let sql = "UPDATE inbox SET due = NULL, body = NULL, outcome = ? WHERE seq = ?";
            execute(connection, sql, params![handled.as_str(), seq])
        }
        Fate::Later(due) => {
            let sql = "UPDATE inbox SET due = ?, tries = tries + 1 WHERE seq = ?";
            execute(connection, sql, params![rows::micros(*due), seq])
        }
        Fate::Parked => {
            let sql = "UPDATE inbox SET due = NULL, outcome = 'parked' WHERE seq = ?";
            execute(connection, sql, [seq])
        }
    }
    .map(drop)
}

pub(super) fn counts(
    connection: &Connection,
    tenant: &TenantName,
) -> Result<Vec<(String, u64)>, JournalError> {
    let sql = "SELECT coalesce(outcome, 'waiting') AS outcome, count(*) AS count FROM inbox
               WHERE tenant = ? GROUP BY 1 ORDER BY 1";
    read::all(connection, sql, [tenant.as_str()], |row| {
        let count: i64 = rows::column(row, "count")?;
        Ok((rows::column(row, "outcome")?, u64::try_from(count).unwrap_or_default()))
    })
}

/// What is parked stays until somebody has looked.
pub(super) fn forget(connection: &Connection, before: Timestamp) -> Result<usize, JournalError> {
    let sql = "DELETE FROM inbox WHERE seq IN
               (SELECT seq FROM inbox WHERE due IS NULL AND received < ? AND outcome <> 'parked' LIMIT 1000)";
    execute(connection, sql, [rows::micros(before)])
}

pub(super) fn position(
    connection: &Connection,
    tenant: &TenantName,
    system: &str,
) -> Result<Option<Position>, JournalError> {
    let sql = "SELECT * FROM poll WHERE tenant = ? AND payment_system = ?";
    read::first(connection, sql, params![tenant.as_str(), system], |row| {
        Ok(Position {
            tenant: tenant.clone(),
            payment_system: system.to_owned(),
            since: rows::column(row, "since")?,
            anchor: rows::column(row, "anchor")?,
        })
    })
}
