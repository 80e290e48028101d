//! `expand[]`: putting an object in the place of its id, after checking that this is possible.

use serde_json::Value;

use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::Seen;
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
    /// A part of a customer, which is no object of its own.
    InvoiceSettings,
    SetupIntent,
    SetupAttempt,
}

/// What a caller wants to see expanded, each as the names on the way there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expansions {
    paths: Vec<Vec<String>>,
}

/// The deepest that Stripe expands.
const DEEPEST: usize = 4;

impl Expansions {
    /// Reads what an answer of this kind should be expanded by. It is refused before anything happens.
    pub(crate) fn read(form: &Form, kind: Kind, in_list: bool) -> Answer<Self> {
        let wanted = form.list("expand");
        let paths: Answer<_> = wanted.into_iter().map(|path| checked(path, kind, in_list)).collect();
        Ok(Self { paths: paths? })
    }

    /// Puts the objects in.
    pub(crate) fn apply(&self, mut answer: Value, account: &Account, seen: Seen) -> Value {
        for path in &self.paths {
            put(&mut answer, path, account, seen);
        }
        answer
    }
}

fn checked(path: &str, kind: Kind, in_list: bool) -> Answer<Vec<String>> {
    let refused =
        || StripeError::invalid(format!("This property cannot be expanded ({path}).")).param("expand");
    let mut names: Vec<&str> = path.split('.').collect();
    let whole: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    if names.len() > DEEPEST {
        return Err(StripeError::invalid(format!(
            "You cannot expand more than {DEEPEST} levels of a property ({path})."
        ))
        .param("expand"));
    }
    if in_list {
        if names.first() != Some(&"data") || names.len() < 2 {
            return Err(refused());
        }
        names.remove(0);
    }
    let mut kind = kind;
    for name in names {
        kind = behind(kind, name).ok_or_else(refused)?;
    }
    if kind == Kind::InvoiceSettings {
        return Err(refused());
    }
    Ok(whole)
}

/// What a property of an object refers to.
fn behind(kind: Kind, name: &str) -> Option<Kind> {
    match (kind, name) {
        (Kind::PaymentIntent, "latest_charge") | (Kind::Refund, "charge") => Some(Kind::Charge),
        (Kind::PaymentIntent | Kind::Refund | Kind::SetupIntent | Kind::SetupAttempt, "payment_method")
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
        (Kind::Charge | Kind::Refund, "payment_intent") => Some(Kind::PaymentIntent),
        (Kind::SetupIntent, "latest_attempt") => Some(Kind::SetupAttempt),
        (Kind::SetupAttempt, "setup_intent") => Some(Kind::SetupIntent),
        (Kind::Charge | Kind::Refund, "balance_transaction" | "failure_balance_transaction") => {
            Some(Kind::BalanceTransaction)
        }
        (Kind::BalanceTransaction, "source") => Some(Kind::Charge),
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
    let Some(place) = at.get_mut(name) else { return };
    if let Some(object) = place.as_str().and_then(|id| account.show(id, seen)) {
        *place = object;
    }
    put(place, rest, account, seen);
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
            ("amount", false, false),
            ("data.latest_charge", true, true),
            ("latest_charge", true, false),
            ("data", true, false),
        ] {
            assert_eq!(checked(path, Kind::PaymentIntent, in_list).is_ok(), possible, "{path}");
        }
        let in_customer = |path: &str| checked(path, Kind::Customer, false).is_ok();
        assert!(in_customer("invoice_settings.default_payment_method"));
        assert!(!in_customer("invoice_settings"));
    }
}
