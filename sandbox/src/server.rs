//! The server: every request, for any path, becomes an exchange.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use axum::http::header::CONTENT_LENGTH;
use tokio::net::TcpListener;

use crate::error::StripeError;
use crate::exchange::{Incoming, serve};
use crate::reply::{Reply, Transmission};
use crate::shared::Shared;
use crate::wire::{ConnectionHandle, ResettableListener};

/// The largest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Serves requests until the sandbox stops.
pub(crate) async fn run(listener: TcpListener, shared: Arc<Shared>) {
    let mut stopped = shared.stopped.clone();
    let router = Router::new().fallback(answer).with_state(shared);
    let service = router.into_make_service_with_connect_info::<ConnectionHandle>();
    let stop = async move {
        let _stopped = stopped.changed().await;
    };
    if let Err(error) = axum::serve(ResettableListener(listener), service).with_graceful_shutdown(stop).await
    {
        tracing::error!(%error, "the sandbox stopped serving");
    }
}

/// The refusal of a body that is too large.
fn too_large() -> Reply {
    let error = StripeError::invalid("Your request is too large.").status(413).bare();
    Reply::refusal(&error, "")
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<ConnectionHandle>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let content_length =
        head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if content_length.is_some_and(|length: usize| length > MAX_BODY_BYTES) {
        return Transmission::Whole(too_large()).send(&connection);
    }
    // A body without an announced length that grows too large, or an unfinished body, resets the
    // connection.
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return Transmission::Reset.send(&connection);
    };
    let incoming = Incoming {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    serve(&shared, &incoming).await.send(&connection)
}
