//! The door: whose request it is, and what goes back.

use std::sync::Arc;

use causeway::{
    deadline,
    link::verify::Signed,
    order,
    refusal::Refusal,
    v1::{self, processor_server::Processor},
};
use tonic::{Request, Response, Status};

use crate::{
    journal::SpentNonce,
    operation::{Caller, Desk},
};

/// Looking at payments.
mod look;
/// What can be done here.
mod capabilities;
/// What a portal may offer.
mod options;
/// A dry run of the rules.
mod check;
/// Listing a customer's cards.
pub mod cards;
/// Results of card operations in their own words.
mod words;

/// Serves `causeway.v1.Processor` to adapters, behind the link's verifier.
#[derive(Clone)]
pub struct Door(pub Arc<Desk>);

/// Who asks, as the link's signature proves; nothing in the message has a say.
fn caller<T>(request: &Request<T>) -> Result<Caller, Refusal> {
    let signed = request.extensions().get::<Signed>().ok_or(Refusal::Internal)?;
    let patience = deadline::of(request.metadata().as_ref()).map(deadline::shortened);
    let nonce = SpentNonce { nonce: signed.nonce.clone(), good_until: signed.nonce_good_until };
    Ok(Caller { tenant: signed.tenant.clone(), nonce, patience })
}

#[tonic::async_trait]
impl Processor for Door {
    async fn authorize(
        &self,
        request: Request<v1::AuthorizeRequest>,
    ) -> Result<Response<v1::AuthorizeResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::Authorize::read(request.get_ref())?;
        let result = self.0.work(caller, order).await?;
        Ok(Response::new(v1::AuthorizeResponse { result: Some(result) }))
    }

    async fn capture(
        &self,
        request: Request<v1::CaptureRequest>,
    ) -> Result<Response<v1::CaptureResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::Capture::read(request.get_ref())?;
        let result = self.0.work(caller, order).await?;
        Ok(Response::new(v1::CaptureResponse { result: Some(result) }))
    }

    async fn refund(
        &self,
        request: Request<v1::RefundRequest>,
    ) -> Result<Response<v1::RefundResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::Refund::read(request.get_ref())?;
        let request_id = order.request_id.to_string();
        let result = self.0.work(caller, order).await?;
        let refunds = result.payment.as_ref().map(|payment| payment.refunds.as_slice()).unwrap_or_default();
        let refund = refunds.iter().find(|refund| refund.request_id == request_id).cloned();
        Ok(Response::new(v1::RefundResponse { result: Some(result), refund }))
    }

    async fn void(&self, request: Request<v1::VoidRequest>) -> Result<Response<v1::VoidResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::Void::read(request.get_ref())?;
        Err(self.0.void(&caller, &order).await.into())
    }

    async fn get_payment(
        &self,
        request: Request<v1::GetPaymentRequest>,
    ) -> Result<Response<v1::GetPaymentResponse>, Status> {
        let caller = caller(&request)?;
        let lookup = order::Lookup::read(request.get_ref())?;
        Ok(Response::new(look::get(&self.0, &caller.tenant, &lookup).await?))
    }

    async fn list_payments(
        &self,
        request: Request<v1::ListPaymentsRequest>,
    ) -> Result<Response<v1::ListPaymentsResponse>, Status> {
        let caller = caller(&request)?;
        let listing = order::Listing::read(request.get_ref())?;
        Ok(Response::new(look::list(&self.0, &caller.tenant, &listing).await?))
    }

    async fn get_capabilities(
        &self,
        request: Request<v1::GetCapabilitiesRequest>,
    ) -> Result<Response<v1::GetCapabilitiesResponse>, Status> {
        let caller = caller(&request)?;
        let tenant = self.0.tenant(&caller.tenant)?;
        Ok(Response::new(capabilities::of(tenant)))
    }

    async fn list_payment_options(
        &self,
        request: Request<v1::ListPaymentOptionsRequest>,
    ) -> Result<Response<v1::ListPaymentOptionsResponse>, Status> {
        let caller = caller(&request)?;
        let asked = order::Options::read(request.get_ref())?;
        let tenant = self.0.tenant(&caller.tenant)?;
        Ok(Response::new(options::of(&self.0, tenant, &asked).await?))
    }

    async fn check_policy(
        &self,
        request: Request<v1::CheckPolicyRequest>,
    ) -> Result<Response<v1::CheckPolicyResponse>, Status> {
        let caller = caller(&request)?;
        let asked = order::Check::read(request.get_ref())?;
        let tenant = self.0.tenant(&caller.tenant)?;
        Ok(Response::new(check::of(&self.0, tenant, &asked).await?))
    }

    async fn tokenize(
        &self,
        request: Request<v1::TokenizeRequest>,
    ) -> Result<Response<v1::TokenizeResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::Tokenize::read(request.get_ref())?;
        let result = words::delivered(self.0.work(caller, order).await)?;
        let status = words::tokenized(result.outcome());
        Ok(Response::new(v1::TokenizeResponse { status: status.into(), result: Some(result) }))
    }

    async fn delete_card(
        &self,
        request: Request<v1::DeleteCardRequest>,
    ) -> Result<Response<v1::DeleteCardResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::DeleteCard::read(request.get_ref())?;
        let result = words::delivered(self.0.work(caller, order).await)?;
        let status = words::deleted(result.outcome());
        Ok(Response::new(v1::DeleteCardResponse { status: status.into(), result: Some(result) }))
    }

    async fn list_cards(
        &self,
        request: Request<v1::ListCardsRequest>,
    ) -> Result<Response<v1::ListCardsResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::ListCards::read(request.get_ref())?;
        Ok(Response::new(cards::list(&self.0, &caller.tenant, &order).await?))
    }

    async fn set_default_card(
        &self,
        request: Request<v1::SetDefaultCardRequest>,
    ) -> Result<Response<v1::SetDefaultCardResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::SetDefaultCard::read(request.get_ref())?;
        let result = self.0.work(caller, order).await?;
        Ok(Response::new(v1::SetDefaultCardResponse { result: Some(result) }))
    }

    async fn put_customer(
        &self,
        request: Request<v1::PutCustomerRequest>,
    ) -> Result<Response<v1::PutCustomerResponse>, Status> {
        let caller = caller(&request)?;
        let order = order::PutCustomer::read(request.get_ref())?;
        let result = self.0.work(caller, order).await?;
        Ok(Response::new(v1::PutCustomerResponse { result: Some(result) }))
    }
}
