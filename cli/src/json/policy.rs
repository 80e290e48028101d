//! Policy verdicts and payment options, as JSON.

use causeway::v1;
use serde_json::Value;

use super::{Object, money};

/// The answer to CheckPolicy.
pub(crate) fn checked(response: &v1::CheckPolicyResponse) -> Value {
    Object::default()
        .with("admitted", response.admitted)
        .list("verdicts", &response.verdicts, verdict)
        .text("payment_system", &response.payment_system)
        .done()
}

fn verdict(verdict: &v1::Verdict) -> Value {
    Object::default()
        .text("rule", &verdict.rule)
        .word("judgement", verdict.judgement, v1::Judgement::as_str_name)
        .text("reason", &verdict.reason)
        .text("fix", &verdict.fix)
        .text("configured", &verdict.configured)
        .text("actual", &verdict.actual)
        .text("message", &verdict.message)
        .text("payer_message", &verdict.payer_message)
        .with("stripe_contacted", verdict.stripe_contacted)
        .done()
}

/// The answer to ListPaymentOptions.
pub(crate) fn options(response: &v1::ListPaymentOptionsResponse) -> Value {
    Object::default().list("options", &response.options, option).done()
}

fn option(option: &v1::PaymentOption) -> Value {
    Object::default()
        .text("currency", &option.currency)
        .text("payment_system", &option.payment_system)
        .text("processor", &option.processor)
        .with("test_mode", option.test_mode)
        .message("minimum", option.minimum.as_ref(), money)
        .message("maximum", option.maximum.as_ref(), money)
        .with("decimals", option.decimals)
        .text("publishable_key", &option.publishable_key)
        .names("brands", &option.brands)
        .names("method_types", &option.method_types)
        .word("card_data_mode", option.card_data_mode, v1::CardDataMode::as_str_name)
        .with("cvc_required", option.cvc_required)
        .word("capture_mode", option.capture_mode, v1::CaptureMode::as_str_name)
        .with("cards_may_be_saved", option.cards_may_be_saved)
        .text("why_not_saved", &option.why_not_saved)
        .done()
}
