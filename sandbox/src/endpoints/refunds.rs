//! `POST /v1/refunds`: sending back all or a part of what was taken.

use crate::bank::cards::Habit;
use crate::clock::seconds_after;
use crate::currency::{check_coins, written};
use crate::endpoints::Plan;
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::ledger::Effect;
use crate::metadata::{Metadata, MetadataChange};
use crate::objects::Object;
use crate::objects::balance_transaction::Movement;
use crate::objects::charge::{Charge, Fate};
use crate::objects::refund::{Progress, Reason, Refund};
use crate::state::{Desk, Due};

const PARAMETERS: &[&str] =
    &["amount", "charge", "expand[]", "metadata", "metadata[*]", "payment_intent", "reason"];

/// How long it takes until a bank has decided about a refund, in seconds.
const DECISION: i64 = 30 * 60;

/// What is to be refunded.
#[derive(Debug)]
enum Of {
    Charge(String),
    PaymentIntent(String),
}

/// Reads the call.
pub(crate) fn read(form: &Form) -> Answer<Plan> {
    form.only(PARAMETERS)?;
    let amount = form.positive("amount")?;
    let reason = form.choice("reason")?;
    let metadata = MetadataChange::read(form)?.fresh();
    let of = match (form.text("payment_intent")?, form.text("charge")?) {
        (Some(intent), None) => Of::PaymentIntent(intent.to_owned()),
        (None, Some(charge)) => Of::Charge(charge.to_owned()),
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
    Plan::one(form, Kind::Refund, move |desk| {
        let charge = find(desk, &of)?;
        let amount = check_amount(&charge, amount)?;
        let refund = refund(desk, &charge, amount, reason, metadata)?;
        Ok(refund.show(desk.seen()))
    })
}

fn find(desk: &Desk<'_>, of: &Of) -> Answer<Charge> {
    let id = match of {
        Of::Charge(id) => id.clone(),
        Of::PaymentIntent(id) => {
            let intent = desk.payment_intent(id, "payment_intent")?;
            intent.latest_charge.ok_or_else(|| no_charge(id))?
        }
    };
    let charge = desk.account.charges.get(&id).ok_or_else(|| StripeError::missing("charge", &id, "id"))?;
    match charge.fate {
        Fate::Captured(_) => Ok(charge.clone()),
        Fate::Failed(_) => Err(no_charge(&charge.payment_intent)),
        Fate::Released { .. } => Err(already_refunded(&id)),
        Fate::Held { .. } => Err(StripeError::invalid(format!(
            "This uncaptured Charge was created by a PaymentIntent ({}). You must cancel the PaymentIntent \
             to reverse the authorization instead of refunding the Charge directly. For more information, \
             see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method",
            charge.payment_intent
        ))),
    }
}

fn check_amount(charge: &Charge, wanted: Option<u64>) -> Answer<u64> {
    let left = charge.refundable();
    if left == 0 {
        return Err(already_refunded(&charge.id));
    }
    let amount = wanted.unwrap_or(left);
    if amount > left {
        let (amount, left) = (written(amount, &charge.currency), written(left, &charge.currency));
        return Err(StripeError::invalid(format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        ))
        .param("amount"));
    }
    check_coins(amount, &charge.currency, "amount")?;
    Ok(amount)
}

fn refund(
    desk: &mut Desk<'_>,
    charge: &Charge,
    amount: u64,
    reason: Option<Reason>,
    metadata: Metadata,
) -> Answer<Refund> {
    let id = desk.ids.fresh("re");
    let habit = charge.card.habit;
    if matches!(habit, Habit::RefundPends | Habit::RefundFails) {
        desk.account.agenda.insert((seconds_after(desk.now, DECISION), Due::RefundDecided(id.clone())));
    }
    let refund = Refund {
        created: desk.second(),
        amount,
        currency: charge.currency.clone(),
        charge: charge.id.clone(),
        payment_intent: charge.payment_intent.clone(),
        payment_method: charge.payment_method.clone(),
        customer: charge.customer.clone(),
        reason,
        progress: if habit == Habit::RefundPends { Progress::Pending } else { Progress::Succeeded },
        balance_transaction: desk.move_balance(Movement::Refund, amount, &charge.currency, &id, true),
        metadata,
        id,
    };
    if let Some(charge) = desk.account.charges.get_mut(&charge.id) {
        charge.sent_back = charge.sent_back.saturating_add(amount);
    }
    let intent = desk.payment_intent(&charge.payment_intent, "payment_intent")?;
    desk.record(Effect::Refunded, amount, &intent, &refund.metadata);
    desk.account.refunds.put(refund.clone());
    Ok(refund)
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
