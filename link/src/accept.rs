//! Accepts connections: a place, the PROXY header of a trusted proxy, and the TLS handshake.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    connection::{Limited, Protocol},
    connections::Connections,
    proxy_protocol,
    tls::Tls,
};

/// The maximum time for a TLS handshake, and for the header of a proxy.
const SLOWEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// Maximum number of connections that wait for the server to accept.
const BACKLOG: usize = 128;

/// Interval of the search for answers that are not read.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// The limits of a listener before authentication, from the settings.
#[derive(Debug, Clone)]
pub struct ListenLimits {
    /// The maximum number of unauthenticated connections from one address.
    pub per_address: usize,
    /// Addresses of proxies that send the PROXY protocol, version 2, before each connection.
    pub trusted_proxies: Vec<IpNet>,
}

/// Parses an address or a network of addresses: `10.0.0.5`, `10.0.0.0/24`, `2001:db8::/32`.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| {
        format!("{text:?} has to be an address or a network, as in \"10.0.0.5\" or \"10.0.0.0/24\"")
    })
}

impl Default for ListenLimits {
    fn default() -> ListenLimits {
        ListenLimits { per_address: 64, trusted_proxies: vec![] }
    }
}

/// A byte stream, plaintext or TLS.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<IO: AsyncRead + AsyncWrite + Unpin + Send> Wire for IO {}

/// A connection after the handshake.
pub type Incoming = Limited<Box<dyn Wire>>;

/// Accepts connections of one listener.
pub(super) struct Acceptor {
    pub(super) tls: Option<Tls>,
    pub(super) limits: ListenLimits,
    pub(super) protocol: Protocol,
}

/// The way of one connection to the server.
struct Handshake {
    tls: Option<TlsAcceptor>,
    trusted_proxies: Vec<IpNet>,
    connections: Arc<Connections>,
    protocol: Protocol,
    ready: mpsc::Sender<Incoming>,
}

impl Acceptor {
    /// Starts to accept. A slow handshake does not delay other connections, and the listener closes
    /// once the receiver is dropped.
    pub(super) fn start(self, listener: TcpListener) -> mpsc::Receiver<Incoming> {
        let (ready, incoming) = mpsc::channel(BACKLOG);
        let tls = self.tls.map(|tls| match self.protocol {
            Protocol::Http2 => tls.http2(),
            Protocol::Http1 => tls.http1(),
        });
        let handshake = Arc::new(Handshake {
            tls,
            trusted_proxies: self.limits.trusted_proxies,
            connections: Connections::new(self.limits.per_address),
            protocol: self.protocol,
            ready,
        });
        tokio::spawn(accept(listener, handshake));
        incoming
    }
}

async fn accept(listener: TcpListener, handshake: Arc<Handshake>) {
    let mut check = tokio::time::interval(CHECK_EVERY);
    loop {
        let accepted = tokio::select! {
            () = handshake.ready.closed() => return,
            accepted = listener.accept() => accepted,
            _ = check.tick() => {
                handshake.connections.close_stalled();
                continue;
            }
        };
        match accepted {
            Ok((stream, peer)) => {
                tokio::spawn(Arc::clone(&handshake).prepare(stream, peer));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted; raise the limit of open files if this repeats");
                // The usual cause is a lack of file descriptors: wait for other connections to end.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

impl Handshake {
    async fn prepare(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = self.connect(stream, peer.ip()).await {
            tracing::debug!(%peer, %error, "a connection ended before its handshake was complete");
        }
    }

    async fn connect(&self, mut stream: TcpStream, peer: IpAddr) -> io::Result<()> {
        drop(stream.set_nodelay(true));
        let trusted = self.trusted_proxies.iter().any(|proxy| proxy.contains(&peer.to_canonical()));
        let address = if trusted {
            let header = proxy_protocol::read(&mut stream);
            tokio::time::timeout(SLOWEST_HANDSHAKE, header).await??.unwrap_or(peer)
        } else {
            peer
        };
        let lease = self.connections.admit(address);
        let stream: Box<dyn Wire> = match &self.tls {
            None => Box::new(stream),
            Some(tls) => tokio::select! {
                stream = self.encrypt(tls, stream) => stream?,
                () = lease.connection().closing().cancelled() => {
                    return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "closed to make room"));
                }
            },
        };
        // The receiver is dropped when the server stops.
        drop(self.ready.send(Limited::new(stream, self.protocol, lease)).await);
        Ok(())
    }

    async fn encrypt(&self, tls: &TlsAcceptor, stream: TcpStream) -> io::Result<Box<dyn Wire>> {
        let stream = tokio::time::timeout(SLOWEST_HANDSHAKE, tls.accept(stream)).await??;
        Ok(Box::new(stream))
    }
}
