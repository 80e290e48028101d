//! The bank account that receives the payouts of an account, as Stripe shows the bank account.

use serde_json::{Value, json};

use crate::ids::derived;
use crate::objects::account::AccountSettings;

/// The routing number of the test accounts in the United States.
const ROUTING: &str = "110000000";

/// The bank account of the settings as JSON.
pub(crate) fn bank_account(settings: &AccountSettings) -> Value {
    let number = settings.bank_account.as_str();
    let last4 = number.get(number.len().saturating_sub(4)..).unwrap_or(number);
    json!({
        "id": settings.bank_account_id(),
        "object": "bank_account",
        "account": settings.id,
        "account_holder_name": "Sandbox",
        "account_holder_type": "company",
        "account_type": null,
        "available_payout_methods": ["standard", "instant"],
        "bank_name": "STRIPE TEST BANK",
        "country": settings.country,
        "currency": settings.default_currency,
        "customer": null,
        "default_for_currency": true,
        "fingerprint": derived(number),
        "future_requirements": null,
        "last4": last4,
        "metadata": {},
        "requirements": null,
        "routing_number": ROUTING,
        "status": "new",
    })
}
