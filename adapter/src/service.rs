//! Whether a call is well formed; what is, goes over the link as it came.

use std::{sync::Arc, time::Duration};

use causeway::{
    deadline, order,
    v1::{self, processor_server::Processor},
};
use tonic::{Request, Response, Status};

use crate::link::{Link, Rpc};

/// Serves `causeway.v1.Processor` to billing, behind the guard.
#[derive(Clone)]
pub struct Counter(pub Arc<Link>);

impl Counter {
    async fn pass_on<R: Rpc>(&self, request: Request<R>) -> Result<Response<R::Answer>, Status> {
        let patience: Option<Duration> = deadline::of(request.metadata().as_ref()).map(deadline::shortened);
        self.0.call(request.into_inner(), patience).await.map(Response::new)
    }
}

#[tonic::async_trait]
impl Processor for Counter {
    async fn authorize(
        &self,
        request: Request<v1::AuthorizeRequest>,
    ) -> Result<Response<v1::AuthorizeResponse>, Status> {
        order::Authorize::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn capture(
        &self,
        request: Request<v1::CaptureRequest>,
    ) -> Result<Response<v1::CaptureResponse>, Status> {
        order::Capture::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn refund(
        &self,
        request: Request<v1::RefundRequest>,
    ) -> Result<Response<v1::RefundResponse>, Status> {
        order::Refund::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn void(&self, request: Request<v1::VoidRequest>) -> Result<Response<v1::VoidResponse>, Status> {
        order::Void::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn get_payment(
        &self,
        request: Request<v1::GetPaymentRequest>,
    ) -> Result<Response<v1::GetPaymentResponse>, Status> {
        order::Lookup::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn list_payments(
        &self,
        request: Request<v1::ListPaymentsRequest>,
    ) -> Result<Response<v1::ListPaymentsResponse>, Status> {
        order::Listing::read(request.get_ref())?;
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
        order::Options::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn check_policy(
        &self,
        request: Request<v1::CheckPolicyRequest>,
    ) -> Result<Response<v1::CheckPolicyResponse>, Status> {
        order::Check::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn tokenize(
        &self,
        request: Request<v1::TokenizeRequest>,
    ) -> Result<Response<v1::TokenizeResponse>, Status> {
        order::Tokenize::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn delete_card(
        &self,
        request: Request<v1::DeleteCardRequest>,
    ) -> Result<Response<v1::DeleteCardResponse>, Status> {
        order::DeleteCard::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn list_cards(
        &self,
        request: Request<v1::ListCardsRequest>,
    ) -> Result<Response<v1::ListCardsResponse>, Status> {
        order::ListCards::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn set_default_card(
        &self,
        request: Request<v1::SetDefaultCardRequest>,
    ) -> Result<Response<v1::SetDefaultCardResponse>, Status> {
        order::SetDefaultCard::read(request.get_ref())?;
        self.pass_on(request).await
    }

    async fn put_customer(
        &self,
        request: Request<v1::PutCustomerRequest>,
    ) -> Result<Response<v1::PutCustomerResponse>, Status> {
        order::PutCustomer::read(request.get_ref())?;
        self.pass_on(request).await
    }
}
