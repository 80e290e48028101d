//! Implementation of [`Aggregate`] for a customer with stored cards.

use async_trait::async_trait;
use causeway::{money::SumError, request::PaymentId, text::CardToken, v1};
use causeway_domain::{
    change::{Changes, CustomerChange, Versioned},
    customer::{Customer, observe},
    observation::{Observation, Purpose},
    operation::{CommandKind, CustomerCommand, Operation, Target},
    payment::failure::Failure,
    transition::{Outcome, Transition},
};
use causeway_ports::{
    journal::{CustomerBy, Journal, JournalError},
    processor::ObjectRef,
};
use jiff::Timestamp;

use super::{AccountRef, Aggregate, Moment};

#[async_trait]
impl Aggregate for Customer {
    type Answer = v1::CardOperationResult;
    type Command = CustomerCommand;

    fn kind(command: CustomerCommand) -> CommandKind {
        CommandKind::Customer(command)
    }

    fn command(operation: &Operation) -> Option<CustomerCommand> {
        match operation.target {
            Target::Customer { command, .. } => Some(command),
            Target::Payment { .. } => None,
        }
    }

    fn target(&self, command: CustomerCommand, card: Option<CardToken>) -> Target {
        Target::Customer { id: self.id, card, command }
    }

    async fn read(
        journal: &dyn Journal,
        operation: &Operation,
    ) -> Result<Option<Versioned<Customer>>, JournalError> {
        match &operation.target {
            Target::Customer { id, .. } => journal.customer(&operation.tenant, CustomerBy::Id(*id)).await,
            Target::Payment { .. } => Ok(None),
        }
    }

    fn of_changes(changes: &Changes) -> Option<&Customer> {
        changes.customer().map(|change| &change.customer)
    }

    fn account(&self) -> AccountRef<'_> {
        AccountRef {
            tenant: &self.tenant,
            payment_system: &self.payment_system,
            account: &self.account,
            test_mode: self.test_mode,
        }
    }

    fn purpose(&self, operation: &Operation) -> Purpose {
        match Customer::command(operation) {
            Some(CustomerCommand::Tokenize) => Purpose::Card,
            Some(
                CustomerCommand::DeleteCard
                | CustomerCommand::SetDefaultCard
                | CustomerCommand::PutCustomer
                | CustomerCommand::DeactivateCustomer,
            )
            | None => Purpose::FollowUp,
        }
    }

    fn object<'a>(&'a self, operation: &Operation) -> Option<ObjectRef<'a>> {
        let card = self.card(card_token(operation)?)?;
        match Customer::command(operation)? {
            CustomerCommand::Tokenize => card.setup_intent.as_deref().map(ObjectRef::Setup),
            CustomerCommand::DeleteCard => Some(ObjectRef::Method(card.payment_method.as_str())),
            // These commands are idempotent, so a repetition under a new key has the same effect.
            CustomerCommand::SetDefaultCard
            | CustomerCommand::PutCustomer
            | CustomerCommand::DeactivateCustomer => None,
        }
    }

    /// Always `None`: Stripe's lists of customers and SetupIntents cannot be filtered by metadata,
    /// and these operations move no money.
    fn sought(&self, _operation: &Operation) -> Option<PaymentId> {
        None
    }

    fn settled(&self, _operation: &Operation) -> Option<Outcome> {
        None
    }

    fn apply(self, operation: &Operation, seen: Observation, now: Timestamp) -> Transition<Customer> {
        match (card_token(operation), Customer::command(operation)) {
            (Some(token), Some(command)) => observe::apply(command, self, token, seen, now),
            (None, _) | (_, None) => Transition {
                aggregate: self,
                outcome: Outcome::Approved,
                note: String::new(),
                foreign: false,
            },
        }
    }

    fn touch(&mut self, now: Timestamp, _request: Option<&str>) {
        self.updated = now;
    }

    fn answer(&self, operation: &Operation, outcome: &Outcome) -> Result<v1::CardOperationResult, SumError> {
        Ok(self.result(card_token(operation), outcome))
    }

    async fn conclude(
        _journal: &dyn Journal,
        operation: &Operation,
        before: Versioned<Customer>,
        after: Transition<Customer>,
        moment: Moment,
    ) -> Result<(Changes, v1::CardOperationResult), JournalError> {
        let answer = after.aggregate.answer(operation, &after.outcome)?;
        let customer = after.aggregate;
        let change = CustomerChange { customer, basis: Some(before.version), source: moment.source };
        Ok((Changes::of_customer(change), answer))
    }

    fn outcome_of(answer: &v1::CardOperationResult) -> (v1::Outcome, Option<&str>) {
        (answer.outcome(), answer.failure.as_ref().map(|failure| failure.code.as_str()))
    }

    fn unknown(why: &str) -> Failure {
        Failure::unknown_card(why)
    }

    fn repeated(answer: v1::CardOperationResult) -> v1::CardOperationResult {
        v1::CardOperationResult { duplicate: true, ..answer }
    }
}

fn card_token(operation: &Operation) -> Option<&CardToken> {
    match &operation.target {
        Target::Customer { card, .. } => card.as_ref(),
        Target::Payment { .. } => None,
    }
}
