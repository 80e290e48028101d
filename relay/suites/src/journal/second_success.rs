//! The promises about a success that must be the only success of a billing reference.

use causeway_domain::{
    change::Changes,
    operation::{PaymentCommand, Target},
    payment::{AlarmKind, Payment, State},
};
use causeway_ports::journal::Commit;

use super::{
    Stage,
    record::finished,
    samples::{held, moved, payment_id, reference, unknown},
    snapshot::committed,
};
use crate::report::{Checked, Fault, ensure, ensure_eq};

/// The number of the payment without a known outcome.
const UNKNOWN: u128 = 1;

/// Two payments of one billing reference: the first without a known outcome, the second in a state. The
/// result is the success of the first payment.
async fn two(stage: &Stage<'_>, other: Payment) -> Result<Changes, Fault> {
    let Stage { journal, samples, .. } = stage;
    committed(journal.begin(samples.begin(UNKNOWN)?).await?, "a begin")?;
    let found = stage.payment(UNKNOWN).await?;
    let change = moved(&found.value, found.version, unknown(), 10);
    committed(journal.change(Changes::of_payment(change)?).await?, "a change")?;
    let other = Changes::of_payment(samples.started(other))?;
    committed(journal.change(other).await?, "the other payment")?;
    success(stage).await
}

async fn success(stage: &Stage<'_>) -> Result<Changes, Fault> {
    let found = stage.payment(UNKNOWN).await?;
    let changes = Changes::of_payment(moved(&found.value, found.version, held(None), 20))?;
    ensure(changes.only_success_of().is_some(), "the sample must be the only success")?;
    Ok(changes)
}

/// Another payment of the same billing reference, in a state.
fn other(stage: &Stage<'_>, state: State) -> Payment {
    let mut payment = stage.samples.payment(2);
    payment.order.reference = Some(reference(UNKNOWN));
    payment.state = state;
    payment
}

const REFUSED: Commit = Commit::SecondSuccess(payment_id_of_other());

const fn payment_id_of_other() -> causeway::request::PaymentId {
    causeway::request::PaymentId(uuid::Uuid::from_u128(2))
}

pub(super) async fn a_second_success_is_refused_by_begin(stage: Stage<'_>) -> Checked {
    let changes = two(&stage, other(&stage, held(None))).await?;
    let before = stage.snapshot().await?;
    let mut begin = stage.samples.begin(3)?;
    let command = PaymentCommand::Confirm;
    begin.operation = stage.samples.operation(3, Target::Payment { id: payment_id(UNKNOWN), command });
    begin.changes = changes;
    let commit = stage.journal.begin(begin).await?;
    ensure_eq(&commit, &REFUSED, "a second success is refused and the first one is named")?;
    ensure_eq(&stage.snapshot().await?, &before, "a refused begin writes nothing")
}

pub(super) async fn a_second_success_is_refused_by_record(stage: Stage<'_>) -> Checked {
    let captured = State::Captured { captured: stage.samples.amount };
    let changes = two(&stage, other(&stage, captured)).await?;
    let before = stage.snapshot().await?;
    let begun = stage.operation(UNKNOWN).await?;
    let commit = stage.journal.record(finished(&begun, changes)).await?;
    ensure_eq(&commit, &REFUSED, "a second success is refused and the first one is named")?;
    ensure_eq(&stage.snapshot().await?, &before, "a refused record writes nothing")
}

pub(super) async fn a_second_success_is_refused_by_change(stage: Stage<'_>) -> Checked {
    let changes = two(&stage, other(&stage, held(None))).await?;
    let before = stage.snapshot().await?;
    let commit = stage.journal.change(changes).await?;
    ensure_eq(&commit, &REFUSED, "a second success is refused and the first one is named")?;
    ensure_eq(&stage.snapshot().await?, &before, "a refused change writes nothing")
}

pub(super) async fn a_second_success_is_written_beside_the_first(stage: Stage<'_>) -> Checked {
    let changes = two(&stage, other(&stage, held(None))).await?.beside(payment_id_of_other())?;
    let begun = stage.operation(UNKNOWN).await?;
    committed(stage.journal.record(finished(&begun, changes)).await?, "a success beside the first one")?;
    let events = stage.journal.events(&stage.samples.tenant, 0, 100).await?;
    let alarms = events.iter().filter_map(|event| event.alarm.as_ref());
    let codes: Vec<_> = alarms.map(|alarm| alarm.code.as_str()).collect();
    ensure_eq(&codes, &vec![AlarmKind::SecondSuccess.as_str()], "the alarm is among the events")
}

/// The other payment did not go through, is of another tenant, or of another billing reference.
pub(super) async fn a_success_without_another_one_is_written(stage: Stage<'_>) -> Checked {
    let mut of_other_tenant = stage.samples.payment_of(&stage.samples.other, 3);
    of_other_tenant.order.reference = Some(reference(UNKNOWN));
    of_other_tenant.state = held(None);
    let mut of_other_reference = stage.samples.payment(4);
    of_other_reference.state = held(None);
    let changes = two(&stage, other(&stage, State::Released)).await?;
    for payment in [of_other_tenant, of_other_reference] {
        let change = stage.samples.started(payment);
        committed(stage.journal.change(Changes::of_payment(change)?).await?, "another payment")?;
    }
    committed(stage.journal.change(changes).await?, "the only success of its billing reference")
}
