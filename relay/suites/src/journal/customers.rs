//! The promises about customers and cards.

use causeway::text::CardToken;
use causeway_domain::customer::{Customer, PendingSync};
use causeway_ports::journal::CustomerBy;

use super::{
    Stage,
    recovery::page,
    samples::{card, kept, system},
    snapshot::committed,
};
use crate::report::{Checked, ensure, ensure_eq, present};

/// A customer at the payment system "main", or at another one under another number.
fn at_system(stage: &Stage<'_>, number: u128, name: &str) -> Customer {
    let mut customer = stage.samples.customer(number);
    customer.payment_system = system(name).name;
    customer
}

fn by_reference(customer: &Customer) -> CustomerBy {
    CustomerBy::Reference {
        system: customer.payment_system.clone(),
        account: customer.account.clone(),
        test_mode: customer.test_mode,
        customer: customer.reference.clone(),
    }
}

pub(super) async fn a_customer_is_found_by_every_name(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let mut customer = samples.customer(1);
    customer.cards = vec![card(1), card(2)];
    let changes = kept(&customer, None);
    committed(journal.change(changes.clone()).await?, "a new customer")?;
    let written = present(changes.customer(), "the sample has a customer")?.customer.clone();
    let live = Customer { test_mode: false, ..customer.clone() };
    let of_other_account = Customer { account: "acct_2".to_owned(), ..customer.clone() };
    let cases = [
        (CustomerBy::Id(customer.id), true),
        (by_reference(&customer), true),
        (CustomerBy::Card(CardToken::of_bits(1)), true),
        (CustomerBy::Card(CardToken::of_bits(2)), true),
        (CustomerBy::Id(samples.customer(2).id), false),
        (by_reference(&samples.customer(2)), false),
        (by_reference(&live), false),
        (by_reference(&of_other_account), false),
        (by_reference(&at_system(&stage, 1, "second")), false),
        (CustomerBy::Card(CardToken::of_bits(3)), false),
    ];
    for (by, there) in cases {
        let promise = format!("{by:?} finds the customer of that name, of the tenant");
        let found = journal.customer(&samples.tenant, by.clone()).await?;
        let expected = there.then(|| written.clone());
        ensure_eq(&found.map(|found| found.value), &expected, &promise)?;
        let foreign = journal.customer(&samples.other, by).await?;
        ensure_eq(&foreign, &None, "another tenant does not find the customer")?;
    }
    Ok(())
}

pub(super) async fn a_customer_is_found_at_every_system(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    for (number, name) in [(1, "zeta"), (2, "alpha"), (3, "main")] {
        let mut customer = at_system(&stage, number, name);
        customer.reference = samples.customer(1).reference;
        committed(journal.change(kept(&customer, None)).await?, "a new customer")?;
    }
    committed(journal.change(kept(&samples.customer(4), None)).await?, "a new customer")?;
    let reference = samples.customer(1).reference;
    let found = journal.customers(&samples.tenant, &reference).await?;
    let systems: Vec<_> = found.iter().map(|found| found.value.payment_system.as_str()).collect();
    ensure_eq(&systems, &vec!["alpha", "main", "zeta"], "a customer is found at every system, by its name")?;
    let foreign = journal.customers(&samples.other, &reference).await?;
    ensure(foreign.is_empty(), "another tenant does not find the customer")
}

pub(super) async fn the_owner_of_an_object_is_found(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let mut customer = samples.customer(1);
    let mut loose = card(2);
    loose.attached = false;
    customer.cards = vec![card(1), loose];
    committed(journal.change(kept(&customer, None)).await?, "a new customer")?;
    let owner = async |id: &str| journal.owner(id).await.map(|found| found.map(|found| found.id));
    ensure_eq(&owner("cus_1").await?, &Some(customer.id), "a customer has the processor's id")?;
    ensure_eq(&owner("pm_1").await?, &Some(customer.id), "a customer has an attached card")?;
    ensure_eq(&owner("pm_2").await?, &None, "a card that is not attached has no owner")?;
    ensure_eq(&owner("cus_2").await?, &None, "an unknown object has no owner")?;

    let by = CustomerBy::Id(customer.id);
    let known = present(journal.customer(&samples.tenant, by).await?, "a written customer is there")?;
    let mut changed = known.value;
    for card in &mut changed.cards {
        card.attached = !card.attached;
    }
    committed(journal.change(kept(&changed, Some(known.version))).await?, "a change of a customer")?;
    ensure_eq(&owner("pm_1").await?, &None, "a detached card has no owner")?;
    ensure_eq(&owner("pm_2").await?, &Some(customer.id), "a card attached later has an owner")
}

pub(super) async fn wishing_customers_come_in_pages(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    for number in 1..=4 {
        let mut customer = samples.customer(number);
        let register = || PendingSync::Register { profile: Default::default() };
        customer.pending_sync =
            (number != 2).then(|| if number == 3 { PendingSync::Delete } else { register() });
        committed(journal.change(kept(&customer, None)).await?, "a new customer")?;
    }
    let id = |number| samples.customer(number).id;
    let first = id(1).to_string();
    let cases = [
        (page(None, "", 10), vec![id(1), id(3), id(4)]),
        (page(Some(&samples.tenant), "", 2), vec![id(1), id(3)]),
        (page(Some(&samples.tenant), &first, 10), vec![id(3), id(4)]),
        (page(Some(&samples.other), "", 10), vec![]),
    ];
    for (which, expected) in cases {
        let promise = format!("customers with a wish are found as {which:?} says, by id");
        let found = journal.customers_pending_sync(which).await?;
        let found: Vec<_> = found.iter().map(|found| found.value.id).collect();
        ensure_eq(&found, &expected, &promise)?;
    }
    Ok(())
}
