//! A processor that answers by rule, without a network: for trials and portals'
//! tests. It remembers nothing; what it has to know later is in the ids that it gives.
//!
//! The rule is in the name of the PaymentMethod, "pm_…", or follows from Stripe's test
//! numbers: one that holds "decline" is declined, "insufficient" lacks funds, "authenticate"
//! needs the payer first and passes when it is looked at again, "sepa" is a bank debit.
//! All others pay. A brand in the name is the card's, otherwise it is a Visa.

use std::time::Duration;

use async_trait::async_trait;
use causeway::{
    card::{Brand, RawCard},
    surroundings::Surroundings,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    customer::Profile,
    processor::Processor,
    settings::PaymentSystem,
    stripe::{
        client::{Asked, Heard},
        error::{ErrorBody, StripeError},
        idempotency::IdempotencyKey,
        paths,
        request::StripeRequest,
    },
};

/// How long its holds last.
const HOLD: Duration = Duration::from_hours(7 * 24);

/// The dummy.
pub struct Dummy {
    account: String,
    surroundings: Surroundings,
}

/// What it does with a PaymentMethod.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    Pays,
    Declines,
    LacksFunds,
    Authenticates,
}

impl Behaviour {
    fn of(method: &str) -> Behaviour {
        let method = method.to_lowercase();
        let holds = |word: &str| method.contains(word);
        if holds("insufficient") {
            Behaviour::LacksFunds
        } else if holds("decline") {
            Behaviour::Declines
        } else if holds("authenticat") {
            Behaviour::Authenticates
        } else {
            Behaviour::Pays
        }
    }

    /// Stripe's test numbers (docs.stripe.com/testing).
    fn of_number(number: &str) -> &'static str {
        match number {
            "4000000000000002" => "decline",
            "4000000000009995" => "insufficient",
            "4000002760003184" | "4000002500003155" => "authenticate",
            _ => "pays",
        }
    }
}

impl Dummy {
    /// The dummy behind a payment system.
    pub fn new(system: &PaymentSystem, surroundings: Surroundings) -> Dummy {
        Dummy { account: system.account.clone(), surroundings }
    }

    fn done(object: Value) -> Asked {
        Asked::Done { object, request: "req_dummy".to_owned() }
    }

    /// A PaymentIntent. Its id tells amount, currency, capture mode and card.
    fn pay(&self, request: &StripeRequest, key: &IdempotencyKey) -> Asked {
        let [units, currency, method] =
            ["amount", "currency", "payment_method"].map(|name| field(request, name));
        let mode = if field(request, "capture_method") == "manual" { "hold" } else { "take" };
        let id = format!("pi_{units}_{currency}_{mode}_{}", letters(key.as_str()));
        match Behaviour::of(method) {
            Behaviour::Declines => declined("generic_decline"),
            Behaviour::LacksFunds => declined("insufficient_funds"),
            Behaviour::Authenticates if field(request, "off_session") == "true" => {
                declined("authentication_required")
            }
            Behaviour::Authenticates => Dummy::done(json!({
                "id": id,
                "object": "payment_intent",
                "status": "requires_action",
                "amount": number(units),
                "currency": currency,
                "client_secret": format!("{id}_secret_dummy"),
                "next_action": { "type": "use_stripe_sdk" },
                "metadata": marks(request),
            })),
            Behaviour::Pays => {
                let mut intent = self.intent(&id, method, None);
                if let Some(intent) = intent.as_object_mut() {
                    intent.insert("metadata".to_owned(), marks(request));
                }
                Dummy::done(intent)
            }
        }
    }

    /// A PaymentIntent as its id tells it, held or paid.
    fn intent(&self, id: &str, method: &str, captured: Option<u64>) -> Value {
        let mut parts = id.split('_').skip(1);
        let (units, currency, mode) = (parts.next(), parts.next(), parts.next());
        let units = number(units.unwrap_or_default());
        let held = mode == Some("hold") && captured.is_none();
        let received = if held { 0 } else { captured.unwrap_or(units) };
        let until = self.surroundings.now().checked_add(HOLD).map_or(0, |until| until.as_second());
        let charge = id.replacen("pi_", "ch_", 1);
        let mut card = card(method);
        if let Some(card) = card.as_object_mut().filter(|_| held) {
            card.insert("capture_before".to_owned(), until.into());
        }
        json!({
            "id": id,
            "object": "payment_intent",
            "status": if held { "requires_capture" } else { "succeeded" },
            "amount": units,
            "amount_received": received,
            "currency": currency,
            // A PaymentMethod of its own, as Stripe's test ids become.
            "payment_method": (!method.is_empty()).then(|| format!("{method}_{}", letters(id))),
            "latest_charge": {
                "id": charge,
                "paid": true,
                "balance_transaction": (!held).then(|| id.replacen("pi_", "txn_", 1)),
                "payment_method_details": (!method.is_empty()).then(|| json!({ "card": card })),
            },
        })
    }

    fn refund(request: &StripeRequest, key: &IdempotencyKey) -> Asked {
        let currency = field(request, "payment_intent").split('_').nth(2).unwrap_or_default();
        let id = letters(key.as_str());
        Dummy::done(json!({
            "id": format!("re_{id}"),
            "object": "refund",
            "amount": number(field(request, "amount")),
            "currency": currency,
            "status": "succeeded",
            "balance_transaction": format!("txn_{id}"),
        }))
    }

    fn set_up(request: &StripeRequest, key: &IdempotencyKey) -> Asked {
        let method = field(request, "payment_method");
        let id = format!("seti_{}_of_{method}", letters(key.as_str()));
        let status = match Behaviour::of(method) {
            Behaviour::Declines => return declined("generic_decline"),
            Behaviour::LacksFunds => return declined("insufficient_funds"),
            Behaviour::Authenticates => "requires_action",
            Behaviour::Pays => "succeeded",
        };
        Dummy::done(json!({
            "id": id,
            "object": "setup_intent",
            "status": status,
            "client_secret": format!("{id}_secret_dummy"),
            "next_action": (status == "requires_action").then(|| json!({ "type": "use_stripe_sdk" })),
            "payment_method": format!("{method}_{}", letters(&id)),
        }))
    }
}

#[async_trait]
impl Processor for Dummy {
    fn account(&self) -> &str {
        &self.account
    }

    fn test_mode(&self) -> bool {
        true
    }

    fn keeps_lists(&self) -> bool {
        false
    }

    async fn ask(&self, request: &StripeRequest, key: &IdempotencyKey, _heard: Heard) -> Asked {
        let path: Vec<_> = request.path.trim_start_matches("/v1/").split('/').collect();
        match path.as_slice() {
            ["payment_intents"] => self.pay(request, key),
            ["payment_intents", id, "capture"] => {
                let captured = number(field(request, "amount_to_capture"));
                Dummy::done(self.intent(id, "", Some(captured)))
            }
            ["refunds"] => Dummy::refund(request, key),
            ["setup_intents"] => Dummy::set_up(request, key),
            ["customers"] => Dummy::done(json!({ "id": format!("cus_{}", letters(key.as_str())) })),
            ["customers", id] => Dummy::done(json!({ "id": id })),
            ["setup_intents", id, "cancel"] => Dummy::done(json!({ "id": id, "status": "canceled" })),
            ["payment_methods", id, "detach"] => {
                Dummy::done(json!({ "id": id, "type": "card", "customer": null }))
            }
            _ => Asked::Unknown { why: "the dummy has no such call".to_owned() },
        }
    }

    async fn examine(&self, path: &str) -> Asked {
        let path = path.split('?').next().unwrap_or_default();
        let path: Vec<_> = path.trim_start_matches("/v1/").split('/').collect();
        match path.as_slice() {
            // Whoever looks again has acted meanwhile.
            ["payment_intents", id] => Dummy::done(self.intent(id, "pm_visa", None)),
            ["setup_intents", id] => {
                let method = id.split_once("_of_").map_or("pm", |(_, method)| method);
                let made = format!("{method}_{}", letters(id));
                Dummy::done(json!({ "id": id, "status": "succeeded", "payment_method": made }))
            }
            ["refunds", id] => Dummy::done(json!({ "id": id, "status": "succeeded" })),
            ["payment_methods", id] if id.contains("sepa") => {
                Dummy::done(json!({ "id": id, "type": "sepa_debit", "customer": null }))
            }
            ["payment_methods", id] => {
                Dummy::done(json!({ "id": id, "type": "card", "card": card(id), "customer": null }))
            }
            _ => Asked::Unknown { why: "the dummy keeps nothing that could be looked up".to_owned() },
        }
    }

    async fn remove(&self, path: &str) -> Asked {
        Dummy::done(json!({ "id": path.rsplit('/').next(), "deleted": true }))
    }

    async fn tokenize(&self, card: &RawCard, _holder: &Profile, key: &IdempotencyKey) -> Asked {
        let brand = card.number.brand().map_or("unknown", Brand::as_str);
        let last4: String =
            card.number.expose().chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        let id = format!(
            "pm_{}_{brand}_l{last4}_m{}_y{}_{}",
            Behaviour::of_number(card.number.expose()),
            card.exp_month(),
            card.exp_year(),
            letters(key.as_str())
        );
        self.examine(&paths::method(&id)).await
    }
}

/// A card as the PaymentMethod's name tells it.
fn card(method: &str) -> Value {
    let method = method.to_lowercase();
    let named = |brand: &Brand| method.split('_').any(|part| part == brand.as_str());
    let brand = Brand::ALL.into_iter().find(named).unwrap_or(Brand::Visa);
    let told = |letter: char| {
        method
            .split('_')
            .filter_map(|part| part.strip_prefix(letter))
            .find(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    json!({
        "brand": brand.as_str(),
        "last4": told('l').unwrap_or("4242"),
        "exp_month": told('m').map_or(12, number),
        "exp_year": told('y').map_or(2034, number),
        "checks": { "cvc_check": "pass" },
    })
}

fn declined(decline_code: &str) -> Asked {
    let body = ErrorBody {
        kind: "card_error".to_owned(),
        code: Some("card_declined".to_owned()),
        decline_code: Some(decline_code.to_owned()),
        message: Some("The dummy declines this card.".to_owned()),
        ..ErrorBody::default()
    };
    Asked::Refused { error: Box::new(StripeError { status: 402, body }), request: "req_dummy".to_owned() }
}

fn field<'a>(request: &'a StripeRequest, name: &str) -> &'a str {
    request.form.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
}

/// The marks that were asked for, as Stripe repeats them.
fn marks(request: &StripeRequest) -> Value {
    let name = |field: &str| Some(field.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    let marks = request.form.iter().filter_map(|(field, value)| Some((name(field)?, value.as_str().into())));
    Value::Object(marks.collect())
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

/// The same letters for the same key. Letters only, so that no id looks like a card.
fn letters(key: &str) -> String {
    let hash = Sha256::digest(key);
    let halves = hash.iter().take(12).flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(b'a'.saturating_add(half))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(method: &str, capture: &str) -> StripeRequest {
        let form = [
            ("amount", "1250"),
            ("currency", "usd"),
            ("payment_method", method),
            ("capture_method", capture),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        StripeRequest { path: "/v1/payment_intents".to_owned(), form }
    }

    fn dummy() -> Dummy {
        Dummy { account: String::new(), surroundings: causeway_runtime::machine::surroundings() }
    }

    async fn status(method: &str, capture: &str) -> String {
        let key = IdempotencyKey::once(uuid::Uuid::nil());
        match dummy().ask(&asks(method, capture), &key, Heard::Nothing).await {
            Asked::Done { object, .. } => object["status"].as_str().unwrap().to_owned(),
            Asked::Refused { error, .. } => error.body.decline_code.unwrap(),
            Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } => why,
        }
    }

    #[tokio::test]
    async fn the_name_of_the_method_is_the_rule() {
        assert_eq!(status("pm_visa", "manual").await, "requires_capture");
        assert_eq!(status("pm_visa", "automatic").await, "succeeded");
        assert_eq!(status("pm_card_chargeDeclined", "manual").await, "generic_decline");
        assert_eq!(status("pm_insufficient", "manual").await, "insufficient_funds");
        assert_eq!(status("pm_authenticate", "manual").await, "requires_action");
    }

    #[tokio::test]
    async fn the_same_key_gives_the_same_object_and_a_later_call_knows_it_by_its_id() {
        let key = IdempotencyKey::once(uuid::Uuid::nil());
        let first = dummy().ask(&asks("pm_visa", "manual"), &key, Heard::Nothing).await;
        let Asked::Done { object, .. } = &first else { panic!("{first:?}") };
        let id = object["id"].as_str().unwrap();
        let again = dummy().ask(&asks("pm_visa", "manual"), &key, Heard::Maybe).await;
        let Asked::Done { object: again, .. } = again else { panic!() };
        assert_eq!(again["id"], id);
        let form = vec![("amount_to_capture".to_owned(), "1000".to_owned())];
        let capture = StripeRequest { path: format!("/v1/payment_intents/{id}/capture"), form };
        let Asked::Done { object, .. } = dummy().ask(&capture, &key, Heard::Nothing).await else { panic!() };
        assert_eq!(
            (object["amount_received"].as_u64(), object["status"].as_str()),
            (Some(1000), Some("succeeded"))
        );
    }
}
