//! The rules, a file for each thing that they are about.

use super::{Case, Judged};

/// Tenant, payment system, operation.
pub mod account;
/// Currency and amount.
pub mod amount;
/// Cards.
pub mod card;
/// Types of payment methods.
pub mod method;
/// The customer, and texts.
pub mod customer;

/// What the payer is told where nothing that they could do would help.
fn not_made(case: &Case<'_>) -> &'static str {
    if case.operation == Judged::Tokenize {
        return "Your card could not be saved. You have not been charged.";
    }
    "Your payment could not be made. You have not been charged for this attempt."
}
