//! The adapter's side of the link: a tower layer that signs requests.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use causeway::environment::Environment;
use http::{HeaderValue, Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use tonic::body::Body;
use tower::{BoxError, Layer, Service};

use super::{
    credential::{KeyId, LinkKey},
    digest::content_digest,
    signature::{self, Components, NONCE, Parameters},
};

/// Signs the requests to one relay with one credential.
#[derive(Clone)]
pub struct Signer {
    /// Id of the credential.
    pub key_id: KeyId,
    /// The shared key of the credential.
    pub key: LinkKey,
    /// Host and port of the relay, lower case, as in the URL of the relay.
    pub authority: Arc<str>,
    /// Clock and randomness for timestamp and nonce.
    pub environment: Environment,
}

impl Signer {
    /// Adds the three headers. The body is complete, so the signed bytes are the sent bytes.
    fn sign(&self, request: &mut Request<Bytes>) -> Result<(), BoxError> {
        let mut nonce = [0; NONCE];
        self.environment.random.fill(&mut nonce);
        let parameters = Parameters {
            created: self.environment.now().as_second(),
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

/// A service that signs every request before the inner service sends the request.
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
        // The service that was polled ready has to be called; the clone stays here.
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
