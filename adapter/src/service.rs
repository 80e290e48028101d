//! Validates requests; a well-formed request is forwarded over the link unchanged.

use std::{sync::Arc, time::Duration};

use causeway::{
    deadline,
    refusal::{Refusal, Right},
    request,
    v1::{self, processor_server::Processor},
};
use tonic::{Request, Response, Status};

use crate::{
    events::watchers::{Stream, Watchers},
    link::{Link, Rpc},
    settings::{CallerName, Rights},
};

/// Serves `causeway.v1.Processor` to the billing platform, behind the guard.
#[derive(Clone)]
pub struct ProcessorService {
    /// The client side of the relays.
    pub link: Arc<Link>,
    /// The watching clients of the billing platform.
    pub watchers: Watchers,
}

impl ProcessorService {
    async fn pass_on<R: Rpc>(&self, request: Request<R>) -> Result<Response<R::Answer>, Status> {
        let patience: Option<Duration> = deadline::of(request.metadata().as_ref()).map(deadline::shortened);
        let caller = request.extensions().get::<CallerName>().cloned().ok_or(Refusal::Internal)?;
        let answer = self.link.call(&caller, request.into_inner(), patience).await;
        causeway_runtime::failpoint!("adapter.call.answered");
        answer.map(Response::new)
    }
}

/// Refuses a field that needs a right of its own, beside the right of the method. Without the guard's
/// extension no right is given.
fn needs<R>(request: &Request<R>, right: Right) -> Result<(), Refusal> {
    let given = request.extensions().get::<Rights>().is_some_and(|rights| rights.include(right));
    if given { Ok(()) } else { Err(Refusal::RightMissing { needed: right }) }
}

#[tonic::async_trait]
impl Processor for ProcessorService {
    type WatchEventsStream = Stream;

    async fn authorize(
        &self,
        request: Request<v1::AuthorizeRequest>,
    ) -> Result<Response<v1::AuthorizeResponse>, Status> {
        request::Authorize::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn capture(
        &self,
        request: Request<v1::CaptureRequest>,
    ) -> Result<Response<v1::CaptureResponse>, Status> {
        request::Capture::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn refund(
        &self,
        request: Request<v1::RefundRequest>,
    ) -> Result<Response<v1::RefundResponse>, Status> {
        request::Refund::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn void(&self, request: Request<v1::VoidRequest>) -> Result<Response<v1::VoidResponse>, Status> {
        request::Void::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn get_payment(
        &self,
        request: Request<v1::GetPaymentRequest>,
    ) -> Result<Response<v1::GetPaymentResponse>, Status> {
        request::Lookup::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn list_payments(
        &self,
        request: Request<v1::ListPaymentsRequest>,
    ) -> Result<Response<v1::ListPaymentsResponse>, Status> {
        request::ListingPage::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn get_capabilities(
        &self,
        request: Request<v1::GetCapabilitiesRequest>,
    ) -> Result<Response<v1::GetCapabilitiesResponse>, Status> {
        self.pass_on(request).await
    }

    async fn list_payment_options(
        &self,
        request: Request<v1::ListPaymentOptionsRequest>,
    ) -> Result<Response<v1::ListPaymentOptionsResponse>, Status> {
        request::Options::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn check_policy(
        &self,
        request: Request<v1::CheckPolicyRequest>,
    ) -> Result<Response<v1::CheckPolicyResponse>, Status> {
        request::Check::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn tokenize(
        &self,
        request: Request<v1::TokenizeRequest>,
    ) -> Result<Response<v1::TokenizeResponse>, Status> {
        request::Tokenize::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn delete_card(
        &self,
        request: Request<v1::DeleteCardRequest>,
    ) -> Result<Response<v1::DeleteCardResponse>, Status> {
        request::DeleteCard::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn list_cards(
        &self,
        request: Request<v1::ListCardsRequest>,
    ) -> Result<Response<v1::ListCardsResponse>, Status> {
        request::ListCards::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn set_default_card(
        &self,
        request: Request<v1::SetDefaultCardRequest>,
    ) -> Result<Response<v1::SetDefaultCardResponse>, Status> {
        request::SetDefaultCard::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn put_customer(
        &self,
        request: Request<v1::PutCustomerRequest>,
    ) -> Result<Response<v1::PutCustomerResponse>, Status> {
        request::PutCustomer::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn confirm(
        &self,
        request: Request<v1::ConfirmRequest>,
    ) -> Result<Response<v1::ConfirmResponse>, Status> {
        request::Confirm::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn release_hold(
        &self,
        request: Request<v1::ReleaseHoldRequest>,
    ) -> Result<Response<v1::ReleaseHoldResponse>, Status> {
        request::ReleaseHold::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn report_order_failed(
        &self,
        request: Request<v1::ReportOrderFailedRequest>,
    ) -> Result<Response<v1::ReportOrderFailedResponse>, Status> {
        request::ReportOrderFailed::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn import_payment(
        &self,
        request: Request<v1::ImportPaymentRequest>,
    ) -> Result<Response<v1::ImportPaymentResponse>, Status> {
        let import = request::ImportPayment::read(request.get_ref())?;
        if !import.accept_rules.is_empty() {
            needs(&request, Right::Import)?;
        }
        self.pass_on(request).await
    }

    async fn sync_payment(
        &self,
        request: Request<v1::SyncPaymentRequest>,
    ) -> Result<Response<v1::SyncPaymentResponse>, Status> {
        request::watch::read_sync(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn get_order(
        &self,
        request: Request<v1::GetOrderRequest>,
    ) -> Result<Response<v1::GetOrderResponse>, Status> {
        request::OrderView::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn decide_refund(
        &self,
        request: Request<v1::DecideRefundRequest>,
    ) -> Result<Response<v1::DecideRefundResponse>, Status> {
        request::DecideRefund::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn deactivate_customer(
        &self,
        request: Request<v1::DeactivateCustomerRequest>,
    ) -> Result<Response<v1::DeactivateCustomerResponse>, Status> {
        request::DeactivateCustomer::read(request.get_ref())?;
        self.pass_on(request).await
    }

    /// Every request is well formed: any sequence is a valid cursor.
    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Result<Response<Stream>, Status> {
        let caller = request.extensions().get::<CallerName>().cloned().ok_or(Refusal::Internal)?;
        Ok(Response::new(self.watchers.watch(request.into_inner(), &caller)?))
    }

    async fn run_job(
        &self,
        request: Request<v1::RunJobRequest>,
    ) -> Result<Response<v1::RunJobResponse>, Status> {
        request::Job::read(request.get_ref())?;
        self.pass_on(request).await
    }
}
