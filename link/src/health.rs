//! The health service, which is open: anyone may ask whether the program is ready.
//!
//! Only `Check` is served. `Watch` is a stream without an end, which a stranger must not have. A
//! sender that shows a good signature or token authenticates the connection, so that an adapter
//! without payments keeps its connection.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use causeway::{refusal::Refusal, status};
use http::{Request, Response};
use http_body_util::Full;
use tonic::{body::Body, server::NamedService};
use tonic_health::pb::health_server::{Health, HealthServer};
use tower::Service;

use crate::{body, connections::Connection, gate::Examine};

/// The path of the one method that is served.
const CHECK: &str = "/grpc.health.v1.Health/Check";

/// The maximum size of a request in bytes: the name of a service.
const MAX_REQUEST: usize = 1024;

/// The health service with the examiner of the program.
pub(crate) struct OpenHealth<H, E> {
    inner: HealthServer<H>,
    examiner: Arc<E>,
}

impl<H: Health, E> OpenHealth<H, E> {
    pub(crate) fn new(inner: HealthServer<H>, examiner: Arc<E>) -> OpenHealth<H, E> {
        OpenHealth { inner: inner.max_decoding_message_size(MAX_REQUEST), examiner }
    }
}

impl<H, E> Clone for OpenHealth<H, E> {
    fn clone(&self) -> Self {
        OpenHealth { inner: self.inner.clone(), examiner: Arc::clone(&self.examiner) }
    }
}

impl<H, E> NamedService for OpenHealth<H, E> {
    const NAME: &'static str = <HealthServer<H> as NamedService>::NAME;
}

impl<H: Health, E: Examine> Service<Request<Body>> for OpenHealth<H, E> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if request.uri().path() != CHECK {
            return Box::pin(std::future::ready(Ok(status::response(Refusal::MethodUnknown))));
        }
        let (mut inner, examiner) = (self.inner.clone(), Arc::clone(&self.examiner));
        Box::pin(async move {
            match authenticate(&*examiner, request).await {
                Ok(request) => inner.call(request).await,
                Err(refusal) => Ok(status::response(refusal)),
            }
        })
    }
}

/// Authenticates the connection if the request is signed or has a token. A request without, or with
/// a bad one, is answered all the same.
async fn authenticate<E: Examine>(examiner: &E, request: Request<Body>) -> Result<Request<Body>, Refusal> {
    let (mut head, body) = request.into_parts();
    let Ok(sender) = examiner.examine_head(&head) else { return Ok(Request::from_parts(head, body)) };
    let name = examiner.name(&sender).to_owned();
    let body = body::whole(body).await?;
    if examiner.examine_body(&mut head, sender, &body).is_ok()
        && let Some(connection) = head.extensions.get::<Arc<Connection>>()
    {
        connection.authenticate(&name)?;
    }
    Ok(Request::from_parts(head, Body::new(Full::new(body))))
}
