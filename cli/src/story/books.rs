//! The end of the story: emitted events compared with the money at Stripe.

use std::collections::BTreeMap;

use causeway::{
    currency::Currency,
    money::{Money, PositiveMoney},
    v1,
};

use super::{Stage, StoryError, hold::First};
use crate::show;

/// Shows the timeline of the first payment.
pub(super) async fn timeline(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("Billing asks what became of the first payment.")?;
    let found = stage.look_up(&first.payment.id).await?;
    stage.writer.lines(&show::timeline(&found.timeline))?;
    let notes: Vec<_> = found.timeline.iter().map(|entry| entry.note.as_str()).collect();
    let expected =
        ["12.50 USD is held", "10.00 USD was captured", "3.00 USD was refunded", "7.00 USD was refunded"];
    let seen: Vec<_> = notes.iter().filter(|note| expected.contains(note)).copied().collect();
    stage.writer.expect("in short", expected.join(", "), seen.join(", "))
}

/// Captured and refunded, in one currency.
struct Sums {
    captured: Money,
    refunded: Money,
}

/// The sums of the emitted events equal the sums of Stripe's ledger.
pub(super) async fn balance(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("The books: what billing was told, against what happened at Stripe.")?;
    let mut sums_by_currency: BTreeMap<&str, Sums> = BTreeMap::new();
    for code in ["EUR", "USD"] {
        let nothing = Money::zero(Currency::parse(code).map_err(uncounted)?);
        sums_by_currency.insert(code, Sums { captured: nothing, refunded: nothing });
    }
    for id in stage.payments.clone() {
        let payment = stage.look_up(&id).await?.payment.unwrap_or_default();
        let code = payment.amount.as_ref().map(|amount| amount.currency.as_str()).unwrap_or_default();
        if let Some(sums) = sums_by_currency.get_mut(code) {
            sums.captured = plus(sums.captured, payment.captured.as_ref())?;
            sums.refunded = plus(sums.refunded, payment.refunded.as_ref())?;
        }
    }
    let ledger = stage.sandbox.ledger();
    for (code, sums) in &sums_by_currency {
        let stripes = code.to_lowercase();
        stage.writer.expect(
            &format!("captured {code}"),
            sums.captured.to_string(),
            written(ledger.captured(None, &stripes), code)?,
        )?;
        stage.writer.expect(
            &format!("refunded {code}"),
            sums.refunded.to_string(),
            written(ledger.refunded(None, &stripes), code)?,
        )?;
        stage.writer.expect(
            &format!("still held {code}"),
            written(0, code)?,
            written(ledger.held(None, &stripes), code)?,
        )?;
    }
    let kept = |code: &str| written(ledger.kept(None, &code.to_lowercase()), code);
    stage.writer.expect(
        "the merchant has",
        "5.00 EUR and 12.00 USD",
        format!("{} and {}", kept("EUR")?, kept("USD")?),
    )
}

fn uncounted(error: impl ToString) -> StoryError {
    StoryError::Uncounted(error.to_string())
}

/// A sum with one more amount; an amount that is absent is zero.
fn plus(sum: Money, wire: Option<&v1::Money>) -> Result<Money, StoryError> {
    let Some(wire) = wire else { return Ok(sum) };
    let amount = PositiveMoney::from_wire(wire).map_err(uncounted)?;
    sum.checked_add(amount).map_err(uncounted)
}

/// Stripe's units of these two currencies are those of ISO 4217.
fn written(minor: u64, code: &str) -> Result<String, StoryError> {
    let currency = Currency::parse(code).map_err(uncounted)?;
    let money = Money::of_units(minor, currency.decimals(), currency);
    let money = money.ok_or_else(|| uncounted(format!("{minor} minor units of {code} are too much")))?;
    Ok(money.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_too() {
        assert_eq!(written(0, "USD").unwrap(), "0.00 USD");
        assert_eq!(written(1250, "USD").unwrap(), "12.50 USD");
    }
}
