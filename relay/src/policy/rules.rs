//! The rules, a file for each thing that they are about.

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
const NOT_MADE: &str = "Your payment could not be made. You have not been charged for this attempt.";
