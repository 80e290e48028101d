//! The billing platform's calls, and the classification of their answers.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    time::Duration,
};

use causeway::{
    status,
    v1::{self, Outcome, processor_client::ProcessorClient},
};
use prost::Message;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

use crate::history::Reply;

/// The deadline of one call.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// Reasons of refusals after which the billing platform does not ask again.
const FOR_GOOD: &[&str] = &[
    "NOT_CAPTURABLE",
    "NOT_REFUNDABLE",
    "NOT_RELEASABLE",
    "REFUND_ABOVE_LEFT",
    "CAPTURE_ABOVE_HOLD",
    "HOLD_EXPIRED",
    "OTHER_CURRENCY",
    "REQUEST_ID_REUSED",
    "REQUEST_NOT_COMPARABLE",
    "VOID_UNSUPPORTED",
    "PAYMENT_NOT_FOUND",
    "MALFORMED_REQUEST",
    "RELEASE_DISABLED",
    "RAW_CARDS_NOT_ENABLED",
];

/// A billing platform as a client of a tenant's adapter.
#[derive(Clone)]
pub(crate) struct Billing {
    client: ProcessorClient<Channel>,
    token: MetadataValue<Ascii>,
}

/// One call, with the message.
#[derive(Clone, Debug)]
pub(crate) enum BillingCall {
    Authorize(Box<v1::AuthorizeRequest>),
    Capture(v1::CaptureRequest),
    Release(v1::ReleaseHoldRequest),
    Refund(v1::RefundRequest),
}

/// The result of a call.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) payment: Option<v1::Payment>,
    /// Digest of the whole answer, without the flag that marks a repeated request.
    pub(crate) digest: Option<u64>,
}

impl Billing {
    pub(crate) fn at(adapter: SocketAddr, token: &str) -> Billing {
        let channel = Endpoint::from_shared(format!("http://{adapter}"))
            .unwrap()
            .connect_timeout(Duration::from_secs(2))
            .http2_keep_alive_interval(Duration::from_secs(4))
            .keep_alive_timeout(Duration::from_secs(4))
            .connect_lazy();
        Billing { client: ProcessorClient::new(channel), token: format!("Bearer {token}").parse().unwrap() }
    }

    fn request<T>(&self, message: T, deadline: Option<Duration>) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.token.clone());
        deadline.into_iter().for_each(|deadline| request.set_timeout(deadline));
        request
    }

    pub(crate) async fn ask(&self, ask: BillingCall) -> Answer {
        let mut client = self.client.clone();
        let deadline = Some(PATIENCE);
        let result = async {
            Ok(match ask {
                BillingCall::Authorize(message) => {
                    client.authorize(self.request(*message, deadline)).await?.into_inner().result
                }
                BillingCall::Capture(message) => {
                    client.capture(self.request(message, deadline)).await?.into_inner().result
                }
                BillingCall::Release(message) => {
                    client.release_hold(self.request(message, deadline)).await?.into_inner().result
                }
                BillingCall::Refund(message) => {
                    client.refund(self.request(message, deadline)).await?.into_inner().result
                }
            })
        };
        read(in_time(result).await.map(|result| result.expect("an answer has a result")))
    }

    /// Asks for a void, which has to be refused.
    pub(crate) async fn void(&self, message: v1::VoidRequest) -> Reply {
        let mut client = self.client.clone();
        match in_time(client.void(self.request(message, Some(PATIENCE)))).await {
            Ok(_) => Reply::Approved,
            Err(status) => refusal(&status),
        }
    }

    /// The payment of a request id, read from the journal.
    pub(crate) async fn look_up(&self, request_id: &str) -> Result<v1::Payment, Reply> {
        let by = Some(v1::get_payment_request::By::RequestId(request_id.to_owned()));
        let message = self.request(v1::GetPaymentRequest { by, timeline_after: 0 }, Some(PATIENCE));
        let mut client = self.client.clone();
        let reply = in_time(client.get_payment(message)).await;
        reply.map(|reply| reply.into_inner().payment.unwrap()).map_err(|status| refusal(&status))
    }

    pub(crate) async fn watch(
        &self,
        after: u64,
    ) -> Result<tonic::Streaming<v1::WatchEventsResponse>, Status> {
        let message = v1::WatchEventsRequest { after, until_caught_up: false };
        self.client.clone().watch_events(self.request(message, None)).await.map(tonic::Response::into_inner)
    }
}

/// A call with a deadline for the whole answer, as in gRPC's other clients. tonic's own deadline
/// ends with the head of an answer, and the connection may break after the head.
async fn in_time<T>(call: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    let called = tokio::time::timeout(PATIENCE, call).await;
    called.unwrap_or_else(|_| Err(Status::cancelled("billing's deadline is over")))
}

fn read(reply: Result<v1::OperationResult, Status>) -> Answer {
    let result = match reply {
        Ok(result) => result,
        Err(status) => return Answer { reply: refusal(&status), payment: None, digest: None },
    };
    let code = result.failure.as_ref().map(|failure| failure.code.clone()).unwrap_or_default();
    let reply = match result.outcome() {
        Outcome::Approved => Reply::Approved,
        Outcome::Declined => Reply::Declined(code),
        Outcome::ActionRequired | Outcome::Pending => Reply::NotYet,
        Outcome::Unknown => Reply::Unknown,
        Outcome::Unspecified => Reply::Nothing("UNSPECIFIED".to_owned()),
    };
    let digest = reply.is_definitive().then(|| digest(result.clone()));
    Answer { reply, payment: result.payment, digest }
}

fn digest(mut result: v1::OperationResult) -> u64 {
    result.duplicate = false;
    // The order of a map's entries is not part of the answer.
    result.payment.iter_mut().for_each(|payment| payment.metadata.clear());
    let mut hasher = DefaultHasher::new();
    result.encode_to_vec().hash(&mut hasher);
    hasher.finish()
}

fn refusal(refused: &Status) -> Reply {
    let reason = status::RefusalDetails::of(refused).reason;
    if FOR_GOOD.contains(&reason.as_str()) { Reply::Refused(reason) } else { Reply::Nothing(reason) }
}
