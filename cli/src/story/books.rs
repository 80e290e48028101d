//! The end of the story: emitted events compared with the money at Stripe.

use std::collections::BTreeMap;

use causeway::{currency::Currency, money::Money, v1};

use super::{Stage, Trouble, hold::First};
use crate::show;

/// Shows the timeline of the first payment.
pub(super) async fn timeline(stage: &mut Stage<'_>, first: &First) -> Result<(), Trouble> {
    stage.telling.step("Billing asks what became of the first payment.")?;
    let found = stage.look_up(&first.payment.id).await?;
    stage.telling.lines(&show::timeline(&found.timeline))?;
    let notes: Vec<_> = found.timeline.iter().map(|entry| entry.note.as_str()).collect();
    let expected =
        ["12.50 USD is held", "10.00 USD was captured", "3.00 USD was refunded", "7.00 USD was refunded"];
    let seen: Vec<_> = notes.iter().filter(|note| expected.contains(note)).copied().collect();
    stage.telling.expect("in short", expected.join(", "), seen.join(", "))
}

/// Captured and refunded, in minor units.
#[derive(Default)]
struct Sums {
    captured: u64,
    refunded: u64,
}

/// The sums of the emitted events equal the sums of Stripe's ledger.
pub(super) async fn balance(stage: &mut Stage<'_>) -> Result<(), Trouble> {
    stage.telling.step("The books: what billing was told, against what happened at Stripe.")?;
    let mut told: BTreeMap<&str, Sums> = BTreeMap::from([("EUR", Sums::default()), ("USD", Sums::default())]);
    for id in stage.payments.clone() {
        let payment = stage.look_up(&id).await?.payment.unwrap_or_default();
        let code = payment.amount.as_ref().map(|amount| amount.currency.as_str()).unwrap_or_default();
        if let Some(sums) = told.get_mut(code) {
            sums.captured = sums.captured.saturating_add(minor(payment.captured.as_ref()));
            sums.refunded = sums.refunded.saturating_add(minor(payment.refunded.as_ref()));
        }
    }
    let ledger = stage.sandbox.ledger();
    for (code, sums) in &told {
        let stripes = code.to_lowercase();
        stage.telling.expect(
            &format!("captured {code}"),
            written(sums.captured, code),
            written(ledger.captured(None, &stripes), code),
        )?;
        stage.telling.expect(
            &format!("refunded {code}"),
            written(sums.refunded, code),
            written(ledger.refunded(None, &stripes), code),
        )?;
        stage.telling.expect(
            &format!("still held {code}"),
            written(0, code),
            written(ledger.held(None, &stripes), code),
        )?;
    }
    let kept = |code: &str| written(ledger.kept(None, &code.to_lowercase()), code);
    stage.telling.expect(
        "the merchant has",
        "5.00 EUR and 12.00 USD",
        format!("{} and {}", kept("EUR"), kept("USD")),
    )
}

fn minor(wire: Option<&v1::Money>) -> u64 {
    wire.and_then(|wire| Money::from_wire(wire).ok()).map_or(0, Money::minor)
}

/// Stripe's units of these two currencies are those of ISO 4217.
fn written(minor: u64, code: &str) -> String {
    let money = Currency::parse(code).ok().and_then(|currency| Money::of_minor(minor, currency).ok());
    money.map_or_else(|| format!("0.00 {code}"), |money| money.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_too() {
        assert_eq!((written(0, "USD").as_str(), written(1250, "USD").as_str()), ("0.00 USD", "12.50 USD"));
    }
}
