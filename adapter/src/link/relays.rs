//! The relays, a signed connection to each relay, and the relay in use.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use causeway::environment::Environment;
use causeway_link::sign::{Signer, Signing};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Error};
use tower::Layer;

use super::Client;
use crate::settings::Relay;

/// The maximum size of an answer, in bytes: a page of the largest payments has a few million bytes.
const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// The maximum time to connect to a relay.
const CONNECT: Duration = Duration::from_secs(5);

/// Connections to all relays.
pub(crate) struct Relays {
    clients: Vec<Client>,
    signed: Vec<Signing<Channel>>,
    /// Index of the relay that answered last, which is asked first.
    preferred: AtomicUsize,
}

impl Relays {
    /// Connects on first use, and reconnects after a break. `tune` sets the options of these
    /// connections.
    pub(crate) fn new(
        relay: &Relay,
        environment: &Environment,
        tune: fn(Endpoint) -> Endpoint,
    ) -> Result<Relays, Error> {
        let mut clients = vec![];
        let mut signed = vec![];
        for address in &relay.addresses {
            let channel = tune(endpoint(address, relay)?).connect_lazy();
            let authority = address.authority().map(|authority| authority.as_str().to_ascii_lowercase());
            let signer = Signer {
                key_id: relay.key_id.clone(),
                key: relay.key.clone(),
                authority: authority.unwrap_or_default().into(),
                environment: environment.clone(),
            };
            let channel = signer.layer(channel);
            clients.push(Client::new(channel.clone()).max_decoding_message_size(MAX_ANSWER));
            signed.push(channel);
        }
        Ok(Relays { clients, signed, preferred: AtomicUsize::new(0) })
    }

    /// The signed connections, for the readiness check.
    pub(crate) fn signed(&self) -> &[Signing<Channel>] {
        &self.signed
    }

    /// Index of the relay in use.
    pub(crate) fn preferred(&self) -> usize {
        self.preferred.load(Ordering::Relaxed)
    }

    /// The signed client of one relay.
    pub(crate) fn client(&self, place: usize) -> Option<Client> {
        self.clients.get(place).cloned()
    }

    /// Switches to the next relay, unless another call has switched already.
    pub(crate) fn move_on(&self, from: usize) {
        let next = from.saturating_add(1).checked_rem(self.clients.len()).unwrap_or_default();
        // A lost race means that another call has switched, with the same result.
        let _ = self.preferred.compare_exchange(from, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

fn endpoint(address: &http::Uri, relay: &Relay) -> Result<Endpoint, Error> {
    let endpoint = Endpoint::from(address.clone())
        .connect_timeout(CONNECT)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .tcp_nodelay(true)
        .user_agent(concat!("causeway-adapter/", env!("CARGO_PKG_VERSION")))?;
    match (address.scheme_str(), &relay.ca) {
        (Some("https"), Some(ca)) => endpoint.tls_config(ClientTlsConfig::new().ca_certificate(ca.clone())),
        (Some("https"), None) => endpoint.tls_config(ClientTlsConfig::new().with_native_roots()),
        _ => Ok(endpoint),
    }
}
