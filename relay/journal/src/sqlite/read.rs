//! The queries that only read.

use causeway::{
    request::{Listing, Lookup, PaymentId},
    tenant::TenantName,
    text::{CustomerId, RequestId},
};
use causeway_domain::{
    change::Versioned, customer::Customer, operation::Operation, payment::Payment, timeline::TimelineEntry,
};
use causeway_ports::journal::{CustomerBy, JournalError, SpentNonce};
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, ToSql, params, params_from_iter, types::Value};

use super::{rows, seal, unavailable};

pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, JournalError>,
) -> Result<Vec<T>, JournalError> {
    each(connection, sql, params, read)?.into_iter().collect()
}

/// As [`all`], but a damaged row is left out, so that a job still handles the other rows.
pub(super) fn sound<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, JournalError>,
) -> Result<Vec<T>, JournalError> {
    let left_out = |error: &JournalError| tracing::error!(%error, "a job leaves out a damaged row of the journal; inspect the journal with --check-journal");
    let rows = each(connection, sql, params, read)?;
    Ok(rows.into_iter().filter_map(|row| row.inspect_err(left_out).ok()).collect())
}

/// Each row, or the damage of the row.
fn each<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, JournalError>,
) -> Result<Vec<Result<T, JournalError>>, JournalError> {
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    let mut found = statement.query(params).map_err(unavailable)?;
    let mut rows = vec![];
    while let Some(row) = found.next().map_err(unavailable)? {
        rows.push(seal::check(row).and_then(|()| read(row)));
    }
    Ok(rows)
}

pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, JournalError>,
) -> Result<Option<T>, JournalError> {
    Ok(all(connection, sql, params, read)?.into_iter().next())
}

pub(super) fn operation(
    connection: &Connection,
    tenant: &TenantName,
    request_id: &RequestId,
) -> Result<Option<Operation>, JournalError> {
    let sql = "SELECT * FROM operation WHERE tenant = ? AND request_id = ?";
    first(connection, sql, params![tenant.as_str(), request_id.as_str()], rows::operation)
}

pub(super) fn payment(
    connection: &Connection,
    tenant: &TenantName,
    id: PaymentId,
) -> Result<Option<Versioned<Payment>>, JournalError> {
    let sql = "SELECT * FROM payment WHERE id = ? AND tenant = ?";
    first(connection, sql, params![id.to_string(), tenant.as_str()], rows::versioned)
}

pub(super) fn customer(
    connection: &Connection,
    tenant: &TenantName,
    by: &CustomerBy,
) -> Result<Option<Versioned<Customer>>, JournalError> {
    let tenant = tenant.as_str();
    let one = |wanted: &str, params: &[&dyn ToSql]| {
        let sql = format!("SELECT * FROM customer WHERE tenant = ? AND {wanted}");
        first(connection, &sql, params, rows::versioned)
    };
    match by {
        CustomerBy::Id(id) => one("id = ?", &[&tenant, &id.to_string()]),
        CustomerBy::Reference { system, account, test_mode, customer } => one(
            "reference = ? AND payment_system = ? AND account = ? AND test_mode = ?",
            &[&tenant, &customer.as_str(), system, account, test_mode],
        ),
        CustomerBy::Card(token) => {
            one("id = (SELECT customer FROM card WHERE token = ?)", &[&tenant, &token.as_str()])
        }
    }
}

pub(super) fn owner(connection: &Connection, id: &str) -> Result<Option<Customer>, JournalError> {
    let sql = "SELECT * FROM customer
               WHERE processor_id = ?1 OR id IN (SELECT customer FROM card WHERE payment_method = ?1) LIMIT 1";
    let found: Option<Versioned<Customer>> = first(connection, sql, [id], rows::versioned)?;
    Ok(found.map(|found| found.value))
}

pub(super) fn is_known(connection: &Connection, id: &str) -> Result<bool, JournalError> {
    let found = first(connection, "SELECT id FROM processor_object WHERE id = ?", [id], |_| Ok(()))?;
    Ok(found.is_some())
}

pub(super) fn customers(
    connection: &Connection,
    tenant: &TenantName,
    reference: &CustomerId,
) -> Result<Vec<Versioned<Customer>>, JournalError> {
    let sql = "SELECT * FROM customer WHERE tenant = ? AND reference = ? ORDER BY payment_system";
    all(connection, sql, params![tenant.as_str(), reference.as_str()], rows::versioned)
}

pub(super) fn look_up(
    connection: &Connection,
    tenant: &TenantName,
    lookup: &Lookup,
) -> Result<Option<Payment>, JournalError> {
    let one = |sql: &str, name: &str| -> Result<Option<Versioned<Payment>>, JournalError> {
        first(connection, sql, params![tenant.as_str(), name], rows::versioned)
    };
    let found = match lookup {
        Lookup::Payment(id) => payment(connection, tenant, *id),
        Lookup::Reference(reference) => one(
            "SELECT * FROM payment WHERE tenant = ? AND reference = ? ORDER BY id DESC LIMIT 1",
            reference.as_str(),
        ),
        Lookup::Processor(id) => one(
            "SELECT * FROM payment WHERE tenant = ?
             AND id = (SELECT payment FROM processor_object WHERE id = ?)",
            id.as_str(),
        ),
        Lookup::Request(id) => one(
            "SELECT * FROM payment WHERE tenant = ?1
             AND id = (SELECT payment FROM operation WHERE tenant = ?1 AND request_id = ?2)",
            id.as_str(),
        ),
    };
    Ok(found?.map(|found| found.value))
}

pub(super) fn history(connection: &Connection, id: PaymentId) -> Result<Vec<TimelineEntry>, JournalError> {
    all(connection, "SELECT * FROM history WHERE payment = ? ORDER BY seq", [id.to_string()], rows::entry)
}

pub(super) fn list(
    connection: &Connection,
    tenant: &TenantName,
    listing: &Listing,
) -> Result<Vec<Payment>, JournalError> {
    // Ids are UUIDv7, so their order is the order of time. Only given filters are in the text,
    // so that the planner can choose an index.
    let mut wanted: Vec<(&str, Value)> = vec![("tenant =", tenant.as_str().to_owned().into())];
    let text = |text: &str| Value::from(text.to_owned());
    wanted.extend(listing.reference.as_ref().map(|reference| ("reference =", text(reference.as_str()))));
    wanted.extend(listing.status.map(|status| ("status =", text(rows::status_name(status)))));
    wanted.extend(listing.created_from.map(|from| ("created >=", rows::micros(from).into())));
    wanted.extend(listing.created_before.map(|before| ("created <", rows::micros(before).into())));
    wanted.extend(listing.after.map(|after| ("id <", text(&after.to_string()))));
    let (conditions, values): (Vec<_>, Vec<_>) =
        wanted.into_iter().map(|(condition, value)| (format!("{condition} ?"), value)).unzip();
    let sql = format!(
        "SELECT * FROM payment WHERE {} ORDER BY id DESC LIMIT {}",
        conditions.join(" AND "),
        listing.page_size.saturating_add(1)
    );
    let found = all(connection, &sql, params_from_iter(values), rows::versioned)?;
    Ok(found.into_iter().map(|found| found.value).collect())
}

pub(super) fn heartbeat(connection: &Connection) -> Result<Option<Timestamp>, JournalError> {
    first(connection, "SELECT at FROM heartbeat", [], |row| rows::moment(row, "at"))
}

pub(super) fn nonces(connection: &Connection, now: Timestamp) -> Result<Vec<SpentNonce>, JournalError> {
    all(connection, "SELECT * FROM nonce WHERE good_until >= ?", [rows::micros(now)], |row| {
        Ok(SpentNonce {
            nonce: (rows::column(row, "key_id")?, rows::column(row, "nonce")?),
            good_until: rows::moment(row, "good_until")?,
        })
    })
}
