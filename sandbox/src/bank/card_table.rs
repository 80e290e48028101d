//! The test cards: the `pm_card_…` id, the number, and the behavior of the bank of each card.

use crate::bank::cards::{AfterAuthentication, AuthenticationRule, Bank, TestBehaviour, TestCard};
use crate::bank::decline::Decline;
use crate::objects::dispute::DisputeReason;

const fn card(name: &'static str, brand: &'static str, number: &'static str, bank: Bank) -> TestCard {
    TestCard {
        name: Some(name),
        brand,
        number,
        funding: "credit",
        country: "US",
        bank,
        behaviour: TestBehaviour::Plain,
    }
}

const fn funded(
    name: &'static str,
    brand: &'static str,
    number: &'static str,
    funding: &'static str,
) -> TestCard {
    TestCard { funding, ..card(name, brand, number, Bank::Approves) }
}

const fn issued_in(name: &'static str, country: &'static str, number: &'static str) -> TestCard {
    TestCard { country, ..card(name, "visa", number, Bank::Approves) }
}

const fn special(name: &'static str, number: &'static str, behaviour: TestBehaviour) -> TestCard {
    TestCard { behaviour, ..card(name, "visa", number, Bank::Approves) }
}

const fn declines(name: &'static str, number: &'static str, decline: Decline) -> TestCard {
    card(name, "visa", number, Bank::Declines(decline))
}

const fn authenticates(
    name: &'static str,
    number: &'static str,
    when: AuthenticationRule,
    after: AfterAuthentication,
) -> TestCard {
    card(name, "visa", number, Bank::Authenticates(when, after))
}

/// A card that has a number and no id.
const fn without_id(brand: &'static str, number: &'static str) -> TestCard {
    TestCard { name: None, ..card("", brand, number, Bank::Approves) }
}

/// Every test card. Where several cards have the same number, the number behaves as the first.
pub(crate) const CARDS: &[TestCard] = &[
    card("visa", "visa", "4242424242424242", Bank::Approves),
    funded("visa_debit", "visa", "4000056655665556", "debit"),
    card("mastercard", "mastercard", "5555555555554444", Bank::Approves),
    without_id("mastercard", "2223003122003222"),
    funded("mastercard_debit", "mastercard", "5200828282828210", "debit"),
    funded("mastercard_prepaid", "mastercard", "5105105105105100", "prepaid"),
    card("amex", "amex", "378282246310005", Bank::Approves),
    card("discover", "discover", "6011111111111117", Bank::Approves),
    card("diners", "diners", "3056930009020004", Bank::Approves),
    card("jcb", "jcb", "3566002020360505", Bank::Approves),
    card("unionpay", "unionpay", "6200000000000005", Bank::Approves),
    issued_in("us", "US", "4242424242424242"),
    issued_in("de", "DE", "4000002760000016"),
    issued_in("fr", "FR", "4000002500000003"),
    issued_in("gb", "GB", "4000008260000000"),
    issued_in("jp", "JP", "4000003920000003"),
    issued_in("br", "BR", "4000000760000002"),
    declines("visa_chargeDeclined", "4000000000000002", Decline::Generic),
    declines("chargeDeclined", "4000000000000002", Decline::Generic),
    declines("visa_chargeDeclinedInsufficientFunds", "4000000000009995", Decline::InsufficientFunds),
    declines("chargeDeclinedInsufficientFunds", "4000000000009995", Decline::InsufficientFunds),
    declines("visa_chargeDeclinedLostCard", "4000000000009987", Decline::LostCard),
    declines("visa_chargeDeclinedStolenCard", "4000000000009979", Decline::StolenCard),
    declines("chargeDeclinedExpiredCard", "4000000000000069", Decline::ExpiredCard),
    declines("chargeDeclinedIncorrectCvc", "4000000000000127", Decline::IncorrectCvc),
    declines("chargeDeclinedProcessingError", "4000000000000119", Decline::ProcessingError),
    declines("visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", Decline::VelocityExceeded),
    card("chargeCustomerFail", "visa", "4000000000000341", Bank::DeclinesCharges),
    declines("radarBlock", "4100000000000019", Decline::Blocked),
    declines("chargeDeclinedFraudulent", "4100000000000019", Decline::Fraudulent),
    declines("riskLevelHighest", "4000000000004954", Decline::Blocked),
    special("riskLevelElevated", "4000000000009235", TestBehaviour::ElevatedRisk),
    special("cvcCheckFail", "4000000000000101", TestBehaviour::CvcFails),
    special("avsZipFail", "4000000000000036", TestBehaviour::PostalCodeFails),
    special("avsFail", "4000000000000010", TestBehaviour::AddressFails),
    authenticates(
        "authenticationRequiredOnSetup",
        "4000002500003155",
        AuthenticationRule::UnlessSetUp,
        AfterAuthentication::Approves,
    ),
    authenticates(
        "authenticationRequired",
        "4000002760003184",
        AuthenticationRule::Always,
        AfterAuthentication::Approves,
    ),
    authenticates(
        "authenticationRequiredSetupForOffSession",
        "4000003800000446",
        AuthenticationRule::OnSession,
        AfterAuthentication::Approves,
    ),
    authenticates(
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        "4000008260003178",
        AuthenticationRule::Always,
        AfterAuthentication::Declines(Decline::InsufficientFunds),
    ),
    authenticates(
        "threeDSecure2Required",
        "4000000000003220",
        AuthenticationRule::Always,
        AfterAuthentication::Approves,
    ),
    authenticates(
        "threeDSecureRequiredChargeDeclined",
        "4000008400001629",
        AuthenticationRule::Always,
        AfterAuthentication::Declines(Decline::Generic),
    ),
    authenticates(
        "threeDSecureOptional",
        "4000000000003055",
        AuthenticationRule::IfRequested,
        AfterAuthentication::Approves,
    ),
    authenticates(
        "threeDSecureRequired",
        "4000000000003063",
        AuthenticationRule::Always,
        AfterAuthentication::Approves,
    ),
    TestCard {
        country: "FR",
        ..special("visa_cartesBancaires", "4000002500001001", TestBehaviour::CoBranded)
    },
    special("pendingRefund", "4000000000007726", TestBehaviour::RefundPending),
    special("refundFail", "4000000000005126", TestBehaviour::RefundFails),
    special("bypassPending", "4000000000000077", TestBehaviour::BypassesPending),
    special("createDispute", "4000000000000259", TestBehaviour::Disputes(DisputeReason::Fraudulent)),
    special(
        "createDisputeProductNotReceived",
        "4000000000002685",
        TestBehaviour::Disputes(DisputeReason::ProductNotReceived),
    ),
    special("createDisputeInquiry", "4000000000001976", TestBehaviour::OpensInquiry),
    special("createIssuerFraudRecord", "4000000000005423", TestBehaviour::FraudWarning),
    special(
        "createMultipleDisputes",
        "4000000404000079",
        TestBehaviour::DisputesTwice(DisputeReason::Fraudulent),
    ),
    TestCard {
        behaviour: TestBehaviour::AuthorizesPart,
        ..funded("debit_partialAuthorization", "visa", "4000058400000071", "debit")
    },
    TestCard {
        behaviour: TestBehaviour::AuthorizesPartOfIncrements,
        ..funded("debit_partialIncrement", "visa", "4000058400000816", "debit")
    },
];
