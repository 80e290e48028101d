//! The test cards: what each `pm_card_…` id stands for, and how its bank behaves.

use crate::bank::cards::{After, Bank, Card, Habit, When};
use crate::bank::decline::Decline;

const fn card(name: &'static str, brand: &'static str, last4: &'static str, bank: Bank) -> Card {
    Card { name, brand, last4, funding: "credit", country: "US", bank, habit: Habit::Plain }
}

const fn funded(name: &'static str, brand: &'static str, last4: &'static str, funding: &'static str) -> Card {
    Card { funding, ..card(name, brand, last4, Bank::Approves) }
}

const fn from(name: &'static str, country: &'static str, last4: &'static str) -> Card {
    Card { country, ..card(name, "visa", last4, Bank::Approves) }
}

const fn special(name: &'static str, last4: &'static str, habit: Habit) -> Card {
    Card { habit, ..card(name, "visa", last4, Bank::Approves) }
}

const fn declines(name: &'static str, last4: &'static str, decline: Decline) -> Card {
    card(name, "visa", last4, Bank::Declines(decline))
}

const fn asks(name: &'static str, last4: &'static str, when: When, after: After) -> Card {
    card(name, "visa", last4, Bank::Authenticates(when, after))
}

/// Every test card.
pub(crate) const CARDS: &[Card] = &[
    card("visa", "visa", "4242", Bank::Approves),
    funded("visa_debit", "visa", "5556", "debit"),
    card("mastercard", "mastercard", "4444", Bank::Approves),
    funded("mastercard_debit", "mastercard", "8210", "debit"),
    funded("mastercard_prepaid", "mastercard", "5100", "prepaid"),
    card("amex", "amex", "0005", Bank::Approves),
    card("discover", "discover", "1117", Bank::Approves),
    card("diners", "diners", "0004", Bank::Approves),
    card("jcb", "jcb", "0505", Bank::Approves),
    card("unionpay", "unionpay", "0005", Bank::Approves),
    from("us", "US", "4242"),
    from("de", "DE", "0016"),
    from("fr", "FR", "0003"),
    from("gb", "GB", "0000"),
    from("jp", "JP", "0003"),
    from("br", "BR", "0002"),
    declines("visa_chargeDeclined", "0002", Decline::Generic),
    declines("chargeDeclined", "0002", Decline::Generic),
    declines("visa_chargeDeclinedInsufficientFunds", "9995", Decline::InsufficientFunds),
    declines("chargeDeclinedInsufficientFunds", "9995", Decline::InsufficientFunds),
    declines("visa_chargeDeclinedLostCard", "9987", Decline::LostCard),
    declines("visa_chargeDeclinedStolenCard", "9979", Decline::StolenCard),
    declines("chargeDeclinedExpiredCard", "0069", Decline::ExpiredCard),
    declines("chargeDeclinedIncorrectCvc", "0127", Decline::IncorrectCvc),
    declines("chargeDeclinedProcessingError", "0119", Decline::ProcessingError),
    declines("visa_chargeDeclinedVelocityLimitExceeded", "6975", Decline::VelocityExceeded),
    declines("chargeDeclinedFraudulent", "0019", Decline::Fraudulent),
    card("chargeCustomerFail", "visa", "0341", Bank::DeclinesCharges),
    declines("radarBlock", "0019", Decline::Blocked),
    declines("riskLevelHighest", "4954", Decline::Blocked),
    special("riskLevelElevated", "9235", Habit::ElevatedRisk),
    special("cvcCheckFail", "0101", Habit::CvcFails),
    special("avsZipFail", "0036", Habit::PostalCodeFails),
    special("avsFail", "0010", Habit::AddressFails),
    asks("authenticationRequiredOnSetup", "3155", When::UnlessSetUp, After::Approves),
    asks("authenticationRequired", "3184", When::Always, After::Approves),
    asks("authenticationRequiredSetupForOffSession", "0446", When::OnSession, After::Approves),
    asks(
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        "3178",
        When::Always,
        After::Declines(Decline::InsufficientFunds),
    ),
    asks("threeDSecure2Required", "3220", When::Always, After::Approves),
    asks("threeDSecureRequiredChargeDeclined", "1629", When::Always, After::Declines(Decline::Generic)),
    card("threeDSecureOptional", "visa", "3055", Bank::Approves),
    asks("threeDSecureRequired", "3063", When::Always, After::Approves),
    special("pendingRefund", "7726", Habit::RefundPends),
    special("refundFail", "5126", Habit::RefundFails),
    special("bypassPending", "0077", Habit::BypassesPending),
    special("createDispute", "0259", Habit::Plain),
    special("createDisputeProductNotReceived", "2685", Habit::Plain),
    special("createDisputeInquiry", "1976", Habit::Plain),
    special("createIssuerFraudRecord", "5423", Habit::Plain),
    special("createMultipleDisputes", "0079", Habit::Plain),
    funded("debit_partialAuthorization", "visa", "0071", "debit"),
    funded("debit_partialIncrement", "visa", "0816", "debit"),
];
