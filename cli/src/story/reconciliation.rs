//! The end of the story: emitted events compared with the money at Stripe.

use std::collections::BTreeMap;

use causeway::{
    currency::Currency,
    money::{Money, PositiveMoney},
    v1,
};

use super::{StoryContext, StoryError, hold::First};
use crate::show;

/// Shows the timeline of the first payment.
pub(super) async fn timeline(context: &mut StoryContext<'_>, first: &First) -> Result<(), StoryError> {
    context.writer.step("Billing looks up the timeline of the first payment.")?;
    let found = context.get_payment(&first.payment.id).await?;
    context.writer.lines(&show::timeline(&found.timeline))?;
    let notes: Vec<_> = found.timeline.iter().map(|entry| entry.note.as_str()).collect();
    let expected =
        ["12.50 USD is held", "10.00 USD was captured", "3.00 USD was refunded", "7.00 USD was refunded"];
    let actual: Vec<_> = notes.iter().filter(|note| expected.contains(note)).copied().collect();
    context.writer.expect("in short", expected.join(", "), actual.join(", "))
}

/// Captured and refunded, in one currency.
struct Sums {
    captured: Money,
    refunded: Money,
}

/// The sums of the emitted events equal the sums of Stripe's ledger.
pub(super) async fn balance(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("The books: the events that billing received, compared with Stripe's ledger.")?;
    let mut sums_by_currency: BTreeMap<&str, Sums> = BTreeMap::new();
    for code in ["EUR", "USD"] {
        let zero = Money::zero(Currency::parse(code).map_err(amount_error)?);
        sums_by_currency.insert(code, Sums { captured: zero, refunded: zero });
    }
    for id in context.payments.clone() {
        let payment = context.get_payment(&id).await?.payment.unwrap_or_default();
        let code = payment.amount.as_ref().map(|amount| amount.currency.as_str()).unwrap_or_default();
        if let Some(sums) = sums_by_currency.get_mut(code) {
            sums.captured = add(sums.captured, payment.captured.as_ref())?;
            sums.refunded = add(sums.refunded, payment.refunded.as_ref())?;
        }
    }
    let ledger = context.sandbox.ledger();
    for (code, sums) in &sums_by_currency {
        let stripe_code = code.to_lowercase();
        context.writer.expect(
            &format!("captured {code}"),
            sums.captured.to_string(),
            formatted(ledger.captured(None, &stripe_code), code)?,
        )?;
        context.writer.expect(
            &format!("refunded {code}"),
            sums.refunded.to_string(),
            formatted(ledger.refunded(None, &stripe_code), code)?,
        )?;
        context.writer.expect(
            &format!("still held {code}"),
            formatted(0, code)?,
            formatted(ledger.held(None, &stripe_code), code)?,
        )?;
    }
    let kept_by_merchant = |code: &str| formatted(ledger.kept(None, &code.to_lowercase()), code);
    context.writer.expect(
        "the merchant has",
        "5.00 EUR and 12.00 USD",
        format!("{} and {}", kept_by_merchant("EUR")?, kept_by_merchant("USD")?),
    )
}

fn amount_error(error: impl ToString) -> StoryError {
    StoryError::Amount(error.to_string())
}

/// A sum with one more amount; an amount that is absent is zero.
fn add(sum: Money, wire: Option<&v1::Money>) -> Result<Money, StoryError> {
    let Some(wire) = wire else { return Ok(sum) };
    let amount = PositiveMoney::from_wire(wire).map_err(amount_error)?;
    sum.checked_add(amount).map_err(amount_error)
}

/// Stripe's units of these two currencies are those of ISO 4217.
fn formatted(minor: u64, code: &str) -> Result<String, StoryError> {
    let currency = Currency::parse(code).map_err(amount_error)?;
    let money = Money::of_units(minor, currency.decimals(), currency);
    let money = money.ok_or_else(|| amount_error(format!("{minor} minor units of {code} are too much")))?;
    Ok(money.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_amounts_are_formatted() {
        assert_eq!(formatted(0, "USD").unwrap(), "0.00 USD");
        assert_eq!(formatted(1250, "USD").unwrap(), "12.50 USD");
    }
}
