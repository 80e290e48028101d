//! What an answer has to show before it is believed. A request knows the ids, the amount, the currency and
//! the correlation metadata that its answer has to have, and the account knows its mode. An answer that
//! shows something else cannot be an answer to the request: it is neither a yes nor a no.
//!
//! [`Expected::believe`] is the only constructor of [`Believed`], and snapshots are read from nothing else,
//! so no call can leave the comparison out. A field that Stripe does not show is not compared.

use causeway::text::OUR_METADATA;
use causeway_domain::request::ProcessorRequest;
use serde_json::Value;

use crate::{
    endpoint::{Command, ObjectKind},
    ids,
    json::StripeJson,
    request::{METHOD_TYPE, field},
    texts::{Id, PageUrl},
};

/// The account of a client, as far as answers show it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ours<'a> {
    /// "acct_…", or empty where the operator's settings name no account.
    pub(crate) account: &'a str,
    /// Whether no real money moves.
    pub(crate) test_mode: bool,
    /// Whether the API itself is served without TLS, as by a sandbox on the same machine.
    pub(crate) plain_http: bool,
}

/// What the answer to one request has to show.
#[derive(Debug, Clone)]
pub(crate) struct Expected<'a> {
    ours: Ours<'a>,
    /// Stripe's name of the object's type.
    object: &'static str,
    /// The id in the request's path.
    id: Option<&'a str>,
    /// Ids and words of the request, by the names of the answer's fields.
    same: Vec<(&'static str, &'a str)>,
    /// The requested amount, in Stripe's units.
    units: Option<u64>,
    /// The last four digits of the card number in the request.
    last4: Option<&'a str>,
    /// The only type of PaymentMethod that the request allows.
    method_type: Option<&'a str>,
    /// The correlation metadata of the request.
    marks: Vec<(&'a str, &'a str)>,
}

/// An object of Stripe's that may be the answer to its request.
#[derive(Debug)]
pub(crate) struct Believed(StripeJson);

/// Why an object cannot be the answer to its request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Disbelief(String);

impl Disbelief {
    /// A list shows one id twice.
    pub(crate) fn twice(id: &str) -> Disbelief {
        Disbelief(format!("{id} is in one list twice"))
    }
}

impl Believed {
    /// The object, for a snapshot.
    pub(crate) fn into_json(self) -> StripeJson {
        self.0
    }
}

impl<'a> Expected<'a> {
    fn of(object: &'static str, ours: Ours<'a>) -> Expected<'a> {
        Expected {
            ours,
            object,
            id: None,
            same: vec![],
            units: None,
            last4: None,
            method_type: None,
            marks: vec![],
        }
    }

    /// The answer to a look-up by id.
    pub(crate) fn looked_up(kind: ObjectKind, id: &'a str, ours: Ours<'a>) -> Expected<'a> {
        Expected { id: Some(id).filter(|id| !is_test_id(id)), ..Expected::of(kind.name(), ours) }
    }

    /// An element of a list. `parent`: the field that names the object to which the list belongs.
    pub(crate) fn listed(
        object: &'static str,
        parent: Option<(&'static str, &'a str)>,
        ours: Ours<'a>,
    ) -> Expected<'a> {
        Expected { same: parent.into_iter().collect(), ..Expected::of(object, ours) }
    }

    /// An object of the dummy's, which makes ids by rules of its own.
    pub(crate) fn of_dummy(kind: ObjectKind) -> Expected<'static> {
        Expected::of(kind.name(), Ours { account: "", test_mode: true, plain_http: false })
    }

    /// The PaymentMethod of a card number, which shows the last four digits of the number.
    pub(crate) fn method_of(number: &'a str, ours: Ours<'a>) -> Expected<'a> {
        let last4 = number.len().checked_sub(4).and_then(|start| number.get(start..));
        Expected { last4, ..Expected::of(ObjectKind::Method.name(), ours) }
    }

    /// The answer to a command. `id` is the id in the path, or empty.
    pub(crate) fn answer(
        command: Command,
        id: &'a str,
        request: &'a ProcessorRequest,
        ours: Ours<'a>,
    ) -> Expected<'a> {
        let names: &[&'static str] = match command {
            Command::CreateIntent => &["currency", "customer", "payment_method"],
            Command::ConfirmIntent => &["payment_method"],
            Command::CreateRefund => &["payment_intent"],
            Command::CreateSetup => &["customer", "payment_method"],
            Command::CaptureIntent
            | Command::CancelIntent
            | Command::CancelSetup
            | Command::CreateMethod
            | Command::DetachMethod
            | Command::CreateCustomer
            | Command::UpdateCustomer => &[],
        };
        let sent = names.iter().filter_map(|name| Some((*name, field(request, name)?)));
        let same = sent.filter(|(_, value)| !is_test_id(value)).collect();
        let mark = |(name, value): &'a (String, String)| {
            let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            name.starts_with(OUR_METADATA).then_some((name, value.as_str()))
        };
        Expected {
            id: Some(id).filter(|id| !id.is_empty()),
            same,
            method_type: field(request, METHOD_TYPE),
            units: field(request, "amount").and_then(|units| units.parse().ok()),
            marks: request.form.iter().filter_map(mark).collect(),
            ..Expected::of(command.answered_with().name(), ours)
        }
    }

    /// Believes an object, or says why it cannot be the answer.
    pub(crate) fn believe(&self, object: StripeJson) -> Result<Believed, Disbelief> {
        self.judge(object.value())?;
        if let Some(kind) = self.method_type.filter(|kind| !allows(object.value(), kind)) {
            return Err(Disbelief(format!(
                "its payment_method_types lack {kind}, the only type that was allowed"
            )));
        }
        Ok(Believed(object))
    }

    /// The requested type of PaymentMethod, where Stripe left the type out and nothing came of the request: the
    /// answer is an intent of this request that still waits for a PaymentMethod and has no charge.
    pub(crate) fn type_left_out(&self, object: &StripeJson) -> Option<&'a str> {
        let object = object.value();
        self.judge(object).ok()?;
        let status = object.get("status").and_then(Value::as_str);
        let is_idle = status == Some("requires_payment_method")
            && object.get("latest_charge").is_none_or(Value::is_null)
            && object.get("amount_received").and_then(Value::as_u64).unwrap_or_default() == 0;
        self.method_type.filter(|kind| is_idle && !allows(object, kind))
    }

    /// Judges the object that a refusal carries. It is the object of the request, as far as the refusal
    /// carries one of that type.
    pub(crate) fn believe_refusal(&self, refusal: &StripeJson) -> Result<(), Disbelief> {
        let carried = refusal.part(&["error", self.object]);
        carried
            .filter(|object| object.value().is_object())
            .map_or(Ok(()), |object| self.judge(object.value()))
    }

    fn judge(&self, object: &Value) -> Result<(), Disbelief> {
        let is = |name: &str| object.get(name).and_then(named);
        differs("object", is("object"), self.object)?;
        if let Some(id) = self.id {
            differs("id", is("id"), id)?;
        }
        for (name, asked) in &self.same {
            differs(name, is(name), asked)?;
        }
        if let (Some(units), Some(shown)) = (self.units, object.get("amount").and_then(Value::as_u64))
            && units != shown
        {
            return Err(Disbelief(format!(
                "it is about {shown} where {units} was asked for, in Stripe's units"
            )));
        }
        for (name, sent) in &self.marks {
            let shown = object.get("metadata").and_then(|marks| marks.get(name)?.as_str());
            differs(name, shown, sent)?;
        }
        if let Some(last4) = self.last4 {
            differs("last4", object.get("card").and_then(|card| card.get("last4")?.as_str()), last4)?;
        }
        self.judge_account(object)?;
        self.judge_charge(object)?;
        self.judge_page(object)
    }

    /// Mode and account. Only events name an account.
    fn judge_account(&self, object: &Value) -> Result<(), Disbelief> {
        if object.get("livemode").and_then(Value::as_bool) == Some(self.ours.test_mode) {
            let mode = if self.ours.test_mode { "live" } else { "test" };
            return Err(Disbelief(format!("it is of the other mode ({mode}): the payment system is not")));
        }
        if self.object == "event" && !self.ours.account.is_empty() {
            differs("account", object.get("account").and_then(Value::as_str), self.ours.account)?;
        }
        Ok(())
    }

    /// The charge of a PaymentIntent: of the same PaymentIntent, mode and currency, and no more of it went
    /// back than was taken.
    fn judge_charge(&self, object: &Value) -> Result<(), Disbelief> {
        let Some(charge) = object.get("latest_charge").filter(|charge| charge.is_object()) else {
            return Ok(());
        };
        let is = |of: &'static str, object: &'_ Value| object.get(of).and_then(named).map(str::to_owned);
        for (name, own) in [("payment_intent", "id"), ("currency", "currency")] {
            // An id that is none makes the object unreadable, and says nothing about the charge.
            if let Some(own) = is(own, object).filter(|own| name != "payment_intent" || ids::is_intent(own)) {
                differs(name, is(name, charge).as_deref(), &own)?;
            }
        }
        self.judge_account(charge)?;
        let units = |name: &str| charge.get(name).and_then(Value::as_u64);
        match (units("amount_refunded"), units("amount")) {
            (Some(refunded), Some(amount)) if refunded > amount => {
                Err(Disbelief(format!("its charge shows {refunded} refunded of {amount}, in Stripe's units")))
            }
            _ => Ok(()),
        }
    }

    /// The page to which the payer's browser is sent. Billing hands the URL to a browser as it is.
    fn judge_page(&self, object: &Value) -> Result<(), Disbelief> {
        let page = |object: &Value| object.get("next_action")?.get("redirect_to_url")?.get("url").cloned();
        match page(object) {
            None | Some(Value::Null) => Ok(()),
            Some(Value::String(url)) if PageUrl::parse(&url).is_some() => {
                let allowed = !PageUrl::is_plain(&url) || self.ours.plain_http;
                if allowed { Ok(()) } else { Err(unsafe_page()) }
            }
            Some(_) => Err(unsafe_page()),
        }
    }
}

fn unsafe_page() -> Disbelief {
    Disbelief("it sends the payer's browser to a page that is not https".to_owned())
}

/// Whether an intent allows a type of PaymentMethod, as far as it shows the types.
fn allows(object: &Value, kind: &str) -> bool {
    let types = object.get("payment_method_types").and_then(Value::as_array);
    types.is_none_or(|types| types.iter().any(|shown| shown.as_str() == Some(kind)))
}

/// The text of a field, or the id of an expanded object.
fn named(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("id")?.as_str())
}

/// Compares a field, where Stripe shows it.
fn differs(name: &str, shown: Option<&str>, asked: &str) -> Result<(), Disbelief> {
    match shown {
        // Stripe writes currencies in lower case; ids differ in case.
        Some(shown) if name == "currency" && shown.eq_ignore_ascii_case(asked) => Ok(()),
        Some(shown) if shown != asked => {
            // Only what reads as an id is repeated.
            let shown = Id::parse(shown);
            let shown = shown.as_ref().map_or("something else", Id::as_str);
            Err(Disbelief(format!("{shown} was shown where {asked} was expected ({name})")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether an id is one of Stripe's test ids, as in `pm_card_visa`: each use of a test id makes a new
/// PaymentMethod with another id.
fn is_test_id(id: &str) -> bool {
    id.strip_prefix("pm_").is_some_and(|rest| rest.contains('_'))
}

#[cfg(test)]
mod tests;
