//! The report on operations with an unknown outcome, for operators.

use causeway_domain::operation::Target;
use causeway_journal::sqlite::unresolved::Unresolved;
use jiff::{SignedDuration, Timestamp};

/// One line per operation: tenant, kind, age, attempts, the relay that holds the lease or the time
/// of the next attempt, and the metadata to search for in Stripe's dashboard.
pub(crate) fn line(unresolved: &Unresolved, now: Timestamp) -> String {
    let operation = &unresolved.operation;
    let about = match &operation.target {
        Target::Payment { id, .. } => format!("payment {id}"),
        Target::Customer { card: Some(card), .. } => format!("card {card}"),
        Target::Customer { id, card: None, .. } => format!("customer {id}"),
    };
    let system = match unresolved.payment_system.as_str() {
        "" => String::new(),
        system => format!(" of {system}"),
    };
    let why = match unresolved.why.as_str() {
        "" => String::new(),
        why => format!("; {why}"),
    };
    format!(
        "tenant {}{system}: {} {} of {about}, begun {} ago, tried {} times, {}; causeway_operation = {}{why}",
        operation.tenant,
        operation.kind().as_str(),
        operation.request_id,
        coarse(now.duration_since(operation.started)),
        operation.tries.saturating_add(1),
        next(unresolved, now),
        operation.id,
    )
}

fn next(unresolved: &Unresolved, now: Timestamp) -> String {
    let lease = &unresolved.operation.lease;
    match (lease.owner, lease.due) {
        (Some(relay), Some(due)) if due > now => format!("relay {relay} works on it"),
        (_, Some(due)) if due > now => format!("looked at next in {}", coarse(due.duration_since(now))),
        (_, Some(_)) => "to be looked at now".to_owned(),
        (_, None) => "left to an operator: find it in Stripe's dashboard, then run the job open".to_owned(),
    }
}

/// A duration in a rounded, readable form.
fn coarse(duration: SignedDuration) -> String {
    match duration.as_secs() {
        seconds @ ..120 => format!("{seconds} seconds"),
        seconds @ 120..7200 => format!("{} minutes", seconds / 60),
        seconds => format!("{} hours", seconds / 3600),
    }
}
