//! The promises about missing objects, and about the wording of refusals.

use causeway_domain::observation::Purpose;
use causeway_ports::processor::{Found, ObjectRef};

use super::{
    reply::{check_failure, missing},
    stage::Stage,
};
use crate::report::{Checked, Fault, ensure, ensure_eq};

fn unknown<'s>(stage: &'s Stage<'_>) -> [ObjectRef<'s>; 5] {
    let unknown = &stage.samples.unknown;
    [
        ObjectRef::Intent(&unknown.intent),
        ObjectRef::Refund(&unknown.refund),
        ObjectRef::Setup(&unknown.setup),
        ObjectRef::Method(&unknown.method),
        ObjectRef::Customer(&unknown.customer),
    ]
}

pub(super) async fn an_unknown_id_is_missing(stage: &Stage<'_>) -> Checked {
    for object in unknown(stage) {
        let found = stage.processor.retrieve(object, Purpose::FollowUp).await.found(Some);
        if found != Found::Missing {
            return Err(Fault(format!("not so: {object:?} is missing\n  found    {found:?}")));
        }
    }
    Ok(())
}

/// In a follow-up the payer may have been charged before, so the sentence for the payer never denies a
/// charge.
pub(super) async fn a_refusal_fits_its_purpose(stage: &Stage<'_>) -> Checked {
    let promise = "an unknown id is missing";
    let purposes = [Purpose::Payment(stage.samples.amounts.whole), Purpose::Card, Purpose::FollowUp];
    for object in unknown(stage) {
        let mut codes = vec![];
        for purpose in purposes {
            let rejection = missing(stage.processor.retrieve(object, purpose).await, promise)?;
            check_failure(&rejection.failure)?;
            codes.push(rejection.failure.code);
            let message = rejection.failure.payer_message;
            let denies_a_charge = message.contains("not been charged");
            ensure(
                !(denies_a_charge && purpose == Purpose::FollowUp),
                "a refused follow-up does not tell that nothing was charged",
            )?;
            let of_payment = message.to_lowercase().contains("payment");
            ensure(!(of_payment && purpose == Purpose::Card), "a refused card is not a refused payment")?;
        }
        codes.dedup();
        ensure_eq(&codes.len(), &1, "the code of a refusal is the same for every purpose")?;
    }
    Ok(())
}
