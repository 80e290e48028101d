//! Conversion of rows to values, and back.

use causeway::{
    request::PaymentId,
    tenant::TenantName,
    text::{CardToken, RequestId},
    v1::PaymentStatus,
};
use causeway_domain::{
    change::Versioned,
    operation::{CustomerCommand, Lease, Operation, PaymentCommand, Progress, Source, Target},
    timeline::TimelineEntry,
};
use causeway_ports::journal::JournalError;
use jiff::Timestamp;
use rusqlite::Row;

/// Reads one column of a row.
pub(super) fn column<T: rusqlite::types::FromSql>(row: &Row<'_>, name: &str) -> Result<T, JournalError> {
    row.get(name).map_err(|error| JournalError::Corrupt(format!("{name}: {error}")))
}

pub(super) fn parsed<T, E: std::fmt::Display>(
    row: &Row<'_>,
    name: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, JournalError> {
    let text: String = column(row, name)?;
    read(&text).map_err(|error| JournalError::Corrupt(format!("{name}: {error}")))
}

/// Moments are written in microseconds since 1970.
pub(super) fn micros(moment: Timestamp) -> i64 {
    moment.as_microsecond()
}

/// Epochs rise by one, so every epoch fits.
pub(super) fn epoch(epoch: u64) -> i64 {
    i64::try_from(epoch).unwrap_or(i64::MAX)
}

pub(super) fn moment(row: &Row<'_>, name: &str) -> Result<Timestamp, JournalError> {
    let micros: i64 = column(row, name)?;
    Timestamp::from_microsecond(micros).map_err(|error| JournalError::Corrupt(format!("{name}: {error}")))
}

/// The name of a status, without the name of the enum.
pub(super) fn status_name(status: PaymentStatus) -> &'static str {
    status.as_str_name().trim_start_matches("PAYMENT_STATUS_")
}

fn status(name: &str) -> Result<PaymentStatus, String> {
    PaymentStatus::from_str_name(&format!("PAYMENT_STATUS_{name}"))
        .ok_or_else(|| format!("{name} is no status"))
}

fn payment_command(name: &str) -> Result<PaymentCommand, String> {
    PaymentCommand::parse(name).ok_or_else(|| format!("{name} is no command on a payment"))
}

pub(super) fn source(name: &str) -> Result<Source, String> {
    name.parse().map_err(|_| format!("{name} is no source"))
}

/// A payment or a customer, with the version.
pub(super) fn versioned<T: serde::de::DeserializeOwned>(row: &Row<'_>) -> Result<Versioned<T>, JournalError> {
    let version: i64 = column(row, "version")?;
    let value = parsed(row, "body", |text| serde_json::from_str(text))?;
    let version =
        u64::try_from(version).map_err(|error| JournalError::Corrupt(format!("version: {error}")))?;
    Ok(Versioned { value, version })
}

/// The target of an operation. The kind and the columns have to agree: a command on a payment has a
/// payment only, a command on a customer has a customer and perhaps a card.
fn target(row: &Row<'_>) -> Result<Target, JournalError> {
    let kind: String = column(row, "kind")?;
    let (payment, customer): (Option<String>, Option<String>) =
        (column(row, "payment")?, column(row, "customer")?);
    let card: Option<String> = column(row, "card")?;
    let columns = (PaymentCommand::parse(&kind), CustomerCommand::parse(&kind), payment, customer, card);
    match columns {
        (Some(command), None, Some(id), None, None) => PaymentId::parse(&id)
            .map(|id| Target::Payment { id, command })
            .map_err(|error| JournalError::Corrupt(format!("payment: {error}"))),
        (None, Some(command), None, Some(id), card) => {
            let id = uuid::Uuid::try_parse(&id);
            let id = id.map_err(|error| JournalError::Corrupt(format!("customer: {error}")))?;
            Ok(Target::Customer { id, card: card.map(CardToken::kept), command })
        }
        _ => Err(JournalError::Corrupt(format!("kind {kind} does not go with its target"))),
    }
}

pub(super) fn operation(row: &Row<'_>) -> Result<Operation, JournalError> {
    let state: String = column(row, "state")?;
    let answer: Option<Vec<u8>> = column(row, "answer")?;
    let progress = match (state.as_str(), answer) {
        ("OPEN", None) => Progress::Open,
        ("UNKNOWN", None) => Progress::Unknown,
        ("WAITING", None) => Progress::Waiting,
        ("FINISHED", Some(answer)) => Progress::Finished { answer },
        (state, _) => {
            return Err(JournalError::Corrupt(format!("state {state} does not go with its answer")));
        }
    };
    let request: Option<String> = column(row, "request")?;
    let request = request.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Operation {
        id: parsed(row, "id", uuid::Uuid::try_parse)?,
        tenant: parsed(row, "tenant", TenantName::parse)?,
        request_id: RequestId::kept(column(row, "request_id")?),
        target: target(row)?,
        fingerprint: column(row, "fingerprint")?,
        idempotency_key: parsed(row, "idempotency_key", |text| serde_json::from_value(text.into()))?,
        request: request.map_err(|error| JournalError::Corrupt(format!("request: {error}")))?,
        started: moment(row, "started")?,
        progress,
        lease: lease(row)?,
        tries: column(row, "tries")?,
        sent: moment(row, "sent")?,
        key_spent: column(row, "key_spent")?,
    })
}

fn lease(row: &Row<'_>) -> Result<Lease, JournalError> {
    let corrupt = |error: &dyn std::fmt::Display| JournalError::Corrupt(format!("lease: {error}"));
    let owner: String = column(row, "owner")?;
    let (epoch, due): (i64, Option<i64>) = (column(row, "epoch")?, column(row, "due")?);
    let owner = (!owner.is_empty()).then(|| uuid::Uuid::try_parse(&owner)).transpose();
    Ok(Lease {
        owner: owner.map_err(|error| corrupt(&error))?,
        epoch: u64::try_from(epoch).map_err(|error| corrupt(&error))?,
        due: due.map(Timestamp::from_microsecond).transpose().map_err(|error| corrupt(&error))?,
    })
}

pub(super) fn entry(row: &Row<'_>) -> Result<TimelineEntry, JournalError> {
    let from: Option<String> = column(row, "from_status")?;
    let name: String = column(row, "operation")?;
    let operation = if name.is_empty() {
        None
    } else {
        let command = payment_command(&name).map_err(JournalError::Corrupt)?;
        Some((command, RequestId::kept(column(row, "request_id")?)))
    };
    Ok(TimelineEntry {
        at: moment(row, "at")?,
        from: from.map(|name| status(&name)).transpose().map_err(JournalError::Corrupt)?,
        to: parsed(row, "to_status", status)?,
        operation,
        source: parsed(row, "source", source)?,
        note: column(row, "note")?,
        reference: column(row, "reference")?,
    })
}

/// The columns of an operation's progress: state and answer.
pub(super) fn progress(progress: &Progress) -> (&'static str, Option<&[u8]>) {
    match progress {
        Progress::Open => ("OPEN", None),
        Progress::Unknown => ("UNKNOWN", None),
        Progress::Waiting => ("WAITING", None),
        Progress::Finished { answer } => ("FINISHED", Some(answer)),
    }
}
