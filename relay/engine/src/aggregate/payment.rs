//! Implementation of [`Aggregate`] for a payment.

use async_trait::async_trait;
use causeway::{
    money::SumError,
    request::{PaymentId, Reuse},
    text::{CardToken, PaymentMethodId},
    v1,
};
use causeway_domain::{
    change::{Changes, CustomerChange, PaymentChange, Versioned},
    customer::{CardState, EmittedCardEvents, StoredCard},
    observation::{Observation, Purpose},
    operation::{CommandKind, Operation, PaymentCommand, Progress, Source, Target},
    payment::{
        AlarmKind, Payment,
        failure::Failure,
        observe::{self, RequestedEffect},
    },
    timeline::TimelineEntry,
    transition::{Outcome, Transition},
};
use causeway_ports::{
    journal::{CustomerBy, Journal, JournalError},
    processor::ObjectRef,
};
use jiff::Timestamp;

use super::{AccountRef, Aggregate, Moment};

#[async_trait]
impl Aggregate for Payment {
    type Answer = v1::OperationResult;
    type Command = PaymentCommand;

    fn kind(command: PaymentCommand) -> CommandKind {
        CommandKind::Payment(command)
    }

    fn command(operation: &Operation) -> Option<PaymentCommand> {
        match operation.target {
            Target::Payment { command, .. } => Some(command),
            Target::Customer { .. } => None,
        }
    }

    fn target(&self, command: PaymentCommand, _card: Option<CardToken>) -> Target {
        Target::Payment { id: self.id, command }
    }

    async fn read(
        journal: &dyn Journal,
        operation: &Operation,
    ) -> Result<Option<Versioned<Payment>>, JournalError> {
        match &operation.target {
            Target::Payment { id, .. } => journal.payment(&operation.tenant, *id).await,
            Target::Customer { .. } => Ok(None),
        }
    }

    fn of_changes(changes: &Changes) -> Option<&Payment> {
        changes.payment().map(|change| &change.payment)
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
        match effect_of(self, operation) {
            RequestedEffect::Authorize | RequestedEffect::Nothing => Purpose::Payment(self.order.amount),
            RequestedEffect::Capture | RequestedEffect::Release | RequestedEffect::Refund(_) => {
                Purpose::FollowUp
            }
        }
    }

    fn object<'a>(&'a self, operation: &Operation) -> Option<ObjectRef<'a>> {
        if renews(operation) {
            // A renewal creates a new PaymentIntent, and only the answer to the request
            // contains the new id.
            return None;
        }
        if let RequestedEffect::Refund(request_id) = effect_of(self, operation) {
            return self.refund_of(request_id)?.processor_id.as_deref().map(ObjectRef::Refund);
        }
        self.facts.payment_intent.as_deref().map(ObjectRef::Intent)
    }

    fn sought(&self, operation: &Operation) -> Option<PaymentId> {
        // A renewal creates a second PaymentIntent, which a look-up of the payment's own
        // PaymentIntent does not find.
        (!renews(operation)).then_some(self.id)
    }

    fn settled(&self, operation: &Operation) -> Option<Outcome> {
        let outcome = observe::outcome_of(self, effect_of(self, operation));
        let decided = matches!(outcome, Outcome::Approved | Outcome::Declined(_));
        (decided && !renews(operation)).then_some(outcome)
    }

    fn apply(mut self, operation: &Operation, seen: Observation, now: Timestamp) -> Transition<Payment> {
        if matches!(seen, Observation::KeyReused { .. }) {
            self.contradict(AlarmKind::KeyReused, reused_key(operation));
        }
        observe::disbelieve(&mut self, &seen);
        if renews(operation) {
            return observe::renewed(self, &operation.request_id, seen);
        }
        if let Observation::Lost { why }
        | Observation::Unbelieved { why }
        | Observation::Kept { why }
        | Observation::KeyReused { why } = &seen
            && Payment::command(operation) == Some(PaymentCommand::Confirm)
            && operation.progress != Progress::Waiting
            && self.may_go_on()
        {
            // The confirmation's outcome is unknown, so the payment keeps the state from before the
            // confirmation.
            let outcome = Outcome::Unknown(Failure::unknown(why));
            let note = format!("the outcome of the confirmation is not known: {why}");
            return Transition { aggregate: self, outcome, note, foreign: false };
        }
        // The payment keeps the request id of each refund, so the request id identifies the refund.
        let refund = refunds(&self, operation).then(|| operation.request_id.clone());
        let effect = match &refund {
            Some(request_id) => RequestedEffect::Refund(request_id),
            None => effect_of(&self, operation),
        };
        observe::apply(self, effect, seen, now)
    }

    fn touch(&mut self, now: Timestamp, request: Option<&str>) {
        self.updated = now;
        if let Some(request) = request {
            self.facts.request = Some(request.to_owned());
        }
    }

    fn answer(&self, _operation: &Operation, outcome: &Outcome) -> Result<v1::OperationResult, SumError> {
        outcome.to_wire(self)
    }

    async fn conclude(
        journal: &dyn Journal,
        operation: &Operation,
        before: Versioned<Payment>,
        after: Transition<Payment>,
        Moment { at, source }: Moment,
    ) -> Result<(Changes, v1::OperationResult), JournalError> {
        let Transition { aggregate: payment, outcome, note, foreign } = after;
        log_contradictions(&before.value, &payment);
        let command = Payment::command(operation);
        let entry = TimelineEntry {
            at,
            from: Some(before.value.status()),
            to: payment.status(),
            operation: command.map(|command| (command, operation.request_id.clone())),
            source: if foreign { Source::Dashboard } else { source },
            note,
            reference: payment.facts.request.clone(),
        };
        let mut answer = outcome.to_wire(&payment)?;
        let authorizes = matches!(command, Some(PaymentCommand::Authorize | PaymentCommand::Confirm));
        let customer = match authorizes {
            true => customer_after(journal, &payment, &outcome, at).await?,
            false => None,
        };
        if let (Some(change), Some(token)) = (&customer, &payment.order.card_token) {
            let card = change.customer.card(token);
            answer.stored_card = card.map(|card| change.customer.card_to_wire(card));
        }
        let payment = Some(PaymentChange { payment, basis: Some(before.version), entry });
        Ok((Changes::new(payment, customer)?, answer))
    }

    fn outcome_of(answer: &v1::OperationResult) -> (v1::Outcome, Option<&str>) {
        (answer.outcome(), answer.failure.as_ref().map(|failure| failure.code.as_str()))
    }

    fn unknown(why: &str) -> Failure {
        Failure::unknown(why)
    }

    fn repeated(answer: v1::OperationResult) -> v1::OperationResult {
        v1::OperationResult { duplicate: true, ..answer }
    }
}

/// Logs the contradictions that a change has added; each raises an alarm.
pub(crate) fn log_contradictions(before: &Payment, after: &Payment) {
    for new in after.contradictions.iter().skip(before.contradictions.len()) {
        tracing::error!(
            tenant = %after.tenant,
            payment_system = after.payment_system,
            payment = %after.id,
            code = new.code.as_str(),
            "a payment does not agree with Stripe, and an alarm is raised: {}",
            new.what
        );
    }
}

fn renews(operation: &Operation) -> bool {
    Payment::command(operation) == Some(PaymentCommand::RenewHold)
}

/// The effect that an operation requests on the payment's PaymentIntent.
fn effect_of<'a>(payment: &Payment, operation: &'a Operation) -> RequestedEffect<'a> {
    match Payment::command(operation) {
        Some(PaymentCommand::Capture) => RequestedEffect::Capture,
        Some(_) if refunds(payment, operation) => RequestedEffect::Refund(&operation.request_id),
        Some(PaymentCommand::ReleaseHold | PaymentCommand::ReportOrderFailed) => RequestedEffect::Release,
        // The remaining commands continue the authorization.
        Some(
            PaymentCommand::Authorize
            | PaymentCommand::Confirm
            | PaymentCommand::Refund
            | PaymentCommand::DecideRefund
            | PaymentCommand::ImportPayment
            | PaymentCommand::RenewHold,
        )
        | None => RequestedEffect::Authorize,
    }
}

/// Whether an operation requests a refund from the processor. If so, the payment has a refund with
/// the operation's request id.
fn refunds(payment: &Payment, operation: &Operation) -> bool {
    let may = matches!(
        Payment::command(operation),
        Some(PaymentCommand::Refund | PaymentCommand::DecideRefund | PaymentCommand::ReportOrderFailed)
    );
    may && operation.request.is_some() && payment.refund_of(&operation.request_id).is_some()
}

/// The customer change that follows from an authorization: the requested card is stored after an
/// approval, or the registration is cleared because the processor no longer has the customer.
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
    let Some(Versioned { value: mut customer, version }) = journal.customer(&payment.tenant, by).await?
    else {
        return Ok(None);
    };
    // The processor reports only the customer of this request as missing; the journal may have
    // another id by now.
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
        emitted: EmittedCardEvents::Nothing,
    })
}

/// The alarm text for an idempotency key that Stripe has stored for another request, with the
/// search hint for Stripe's dashboard.
fn reused_key(operation: &Operation) -> String {
    format!(
        "Stripe keeps the idempotency key {} of {} (request id {}) for another request",
        operation.idempotency_key.as_str(),
        operation.kind().as_str(),
        operation.request_id
    )
}
