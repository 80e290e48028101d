//! The promises about look-ups and lists of payments.

use causeway::{
    request::{Listing, Lookup},
    text::ProcessorId,
    v1::PaymentStatus,
};
use causeway_domain::{
    change::Changes,
    operation::{PaymentCommand, Target},
    payment::State,
};
use causeway_ports::journal::Begin;

use super::{
    Stage,
    recovery::ids,
    samples::{at, held, payment_id, reference, request_id},
    snapshot::{committed, every_payment},
};
use crate::report::{Checked, ensure, ensure_eq};

/// Payments 1 to 3, of which 2 and 3 share a billing reference, and number 9 of the other tenant.
/// The request r-5 is of payment 1.
async fn some(stage: &Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = stage;
    for number in 1..=3 {
        let mut begin = samples.begin(number)?;
        let mut payment = samples.payment(number);
        payment.facts.payment_intent = Some(format!("pi_{number}"));
        payment.facts.charge = Some(format!("ch_{number}"));
        if number > 1 {
            payment.order.reference = Some(reference(2));
            payment.state = held(None);
        }
        begin.changes = Changes::of_payment(samples.started(payment))?;
        committed(journal.begin(begin).await?, "a begin")?;
    }
    let target = Target::Payment { id: payment_id(1), command: PaymentCommand::Capture };
    let operation = samples.operation(5, target);
    let capture = Begin { operation, changes: Changes::default(), nonce: None };
    committed(journal.begin(capture).await?, "a begin without changes")?;
    committed(journal.begin(samples.begin_of_other(9)?).await?, "a begin")
}

pub(super) async fn a_payment_is_found_by_every_name(stage: Stage<'_>) -> Checked {
    some(&stage).await?;
    let processor = |id: &str| Lookup::Processor(ProcessorId::kept(id.to_owned()));
    let cases = [
        (Lookup::Payment(payment_id(1)), Some(1)),
        (Lookup::Reference(reference(1)), Some(1)),
        (Lookup::Reference(reference(2)), Some(3)),
        (processor("pi_2"), Some(2)),
        (processor("ch_3"), Some(3)),
        (Lookup::Request(request_id(2)), Some(2)),
        (Lookup::Request(request_id(5)), Some(1)),
        (Lookup::Payment(payment_id(8)), None),
        (Lookup::Payment(payment_id(9)), None),
        (Lookup::Reference(reference(9)), None),
        (processor("pi_8"), None),
        (Lookup::Request(request_id(9)), None),
    ];
    for (lookup, expected) in cases {
        let found = stage.journal.look_up(&stage.samples.tenant, &lookup).await?;
        let promise = format!("{lookup:?} finds the newest payment of that name, of the tenant");
        ensure_eq(&found.map(|payment| payment.id), &expected.map(payment_id), &promise)?;
        if expected.is_some() {
            let foreign = stage.journal.look_up(&stage.samples.other, &lookup).await?;
            ensure_eq(&foreign, &None, "another tenant does not find the payment")?;
        }
    }
    let foreign = stage.journal.payment(&stage.samples.other, payment_id(1)).await?;
    ensure_eq(&foreign, &None, "another tenant does not find the payment by its id")
}

async fn listed(stage: &Stage<'_>, listing: Listing, expected: &[u128]) -> Checked {
    let found = stage.journal.list(&stage.samples.tenant, &listing).await?;
    let expected: Vec<_> = expected.iter().copied().map(payment_id).collect();
    ensure_eq(&ids(&found), &expected, &format!("a list is as {listing:?} says"))
}

pub(super) async fn a_list_is_newest_first(stage: Stage<'_>) -> Checked {
    some(&stage).await?;
    listed(&stage, every_payment(), &[3, 2, 1]).await
}

pub(super) async fn a_list_is_filtered(stage: Stage<'_>) -> Checked {
    some(&stage).await?;
    let status = |status| Listing { status: Some(status), ..every_payment() };
    listed(&stage, status(PaymentStatus::Authorized), &[3, 2]).await?;
    listed(&stage, status(PaymentStatus::Started), &[1]).await?;
    listed(&stage, status(PaymentStatus::Captured), &[]).await?;
    listed(&stage, Listing { reference: Some(reference(2)), ..every_payment() }, &[3, 2]).await?;
    listed(&stage, Listing { created_from: Some(at(2)), ..every_payment() }, &[3, 2]).await?;
    listed(&stage, Listing { created_before: Some(at(2)), ..every_payment() }, &[1]).await?;
    let several = Listing { created_before: Some(at(3)), ..status(PaymentStatus::Authorized) };
    listed(&stage, several, &[2]).await
}

pub(super) async fn a_list_has_pages(stage: Stage<'_>) -> Checked {
    some(&stage).await?;
    let page = |page_size, after: Option<u128>| Listing {
        page_size,
        after: after.map(payment_id),
        ..every_payment()
    };
    listed(&stage, page(1, None), &[3, 2]).await?;
    listed(&stage, page(1, Some(3)), &[2, 1]).await?;
    listed(&stage, page(1, Some(2)), &[1]).await?;
    listed(&stage, page(3, None), &[3, 2, 1]).await
}

pub(super) async fn processor_objects_are_known(stage: Stage<'_>) -> Checked {
    some(&stage).await?;
    let Stage { journal, .. } = &stage;
    ensure(journal.is_known("pi_1").await?, "an object of a payment is known")?;
    ensure(journal.is_known("ch_2").await?, "every object of a payment is known")?;
    ensure(!journal.is_known("pi_8").await?, "another object is not known")?;
    let found = stage.payment(1).await?;
    let mut renewed = found.value.clone();
    renewed.former_intents.extend(renewed.facts.payment_intent.replace("pi_new".to_owned()));
    let change = super::samples::moved(&renewed, found.version, State::Pending, 20);
    committed(journal.change(Changes::of_payment(change)?).await?, "a change")?;
    ensure(journal.is_known("pi_new").await?, "a later object of a payment is known")?;
    ensure(journal.is_known("pi_1").await?, "a former object of a payment stays known")
}
