//! The promises about leases of operations.

use causeway_domain::operation::{Lease, Progress};
use causeway_ports::journal::{Record, lease::Claim};
use uuid::Uuid;

use super::{
    Stage,
    record::{claim, finished, not_known},
    samples::at,
    snapshot::committed,
};
use crate::report::{Checked, ensure, ensure_eq};

pub(super) async fn of_two_claims_one_succeeds(stage: Stage<'_>) -> Checked {
    committed(stage.journal.begin(stage.samples.begin(1)?).await?, "a begin")?;
    let begun = stage.operation(1).await?;
    let (one, other) =
        tokio::join!(stage.journal.claim(claim(&begun, 1, 100)), stage.journal.claim(claim(&begun, 2, 100)),);
    let (one, other) = (one?, other?);
    ensure(one != other, "of two claims of one epoch one succeeds")?;
    let owner = Some(Uuid::from_u128(if one { 1 } else { 2 }));
    ensure_eq(&stage.operation(1).await?.lease.owner, &owner, "the winner has the lease")
}

pub(super) async fn a_claim_raises_the_epoch(stage: Stage<'_>) -> Checked {
    committed(stage.journal.begin(stage.samples.begin(1)?).await?, "a begin")?;
    let begun = stage.operation(1).await?;
    ensure(stage.journal.claim(claim(&begun, 1, 100)).await?, "a free operation is claimed")?;
    let first = stage.operation(1).await?;
    let epoch = begun.lease.epoch.saturating_add(1);
    let expected = Lease { owner: Some(Uuid::from_u128(1)), epoch, due: Some(at(130)) };
    ensure_eq(&first.lease, &expected, "a claim sets owner and end, and raises the epoch by one")?;
    ensure_eq(&(first.tries, first.sent), &(1, begun.sent), "a claim counts, and sends nothing by itself")?;
    let again = Claim { sends: true, ..claim(&first, 1, 110) };
    ensure(stage.journal.claim(again).await?, "the owner may claim again")?;
    let second = stage.operation(1).await?;
    ensure_eq(&(second.tries, second.sent), &(2, at(110)), "a claim that sends moves the time of sending")?;
    let stale = claim(&first, 1, 120);
    ensure(!stage.journal.claim(stale).await?, "a claim under a stale epoch fails")?;
    ensure_eq(&stage.operation(1).await?, &second, "a failed claim writes nothing")
}

pub(super) async fn a_lease_is_taken_when_it_lapsed(stage: Stage<'_>) -> Checked {
    committed(stage.journal.begin(stage.samples.begin(1)?).await?, "a begin")?;
    let begun = stage.operation(1).await?;
    ensure(stage.journal.claim(claim(&begun, 1, 100)).await?, "a free operation is claimed")?;
    let taken = stage.operation(1).await?;
    ensure(!stage.journal.claim(claim(&taken, 2, 129)).await?, "a lease is not taken before its end")?;
    ensure(stage.journal.claim(claim(&taken, 2, 130)).await?, "a lapsed lease is taken")?;
    let owner = stage.operation(1).await?.lease.owner;
    ensure_eq(&owner, &Some(Uuid::from_u128(2)), "the claimer has the lease")
}

pub(super) async fn a_free_operation_is_taken_before_it_is_due(stage: Stage<'_>) -> Checked {
    committed(stage.journal.begin(stage.samples.begin(1)?).await?, "a begin")?;
    let begun = stage.operation(1).await?;
    committed(stage.journal.record(not_known(&begun, 500)).await?, "a record")?;
    let free = stage.operation(1).await?;
    let expected = Lease { owner: None, due: Some(at(500)), ..begun.lease };
    ensure_eq(&free.lease, &expected, "a record frees the operation until the next look")?;
    ensure(stage.journal.claim(claim(&free, 1, 100)).await?, "a free operation is taken before its time")
}

pub(super) async fn a_decided_operation_is_not_claimed(stage: Stage<'_>) -> Checked {
    for (number, progress) in [(1, Progress::Waiting), (2, Progress::Finished { answer: vec![] })] {
        committed(stage.journal.begin(stage.samples.begin(number)?).await?, "a begin")?;
        let begun = stage.operation(number).await?;
        let record = Record { progress, ..finished(&begun, Default::default()) };
        committed(stage.journal.record(record).await?, "a record")?;
        let decided = stage.operation(number).await?;
        ensure(
            !stage.journal.claim(claim(&decided, 1, 1000)).await?,
            "an operation that waits or is finished is not claimed",
        )?;
    }
    Ok(())
}

pub(super) async fn only_the_owner_renews(stage: Stage<'_>) -> Checked {
    for number in [1, 2] {
        committed(stage.journal.begin(stage.samples.begin(number)?).await?, "a begin")?;
        let begun = stage.operation(number).await?;
        let owner = number;
        ensure(stage.journal.claim(claim(&begun, owner, 100)).await?, "a free operation is claimed")?;
    }
    let (own, foreign) = (stage.operation(1).await?, stage.operation(2).await?);
    stage.journal.renew(Uuid::from_u128(1), vec![own.id, foreign.id], at(200)).await?;
    let renewed = stage.operation(1).await?.lease;
    ensure_eq(&renewed, &Lease { due: Some(at(200)), ..own.lease }, "the owner's lease is longer")?;
    ensure_eq(&stage.operation(2).await?, &foreign, "a lease of another owner is not renewed")
}
