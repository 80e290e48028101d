//! Makes customers at Stripe that billing told of, and deletes those that are no more.

use std::sync::Arc;

use causeway::{
    order::{self, customer::EmailGiven},
    refusal::Refusal,
    tenant::TenantName,
};

use super::{Counts, PAGE};
use crate::{
    customer::{Customer, Registration, Wish},
    journal::{Changes, CustomerBy, CustomerChange, Page, Source, Versioned, Written},
    operation::{Desk, unwritable},
    stripe::{client::Asked, paths},
};

pub(super) async fn run(
    desk: &Arc<Desk>,
    only: Option<&TenantName>,
    counts: &mut Counts,
) -> Result<(), Refusal> {
    let mut page = Page { tenant: only.cloned(), after: String::new(), most: PAGE };
    loop {
        let customers = desk.journal.customers_wishing(page.clone()).await.map_err(unwritable)?;
        let Some(last) = customers.last() else { return Ok(()) };
        page.after = last.it.id.to_string();
        for Versioned { it: customer, .. } in &customers {
            let about = customer.reference.as_str();
            match &customer.wish {
                Some(Wish::Register { told }) => {
                    let profile = order::Customer {
                        id: customer.reference.clone(),
                        email: told.email.clone().map_or(EmailGiven::Nothing, EmailGiven::Valid),
                        details: told.details.clone(),
                    };
                    counts.one("registered", about, register(desk, customer, &profile).await);
                }
                Some(Wish::Delete) => counts.one("deleted", about, delete(desk, customer).await),
                None => {}
            }
        }
    }
}

async fn register(desk: &Desk, customer: &Customer, told: &order::Customer) -> Result<bool, Refusal> {
    let tenant = desk.tenant(&customer.tenant)?;
    let system = tenant
        .system(&customer.payment_system)
        .ok_or_else(|| Refusal::PaymentSystemMissing { payment_system: customer.payment_system.clone() })?;
    let turn = desk.turn_of(&customer.tenant, &system.name, customer.reference.as_str()).await;
    match desk.register(&customer.tenant, system, told, &turn).await? {
        Ok(_) => {}
        Err(error) => {
            // A no is an answer too: repeating it would not change it.
            let said = error.body.message.unwrap_or_default();
            tracing::error!(
                customer = customer.reference.as_str(),
                "Stripe does not take a customer: {said}"
            );
        }
    }
    settle(desk, customer, |customer| customer.wish = None).await
}

/// What is not there any more is deleted. Its cards have gone with it.
async fn delete(desk: &Desk, customer: &Customer) -> Result<bool, Refusal> {
    let _turn = desk.turn_of(&customer.tenant, &customer.payment_system, customer.reference.as_str()).await;
    if let Registration::Known { id, .. } = &customer.registration {
        match desk.processor(customer)?.remove(&paths::customer(id)).await {
            Asked::Done { .. } => {}
            Asked::Refused { error, .. } if error.body.code() == "resource_missing" => {}
            Asked::Refused { error, .. } => {
                return Err(Refusal::ProcessorSilent { why: format!("HTTP {} to a deletion", error.status) });
            }
            Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } => {
                return Err(Refusal::ProcessorSilent { why });
            }
        }
    }
    settle(desk, customer, |customer| {
        customer.forgotten();
        customer.wish = None;
    })
    .await
}

async fn settle(desk: &Desk, customer: &Customer, change: impl Fn(&mut Customer)) -> Result<bool, Refusal> {
    loop {
        let by = CustomerBy::Id(customer.id);
        let found = desk.journal.customer(&customer.tenant, by).await.map_err(unwritable)?;
        let Some(Versioned { it: mut after, version }) = found else { return Ok(false) };
        // Billing has told something else meanwhile; the next run does that.
        if after.wish != customer.wish {
            return Ok(false);
        }
        change(&mut after);
        after.updated = desk.surroundings.now();
        let change = CustomerChange { customer: after, basis: Some(version), source: Source::Api };
        let written = desk.journal.change(Changes::of_customer(change)).await.map_err(unwritable)?;
        if written == Written::Done {
            return Ok(true);
        }
    }
}
