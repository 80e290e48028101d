//! An example of each call, with the objects that the call needs.

use crate::RawCards;
use crate::endpoints::routes::Route;
use crate::tests::every_route::account_examples::AccountExamples;
use crate::tests::test_bed::{CARD, KEY, TestBed, TestCall};

const AGREED: &str = "mandate_data[customer_acceptance][type]=offline";
const CARD_DATA: &str = "card[number]=4242424242424242&card[exp_month]=3&card[exp_year]=2035&card[cvc]=123";
const ACCOUNT: &str = "type=us_bank_account&billing_details[name]=Jenny&us_bank_account[routing_number]=110000000&\
                       us_bank_account[account_number]=000123456789&us_bank_account[account_holder_type]=individual";

/// A call that can be sent several times.
pub(super) struct Sent {
    method: &'static str,
    path: String,
    body: String,
}

/// The objects that calls without an effect show.
pub(super) struct Examples {
    customer: String,
    method: String,
    intent: String,
    charge: String,
    refund: String,
    dispute: String,
    disputed: String,
    setup: String,
    mandate: String,
    transaction: String,
    event: String,
    endpoint: String,
    account: AccountExamples,
}

impl Sent {
    pub(super) fn call(&self, test_bed: &TestBed) -> TestCall {
        if let Some(path) = self.path.strip_prefix("/v2/") {
            let body = serde_json::from_str(&self.body).unwrap_or_default();
            return test_bed.call_v2(self.method.parse().unwrap(), path, &body);
        }
        let path = self.path.strip_prefix("/v1/").unwrap();
        match self.method {
            "GET" if self.body.is_empty() => test_bed.get(path),
            "GET" => test_bed.get(&format!("{path}?{}", self.body)),
            "DELETE" => test_bed.delete(path),
            _ => test_bed.post(path, &self.body),
        }
    }
}

impl Examples {
    pub(super) async fn make(test_bed: &TestBed) -> Self {
        test_bed.sandbox.allow_raw_cards(KEY, RawCards::TestNumbers);
        let customer = test_bed.customer().await;
        let attached = format!("customer={customer}&setup_future_usage=off_session");
        let paid = test_bed.pay("2000 usd", "pm_card_visa", &attached).send().await.success();
        let charge = paid.text_at("/latest_charge").to_owned();
        let shown = test_bed.get(&format!("charges/{charge}")).send().await.success();
        let refund = format!("charge={charge}&amount=100");
        let disputed = test_bed.pay("900 usd", "pm_card_createDispute", "").send().await.success();
        let account = test_bed.post("payment_methods", ACCOUNT).send().await.success().id();
        let body =
            format!("payment_method={account}&payment_method_types[]=us_bank_account&confirm=true&{AGREED}");
        let setup = test_bed.post("setup_intents", &body).send().await.success().id();
        let verify = format!("setup_intents/{setup}/verify_microdeposits");
        let verified = test_bed.post(&verify, "descriptor_code=SM11AA").send().await.success();
        Self {
            method: paid.text_at("/payment_method").to_owned(),
            intent: paid.id(),
            refund: test_bed.post("refunds", &refund).send().await.success().id(),
            dispute: test_bed.get("disputes").send().await.success().ids().remove(0),
            disputed: disputed.text_at("/latest_charge").to_owned(),
            mandate: verified.text_at("/mandate").to_owned(),
            transaction: shown.text_at("/balance_transaction").to_owned(),
            event: test_bed.get("events").send().await.success().ids().remove(0),
            endpoint: test_bed
                .post("webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=customer.deleted")
                .send()
                .await
                .success()
                .id(),
            account: AccountExamples::make(test_bed).await,
            customer,
            charge,
            setup,
        }
    }

    /// A call of the route that succeeds. A call with an effect gets an object of its own.
    pub(super) async fn of(&self, test_bed: &TestBed, route: &Route) -> Sent {
        let (id, body) = match route.method {
            "GET" => (self.shown(test_bed, route.path).await, self.query(route.path)),
            method => match self.account.changed(test_bed, method, route.path).await {
                Some(changed) => changed,
                None => match route.path.strip_prefix("/v1/payment_intents") {
                    Some(step) => payment_step(test_bed, step).await,
                    None => self.changed(test_bed, route).await,
                },
            },
        };
        let mut path = String::new();
        let mut ids = id.split(' ');
        for part in route.path.split('/').skip(1) {
            path.push('/');
            path.push_str(if part.starts_with('{') { ids.next().unwrap_or("none") } else { part });
        }
        Sent { method: route.method, path, body }
    }

    /// The query of a search or of a list that needs one, or nothing.
    fn query(&self, path: &str) -> String {
        match path {
            "/v1/customers/search" => "query=name:'Jenny'".to_owned(),
            "/v1/setup_attempts" => format!("setup_intent={}", self.setup),
            path if path.ends_with("/search") => "query=currency:'usd'".to_owned(),
            _ => String::new(),
        }
    }

    /// The ids of an object that a call shows, by the path.
    async fn shown(&self, test_bed: &TestBed, path: &str) -> String {
        let resource = path.split('/').nth(2).unwrap_or_default();
        let id = match resource {
            "payment_intents" => &self.intent,
            "setup_intents" => &self.setup,
            "payment_methods" => &self.method,
            "customers" => return format!("{} {}", self.customer, self.method),
            "refunds" => &self.refund,
            "charges" if path.contains("dispute") => &self.disputed,
            "charges" => return format!("{} {}", self.charge, self.refund),
            "mandates" => &self.mandate,
            "disputes" => &self.dispute,
            "balance_transactions" => &self.transaction,
            "confirmation_tokens" => {
                return created(test_bed, "test_helpers/confirmation_tokens", "payment_method=pm_card_visa")
                    .await;
            }
            "tokens" => return created(test_bed, "tokens", CARD_DATA).await,
            "events" => &self.event,
            "webhook_endpoints" => &self.endpoint,
            _ => return self.account.shown(path).unwrap_or_else(|| "none".to_owned()),
        };
        id.clone()
    }

    /// The ids and the body of a call that changes something other than a PaymentIntent.
    async fn changed(&self, test_bed: &TestBed, route: &Route) -> (String, String) {
        let metadata = "metadata[a]=1".to_owned();
        let (resource, step) =
            route.path.strip_prefix("/v1/").unwrap().split_once('/').unwrap_or((route.path, ""));
        let step = step.split_once('/').map_or("", |(_, step)| step);
        let is_new = !route.path.contains('{');
        match (resource.trim_start_matches("/v1/"), step) {
            ("setup_intents", step) => setup_step(test_bed, step, is_new).await,
            ("payment_methods", _) if is_new => (String::new(), "type=card&card[token]=tok_visa".to_owned()),
            ("payment_methods", "attach") => {
                let method = created(test_bed, "payment_methods", "type=card&card[token]=tok_visa").await;
                (method, format!("customer={}", self.customer))
            }
            ("payment_methods", "detach") => {
                let customer = test_bed.customer().await;
                let more = format!("customer={customer}&setup_future_usage=on_session");
                let paid = test_bed.pay("900 usd", "pm_card_visa", &more).send().await.success();
                (paid.text_at("/payment_method").to_owned(), String::new())
            }
            ("payment_methods", _) => (self.method.clone(), metadata),
            ("customers", _) if route.method == "DELETE" => (test_bed.customer().await, String::new()),
            ("customers", _) => (self.customer.clone(), metadata),
            ("refunds", _) if is_new => (String::new(), format!("charge={}&amount=1", self.charge)),
            ("refunds", _) => (self.refund.clone(), metadata),
            ("charges", "refunds/{refund}") => (format!("{} {}", self.charge, self.refund), metadata),
            ("charges", "refund" | "refunds") => (self.charge.clone(), "amount=1".to_owned()),
            ("charges", "capture") => {
                let held = test_bed.hold("900 usd").await;
                let held = test_bed.get(&format!("payment_intents/{held}")).send().await.success();
                (held.text_at("/latest_charge").to_owned(), String::new())
            }
            ("charges", "dispute" | "dispute/close") => {
                let paid = test_bed.pay("900 usd", "pm_card_createDispute", "").send().await.success();
                (
                    paid.text_at("/latest_charge").to_owned(),
                    if step == "dispute" { metadata } else { String::new() },
                )
            }
            ("charges", _) => (self.charge.clone(), metadata),
            ("disputes", "close") => {
                test_bed.pay("900 usd", "pm_card_createDispute", "").send().await.success();
                (test_bed.get("disputes?limit=1").send().await.success().ids().remove(0), String::new())
            }
            ("disputes", _) => (self.dispute.clone(), metadata),
            ("confirmation_tokens" | "test_helpers", _) => {
                (String::new(), "payment_method=pm_card_visa".to_owned())
            }
            ("tokens", _) => (String::new(), CARD_DATA.to_owned()),
            ("events", _) => (self.event.clone(), format!("webhook_endpoint={}", self.endpoint)),
            ("webhook_endpoints", _) if is_new => {
                // An account has a limited number of endpoints.
                let old = test_bed.get("webhook_endpoints").send().await.success().ids();
                for endpoint in old.iter().filter(|id| **id != self.endpoint) {
                    test_bed.delete(&format!("webhook_endpoints/{endpoint}")).send().await.success();
                }
                (String::new(), "url=http://127.0.0.1:9/&enabled_events[]=customer.deleted".to_owned())
            }
            ("webhook_endpoints", _) if route.method == "DELETE" => {
                let body = "url=http://127.0.0.1:9/&enabled_events[]=customer.deleted";
                (created(test_bed, "webhook_endpoints", body).await, String::new())
            }
            ("webhook_endpoints", _) => (self.endpoint.clone(), metadata),
            (_, _) => ("none".to_owned(), metadata),
        }
    }
}

pub(super) async fn created(test_bed: &TestBed, path: &str, body: &str) -> String {
    test_bed.post(path, body).send().await.success().id()
}

/// The id and the body of a step of a PaymentIntent.
async fn payment_step(test_bed: &TestBed, step: &str) -> (String, String) {
    let terms = format!("amount=2000&currency=usd&{CARD}");
    match step.strip_prefix("/{intent}") {
        None => (String::new(), terms),
        Some("") => (created(test_bed, "payment_intents", &terms).await, "description=a".to_owned()),
        Some("/confirm") => {
            (created(test_bed, "payment_intents", &terms).await, "payment_method=pm_card_visa".to_owned())
        }
        Some("/increment_authorization") => {
            let more = "capture_method=manual&\
                        payment_method_options[card][request_incremental_authorization]=if_available";
            let held = test_bed.pay("2000 usd", "pm_card_visa", more).send().await.success();
            (held.id(), "amount=2500".to_owned())
        }
        Some("/verify_microdeposits") => {
            let account = created(test_bed, "payment_methods", ACCOUNT).await;
            let body = format!(
                "amount=2000&currency=usd&payment_method={account}&payment_method_types[]=us_bank_account&\
                 confirm=true&{AGREED}"
            );
            (created(test_bed, "payment_intents", &body).await, "descriptor_code=SM11AA".to_owned())
        }
        Some(_) => (test_bed.hold("2000 usd").await, String::new()),
    }
}

/// The id and the body of a step of a SetupIntent.
async fn setup_step(test_bed: &TestBed, step: &str, is_new: bool) -> (String, String) {
    if is_new {
        return (String::new(), CARD.to_owned());
    }
    if step == "verify_microdeposits" {
        let account = created(test_bed, "payment_methods", ACCOUNT).await;
        let body =
            format!("payment_method={account}&payment_method_types[]=us_bank_account&confirm=true&{AGREED}");
        return (created(test_bed, "setup_intents", &body).await, "descriptor_code=SM11AA".to_owned());
    }
    let setup = created(test_bed, "setup_intents", CARD).await;
    let body = match step {
        "confirm" => "payment_method=pm_card_visa",
        "cancel" => "",
        _ => "description=a",
    };
    (setup, body.to_owned())
}
