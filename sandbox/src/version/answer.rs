//! The differences of answers: an object of the sandbox as an earlier version shows the object.

use serde_json::{Map, Value, json};

use crate::objects::charge::{Charge, ChargeState};
use crate::objects::{Object, RenderContext};
use crate::state::Account;
use crate::version::Version;
use crate::version::changes::Change;

/// The number of charges or refunds that are shown inside another object.
const MAX_SHOWN: usize = 10;

/// The account and the version in which objects are shown.
#[derive(Clone, Copy, Debug)]
struct Rendering<'a> {
    version: Version,
    account: &'a Account,
    context: RenderContext,
}

/// An answer as the version shows the answer. Events inside stay as they are, because the version of an
/// event is not that of the call. Applied twice, the effect is the same as applied once.
pub(crate) fn rendered(
    mut answer: Value,
    version: Version,
    account: &Account,
    context: RenderContext,
) -> Value {
    if version.has_earlier_answers() {
        Rendering { version, account, context }.render(&mut answer);
    }
    answer
}

/// An event as a webhook endpoint of a version receives the event.
pub(crate) fn rendered_event(
    mut event: Value,
    version: &str,
    account: Option<&Account>,
    context: RenderContext,
) -> Value {
    if let (Ok(played), Some(account), Some(object)) =
        (Version::read(version), account, event.pointer_mut("/data/object"))
    {
        *object = rendered(object.take(), played, account, context);
    }
    if let Some(field) = event.get_mut("api_version") {
        *field = version.into();
    }
    event
}

impl Rendering<'_> {
    /// Changes a value and everything inside the value.
    fn render(self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.render(item)),
            Value::Object(fields) => {
                let kind = text(fields, "object");
                if kind == "event" {
                    return;
                }
                fields.values_mut().for_each(|inner| self.render(inner));
                match kind.as_str() {
                    "payment_intent" => self.render_intent(fields),
                    "charge" => self.render_charge(fields),
                    _ => {}
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn render_intent(self, fields: &mut Map<String, Value>) {
        let is_expired = fields.get("cancellation_reason").is_some_and(|reason| reason == "expired");
        if !self.version.has(Change::ReasonExpired) && is_expired {
            fields.insert("cancellation_reason".to_owned(), json!("automatic"));
        }
        if !self.version.has(Change::NoInvoice) {
            fields.insert("invoice".to_owned(), Value::Null);
        }
        if !self.version.has(Change::NoCharges) && !fields.contains_key("charges") {
            let charges = self.charges(&text(fields, "id"));
            fields.insert("charges".to_owned(), charges);
        }
    }

    /// The list of the charges of a PaymentIntent, the newest first. A charge is never older than the
    /// PaymentIntent, which ends the search.
    fn charges(self, intent: &str) -> Value {
        let since = self.account.payment_intents.get(intent).map_or(i64::MAX, |intent| intent.created);
        let recent = self.account.charges.newest_first().take_while(|charge| charge.created >= since);
        let all: Vec<&Charge> = recent.filter(|charge| charge.payment_intent == intent).collect();
        let mut data: Vec<Value> =
            all.iter().take(MAX_SHOWN).map(|charge| charge.show(self.context)).collect();
        data.iter_mut().for_each(|charge| self.render(charge));
        list(data, all.len(), format!("/v1/charges?payment_intent={intent}"))
    }

    fn render_charge(self, fields: &mut Map<String, Value>) {
        let id = text(fields, "id");
        if !self.version.has(Change::NoInvoice) {
            fields.insert("invoice".to_owned(), Value::Null);
        }
        if let Some(charge) =
            self.account.charges.get(&id).filter(|_| !self.version.has(Change::ReleaseIsNoRefund))
        {
            show_release(charge, fields);
        }
        if !self.version.has(Change::NoRefunds) && !fields.contains_key("refunds") {
            let refunds = self.refunds(&id);
            fields.insert("refunds".to_owned(), refunds);
        }
    }

    /// The list of the refunds of a charge, the newest first.
    fn refunds(self, charge: &str) -> Value {
        let since = self.account.charges.get(charge).map_or(i64::MAX, |charge| charge.created);
        let recent = self.account.refunds.newest_first().take_while(|refund| refund.created >= since);
        let all: Vec<_> = recent.filter(|refund| refund.charge == charge).collect();
        let data = all.iter().take(MAX_SHOWN).map(|refund| refund.show(self.context)).collect();
        list(data, all.len(), format!("/v1/charges/{charge}/refunds"))
    }
}

/// Shows the released part of a hold as refunded.
fn show_release(charge: &Charge, fields: &mut Map<String, Value>) {
    let is_released = match charge.charge_state {
        ChargeState::Released { .. } => {
            fields.insert("amount_captured".to_owned(), Value::Null);
            true
        }
        ChargeState::Captured { until } => until.is_some(),
        ChargeState::Failed(_) | ChargeState::Held { .. } | ChargeState::Pending => false,
    };
    let released = charge.amount.saturating_sub(charge.captured);
    if !is_released || released == 0 {
        return;
    }
    let refunded = charge.refunded.saturating_add(released);
    fields.insert("amount_refunded".to_owned(), json!(refunded));
    fields.insert("refunded".to_owned(), json!(refunded >= charge.amount));
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list(data: Vec<Value>, count: usize, url: String) -> Value {
    json!({ "object": "list", "data": data, "has_more": count > data.len(), "total_count": count, "url": url })
}
