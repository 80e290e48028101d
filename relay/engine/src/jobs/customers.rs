//! Registers customers at Stripe after asynchronous PutCustomer requests, and deletes deactivated
//! customers.

use std::sync::Arc;

use causeway::{
    refusal::Refusal,
    request::{self, customer::EmailGiven},
    tenant::TenantName,
};
use causeway_domain::{
    change::{Changes, CustomerChange, Versioned},
    customer::{Customer, PendingSync, Registration},
    observation::Purpose,
    operation::Source,
};
use causeway_ports::{
    journal::{Commit, CustomerBy, Page},
    processor::{Capability, ProcessorReply},
};

use super::{Item, JobCounts, PAGE};
use crate::{
    commands::register::register as register_customer, context::Context, engine::Engine, phase::before_begin,
    processors::offered,
};

pub(super) async fn run(
    engine: &Arc<Engine>,
    only: Option<&TenantName>,
    counts: &mut JobCounts,
) -> Result<(), Refusal> {
    let mut page = Page { tenant: only.cloned(), after: String::new(), most: PAGE };
    loop {
        let customers = engine.journal.customers_pending_sync(page.clone()).await.map_err(before_begin)?;
        let Some(last) = customers.last() else { return Ok(()) };
        page.after = last.value.id.to_string();
        for Versioned { value: customer, .. } in &customers {
            let item = Item::of_customer(customer);
            match &customer.pending_sync {
                Some(PendingSync::Register { profile }) => {
                    let profile = request::Customer {
                        id: customer.reference.clone(),
                        email: profile.email.clone().map_or(EmailGiven::Nothing, EmailGiven::Valid),
                        details: profile.details.clone(),
                    };
                    counts.one("registered", &item, register(engine, customer, &profile).await);
                }
                Some(PendingSync::Delete) => counts.one("deleted", &item, delete(engine, customer).await),
                None => {}
            }
        }
    }
}

async fn register(
    context: &Context,
    customer: &Customer,
    given: &request::Customer,
) -> Result<bool, Refusal> {
    let tenant = context.tenant(&customer.tenant)?;
    let system = tenant.system(&customer.payment_system).ok_or_else(|| Refusal::PaymentSystemMissing {
        payment_system: customer.payment_system.clone(),
        began: false,
    })?;
    let lock = context.lock_customer(&customer.tenant, &system.name, customer.reference.as_str()).await;
    match register_customer(context, &customer.tenant, system, given, &lock, Purpose::FollowUp).await? {
        Ok(_) => {}
        Err(error) => {
            // A rejection is definitive: the same request would be rejected again. Stripe's message
            // is not logged, because the message may quote the customer's data.
            tracing::error!(
                tenant = %customer.tenant,
                payment_system = customer.payment_system,
                customer = customer.reference.as_str(),
                status = error.status,
                code = error.failure.processor_code,
                parameter = error.failure.parameter,
                "Stripe rejected the registration of a customer; correct the customer in the billing platform"
            );
        }
    }
    settle(context, customer, |customer| customer.pending_sync = None).await
}

/// Deletes a deactivated customer at the processor, together with the customer's cards.
async fn delete(context: &Context, customer: &Customer) -> Result<bool, Refusal> {
    let _lock =
        context.lock_customer(&customer.tenant, &customer.payment_system, customer.reference.as_str()).await;
    if let Registration::Known { id, .. } = &customer.registration {
        let processor = context.processor(customer)?;
        offered(processor, Capability::DeleteCustomer, &customer.payment_system)?;
        match processor.delete_customer(id).await {
            ProcessorReply::Succeeded { .. } | ProcessorReply::Unreadable { .. } => {}
            ProcessorReply::Rejected { rejection, .. } if rejection.is_missing() => {}
            ProcessorReply::Rejected { rejection, .. } => {
                return Err(Refusal::ProcessorSilent {
                    why: format!("HTTP {} to a deletion", rejection.status),
                });
            }
            ProcessorReply::NoAnswer { why }
            | ProcessorReply::PersistedError { why }
            | ProcessorReply::KeyConflict { why } => {
                return Err(Refusal::ProcessorSilent { why });
            }
        }
    }
    settle(context, customer, |customer| {
        customer.forgotten();
        customer.pending_sync = None;
    })
    .await
}

async fn settle(
    context: &Context,
    customer: &Customer,
    change: impl Fn(&mut Customer),
) -> Result<bool, Refusal> {
    loop {
        let by = CustomerBy::Id(customer.id);
        let found = context.journal.customer(&customer.tenant, by).await.map_err(before_begin)?;
        let Some(Versioned { value: mut after, version }) = found else { return Ok(false) };
        // Billing has sent a newer change since; the next run applies the newer change.
        if after.pending_sync != customer.pending_sync {
            return Ok(false);
        }
        change(&mut after);
        after.updated = context.environment.now();
        let change = CustomerChange { customer: after, basis: Some(version), source: Source::Api };
        let written = context.change(Changes::of_customer(change)).await.map_err(before_begin)?;
        if written == Commit::Committed {
            return Ok(true);
        }
    }
}
