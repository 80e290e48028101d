//! The gate before every gRPC service. A request passes in this order: the head is examined, the
//! connection counts as authenticated, the share of the tenant or caller admits the request, the
//! body is read, waits for room if large, and is examined, the service answers, and the answer is sent as the client reads.
//!
//! [`Services`](crate::listen::Services) takes gated services only, so that no service is served
//! without these limits.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use causeway::{
    method::{self, Class},
    refusal::Refusal,
    status,
};
use http::{HeaderMap, Request, Response, request::Parts};
use http_body_util::Full;
use tonic::{body::Body, server::NamedService};
use tower::Service;

use crate::{
    answer::Answer,
    body,
    connections::Connection,
    share::{Permit, Share, ShareLimits, Shares},
};

/// Examines requests before they are decoded.
pub trait Examine: Send + Sync + 'static {
    /// The result of a good head.
    type Sender: Send + Sync;

    /// The sender of a request, proven by the head alone, or the refusal.
    fn examine_head(&self, head: &Parts) -> Result<Self::Sender, Refusal>;

    /// Name of the tenant or caller, whose share the request uses.
    fn name<'a>(&'a self, sender: &'a Self::Sender) -> &'a str;

    /// Examines the whole body, and puts into the head what the service needs.
    fn examine_body(&self, head: &mut Parts, sender: Self::Sender, body: &Bytes) -> Result<(), Refusal>;
}

/// How the body of a request reaches the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Read as a whole, and examined.
    Whole,
    /// Passed on as it arrives, for streams of requests.
    Streamed,
}

/// A service behind a gate.
pub struct Gate<S, E> {
    inner: S,
    examiner: Arc<E>,
    shares: Arc<Shares>,
    reading: Reading,
}

impl<S, E: Examine> Gate<S, E> {
    /// Places the gate before a service, with the share of each tenant or caller.
    pub fn new(inner: S, examiner: Arc<E>, limits: ShareLimits) -> Gate<S, E> {
        Gate { inner, examiner, shares: Arc::new(Shares::new(limits)), reading: Reading::Whole }
    }

    /// The same gate before a service whose requests are streams; only heads are examined.
    pub(crate) fn before_streams<T>(&self, inner: T) -> Gate<T, E> {
        Gate {
            inner,
            examiner: Arc::clone(&self.examiner),
            shares: Arc::clone(&self.shares),
            reading: Reading::Streamed,
        }
    }

    /// The examiner, for services that are open and learn who asks.
    pub(crate) fn examiner(&self) -> &Arc<E> {
        &self.examiner
    }
}

impl<S: Clone, E> Clone for Gate<S, E> {
    fn clone(&self) -> Self {
        Gate {
            inner: self.inner.clone(),
            examiner: Arc::clone(&self.examiner),
            shares: Arc::clone(&self.shares),
            reading: self.reading,
        }
    }
}

impl<S: NamedService, E> NamedService for Gate<S, E> {
    const NAME: &'static str = S::NAME;
}

impl<S, E: Examine> Service<Request<Body>> for Gate<S, E>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The service that was polled ready has to be called; the clone stays here.
        let ready = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, ready);
        let (examiner, shares, reading) =
            (Arc::clone(&self.examiner), Arc::clone(&self.shares), self.reading);
        Box::pin(async move {
            let passage = Passage { examiner: &*examiner, shares: &shares, reading };
            let connection = request.extensions().get::<Arc<Connection>>().cloned();
            match passage.admit(request, connection.as_deref()).await {
                Ok(Admitted { request, permit, class, share }) => {
                    let response = ready.call(request).await?;
                    if is_refusal(response.headers()) {
                        share.refused().await;
                    }
                    let unread = connection.filter(|_| class != Class::Watch).map(|its| its.answer());
                    Ok(response.map(|body| Answer::body(body, permit, unread)))
                }
                Err(refusal) => {
                    tracing::warn!(
                        reason = refusal.reason(),
                        "a request was refused before it was decoded: {refusal}"
                    );
                    // The delay for unauthenticated connections is in `listen`.
                    if let Some(name) = connection.as_ref().and_then(|its| its.caller()) {
                        shares.of(name).refused().await;
                    }
                    Ok(status::response(refusal))
                }
            }
        })
    }
}

/// A request that passed the gate.
struct Admitted {
    request: Request<Body>,
    permit: Permit,
    class: Class,
    share: Arc<Share>,
}

/// The way of one request through the gate.
struct Passage<'a, E> {
    examiner: &'a E,
    shares: &'a Shares,
    reading: Reading,
}

impl<E: Examine> Passage<'_, E> {
    async fn admit(
        &self,
        request: Request<Body>,
        connection: Option<&Connection>,
    ) -> Result<Admitted, Refusal> {
        let (mut head, body) = request.into_parts();
        let sender = self.examiner.examine_head(&head)?;
        let name = self.examiner.name(&sender);
        if let Some(connection) = connection {
            connection.authenticate(name)?;
        }
        let share = self.shares.of(name);
        // A method that does not exist is refused by the service, as cheaply as a read.
        let class = match self.reading {
            Reading::Whole => method::of_path(head.uri.path()).map_or(Class::Read, |method| method.class),
            Reading::Streamed => Class::Sync,
        };
        let permit = share.permit(class).await?;
        let (body, permit) = match self.reading {
            Reading::Whole => {
                let arriving = share.body().await;
                let body = body::whole(body).await?;
                let permit = permit.with_room(share.room(body.len()).await?);
                drop(arriving);
                self.examiner.examine_body(&mut head, sender, &body)?;
                body::one_message(&body)?;
                (Body::new(Full::new(body)), permit)
            }
            Reading::Streamed => (body::Stream::body(body), permit),
        };
        Ok(Admitted { request: Request::from_parts(head, body), permit, class, share })
    }
}

/// Whether an answer is a refusal: a status in the headers, without a message.
fn is_refusal(headers: &HeaderMap) -> bool {
    headers.get("grpc-status").is_some_and(|status| status != "0")
}
