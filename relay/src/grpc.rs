//! The gRPC service: identifies the tenant, calls the engine and converts the answer.

use std::sync::Arc;

use causeway::{
    caller::{COUNT_HEADER, ForwardedCaller, NAME_HEADER},
    deadline,
    refusal::Refusal,
    request as orders,
    v1::{self, processor_server::Processor},
};
use causeway_engine::{Caller, Engine, admission::Slot};
use causeway_link::verify::Signed;
use causeway_ports::journal::SpentNonce;
use tonic::{Request, Response, Status};

/// Pages of lists, and the size of answers.
mod page;
/// Look-up and listing of payments.
mod look;
/// Capabilities of the payment systems of a tenant.
mod capabilities;
/// Payment options that a portal may offer.
mod options;
/// Policy checks without a payment.
mod check;
/// Results of card operations, as statuses of the contract.
mod words;
/// Every payment of one billing reference.
mod order;
/// Event streams for watchers.
pub mod watch;

use page::{ListMask, answer};

/// Serves `causeway.v1.Processor` to adapters, behind the link's verifier.
#[derive(Clone)]
pub struct ProcessorService {
    engine: Arc<Engine>,
    watchers: Arc<watch::Watchers>,
}

impl ProcessorService {
    /// Builds the service over an engine.
    pub fn new(engine: Arc<Engine>) -> ProcessorService {
        let watchers = watch::Watchers::of(engine.tenants());
        ProcessorService { engine, watchers }
    }
}

/// The caller, proven by the link's signature; no field of the message is used. The name of the
/// adapter's caller decides the share only.
fn caller<T>(request: &Request<T>) -> Result<Caller, Refusal> {
    let signed = request.extensions().get::<Signed>().ok_or(Refusal::Internal)?;
    let patience = deadline::of(request.metadata().as_ref()).map(deadline::shortened);
    let nonce = SpentNonce { nonce: signed.nonce.clone(), good_until: signed.nonce_good_until };
    let slot = Slot::from_now(patience);
    let header = |name: &str| request.metadata().get(name).and_then(|value| value.to_str().ok());
    let forwarded = ForwardedCaller::read(header(NAME_HEADER), header(COUNT_HEADER));
    Ok(Caller { tenant: signed.tenant.clone(), forwarded, nonce: Some(nonce), patience, slot })
}

#[tonic::async_trait]
impl Processor for ProcessorService {
    async fn authorize(
        &self,
        request: Request<v1::AuthorizeRequest>,
    ) -> Result<Response<v1::AuthorizeResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::Authorize::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::AuthorizeResponse { result: Some(result) })
    }

    async fn capture(
        &self,
        request: Request<v1::CaptureRequest>,
    ) -> Result<Response<v1::CaptureResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::Capture::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::CaptureResponse { result: Some(result) })
    }

    async fn refund(
        &self,
        request: Request<v1::RefundRequest>,
    ) -> Result<Response<v1::RefundResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::Refund::read(request.get_ref())?;
        let request_id = command.request_id.to_string();
        let result = self.engine.execute(caller, command).await?;
        let refunds = result.payment.as_ref().map(|payment| payment.refunds.as_slice()).unwrap_or_default();
        let refund = refunds.iter().find(|refund| refund.request_id == request_id).cloned();
        answer(v1::RefundResponse { result: Some(result), refund })
    }

    async fn decide_refund(
        &self,
        request: Request<v1::DecideRefundRequest>,
    ) -> Result<Response<v1::DecideRefundResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::DecideRefund::read(request.get_ref())?;
        let id = command.refund.to_string();
        let result = self.engine.execute(caller, command).await?;
        let refunds = result.payment.as_ref().map(|payment| payment.refunds.as_slice()).unwrap_or_default();
        let refund = refunds.iter().find(|refund| refund.id == id).cloned();
        answer(v1::DecideRefundResponse { result: Some(result), refund })
    }

    async fn void(&self, request: Request<v1::VoidRequest>) -> Result<Response<v1::VoidResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::Void::read(request.get_ref())?;
        Err(self.engine.void(&caller, &command).await.into())
    }

    async fn get_payment(
        &self,
        request: Request<v1::GetPaymentRequest>,
    ) -> Result<Response<v1::GetPaymentResponse>, Status> {
        let caller = caller(&request)?;
        let lookup = orders::Lookup::read(request.get_ref())?;
        let after = request.get_ref().timeline_after;
        answer(look::get(&self.engine.queries(), &caller.tenant, (&lookup, after)).await?)
    }

    async fn list_payments(
        &self,
        request: Request<v1::ListPaymentsRequest>,
    ) -> Result<Response<v1::ListPaymentsResponse>, Status> {
        let caller = caller(&request)?;
        let asked = orders::ListingPage::read(request.get_ref())?;
        let filter =
            v1::ListPaymentsRequest { page_size: 0, page_token: String::new(), ..request.into_inner() };
        let list = ListMask::of(&caller.tenant, "ListPayments", &filter);
        answer(look::list(&self.engine.queries(), &caller.tenant, asked, list).await?)
    }

    async fn get_capabilities(
        &self,
        request: Request<v1::GetCapabilitiesRequest>,
    ) -> Result<Response<v1::GetCapabilitiesResponse>, Status> {
        let caller = caller(&request)?;
        let tenant = self.engine.tenant(&caller.tenant)?;
        answer(capabilities::of(&self.engine.queries(), tenant))
    }

    async fn list_payment_options(
        &self,
        request: Request<v1::ListPaymentOptionsRequest>,
    ) -> Result<Response<v1::ListPaymentOptionsResponse>, Status> {
        let caller = caller(&request)?;
        let asked = orders::Options::read(request.get_ref())?;
        answer(options::of(&self.engine.queries(), &caller.tenant, &asked).await?)
    }

    async fn check_policy(
        &self,
        request: Request<v1::CheckPolicyRequest>,
    ) -> Result<Response<v1::CheckPolicyResponse>, Status> {
        let caller = caller(&request)?;
        let asked = orders::Check::read(request.get_ref())?;
        answer(check::of(self.engine.queries().check(&caller.tenant, &asked).await?))
    }

    async fn tokenize(
        &self,
        request: Request<v1::TokenizeRequest>,
    ) -> Result<Response<v1::TokenizeResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::Tokenize::read(request.get_ref())?;
        let result = words::delivered(self.engine.execute(caller, command).await)?;
        let status = words::tokenized(result.outcome());
        answer(v1::TokenizeResponse { status: status.into(), result: Some(result) })
    }

    async fn delete_card(
        &self,
        request: Request<v1::DeleteCardRequest>,
    ) -> Result<Response<v1::DeleteCardResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::DeleteCard::read(request.get_ref())?;
        let result = words::delivered(self.engine.execute(caller, command).await)?;
        let status = words::deleted(result.outcome());
        answer(v1::DeleteCardResponse { status: status.into(), result: Some(result) })
    }

    async fn list_cards(
        &self,
        request: Request<v1::ListCardsRequest>,
    ) -> Result<Response<v1::ListCardsResponse>, Status> {
        let caller = caller(&request)?;
        let asked = orders::ListCards::read(request.get_ref())?;
        let filter = v1::ListCardsRequest { page_size: 0, page_token: String::new(), ..request.into_inner() };
        let list = ListMask::of(&caller.tenant, "ListCards", &filter);
        answer(look::cards(&self.engine.queries(), &caller.tenant, &asked, list).await?)
    }

    async fn set_default_card(
        &self,
        request: Request<v1::SetDefaultCardRequest>,
    ) -> Result<Response<v1::SetDefaultCardResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::SetDefaultCard::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::SetDefaultCardResponse { result: Some(result) })
    }

    async fn put_customer(
        &self,
        request: Request<v1::PutCustomerRequest>,
    ) -> Result<Response<v1::PutCustomerResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::PutCustomer::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::PutCustomerResponse { result: Some(result) })
    }

    async fn confirm(
        &self,
        request: Request<v1::ConfirmRequest>,
    ) -> Result<Response<v1::ConfirmResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::Confirm::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::ConfirmResponse { result: Some(result) })
    }

    async fn release_hold(
        &self,
        request: Request<v1::ReleaseHoldRequest>,
    ) -> Result<Response<v1::ReleaseHoldResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::ReleaseHold::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::ReleaseHoldResponse { result: Some(result) })
    }

    async fn report_order_failed(
        &self,
        request: Request<v1::ReportOrderFailedRequest>,
    ) -> Result<Response<v1::ReportOrderFailedResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::ReportOrderFailed::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::ReportOrderFailedResponse { result: Some(result) })
    }

    async fn import_payment(
        &self,
        request: Request<v1::ImportPaymentRequest>,
    ) -> Result<Response<v1::ImportPaymentResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::ImportPayment::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::ImportPaymentResponse { result: Some(result) })
    }

    async fn sync_payment(
        &self,
        request: Request<v1::SyncPaymentRequest>,
    ) -> Result<Response<v1::SyncPaymentResponse>, Status> {
        let caller = caller(&request)?;
        let lookup = orders::watch::read_sync(request.get_ref())?;
        let (payment, changed) = self.engine.sync_payment(&caller.tenant, &lookup).await?;
        answer(v1::SyncPaymentResponse { payment: Some(look::on_wire(&payment)?), changed })
    }

    async fn get_order(
        &self,
        request: Request<v1::GetOrderRequest>,
    ) -> Result<Response<v1::GetOrderResponse>, Status> {
        let caller = caller(&request)?;
        let asked = orders::OrderView::read(request.get_ref())?;
        let reference = request.into_inner().billing_reference;
        let filter = v1::GetOrderRequest { billing_reference: reference, ..Default::default() };
        let list = ListMask::of(&caller.tenant, "GetOrder", &filter);
        answer(order::view(&self.engine.queries(), &caller.tenant, &asked, list).await?)
    }

    async fn deactivate_customer(
        &self,
        request: Request<v1::DeactivateCustomerRequest>,
    ) -> Result<Response<v1::DeactivateCustomerResponse>, Status> {
        let caller = caller(&request)?;
        let command = orders::DeactivateCustomer::read(request.get_ref())?;
        let result = self.engine.execute(caller, command).await?;
        answer(v1::DeactivateCustomerResponse { result: Some(result) })
    }

    type WatchEventsStream = watch::Events;

    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Result<Response<watch::Events>, Status> {
        let caller = caller(&request)?;
        Ok(Response::new(watch::events(&self.engine, &self.watchers, &caller.tenant, request.get_ref())?))
    }

    async fn run_job(
        &self,
        request: Request<v1::RunJobRequest>,
    ) -> Result<Response<v1::RunJobResponse>, Status> {
        let caller = caller(&request)?;
        let jobs = orders::Job::read(request.get_ref())?;
        // A job has no request id in the journal, so the nonce alone keeps the request from a second run.
        self.engine.spend(&caller).await?;
        let mut counts = v1::RunJobResponse::default().counts;
        for job in jobs {
            let done = self.engine.run_requested_job(&caller.tenant, job).await?;
            counts
                .extend(done.0.into_iter().map(|(name, count)| (format!("{}.{name}", job.as_str()), count)));
        }
        answer(v1::RunJobResponse { counts })
    }
}
