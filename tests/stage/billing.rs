//! The billing platform as a client of the adapter.

use std::{net::SocketAddr, time::Duration};

use causeway::{
    status::RefusalDetails,
    v1::{self, Outcome, PaymentStatus, processor_client::ProcessorClient},
};
use tonic::{
    Code, Request, Status,
    metadata::MetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

/// An interceptor that adds the token to each call.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let value = MetadataValue::try_from(format!("Bearer {}", self.0)).unwrap();
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

/// A client with all calls of the contract.
#[derive(Clone)]
pub(crate) struct Billing {
    pub(crate) client: ProcessorClient<InterceptedService<Channel, Token>>,
    pub(crate) deadline: Option<Duration>,
}

/// A request to hold an amount on a good card; the fields can be changed.
pub(crate) fn order(request_id: &str, money: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        request_id: request_id.to_owned(),
        amount: Some(self::money(money)),
        instrument: method("pm_card_visa"),
        ..Default::default()
    }
}

/// A PaymentMethod as an instrument of a payment.
pub(crate) fn method(id: &str) -> Option<v1::authorize_request::Instrument> {
    Some(v1::authorize_request::Instrument::PaymentMethod(id.to_owned()))
}

/// Parses an amount such as "12.50 USD".
pub(crate) fn money(text: &str) -> v1::Money {
    let (amount, currency) = text.split_once(' ').unwrap_or((text, ""));
    v1::Money { amount: amount.to_owned(), currency: currency.to_owned() }
}

/// An amount as text, or an empty text without an amount.
pub(crate) fn read(money: &Option<v1::Money>) -> String {
    money.as_ref().map(|money| format!("{} {}", money.amount, money.currency)).unwrap_or_default()
}

impl Billing {
    pub(crate) async fn connect(adapter: SocketAddr, token: &str) -> Billing {
        let channel = Channel::from_shared(format!("http://{adapter}")).unwrap().connect_lazy();
        Billing::over(channel, token)
    }

    /// A client over the given channel.
    pub(crate) fn over(channel: Channel, token: &str) -> Billing {
        Billing {
            client: ProcessorClient::with_interceptor(channel, Token(token.to_owned())),
            deadline: Some(Duration::from_secs(60)),
        }
    }

    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(deadline) = self.deadline {
            request.set_timeout(deadline);
        }
        request
    }

    pub(crate) async fn authorize(&self, order: v1::AuthorizeRequest) -> Answer {
        let answer = self.client.clone().authorize(self.request(order)).await;
        Answer(answer.map(|answer| answer.into_inner().result.unwrap()))
    }

    pub(crate) async fn capture(&self, request_id: &str, payment: &str, amount: Option<&str>) -> Answer {
        let message = v1::CaptureRequest {
            request_id: request_id.to_owned(),
            payment_id: payment.to_owned(),
            amount: amount.map(money),
            ..Default::default()
        };
        let answer = self.client.clone().capture(self.request(message)).await;
        Answer(answer.map(|answer| answer.into_inner().result.unwrap()))
    }

    pub(crate) async fn refund(&self, request_id: &str, payment: &str, amount: Option<&str>) -> Answer {
        let message = v1::RefundRequest {
            request_id: request_id.to_owned(),
            payment_id: payment.to_owned(),
            amount: amount.map(money),
            ..Default::default()
        };
        self.refund_as(message).await
    }

    pub(crate) async fn refund_as(&self, message: v1::RefundRequest) -> Answer {
        let answer = self.client.clone().refund(self.request(message)).await;
        Answer(answer.map(|answer| {
            let answer = answer.into_inner();
            assert!(answer.refund.is_some(), "the refund is in the answer");
            answer.result.unwrap()
        }))
    }

    pub(crate) async fn void(&self, payment: &str) -> Status {
        let message = v1::VoidRequest { request_id: "void".to_owned(), payment_id: payment.to_owned() };
        self.client.clone().void(self.request(message)).await.expect_err("a void is always refused")
    }

    pub(crate) async fn get_payment(
        &self,
        by: v1::get_payment_request::By,
    ) -> Result<v1::GetPaymentResponse, Status> {
        let message = v1::GetPaymentRequest { by: Some(by), timeline_after: 0 };
        self.client.clone().get_payment(self.request(message)).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn payment(&self, id: &str) -> v1::Payment {
        let by = v1::get_payment_request::By::PaymentId(id.to_owned());
        self.get_payment(by).await.unwrap().payment.unwrap()
    }

    pub(crate) async fn list(
        &self,
        message: v1::ListPaymentsRequest,
    ) -> Result<v1::ListPaymentsResponse, Status> {
        self.client.clone().list_payments(self.request(message)).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn capabilities(&self) -> Result<v1::GetCapabilitiesResponse, Status> {
        let message = v1::GetCapabilitiesRequest {};
        self.client.clone().get_capabilities(self.request(message)).await.map(tonic::Response::into_inner)
    }
}

/// The answer or refusal of an operation.
#[derive(Debug)]
pub(crate) struct Answer(pub(crate) Result<v1::OperationResult, Status>);

impl Answer {
    #[track_caller]
    pub(crate) fn result(self) -> v1::OperationResult {
        self.0.unwrap_or_else(|status| {
            panic!("an answer was expected, and it is a refusal: {:?}", RefusalDetails::of(&status))
        })
    }

    #[track_caller]
    fn with_outcome(self, outcome: Outcome) -> v1::OperationResult {
        let result = self.result();
        assert_eq!(result.outcome(), outcome, "{result:#?}");
        result
    }

    #[track_caller]
    pub(crate) fn approved(self, status: PaymentStatus) -> v1::Payment {
        let payment = self.with_outcome(Outcome::Approved).payment.unwrap();
        assert_eq!(payment.status(), status);
        payment
    }

    #[track_caller]
    pub(crate) fn held_payment(self) -> v1::Payment {
        self.approved(PaymentStatus::Authorized)
    }

    #[track_caller]
    pub(crate) fn captured_payment(self) -> v1::Payment {
        self.approved(PaymentStatus::Captured)
    }

    #[track_caller]
    pub(crate) fn declined(self) -> v1::Failure {
        self.with_outcome(Outcome::Declined).failure.unwrap()
    }

    #[track_caller]
    pub(crate) fn unknown(self) -> v1::OperationResult {
        self.with_outcome(Outcome::Unknown)
    }

    #[track_caller]
    pub(crate) fn action_required(self) -> v1::OperationResult {
        self.with_outcome(Outcome::ActionRequired)
    }

    /// The refusal of the operation; an answer fails the test.
    #[track_caller]
    pub(crate) fn refused(self) -> RefusalDetails {
        match self.0 {
            Ok(result) => panic!("a refusal was expected, and it is an answer: {result:#?}"),
            Err(status) => RefusalDetails::of(&status),
        }
    }

    /// Code and reason of the refusal: "NotFound PAYMENT_NOT_FOUND".
    #[track_caller]
    pub(crate) fn reason(self) -> String {
        match self.0 {
            Ok(result) => panic!("a refusal was expected, and it is an answer: {result:#?}"),
            Err(status) => reason(&status),
        }
    }
}

/// Code and reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    let code: Code = status.code();
    format!("{code:?} {}", RefusalDetails::of(status).reason)
}
