//! A payment and its parts, for people.

use causeway::v1;

use super::{Rows, failure, indented, table};
use crate::names;

/// The answer to Authorize and Capture.
pub(crate) fn result(result: Option<&v1::OperationResult>) -> String {
    result.map(whole_result).unwrap_or_default()
}

/// The answer to Refund.
pub(crate) fn refund(response: &v1::RefundResponse) -> String {
    result(response.result.as_ref())
}

/// The answer to GetPayment.
pub(crate) fn found(response: &v1::GetPaymentResponse) -> String {
    let payment = response.payment.as_ref().map(|it| payment(Rows::default(), it)).unwrap_or_default();
    if response.timeline.is_empty() {
        return payment;
    }
    format!("{payment}timeline\n{}", indented(&timeline(&response.timeline)))
}

/// All that happened, a line each.
pub(crate) fn timeline(entries: &[v1::TimelineEntry]) -> String {
    let lines: Vec<_> = entries.iter().map(entry).collect();
    table(&lines)
}

fn entry(entry: &v1::TimelineEntry) -> Vec<String> {
    let (from, to) = (names::status(entry.from), names::status(entry.to));
    let moved = if entry.from == entry.to || entry.from == 0 { to } else { format!("{from} -> {to}") };
    let at = entry.at.as_ref().map(|at| names::moment_to(at, 3)).unwrap_or_default();
    vec![at, entry.operation.clone(), entry.source.clone(), moved, entry.note.clone()]
}

/// What came of it stands first. The payment repeats its failure only when it is
/// another one, as with a refund of a payment that itself is fine.
fn whole_result(result: &v1::OperationResult) -> String {
    let again = if result.duplicate { " (the answer to the same request before)" } else { "" };
    let rows = Rows::default().row("outcome", format!("{}{again}", names::outcome(result.outcome)));
    let rows = failure(rows, result.failure.as_ref());
    let kept = result.stored_card.as_ref().map(|card| format!("{}, {}", card.token, card.display_name));
    let rows = rows.row("card kept", kept.unwrap_or_default());
    let mut payment_alone = result.payment.clone().unwrap_or_default();
    if payment_alone.failure == result.failure {
        payment_alone.failure = None;
    }
    payment(rows, &payment_alone)
}

/// A payment below what was said before it.
fn payment(rows: Rows, payment: &v1::Payment) -> String {
    let ids = payment.processor_ids.clone().unwrap_or_default();
    let action = payment.action.clone().unwrap_or_default();
    let test = if payment.test_mode { " (test mode, no real money)" } else { "" };
    let rows = rows
        .row("payment", &payment.id)
        .row("status", names::status(payment.status))
        .row("amount", names::money(payment.amount.as_ref()))
        .row("captured", names::money(payment.captured.as_ref()))
        .row("refunded", names::money(payment.refunded.as_ref()))
        .row("refund under way", names::money(payment.refund_pending.as_ref()))
        .row("disputed", names::money(payment.disputed.as_ref()))
        .moment("hold lapses", payment.hold_expires.as_ref())
        .row("customer", &payment.customer_id)
        .row("card token", &payment.card_token)
        .row("card", payment.card.as_ref().map(card).unwrap_or_default())
        .row("checks", payment.checks.as_ref().map(checks).unwrap_or_default())
        .row("payer has to", &action.r#type)
        .row("client secret", &action.client_secret)
        .row("redirect to", &action.redirect_url)
        .row("the payer was", if payment.off_session { "not there to act" } else { "" })
        .row("capture", names::capture_mode(payment.capture_mode))
        .row("reference", &payment.billing_reference)
        .row("description", &payment.description)
        .row("metadata", metadata(payment))
        .row("request id", &payment.request_id)
        .row("payment system", format!("{}{test}", payment.payment_system))
        .row("payment intent", &ids.payment_intent)
        .row("charge", &ids.charge)
        .row("balance transaction", &ids.balance_transaction)
        .row("Stripe request", &ids.request)
        .row("dashboard", &ids.dashboard_url)
        .moment("created", payment.created.as_ref())
        .moment("updated", payment.updated.as_ref());
    let rows = failure(rows, payment.failure.as_ref()).written();
    let refunds: Vec<_> = payment.refunds.iter().map(refund_line).collect();
    if refunds.is_empty() { rows } else { format!("{rows}refunds\n{}", indented(&table(&refunds))) }
}

fn refund_line(refund: &v1::RefundRecord) -> Vec<String> {
    let status = names::word(refund.status, v1::RefundStatus::as_str_name, "REFUND_STATUS_");
    let reason = names::word(refund.reason, v1::RefundReason::as_str_name, "REFUND_REASON_").to_lowercase();
    let why = if refund.reason == 0 { String::new() } else { reason.replace('_', " ") };
    let failed = refund.failure.as_ref().map(|failure| failure.operator_message.clone()).unwrap_or_default();
    vec![
        refund.created.as_ref().map(|at| names::moment_to(at, 0)).unwrap_or_default(),
        names::money(refund.amount.as_ref()),
        status,
        refund.processor_id.clone(),
        refund.balance_transaction.clone(),
        why,
        refund.note.clone(),
        failed,
    ]
}

fn card(card: &v1::Card) -> String {
    let expiry =
        if card.exp_year == 0 { String::new() } else { format!(", {:02}/{}", card.exp_month, card.exp_year) };
    format!("{} ending in {}{expiry}", card.brand, card.last4)
}

fn checks(checks: &v1::Checks) -> String {
    let all = [
        ("authorization", &checks.authorization_code),
        ("address", &checks.avs_line1),
        ("postal code", &checks.avs_postal_code),
        ("security code", &checks.cvc),
        ("network", &checks.network_transaction_id),
    ];
    let told =
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name} {value}"));
    told.collect::<Vec<_>>().join(", ")
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
    fn a_payment_tells_of_its_card_and_customer() {
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
        let told = result(Some(&v1::OperationResult {
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
            assert!(told.contains(line), "{told}");
        }
    }
}
