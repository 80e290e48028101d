//! The rules for faults in calls: to list, arm and disarm rules.

use serde_json::{Map, Value, json, to_value};

use crate::control::request::read;
use crate::control::{ControlError, ControlRequest, ControlResult, Refusal};
use crate::fault::{ArmedRule, Fault, FaultRule};
use crate::lock::lock;
use crate::shared::Shared;

/// Lists the armed rules, and the number of hits of each kind of fault.
pub(super) fn list(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    let faults = lock(&request.shared.faults);
    Ok(json!({ "armed": faults.armed(), "hits": faults.hits() }))
}

/// Arms one rule from the body of the request.
pub(super) fn arm(request: &ControlRequest<'_>) -> ControlResult {
    let mut object = request.object()?;
    check_fault(object.get("fault"))?;
    if let Some(key) = object.remove("account_of")
        && object.insert("account".to_owned(), key).is_some()
    {
        return Err(ControlError::Fields("say either account or account_of"));
    }
    let rule: FaultRule = read(object)?;
    if rule.times == Some(0) {
        return Err(ControlError::Fields("times is 1 or more, or null for no end"));
    }
    if !(1..=1000).contains(&rule.rate_per_mille) {
        return Err(ControlError::Fields("rate_per_mille is 1 to 1000"));
    }
    if rule.path.as_ref().is_some_and(|path| !path.starts_with('/')) {
        return Err(ControlError::Fields("path begins with a slash, /v1/payment_intents/*/capture"));
    }
    if rule.method.as_ref().is_some_and(|method| !["GET", "POST", "DELETE"].contains(&method.as_str())) {
        return Err(ControlError::Fields("method is GET, POST or DELETE"));
    }
    let armed = request.shared.arm(rule)?;
    Ok(to_value(armed).unwrap_or_default())
}

/// Refuses a field that the fault does not have, because serde ignores unknown fields for some kinds.
fn check_fault(fault: Option<&Value>) -> Result<(), ControlError> {
    let fields: Option<&Map<String, Value>> = fault.and_then(Value::as_object);
    let named = fields.and_then(|fields| fields.get("kind")).and_then(Value::as_str);
    let Some(kind) = Fault::KINDS.iter().find(|kind| Some(kind.name) == named) else {
        return Ok(());
    };
    let unknown = |name: &&String| *name != "kind" && !kind.fields.contains(&name.as_str());
    match fields.into_iter().flat_map(Map::keys).find(unknown) {
        Some(name) => {
            Err(ControlError::FaultField { kind: kind.name, name: name.clone(), known: kind.fields })
        }
        None => Ok(()),
    }
}

/// Disarms all rules, and answers the number of disarmed rules.
pub(super) fn disarm(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    Ok(json!({ "disarmed": lock(&request.shared.faults).disarm() }))
}

/// Disarms the rule with the id in the path.
pub(super) fn disarm_one(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    let disarmed = request.id.parse().is_ok_and(|id| lock(&request.shared.faults).disarm_one(id));
    if disarmed {
        Ok(json!({ "disarmed": 1 }))
    } else {
        Err(ControlError::Missing(format!("no rule {} is armed", request.id)))
    }
}

impl Shared {
    /// Arms a rule. An account that is named by a key is replaced by the account's id.
    pub(crate) fn arm(&self, rule: FaultRule) -> Result<ArmedRule, Refusal> {
        let account = rule.account.as_deref().map(|account| self.account_named(account)).transpose()?;
        Ok(lock(&self.faults).arm(FaultRule { account, ..rule }))
    }
}
