//! Declines: meaning, advice, and the sentence for the payer.
//!
//! Sources: docs.stripe.com/declines/codes and docs.stripe.com/error-codes. The sentence for the payer
//! never says that a card is lost, stolen, suspected of fraud or on a list, because a thief could use
//! the reason.

use std::cmp::Ordering;

use causeway::money::PositiveMoney;
use causeway_domain::{
    observation::Purpose,
    payment::failure::{
        Advice::{self, BringPayer, CorrectData, Never, NewCard, Operator, RetryLater},
        Failure,
    },
};

use crate::{
    currency,
    error::{ErrorBody, StripeError},
    json::StripeJson,
    texts::{Sentence, Word},
};

/// The meaning of a group of Stripe's codes.
#[derive(Clone, Copy)]
struct Meaning {
    code: &'static str,
    advice: Advice,
    payer: &'static str,
}

const GENERIC: &str = "Your card was declined. Please use another card or contact your bank.";
const LATER: &str = "Your payment could not be processed right now. Please try again later.";
const NOT_DONE: &str = "This could not be done. Please contact the merchant.";
const NOT_SAVED: &str = "Your card could not be saved. Please try again later.";
const NOT_YOU: &str = "Your payment could not be made. You have not been charged for this attempt.";

/// A row: Stripe's codes, the relay's code, the advice, the sentence for the payer.
type Row = (&'static [&'static str], &'static str, Advice, &'static str);

/// Decline codes, and error codes for errors without a decline code.
#[rustfmt::skip]
const MEANINGS: &[Row] = &[
    (&["insufficient_funds"],
     "INSUFFICIENT_FUNDS", RetryLater, "Your card has insufficient funds. Please use another card."),
    (&["expired_card"],
     "EXPIRED_CARD", NewCard, "Your card has expired. Please use another card."),
    (&["incorrect_cvc", "invalid_cvc"],
     "INCORRECT_CVC", CorrectData, "Your card's security code is incorrect."),
    (&["incorrect_number", "invalid_number"],
     "INCORRECT_NUMBER", CorrectData, "Your card number is incorrect."),
    (&["invalid_expiry_month", "invalid_expiry_year"],
     "INCORRECT_EXPIRY", CorrectData, "Your card's expiration date is incorrect."),
    (&["incorrect_zip", "incorrect_address"],
     "INCORRECT_ADDRESS", CorrectData, "The address does not fit your card."),
    (&["incorrect_pin", "invalid_pin", "offline_pin_required", "online_or_offline_pin_required"],
     "INCORRECT_PIN", CorrectData, "Your card needs its PIN, which could not be checked."),
    (&["authentication_required", "authentication_not_handled", "mobile_device_authentication_required"],
     "AUTHENTICATION_REQUIRED", BringPayer, "Your bank asks you to confirm this payment."),
    (&["payment_intent_authentication_failure", "setup_intent_authentication_failure"],
     "AUTHENTICATION_FAILED", NewCard, "Your bank could not confirm that it is you. Please try again or use another card."),
    (&["card_not_supported", "currency_not_supported", "service_not_allowed", "not_permitted",
       "transaction_not_allowed", "payment_method_not_available", "payment_method_currency_mismatch"],
     "CARD_NOT_SUPPORTED", NewCard, "Your card does not support this payment. Please use another card."),
    (&["card_velocity_exceeded", "withdrawal_count_limit_exceeded", "card_decline_rate_limit_exceeded",
       "payment_limit_exceeded"],
     "LIMIT_EXCEEDED", RetryLater, "Your card's limit is reached. Please use another card."),
    (&["processing_error", "issuer_not_available", "reenter_transaction", "approve_with_id", "try_again_later"],
     "PROCESSING_ERROR", RetryLater, LATER),
    (&["duplicate_transaction"],
     "DUPLICATE_TRANSACTION", Never, "A payment of the same amount was made just now."),
    (&["generic_decline", "do_not_honor", "call_issuer", "no_action_taken", "card_declined",
       "payment_method_provider_decline", "payment_method_customer_decline", "partner_generic_decline"],
     "CARD_DECLINED", RetryLater, GENERIC),
    (&["lost_card", "stolen_card", "pickup_card", "fraudulent", "merchant_blacklist", "restricted_card",
       "security_violation", "highest_risk_level", "revocation_of_authorization",
       "revocation_of_all_authorizations", "stop_payment_order", "invalid_account",
       "new_account_information_available", "pin_try_exceeded", "do_not_try_again", "testmode_decline",
       "test_mode_live_card"],
     "CARD_DECLINED", NewCard, GENERIC),
    (&["invalid_amount", "invalid_charge_amount"],
     "AMOUNT_REFUSED", CorrectData, "This amount cannot be paid. Please choose another one."),
    (&["amount_too_small"],
     "AMOUNT_TOO_SMALL", CorrectData, "This amount is less than can be paid."),
    (&["amount_too_large"],
     "AMOUNT_TOO_LARGE", CorrectData, "This amount is more than can be paid at once."),
    (&["charge_expired_for_capture", "capture_charge_authorization_expired"],
     "HOLD_EXPIRED", Never, NOT_DONE),
    (&["charge_already_captured", "payment_intent_unexpected_state", "intent_invalid_state"],
     "WRONG_STATE_AT_PROCESSOR", Never, NOT_DONE),
    (&["charge_already_refunded"], "ALREADY_REFUNDED", Never, NOT_DONE),
    (&["charge_disputed", "refund_disputed_payment"], "DISPUTED", Never, NOT_DONE),
    (&["balance_insufficient"], "BALANCE_INSUFFICIENT", Operator, NOT_DONE),
    (&["resource_missing"], "UNKNOWN_AT_PROCESSOR", Operator, NOT_YOU),
];

fn meaning(stripes: &str) -> Option<Meaning> {
    let row = MEANINGS.iter().find(|(codes, ..)| codes.contains(&stripes));
    row.map(|&(_, code, advice, payer)| Meaning { code, advice, payer })
}

/// The meaning of a definitive error of Stripe for billing, the operator and the payer.
pub(crate) fn failure(error: &StripeError, purpose: Purpose) -> Failure {
    let known = meaning_of(error);
    let failure = spoken(error, known);
    match purpose {
        Purpose::FollowUp => Failure { payer_message: NOT_DONE.to_owned(), ..failure },
        Purpose::Card if known.payer == NOT_YOU || known.payer == LATER => {
            Failure { payer_message: NOT_SAVED.to_owned(), ..failure }
        }
        Purpose::Card => failure,
        Purpose::Payment(asked) if error.body.code() == "amount_too_small" => {
            Failure { payer_message: too_small_sentence(asked), ..failure }
        }
        Purpose::Payment(_) => failure,
    }
}

/// The failure of a PaymentIntent's last attempt. `asked`: the amount, where the units are a valid amount.
pub(crate) fn failure_of_attempt(attempt: &ErrorBody, asked: Option<PositiveMoney>) -> Failure {
    let error = StripeError { status: 402, body: attempt.clone(), whole: StripeJson::default() };
    match asked {
        Some(asked) => failure(&error, Purpose::Payment(asked)),
        None => spoken(&error, meaning_of(&error)),
    }
}

/// The failure of a SetupIntent's last attempt; without an error, the generic failure.
pub(crate) fn failure_of_setup(attempt: Option<&ErrorBody>) -> Failure {
    let body = attempt.cloned().unwrap_or_default();
    failure(&StripeError { status: 402, body, whole: StripeJson::default() }, Purpose::Card)
}

fn meaning_of(error: &StripeError) -> Meaning {
    let body = &error.body;
    let decline_code = body.decline_code.as_ref().map(Word::as_str).unwrap_or_default();
    match error.status {
        // The secret key belongs to the operator, so only the operator can fix the cause.
        401 | 403 => Meaning { code: "PROCESSOR_KEY_REFUSED", advice: Operator, payer: NOT_YOU },
        _ => meaning(decline_code).or_else(|| meaning(body.code())).unwrap_or_else(|| unknown_code(error)),
    }
}

/// A failure with the texts of the meaning, for any purpose.
fn spoken(error: &StripeError, known: Meaning) -> Failure {
    Failure {
        code: known.code.to_owned(),
        advice: advice(&error.body).unwrap_or(known.advice),
        payer_message: known.payer.to_owned(),
        operator_message: operator_message(error),
        ..in_stripes_words(&error.body)
    }
}

/// The meaning of an unknown code: a decline where the card was the reason, otherwise a refusal that
/// the operator has to inspect.
fn unknown_code(error: &StripeError) -> Meaning {
    if error.body.kind.as_str() == "card_error"
        || (error.status == 402 && error.body.kind.as_str().is_empty())
    {
        return Meaning { code: "CARD_DECLINED", advice: RetryLater, payer: GENERIC };
    }
    Meaning { code: "PROCESSOR_REFUSED", advice: Operator, payer: NOT_YOU }
}

/// Stripe's advice code takes precedence over the table, because the code is more recent.
fn advice(body: &ErrorBody) -> Option<Advice> {
    match body.advice_code.as_ref()?.as_str() {
        "do_not_try_again" => Some(NewCard),
        "try_again_later" => Some(RetryLater),
        "confirm_card_data" => Some(CorrectData),
        _ => None,
    }
}

/// The sentence for an amount below the minimum. Stripe does not report the minimum, which depends on
/// the account's settlement currency; the table for the payment's currency is an approximation.
fn too_small_sentence(asked: PositiveMoney) -> String {
    let tabled = currency::limits(asked.currency()).map(|limits| limits.minimum);
    match tabled.filter(|minimum| minimum.compare(asked) == Ok(Ordering::Greater)) {
        Some(minimum) => format!("Your payment must be no less than {minimum}"),
        None => format!("Your payment must be more than {asked}"),
    }
}

fn operator_message(error: &StripeError) -> String {
    let said = error.body.message.as_ref().map_or("nothing", Sentence::as_str);
    match error.status {
        401 => format!(
            "Stripe does not accept the payment system's secret key (HTTP 401), so no payment goes through it: {said}"
        ),
        403 => format!("the payment system's secret key lacks a permission (HTTP 403): {said}"),
        200 => said.to_owned(),
        status => format!("Stripe refused it (HTTP {status}): {said}"),
    }
}

fn in_stripes_words(body: &ErrorBody) -> Failure {
    let text = |field: &Option<Word>| field.clone().unwrap_or_default().into();
    Failure {
        processor_code: text(&body.code),
        decline_code: text(&body.decline_code),
        processor_advice: text(&body.advice_code),
        network_decline_code: text(&body.network_decline_code),
        network_advice_code: text(&body.network_advice_code),
        parameter: text(&body.param),
        ..Failure::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, decline_code: &str, advice_code: &str, expected: &str) {
        let some = |text: &str| (!text.is_empty()).then(|| Word::cut(text));
        let body = ErrorBody {
            kind: Word::cut("card_error"),
            code: some(code),
            decline_code: some(decline_code),
            advice_code: some(advice_code),
            ..ErrorBody::default()
        };
        let asked = PositiveMoney::parse("0.47", "CHF").unwrap();
        let failure = failure(
            &StripeError { status: 402, body, whole: StripeJson::default() },
            Purpose::Payment(asked),
        );
        assert_eq!(format!("{} {:?} {}", failure.code, failure.advice, failure.payer_message), expected);
    }

    #[test]
    fn each_decline_says_what_to_do() {
        check(
            "card_declined",
            "insufficient_funds",
            "",
            "INSUFFICIENT_FUNDS RetryLater Your card has insufficient funds. Please use another card.",
        );
        check("card_declined", "lost_card", "do_not_try_again", &format!("CARD_DECLINED NewCard {GENERIC}"));
        check(
            "expired_card",
            "expired_card",
            "confirm_card_data",
            "EXPIRED_CARD CorrectData Your card has expired. Please use another card.",
        );
        check("card_declined", "a_code_of_tomorrow", "", &format!("CARD_DECLINED RetryLater {GENERIC}"));
        check("a_code_of_tomorrow", "", "", &format!("CARD_DECLINED RetryLater {GENERIC}"));
        check(
            "amount_too_small",
            "",
            "",
            "AMOUNT_TOO_SMALL CorrectData Your payment must be no less than 0.50 CHF",
        );
    }

    #[test]
    fn each_code_has_one_row() {
        let mut codes: Vec<_> = MEANINGS.iter().flat_map(|(codes, ..)| codes.iter()).collect();
        let all = codes.len();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }

    #[test]
    fn the_payers_sentence_hides_fraud_declines() {
        let hidden = [
            "lost_card",
            "stolen_card",
            "fraudulent",
            "merchant_blacklist",
            "pickup_card",
            "highest_risk_level",
        ];
        for code in hidden {
            check("card_declined", code, "", &format!("CARD_DECLINED NewCard {GENERIC}"));
        }
    }
}
