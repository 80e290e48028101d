//! Calls an adapter: the contract's methods, each with token and deadline.

use std::time::Duration;

use causeway::v1::{self, processor_client::ProcessorClient};
use causeway_runtime::private_file;
use secrecy::ExposeSecret;
use tonic::{
    Request, Response, Status, Streaming,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use crate::{problem::Problem, target::Target};

/// Answers that come in pages.
mod pages;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The interval of keep-alive pings on an idle connection. Pings are sent only while a call is in
/// flight, which can be long with events.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How long the answer to a ping may take.
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);
/// The most that one answer may be: a page of 100 payments with all their metadata.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// A caller of an adapter.
#[derive(Clone)]
pub(crate) struct Client {
    processor: ProcessorClient<Channel>,
    authorization: MetadataValue<Ascii>,
    timeout: Duration,
}

impl Client {
    /// Prepares the channel; the first call opens the connection.
    pub(crate) fn new(target: &Target) -> Result<Client, Problem> {
        let token = format!("Bearer {}", target.token.expose_secret());
        let mut authorization: MetadataValue<Ascii> = token
            .parse()
            .map_err(|_| Problem::Usage("the token holds characters that no token has".to_owned()))?;
        authorization.set_sensitive(true);
        let mut endpoint = Endpoint::from(target.adapter.clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
        if target.adapter.scheme_str() == Some("https") {
            endpoint = endpoint.tls_config(tls(target)?).map_err(|error| Problem::own(&error))?;
        }
        let processor = ProcessorClient::new(endpoint.connect_lazy()).max_decoding_message_size(MAX_ANSWER);
        Ok(Client { processor, authorization, timeout: target.timeout })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = self.request_without_deadline(message);
        request.set_timeout(self.timeout);
        request
    }

    /// A request without a deadline, because the answer need not come to an end.
    fn request_without_deadline<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request
    }

    /// Holds an amount, or captures the amount at once.
    pub(crate) async fn authorize(
        &self,
        message: v1::AuthorizeRequest,
    ) -> Result<v1::AuthorizeResponse, Status> {
        let request = self.request(message);
        self.processor.clone().authorize(request).await.map(Response::into_inner)
    }

    /// Captures a held amount.
    pub(crate) async fn capture(&self, message: v1::CaptureRequest) -> Result<v1::CaptureResponse, Status> {
        let request = self.request(message);
        self.processor.clone().capture(request).await.map(Response::into_inner)
    }

    /// Refunds a captured amount.
    pub(crate) async fn refund(&self, message: v1::RefundRequest) -> Result<v1::RefundResponse, Status> {
        let request = self.request(message);
        self.processor.clone().refund(request).await.map(Response::into_inner)
    }

    /// Sends a void, which is always refused.
    pub(crate) async fn void(&self, message: v1::VoidRequest) -> Result<v1::VoidResponse, Status> {
        let request = self.request(message);
        self.processor.clone().void(request).await.map(Response::into_inner)
    }

    /// Lists one page of payments.
    pub(crate) async fn payments(
        &self,
        message: v1::ListPaymentsRequest,
    ) -> Result<v1::ListPaymentsResponse, Status> {
        let request = self.request(message);
        self.processor.clone().list_payments(request).await.map(Response::into_inner)
    }

    /// Reads the payment systems, currencies and limits.
    pub(crate) async fn capabilities(&self) -> Result<v1::GetCapabilitiesResponse, Status> {
        let request = self.request(v1::GetCapabilitiesRequest {});
        self.processor.clone().get_capabilities(request).await.map(Response::into_inner)
    }

    /// Reads the options that a payer may be offered.
    pub(crate) async fn options(
        &self,
        message: v1::ListPaymentOptionsRequest,
    ) -> Result<v1::ListPaymentOptionsResponse, Status> {
        let request = self.request(message);
        self.processor.clone().list_payment_options(request).await.map(Response::into_inner)
    }

    /// Asks for the policy's verdict on a payment without making the payment.
    pub(crate) async fn check(
        &self,
        message: v1::CheckPolicyRequest,
    ) -> Result<v1::CheckPolicyResponse, Status> {
        let request = self.request(message);
        self.processor.clone().check_policy(request).await.map(Response::into_inner)
    }

    /// Stores a customer's card.
    pub(crate) async fn tokenize(
        &self,
        message: v1::TokenizeRequest,
    ) -> Result<v1::TokenizeResponse, Status> {
        let request = self.request(message);
        self.processor.clone().tokenize(request).await.map(Response::into_inner)
    }

    /// Deletes a stored card.
    pub(crate) async fn delete_card(
        &self,
        message: v1::DeleteCardRequest,
    ) -> Result<v1::DeleteCardResponse, Status> {
        let request = self.request(message);
        self.processor.clone().delete_card(request).await.map(Response::into_inner)
    }

    /// Makes a card the customer's default.
    pub(crate) async fn set_default_card(
        &self,
        message: v1::SetDefaultCardRequest,
    ) -> Result<v1::SetDefaultCardResponse, Status> {
        let request = self.request(message);
        self.processor.clone().set_default_card(request).await.map(Response::into_inner)
    }

    /// Continues a payment after the payer's action.
    pub(crate) async fn confirm(&self, message: v1::ConfirmRequest) -> Result<v1::ConfirmResponse, Status> {
        let request = self.request(message);
        self.processor.clone().confirm(request).await.map(Response::into_inner)
    }

    /// Releases a hold before the hold lapses.
    pub(crate) async fn release(
        &self,
        message: v1::ReleaseHoldRequest,
    ) -> Result<v1::ReleaseHoldResponse, Status> {
        let request = self.request(message);
        self.processor.clone().release_hold(request).await.map(Response::into_inner)
    }

    /// Gives a payment back after a failed order.
    pub(crate) async fn order_failed(
        &self,
        message: v1::ReportOrderFailedRequest,
    ) -> Result<v1::ReportOrderFailedResponse, Status> {
        let request = self.request(message);
        self.processor.clone().report_order_failed(request).await.map(Response::into_inner)
    }

    /// Lets a second person decide on a refund.
    pub(crate) async fn decide_refund(
        &self,
        message: v1::DecideRefundRequest,
    ) -> Result<v1::DecideRefundResponse, Status> {
        self.processor.clone().decide_refund(self.request(message)).await.map(Response::into_inner)
    }

    /// Imports a payment that was authorized elsewhere.
    pub(crate) async fn import(
        &self,
        message: v1::ImportPaymentRequest,
    ) -> Result<v1::ImportPaymentResponse, Status> {
        let request = self.request(message);
        self.processor.clone().import_payment(request).await.map(Response::into_inner)
    }

    /// Synchronizes a payment with the processor.
    pub(crate) async fn sync(
        &self,
        message: v1::SyncPaymentRequest,
    ) -> Result<v1::SyncPaymentResponse, Status> {
        let request = self.request(message);
        self.processor.clone().sync_payment(request).await.map(Response::into_inner)
    }

    /// Deactivates a customer, so that the processor deletes the customer.
    pub(crate) async fn deactivate_customer(
        &self,
        message: v1::DeactivateCustomerRequest,
    ) -> Result<v1::DeactivateCustomerResponse, Status> {
        let request = self.request(message);
        self.processor.clone().deactivate_customer(request).await.map(Response::into_inner)
    }

    /// Opens the stream of events.
    pub(crate) async fn events(
        &self,
        message: v1::WatchEventsRequest,
    ) -> Result<Streaming<v1::WatchEventsResponse>, Status> {
        let request = self.request_without_deadline(message);
        self.processor.clone().watch_events(request).await.map(Response::into_inner)
    }

    /// Runs one job, or all jobs.
    pub(crate) async fn run_job(&self, message: v1::RunJobRequest) -> Result<v1::RunJobResponse, Status> {
        let request = self.request(message);
        self.processor.clone().run_job(request).await.map(Response::into_inner)
    }

    /// Sends a customer's details to the processor.
    pub(crate) async fn put_customer(
        &self,
        message: v1::PutCustomerRequest,
    ) -> Result<v1::PutCustomerResponse, Status> {
        let request = self.request(message);
        self.processor.clone().put_customer(request).await.map(Response::into_inner)
    }
}

fn tls(target: &Target) -> Result<ClientTlsConfig, Problem> {
    let Some(file) = &target.ca else {
        return Ok(ClientTlsConfig::new().with_native_roots());
    };
    let (pem, _) = private_file::read(file).map_err(|error| {
        Problem::Usage(format!("the CA file {} cannot be read: {}", file.display(), error))
    })?;
    Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))
}
