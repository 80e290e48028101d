//! A Stripe client over a transport that gives every call the same answer.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use causeway_domain::{idempotency::IdempotencyKey, observation::Purpose, request::ProcessorRequest};
use causeway_ports::processor::{Delivery, Processor, ProcessorReply};
use causeway_stripe::{
    client::StripeClient,
    config::StripeConfig,
    key::SecretKey,
    limiter::{Limiter, Limits},
    transport::{Incoming, NoAnswer, Outgoing, Transport},
};
use http::{HeaderMap, HeaderValue};

use super::block_on;

/// An answer of Stripe, and the body of the last request.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    requested: Mutex<Option<String>>,
}

impl Answer {
    /// An answer without headers.
    pub(super) fn new(status: u16, body: &[u8]) -> Answer {
        let (headers, body) = (HeaderMap::new(), Bytes::copy_from_slice(body));
        Answer { status, headers, body, requested: Mutex::default() }
    }

    /// Adds a header to the answer.
    pub(super) fn header(mut self, name: &'static str, value: &'static str) -> Answer {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// The client that receives the answer. A call is repeated up to `max_network_retries` times.
    pub(super) fn client(self, max_network_retries: u64) -> StripeClient {
        client(Arc::new(self), max_network_retries)
    }

    /// The reply to a request, which is not repeated.
    pub(super) fn reply(self, request: &ProcessorRequest) -> ProcessorReply {
        block_on(send(&self.client(0), request))
    }

    /// The reply to a request after one try; `None`: the request would be repeated.
    pub(super) fn first_try(self, request: &ProcessorRequest) -> Option<ProcessorReply> {
        let client = self.client(1);
        let mut reply = std::pin::pin!(send(&client, request));
        // A reply that is not ready at once waits for the pause before a repetition.
        block_on(std::future::poll_fn(|context| match reply.as_mut().poll(context) {
            Poll::Ready(reply) => Poll::Ready(Some(reply)),
            Poll::Pending => Poll::Ready(None),
        }))
    }

    /// The body with which a request is sent.
    pub(super) fn request_body(self, request: &ProcessorRequest) -> String {
        let answer = Arc::new(self);
        block_on(send(&client(answer.clone(), 0), request));
        let requested = answer.requested.lock().expect("no call has panicked").take();
        requested.expect("it was sent with a body")
    }
}

impl Transport for Answer {
    fn send<'me, 'call, 'both>(
        &'me self,
        outgoing: Outgoing<'call>,
    ) -> Pin<Box<dyn Future<Output = Result<Incoming, NoAnswer>> + Send + 'both>>
    where
        'me: 'both,
        'call: 'both,
    {
        let requested = outgoing.body.map(|body| body.to_string());
        *self.requested.lock().expect("no call has panicked") = requested;
        let (status, headers, body) = (self.status, self.headers.clone(), self.body.clone());
        Box::pin(std::future::ready(Ok(Incoming { status, headers, body })))
    }
}

/// A client without earlier calls, so that an input has the same effect every time.
fn client(answer: Arc<Answer>, max_network_retries: u64) -> StripeClient {
    let limits = Limits { each_second: 0, each_second_each_endpoint: 0, at_once: 1, waiting: 1 };
    let config = StripeConfig {
        secret_key: SecretKey::parse(&"sk_test_1".into()).expect("a key"),
        max_network_retries,
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(80),
        limits: limits.clone(),
        api_base: "https://stripe".to_owned(),
        account: String::new(),
        test_mode: true,
    };
    let environment = causeway_runtime::machine::environment();
    StripeClient::over(answer, config, Limiter::new(limits), environment)
}

async fn send(client: &StripeClient, request: &ProcessorRequest) -> ProcessorReply {
    let key = IdempotencyKey::once(uuid::Uuid::nil());
    client.send(request, &key, Delivery::NotSent, Purpose::FollowUp).await
}
