//! Every payment of one billing reference, page by page, read from the journal alone.

use std::collections::BTreeMap;

use causeway::{
    bounds::{self, Page},
    currency::Currency,
    money::{Money, PositiveMoney, SumError},
    refusal::Refusal,
    request::{Listing, OrderView},
    tenant::TenantName,
    text::BillingReference,
    v1,
};
use causeway_domain::payment::{DisputeState, Payment, RefundState, State};
use causeway_engine::queries::Queries;

use super::{
    look::{Payments, damaged, entry, place_of, without_action},
    page::{ListMask, too_large},
};

/// Part of an order: a payment with the records of the payment.
struct Part {
    payment: Payment,
    wire: v1::Payment,
    capture: Option<v1::CaptureRecord>,
    log: Vec<v1::TimelineEntry>,
    left_out: u32,
}

pub(super) async fn view(
    queries: &Queries<'_>,
    tenant: &TenantName,
    asked: &OrderView,
    list: ListMask,
) -> Result<v1::GetOrderResponse, Refusal> {
    let mut all = of_reference(&asked.reference);
    all.after = place_of(queries, tenant, list, asked.token).await?;
    let mut page = asked.page_size.map_or_else(Page::whole, Page::of);
    let most = all.page_size.min(asked.page_size.unwrap_or(u32::MAX));
    let mut payments = Payments::of(queries, tenant, Listing { page_size: most, ..all.clone() });
    while let Some(payment) = payments.next().await? {
        let part = part(queries, payment).await?;
        if !page.add(part.payment.id.0.as_u128(), part.size(), part) {
            break;
        }
    }
    if page.items().is_empty() && asked.token.is_none() {
        return Err(Refusal::PaymentNotFound);
    }
    if page.next().is_some() && asked.page_size.is_none() {
        return Err(too_large());
    }
    let totals = match asked.token {
        None => totals_of_all(queries, (tenant, all), asked.expected_total, &page).await?,
        Some(_) => vec![],
    };
    let next_page_token = list.next(&page);
    Ok(v1::GetOrderResponse { totals, next_page_token, ..of_page(&asked.reference, page.into_items()) })
}

/// The filter for the payments of an order.
fn of_reference(reference: &BillingReference) -> Listing {
    Listing {
        reference: Some(reference.clone()),
        status: None,
        created_from: None,
        created_before: None,
        page_size: u32::MAX,
        after: None,
    }
}

/// A payment with the records that an order shows. Of a log that is too large, the newest entries.
async fn part(queries: &Queries<'_>, payment: Payment) -> Result<Part, Refusal> {
    let wire = without_action(&payment)?;
    let timeline = queries.history(payment.id).await?;
    let mut log = Page::of_timeline();
    for (step, number) in timeline.iter().rev().zip(1_u128..) {
        let step = entry(step);
        if !log.add(number, bounds::size_of(&step), step) {
            break;
        }
    }
    let mut log = log.into_items();
    log.reverse();
    let left_out = u32::try_from(timeline.len().saturating_sub(log.len())).unwrap_or(u32::MAX);
    Ok(Part { capture: capture(&payment), payment, wire, log, left_out })
}

impl Part {
    /// The size in the answer, where refunds and disputes occur twice.
    fn size(&self) -> usize {
        let wire = bounds::size_of(&self.wire);
        let capture = self.capture.as_ref().map_or(0, bounds::size_of);
        let log = self.log.iter().map(bounds::size_of).fold(0, usize::saturating_add);
        let refunds = self.wire.refunds.iter().map(bounds::size_of).fold(0, usize::saturating_add);
        let disputes = self.wire.disputes.iter().map(bounds::size_of).fold(0, usize::saturating_add);
        [wire, capture, log, refunds, disputes].into_iter().fold(0, usize::saturating_add)
    }
}

fn of_page(reference: &BillingReference, parts: Vec<Part>) -> v1::GetOrderResponse {
    let mut order = v1::GetOrderResponse { billing_reference: reference.to_string(), ..Default::default() };
    for part in parts {
        order.captures.extend(part.capture);
        order.refunds.extend(part.wire.refunds.iter().cloned());
        order.disputes.extend(part.wire.disputes.iter().cloned());
        order.log.extend(part.log);
        order.log_entries_left_out = order.log_entries_left_out.saturating_add(part.left_out);
        order.authorizations.push(part.wire);
    }
    order.log.sort_by_key(|entry| entry.at.map(|at| (at.seconds, at.nanos)));
    order
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

/// The sums of the whole order: of the page, and of the payments after the page.
async fn totals_of_all(
    queries: &Queries<'_>,
    (tenant, all): (&TenantName, Listing),
    expected: Option<PositiveMoney>,
    page: &Page<Part>,
) -> Result<Vec<v1::OrderTotals>, Refusal> {
    let mut totals = Totals::of(expected);
    page.items().iter().try_for_each(|part| totals.add(&part.payment))?;
    if let (Some(_), Some(last)) = (page.next(), page.items().last()) {
        let rest = Listing { after: Some(last.payment.id), ..all };
        let mut payments = Payments::of(queries, tenant, rest);
        while let Some(payment) = payments.next().await? {
            totals.add(&payment)?;
        }
    }
    totals.to_wire()
}

/// The sums of an order by currency. Payments are added newest first, so the first expected total
/// found is the latest.
struct Totals(BTreeMap<Currency, Sums>);

impl Totals {
    fn of(expected: Option<PositiveMoney>) -> Totals {
        let sums = expected.map(|expected| {
            let sums = Sums { expected: Some(expected.money()), ..Sums::none(expected.currency()) };
            (expected.currency(), sums)
        });
        Totals(sums.into_iter().collect())
    }

    fn add(&mut self, payment: &Payment) -> Result<(), Refusal> {
        let sums = self.0.entry(payment.currency()).or_insert_with(|| Sums::none(payment.currency()));
        sums.add(payment).map_err(|error| damaged(payment, error))
    }

    fn to_wire(&self) -> Result<Vec<v1::OrderTotals>, Refusal> {
        let totals = self.0.iter().map(|(currency, sums)| sums.to_wire(*currency));
        totals.collect::<Result<_, _>>().map_err(|error| {
            tracing::error!(%error, "the payments of an order have no sum");
            Refusal::Internal
        })
    }
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
