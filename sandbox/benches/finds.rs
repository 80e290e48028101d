//! Benchmark: the time of a filtered list, of a search and of the balance, with few and with many payments. The
//! time does not grow with the number of payments.
//!
//! ```text
//! cargo bench -p causeway-sandbox --bench finds
//! PAYMENTS=1000000 cargo bench -p causeway-sandbox --bench finds
//! ```
//!
//! The payments belong to customers with ten payments each. The calls ask for the oldest customer, which takes
//! longest where every object is looked at.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints what it measures, and stops at whatever goes wrong"
)]

use std::thread;
use std::time::{Duration, Instant};

use causeway_sandbox::{Sandbox, Settings};
use client::Caller;

mod client;

/// The number of payments of each customer.
const PAYMENTS_OF_CUSTOMER: usize = 10;

/// The number of calls of each kind.
const CALLS: u32 = 200;

/// The form parameters of every payment.
const TERMS: &str = "amount=2000&currency=usd&automatic_payment_methods[enabled]=true&payment_method=pm_card_visa&\
                     automatic_payment_methods[allow_redirects]=never&confirm=true";

fn main() {
    let most = std::env::var("PAYMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let (address, stop) = start();
    let mut caller = Caller::connect(address);
    let mut made = 0;
    let (mut customer, mut intent, mut charge) = (String::new(), String::new(), String::new());
    for size in [most / 100, most / 10, most] {
        while made < size {
            let number = made / PAYMENTS_OF_CUSTOMER;
            let body = format!("name=Customer {number}&email=c{number}@example.com");
            let id = text(caller.call("POST /v1/customers", "", &body), "id");
            for _ in 0..PAYMENTS_OF_CUSTOMER {
                let body = format!("{TERMS}&customer={id}&metadata[order]=order-{made}");
                let paid = caller.call("POST /v1/payment_intents", "", &body);
                if made == 0 {
                    (customer, intent, charge) = (id.clone(), text(paid, "id"), text(paid, "latest_charge"));
                }
                made += 1;
            }
        }
        println!("\n{made} payments");
        for (name, call) in [
            ("intents of a customer", format!("GET /v1/payment_intents?customer={customer}")),
            ("charges of an intent", format!("GET /v1/charges?payment_intent={intent}")),
            ("refunds of a charge", format!("GET /v1/refunds?charge={charge}")),
            ("transactions of a charge", format!("GET /v1/balance_transactions?source={charge}")),
            ("events of a rare type", "GET /v1/events?type=charge.expired".to_owned()),
            (
                "search by metadata",
                "GET /v1/payment_intents/search?query=metadata['order']:'order-3'".to_owned(),
            ),
            ("search by customer", format!("GET /v1/charges/search?query=customer:'{customer}'")),
            ("search by email", "GET /v1/customers/search?query=email:'c0@example.com'".to_owned()),
            (
                "search that finds nothing",
                "GET /v1/payment_intents/search?query=status:'processing'".to_owned(),
            ),
            ("balance", "GET /v1/balance".to_owned()),
        ] {
            println!("  {name:<28}{:>10.1?}", measure(&mut caller, &call));
        }
    }
    drop(stop);
}

/// Starts a sandbox on a thread of its own. Dropping the sender stops the sandbox.
fn start() -> (std::net::SocketAddr, tokio::sync::oneshot::Sender<()>) {
    let (tell_address, address) = std::sync::mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sandbox = Sandbox::start(Settings { seed: Some(1), ..Settings::default() }).await.unwrap();
            tell_address.send(sandbox.addr()).unwrap();
            drop(stopped.await);
        });
    });
    (address.recv().unwrap(), stop)
}

/// The mean time of one call.
fn measure(caller: &mut Caller, call: &str) -> Duration {
    let call = call.replace(' ', "%20").replacen("%20", " ", 1);
    let began = Instant::now();
    for _ in 0..CALLS {
        caller.call(&call, "", "");
    }
    began.elapsed() / CALLS
}

/// The first text of a field in a body.
fn text(body: &str, field: &str) -> String {
    let rest = body.split_once(&format!("\"{field}\": \"")).unwrap().1;
    rest.split_once('"').unwrap().0.to_owned()
}
