//! A payment as what an operation is about.

use async_trait::async_trait;
use causeway::{order::Reuse, text::PaymentMethodId, v1};
use jiff::Timestamp;

use super::{
    Payment, State,
    failure::Failure,
    observation::{Expected, Observation},
    observe::{self, Moved, Outcome},
};
use crate::{
    customer::{CardState, StoredCard},
    journal::{
        About, Changes, CustomerBy, CustomerChange, Journal, JournalError, Kind, Operation, PaymentChange,
        Source, Step, Versioned,
    },
    operation::subject::{Folded, Home, Subject},
    stripe::request::StripeRequest,
};

#[async_trait]
impl Subject for Payment {
    type Answer = v1::OperationResult;

    async fn read(
        journal: &dyn Journal,
        operation: &Operation,
    ) -> Result<Option<Versioned<Payment>>, JournalError> {
        match &operation.about {
            About::Payment(id) => journal.payment(&operation.tenant, *id).await,
            About::Customer { .. } => Ok(None),
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
        if operation.kind == Kind::Refund { Expected::Refund } else { Expected::Intent }
    }

    fn object(&self, operation: &Operation) -> Option<String> {
        if operation.kind == Kind::Refund {
            let refund = self.refund_of(&operation.request_id)?;
            return refund.processor_id.as_deref().map(StripeRequest::refund_path);
        }
        self.facts.payment_intent.as_deref().map(StripeRequest::intent_path)
    }

    fn fold(self, operation: &Operation, seen: Observation, now: Timestamp) -> Folded<Payment> {
        let Moved { payment, outcome, note } = match operation.kind {
            Kind::Capture => observe::captured(self, seen, now),
            Kind::Refund => observe::refunded(self, &operation.request_id, seen),
            // The others are not about payments.
            Kind::Authorize
            | Kind::Tokenize
            | Kind::DeleteCard
            | Kind::SetDefaultCard
            | Kind::PutCustomer => observe::authorized(self, seen),
        };
        Folded { it: payment, outcome, note }
    }

    fn touch(&mut self, now: Timestamp, request: Option<&str>) {
        self.updated = now;
        if let Some(request) = request {
            self.facts.request = Some(request.to_owned());
        }
    }

    fn answer(&self, _operation: &Operation, outcome: &Outcome) -> v1::OperationResult {
        outcome.to_wire(self)
    }

    async fn conclude(
        journal: &dyn Journal,
        operation: &Operation,
        before: Versioned<Payment>,
        after: Folded<Payment>,
        now: Timestamp,
    ) -> Result<(Changes, v1::OperationResult), JournalError> {
        let Folded { it: payment, outcome, note } = after;
        let step = Step {
            at: now,
            from: Some(before.it.status()),
            to: payment.status(),
            kind: operation.kind,
            request_id: operation.request_id.clone(),
            source: Source::Api,
            note,
        };
        let mut answer = outcome.to_wire(&payment);
        let customer = customer_after(journal, operation, &payment, &outcome, now).await?;
        if let (Some(change), Some(token)) = (&customer, &payment.order.card_token) {
            let card = change.customer.card(token);
            answer.stored_card = card.map(|card| change.customer.card_to_wire(card));
        }
        let payment = Some(PaymentChange { payment, basis: Some(before.version), step });
        Ok((Changes { payment, customer }, answer))
    }

    fn told(answer: &v1::OperationResult) -> (v1::Outcome, Option<&str>) {
        (answer.outcome(), answer.failure.as_ref().map(|failure| failure.code.as_str()))
    }

    fn unknown(why: &str) -> Failure {
        Failure::unknown(why)
    }

    fn repeated(answer: v1::OperationResult) -> v1::OperationResult {
        v1::OperationResult { duplicate: true, ..answer }
    }
}

impl Payment {
    /// Whether the payment has gone so far that Stripe keeps the card it was asked to.
    pub fn keeps_card(&self) -> bool {
        self.order.store_card.is_some()
            && self.facts.card.is_some()
            && matches!(self.state, State::Authorized { .. } | State::Captured { .. })
    }
}

/// What an authorization means for its customer: a card that it was asked to keep, once it
/// has gone through; or that Stripe does not know them any more.
async fn customer_after(
    journal: &dyn Journal,
    operation: &Operation,
    payment: &Payment,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<Option<CustomerChange>, JournalError> {
    let Some((payer, true)) = payment.order.payer.clone().zip(Some(operation.kind == Kind::Authorize)) else {
        return Ok(None);
    };
    let gone = matches!(outcome, Outcome::Declined(failure)
        if failure.processor_code == "resource_missing" && failure.parameter == "customer");
    if !gone && !payment.keeps_card() {
        return Ok(None);
    }
    let by = CustomerBy::Reference {
        system: payment.payment_system.clone(),
        account: payment.account.clone(),
        test_mode: payment.test_mode,
        customer: payer,
    };
    let Some(Versioned { it: mut customer, version }) = journal.customer(&payment.tenant, by).await? else {
        return Ok(None);
    };
    // Only the customer that Stripe was asked for is gone, and that may have been another one.
    let asked = payment.order.customer.as_ref().map(|asked| asked.as_str());
    if gone && asked.is_some() && asked == customer.processor_id() {
        customer.forgotten();
    } else if gone {
        return Ok(None);
    } else if let Some(card) = payment.order.store_card.and_then(|reuse| card_of(payment, reuse, now)) {
        customer.keep(card, now);
    }
    customer.updated = now;
    Ok(Some(CustomerChange { customer, basis: Some(version) }))
}

fn card_of(payment: &Payment, reuse: Reuse, now: Timestamp) -> Option<StoredCard> {
    let method = payment.facts.payment_method.as_deref().map(PaymentMethodId::parse);
    Some(StoredCard {
        token: payment.order.card_token.clone()?,
        request_id: payment.order.request_id.clone(),
        payment_method: method.and_then(Result::ok).or_else(|| payment.order.payment_method.clone())?,
        setup_intent: None,
        card: payment.facts.card.clone()?,
        kind: payment.order.method_kind.clone().unwrap_or_else(|| "card".to_owned()),
        reuse,
        wants_default: false,
        created: now,
        state: CardState::Active,
        attached: true,
    })
}
