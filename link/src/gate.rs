//! A gate before a gRPC service: a request is examined before decoding, and passes or is refused.
//! Adapter and relay use different examiners.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use causeway::{refusal::Refusal, status};
use http::{Request, Response};
use tonic::{body::Body, server::NamedService};
use tower::Service;

/// Examines requests before decoding.
pub trait Examine: Send + Sync + 'static {
    /// The request with the whole body read, or the refusal.
    fn examine(&self, request: Request<Body>) -> impl Future<Output = Result<Request<Body>, Refusal>> + Send;
}

/// A service behind a gate.
pub struct Gate<S, E> {
    inner: S,
    examiner: Arc<E>,
}

impl<S, E> Gate<S, E> {
    /// Places the gate before the service.
    pub fn new(inner: S, examiner: E) -> Gate<S, E> {
        Gate { inner, examiner: Arc::new(examiner) }
    }
}

impl<S: Clone, E> Clone for Gate<S, E> {
    fn clone(&self) -> Self {
        Gate { inner: self.inner.clone(), examiner: Arc::clone(&self.examiner) }
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
        let examiner = Arc::clone(&self.examiner);
        // The service that was polled ready has to be called; the clone stays here.
        let ready = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, ready);
        Box::pin(async move {
            match examiner.examine(request).await {
                Ok(request) => ready.call(request).await,
                Err(refusal) => {
                    tracing::warn!(
                        reason = refusal.reason(),
                        "a request was refused before it was decoded: {refusal}"
                    );
                    Ok(status::response(refusal))
                }
            }
        })
    }
}
