//! Every payment of one billing reference, read from the journal alone.

use std::collections::BTreeMap;

use causeway::{
    currency::Currency, money::Money, order::OrderView, refusal::Refusal, tenant::TenantName, v1,
};
use causeway_domain::payment::{DisputeState, Payment, RefundState, State};
use causeway_engine::queries::Queries;

use super::look::entry;

pub(super) async fn view(
    queries: &Queries<'_>,
    tenant: &TenantName,
    asked: &OrderView,
) -> Result<v1::GetOrderResponse, Refusal> {
    let found = queries.of_reference(tenant, &asked.reference).await?;
    let mut log: Vec<_> = found.iter().flat_map(|found| &found.timeline).collect();
    log.sort_by_key(|entry| entry.at);
    let log = log.into_iter().map(entry).collect();
    let payments: Vec<Payment> = found.into_iter().map(|found| found.payment).collect();
    let wire: Vec<_> =
        payments.iter().map(|payment| v1::Payment { action: None, ..payment.to_wire() }).collect();
    Ok(v1::GetOrderResponse {
        billing_reference: asked.reference.to_string(),
        captures: payments.iter().filter_map(capture).collect(),
        refunds: wire.iter().flat_map(|payment| payment.refunds.clone()).collect(),
        disputes: wire.iter().flat_map(|payment| payment.disputes.clone()).collect(),
        totals: totals(&payments, asked.expected_total),
        authorizations: wire,
        log,
    })
}

fn capture(payment: &Payment) -> Option<v1::CaptureRecord> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Some(v1::CaptureRecord {
        payment_id: payment.id.to_string(),
        amount: Some(payment.captured()?.to_wire()),
        charge: text(&payment.facts.charge),
        balance_transaction: text(&payment.facts.balance_transaction),
        payment_intent: text(&payment.facts.payment_intent),
        processing_mode: payment.origin.to_wire().into(),
    })
}

/// Sums of an order in one currency, in minor units.
#[derive(Default)]
struct Sums {
    authorized: u64,
    captured: u64,
    refunded: u64,
    charged_back: u64,
    expected: Option<u64>,
}

/// Payments are sorted by age, newest first, so the first expected total found is the latest.
fn totals(payments: &[Payment], expected: Option<Money>) -> Vec<v1::OrderTotals> {
    let mut all: BTreeMap<Currency, Sums> = BTreeMap::new();
    if let Some(expected) = expected {
        all.entry(expected.currency()).or_default().expected = Some(expected.minor());
    }
    for payment in payments {
        let sums = all.entry(payment.order.amount.currency()).or_default();
        let add = |to: &mut u64, what: u64| *to = to.saturating_add(what);
        if matches!(payment.state, State::Authorized { .. }) {
            add(&mut sums.authorized, payment.order.amount.minor());
        }
        add(&mut sums.captured, payment.captured().map_or(0, Money::minor));
        add(&mut sums.refunded, payment.refunded_minor(|state| *state == RefundState::Succeeded));
        add(&mut sums.charged_back, payment.disputed_minor(|state| state == DisputeState::Lost));
        let told = payment.order.expected_total.or(payment.order.amount_due).map(Money::minor);
        sums.expected = sums.expected.or(told);
    }
    all.into_iter().map(|(currency, sums)| sums.to_wire(currency)).collect()
}

impl Sums {
    fn to_wire(&self, currency: Currency) -> v1::OrderTotals {
        let money = |minor: u64| Money::of_minor(minor, currency).ok().map(Money::to_wire);
        let kept = self.captured.saturating_sub(self.refunded).saturating_sub(self.charged_back);
        // A held amount may still be captured.
        let paid = kept.saturating_add(self.authorized);
        v1::OrderTotals {
            currency: currency.code().to_owned(),
            authorized: money(self.authorized),
            captured: money(self.captured),
            refunded: money(self.refunded),
            charged_back: money(self.charged_back),
            kept: money(kept),
            expected: self.expected.and_then(money),
            missing: self.expected.and_then(|expected| money(expected.saturating_sub(paid))),
            overpaid_by: self.expected.and_then(|expected| money(paid.saturating_sub(expected))),
        }
    }
}
