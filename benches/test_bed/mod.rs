//! The common base of the benches: a relay with one payment system, an adapter with one caller, and
//! the requests of that caller.

use std::{net::SocketAddr, path::Path, time::Duration};

use causeway::v1::{self, processor_client::ProcessorClient};
use causeway_adapter::{adapter::Adapter, settings::Settings};
use tonic::{
    Request,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

/// Token of the billing platform for the adapter.
pub(crate) const TOKEN: &str = "billing-token-of-at-least-24-characters";
/// Key of the link, shared by adapter and relay.
const SECRET: &str = "dGhlIHNlY3JldCBvZiBhY21lIGluIGFsbCBzdG9yaWVzIQ==";

/// Settings of a relay with one payment system, which takes USD. `processor` contains the lines
/// that configure the processor; no job calls the processor.
pub(crate) fn relay_settings(listen: &str, journal: &Path, processor: &str) -> String {
    format!(
        r#"
listen = "{listen}"
allow_plaintext = true
journal = "{}"
environment = "bench"
[jobs]
poll_seconds = 0
sweep_seconds = 0
[tenants.acme.credentials.acme-1]
secret = "{SECRET}"
[tenants.acme.payment_systems.main]
login = "billing"
test_mode = true
capture_mode = "manual"
{processor}
[tenants.acme.currencies.USD]
payment_system = "main"
"#,
        journal.display()
    )
}

/// Serves an adapter in front of a relay, until the process ends.
pub(crate) async fn adapter(relay: SocketAddr) -> SocketAddr {
    let settings = format!(
        r#"
listen = "127.0.0.1:0"
[relay]
addresses = ["http://{relay}"]
key_id = "acme-1"
secret = "{SECRET}"
allow_plaintext = true
[callers.billing]
token = "{TOKEN}"
rights = ["charge", "read"]
"#
    );
    let settings = Settings::from_toml(&settings).unwrap();
    let adapter = Adapter::build(settings, causeway_runtime::machine::environment()).await.unwrap();
    let address = adapter.address();
    tokio::spawn(adapter.serve(std::future::pending()));
    address
}

/// A connection to a program, opened on first use.
pub(crate) fn channel(address: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}

/// A client of the billing platform, which sends the token.
pub(crate) fn billing(channel: Channel) -> ProcessorClient<InterceptedService<Channel, impl Interceptor>> {
    ProcessorClient::with_interceptor(channel, |mut request: Request<()>| {
        request.metadata_mut().insert("authorization", format!("Bearer {TOKEN}").parse().unwrap());
        Ok(request)
    })
}

/// An Authorize request for a hold of 12.50 USD on a card.
pub(crate) fn order(request_id: String, deadline: Duration) -> Request<v1::AuthorizeRequest> {
    let mut request = Request::new(v1::AuthorizeRequest {
        request_id,
        amount: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_card_visa".to_owned())),
        ..Default::default()
    });
    request.set_timeout(deadline);
    request
}
