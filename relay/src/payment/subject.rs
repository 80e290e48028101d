//! A payment as what an operation is about.

use async_trait::async_trait;
use causeway::{order::Reuse, refusal::Refusal, text::PaymentMethodId, v1};
use jiff::Timestamp;

use super::{
    AlarmKind, Payment, State,
    failure::Failure,
    observation::{Expected, Observation, Way},
    observe::{self, Asked, Moved, Outcome},
};
use crate::{
    customer::{CardState, CardTold, StoredCard},
    journal::{
        About, Changes, CustomerBy, CustomerChange, Journal, JournalError, Kind, Operation, PaymentChange,
        Progress, Source, Step, Versioned,
    },
    operation::Desk,
    operation::subject::{Folded, Home, Subject},
    stripe::paths,
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
        if refunds(operation) { Expected::Refund } else { Expected::Intent }
    }

    fn object(&self, operation: &Operation) -> Option<String> {
        if operation.kind == Kind::RenewHold {
            // It makes another PaymentIntent, whose id only its answer tells.
            return None;
        }
        if refunds(operation) {
            let refund = self.refund_of(&operation.request_id)?;
            return refund.processor_id.as_deref().map(paths::refund);
        }
        self.facts.payment_intent.as_deref().map(paths::intent)
    }

    async fn search(&self, desk: &Desk, operation: &Operation, source: Source) -> Result<(), Refusal> {
        if operation.kind == Kind::RenewHold {
            // It makes another PaymentIntent than the one that the payment has.
            return Ok(());
        }
        let way = Way { source, reference: None };
        desk.sync(&self.tenant, self.id, &way).await.map(drop)
    }

    fn settled(&self, operation: &Operation) -> Option<Outcome> {
        let outcome = observe::outcome_of(self, asked(operation));
        let decided = matches!(outcome, Outcome::Approved | Outcome::Declined(_));
        (decided && operation.kind != Kind::RenewHold).then_some(outcome)
    }

    fn fold(mut self, operation: &Operation, seen: Observation, now: Timestamp) -> Folded<Payment> {
        if matches!(seen, Observation::KeyReused { .. }) {
            self.contradict(AlarmKind::KeyReused, reused_key(operation));
        }
        if operation.kind == Kind::RenewHold {
            return crate::operation::renew::renewed(self, operation, seen);
        }
        if let Observation::Lost { why } | Observation::Kept { why } | Observation::KeyReused { why } = &seen
            && operation.kind == Kind::Confirm
            && operation.progress != Progress::Waiting
            && self.may_go_on()
        {
            // Whether Stripe has gone on is not known; the payment stays as it was.
            let outcome = Outcome::Unknown(Failure::unknown(why));
            let note = format!("the outcome of the confirmation is not known: {why}");
            return Folded { it: self, outcome, note, foreign: false };
        }
        let Moved { payment, outcome, note, foreign } = observe::fold(self, asked(operation), seen, now);
        Folded { it: payment, outcome, note, foreign }
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
        (now, source): (Timestamp, Source),
    ) -> Result<(Changes, v1::OperationResult), JournalError> {
        let Folded { it: payment, outcome, note, foreign } = after;
        let step = Step {
            at: now,
            from: Some(before.it.status()),
            to: payment.status(),
            operation: Some((operation.kind, operation.request_id.clone())),
            source: if foreign { Source::Dashboard } else { source },
            note,
            reference: payment.facts.request.clone(),
        };
        let mut answer = outcome.to_wire(&payment);
        let authorizes = matches!(operation.kind, Kind::Authorize | Kind::Confirm);
        let customer = match authorizes {
            true => customer_after(journal, &payment, &outcome, now).await?,
            false => None,
        };
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

/// What an operation asks of a PaymentIntent.
fn asked(operation: &Operation) -> Asked<'_> {
    match operation.kind {
        Kind::Capture => Asked::Capture,
        Kind::Refund | Kind::DecideRefund | Kind::ReportOrderFailed if refunds(operation) => {
            Asked::Refund(&operation.request_id)
        }
        Kind::ReleaseHold | Kind::ReportOrderFailed => Asked::Release,
        // The others go on with the authorization, or are not about payments.
        Kind::Authorize
        | Kind::Confirm
        | Kind::Refund
        | Kind::DecideRefund
        | Kind::ImportPayment
        | Kind::RenewHold
        | Kind::DeactivateCustomer
        | Kind::Tokenize
        | Kind::DeleteCard
        | Kind::SetDefaultCard
        | Kind::PutCustomer => Asked::Authorize,
    }
}

/// Whether an operation asks Stripe for a refund.
fn refunds(operation: &Operation) -> bool {
    operation.request.as_ref().is_some_and(|request| request.path == "/v1/refunds")
}

impl Payment {
    /// Whether Stripe or the payer have still to decide, or another card may be given after
    /// a no.
    fn may_go_on(&self) -> bool {
        matches!(self.state, State::ActionRequired { .. } | State::Pending | State::Declined { .. })
    }

    /// Whether the payment has gone so far that Stripe keeps the card it was asked to.
    pub fn keeps_card(&self) -> bool {
        self.order.store_card.is_some()
            && self.facts.card.is_some()
            && matches!(self.state, State::Authorized { .. } | State::Captured { .. })
    }
}

/// What an authorization means for its customer: a card that it was asked to keep, once it
/// has gone through; or that Stripe does not know them any more.
pub(crate) async fn customer_after(
    journal: &dyn Journal,
    payment: &Payment,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<Option<CustomerChange>, JournalError> {
    let Some(payer) = payment.order.payer.clone() else { return Ok(None) };
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
        if customer.card(&card.token).is_some() {
            return Ok(None);
        }
        customer.keep(card, now);
    }
    customer.updated = now;
    Ok(Some(CustomerChange { customer, basis: Some(version), source: Source::Api }))
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
        told: CardTold::Nothing,
    })
}

/// What to look for in Stripe's dashboard.
fn reused_key(operation: &Operation) -> String {
    format!(
        "Stripe keeps the idempotency key {} of {} (request id {}) for another request",
        operation.idempotency_key.as_str(),
        operation.kind.as_str(),
        operation.request_id
    )
}
