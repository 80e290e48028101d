//! The methods that can be sent: for each request message the answer and the method.

use causeway::v1::{self, processor_client::ProcessorClient};
use causeway_link::sign::Signing;
use tonic::{Request, Status, transport::Channel};

/// A signed client of one relay.
pub type Client = ProcessorClient<Signing<Channel>>;

/// A request message with the method to send.
#[tonic::async_trait]
pub trait Rpc: Clone + Send + Sync + 'static {
    /// The method that takes the message.
    const METHOD: &'static str;

    /// The answer of the method.
    type Answer: Send + 'static;

    /// Sends the message once.
    async fn send(client: Client, request: Request<Self>) -> Result<Self::Answer, Status>;
}

/// One line per method with a single answer, so that no method is missing or sent to the wrong
/// method.
macro_rules! rpc {
    ($($method:literal => $call:ident($request:ident) -> $answer:ident;)*) => {$(
        #[tonic::async_trait]
        impl Rpc for v1::$request {
            const METHOD: &'static str = $method;
            type Answer = v1::$answer;

            async fn send(mut client: Client, request: Request<Self>) -> Result<Self::Answer, Status> {
                client.$call(request).await.map(tonic::Response::into_inner)
            }
        }
    )*};
}

rpc! {
    "Authorize" => authorize(AuthorizeRequest) -> AuthorizeResponse;
    "Capture" => capture(CaptureRequest) -> CaptureResponse;
    "Refund" => refund(RefundRequest) -> RefundResponse;
    "Void" => void(VoidRequest) -> VoidResponse;
    "GetPayment" => get_payment(GetPaymentRequest) -> GetPaymentResponse;
    "ListPayments" => list_payments(ListPaymentsRequest) -> ListPaymentsResponse;
    "GetCapabilities" => get_capabilities(GetCapabilitiesRequest) -> GetCapabilitiesResponse;
    "ListPaymentOptions" => list_payment_options(ListPaymentOptionsRequest) -> ListPaymentOptionsResponse;
    "CheckPolicy" => check_policy(CheckPolicyRequest) -> CheckPolicyResponse;
    "Tokenize" => tokenize(TokenizeRequest) -> TokenizeResponse;
    "DeleteCard" => delete_card(DeleteCardRequest) -> DeleteCardResponse;
    "ListCards" => list_cards(ListCardsRequest) -> ListCardsResponse;
    "SetDefaultCard" => set_default_card(SetDefaultCardRequest) -> SetDefaultCardResponse;
    "PutCustomer" => put_customer(PutCustomerRequest) -> PutCustomerResponse;
    "Confirm" => confirm(ConfirmRequest) -> ConfirmResponse;
    "ReleaseHold" => release_hold(ReleaseHoldRequest) -> ReleaseHoldResponse;
    "ReportOrderFailed" => report_order_failed(ReportOrderFailedRequest) -> ReportOrderFailedResponse;
    "ImportPayment" => import_payment(ImportPaymentRequest) -> ImportPaymentResponse;
    "SyncPayment" => sync_payment(SyncPaymentRequest) -> SyncPaymentResponse;
    "GetOrder" => get_order(GetOrderRequest) -> GetOrderResponse;
    "DecideRefund" => decide_refund(DecideRefundRequest) -> DecideRefundResponse;
    "DeactivateCustomer" => deactivate_customer(DeactivateCustomerRequest) -> DeactivateCustomerResponse;
    "RunJob" => run_job(RunJobRequest) -> RunJobResponse;
}
