//! What a dispute shows.

use jiff::Timestamp;

use crate::{
    payment::{AlarmKind, Dispute, DisputeState, Payment},
    stripe::{currency, view},
};

/// A dispute that was seen on its own or in a list.
pub(super) fn see(payment: &mut Payment, view: &view::Dispute) {
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

/// An amount that there cannot be, or a state of tomorrow, is for somebody to look at.
fn read(payment: &mut Payment, view: &view::Dispute) -> Option<Dispute> {
    let currency = payment.order.amount.currency();
    let amount = currency::money(view.amount, currency).ok().flatten();
    let amount = amount.filter(|_| view.currency.eq_ignore_ascii_case(currency.code()));
    let state = DisputeState::parse(&view.status);
    let (Some(amount), Some(state)) = (amount, state) else {
        let what = format!(
            "the dispute {} is {} about {} {}, which is not understood; look at it in Stripe's dashboard",
            view.id, view.status, view.amount, view.currency
        );
        payment.contradict(AlarmKind::Mismatch, what);
        return None;
    };
    let evidence = view.evidence_details.as_ref();
    let moment = |seconds: i64| Timestamp::from_second(seconds).ok();
    Some(Dispute {
        id: view.id.clone(),
        amount,
        reason: view.reason.clone().unwrap_or_default(),
        opened: moment(view.created).unwrap_or_default(),
        due_by: evidence.and_then(|evidence| moment(evidence.due_by?)).filter(|_| !state.is_closed()),
        submissions: evidence.map_or(0, |evidence| evidence.submission_count),
        began_as_inquiry: state.is_inquiry(),
        state,
        balance_transactions: view.balance_transactions.iter().map(|txn| txn.id().to_owned()).collect(),
    })
}
