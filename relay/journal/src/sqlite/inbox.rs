//! The inbox: the processor's events as received, each once, and the position of polling.

use causeway::tenant::TenantName;
use causeway_ports::journal::{
    JournalError,
    inbox::{Disposition, InboundEvent, InboxEntry, PollPosition},
};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{read, rows, write::execute};

pub(super) fn enqueue(
    connection: &Connection,
    arrivals: &[InboundEvent],
    position: Option<&PollPosition>,
) -> Result<usize, JournalError> {
    let mut new = 0_usize;
    for event in arrivals {
        let sql = "INSERT INTO inbox (tenant, payment_system, id, kind, source, created, received, body, due)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7) ON CONFLICT DO NOTHING";
        let values = params![
            event.tenant.as_str(),
            event.payment_system,
            event.id,
            event.kind,
            event.source.as_str(),
            rows::micros(event.created),
            rows::micros(event.received),
            event.body,
        ];
        new = new.saturating_add(execute(connection, sql, values)?);
    }
    causeway_runtime::failpoint!("relay.poll.inside");
    if let Some(position) = position {
        let sql = "INSERT INTO poll (tenant, payment_system, since, anchor) VALUES (?, ?, ?, ?)
                   ON CONFLICT DO UPDATE SET since = excluded.since, anchor = excluded.anchor";
        let PollPosition { tenant, payment_system, since, anchor } = position;
        execute(connection, sql, params![tenant.as_str(), payment_system, since, anchor])?;
    }
    Ok(new)
}

pub(super) fn due_entries(
    connection: &Connection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<InboxEntry>, JournalError> {
    // The tenants take turns, so that a tenant with many events delays no other.
    let sql = "SELECT inbox.* FROM inbox JOIN (
                   SELECT seq AS next, row_number() OVER (PARTITION BY tenant ORDER BY due, seq) AS turn
                   FROM inbox WHERE due <= ?
               ) ON inbox.seq = next ORDER BY turn, due, seq LIMIT ?";
    read::sound(connection, sql, params![rows::micros(now), most], entry)
}

fn entry(row: &Row<'_>) -> Result<InboxEntry, JournalError> {
    let body: Option<String> = rows::column(row, "body")?;
    let event = InboundEvent {
        tenant: rows::parsed(row, "tenant", TenantName::parse)?,
        payment_system: rows::column(row, "payment_system")?,
        id: rows::column(row, "id")?,
        kind: rows::column(row, "kind")?,
        source: rows::parsed(row, "source", rows::source)?,
        created: rows::moment(row, "created")?,
        received: rows::moment(row, "received")?,
        body: body.unwrap_or_default(),
    };
    Ok(InboxEntry { seq: rows::column(row, "seq")?, event, tries: rows::column(row, "tries")? })
}

pub(super) fn handled(
    connection: &Connection,
    seq: i64,
    disposition: &Disposition,
) -> Result<(), JournalError> {
    match disposition {
        Disposition::Done(handled) => {
            let sql = "UPDATE inbox SET due = NULL, body = NULL, outcome = ? WHERE seq = ?";
            execute(connection, sql, params![handled.as_str(), seq])
        }
        Disposition::Later(due) => {
            let sql = "UPDATE inbox SET due = ?, tries = tries + 1 WHERE seq = ?";
            execute(connection, sql, params![rows::micros(*due), seq])
        }
        Disposition::Parked => {
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

/// Deletes handled events. A parked event stays until an operator has inspected the event.
pub(super) fn forget(connection: &Connection, before: Timestamp) -> Result<usize, JournalError> {
    let sql = "DELETE FROM inbox WHERE seq IN
               (SELECT seq FROM inbox WHERE due IS NULL AND received < ? AND outcome <> 'parked' LIMIT 1000)";
    execute(connection, sql, [rows::micros(before)])
}

pub(super) fn position(
    connection: &Connection,
    tenant: &TenantName,
    system: &str,
) -> Result<Option<PollPosition>, JournalError> {
    let sql = "SELECT * FROM poll WHERE tenant = ? AND payment_system = ?";
    read::first(connection, sql, params![tenant.as_str(), system], |row| {
        Ok(PollPosition {
            tenant: tenant.clone(),
            payment_system: system.to_owned(),
            since: rows::column(row, "since")?,
            anchor: rows::column(row, "anchor")?,
        })
    })
}
