//! `/v1/refunds`: refunds a captured charge in full or in part.

use std::sync::Arc;

use serde_json::Value;

use crate::balance::NewTransaction;
use crate::bank::cards::TestBehaviour;
use crate::currency::{check_smallest_unit, formatted};
use crate::endpoints::Plan;
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::form::Form;
use crate::ledger::Effect;
use crate::metadata::{Metadata, MetadataChange};
use crate::objects::Object;
use crate::objects::balance_transaction::TransactionKind;
use crate::objects::charge::{Charge, ChargeState};
use crate::objects::dispute::DisputeStatus;
use crate::objects::instrument::MethodType;
use crate::objects::refund::{Refund, RefundReason, RefundStatus};
use crate::objects::review::ClosedReason;
use crate::state::WorkContext;

/// The target of a refund.
#[derive(Debug)]
enum RefundTarget {
    Charge(String),
    PaymentIntent(String),
}

/// Parses `POST /v1/refunds`. Either `payment_intent` or `charge` is required.
pub(crate) fn create(form: &Form) -> StripeResult<Plan> {
    let amount = form.positive("amount")?;
    let reason = form.choice("reason")?;
    let metadata = MetadataChange::read(form)?.fresh();
    let target = match (form.text("payment_intent")?, form.text("charge")?) {
        (Some(intent), None) => RefundTarget::PaymentIntent(intent.to_owned()),
        (None, Some(charge)) => RefundTarget::Charge(charge.to_owned()),
        (Some(_), Some(_)) => {
            return Err(StripeError::invalid(
                "You may only specify one of these parameters: payment_intent, charge.",
            )
            .code("parameters_exclusive"));
        }
        (None, None) => {
            return Err(StripeError::invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
            ));
        }
    };
    Plan::object(form, Kind::Refund, move |work| {
        let charge = find(work, &target)?;
        let refund = work.refund(&charge, amount, reason, metadata)?;
        Ok(refund.show(work.render_context()))
    })
}

/// Parses `POST /v1/refunds/{id}`, which updates only the metadata.
pub(crate) fn update(form: &Form, id: &str) -> StripeResult<Plan> {
    let id = id.to_owned();
    let metadata = MetadataChange::read(form)?;
    Plan::object(form, Kind::Refund, move |work| work.update_refund(&id, metadata))
}

/// Parses `POST /v1/refunds/{id}/cancel`, which Stripe refuses for every refund of a card charge
/// or of a debit.
pub(crate) fn cancel(form: &Form, id: &str) -> StripeResult<Plan> {
    let id = id.to_owned();
    Plan::object(form, Kind::Refund, move |work| match work.account.refunds.get(&id) {
        Some(_) => Err(StripeError::invalid("Canceling this refund is unsupported.")),
        None => Err(StripeError::missing("refund", &id, "id")),
    })
}

fn find(work: &WorkContext<'_>, target: &RefundTarget) -> StripeResult<Charge> {
    let id = match target {
        RefundTarget::Charge(id) => id.clone(),
        RefundTarget::PaymentIntent(id) => {
            let intent = work.payment_intent(id, "payment_intent")?;
            intent.latest_charge.ok_or_else(|| no_charge(id))?
        }
    };
    let found = work.account.charges.get(&id).cloned();
    found.ok_or_else(|| StripeError::missing("charge", &id, "id"))
}

/// Refuses a charge that cannot be refunded.
fn check_state(work: &WorkContext<'_>, charge: &Charge) -> StripeResult<()> {
    let mut disputes = charge.disputes.iter().filter_map(|id| work.account.disputes.get(id));
    if disputes.any(|dispute| !dispute.is_inquiry() && dispute.status != DisputeStatus::Won) {
        let message = format!("Charge {} has been charged back; cannot issue a refund.", charge.id);
        return Err(StripeError::invalid(message).code("charge_disputed"));
    }
    match charge.charge_state {
        ChargeState::Captured { .. } => Ok(()),
        ChargeState::Held { .. } if charge.captured > 0 => Ok(()),
        ChargeState::Failed(_) | ChargeState::Pending => Err(no_charge(&charge.payment_intent)),
        ChargeState::Released { .. } => Err(already_refunded(&charge.id)),
        ChargeState::Held { .. } => Err(StripeError::invalid(format!(
            "This uncaptured Charge was created by a PaymentIntent ({}). You must cancel the PaymentIntent \
             to reverse the authorization instead of refunding the Charge directly. For more information, \
             see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method",
            charge.payment_intent
        ))),
    }
}

fn check_amount(charge: &Charge, wanted: Option<u64>) -> StripeResult<u64> {
    let refundable = charge.refundable();
    if refundable == 0 {
        return Err(already_refunded(&charge.id));
    }
    let amount = wanted.unwrap_or(refundable);
    if amount > refundable {
        let (amount, refundable) =
            (formatted(amount, &charge.currency), formatted(refundable, &charge.currency));
        return Err(StripeError::invalid(format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({refundable})"
        ))
        .param("amount"));
    }
    check_smallest_unit(amount, &charge.currency, "amount")?;
    Ok(amount)
}

impl WorkContext<'_> {
    /// Updates the metadata of a refund, and returns the refund as JSON.
    pub(crate) fn update_refund(&mut self, id: &str, metadata: MetadataChange) -> StripeResult<Value> {
        let missing = || StripeError::missing("refund", id, "id");
        let before = self.account.refunds.snapshot(id).ok_or_else(missing)?;
        let changed = Refund { metadata: metadata.applied(&before.metadata)?, ..(*before).clone() };
        let after = self.account.refunds.put(changed);
        let shown = after.show(self.render_context());
        self.emit_refund_events(before, after);
        Ok(shown)
    }

    /// Refunds a charge: the given amount, or the whole refundable rest.
    pub(crate) fn refund(
        &mut self,
        charge: &Charge,
        amount: Option<u64>,
        reason: Option<RefundReason>,
        metadata: Metadata,
    ) -> StripeResult<Arc<Refund>> {
        check_state(self, charge)?;
        let amount = check_amount(charge, amount)?;
        let id = self.ids.fresh(if charge.instrument.card().is_some() { "re" } else { "pyr" });
        let is_pending = charge.instrument.kind() == MethodType::Klarna
            || charge.instrument.card().is_some_and(|card| card.behaviour == TestBehaviour::RefundPending);
        let description = charge.description.as_ref();
        let transaction = self.add_balance_transaction(NewTransaction {
            kind: TransactionKind::Refund,
            amount,
            currency: &charge.currency,
            source: &id,
            description: description.map(|description| format!("REFUND FOR CHARGE ({description})")),
            available_at_once: false,
        });
        let refund = self.account.refunds.put(Refund {
            created: self.unix_seconds(),
            amount,
            currency: charge.currency.clone(),
            charge: charge.id.clone(),
            payment_intent: charge.payment_intent.clone(),
            payment_method: charge.payment_method.clone(),
            customer: charge.customer.clone(),
            reason,
            status: if is_pending { RefundStatus::Pending } else { RefundStatus::Succeeded },
            balance_transaction: transaction.id.clone(),
            reference: None,
            kind: charge.instrument.type_name(),
            metadata,
            id,
        });
        self.apply_refund(charge, amount, &refund)?;
        self.schedule_refund_decision(&refund.id, charge);
        Ok(refund)
    }

    /// Applies a refund to the charge and the ledger, and emits the events.
    fn apply_refund(&mut self, charge: &Charge, amount: u64, refund: &Arc<Refund>) -> StripeResult<()> {
        let before = self.account.charges.snapshot(&charge.id);
        if let Some(charge) = self.account.charges.get_mut(&charge.id) {
            charge.refunded = charge.refunded.saturating_add(amount);
        }
        let intent = self.payment_intent(&charge.payment_intent, "payment_intent")?;
        self.record(Effect::Refunded, amount, &intent, &refund.metadata);
        self.emit(EventType::RefundCreated, Arc::<Refund>::clone(refund));
        if let (Some(before), Some(after)) = (before, self.account.charges.snapshot(&charge.id)) {
            let in_full = after.refundable() == 0;
            self.emit_change(EventType::ChargeRefunded, before, after);
            if in_full {
                let fraud = refund.reason == Some(RefundReason::Fraudulent);
                let reason = if fraud { ClosedReason::RefundedAsFraud } else { ClosedReason::Refunded };
                self.settle_radar(&charge.id, reason);
            }
        }
        Ok(())
    }
}

fn no_charge(intent: &str) -> StripeError {
    StripeError::invalid(format!(
        "This PaymentIntent ({intent}) does not have a successful charge to refund."
    ))
}

fn already_refunded(charge: &str) -> StripeError {
    StripeError::invalid(format!("Charge {charge} has already been refunded."))
        .code("charge_already_refunded")
}
