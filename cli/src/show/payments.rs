//! A list of payments, for people.

use causeway::v1;

use super::{Rows, line, table};
use crate::names;

/// The answer to ListPayments.
pub(crate) fn listed(response: &v1::ListPaymentsResponse) -> String {
    if response.payments.is_empty() {
        return "no payments\n".to_owned();
    }
    let mut lines =
        vec![line(&["PAYMENT", "CREATED", "STATUS", "AMOUNT", "CAPTURED", "REFUNDED", "REFERENCE"])];
    lines.extend(response.payments.iter().map(payment));
    let rows = Rows::default().row("next page", &response.next_page_token).to_text();
    format!("{}{rows}", table(&lines))
}

fn payment(payment: &v1::Payment) -> Vec<String> {
    vec![
        payment.id.clone(),
        payment.created.as_ref().map(|at| names::moment_to(at, 0)).unwrap_or_default(),
        names::status(payment.status),
        names::money(payment.amount.as_ref()),
        names::money(payment.captured.as_ref()),
        names::money(payment.refunded.as_ref()),
        payment.billing_reference.clone(),
    ]
}
