//! `expand[]`: replaces an id in an answer by the object, after a check of the requested paths.

use serde_json::{Value, json};

use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::objects::{Object, RenderContext};
use crate::state::Account;

/// The kinds of objects that can be answered or expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Account,
    PaymentIntent,
    Charge,
    Refund,
    BalanceTransaction,
    PaymentMethod,
    Customer,
    /// A part of a customer, not an object with an id.
    InvoiceSettings,
    SetupIntent,
    SetupAttempt,
    Dispute,
    Mandate,
    Event,
    Token,
    WebhookEndpoint,
    Balance,
    BankAccount,
    EarlyFraudWarning,
    Review,
    PaymentMethodDomain,
    Payout,
    /// The list of a charge's refunds.
    Refunds,
    /// An object that Stripe can expand and that the sandbox never has.
    Nothing,
}

/// The requested expansions, each as a path of property names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expansions {
    paths: Vec<Vec<String>>,
}

/// The greatest depth of an expansion at Stripe.
const MAX_DEPTH: usize = 4;

impl Expansions {
    /// Reads and checks the requested expansions, so that a refusal comes before any effect.
    pub(crate) fn read(form: &Form, kind: Kind, in_list: bool) -> StripeResult<Self> {
        let wanted = form.list("expand");
        let paths: StripeResult<_> = wanted.into_iter().map(|path| parse_path(path, kind, in_list)).collect();
        Ok(Self { paths: paths? })
    }

    /// Replaces the ids on the requested paths by the objects.
    pub(crate) fn apply(&self, mut answer: Value, account: &Account, context: RenderContext) -> Value {
        for path in &self.paths {
            expand_path(&mut answer, path, account, context);
        }
        answer
    }
}

fn parse_path(path: &str, kind: Kind, in_list: bool) -> StripeResult<Vec<String>> {
    let refused = |name: &str| StripeError::invalid(format!("This property cannot be expanded ({name})."));
    let mut names: Vec<&str> = path.split('.').collect();
    let full_path: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    if names.len() > MAX_DEPTH {
        return Err(StripeError::invalid(format!(
            "You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}"
        ))
        .code("property_expansion_max_depth"));
    }
    if in_list && names.first() != Some(&"data") {
        return Err(StripeError::invalid(format!(
            "This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead."
        )));
    }
    if in_list {
        names.remove(0);
    }
    let mut kind = kind;
    for name in names {
        kind = source(kind, name).ok_or_else(|| refused(name))?;
    }
    if kind == Kind::InvoiceSettings {
        return Err(refused(path));
    }
    Ok(full_path)
}

/// The kind of object to which a property refers.
fn source(kind: Kind, name: &str) -> Option<Kind> {
    match (kind, name) {
        (Kind::PaymentIntent, "latest_charge")
        | (Kind::Refund | Kind::Dispute | Kind::EarlyFraudWarning | Kind::Review, "charge") => {
            Some(Kind::Charge)
        }
        (Kind::PaymentIntent | Kind::Charge, "review") => Some(Kind::Review),
        (Kind::Charge, "refunds") => Some(Kind::Refunds),
        (Kind::Refunds, "data") => Some(Kind::Refund),
        (Kind::SetupIntent, "mandate") => Some(Kind::Mandate),
        (
            Kind::PaymentIntent | Kind::Refund | Kind::SetupIntent | Kind::SetupAttempt | Kind::Mandate,
            "payment_method",
        )
        | (Kind::InvoiceSettings, "default_payment_method") => Some(Kind::PaymentMethod),
        (Kind::Customer, "invoice_settings") => Some(Kind::InvoiceSettings),
        (
            Kind::PaymentIntent
            | Kind::Charge
            | Kind::Refund
            | Kind::PaymentMethod
            | Kind::SetupIntent
            | Kind::SetupAttempt,
            "customer",
        ) => Some(Kind::Customer),
        (
            Kind::Charge | Kind::Refund | Kind::Dispute | Kind::EarlyFraudWarning | Kind::Review,
            "payment_intent",
        ) => Some(Kind::PaymentIntent),
        (Kind::SetupIntent, "latest_attempt") => Some(Kind::SetupAttempt),
        (Kind::SetupAttempt, "setup_intent") => Some(Kind::SetupIntent),
        (Kind::Charge | Kind::Refund, "balance_transaction" | "failure_balance_transaction") => {
            Some(Kind::BalanceTransaction)
        }
        (Kind::BalanceTransaction, "source") => Some(Kind::Charge),
        (Kind::Payout, "balance_transaction" | "failure_balance_transaction") => {
            Some(Kind::BalanceTransaction)
        }
        (Kind::Payout, "destination") => Some(Kind::BankAccount),
        (Kind::Payout, "original_payout" | "reversed_by") => Some(Kind::Payout),
        (
            Kind::PaymentIntent | Kind::Charge | Kind::SetupIntent | Kind::SetupAttempt,
            "application" | "on_behalf_of",
        )
        | (Kind::Payout, "application_fee")
        | (Kind::Charge, "application_fee" | "source_transfer" | "transfer")
        | (Kind::Refund, "source_transfer_reversal" | "transfer_reversal")
        | (Kind::SetupIntent, "single_use_mandate")
        | (Kind::Customer, "default_source" | "test_clock") => Some(Kind::Nothing),
        (Kind::Customer, name) if customer_property("", name).is_some() => Some(Kind::Nothing),
        _ => None,
    }
}

/// The value of a customer's property that is shown only on request. The sandbox keeps no
/// data for these properties.
fn customer_property(id: &str, name: &str) -> Option<Value> {
    match name {
        "invoice_credit_balance" => Some(json!({})),
        "sources" | "subscriptions" | "tax_ids" => {
            let url = format!("/v1/customers/{id}/{name}");
            Some(json!({ "object": "list", "data": [], "has_more": false, "url": url }))
        }
        "tax" => Some(json!({
            "automatic_tax": "unrecognized_location", "ip_address": null, "location": null, "provider": "stripe",
        })),
        "cash_balance" => Some(Value::Null),
        _ => None,
    }
}

fn expand_path(object: &mut Value, path: &[String], account: &Account, context: RenderContext) {
    if let Value::Array(items) = object {
        items.iter_mut().for_each(|item| expand_path(item, path, account, context));
        return;
    }
    let Some((name, rest)) = path.split_first() else {
        return;
    };
    if name == "refunds" && object["object"] == "charge" && object.get(name).is_none() {
        insert_refunds(object, account, context);
    }
    let id = object["id"].as_str().unwrap_or_default();
    let property = customer_property(id, name).filter(|_| object["object"] == "customer");
    if let (Some(shown), Some(fields)) = (property, object.as_object_mut()) {
        fields.insert(name.clone(), shown);
    }
    let Some(value) = object.get_mut(name) else { return };
    if let Some(expanded) = value.as_str().and_then(|id| account.show(id, context)) {
        *value = expanded;
    }
    expand_path(value, rest, account, context);
}

/// Adds the refunds of a charge, which the answer shows only on request.
fn insert_refunds(charge: &mut Value, account: &Account, context: RenderContext) {
    let id = charge["id"].as_str().unwrap_or_default().to_owned();
    let refunds = account.refunds.newest_first().filter(|refund| refund.charge == id);
    let data: Vec<Value> = refunds.map(|refund| refund.show(context)).collect();
    let url = format!("/v1/charges/{id}/refunds");
    if let Some(fields) = charge.as_object_mut() {
        let list = json!({
            "object": "list", "data": data, "has_more": false, "url": url,
        });
        fields.insert("refunds".to_owned(), list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_references_to_objects_can_be_expanded() {
        for (path, in_list, possible) in [
            ("latest_charge", false, true),
            ("latest_charge.balance_transaction", false, true),
            ("latest_charge.payment_method", false, false),
            ("latest_charge.refunds.data.charge", false, true),
            ("amount", false, false),
            ("data.latest_charge", true, true),
            ("latest_charge", true, false),
            ("data", true, true),
            ("review", false, true),
        ] {
            assert_eq!(parse_path(path, Kind::PaymentIntent, in_list).is_ok(), possible, "{path}");
        }
        let in_customer = |path: &str| parse_path(path, Kind::Customer, false).is_ok();
        assert!(in_customer("invoice_settings.default_payment_method"));
        assert!(!in_customer("invoice_settings"));
    }
}
