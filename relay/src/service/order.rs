//! All that carries one billing reference, from the journal alone.

use std::collections::BTreeMap;

use causeway::{
    currency::Currency,
    money::Money,
    order::{Listing, OrderView},
    refusal::Refusal,
    tenant::TenantName,
    v1,
};

use super::look::{entry, unreadable};
use crate::{
    operation::Desk,
    payment::{DisputeState, Payment, RefundState, State},
};

/// Payments of an order that are shown.
const MOST: u32 = 100;

pub(super) async fn view(
    desk: &Desk,
    tenant: &TenantName,
    asked: &OrderView,
) -> Result<v1::GetOrderResponse, Refusal> {
    let listing = Listing {
        reference: Some(asked.reference.clone()),
        status: None,
        created_from: None,
        created_before: None,
        page_size: MOST,
        after: None,
    };
    let mut payments = desk.journal.list(tenant, &listing).await.map_err(unreadable)?;
    payments.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    if payments.is_empty() {
        return Err(Refusal::PaymentNotFound);
    }
    let mut log = vec![];
    for payment in &payments {
        let history = desk.journal.history(payment.id).await.map_err(unreadable)?;
        log.extend(history.into_iter().map(|step| (step.at, entry(&step))));
    }
    log.sort_by_key(|(at, _)| *at);
    let wire: Vec<_> =
        payments.iter().map(|payment| v1::Payment { action: None, ..payment.to_wire() }).collect();
    Ok(v1::GetOrderResponse {
        billing_reference: asked.reference.to_string(),
        captures: payments.iter().filter_map(capture).collect(),
        refunds: wire.iter().flat_map(|payment| payment.refunds.clone()).collect(),
        disputes: wire.iter().flat_map(|payment| payment.disputes.clone()).collect(),
        totals: totals(&payments, asked.expected_total),
        authorizations: wire,
        log: log.into_iter().map(|(_, entry)| entry).collect(),
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

/// What is added up of an order in one currency, in minor units.
#[derive(Default)]
struct Sums {
    authorized: u64,
    captured: u64,
    refunded: u64,
    charged_back: u64,
    expected: Option<u64>,
}

/// Payments are newest first, so the first expectation that is found is the latest word.
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
        // What is held may still be taken.
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
