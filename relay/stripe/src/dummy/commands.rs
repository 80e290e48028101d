//! Commands and their effects on the objects.

use causeway_domain::request::ProcessorRequest;
use serde_json::{Value, json};

use super::{
    memory::{Answer, Memory, Payment, Setup, State},
    names::{self, Behaviour, number},
    show,
};
use crate::{endpoint::Command, request};

fn field<'a>(request: &'a ProcessorRequest, name: &str) -> &'a str {
    request::field(request, name).unwrap_or_default()
}

/// The metadata of the request, in the form that Stripe returns.
fn metadata(request: &ProcessorRequest) -> Value {
    let name = |field: &str| Some(field.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    let marks = request.form.iter().filter_map(|(field, value)| Some((name(field)?, value.as_str().into())));
    Value::Object(marks.collect())
}

impl Memory {
    /// The answer to a request; `None` for a call that the dummy lacks.
    pub(super) fn answer(
        &mut self,
        command: Command,
        id: &str,
        request: &ProcessorRequest,
        key: &str,
    ) -> Option<Answer> {
        Some(match command {
            Command::CreateIntent => self.pay(request, key),
            Command::CaptureIntent => self.capture(id, number(field(request, "amount_to_capture"))),
            Command::CancelIntent => self.cancel(id),
            Command::CreateRefund => self.refund(request, key),
            Command::CreateSetup => self.set_up(request, key),
            Command::CancelSetup => self.cancel_setup(id),
            Command::DetachMethod => self.detach(id),
            Command::CreateCustomer => Answer::Done(json!({ "id": names::customer_id(key) })),
            Command::UpdateCustomer => self.customer(id),
            Command::ConfirmIntent | Command::CreateMethod => return None,
        })
    }

    /// The refusal of a customer and a PaymentMethod that cannot be used together.
    fn unusable(&self, request: &ProcessorRequest) -> Option<Answer> {
        let (customer, method) = (request::field(request, "customer"), field(request, "payment_method"));
        if let Some(customer) = customer.filter(|customer| !self.has_customer(customer)) {
            return Some(show::missing("customer", customer));
        }
        if !Memory::has_method(method) {
            return Some(show::missing("payment_method", method));
        }
        let removed = self.owners.get(method) == Some(&None);
        removed.then(|| show::refused("", format!("{method} was removed and may not be used again.")))
    }

    fn pay(&mut self, request: &ProcessorRequest, key: &str) -> Answer {
        let [units, currency, method] =
            ["amount", "currency", "payment_method"].map(|name| field(request, name));
        if let Some(refusal) = self.unusable(request) {
            return refusal;
        }
        let is_manual = field(request, "capture_method") == "manual";
        let id = names::payment_id(units, currency, is_manual, key);
        let own = if method.is_empty() { String::new() } else { names::own_method(method, &id) };
        let mut payment = Payment {
            units: number(units),
            currency: currency.to_owned(),
            is_manual,
            state: State::Waiting,
            method: own,
            captured: 0,
            left: 0,
            customer: request::field(request, "customer").map(str::to_owned),
            stores: request::field(request, "setup_future_usage").is_some(),
            metadata: metadata(request),
            created: self.now,
        };
        match Behaviour::of(method) {
            Behaviour::Declines => return show::declined("generic_decline"),
            Behaviour::LacksFunds => return show::declined("insufficient_funds"),
            Behaviour::Authenticates if field(request, "off_session") == "true" => {
                return show::declined("authentication_required");
            }
            Behaviour::Authenticates => {}
            Behaviour::Pays | Behaviour::IsMissing => payment.authorize(),
        }
        let shown = show::payment(&id, &payment);
        self.add_payment(&id, payment);
        Answer::Done(shown)
    }

    fn capture(&mut self, id: &str, units: u64) -> Answer {
        let Some(payment) = self.payment(id) else { return show::missing("intent", id) };
        if payment.state != State::Held {
            return show::payment_in_wrong_state(id, payment);
        }
        if units > payment.units {
            let message = format!("{units} is more than is held, {}.", payment.units);
            return show::refused("amount_too_large", message);
        }
        payment.capture(units);
        Answer::Done(show::payment(id, payment))
    }

    fn cancel(&mut self, id: &str) -> Answer {
        let Some(payment) = self.payment(id) else { return show::missing("intent", id) };
        if !matches!(payment.state, State::Held | State::Waiting) {
            return show::payment_in_wrong_state(id, payment);
        }
        payment.state = State::Canceled;
        Answer::Done(show::payment(id, payment))
    }

    fn refund(&mut self, request: &ProcessorRequest, key: &str) -> Answer {
        let (intent, units) = (field(request, "payment_intent"), number(field(request, "amount")));
        let now = self.now;
        let Some(payment) = self.payment(intent) else { return show::missing("payment_intent", intent) };
        if payment.state != State::Taken {
            return show::refused("", format!("Nothing was captured of {intent}."));
        }
        let left = payment.left;
        if left == 0 {
            return show::refused("charge_already_refunded", format!("{intent} was refunded already."));
        }
        if !payment.refund(units) {
            return show::refused("", format!("{units} is more than is left to refund, {left}."));
        }
        let id = names::refund_id(units, &payment.currency, key);
        let refund = json!({
            "id": id,
            "object": "refund",
            "amount": units,
            "currency": payment.currency,
            "status": "succeeded",
            "balance_transaction": id.replacen("re_", "txn_", 1),
            "payment_intent": intent,
            "reason": request::field(request, "reason"),
            "created": now,
            "metadata": metadata(request),
        });
        self.refunds.insert(&id, refund.clone());
        Answer::Done(refund)
    }

    fn set_up(&mut self, request: &ProcessorRequest, key: &str) -> Answer {
        let method = field(request, "payment_method");
        if let Some(refusal) = self.unusable(request) {
            return refusal;
        }
        let status = match Behaviour::of(method) {
            Behaviour::Declines => return show::declined("generic_decline"),
            Behaviour::LacksFunds => return show::declined("insufficient_funds"),
            Behaviour::Authenticates => "requires_action",
            Behaviour::Pays | Behaviour::IsMissing => "succeeded",
        };
        let id = names::setup_id(method, key);
        let customer = request::field(request, "customer").map(str::to_owned);
        let setup = Setup { customer, method: names::own_method(method, &id), status };
        let shown = show::setup(&id, &setup);
        self.add_setup(&id, setup);
        Answer::Done(shown)
    }

    fn cancel_setup(&mut self, id: &str) -> Answer {
        let Some(setup) = self.setup(id) else { return show::missing("intent", id) };
        if setup.status != "requires_action" {
            return show::setup_in_wrong_state(id, setup);
        }
        setup.status = "canceled";
        Answer::Done(show::setup(id, setup))
    }

    fn detach(&mut self, id: &str) -> Answer {
        if !Memory::has_method(id) {
            return show::missing("id", id);
        }
        if self.owners.get(id) == Some(&None) {
            return show::refused("", format!("{id} is not attached to a customer."));
        }
        self.owners.insert(id, None);
        Answer::Done(show::method(id, None))
    }

    pub(super) fn delete_customer(&mut self, id: &str) -> Answer {
        if !self.has_customer(id) {
            return show::missing("id", id);
        }
        self.deleted.insert(id, ());
        Answer::Done(json!({ "id": id, "deleted": true }))
    }

    /// The present state of a payment. A payer who has to act acts before the next look-up.
    pub(super) fn look_at_payment(&mut self, id: &str) -> Answer {
        let Some(payment) = self.payment(id) else { return show::missing("intent", id) };
        if payment.state == State::Waiting {
            payment.authorize();
        }
        let shown = show::payment(id, payment);
        self.store_card_of(id);
        Answer::Done(shown)
    }

    /// The present state of a verification. A payer who has to act acts before the next look-up.
    pub(super) fn look_at_setup(&mut self, id: &str) -> Answer {
        let Some(setup) = self.setup(id) else { return show::missing("intent", id) };
        if setup.status == "requires_action" {
            setup.status = "succeeded";
        }
        let shown = show::setup(id, setup);
        self.store_verified_card(id);
        Answer::Done(shown)
    }

    pub(super) fn look_at_refund(&self, id: &str) -> Answer {
        if let Some(refund) = self.refunds.get(id) {
            return Answer::Done(refund.clone());
        }
        let Some((units, currency)) = names::refund(id) else { return show::missing("id", id) };
        Answer::Done(json!({ "id": id, "amount": units, "currency": currency, "status": "succeeded" }))
    }

    pub(super) fn look_at_method(&self, id: &str) -> Answer {
        if !Memory::has_method(id) {
            return show::missing("id", id);
        }
        Answer::Done(show::method(id, self.owners.get(id).and_then(Option::as_deref)))
    }

    pub(super) fn look_at_customer(&self, id: &str) -> Answer {
        if names::is_customer(id) && !self.has_customer(id) {
            return Answer::Done(json!({ "id": id, "deleted": true }));
        }
        self.customer(id)
    }

    fn customer(&self, id: &str) -> Answer {
        if self.has_customer(id) { Answer::Done(json!({ "id": id })) } else { show::missing("id", id) }
    }
}
