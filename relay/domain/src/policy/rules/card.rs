//! Rules about cards: accepted numbers, expiry, security codes, reuse and brands.

use causeway::{card::Brand, refusal::Fix, request::Reuse};

use super::not_made;
use crate::{
    policy::{Finding, InstrumentKind, Method, Rule},
    tenant::{CardDataMode, PaymentSystem, spoken},
};

/// The card-data mode takes a card number here.
pub const DATA_MODE: Rule = Rule {
    id: "card_data.mode",
    reason: "CARD_DATA_MODE",
    fix: Fix::Operator,
    examine: |input| {
        let Some(system) = input.system else { return Finding::not_applicable() };
        let (number, actual) = match input.instrument {
            InstrumentKind::Number { .. } => (true, "card number"),
            InstrumentKind::Method => (false, "PaymentMethod"),
            InstrumentKind::Kept(_) => (false, "card token"),
        };
        let taken = !number || input.stores_card || system.card_data_mode == CardDataMode::FullCard;
        let problem = format!(
            "the payment system {} takes a card number only to make a token of it: set store_card, call Tokenize first, use a PaymentMethod made in the browser, or set its card_data_mode to full_card",
            system.name
        );
        Finding::of(system.card_data_mode.as_str(), actual).unless(taken, problem, not_made(input))
    },
};

/// The card's last month is not over.
pub const EXPIRY: Rule = Rule {
    id: "card.expiry",
    reason: "CARD_EXPIRED",
    fix: Fix::Payer,
    examine: |input| {
        let Some(expiry) = input.expiry else { return Finding::not_applicable() };
        Finding::of("", expiry).unless(
            !expiry.is_past(input.now),
            format!("the card expired at the end of {expiry}"),
            "Your card has expired. Please use another card.",
        )
    },
};

/// The security code is given where the payment system requires one; an absent payer cannot give the code.
pub const CVC: Rule = Rule {
    id: "card.cvc",
    reason: "CVC_REQUIRED",
    fix: Fix::Payer,
    examine: |input| {
        let Some(system) = input.system.filter(|system| system.cvc_required) else {
            return Finding::not_applicable();
        };
        let required = "cvc_required";
        if input.off_session {
            return Finding::of(required, "off_session").unless(
                false,
                format!(
                    "the payment system {} requires the CVC, and off_session says that the payer is not there to give it",
                    system.name
                ),
                "Please make this payment yourself.",
            );
        }
        match input.instrument {
            InstrumentKind::Number { cvc } => Finding::of(required, if cvc { "given" } else { "missing" })
                .unless(
                    cvc,
                    format!(
                        "the payment system {} requires the CVC with a card number; give card.cvc",
                        system.name
                    ),
                    "Please enter your card's security code.",
                ),
            // The security code was requested where the payer entered the card.
            InstrumentKind::Method | InstrumentKind::Kept(_) => Finding::not_applicable(),
        }
    },
};

/// A stored card is reused only as the payer has agreed to.
pub const REUSE: Rule = Rule {
    id: "card.reuse",
    reason: "CARD_REUSE",
    fix: Fix::Payer,
    examine: |input| {
        let InstrumentKind::Kept(reuse) = input.instrument else { return Finding::not_applicable() };
        let actual = if input.off_session { Reuse::OffSession } else { Reuse::OnSession };
        Finding::of(reuse.as_str(), actual.as_str()).unless(
            !input.off_session || reuse == Reuse::OffSession,
            "the card was kept for payments while the payer is there, and off_session says that the payer is not; let the payer pay, or keep the card with OFF_SESSION",
            "Your card was saved for payments that you make yourself. Please make this payment yourself.",
        )
    },
};

/// The brand is on the allowlist.
pub const BRAND: Rule = Rule {
    id: "card.brand",
    reason: "CARD_BRAND_REFUSED",
    fix: Fix::Payer,
    examine: |input| {
        let Some(system) = input.system else { return Finding::not_applicable() };
        let allowed = spoken(&system.brands);
        match &input.method {
            Method::Other(_) => Finding::not_applicable(),
            Method::Unknown => Finding::of(allowed, "").undecided(),
            Method::Card { brand, .. } => {
                let known = Brand::parse(brand);
                let actual = known.map_or_else(|| brand.clone(), |brand| brand.to_string());
                let problem = format!(
                    "the payment system {} does not take cards of the brand {actual}; its payment_methods are: {allowed}",
                    system.name
                );
                let taken = known.is_some_and(|brand| system.brands.contains(&brand));
                Finding::of(&allowed, &actual).unless(taken, problem, brand_sentence(known, system))
            }
        }
    },
};

/// "American Express cards are not accepted. Please use Visa or Mastercard."
fn brand_sentence(brand: Option<Brand>, system: &PaymentSystem) -> String {
    let refused = brand.map_or("Cards of this kind".to_owned(), |brand| format!("{} cards", brand.spoken()));
    let names: Vec<_> = system.brands.iter().map(|brand| brand.spoken()).collect();
    let accepted = match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "another way to pay".to_owned(),
    };
    format!("{refused} are not accepted. Please use {accepted}.")
}
