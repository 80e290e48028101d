//! `/v1/payouts`: payouts of the available balance to the bank account of the account.

use std::sync::Arc;

use crate::endpoints::page::{Page, span};
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::balance::Balance;
use crate::objects::balance_transaction::BalanceTransaction;
use crate::objects::payout::{Payout, PayoutMethod, PayoutOrigin, PayoutStatus, SourceType};
use crate::payouts::NewPayout;
use crate::state::WorkContext;

/// Parses `POST /v1/payouts`. `amount` and `currency` are required.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    let form = call.form;
    let amount = form.positive("amount")?.ok_or_else(|| crate::description::refuse_missing("amount"))?;
    let new = NewPayout {
        amount,
        currency: form.required("currency")?.to_ascii_lowercase(),
        origin: PayoutOrigin::Manual,
        description: form.text("description")?.map(str::to_owned),
        method: form.choice("method")?.unwrap_or(PayoutMethod::Standard),
        source_type: form.choice("source_type")?.unwrap_or(SourceType::Card),
        descriptor: form.text_up_to("statement_descriptor", 22)?,
        metadata: MetadataChange::read(form)?.fresh(),
    };
    let destination = form.text("destination")?.map(str::to_owned);
    Plan::object(form, Kind::Payout, move |work| {
        check_account(work, destination.as_deref())?;
        check_funds(work, new.amount, &new.currency)?;
        Ok(work.create_payout(new).show(work.render_context()))
    })
}

/// Parses `GET /v1/payouts`, with the filters `arrival_date`, `destination` and `status`.
pub(crate) fn list(call: &Request<'_>) -> StripeResult<Plan> {
    let page = Page::read(call.form)?;
    let (earliest, latest) = span(call.form, "arrival_date")?;
    let destination = call.form.text("destination")?.map(str::to_owned);
    let status = call.form.text("status")?.map(str::to_owned);
    Plan::list(call.form, Kind::Payout, move |work| {
        let wanted = |payout: &Payout| {
            (earliest..=latest).contains(&payout.arrival)
                && destination.as_deref().is_none_or(|wanted| wanted == payout.destination)
                && status.as_deref().is_none_or(|wanted| wanted == payout.status.as_str())
        };
        page.select(&work.account.payouts, wanted, work.render_context(), "payout", "/v1/payouts")
    })
}

/// Parses `GET /v1/payouts/{payout}`, for payouts in every state.
pub(crate) fn show(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Payout, move |work| Ok(find(work, &id)?.show(work.render_context())))
}

/// Parses `POST /v1/payouts/{payout}`, which updates only the metadata.
pub(crate) fn update(call: &Request<'_>) -> StripeResult<Plan> {
    let (id, metadata) = (call.id().to_owned(), MetadataChange::read(call.form)?);
    Plan::object(call.form, Kind::Payout, move |work| {
        let before = find(work, &id)?;
        let changed = Payout { metadata: metadata.applied(&before.metadata)?, ..(*before).clone() };
        let after = work.account.payouts.put(changed);
        let shown = after.show(work.render_context());
        work.emit_if_changed(EventType::PayoutUpdated, before, after);
        Ok(shown)
    })
}

/// Parses `POST /v1/payouts/{payout}/cancel`, which is possible for pending manual payouts.
pub(crate) fn cancel(call: &Request<'_>) -> StripeResult<Plan> {
    let id = call.id().to_owned();
    Plan::object(call.form, Kind::Payout, move |work| {
        let payout = find(work, &id)?;
        if payout.status != PayoutStatus::Pending {
            return Err(StripeError::invalid("Payouts can only be canceled while they are pending."));
        }
        if payout.is_automatic() {
            return Err(StripeError::invalid("You can't cancel automatic Stripe payouts."));
        }
        work.cancel_payout(&payout);
        Ok(find(work, &id)?.show(work.render_context()))
    })
}

/// Parses `POST /v1/payouts/{payout}/reverse`, which is possible once for a paid payout.
pub(crate) fn reverse(call: &Request<'_>) -> StripeResult<Plan> {
    let (id, metadata) = (call.id().to_owned(), MetadataChange::read(call.form)?.fresh());
    Plan::object(call.form, Kind::Payout, move |work| {
        let before = find(work, &id)?;
        check_reversible(&before)?;
        let reversal = work.create_payout(NewPayout {
            amount: before.amount,
            currency: before.currency.clone(),
            origin: PayoutOrigin::Reversal(id.clone()),
            description: before.description.clone(),
            method: PayoutMethod::Standard,
            source_type: before.source_type,
            descriptor: before.descriptor.clone(),
            metadata,
        });
        let reversed = Payout { reversed_by: Some(reversal.id.clone()), ..(*before).clone() };
        let after = work.account.payouts.put(reversed);
        work.emit_change(EventType::PayoutUpdated, before, after);
        Ok(reversal.show(work.render_context()))
    })
}

/// Parses `GET /v1/balance_transactions` with the filter `payout`: the balance transactions of an automatic
/// payout, with the balance transaction of the payout itself.
pub(crate) fn transactions(form: &Form, payout: &str) -> StripeResult<Plan> {
    let (page, id) = (Page::read(form)?, payout.to_owned());
    let kind = form.text("type")?.map(str::to_owned);
    Plan::list(form, Kind::BalanceTransaction, move |work| {
        let payout = work.account.payouts.get(&id);
        let payout = payout.ok_or_else(|| StripeError::missing("payout", &id, "payout").status(400))?;
        if !payout.is_automatic() {
            return Err(StripeError::invalid(
                "Balance transaction history can only be filtered on automatic transfers, not manual.",
            ));
        }
        let wanted = |transaction: &BalanceTransaction| {
            transaction.payout.as_ref() == Some(&id)
                && kind.as_deref().is_none_or(|kind| kind == transaction.kind.type_and_category().0)
        };
        let (context, url) = (work.render_context(), "/v1/balance_transactions");
        page.select(&work.account.balance_transactions, wanted, context, "balance transaction", url)
    })
}

fn find(work: &WorkContext<'_>, id: &str) -> StripeResult<Arc<Payout>> {
    work.account.payouts.snapshot(id).ok_or_else(|| StripeError::missing("payout", id, "payout"))
}

/// Refuses payouts of an account that is not activated, and payouts to an unknown bank account.
fn check_account(work: &WorkContext<'_>, destination: Option<&str>) -> StripeResult<()> {
    let settings = work.account.settings();
    if work.account.mode.livemode && !settings.activated {
        return Err(StripeError::invalid(
            "Cannot create payouts: payouts are disabled on this account until the account is activated.",
        )
        .code("payouts_not_allowed"));
    }
    match destination.filter(|named| *named != settings.bank_account_id()) {
        Some(unknown) => Err(StripeError::missing("external account", unknown, "destination")),
        None => Ok(()),
    }
}

fn check_funds(work: &mut WorkContext<'_>, amount: u64, currency: &str) -> StripeResult<()> {
    let now = work.unix_seconds();
    let balance = Balance::of(&mut work.account.balance_transactions, now);
    let available = balance.available.get(currency).copied().unwrap_or_default();
    if i64::try_from(amount).is_ok_and(|amount| amount <= available) {
        return Ok(());
    }
    Err(StripeError::invalid(
        "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low.  You \
         can use the /v1/balance endpoint to view your Stripe balance (for more details, see \
         stripe.com/docs/api#balance).",
    )
    .code("balance_insufficient"))
}

fn check_reversible(payout: &Payout) -> StripeResult<()> {
    let reversal = matches!(payout.origin, PayoutOrigin::Reversal(_));
    if payout.status == PayoutStatus::Paid && payout.reversed_by.is_none() && !reversal {
        return Ok(());
    }
    Err(StripeError::invalid(format!(
        "This payout cannot be reversed because it has a status of {}. Only a payout with the status paid that \
         was not reversed before may be reversed.",
        payout.status.as_str()
    )))
}
