//! gRPC listeners: what is served, the limits of HTTP/2, and the drain at shutdown.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use causeway::{refusal::Refusal, status, v1};
use http::{Request, Response};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{
    body::Body,
    server::NamedService,
    transport::{Server, server::Router},
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::{
    Layer, Service,
    layer::util::{Identity, Stack},
};

use crate::{
    MAX_MESSAGE,
    accept::{Acceptor, Incoming, ListenLimits},
    connection::Protocol,
    connections::Connection,
    gate::{Examine, Gate},
    health::OpenHealth,
    tls::Tls,
};

/// Wait before a retry that is suggested to a client with too many requests in flight.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The services of a listener: gated ones, and the open health service.
pub struct Services {
    router: Router<Stack<CountRequests, Identity>>,
}

impl Services {
    /// A gated service and the health service. The returned reporter updates the health status.
    pub fn new<S, E>(gate: Gate<S, E>) -> (HealthReporter, Services)
    where
        Gate<S, E>: Service<Request<Body>, Response = Response<Body>, Error = std::convert::Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        <Gate<S, E> as Service<Request<Body>>>::Future: Send,
        E: Examine,
    {
        let (reporter, health) = tonic_health::server::health_reporter();
        let health = OpenHealth::new(health, Arc::clone(gate.examiner()));
        (reporter, Services { router: server().add_service(gate).add_service(health) })
    }

    /// Adds the reflection services, behind the gate of another service.
    pub fn with_reflection<S, E: Examine>(
        self,
        gate: &Gate<S, E>,
    ) -> Result<Services, tonic_reflection::server::Error> {
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(v1::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        // Some clients only support v1alpha of the reflection service.
        let (newer, older) = (reflection().build_v1()?, reflection().build_v1alpha()?);
        let router =
            self.router.add_service(gate.before_streams(newer)).add_service(gate.before_streams(older));
        Ok(Services { router })
    }
}

/// A gRPC server with the limits common to adapter and relay: streams per connection, header size,
/// and pings that detect half-open connections.
fn server() -> Server<Stack<CountRequests, Identity>> {
    Server::builder()
        .layer(CountRequests)
        .max_concurrent_streams(1024)
        .http2_max_header_list_size(16 * 1024)
        .http2_keepalive_interval(Some(Duration::from_secs(10)))
        .http2_keepalive_timeout(Some(Duration::from_secs(5)))
        .tcp_nodelay(true)
}

/// The outermost layer: counts the requests of a connection before they are routed, delays answers to
/// strangers that are refused again and again, and converts statuses of tonic into refusals.
#[derive(Clone, Copy)]
struct CountRequests;

impl<S> Layer<S> for CountRequests {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Counting<S> {
        Counting { inner }
    }
}

#[derive(Clone)]
struct Counting<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for Counting<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(connection) = request.extensions().get::<Arc<Connection>>().cloned() else {
            // Every connection of `accept` has one.
            return Box::pin(std::future::ready(Ok(status::response(Refusal::Internal))));
        };
        // Counted here and not in the future, which runs after further requests have arrived.
        let Some(stream) = connection.request() else {
            let what = "a connection without a good signature or token has too many requests in flight";
            let refusal = Refusal::Overloaded { what, retry_after: RETRY_AFTER };
            return Box::pin(std::future::ready(Ok(status::response(refusal))));
        };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = status::dress(answer.await?, MAX_MESSAGE);
            if response.headers().contains_key("grpc-status") {
                connection.refused().await;
            }
            drop(stream);
            Ok(response)
        })
    }
}

/// Sets the health status of the program and of the processor service.
pub async fn report(health: &HealthReporter, status: ServingStatus) {
    for service in ["", "causeway.v1.Processor"] {
        health.set_service_status(service, status).await;
    }
}

/// Serves until `stop` completes. Then the server takes no new request, and requests in flight,
/// together with `rest`, have `drain` to end.
pub async fn serve_and_drain(
    services: Services,
    listener: Listener,
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
        let served = serve(services, listener, stopping).await;
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
    services: Services,
    listener: Listener,
    stop: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    let connections = ReceiverStream::new(listener.accept(Protocol::Http2)).map(Ok::<_, io::Error>);
    services.router.serve_with_incoming_shutdown(connections, stop).await
}

/// Connections for HTTP/1.1, for clients that do not use gRPC. The listener closes once the receiver
/// is dropped.
pub fn plain_http(listener: Listener) -> mpsc::Receiver<Incoming> {
    listener.accept(Protocol::Http1)
}

/// A bound address with TLS and the limits before authentication.
pub struct Listener {
    socket: TcpListener,
    tls: Option<Tls>,
    limits: ListenLimits,
}

impl Listener {
    /// Binds the address; the port is known afterwards.
    pub async fn bind(address: SocketAddr, tls: Option<Tls>, limits: ListenLimits) -> io::Result<Listener> {
        let socket = TcpListener::bind(address)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))?;
        Ok(Listener { socket, tls, limits })
    }

    /// The bound address.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn accept(self, protocol: Protocol) -> mpsc::Receiver<Incoming> {
        Acceptor { tls: self.tls, limits: self.limits, protocol }.start(self.socket)
    }
}
