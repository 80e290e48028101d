//! The options for a payer, as text.

use causeway::v1;

use super::{
    capabilities::{amount, methods},
    line, table,
};
use crate::names;

/// The answer to ListPaymentOptions.
pub(crate) fn options(response: &v1::ListPaymentOptionsResponse) -> String {
    if response.options.is_empty() {
        return "no way to pay\n".to_owned();
    }
    let mut lines = vec![line(&[
        "CURRENCY",
        "PAYMENT SYSTEM",
        "PROCESSOR",
        "MONEY",
        "MINIMUM",
        "MAXIMUM",
        "DECIMALS",
        "CAPTURE",
        "CARD NUMBERS",
        "METHODS",
        "KEY",
        "CARDS SAVED",
    ])];
    lines.extend(response.options.iter().map(option));
    table(&lines)
}

fn option(option: &v1::PaymentOption) -> Vec<String> {
    vec![
        option.currency.clone(),
        option.payment_system.clone(),
        option.processor.clone(),
        if option.test_mode { "test mode" } else { "LIVE" }.to_owned(),
        amount(option.minimum.as_ref()),
        amount(option.maximum.as_ref()),
        option.decimals.to_string(),
        names::capture_mode(option.capture_mode),
        names::card_data_mode(option.card_data_mode, option.cvc_required),
        methods(&option.brands, &option.method_types),
        option.publishable_key.clone(),
        if option.cards_may_be_saved { "yes".to_owned() } else { format!("no: {}", option.why_not_saved) },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_shows_why_cards_cannot_be_saved() {
        let option = v1::PaymentOption {
            currency: "CAD".to_owned(),
            why_not_saved: "no email".to_owned(),
            card_data_mode: v1::CardDataMode::FullCard.into(),
            cvc_required: true,
            brands: vec!["visa".to_owned(), "amex".to_owned()],
            method_types: vec!["card".to_owned()],
            ..Default::default()
        };
        let shown = options(&v1::ListPaymentOptionsResponse { options: vec![option] });
        assert!(shown.contains("full card, CVC required  card (visa, amex)"), "{shown}");
        assert!(shown.ends_with("no: no email\n"), "{shown}");
        assert_eq!(options(&v1::ListPaymentOptionsResponse::default()), "no way to pay\n");
    }
}
