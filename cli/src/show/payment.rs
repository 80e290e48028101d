//! A payment with refunds, disputes and timeline, for people.

use causeway::v1;

use super::{Rows, failure, indented, table};
use crate::names;

/// The answer to Authorize, Capture, Confirm, ReleaseHold, ReportOrderFailed and ImportPayment.
pub(crate) fn result(result: Option<&v1::OperationResult>) -> String {
    result.map(operation_result).unwrap_or_default()
}

/// The answer to Refund.
pub(crate) fn refund(response: &v1::RefundResponse) -> String {
    result(response.result.as_ref())
}

/// The answer to GetPayment.
pub(crate) fn found(response: &v1::GetPaymentResponse) -> String {
    let payment = response.payment.as_ref().map(|found| payment(Rows::default(), found)).unwrap_or_default();
    if response.timeline.is_empty() {
        return payment;
    }
    format!("{payment}timeline\n{}", indented(&timeline(&response.timeline)))
}

/// The answer to SyncPayment.
pub(crate) fn synced(response: &v1::SyncPaymentResponse) -> String {
    let rows = Rows::default().row("anything new", if response.changed { "yes" } else { "no" });
    payment(rows, response.payment.as_ref().unwrap_or(&v1::Payment::default()))
}

/// All that happened, a line each.
pub(crate) fn timeline(entries: &[v1::TimelineEntry]) -> String {
    let lines: Vec<_> = entries.iter().map(entry).collect();
    table(&lines)
}

fn entry(entry: &v1::TimelineEntry) -> Vec<String> {
    let (from, to) = (names::status(entry.from), names::status(entry.to));
    let change = if entry.from == entry.to || entry.from == 0 { to } else { format!("{from} -> {to}") };
    let at = entry.at.as_ref().map(|at| names::moment_to(at, 3)).unwrap_or_default();
    let reference = entry.processor_reference.clone();
    vec![at, entry.operation.clone(), entry.source.clone(), change, reference, entry.note.clone()]
}

/// The outcome stands first. The payment's failure is shown only when the failure differs from the
/// operation's own, as with a refund of a sound payment.
fn operation_result(result: &v1::OperationResult) -> String {
    let repeated = if result.duplicate { " (the answer to the same request before)" } else { "" };
    let rows = Rows::default().row("outcome", format!("{}{repeated}", names::outcome(result.outcome)));
    let rows = failure(rows, result.failure.as_ref());
    let stored_card =
        result.stored_card.as_ref().map(|card| format!("{}, {}", card.token, card.display_name));
    let rows = rows.row("card kept", stored_card.unwrap_or_default());
    let mut payment_only = result.payment.clone().unwrap_or_default();
    if payment_only.failure == result.failure {
        payment_only.failure = None;
    }
    payment(rows, &payment_only)
}

/// A payment below the given rows.
fn payment(rows: Rows, payment: &v1::Payment) -> String {
    let ids = payment.processor_ids.clone().unwrap_or_default();
    let action = payment.action.clone().unwrap_or_default();
    let test = if payment.test_mode { " (test mode, no real money)" } else { "" };
    let is_external = payment.processing_mode() == v1::ProcessingMode::External;
    let rows = rows
        .row("payment", &payment.id)
        .row("status", names::status(payment.status))
        .row("amount", names::money(payment.amount.as_ref()))
        .row("captured", names::money(payment.captured.as_ref()))
        .row("refunded", names::money(payment.refunded.as_ref()))
        .row("refund under way", names::money(payment.refund_pending.as_ref()))
        .row("refunded in full", if payment.fully_refunded { "yes" } else { "" })
        .row("disputed", names::money(payment.disputed.as_ref()))
        .row("charged back", names::money(payment.charged_back.as_ref()))
        .row("owed", names::money(payment.amount_due.as_ref()))
        .row("overpaid by", names::money(payment.overpaid_by.as_ref()))
        .row("given up", payment.given_up.as_ref().map(given_up).unwrap_or_default());
    let rows = payment.contradictions.iter().fold(rows, |rows, value| rows.row("contradiction", value));
    let rows = rows
        .moment("hold lapses", payment.hold_expires.as_ref())
        .row("customer", &payment.customer_id)
        .row("card token", &payment.card_token)
        .row("card", payment.card.as_ref().map(card).unwrap_or_default())
        .row("checks", payment.checks.as_ref().map(checks).unwrap_or_default())
        .row("payer has to", &action.r#type)
        .row("client secret", &action.client_secret)
        .row("redirect to", &action.redirect_url)
        .row("the payer was", if payment.off_session { "not there to act" } else { "" })
        .row("authorized", if is_external { "elsewhere, and taken over" } else { "" })
        .row("capture", names::capture_mode(payment.capture_mode))
        .row("reference", &payment.billing_reference)
        .row("description", &payment.description)
        .row("metadata", metadata(payment))
        .row("request id", &payment.request_id)
        .row("payment system", format!("{}{test}", payment.payment_system))
        .row("payment intent", &ids.payment_intent)
        .row("former intents", payment.former_payment_intents.join(", "))
        .row("accepted rules", payment.accepted_rules.join(", "))
        .row("charge", &ids.charge)
        .row("balance transaction", &ids.balance_transaction)
        .row("Stripe request", &ids.request)
        .row("dashboard", &ids.dashboard_url)
        .moment("created", payment.created.as_ref())
        .moment("updated", payment.updated.as_ref());
    let rows = failure(rows, payment.failure.as_ref()).to_text();
    let refunds = section("refunds", payment.refunds.iter().map(refund_line).collect());
    let disputes = section("disputes", payment.disputes.iter().map(dispute_line).collect());
    format!("{rows}{refunds}{disputes}")
}

fn section(name: &str, lines: Vec<Vec<String>>) -> String {
    if lines.is_empty() { String::new() } else { format!("{name}\n{}", indented(&table(&lines))) }
}

fn given_up(given_up: &v1::GivenUp) -> String {
    let at = given_up.at.as_ref().map(|at| names::moment_to(at, 0)).unwrap_or_default();
    let request = if given_up.request_id.is_empty() { "" } else { "request id " };
    let request = format!("{request}{}", given_up.request_id);
    let shown = [names::order_failure(given_up.reason), at, request, given_up.note.clone()];
    shown.into_iter().filter(|value| !value.is_empty()).collect::<Vec<_>>().join(", ")
}

pub(super) fn refund_line(refund: &v1::RefundRecord) -> Vec<String> {
    let name =
        names::short_name(refund.reason, v1::RefundReason::as_str_name, "REFUND_REASON_").to_lowercase();
    let reason = if refund.reason == 0 { String::new() } else { name.replace('_', " ") };
    let failed = refund.failure.as_ref().map(|failure| failure.operator_message.clone()).unwrap_or_default();
    let returned = match refund.failure_balance_transaction.as_str() {
        "" => String::new(),
        by => format!("came back by {by}"),
    };
    vec![
        refund.created.as_ref().map(|at| names::moment_to(at, 0)).unwrap_or_default(),
        names::money(refund.amount.as_ref()),
        names::refund_status(refund.status),
        refund.source.clone(),
        refund.processor_id.clone(),
        refund.balance_transaction.clone(),
        returned,
        reason,
        refund.note.clone(),
        failed,
    ]
}

pub(super) fn dispute_line(dispute: &v1::DisputeRecord) -> Vec<String> {
    let at = |wire: Option<&prost_types::Timestamp>| wire.map(|at| names::moment_to(at, 0));
    let due = at(dispute.due_by.as_ref()).map(|due| format!("answer by {due}")).unwrap_or_default();
    let sent = match dispute.submissions {
        0 => String::new(),
        times => format!("evidence sent {times}x"),
    };
    vec![
        at(dispute.opened.as_ref()).unwrap_or_default(),
        names::money(dispute.amount.as_ref()),
        names::dispute_status(dispute.status),
        dispute.id.clone(),
        dispute.balance_transactions.join(", "),
        dispute.reason.clone(),
        due,
        sent,
    ]
}

fn card(card: &v1::Card) -> String {
    let expiry =
        if card.exp_year == 0 { String::new() } else { format!(", {:02}/{}", card.exp_month, card.exp_year) };
    format!("{} ending in {}{expiry}", card.brand, card.last4)
}

fn checks(checks: &v1::Checks) -> String {
    let checks_by_name = [
        ("authorization", &checks.authorization_code),
        ("address", &checks.avs_line1),
        ("postal code", &checks.avs_postal_code),
        ("security code", &checks.cvc),
        ("network", &checks.network_transaction_id),
    ];
    let shown = checks_by_name
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name} {value}"));
    shown.collect::<Vec<_>>().join(", ")
}

fn metadata(payment: &v1::Payment) -> String {
    let mut pairs: Vec<_> = payment.metadata.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.sort();
    pairs.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_shows_card_and_customer() {
        let stored = v1::StoredCard {
            token: "ct_a".to_owned(),
            display_name: "Visa ****4242 12/2034".to_owned(),
            ..Default::default()
        };
        let payment = v1::Payment {
            customer_id: "c-1".to_owned(),
            card_token: "ct_a".to_owned(),
            off_session: true,
            ..Default::default()
        };
        let shown = result(Some(&v1::OperationResult {
            payment: Some(payment),
            outcome: v1::Outcome::Approved.into(),
            stored_card: Some(stored),
            ..Default::default()
        }));
        for line in [
            "card kept      ct_a, Visa ****4242 12/2034\n",
            "customer       c-1\n",
            "card token     ct_a\n",
            "the payer was  not there to act\n",
        ] {
            assert!(shown.contains(line), "{shown}");
        }
    }

    #[test]
    fn a_payment_shows_later_changes() {
        let usd = |amount: &str| Some(v1::Money { amount: amount.to_owned(), currency: "USD".to_owned() });
        let at = Some(prost_types::Timestamp { seconds: 1_795_238_400, nanos: 0 });
        let given_up = v1::GivenUp {
            reason: v1::OrderFailure::ProductsUnavailable.into(),
            note: "sold out".to_owned(),
            at,
            request_id: "r-9".to_owned(),
        };
        let refund = v1::RefundRecord {
            status: v1::RefundStatus::Failed.into(),
            source: "dashboard".to_owned(),
            failure_balance_transaction: "txn_2".to_owned(),
            ..Default::default()
        };
        let dispute = v1::DisputeRecord {
            id: "du_1".to_owned(),
            status: v1::DisputeStatus::Lost.into(),
            submissions: 2,
            balance_transactions: vec!["txn_3".to_owned(), "txn_4".to_owned()],
            ..Default::default()
        };
        let payment = v1::Payment {
            id: "p-1".to_owned(),
            processing_mode: v1::ProcessingMode::External.into(),
            charged_back: usd("10.00"),
            amount_due: usd("8.00"),
            overpaid_by: usd("2.00"),
            given_up: Some(given_up),
            contradictions: vec!["one".to_owned(), "two".to_owned()],
            former_payment_intents: vec!["pi_1".to_owned(), "pi_2".to_owned()],
            accepted_rules: vec!["card.brand".to_owned()],
            fully_refunded: true,
            refunds: vec![refund],
            disputes: vec![dispute],
            ..Default::default()
        };
        let shown = synced(&v1::SyncPaymentResponse { payment: Some(payment), changed: true });
        assert_eq!(
            shown,
            "\
anything new      yes
payment           p-1
status            UNSPECIFIED
refunded in full  yes
charged back      10.00 USD
owed              8.00 USD
overpaid by       2.00 USD
given up          products unavailable, 2026-11-21T05:20:00Z, request id r-9, sold out
contradiction     one
contradiction     two
authorized        elsewhere, and taken over
capture           unspecified
former intents    pi_1, pi_2
accepted rules    card.brand
refunds
  FAILED  dashboard  came back by txn_2
disputes
  LOST  du_1  txn_3, txn_4  evidence sent 2x
"
        );
    }

    #[test]
    fn a_timeline_entry_shows_the_processor_reference() {
        let entry = v1::TimelineEntry {
            operation: "capture".to_owned(),
            to: v1::PaymentStatus::Captured.into(),
            processor_reference: "req_1".to_owned(),
            note: "10.00 USD was captured".to_owned(),
            ..Default::default()
        };
        assert_eq!(timeline(&[entry]), "capture  CAPTURED  req_1  10.00 USD was captured\n");
    }
}
