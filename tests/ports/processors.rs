//! The processors that are shipped, as the suite runs them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use causeway::{environment::Environment, money::PositiveMoney, text::PaymentMethodId};
use causeway_port_suites::processor::{Amounts, ProcessorUnderTest, SampleCard, Samples, UnknownIds};
use causeway_ports::processor::Processor;
use causeway_sandbox::{RawCards, Sandbox, Settings};
use causeway_stripe::{
    client::StripeClient,
    config::StripeConfig,
    dummy::Dummy,
    key::SecretKey,
    limiter::{Limiter, Limits},
    transport::{Https, Incoming, NoAnswer, Outgoing, Transport},
};

const KEY: &str = "sk_test_ports0000000000000001";

/// Stripe's client over a sandbox.
pub(crate) struct StripeUnderTest {
    sandbox: Sandbox,
    calls: Arc<AtomicUsize>,
    client: Arc<StripeClient>,
}

/// An HTTPS transport that counts the calls.
struct Counting {
    https: Https,
    calls: Arc<AtomicUsize>,
}

#[async_trait]
impl Transport for Counting {
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, NoAnswer> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.https.send(outgoing).await
    }
}

impl StripeUnderTest {
    pub(crate) async fn start() -> StripeUnderTest {
        let settings = Settings { raw_cards: RawCards::TestNumbers, ..Settings::default() };
        let sandbox = Sandbox::start(settings).await.unwrap();
        let limits = Limits { each_second: 0, each_second_each_endpoint: 0, at_once: 64, waiting: 256 };
        let config = StripeConfig {
            secret_key: SecretKey::parse(&KEY.to_owned().into()).unwrap(),
            max_network_retries: 3,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(20),
            limits: limits.clone(),
            api_base: sandbox.url(),
            account: String::new(),
            test_mode: true,
        };
        let calls = Arc::default();
        let https = Https::new(&config.api_base, config.connect_timeout).unwrap();
        let transport = Arc::new(Counting { https, calls: Arc::clone(&calls) });
        let environment = causeway_runtime::machine::environment();
        let client = Arc::new(StripeClient::over(transport, config, Limiter::new(limits), environment));
        StripeUnderTest { sandbox, calls, client }
    }
}

#[async_trait]
impl ProcessorUnderTest for StripeUnderTest {
    fn processor(&self) -> Arc<dyn Processor> {
        Arc::<StripeClient>::clone(&self.client)
    }

    fn samples(&self) -> Samples {
        Samples {
            pays: method("pm_card_visa"),
            declined: method("pm_card_chargeDeclined"),
            needs_payer: method("pm_card_authenticationRequired"),
            disputed: Some(method("pm_card_createDispute")),
            ..samples()
        }
    }

    fn environment(&self) -> Environment {
        causeway_runtime::machine::environment()
    }

    fn calls(&self) -> Option<usize> {
        Some(self.calls.load(Ordering::SeqCst))
    }

    async fn payer_acts(&self, object: &str) -> Result<(), String> {
        let waited = self.sandbox.authenticate(object, true);
        if waited { Ok(()) } else { Err(format!("{object} does not wait for its payer")) }
    }

    async fn made_elsewhere(&self) -> Result<Option<String>, String> {
        let form = "amount=700&currency=usd&payment_method=pm_card_visa&confirm=true&\
                    payment_method_types[]=card";
        Ok(Some(crate::stage::post_at(&self.sandbox.url(), KEY, "/v1/payment_intents", form).await))
    }
}

/// The dummy processor under test.
pub(crate) struct DummyUnderTest(Arc<Dummy>);

impl DummyUnderTest {
    pub(crate) fn new() -> DummyUnderTest {
        let environment = causeway_runtime::machine::environment();
        DummyUnderTest(Arc::new(Dummy::new("acct_trial".to_owned(), environment)))
    }
}

#[async_trait]
impl ProcessorUnderTest for DummyUnderTest {
    fn processor(&self) -> Arc<dyn Processor> {
        Arc::<Dummy>::clone(&self.0)
    }

    fn samples(&self) -> Samples {
        samples()
    }

    fn environment(&self) -> Environment {
        causeway_runtime::machine::environment()
    }

    fn calls(&self) -> Option<usize> {
        None
    }

    /// For the dummy, a look-up counts as the payer's action.
    async fn payer_acts(&self, _object: &str) -> Result<(), String> {
        Ok(())
    }
}

fn method(id: &str) -> PaymentMethodId {
    PaymentMethodId::parse(id).unwrap()
}

fn amounts(whole: &str, part: &str, currency: &str) -> Amounts {
    let money = |amount| PositiveMoney::parse(amount, currency).unwrap();
    Amounts { whole: money(whole), part: money(part) }
}

/// The dummy's names of methods, and Stripe's currencies.
fn samples() -> Samples {
    Samples {
        pays: method("pm_pays"),
        declined: method("pm_decline"),
        needs_payer: method("pm_authenticate"),
        disputed: None,
        card: Some(SampleCard { number: "5555555555554444", brand: "mastercard", cvc: "123" }),
        amounts: amounts("12.50", "5.01", "USD"),
        other_amounts: vec![
            amounts("500", "201", "JPY"),
            amounts("5.120", "1.230", "KWD"),
            amounts("7.00", "3.00", "MGA"),
            amounts("900", "500", "ISK"),
        ],
        not_chargeable: vec![
            PositiveMoney::parse("5.124", "KWD").unwrap(),
            PositiveMoney::parse("7.20", "MGA").unwrap(),
            PositiveMoney::parse("1.234", "IQD").unwrap(),
        ],
        unknown: UnknownIds {
            intent: "pi_missing".to_owned(),
            refund: "re_missing".to_owned(),
            setup: "seti_missing".to_owned(),
            method: "pm_missing".to_owned(),
            customer: "cus_missing".to_owned(),
        },
    }
}
