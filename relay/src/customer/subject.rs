//! A customer as what an operation is about.

use async_trait::async_trait;
use causeway::{refusal::Refusal, text::CardToken, v1};
use jiff::Timestamp;

use super::{
    Customer,
    observe::{self, Moved},
};
use crate::{
    journal::{
        About, Changes, CustomerBy, CustomerChange, Journal, JournalError, Kind, Operation, Source, Versioned,
    },
    operation::Desk,
    operation::subject::{Folded, Home, Subject},
    payment::{
        failure::Failure,
        observation::{Expected, Observation},
        observe::Outcome,
    },
    stripe::{paths, request::StripeRequest},
};

#[async_trait]
impl Subject for Customer {
    type Answer = v1::CardOperationResult;

    async fn read(
        journal: &dyn Journal,
        operation: &Operation,
    ) -> Result<Option<Versioned<Customer>>, JournalError> {
        match &operation.about {
            About::Customer { id, .. } => journal.customer(&operation.tenant, CustomerBy::Id(*id)).await,
            About::Payment(_) => Ok(None),
        }
    }

    fn home(&self) -> Home<'_> {
        Home {
            tenant: &self.tenant,
            payment_system: &self.payment_system,
            account: &self.account,
            test_mode: self.test_mode,
        }
    }

    fn expected(operation: &Operation) -> Expected {
        match operation.kind {
            Kind::DeleteCard => Expected::Method,
            Kind::SetDefaultCard | Kind::PutCustomer => Expected::Customer,
            // The others are not about customers.
            Kind::Tokenize
            | Kind::Authorize
            | Kind::Capture
            | Kind::Refund
            | Kind::Confirm
            | Kind::ReleaseHold
            | Kind::ReportOrderFailed
            | Kind::ImportPayment
            | Kind::DecideRefund
            | Kind::RenewHold
            | Kind::DeactivateCustomer => Expected::Setup,
        }
    }

    fn object(&self, operation: &Operation) -> Option<String> {
        let card = self.card(token(operation)?)?;
        match operation.kind {
            Kind::Tokenize => card.setup_intent.as_deref().map(paths::setup),
            Kind::DeleteCard => Some(paths::method(card.payment_method.as_str())),
            // Repeated under a key of its own, it does the same again.
            Kind::SetDefaultCard
            | Kind::PutCustomer
            | Kind::Authorize
            | Kind::Capture
            | Kind::Refund
            | Kind::Confirm
            | Kind::ReleaseHold
            | Kind::ReportOrderFailed
            | Kind::ImportPayment
            | Kind::DecideRefund
            | Kind::RenewHold
            | Kind::DeactivateCustomer => None,
        }
    }

    /// Lists of customers and set-ups cannot be asked for marks; what they make moves no money.
    async fn search(&self, _desk: &Desk, _operation: &Operation, _source: Source) -> Result<(), Refusal> {
        Ok(())
    }

    fn settled(&self, _operation: &Operation) -> Option<Outcome> {
        None
    }

    fn fold(self, operation: &Operation, seen: Observation, now: Timestamp) -> Folded<Customer> {
        let Some(token) = token(operation).cloned() else {
            return Folded { it: self, outcome: Outcome::Approved, note: String::new(), foreign: false };
        };
        // A customer of before is not the one of now.
        let field =
            |request: &StripeRequest| request.form.iter().find(|(name, _)| name == "customer").cloned();
        let asked = operation.request.as_ref().and_then(field).map(|(_, id)| id);
        let seen_of = observe::Seen { seen, customer: asked };
        let Moved { customer, outcome } = observe::moved(operation.kind, self, &token, seen_of, now);
        Folded { it: customer, outcome, note: String::new(), foreign: false }
    }

    fn touch(&mut self, now: Timestamp, _request: Option<&str>) {
        self.updated = now;
    }

    fn answer(&self, operation: &Operation, outcome: &Outcome) -> v1::CardOperationResult {
        self.result(token(operation), outcome)
    }

    async fn conclude(
        _journal: &dyn Journal,
        operation: &Operation,
        before: Versioned<Customer>,
        after: Folded<Customer>,
        (_, source): (Timestamp, Source),
    ) -> Result<(Changes, v1::CardOperationResult), JournalError> {
        let answer = after.it.answer(operation, &after.outcome);
        let customer = Some(CustomerChange { customer: after.it, basis: Some(before.version), source });
        Ok((Changes { payment: None, customer }, answer))
    }

    fn told(answer: &v1::CardOperationResult) -> (v1::Outcome, Option<&str>) {
        (answer.outcome(), answer.failure.as_ref().map(|failure| failure.code.as_str()))
    }

    fn unknown(why: &str) -> Failure {
        Failure::unknown_card(why)
    }

    fn repeated(answer: v1::CardOperationResult) -> v1::CardOperationResult {
        v1::CardOperationResult { duplicate: true, ..answer }
    }
}

fn token(operation: &Operation) -> Option<&CardToken> {
    match &operation.about {
        About::Customer { card, .. } => card.as_ref(),
        About::Payment(_) => None,
    }
}
