//! `expand[]`: replaces an id in an answer by the object, after a check of the requested paths.

use serde_json::{Value, json};

use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::index::IndexQuery;
use crate::objects::{Object, RenderContext};
use crate::state::Account;
use crate::version::Version;
use crate::version::changes::Change;

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
    ConfirmationToken,
    WebhookEndpoint,
    Balance,
    BankAccount,
    EarlyFraudWarning,
    Review,
    PaymentMethodDomain,
    Payout,
    /// The list of a charge's refunds.
    Refunds,
    /// The list of a PaymentIntent's charges, in earlier versions.
    Charges,
    /// The part of a charge about the PaymentMethod, not an object with an id.
    ChargeDetails,
    /// The part of a charge about the card, not an object with an id.
    CardDetails,
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
        let parse = |path| parse_path(path, kind, in_list, form.version());
        let paths: StripeResult<_> = wanted.into_iter().map(parse).collect();
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

fn parse_path(path: &str, kind: Kind, in_list: bool, version: Version) -> StripeResult<Vec<String>> {
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
        let of_version = source_in_version(kind, name, version);
        kind = of_version.or_else(|| source(kind, name)).ok_or_else(|| refused(name))?;
    }
    if [Kind::InvoiceSettings, Kind::ChargeDetails, Kind::CardDetails].contains(&kind) {
        return Err(refused(path));
    }
    Ok(full_path)
}

/// The kind of object to which a property refers only in some versions.
fn source_in_version(kind: Kind, name: &str, version: Version) -> Option<Kind> {
    match (kind, name) {
        (Kind::PaymentIntent, "charges") => (!version.has(Change::NoCharges)).then_some(Kind::Charges),
        (Kind::Charge, "payment_method_details") => {
            version.has(Change::ExpandableCardMandate).then_some(Kind::ChargeDetails)
        }
        _ => None,
    }
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
        (Kind::Charges, "data") => Some(Kind::Charge),
        (Kind::ChargeDetails, "card") => Some(Kind::CardDetails),
        (Kind::CardDetails, "mandate") => Some(Kind::Mandate),
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
    let query = IndexQuery::all([("charge", id.as_str())]);
    let refunds = account.refunds.found(&query).filter(|refund| refund.charge == id);
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
            let parsed = parse_path(path, Kind::PaymentIntent, in_list, Version::default());
            assert_eq!(parsed.is_ok(), possible, "{path}");
        }
        let in_customer = |path: &str| parse_path(path, Kind::Customer, false, Version::default()).is_ok();
        assert!(in_customer("invoice_settings.default_payment_method"));
        assert!(!in_customer("invoice_settings"));
    }

    #[test]
    fn some_properties_can_be_expanded_only_in_some_versions() {
        for (kind, path, version, possible) in [
            (Kind::PaymentIntent, "charges.data.balance_transaction", Version::V2022_08_01, true),
            (Kind::PaymentIntent, "charges.data", Version::V2022_11_15, false),
            (Kind::Charge, "payment_method_details.card.mandate", Version::Endive2026_09_30, true),
            (Kind::Charge, "payment_method_details.card.mandate", Version::Dahlia2026_08_26, false),
            (Kind::Charge, "payment_method_details.card", Version::Endive2026_09_30, false),
        ] {
            assert_eq!(parse_path(path, kind, false, version).is_ok(), possible, "{path} in {version:?}");
        }
    }
}
