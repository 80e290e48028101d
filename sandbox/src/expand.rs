//! `expand[]`: replaces an id in an answer by the object, after a check of the requested paths.

use serde_json::{Value, json};

use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::{Object, Seen};
use crate::state::Account;

/// The kinds of objects that can be answered or expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
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
const DEEPEST: usize = 4;

impl Expansions {
    /// Reads and checks the requested expansions, so that a refusal comes before any effect.
    pub(crate) fn read(form: &Form, kind: Kind, in_list: bool) -> Answer<Self> {
        let wanted = form.list("expand");
        let paths: Answer<_> = wanted.into_iter().map(|path| checked(path, kind, in_list)).collect();
        Ok(Self { paths: paths? })
    }

    /// Replaces the ids on the requested paths by the objects.
    pub(crate) fn apply(&self, mut answer: Value, account: &Account, seen: Seen) -> Value {
        for path in &self.paths {
            put(&mut answer, path, account, seen);
        }
        answer
    }
}

fn checked(path: &str, kind: Kind, in_list: bool) -> Answer<Vec<String>> {
    let refused = |name: &str| StripeError::invalid(format!("This property cannot be expanded ({name})."));
    let mut names: Vec<&str> = path.split('.').collect();
    let whole: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    if names.len() > DEEPEST {
        return Err(StripeError::invalid(format!(
            "You cannot expand more than {DEEPEST} levels of a property. Property: {path}"
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
        kind = behind(kind, name).ok_or_else(|| refused(name))?;
    }
    if kind == Kind::InvoiceSettings {
        return Err(refused(path));
    }
    Ok(whole)
}

/// The kind of object to which a property refers.
fn behind(kind: Kind, name: &str) -> Option<Kind> {
    match (kind, name) {
        (Kind::PaymentIntent, "latest_charge") | (Kind::Refund | Kind::Dispute, "charge") => {
            Some(Kind::Charge)
        }
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
        (Kind::Charge | Kind::Refund | Kind::Dispute, "payment_intent") => Some(Kind::PaymentIntent),
        (Kind::SetupIntent, "latest_attempt") => Some(Kind::SetupAttempt),
        (Kind::SetupAttempt, "setup_intent") => Some(Kind::SetupIntent),
        (Kind::Charge | Kind::Refund, "balance_transaction" | "failure_balance_transaction") => {
            Some(Kind::BalanceTransaction)
        }
        (Kind::BalanceTransaction, "source") => Some(Kind::Charge),
        (
            Kind::PaymentIntent | Kind::Charge | Kind::SetupIntent | Kind::SetupAttempt,
            "application" | "on_behalf_of",
        )
        | (Kind::PaymentIntent | Kind::Charge, "review")
        | (Kind::Charge, "application_fee" | "source_transfer" | "transfer")
        | (Kind::Refund, "source_transfer_reversal" | "transfer_reversal")
        | (Kind::SetupIntent, "single_use_mandate")
        | (Kind::Customer, "default_source" | "test_clock") => Some(Kind::Nothing),
        (Kind::Customer, name) if of_customer("", name).is_some() => Some(Kind::Nothing),
        _ => None,
    }
}

/// The value of a customer's property that is shown only on request. The sandbox keeps no
/// data for these properties.
fn of_customer(id: &str, name: &str) -> Option<Value> {
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

fn put(at: &mut Value, path: &[String], account: &Account, seen: Seen) {
    if let Value::Array(items) = at {
        items.iter_mut().for_each(|item| put(item, path, account, seen));
        return;
    }
    let Some((name, rest)) = path.split_first() else {
        return;
    };
    if name == "refunds" && at["object"] == "charge" && at.get(name).is_none() {
        put_refunds(at, account, seen);
    }
    let id = at["id"].as_str().unwrap_or_default();
    let of_customer = of_customer(id, name).filter(|_| at["object"] == "customer");
    if let (Some(shown), Some(fields)) = (of_customer, at.as_object_mut()) {
        fields.insert(name.clone(), shown);
    }
    let Some(place) = at.get_mut(name) else { return };
    if let Some(object) = place.as_str().and_then(|id| account.show(id, seen)) {
        *place = object;
    }
    put(place, rest, account, seen);
}

/// Adds the refunds of a charge, which the answer shows only on request.
fn put_refunds(charge: &mut Value, account: &Account, seen: Seen) {
    let id = charge["id"].as_str().unwrap_or_default().to_owned();
    let refunds = account.refunds.newest_first().filter(|refund| refund.charge == id);
    let data: Vec<Value> = refunds.map(|refund| refund.show(seen)).collect();
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
    fn only_what_refers_to_an_object_can_be_expanded() {
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
            assert_eq!(checked(path, Kind::PaymentIntent, in_list).is_ok(), possible, "{path}");
        }
        let in_customer = |path: &str| checked(path, Kind::Customer, false).is_ok();
        assert!(in_customer("invoice_settings.default_payment_method"));
        assert!(!in_customer("invoice_settings"));
    }
}
