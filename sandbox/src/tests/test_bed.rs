//! The test bed: a sandbox, a caller, and short functions for calls and answers.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::tests::shape::schema_violations;
use crate::{RawCards, Sandbox, Settings};

/// The default key of the caller.
pub(crate) const KEY: &str = "sk_test_stage";

/// The parameters for a charge of a card without redirects.
pub(crate) const CARD: &str =
    "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never";

/// A sandbox and a client that calls the sandbox.
pub(crate) struct TestBed {
    pub(crate) sandbox: Sandbox,
    client: reqwest::Client,
}

/// A call before sending.
pub(crate) struct TestCall {
    request: reqwest::RequestBuilder,
    key: Option<String>,
    /// Whether the answer has to have the shape of Stripe's description.
    schema_checked: bool,
}

/// The answer to a call.
#[derive(Debug)]
pub(crate) struct TestAnswer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

/// The parameters of a card with a raw number.
pub(crate) fn raw_card(number: &str, more: &str) -> String {
    let card = format!("type=card&card[number]={number}&card[exp_month]=3&card[exp_year]=2035&{more}");
    card.trim_end_matches('&').to_owned()
}

impl TestBed {
    pub(crate) async fn open() -> Self {
        Self::of(Sandbox::start(Settings::default()).await.unwrap())
    }

    /// A test bed with a setting for raw card numbers.
    pub(crate) async fn with_raw_cards(raw_cards: RawCards) -> Self {
        let test_bed = Self::open().await;
        test_bed.sandbox.allow_raw_cards(KEY, raw_cards);
        test_bed
    }

    pub(crate) fn of(sandbox: Sandbox) -> Self {
        // Every call has a connection of its own, so that a broken connection does not affect the next
        // call.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { sandbox, client }
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> TestCall {
        let request = self.client.post(format!("{}/v1/{path}", self.sandbox.url()));
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned());
        TestCall { request, key: Some(KEY.to_owned()), schema_checked: true }
    }

    pub(crate) fn get(&self, path: &str) -> TestCall {
        let request = self.client.get(format!("{}/v1/{path}", self.sandbox.url()));
        TestCall { request, key: Some(KEY.to_owned()), schema_checked: true }
    }

    pub(crate) fn delete(&self, path: &str) -> TestCall {
        let request = self.client.delete(format!("{}/v1/{path}", self.sandbox.url()));
        TestCall { request, key: Some(KEY.to_owned()), schema_checked: true }
    }

    /// A call of version 2 of the API, with a JSON body unless the body is null. Stripe's description has no
    /// shapes of version 2.
    pub(crate) fn call_v2(&self, method: reqwest::Method, path: &str, body: &Value) -> TestCall {
        let request = self.client.request(method, format!("{}/v2/{path}", self.sandbox.url()));
        let request = if body.is_null() {
            request
        } else {
            request.header("content-type", "application/json").body(body.to_string())
        };
        TestCall { request, key: Some(KEY.to_owned()), schema_checked: false }
    }

    /// Charges or holds an amount on a test card, in one call.
    pub(crate) fn pay(&self, amount: &str, card: &str, more: &str) -> TestCall {
        let (amount, currency) = amount.split_once(' ').unwrap();
        let body =
            format!("amount={amount}&currency={currency}&payment_method={card}&confirm=true&{CARD}&{more}");
        self.post("payment_intents", body.trim_end_matches('&'))
    }

    /// Holds an amount, and returns the PaymentIntent's id.
    pub(crate) async fn hold(&self, amount: &str) -> String {
        self.pay(amount, "pm_card_visa", "capture_method=manual").send().await.success().id()
    }

    /// Sets up a test card, in one call.
    pub(crate) fn set_up(&self, card: &str, more: &str) -> TestCall {
        let body = format!("payment_method={card}&confirm=true&{CARD}&{more}");
        self.post("setup_intents", body.trim_end_matches('&'))
    }

    /// Creates a customer, and returns the id.
    pub(crate) async fn customer(&self) -> String {
        self.post("customers", "name=Jenny").send().await.success().id()
    }

    /// The entries of the ledger as texts: effect, amount and currency.
    pub(crate) fn ledger(&self) -> Vec<String> {
        let entries = self.sandbox.ledger();
        entries
            .entries()
            .iter()
            .map(|entry| format!("{:?} {} {}", entry.effect, entry.amount, entry.currency))
            .collect()
    }
}

impl TestCall {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn with_idempotency_key(self, idempotency_key: &str) -> Self {
        self.header("idempotency-key", idempotency_key)
    }

    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub(crate) fn without_key(mut self) -> Self {
        self.key = None;
        self
    }

    /// Skips the check of the shape, for an answer that has only the fields for pages or was changed
    /// by a fault.
    pub(crate) fn without_schema_check(mut self) -> Self {
        self.schema_checked = false;
        self
    }

    /// Sets a timeout in milliseconds.
    pub(crate) fn with_timeout_ms(mut self, milliseconds: u64) -> Self {
        self.request = self.request.timeout(std::time::Duration::from_millis(milliseconds));
        self
    }

    pub(crate) async fn send(self) -> TestAnswer {
        self.try_send().await.unwrap()
    }

    pub(crate) async fn try_send(self) -> Result<TestAnswer, reqwest::Error> {
        let request = match self.key {
            Some(key) => self.request.bearer_auth(key),
            None => self.request,
        };
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let received = TestAnswer { status, headers, text, body };
        if self.schema_checked
            && received.header("content-type") == "application/json"
            && received.body.is_object()
        {
            assert_eq!(schema_violations(&received.body), Vec::<String>::new(), "{}", received.text);
        }
        Ok(received)
    }
}

impl TestAnswer {
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.text);
        self
    }

    /// Checks a refusal by status, type and code; `-` stands for no code.
    #[track_caller]
    pub(crate) fn expect_refusal(&self, expected: &str) -> &Self {
        let (kind, code) = (self.text_at("/error/type"), self.text_at("/error/code"));
        assert_eq!(format!("{} {kind} {code}", self.status), expected, "{}", self.text);
        self
    }

    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.body.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The text at a JSON pointer, or `-`.
    pub(crate) fn text_at(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or("-")
    }

    pub(crate) fn id(&self) -> String {
        self.text_at("/id").to_owned()
    }

    /// The ids of the objects in a list.
    pub(crate) fn ids(&self) -> Vec<String> {
        let data = self.at("/data").as_array().unwrap();
        data.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("-", |value| value.to_str().unwrap())
    }
}
