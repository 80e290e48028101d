//! `/v1/payment_method_domains`: the domains on which wallets are shown.

use std::sync::Arc;

use crate::endpoints::page::Page;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::payment_method_domain::PaymentMethodDomain;
use crate::state::WorkContext;

/// Parses `POST /v1/payment_method_domains`. A known domain is answered unchanged.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    let name = call.form.required("domain_name")?.to_ascii_lowercase();
    check_name(&name)?;
    let enabled = call.form.flag("enabled")?.unwrap_or(true);
    Plan::object(call.form, Kind::PaymentMethodDomain, move |work| {
        let domains = work.account.payment_method_domains.newest_first();
        if let Some(known) = domains.into_iter().find(|domain| domain.name == name) {
            return Ok(known.show(work.render_context()));
        }
        let (id, created) = (work.ids.fresh("pmd"), work.unix_seconds());
        let domain = PaymentMethodDomain { id, created, name, enabled };
        Ok(work.account.payment_method_domains.put(domain).show(work.render_context()))
    })
}

/// Parses `GET /v1/payment_method_domains`, with the filters `domain_name` and `enabled`.
pub(crate) fn list(call: &Request<'_>) -> StripeResult<Plan> {
    let page = Page::read(call.form)?;
    let name = call.form.text("domain_name")?.map(str::to_ascii_lowercase);
    let enabled = call.form.flag("enabled")?;
    Plan::list(call.form, Kind::PaymentMethodDomain, move |work| {
        let wanted = |domain: &PaymentMethodDomain| {
            name.as_ref().is_none_or(|name| *name == domain.name)
                && enabled.is_none_or(|enabled| enabled == domain.enabled)
        };
        let (context, url) = (work.render_context(), "/v1/payment_method_domains");
        page.select(&work.account.payment_method_domains, wanted, context, "payment method domain", url)
    })
}

/// Parses `GET /v1/payment_method_domains/{id}` and `POST …/validate`, which both show the domain: the
/// sandbox knows the status of a domain from the name.
pub(crate) fn show(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::PaymentMethodDomain, move |work| {
        Ok(find(work, &id)?.show(work.render_context()))
    })
}

/// Parses `POST /v1/payment_method_domains/{id}`, which enables or disables the domain.
pub(crate) fn update(call: &Request<'_>) -> StripeResult<Plan> {
    let (id, enabled) = (call.id().to_owned(), call.form.flag("enabled")?);
    Plan::object(call.form, Kind::PaymentMethodDomain, move |work| {
        let domain = find(work, &id)?;
        let enabled = enabled.unwrap_or(domain.enabled);
        let changed = PaymentMethodDomain { enabled, ..(*domain).clone() };
        Ok(work.account.payment_method_domains.put(changed).show(work.render_context()))
    })
}

fn find(work: &WorkContext<'_>, id: &str) -> StripeResult<Arc<PaymentMethodDomain>> {
    let found = work.account.payment_method_domains.snapshot(id);
    found.ok_or_else(|| StripeError::missing("payment method domain", id, "payment_method_domain"))
}

/// Refuses a text that is no domain: a URL, a path, or a name without labels.
fn check_name(name: &str) -> StripeResult<()> {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if name.len() <= 253 && name.split('.').all(is_label) {
        return Ok(());
    }
    Err(StripeError::invalid(format!("Invalid domain name: {name}")).param("domain_name"))
}
