//! The calls that can be sent: for each request message its answer and its method.

use causeway::{
    link::sign::Signing,
    v1::{self, processor_client::ProcessorClient},
};
use tonic::{Request, Status, transport::Channel};

/// A signed way to one relay.
pub type Client = ProcessorClient<Signing<Channel>>;

/// A request message that knows where it goes.
#[tonic::async_trait]
pub trait Rpc: Clone + Send + Sync + 'static {
    /// Whether it may change something, so that a lost answer leaves a doubt.
    const CHANGES: bool;

    /// What comes back.
    type Answer: Send + 'static;

    /// Sends it once.
    async fn send(client: Client, request: Request<Self>) -> Result<Self::Answer, Status>;
}

/// One line a method, so that none is forgotten or sent to another's place.
macro_rules! rpc {
    ($($request:ident => $method:ident => $answer:ident, changes: $changes:literal;)*) => {$(
        #[tonic::async_trait]
        impl Rpc for v1::$request {
            const CHANGES: bool = $changes;
            type Answer = v1::$answer;

            async fn send(mut client: Client, request: Request<Self>) -> Result<Self::Answer, Status> {
                client.$method(request).await.map(tonic::Response::into_inner)
            }
        }
    )*};
}

rpc! {
    AuthorizeRequest => authorize => AuthorizeResponse, changes: true;
    CaptureRequest => capture => CaptureResponse, changes: true;
    RefundRequest => refund => RefundResponse, changes: true;
    VoidRequest => void => VoidResponse, changes: false;
    GetPaymentRequest => get_payment => GetPaymentResponse, changes: false;
    ListPaymentsRequest => list_payments => ListPaymentsResponse, changes: false;
    GetCapabilitiesRequest => get_capabilities => GetCapabilitiesResponse, changes: false;
}
