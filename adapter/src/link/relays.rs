//! The relays, a signed connection to each, and which of them is asked.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use causeway::surroundings::Surroundings;
use causeway_link::sign::Signer;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Error};
use tower::Layer;

use super::Client;
use crate::settings::Relay;

/// The most that an answer may be: a page of the largest payments has a few million bytes.
const MOST_ANSWER: usize = 16 * 1024 * 1024;
/// How long a connection to a relay may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Ways to all relays.
pub(crate) struct Relays {
    clients: Vec<Client>,
    channels: Vec<Channel>,
    /// Which relay answered last; it is asked first.
    preferred: AtomicUsize,
}

impl Relays {
    /// Connects when it is first used, and again when that broke. `tune` is what is
    /// special about these connections.
    pub(crate) fn new(
        relay: &Relay,
        surroundings: &Surroundings,
        tune: fn(Endpoint) -> Endpoint,
    ) -> Result<Relays, Error> {
        let mut clients = vec![];
        let mut channels = vec![];
        for address in &relay.addresses {
            let channel = tune(endpoint(address, relay)?).connect_lazy();
            let authority = address.authority().map(|authority| authority.as_str().to_ascii_lowercase());
            let signer = Signer {
                key_id: relay.key_id.clone(),
                key: relay.key.clone(),
                authority: authority.unwrap_or_default().into(),
                surroundings: surroundings.clone(),
            };
            clients.push(Client::new(signer.layer(channel.clone())).max_decoding_message_size(MOST_ANSWER));
            channels.push(channel);
        }
        Ok(Relays { clients, channels, preferred: AtomicUsize::new(0) })
    }

    /// The unsigned connections, for asking whether somebody is there.
    pub(crate) fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Which one is asked.
    pub(crate) fn preferred(&self) -> usize {
        self.preferred.load(Ordering::Relaxed)
    }

    /// The signed way to one of them.
    pub(crate) fn client(&self, place: usize) -> Option<Client> {
        self.clients.get(place).cloned()
    }

    /// The next relay is asked from now on, unless somebody moved on already.
    pub(crate) fn move_on(&self, from: usize) {
        let next = from.saturating_add(1).checked_rem(self.clients.len()).unwrap_or_default();
        // Losing this race means that another call moved on, which is as well.
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
