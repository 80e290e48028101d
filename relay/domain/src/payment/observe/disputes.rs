//! Transitions from the state of a dispute.

use jiff::Timestamp;

use crate::{
    observation::DisputeSnapshot,
    payment::{AlarmKind, Dispute, Payment},
};

/// Adds or advances a dispute that was seen alone or in a list. An earlier state than the
/// known state is ignored.
pub(super) fn see(payment: &mut Payment, view: &DisputeSnapshot) {
    let Some(dispute) = read(payment, view) else { return };
    let Some(known) = payment.disputes.iter_mut().find(|known| known.id == dispute.id) else {
        payment.disputes.push(dispute);
        return;
    };
    if dispute.state < known.state {
        return;
    }
    let submissions = known.submissions.max(dispute.submissions);
    let (opened, began_as_inquiry) = (known.opened, known.began_as_inquiry);
    *known = Dispute { submissions, opened, began_as_inquiry, ..dispute };
}

/// The dispute of a snapshot. An amount in another currency or an unknown status is recorded as a
/// contradiction for the operator, and gives `None`.
fn read(payment: &mut Payment, view: &DisputeSnapshot) -> Option<Dispute> {
    let currency = payment.order.amount.currency();
    let amount = view.amount.money.filter(|amount| amount.currency() == currency);
    let (Some(amount), Some(state)) = (amount, view.state) else {
        let what = format!(
            "the dispute {} is {} about {} {}, which is not understood; look at it in Stripe's dashboard",
            view.id, view.status, view.amount.units, view.amount.currency
        );
        payment.contradict(AlarmKind::Mismatch, what);
        return None;
    };
    Some(Dispute {
        id: view.id.clone(),
        amount,
        reason: view.reason.clone(),
        opened: Timestamp::from_second(view.created).unwrap_or_default(),
        due_by: view.due_by.filter(|_| !state.is_closed()),
        submissions: view.submissions,
        began_as_inquiry: state.is_inquiry(),
        state,
        balance_transactions: view.balance_transactions.clone(),
    })
}
