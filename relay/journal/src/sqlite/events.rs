//! The log of events: appended in the transaction of a change, read by watchers.

use std::collections::HashMap;

use causeway::{tenant::TenantName, v1};
use causeway_domain::event::{self, Alarm};
use causeway_ports::journal::JournalError;
use prost::Message;
use rusqlite::{Connection, OptionalExtension, params};

use super::{read, rows, unavailable, write::execute};

/// The last sequence of each tenant with new events.
pub(super) type LastEvents = HashMap<TenantName, u64>;

/// Appends events, each with the next sequence and the derived id.
pub(super) fn append<'a>(
    connection: &Connection,
    tenant: &TenantName,
    events: impl IntoIterator<Item = &'a v1::Event>,
) -> Result<LastEvents, JournalError> {
    let mut events = events.into_iter().peekable();
    if events.peek().is_none() {
        return Ok(LastEvents::default());
    }
    let mut sequence = last(connection, tenant)?;
    for event in events {
        let mut event = event.clone();
        sequence = sequence.saturating_add(1);
        event.sequence = sequence;
        event.id = event::id(tenant, &event).to_string();
        let at = event.at.as_ref().map_or(0, |at| at.seconds.saturating_mul(1_000_000));
        let sql = "INSERT INTO event (tenant, seq, at, body) VALUES (?, ?, ?, ?)";
        let number = i64::try_from(sequence).unwrap_or(i64::MAX);
        execute(connection, sql, params![tenant.as_str(), number, at, event.encode_to_vec()])?;
    }
    Ok(LastEvents::from([(tenant.clone(), sequence)]))
}

/// The sequence of the last event; 0 before the first event.
pub(super) fn last(connection: &Connection, tenant: &TenantName) -> Result<u64, JournalError> {
    let sql = "SELECT seq FROM event WHERE tenant = ? ORDER BY seq DESC LIMIT 1";
    let found: Option<i64> = connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([tenant.as_str()], |row| row.get(0)).optional())
        .map_err(unavailable)?;
    Ok(found.and_then(|found| u64::try_from(found).ok()).unwrap_or_default())
}

/// The last sequence of every tenant that has events. The query goes from tenant to tenant,
/// because a scan of all events of all time would take too long.
pub(super) fn all_last(connection: &Connection) -> Result<LastEvents, JournalError> {
    let mut next = connection
        .prepare("SELECT tenant FROM event WHERE tenant > ? ORDER BY tenant LIMIT 1")
        .map_err(unavailable)?;
    let mut all = LastEvents::default();
    let mut name = String::new();
    while let Some(tenant) = next.query_row([&name], |row| row.get(0)).optional().map_err(unavailable)? {
        name = tenant;
        let tenant = TenantName::parse(&name).map_err(|error| JournalError::Corrupt(error.to_string()))?;
        let sequence = last(connection, &tenant)?;
        all.insert(tenant, sequence);
    }
    Ok(all)
}

/// Events after a sequence, oldest first.
pub(super) fn after(
    connection: &Connection,
    tenant: &TenantName,
    after: u64,
    most: u32,
) -> Result<Vec<v1::Event>, JournalError> {
    let sql = "SELECT * FROM event WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?";
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    read::all(connection, sql, params![tenant.as_str(), after, most], |row| {
        let body: Vec<u8> = rows::column(row, "body")?;
        let event = v1::Event::decode(body.as_slice());
        event.map_err(|error| JournalError::Corrupt(format!("event: {error}")))
    })
}

/// Writes an alarm, unless an alarm with the same key exists.
pub(super) fn raise(connection: &Connection, alarm: &Alarm) -> Result<(bool, LastEvents), JournalError> {
    let sql = "INSERT INTO alarm (tenant, key) VALUES (?, ?) ON CONFLICT DO NOTHING";
    if execute(connection, sql, params![alarm.tenant.as_str(), alarm.key])? == 0 {
        return Ok((false, LastEvents::default()));
    }
    Ok((true, append(connection, &alarm.tenant, &[alarm.to_event()])?))
}
