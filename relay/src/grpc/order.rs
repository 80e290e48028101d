//! Every payment of one billing reference, read from the journal alone.

use std::collections::BTreeMap;

use causeway::{
    currency::Currency,
    money::{Money, PositiveMoney, SumError},
    refusal::Refusal,
    request::OrderView,
    tenant::TenantName,
    v1,
};
use causeway_domain::payment::{DisputeState, Payment, RefundState, State};
use causeway_engine::queries::Queries;

use super::look::{damaged, entry, without_action};

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
    let wire: Vec<_> = payments.iter().map(without_action).collect::<Result<_, _>>()?;
    Ok(v1::GetOrderResponse {
        billing_reference: asked.reference.to_string(),
        captures: payments.iter().filter_map(capture).collect(),
        refunds: wire.iter().flat_map(|payment| payment.refunds.clone()).collect(),
        disputes: wire.iter().flat_map(|payment| payment.disputes.clone()).collect(),
        totals: totals(&payments, asked.expected_total)?,
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

/// Sums of an order in one currency.
struct Sums {
    authorized: Money,
    captured: Money,
    refunded: Money,
    charged_back: Money,
    expected: Option<Money>,
}

/// Payments are sorted by age, newest first, so the first expected total found is the latest.
fn totals(payments: &[Payment], expected: Option<PositiveMoney>) -> Result<Vec<v1::OrderTotals>, Refusal> {
    let mut all: BTreeMap<Currency, Sums> = BTreeMap::new();
    if let Some(expected) = expected {
        let sums = Sums { expected: Some(expected.money()), ..Sums::none(expected.currency()) };
        all.insert(expected.currency(), sums);
    }
    for payment in payments {
        let sums = all.entry(payment.currency()).or_insert_with(|| Sums::none(payment.currency()));
        sums.add(payment).map_err(|error| damaged(payment, error))?;
    }
    let totals = all.into_iter().map(|(currency, sums)| sums.to_wire(currency));
    totals.collect::<Result<_, _>>().map_err(|error| {
        tracing::error!(%error, "the payments of an order have no sum");
        Refusal::Internal
    })
}

impl Sums {
    fn none(currency: Currency) -> Sums {
        let nothing = Money::zero(currency);
        Sums {
            authorized: nothing,
            captured: nothing,
            refunded: nothing,
            charged_back: nothing,
            expected: None,
        }
    }

    fn add(&mut self, payment: &Payment) -> Result<(), SumError> {
        if matches!(payment.state, State::Authorized { .. }) {
            self.authorized = self.authorized.checked_add(payment.order.amount)?;
        }
        if let Some(captured) = payment.captured() {
            self.captured = self.captured.checked_add(captured)?;
        }
        let refunded = payment.refunded(|state| *state == RefundState::Succeeded)?;
        self.refunded = self.refunded.checked_add(refunded)?;
        let charged_back = payment.disputed(|state| state == DisputeState::Lost)?;
        self.charged_back = self.charged_back.checked_add(charged_back)?;
        let expected = payment.order.expected_total.or(payment.order.amount_due);
        self.expected = self.expected.or(expected.map(PositiveMoney::money));
        Ok(())
    }

    fn to_wire(&self, currency: Currency) -> Result<v1::OrderTotals, SumError> {
        // A refund and a chargeback may take the same money twice, and then nothing is kept.
        let kept = self.captured.excess_over(self.refunded.checked_add(self.charged_back)?)?;
        // A held amount may still be captured.
        let paid = kept.checked_add(self.authorized)?;
        let missing = self.expected.map(|expected| expected.excess_over(paid)).transpose()?;
        let overpaid_by = self.expected.map(|expected| paid.excess_over(expected)).transpose()?;
        Ok(v1::OrderTotals {
            currency: currency.code().to_owned(),
            authorized: self.authorized.to_wire_unless_zero(),
            captured: self.captured.to_wire_unless_zero(),
            refunded: self.refunded.to_wire_unless_zero(),
            charged_back: self.charged_back.to_wire_unless_zero(),
            kept: kept.to_wire_unless_zero(),
            expected: self.expected.and_then(Money::to_wire_unless_zero),
            missing: missing.and_then(Money::to_wire_unless_zero),
            overpaid_by: overpaid_by.and_then(Money::to_wire_unless_zero),
        })
    }
}
