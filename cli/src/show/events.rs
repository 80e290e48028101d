//! Events and jobs, for people. Events arrive one by one, so the columns are as wide as the longest
//! names of the contract.

use causeway::v1;

use super::{Rows, plain};
use crate::names;

/// One answer of WatchEvents, a line.
pub(crate) fn event(event: &v1::Event) -> String {
    let at = event.at.as_ref().map(|at| names::moment_to(at, 3)).unwrap_or_default();
    let (kind, source) = (names::event_kind(event.kind), names::event_source(event.source));
    let subject = plain(&subject(event).join("  "));
    format!("{:>6}  {at:24}  {kind:23}  {source:9}  {subject}\n", event.sequence)
}

/// The payment, refund, dispute or card of the event. Empty values are left out.
fn subject(event: &v1::Event) -> Vec<String> {
    let payment = event.payment.clone().unwrap_or_default();
    let mut cells = vec![payment.id.clone()];
    let records = [
        event.refund.as_ref().map(refund),
        event.dispute.as_ref().map(dispute),
        event.card.as_ref().map(card),
        event.alarm.as_ref().map(alarm),
    ];
    let records: Vec<_> = records.into_iter().flatten().flatten().collect();
    // The payment's status is shown only when the event has no refund, dispute, card or alarm.
    if records.is_empty() && event.payment.is_some() {
        cells.extend(status(event.kind(), &payment));
    }
    cells.extend(records);
    cells.push(with_label("for", &payment.billing_reference));
    cells.push(with_label("told by", &event.processor_reference));
    cells.retain(|cell| !cell.is_empty());
    cells
}

fn with_label(name: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!("{name} {value}") }
}

fn status(kind: v1::EventKind, payment: &v1::Payment) -> Vec<String> {
    let captured_amount = payment.captured.as_ref().filter(|_| kind == v1::EventKind::PaymentCaptured);
    let failure = payment.failure.as_ref().map(|failure| failure.code.clone()).unwrap_or_default();
    vec![names::money(captured_amount.or(payment.amount.as_ref())), names::status(payment.status), failure]
}

fn refund(refund: &v1::RefundRecord) -> Vec<String> {
    let failure = refund.failure.as_ref().map(|failure| failure.code.clone()).unwrap_or_default();
    vec![
        names::money(refund.amount.as_ref()),
        names::refund_status(refund.status),
        failure,
        refund.processor_id.clone(),
    ]
}

fn dispute(dispute: &v1::DisputeRecord) -> Vec<String> {
    vec![
        names::money(dispute.amount.as_ref()),
        names::dispute_status(dispute.status),
        dispute.reason.clone(),
        dispute.id.clone(),
    ]
}

fn card(card: &v1::StoredCard) -> Vec<String> {
    let status = names::card_status(card.status);
    vec![card.token.clone(), card.display_name.clone(), status, with_label("of", &card.customer_id)]
}

fn alarm(alarm: &v1::Alarm) -> Vec<String> {
    vec![
        alarm.code.clone(),
        alarm.processor_id.clone(),
        with_label("at", &alarm.payment_system),
        alarm.message.clone(),
    ]
}

/// The answer to RunJob.
pub(crate) fn job(response: &v1::RunJobResponse) -> String {
    if response.counts.is_empty() {
        return "nothing was done\n".to_owned();
    }
    let mut counts: Vec<_> = response.counts.iter().collect();
    counts.sort();
    let rows = |rows: Rows, (name, count): (&String, &u64)| rows.row(&plain(name), count.to_string());
    counts.into_iter().fold(Rows::default(), rows).to_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(amount: &str) -> Option<v1::Money> {
        Some(v1::Money { amount: amount.to_owned(), currency: "USD".to_owned() })
    }

    fn captured() -> v1::Event {
        let payment = v1::Payment {
            id: "p-1".to_owned(),
            status: v1::PaymentStatus::Captured.into(),
            amount: usd("12.50"),
            captured: usd("10.00"),
            billing_reference: "INV\n17".to_owned(),
            ..Default::default()
        };
        v1::Event {
            sequence: 17,
            at: Some(prost_types::Timestamp { seconds: 1_795_238_400, nanos: 5_000_000 }),
            kind: v1::EventKind::PaymentCaptured.into(),
            source: v1::EventSource::Dashboard.into(),
            payment: Some(payment),
            processor_reference: "evt_1".to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn an_event_is_one_line() {
        assert_eq!(
            event(&captured()),
            "    17  2026-11-21T05:20:00.005Z  payment captured         dashboard  p-1  10.00 USD  CAPTURED  \
             for INV\\n17  told by evt_1\n"
        );
    }

    #[test]
    fn an_event_shows_the_refund_or_card() {
        let shown = |event: v1::Event| subject(&event).join(", ");
        let refund = v1::RefundRecord {
            status: v1::RefundStatus::Succeeded.into(),
            amount: usd("3.00"),
            processor_id: "re_1".to_owned(),
            ..Default::default()
        };
        let event = v1::Event { refund: Some(refund), processor_reference: String::new(), ..captured() };
        assert_eq!(shown(event), "p-1, 3.00 USD, SUCCEEDED, re_1, for INV\n17");
        let card = v1::StoredCard {
            token: "ct_1".to_owned(),
            status: v1::CardStatus::Active.into(),
            customer_id: "c-1".to_owned(),
            ..Default::default()
        };
        assert_eq!(shown(v1::Event { card: Some(card), ..Default::default() }), "ct_1, ACTIVE, of c-1");
    }

    #[test]
    fn a_job_shows_the_counts() {
        let counts = [("sweep.payments".to_owned(), 12), ("inbox.events".to_owned(), 0)].into();
        assert_eq!(job(&v1::RunJobResponse { counts }), "inbox.events    0\nsweep.payments  12\n");
        assert_eq!(job(&v1::RunJobResponse::default()), "nothing was done\n");
    }
}
