//! The story of a payment, with real calls to the adapter: every answer is explained in plain words
//! and compared with the expected answer.

use std::io;

use causeway::v1::{self, authorize_request::Instrument};
use causeway_sandbox::Sandbox;
use tonic::Status;

use crate::{calls::new_request_id, client::Client, dev::Dashboard, output};

/// Writes the steps and checks their results.
mod writer;
/// The capabilities, a hold, a repeated request, and refusals about the hold.
mod hold;
/// The capture of the hold.
mod capture;
/// Refunds of the captured amount.
mod refunds;
/// Declines, authentication, and a capture at once.
mod outcomes;
/// A stored card, and the payments with this card.
mod stored_card;
/// Policy refusals before a call to Stripe, and the dummy processor.
mod policy;
/// A hold that lapses without a capture.
mod lapse;
/// An event about a refund that was made at Stripe.
mod dashboard_refund;
/// The end: emitted events compared with Stripe's ledger.
mod reconciliation;

use writer::{StoryError, StoryWriter};

/// A PaymentMethod that succeeds.
const APPROVED_CARD: &str = "pm_card_visa";

/// The clients and the sandbox of the story, and the payments so far.
struct StoryContext<'a> {
    client: Client,
    sandbox: &'a Sandbox,
    dashboard: &'a Dashboard,
    writer: StoryWriter<io::Stdout>,
    /// Ids of the payments so far.
    payments: Vec<String>,
}

/// Runs the story, up to the first answer that is not the expected one.
pub(crate) async fn run(client: Client, sandbox: &Sandbox, dashboard: &Dashboard) -> Result<(), StoryError> {
    let writer = StoryWriter::new(io::stdout());
    let mut context = StoryContext { client, sandbox, dashboard, writer, payments: vec![] };
    let outcome = run_steps(&mut context).await;
    if outcome.is_ok() {
        context.writer.end("Every answer was as expected.")?;
    } else {
        output::note("");
    }
    outcome
}

async fn run_steps(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    hold::capabilities(context).await?;
    let first = hold::hold(context).await?;
    hold::repeated_request(context, &first).await?;
    hold::other_amount(context, &first).await?;
    hold::void(context, &first).await?;
    capture::above_limit(context, &first).await?;
    capture::partial(context, &first).await?;
    refunds::partial(context, &first).await?;
    refunds::above_limit(context, &first).await?;
    refunds::remaining(context, &first).await?;
    outcomes::declined(context).await?;
    outcomes::authentication(context).await?;
    outcomes::below_minimum(context).await?;
    outcomes::immediate_capture(context).await?;
    let card = stored_card::store(context).await?;
    stored_card::off_session(context, &card).await?;
    policy::checked_first(context, &card).await?;
    policy::brand(context).await?;
    stored_card::other_customer(context, &card).await?;
    stored_card::delete(context, &card).await?;
    policy::trial(context).await?;
    dashboard_refund::refund(context).await?;
    lapse::without_capture(context).await?;
    reconciliation::timeline(context, &first).await?;
    reconciliation::balance(context).await
}

fn money(amount: &str, currency: &str) -> v1::Money {
    v1::Money { amount: amount.to_owned(), currency: currency.to_owned() }
}

/// An Authorize message with a new request id.
fn order(amount: &str, currency: &str, card: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        request_id: new_request_id(),
        amount: Some(money(amount, currency)),
        instrument: Some(Instrument::PaymentMethod(card.to_owned())),
        billing_reference: "story".to_owned(),
        ..v1::AuthorizeRequest::default()
    }
}

/// The result inside an answer; an absent result becomes an empty one.
fn result_of(answer: Result<Option<v1::OperationResult>, Status>) -> Result<v1::OperationResult, Status> {
    answer.map(Option::unwrap_or_default)
}

impl StoryContext<'_> {
    /// Asks for a hold, and remembers the payment's id.
    async fn authorize(&mut self, order: v1::AuthorizeRequest) -> Result<v1::OperationResult, Status> {
        let answer = result_of(self.client.authorize(order).await.map(|response| response.result));
        if let Ok(Some(payment)) = answer.as_ref().map(|result| result.payment.as_ref())
            && !self.payments.contains(&payment.id)
        {
            self.payments.push(payment.id.clone());
        }
        answer
    }

    async fn capture(
        &self,
        payment: &v1::Payment,
        amount: Option<v1::Money>,
    ) -> Result<v1::OperationResult, Status> {
        let message = v1::CaptureRequest {
            request_id: new_request_id(),
            payment_id: payment.id.clone(),
            amount,
            ..v1::CaptureRequest::default()
        };
        result_of(self.client.capture(message).await.map(|response| response.result))
    }

    async fn refund(&self, payment: &v1::Payment, amount: &str) -> Result<v1::OperationResult, Status> {
        let message = v1::RefundRequest {
            request_id: new_request_id(),
            payment_id: payment.id.clone(),
            amount: Some(money(amount, "USD")),
            reason: v1::RefundReason::RequestedByCustomer.into(),
            ..v1::RefundRequest::default()
        };
        result_of(self.client.refund(message).await.map(|response| response.result))
    }

    async fn get_payment(&self, id: &str) -> Result<v1::GetPaymentResponse, StoryError> {
        let by = v1::get_payment_request::By::PaymentId(id.to_owned());
        let found = self.client.payment(v1::GetPaymentRequest { by: Some(by), timeline_after: 0 }).await;
        self.writer.accepted(found)
    }

    /// The number of effects on money at Stripe so far.
    fn effects(&self) -> usize {
        self.sandbox.ledger().entries().len()
    }

    /// The number of calls with an effect at Stripe so far. GET calls do not count: an event may
    /// lead to one at any moment.
    fn calls(&self) -> usize {
        self.sandbox.calls().iter().filter(|call| call.method != "GET").count()
    }
}
