//! The adapter's side of the link: a tower layer that signs.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use causeway::surroundings::Surroundings;
use http::{HeaderValue, Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use tonic::body::Body;
use tower::{BoxError, Layer, Service};

use super::{
    credential::{KeyId, LinkKey},
    digest::content_digest,
    signature::{self, Components, NONCE, Parameters},
};

/// Signs what is sent to one relay with one credential.
#[derive(Clone)]
pub struct Signer {
    /// Which credential.
    pub key_id: KeyId,
    /// Its key.
    pub key: LinkKey,
    /// Host and port of the relay, lower case, as in its URL.
    pub authority: Arc<str>,
    /// The moment and the dice.
    pub surroundings: Surroundings,
}

impl Signer {
    /// Adds the three headers. The body is complete: what is signed is what is sent.
    fn sign(&self, request: &mut Request<Bytes>) -> Result<(), BoxError> {
        let mut nonce = [0; NONCE];
        self.surroundings.random.fill(&mut nonce);
        let parameters = Parameters {
            created: self.surroundings.now().as_second(),
            nonce: STANDARD.encode(nonce),
            key_id: self.key_id.clone(),
        };
        let digest = content_digest(request.body());
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let components = Components {
            method: request.method().as_str(),
            path: request.uri().path(),
            authority: &self.authority,
            content_digest: &digest,
            content_type: content_type.unwrap_or_default(),
        };
        let signature = signature::sign(&self.key, components, &parameters);
        let headers = request.headers_mut();
        headers.insert("content-digest", HeaderValue::from_str(&digest)?);
        headers.insert("signature-input", HeaderValue::from_str(&parameters.to_header())?);
        headers.insert("signature", HeaderValue::from_str(&signature)?);
        Ok(())
    }
}

impl<S> Layer<S> for Signer {
    type Service = Signing<S>;

    fn layer(&self, inner: S) -> Signing<S> {
        Signing { inner, signer: self.clone() }
    }
}

/// A way to the relay on which everything is signed.
#[derive(Clone)]
pub struct Signing<S> {
    inner: S,
    signer: Signer,
}

impl<S> Service<Request<Body>> for Signing<S>
where
    S: Service<Request<Body>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let signer = self.signer.clone();
        // The service that was polled ready is the one to call; its clone stays here.
        let ready = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, ready);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let mut whole = Request::from_parts(parts, body.collect().await?.to_bytes());
            signer.sign(&mut whole)?;
            ready.call(whole.map(|bytes| Body::new(Full::new(bytes)))).await.map_err(Into::into)
        })
    }
}
