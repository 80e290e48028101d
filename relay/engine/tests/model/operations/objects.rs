//! Objects of the simulated Stripe, limited to the fields that the relay reads, and the effects of
//! requests.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::stripe::Effect;

/// HTTP status and body of an answer.
pub(super) type HttpAnswer = (u16, Value);
/// Names and values of a form body.
pub(super) type Form = BTreeMap<String, String>;

/// The duration of a hold.
pub(super) const HOLD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A PaymentIntent of the simulated Stripe.
#[derive(Debug, Clone)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) status: &'static str,
    pub(super) cents: u64,
    pub(super) received: u64,
    pub(super) manual: bool,
    pub(super) paid: bool,
    pub(super) failed: bool,
    pub(super) canceled: Option<&'static str>,
    pub(super) created: Timestamp,
    pub(super) metadata: Value,
    /// Whether the PaymentIntent was changed at Stripe's dashboard.
    pub(super) changed_at_dashboard: bool,
}

/// A refund of the simulated Stripe.
#[derive(Debug, Clone)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) intent: String,
    pub(super) cents: u64,
    created: Timestamp,
    metadata: Value,
}

/// All objects, and the events about the objects.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) intents: Vec<Intent>,
    pub(super) refunds: Vec<Refund>,
    pub(super) effects: Vec<Effect>,
    /// Type and object of each event.
    pub(super) events: Vec<(&'static str, Value)>,
    /// Requests for more than the available amount, although only the relay had changed the object.
    pub(super) excessive: Vec<String>,
}

fn refused(status: u16, kind: &str, code: &str, intent: Option<Value>) -> HttpAnswer {
    (status, json!({"error": {"type": kind, "code": code, "message": "no", "payment_intent": intent}}))
}

impl Intent {
    pub(super) fn shown(&self, expanded: bool) -> Value {
        let number = self.id.trim_start_matches("pi_");
        let until = (self.created + HOLD).as_second();
        let charge = json!({
            "id": format!("ch_{number}"), "paid": true, "disputed": false,
            "balance_transaction": (self.received > 0).then(|| format!("txn_{number}")),
            "payment_method_details": {"card": {"brand": "visa", "last4": "4242", "capture_before": until}},
        });
        let charge = if expanded { charge } else { charge["id"].clone() };
        json!({
            "id": self.id, "object": "payment_intent", "status": self.status, "amount": self.cents,
            "amount_received": self.received, "currency": "usd", "created": self.created.as_second(),
            "capture_method": if self.manual { "manual" } else { "automatic" },
            "client_secret": format!("{}_secret", self.id), "metadata": self.metadata,
            "payment_method": self.paid.then_some("pm_pays"),
            "cancellation_reason": self.canceled, "latest_charge": self.paid.then_some(charge),
            "next_action": (self.status == "requires_action").then(|| json!({"type": "use_stripe_sdk"})),
            "last_payment_error": self.failed.then(|| json!({"type": "card_error", "code": "card_declined"})),
        })
    }

    /// The card pays the PaymentIntent.
    fn pay(&mut self) -> &'static str {
        self.paid = true;
        self.failed = false;
        if self.manual {
            self.status = "requires_capture";
            return "hold";
        }
        (self.status, self.received) = ("succeeded", self.cents);
        "charge"
    }
}

impl Refund {
    fn shown(&self) -> Value {
        json!({
            "id": self.id, "object": "refund", "amount": self.cents, "currency": "usd", "status": "succeeded",
            "payment_intent": self.intent, "created": self.created.as_second(), "metadata": self.metadata,
            "balance_transaction": format!("txn_{}", self.id),
        })
    }
}

fn metadata(form: &Form) -> Value {
    let name = |field: &str| Some(field.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    form.iter().filter_map(|(field, value)| Some((name(field)?, Value::String(value.clone())))).collect()
}

impl Objects {
    /// Expires the holds older than [`HOLD`].
    pub(super) fn lapse_holds(&mut self, now: Timestamp) {
        for intent in &mut self.intents {
            if intent.status == "requires_capture" && now.duration_since(intent.created) >= HOLD {
                (intent.status, intent.canceled) = ("canceled", Some("automatic"));
            }
        }
    }

    /// A request that changes state. `key`: the idempotency key; `None`: a change at the dashboard.
    pub(super) fn change(
        &mut self,
        path: &str,
        form: &Form,
        key: Option<&str>,
        now: Timestamp,
    ) -> HttpAnswer {
        let parts: Vec<_> = path.trim_start_matches("/v1/").split('/').collect();
        match parts.as_slice() {
            ["payment_intents"] => self.create(form, key, now),
            ["payment_intents", id, call] => self.call(id, call, form, key),
            ["refunds"] => self.refund(form, key, now),
            _ => panic!("the test has no {path}"),
        }
    }

    fn effect(&mut self, key: Option<&str>, what: &'static str, intent: &str, cents: u64) {
        let key = key.map(str::to_owned);
        self.effects.push(Effect { key, what, intent: intent.to_owned(), cents });
    }

    fn add_event(&mut self, kind: &'static str, object: Value) {
        self.events.push((kind, object));
    }

    fn create(&mut self, form: &Form, key: Option<&str>, now: Timestamp) -> HttpAnswer {
        let mut intent = Intent {
            id: format!("pi_{}", self.intents.len()),
            status: "requires_payment_method",
            cents: form["amount"].parse().unwrap(),
            received: 0,
            manual: form["capture_method"] == "manual",
            paid: false,
            failed: false,
            canceled: None,
            created: now,
            metadata: metadata(form),
            changed_at_dashboard: false,
        };
        let (id, cents) = (intent.id.clone(), intent.cents);
        let answer = match form["payment_method"].as_str() {
            "pm_no" => {
                intent.failed = true;
                refused(402, "card_error", "card_declined", Some(intent.shown(true)))
            }
            "pm_asks" => {
                intent.status = "requires_action";
                (200, intent.shown(true))
            }
            _ => {
                let what = intent.pay();
                self.effect(key, what, &id, cents);
                (200, intent.shown(true))
            }
        };
        let kind = match intent.status {
            "requires_capture" => "payment_intent.amount_capturable_updated",
            "succeeded" => "payment_intent.succeeded",
            "requires_action" => "payment_intent.requires_action",
            _ => "payment_intent.payment_failed",
        };
        self.add_event(kind, intent.shown(false));
        self.intents.push(intent);
        answer
    }

    fn call(&mut self, id: &str, call: &str, form: &Form, key: Option<&str>) -> HttpAnswer {
        let Some(place) = self.intents.iter().position(|intent| intent.id == id) else {
            return refused(404, "invalid_request_error", "resource_missing", None);
        };
        let intent = &mut self.intents[place];
        intent.changed_at_dashboard |= key.is_none();
        let before = intent.status;
        let cents = form.get("amount_to_capture").map_or(intent.cents, |cents| cents.parse().unwrap());
        let (what, kind) = match (call, before) {
            ("capture", "requires_capture") if cents <= intent.cents => {
                (intent.status, intent.received) = ("succeeded", cents);
                ("capture", "payment_intent.succeeded")
            }
            ("cancel", "requires_capture") => {
                (intent.status, intent.canceled) = ("canceled", Some("requested_by_customer"));
                ("release", "payment_intent.canceled")
            }
            ("cancel", "requires_action" | "requires_payment_method") => {
                (intent.status, intent.canceled) = ("canceled", Some("requested_by_customer"));
                ("", "payment_intent.canceled")
            }
            ("confirm", "requires_payment_method") => {
                let what = intent.pay();
                (what, if what == "hold" { "charge.succeeded" } else { "payment_intent.succeeded" })
            }
            _ => {
                let (changed_at_dashboard, shown) = (intent.changed_at_dashboard, intent.shown(true));
                if !changed_at_dashboard && call == "capture" && before != "canceled" {
                    self.excessive.push(format!("{call} of {cents} of {shown}"));
                }
                return refused(400, "invalid_request_error", "payment_intent_unexpected_state", Some(shown));
            }
        };
        let (shown, event) = (intent.shown(true), intent.shown(false));
        if !what.is_empty() {
            self.effect(key, what, id, cents);
        }
        self.add_event(kind, event);
        (200, shown)
    }

    fn refund(&mut self, form: &Form, key: Option<&str>, now: Timestamp) -> HttpAnswer {
        let (id, cents): (_, u64) = (form["payment_intent"].clone(), form["amount"].parse().unwrap());
        let intent = self.intents.iter_mut().find(|intent| intent.id == id).unwrap();
        intent.changed_at_dashboard |= key.is_none();
        let (received, changed_at_dashboard) = (intent.received, intent.changed_at_dashboard);
        if self.refunded(&id) + cents > received {
            if !changed_at_dashboard {
                self.excessive.push(format!("a refund of {cents} of {id}"));
            }
            return refused(400, "invalid_request_error", "amount_too_large", None);
        }
        let refund = Refund {
            id: format!("re_{}", self.refunds.len()),
            intent: id.clone(),
            cents,
            created: now,
            metadata: metadata(form),
        };
        self.effect(key, "refund", &id, cents);
        self.add_event("refund.created", refund.shown());
        self.refunds.push(refund.clone());
        (200, refund.shown())
    }

    /// Sum of the refunds of a PaymentIntent, in cents.
    pub(super) fn refunded(&self, intent: &str) -> u64 {
        self.refunds.iter().filter(|refund| refund.intent == intent).map(|refund| refund.cents).sum()
    }

    /// The payer acts on a PaymentIntent that requires an action.
    pub(super) fn payer_acts(&mut self, id: &str, passes: bool) {
        let Some(intent) = self.intents.iter_mut().find(|intent| intent.id == id) else { return };
        if intent.status != "requires_action" {
            return;
        }
        if !passes {
            (intent.status, intent.failed) = ("requires_payment_method", true);
            let event = intent.shown(false);
            return self.add_event("payment_intent.payment_failed", event);
        }
        let (what, cents, event) = (intent.pay(), intent.cents, intent.shown(false));
        // Counts as the effect of the request that created the PaymentIntent.
        self.effect(Some("payer"), what, id, cents);
        self.add_event("payment_intent.succeeded", event);
    }

    /// Creates a PaymentIntent as another system would.
    pub(super) fn create_elsewhere(&mut self, id: String, cents: u64, automatic: bool, now: Timestamp) {
        if self.intents.iter().any(|intent| intent.id == id) {
            return;
        }
        let mut intent = Intent {
            id: id.clone(),
            status: "",
            cents,
            received: 0,
            manual: !automatic,
            paid: true,
            failed: false,
            canceled: None,
            created: now,
            metadata: json!({}),
            changed_at_dashboard: false,
        };
        let what = intent.pay();
        self.intents.push(intent);
        self.effect(None, what, &id, cents);
    }

    /// A request that only reads.
    pub(super) fn look_up(&self, path: &str) -> HttpAnswer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query: Form = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let number = |name: &str| query.get(name).map(|value| value.parse::<i64>().unwrap());
        let missing = || refused(404, "invalid_request_error", "resource_missing", None);
        let list = |data: Vec<Value>| (200, json!({"object": "list", "data": data, "has_more": false}));
        let parts: Vec<_> = path.trim_start_matches("/v1/").split('/').collect();
        let within = |created: &Timestamp| {
            number("created[gte]").is_none_or(|from| created.as_second() >= from)
                && number("created[lte]").is_none_or(|to| created.as_second() <= to)
        };
        match parts.as_slice() {
            ["payment_methods", id] => (
                200,
                json!({"id": id, "type": "card", "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034}}),
            ),
            ["payment_intents"] => {
                let found = self.intents.iter().rev().filter(|intent| within(&intent.created));
                list(found.map(|intent| intent.shown(false)).collect())
            }
            ["payment_intents", id] => {
                let found = self.intents.iter().find(|intent| intent.id == *id);
                found.map_or_else(missing, |intent| (200, intent.shown(true)))
            }
            ["refunds"] => {
                let of = |refund: &&Refund| {
                    query.get("payment_intent").is_none_or(|id| *id == refund.intent)
                        && within(&refund.created)
                };
                list(self.refunds.iter().rev().filter(of).map(Refund::shown).collect())
            }
            ["refunds", id] => {
                let found = self.refunds.iter().find(|refund| refund.id == *id);
                found.map_or_else(missing, |refund| (200, refund.shown()))
            }
            ["disputes"] | ["events"] => list(vec![]),
            _ => panic!("the test has no {path}"),
        }
    }
}
