//! The promises of the first phase.

use causeway_domain::{
    change::{Changes, CustomerChange},
    event,
    operation::Source,
    payment::State,
};
use causeway_ports::journal::{Commit, CustomerBy};

use super::{
    Stage,
    samples::{at, card, kept, moved, nonce, payment_id, request_id},
    snapshot::committed,
};
use crate::report::{Checked, ensure, ensure_eq, present};

pub(super) async fn begin_writes_everything(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let mut begin = samples.begin(1)?;
    let (mut payment, mut customer) = (samples.payment(1), samples.customer(1));
    payment.state = State::Captured { captured: samples.amount };
    customer.cards.push(card(1));
    let customer = CustomerChange { customer, basis: None, source: Source::Api };
    begin.changes = Changes::new(Some(samples.started(payment)), Some(customer))?;
    begin.nonce = Some(nonce("n-1", 100));
    committed(journal.begin(begin.clone()).await?, "a begin")?;

    ensure_eq(&stage.operation(1).await?, &begin.operation, "the operation is there as written")?;
    let written = present(begin.changes.payment(), "the sample has a payment")?;
    ensure_eq(&stage.payment(1).await?.value, &written.payment, "the payment is there as written")?;
    let history = journal.history(payment_id(1)).await?;
    ensure_eq(&history, &vec![written.entry.clone()], "the history has the entry")?;
    let written = present(begin.changes.customer(), "the sample has a customer")?;
    let found = journal.customer(&samples.tenant, CustomerBy::Id(written.customer.id)).await?;
    let found = found.map(|found| found.value);
    ensure_eq(&found.as_ref(), &Some(&written.customer), "the customer is there as written")?;
    ensure_eq(&journal.nonces(at(0)).await?, &vec![nonce("n-1", 100)], "the nonce is spent")?;

    let mut expected = begin.changes.events().cloned().collect::<Vec<_>>();
    for (event, sequence) in expected.iter_mut().zip(1..) {
        event.sequence = sequence;
        event.id = event::id(&samples.tenant, event).to_string();
    }
    ensure(expected.len() >= 2, "the sample has events of the payment and of the customer")?;
    let events = journal.events(&samples.tenant, 0, 100).await?;
    ensure_eq(&events, &expected, "the events are there in order, with sequence and id")
}

pub(super) async fn a_request_id_begins_once(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    committed(journal.begin(samples.begin(1)?).await?, "a begin")?;
    let before = stage.snapshot().await?;
    let mut second = samples.begin(2)?;
    second.operation.request_id = request_id(1);
    second.nonce = Some(nonce("n-1", 100));
    let commit = journal.begin(second).await?;
    ensure_eq(&commit, &Commit::DuplicateRequest, "a second begin with one request id is refused")?;
    ensure_eq(&stage.snapshot().await?, &before, "a refused begin writes nothing")?;

    let mut third = samples.begin_of_other(3)?;
    third.operation.request_id = request_id(1);
    committed(journal.begin(third).await?, "the same request id of another tenant")
}

pub(super) async fn a_nonce_is_spent_once(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let mut first = samples.begin(1)?;
    first.nonce = Some(nonce("n-1", 100));
    committed(journal.begin(first).await?, "a begin with a nonce")?;
    let before = stage.snapshot().await?;
    let mut second = samples.begin(2)?;
    second.nonce = Some(nonce("n-1", 200));
    let commit = journal.begin(second.clone()).await?;
    ensure_eq(&commit, &Commit::NonceReplayed, "a begin with a spent nonce is refused")?;
    ensure_eq(
        &journal.spend(nonce("n-1", 300)).await?,
        &Commit::NonceReplayed,
        "a nonce is not spent again",
    )?;
    ensure_eq(&stage.snapshot().await?, &before, "a refused begin writes nothing")?;

    let mut of_other_key = nonce("n-1", 100);
    of_other_key.nonce.0 = "key-2".to_owned();
    second.nonce = Some(of_other_key);
    committed(journal.begin(second).await?, "a begin with a nonce of another key")?;
    committed(journal.spend(nonce("n-2", 120)).await?, "a new nonce")?;
    ensure_eq(&journal.nonces(at(100)).await?.len(), &3, "nonces that count are listed")?;
    let late = journal.nonces(at(101)).await?;
    ensure_eq(&late, &vec![nonce("n-2", 120)], "nonces that no longer count are not listed")
}

pub(super) async fn a_refused_begin_spends_no_nonce(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    committed(journal.begin(samples.begin(1)?).await?, "a begin")?;
    for (mut refused, name) in [(samples.begin(1)?, "n-1"), (samples.begin(2)?, "n-2")] {
        refused.nonce = Some(nonce(name, 100));
        refused.changes = Changes::of_payment(samples.started(samples.payment(1)))?;
        ensure(journal.begin(refused).await? != Commit::Committed, "the sample is refused")?;
        committed(journal.spend(nonce(name, 100)).await?, "the nonce of a refused begin")?;
    }
    Ok(())
}

pub(super) async fn a_begin_from_a_stale_version_writes_nothing(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    committed(journal.begin(samples.begin(1)?).await?, "a begin")?;
    let found = stage.payment(1).await?;
    let change = moved(&found.value, found.version, State::Pending, 10);
    committed(journal.change(Changes::of_payment(change)?).await?, "a change")?;
    let customer = samples.customer(1);
    committed(journal.change(kept(&customer, None)).await?, "a new customer")?;
    let known = present(
        journal.customer(&samples.tenant, CustomerBy::Id(customer.id)).await?,
        "a written customer is there",
    )?;
    committed(journal.change(kept(&customer, Some(known.version))).await?, "a change of a customer")?;
    let mut same_reference = samples.customer(2);
    same_reference.reference = customer.reference.clone();

    let before = stage.snapshot().await?;
    let stale = [
        Changes::of_payment(moved(&found.value, found.version, State::Released, 11))?,
        Changes::of_payment(samples.started(samples.payment(1)))?,
        kept(&customer, Some(known.version)),
        kept(&same_reference, None),
    ];
    for (changes, input) in stale.into_iter().zip(1..) {
        let mut begin = samples.begin(2)?;
        begin.changes = changes;
        begin.nonce = Some(nonce("n-1", 100));
        let commit = journal.begin(begin).await?;
        let promise = format!("a begin from a stale version is refused (case {input})");
        ensure_eq(&commit, &Commit::VersionConflict, &promise)?;
        let promise = format!("a refused begin writes nothing (case {input})");
        ensure_eq(&stage.snapshot().await?, &before, &promise)?;
    }
    Ok(())
}
