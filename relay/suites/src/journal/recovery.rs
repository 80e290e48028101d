//! The promises for recovery and jobs: the selected rows, and the order of the rows.

use causeway::{request::PaymentId, tenant::TenantName};
use causeway_domain::{
    change::Changes,
    operation::{CommandKind, CustomerCommand, Operation, PaymentCommand, Progress, Target},
    payment::{Payment, State},
};
use causeway_ports::journal::{Begin, Page, Record, Unfinished, lease::Recoverable};
use jiff::Timestamp;

use super::{
    Stage,
    record::{finished, not_known},
    samples::{at, held, kept, payment_id},
    snapshot::committed,
};
use crate::report::{Checked, Fault, ensure_eq};

/// The request ids of operations, which show the numbers of the samples.
fn numbers(operations: &[Operation]) -> Vec<&str> {
    operations.iter().map(|operation| operation.request_id.as_str()).collect()
}

pub(super) fn ids(payments: &[Payment]) -> Vec<PaymentId> {
    payments.iter().map(|payment| payment.id).collect()
}

/// A page of the first rows.
pub(super) fn page(tenant: Option<&TenantName>, after: &str, most: u32) -> Page {
    Page { tenant: tenant.cloned(), after: after.to_owned(), most }
}

/// Operations 1 to 6: due at 300, 100 and 200, waiting, finished, and due at 150 of the other tenant.
async fn six(stage: &Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = stage;
    for number in 1..=5 {
        committed(journal.begin(samples.begin(number)?).await?, "a begin")?;
    }
    committed(journal.begin(samples.begin_of_other(6)?).await?, "a begin")?;
    for (number, next) in [(1, 300), (2, 100), (3, 200)] {
        let begun = stage.operation(number).await?;
        committed(journal.record(not_known(&begun, next)).await?, "a record")?;
    }
    for (number, progress) in [(4, Progress::Waiting), (5, Progress::Finished { answer: vec![] })] {
        let begun = stage.operation(number).await?;
        let record = Record { progress, ..finished(&begun, Changes::default()) };
        committed(journal.record(record).await?, "a record")?;
    }
    let foreign = samples.begin_of_other(6)?.operation;
    committed(journal.record(not_known(&foreign, 150)).await?, "a record")
}

pub(super) async fn recoverable_operations_come_by_due_time(stage: Stage<'_>) -> Checked {
    six(&stage).await?;
    let which = |tenant: Option<&TenantName>, by: Option<i64>, most| Recoverable {
        tenant: tenant.cloned(),
        by: by.map(at),
        most,
    };
    let ours = Some(&stage.samples.tenant);
    let cases: [(Recoverable, &[&str]); 6] = [
        (which(None, Some(1000), 10), &["r-2", "r-6", "r-3", "r-1"]),
        (which(None, Some(200), 10), &["r-2", "r-6", "r-3"]),
        (which(None, Some(99), 10), &[]),
        (which(None, None, 10), &["r-2", "r-6", "r-3", "r-1"]),
        (which(ours, Some(1000), 10), &["r-2", "r-3", "r-1"]),
        (which(ours, None, 2), &["r-2", "r-3"]),
    ];
    for (which, expected) in cases {
        let promise = format!("recovery finds the operations of {which:?}, longest due first");
        let found = stage.journal.recoverable(which).await?;
        ensure_eq(&numbers(&found), &expected.to_vec(), &promise)?;
    }
    Ok(())
}

/// An open operation of number 7, with a command on a customer.
async fn on_a_customer(stage: &Stage<'_>) -> Result<Begin, Fault> {
    let customer = stage.samples.customer(7);
    let command = CustomerCommand::PutCustomer;
    let target = Target::Customer { id: customer.id, card: None, command };
    let operation = stage.samples.operation(7, target);
    Ok(Begin { operation, changes: kept(&customer, None), nonce: None })
}

pub(super) async fn unfinished_operations_come_by_age(stage: Stage<'_>) -> Checked {
    six(&stage).await?;
    let begin = on_a_customer(&stage).await?;
    let written = begin.operation.clone();
    committed(stage.journal.begin(begin).await?, "a begin")?;
    ensure_eq(&stage.operation(7).await?, &written, "an operation on a customer is there as written")?;
    let authorize = CommandKind::Payment(PaymentCommand::Authorize);
    let put = CommandKind::Customer(CustomerCommand::PutCustomer);
    let all = Unfinished {
        tenant: None,
        kinds: vec![authorize, put],
        waiting: false,
        before: at(1000),
        after: at(0),
        most: 10,
    };
    let of_tenant = Some(stage.samples.tenant.clone());
    let cases: [(Unfinished, &[&str]); 7] = [
        (all.clone(), &["r-1", "r-2", "r-3", "r-4", "r-6", "r-7"]),
        (Unfinished { tenant: of_tenant, ..all.clone() }, &["r-1", "r-2", "r-3", "r-4", "r-7"]),
        (Unfinished { kinds: vec![put], ..all.clone() }, &["r-7"]),
        (Unfinished { waiting: true, ..all.clone() }, &["r-4"]),
        (Unfinished { before: at(3), ..all.clone() }, &["r-1", "r-2"]),
        (Unfinished { after: at(3), ..all.clone() }, &["r-4", "r-6", "r-7"]),
        (Unfinished { most: 2, ..all }, &["r-1", "r-2"]),
    ];
    for (which, expected) in cases {
        let promise = format!("unfinished operations are found as {which:?} says, oldest first");
        let found = stage.journal.unfinished(which).await?;
        ensure_eq(&numbers(&found), &expected.to_vec(), &promise)?;
    }
    Ok(())
}

pub(super) async fn open_payments_come_in_pages(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let states = [State::Started, held(None), State::Pending, State::Released, State::Started];
    for (number, state) in (1..).zip(states) {
        committed(journal.change(samples.in_state(number, state)?).await?, "a new payment")?;
    }
    let foreign = samples.started(samples.payment_of(&samples.other, 6));
    committed(journal.change(Changes::of_payment(foreign)?).await?, "a new payment")?;
    let of = |numbers: &[u128]| numbers.iter().copied().map(payment_id).collect::<Vec<_>>();
    let third = payment_id(3).to_string();
    let cases: [(Page, &[u128]); 4] = [
        (page(None, "", 10), &[1, 3, 5, 6]),
        (page(Some(&samples.tenant), "", 10), &[1, 3, 5]),
        (page(Some(&samples.tenant), "", 2), &[1, 3]),
        (page(Some(&samples.tenant), &third, 2), &[5]),
    ];
    for (which, expected) in cases {
        let promise = format!("open payments are found as {which:?} says, oldest first");
        let found = journal.open_payments(which).await?;
        ensure_eq(&ids(&found), &of(expected), &promise)?;
    }
    Ok(())
}

pub(super) async fn ending_holds_come_in_pages(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let ends = [Some(100), Some(200), None, Some(300)];
    for (number, end) in (1..).zip(ends) {
        committed(journal.change(samples.in_state(number, held(end))?).await?, "a new payment")?;
    }
    let captured = State::Captured { captured: samples.amount };
    committed(journal.change(samples.in_state(5, captured)?).await?, "a new payment")?;
    let found = async |before: Timestamp, which: Page| -> Result<Vec<PaymentId>, Fault> {
        Ok(ids(&journal.holds_ending(before, which).await?))
    };
    let all = || page(None, "", 10);
    let both = vec![payment_id(1), payment_id(2)];
    ensure_eq(&found(at(300), all()).await?, &both, "holds that end before a moment are found")?;
    ensure_eq(&found(at(100), all()).await?, &vec![], "a hold that ends at the moment is not found")?;
    let behind = page(None, &payment_id(1).to_string(), 10);
    ensure_eq(&found(at(300), behind).await?, &vec![payment_id(2)], "a page begins after an id")?;
    let foreign = page(Some(&samples.other), "", 10);
    ensure_eq(&found(at(300), foreign).await?, &vec![], "holds of another tenant are not found")
}
