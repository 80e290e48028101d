//! The customer, and texts.

use causeway::{
    refusal::{Fix, Refusal},
    request::customer::EmailGiven,
};

use crate::policy::{Finding, Rule};

const ADD_EMAIL: &str = "Please add a valid email address to your account before you save a card.";

/// A card is kept only for a customer with a valid email.
pub const EMAIL: Rule = Rule {
    id: "customer.email",
    reason: "EMAIL_REQUIRED",
    fix: Fix::Payer,
    examine: |input| {
        if !input.stores_card {
            return Finding::not_applicable();
        }
        let (actual, problem) = match &input.email {
            EmailGiven::Valid(_) => ("valid", String::new()),
            EmailGiven::Nothing => (
                "missing",
                "a card is kept only for a customer with an email, and this one has none; give customer.email, or call PutCustomer first"
                    .to_owned(),
            ),
            EmailGiven::Invalid => (
                "invalid",
                "a card is kept only for a customer with a valid email, and customer.email is not an email address, as in \"ann@example.com\""
                    .to_owned(),
            ),
        };
        Finding::of("valid", actual).unless(problem.is_empty(), problem, ADD_EMAIL)
    },
};

/// Metadata and statement descriptor are within Stripe's limits.
pub const TEXTS: Rule = Rule {
    id: "order.texts",
    reason: "TEXTS_BEYOND_LIMITS",
    fix: Fix::Operator,
    examine: |input| {
        let limits = "40 metadata entries, names of 40 characters, values of 500; descriptor of 22";
        if input.beyond_limits.is_empty() {
            return Finding::of(limits, "");
        }
        let fields: Vec<_> = input.beyond_limits.iter().map(|violation| violation.field.clone()).collect();
        Finding::of(limits, fields.join(", "))
            .refused(Refusal::TextsBeyondLimits(input.beyond_limits.to_vec()))
    },
};
