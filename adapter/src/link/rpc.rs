//! The calls that can be sent: for each request message its answer and its method.

use causeway::v1::{self, processor_client::ProcessorClient};
use causeway_link::sign::Signing;
use tonic::{Request, Status, transport::Channel};

/// A signed way to one relay.
pub type Client = ProcessorClient<Signing<Channel>>;

/// A request message that knows where it goes.
#[tonic::async_trait]
pub trait Rpc: Clone + Send + Sync + 'static {
    /// The method that takes it.
    const METHOD: &'static str;

    /// What comes back.
    type Answer: Send + 'static;

    /// Sends it once.
    async fn send(client: Client, request: Request<Self>) -> Result<Self::Answer, Status>;
}

/// One line a method that has one answer, so that none is forgotten or sent to another's place.
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
