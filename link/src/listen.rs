//! TLS 1.3, listeners and the drain at shutdown.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use causeway::{status, v1};
use http::Response;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::TLS13,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{
    body::Body,
    transport::{Server, server::Router},
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::{
    layer::util::{Identity, Stack},
    util::MapResponseLayer,
};

use crate::{
    MAX_MESSAGE,
    connection::{PrefaceTimeout, Room},
};

/// The maximum time for a TLS handshake.
const SLOWEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// Maximum number of connections that wait for the server to accept.
const BACKLOG: usize = 128;

/// A server's certificate chain and private key.
#[derive(Clone)]
pub struct Tls(Arc<ServerConfig>);

/// Why a certificate or a private key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate chain cannot be read.
    #[error("the certificate file {path} cannot be read as PEM: {why}")]
    Certificate {
        /// Path of the certificate file.
        path: String,
        /// The error of the reader.
        why: String,
    },
    /// The private key cannot be read. The error of the reader is left out, as a precaution for the
    /// key.
    #[error("the key file {path} holds no private key in PEM")]
    Key {
        /// Path of the key file.
        path: String,
    },
    /// Certificate and private key do not match.
    #[error("certificate and key cannot be used together: {0}")]
    Together(String),
}

impl Tls {
    /// Reads a certificate chain and the private key, both PEM. TLS 1.3 only.
    pub fn read(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let wrong = |why: String| TlsError::Certificate { path: certificate.display().to_string(), why };
        let chain = CertificateDer::pem_file_iter(certificate)
            .map_err(|error| wrong(error.to_string()))?
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        if chain.is_empty() {
            return Err(wrong("there is no certificate in it".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(key)
            .map_err(|_| TlsError::Key { path: key.display().to_string() })?;
        let together = |error: rustls::Error| TlsError::Together(error.to_string());
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .map_err(together)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(together)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Tls(Arc::new(config)))
    }
}

/// The response layer that converts statuses of tonic into refusals.
pub type Dressed = Stack<MapResponseLayer<fn(Response<Body>) -> Response<Body>>, Identity>;

/// A gRPC server with the limits common to adapter and relay: streams per connection, header size,
/// and pings that detect half-open connections.
pub fn server() -> Server<Dressed> {
    let dress: fn(Response<Body>) -> Response<Body> = |response| status::dress(response, MAX_MESSAGE);
    Server::builder()
        .layer(MapResponseLayer::new(dress))
        .max_concurrent_streams(1024)
        .http2_max_header_list_size(16 * 1024)
        .http2_keepalive_interval(Some(Duration::from_secs(10)))
        .http2_keepalive_timeout(Some(Duration::from_secs(5)))
        .tcp_nodelay(true)
}

/// Adds the health service and the reflection services, which adapter and relay share. The returned
/// reporter updates the health status.
pub fn with_health_and_reflection(
    router: Router<Dressed>,
) -> Result<(HealthReporter, Router<Dressed>), tonic_reflection::server::Error> {
    let (reporter, health) = tonic_health::server::health_reporter();
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(v1::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Some clients only support v1alpha of the reflection service.
    let (newer, older) = (reflection().build_v1()?, reflection().build_v1alpha()?);
    Ok((reporter, router.add_service(health).add_service(newer).add_service(older)))
}

/// Sets the health status of the program and of the processor service.
pub async fn report(health: &HealthReporter, status: ServingStatus) {
    for service in ["", "causeway.v1.Processor"] {
        health.set_service_status(service, status).await;
    }
}

/// Binds the address; the port is known afterwards.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
}

/// Serves until `stop` completes. Then the server takes no new request, and requests in flight,
/// together with `rest`, have `drain` to end.
pub async fn serve_and_drain(
    router: Router<Dressed>,
    listener: TcpListener,
    tls: Option<Tls>,
    stop: impl Future<Output = ()> + Send + 'static,
    drain: Duration,
    rest: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    let (stop_sender, mut stop_receiver) = tokio::sync::watch::channel(false);
    let stopping = async move {
        stop.await;
        stop_sender.send_replace(true);
    };
    let out_of_time = async {
        // Fails when serving has ended without a stop; the drain time begins then too.
        drop(stop_receiver.wait_for(|stopping| *stopping).await);
        tokio::time::sleep(drain).await;
    };
    let served = async {
        let served = serve(router, listener, tls, stopping).await;
        rest.await;
        served
    };
    tokio::select! {
        served = served => served,
        () = out_of_time => {
            tracing::warn!("the drain time ended with requests in flight; a repetition of a request id resumes its operation");
            Ok(())
        }
    }
}

async fn serve(
    router: Router<Dressed>,
    listener: TcpListener,
    tls: Option<Tls>,
    stop: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    match tls {
        None => {
            let as_it_is = |connection| std::future::ready(Ok(connection));
            router.serve_with_incoming_shutdown(connections(listener, as_it_is), stop).await
        }
        Some(tls) => {
            let acceptor = TlsAcceptor::from(tls.0);
            let handshake = move |connection| {
                let handshake = acceptor.accept(connection);
                async { tokio::time::timeout(SLOWEST_HANDSHAKE, handshake).await? }
            };
            router.serve_with_incoming_shutdown(connections(listener, handshake), stop).await
        }
    }
}

/// A connection for HTTP/1.1.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<IO: AsyncRead + AsyncWrite + Unpin + Send> Wire for IO {}

/// Connections for HTTP/1.1, for clients that do not use gRPC, with the same limits as
/// [`connection`](crate::connection). The listener closes once the receiver is dropped.
pub fn plain_http(listener: TcpListener, tls: Option<Tls>) -> mpsc::Receiver<Box<dyn Wire>> {
    let (ready, incoming) = mpsc::channel::<Box<dyn Wire>>(BACKLOG);
    match tls {
        None => {
            let as_it_is = |connection| std::future::ready(Ok(connection));
            tokio::spawn(boxed(connections(listener, as_it_is), ready));
        }
        Some(Tls(config)) => {
            let mut config = ServerConfig::clone(&config);
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let handshake = move |connection| {
                let handshake = acceptor.accept(connection);
                async { tokio::time::timeout(SLOWEST_HANDSHAKE, handshake).await? }
            };
            tokio::spawn(boxed(connections(listener, handshake), ready));
        }
    }
    incoming
}

async fn boxed<IO: Wire + 'static>(
    connections: impl Stream<Item = io::Result<PrefaceTimeout<IO>>>,
    ready: mpsc::Sender<Box<dyn Wire>>,
) {
    let mut connections = std::pin::pin!(connections);
    loop {
        // The listener closes when the receiver is dropped, and not with the next connection.
        let next = tokio::select! {
            next = connections.next() => next,
            () = ready.closed() => return,
        };
        let Some(Ok(connection)) = next else { return };
        if ready.send(Box::new(connection)).await.is_err() {
            return;
        }
    }
}

/// Connections after the handshake. A slow handshake does not delay other connections, and the
/// listener closes with the server.
fn connections<IO, F>(
    listener: TcpListener,
    prepare: impl Fn(TcpStream) -> F + Clone + Send + 'static,
) -> impl Stream<Item = io::Result<PrefaceTimeout<IO>>>
where
    IO: Send + 'static,
    F: Future<Output = io::Result<IO>> + Send + 'static,
{
    let (ready, incoming) = mpsc::channel(BACKLOG);
    let room = Room::new();
    tokio::spawn(async move {
        while let Some(place) = room.enter().await {
            let connection = tokio::select! {
                () = ready.closed() => return,
                accepted = listener.accept() => accepted,
            };
            let (connection, peer) = match connection {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted; raise the limit of open files if this repeats");
                    // The usual cause is a lack of file descriptors: wait for other connections to
                    // end.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let (prepare, ready) = (prepare.clone(), ready.clone());
            tokio::spawn(async move {
                drop(connection.set_nodelay(true));
                match prepare(connection).await {
                    Ok(connection) => drop(ready.send(Ok(PrefaceTimeout::new(connection, place))).await),
                    Err(error) => {
                        tracing::debug!(%peer, %error, "a connection ended before its handshake was complete")
                    }
                }
            });
        }
    });
    ReceiverStream::new(incoming)
}
