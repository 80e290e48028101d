//! Rules about tenant, payment system and operation: each has to be active or supported.

use causeway::{
    method,
    refusal::{Fix, Refusal},
};

use super::not_made;
use crate::{
    policy::{Finding, PolicyInput, Rule},
    tenant::Tenant,
};

fn switch(active: bool) -> &'static str {
    if active { "active" } else { "inactive" }
}

/// The tenant is activated.
pub const TENANT_ACTIVE: Rule = Rule {
    id: "tenant.active",
    reason: "TENANT_INACTIVE",
    fix: Fix::Operator,
    examine: |input| tenant_active(input.tenant),
};

/// The finding of [`TENANT_ACTIVE`] for a tenant, independent of the request.
pub fn tenant_active(tenant: &Tenant) -> Finding {
    let problem = format!(
        "the integration is not activated for this tenant; set tenants.{}.active = true in the relay's settings",
        tenant.name
    );
    Finding::of("active", switch(tenant.active)).unless(
        tenant.active,
        problem,
        "This could not be done. Nothing has been changed.",
    )
}

/// The payment system takes new payments.
pub const PAYMENT_SYSTEM_ACTIVE: Rule = Rule {
    id: "payment_system.active",
    reason: "PAYMENT_SYSTEM_INACTIVE",
    fix: Fix::Operator,
    examine: |input| {
        let Some(system) = input.system else { return Finding::not_applicable() };
        let problem = format!(
            "the payment system {} is not active and takes nothing new; captures and refunds of what it took go on",
            system.name
        );
        Finding::of("active", switch(system.active)).unless(system.active, problem, not_made(input))
    },
};

/// The processor supports the called operation.
pub const OPERATION_SUPPORTED: Rule = Rule {
    id: "operation.supported",
    reason: "OPERATION_UNSUPPORTED",
    fix: Fix::Operator,
    examine: |input| {
        let supported: Vec<_> =
            method::METHODS.iter().filter(|method| method.changes).map(|method| method.name).collect();
        let finding = Finding::of(supported.join(", "), input.operation.name());
        if supported.contains(&input.operation.name()) {
            finding
        } else {
            finding.refused(unsupported(input))
        }
    },
};

fn unsupported(input: &PolicyInput<'_>) -> Refusal {
    let instead = format!(
        "{} is not offered; a hold lapses by itself, and Refund gives back what was captured",
        input.operation.name()
    );
    Refusal::VoidUnsupported { instead, hold_expires: None }
}
