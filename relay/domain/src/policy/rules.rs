//! The rules, one file per subject.

use super::{JudgedOperation, PolicyInput};

/// Rules about tenant, payment system and operation.
pub mod account;
/// Rules about currency and amount.
pub mod amount;
/// Rules about card data, brand and reuse.
pub mod card;
/// Rules about the types of payment methods.
pub mod method;
/// Rules about the customer's email, and about texts.
pub mod customer;

/// The sentence for a payer who cannot remove the cause.
fn not_made(input: &PolicyInput<'_>) -> &'static str {
    if input.operation == JudgedOperation::Tokenize {
        return "Your card could not be saved. You have not been charged.";
    }
    "Your payment could not be made. You have not been charged for this attempt."
}
