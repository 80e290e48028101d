//! Stability of the fingerprints by which a repeated request is recognized.

use causeway::{
    request::{Authorize, Capture, Refund},
    v1,
};
use causeway_engine::Command;

use crate::setup::{fingerprint_keys, machine};

/// These fingerprints must never change: a request that was first sent to an earlier version is
/// recognized by the fingerprint. A new field of a request is left out of the JSON when the field
/// is not set.
#[test]
fn fingerprints_stay_what_they_are() {
    let amount = Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() });
    let (request_id, payment_id) = ("r".to_owned(), uuid::Uuid::nil().to_string());
    let authorize = Authorize::read(&v1::AuthorizeRequest {
        request_id: request_id.clone(),
        amount: amount.clone(),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_1".to_owned())),
        ..Default::default()
    });
    let capture = Capture::read(&v1::CaptureRequest {
        request_id: request_id.clone(),
        payment_id: payment_id.clone(),
        amount: amount.clone(),
        ..Default::default()
    });
    let refund = Refund::read(&v1::RefundRequest { request_id, payment_id, amount, ..Default::default() });
    assert_eq!(fingerprint(&authorize.unwrap()), "1:r6ZVc/lJwjLyfe+Mnd0Mpylh2Mm5IrIIz42FpMGo4e8");
    assert_eq!(fingerprint(&capture.unwrap()), "1:eX62eEZ7l/VBSVifwf105bQGivO0RVYZ+sLdef7l66s");
    assert_eq!(fingerprint(&refund.unwrap()), "1:oChUiYNGSi6ZlYTD8C11FrOEY4muPxiIutlXjI/3MlY");
}

/// The JSON of a request is what its fingerprint is made of. An amount is `{minor, currency}` in it, as in
/// the journal's rows, whatever the number of decimals of the currency.
#[test]
fn amounts_in_fingerprints_stay_minor_units_and_currency() {
    let made = |amount: &str, currency: &str, written: &str| {
        let money = |amount: &str| v1::Money { amount: amount.to_owned(), currency: currency.to_owned() };
        let authorize = Authorize::read(&v1::AuthorizeRequest {
            request_id: "r".to_owned(),
            amount: Some(money(amount)),
            amount_due: Some(money("1")),
            expected_total: Some(money(amount)),
            instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_1".to_owned())),
            ..Default::default()
        });
        let authorize = authorize.unwrap();
        let json = String::from_utf8(authorize.content().json).unwrap();
        (json.contains(&format!(r#""amount":{written},"#)), fingerprint(&authorize))
    };
    let yen = made("500", "JPY", r#"{"minor":500,"currency":"JPY"}"#);
    assert_eq!(yen, (true, "1:ykmWfZAn+rhs3rXnROlp1E5k88gKmORZwLnVpIaEN1Y".to_owned()));
    let dinars = made("5.12", "KWD", r#"{"minor":5120,"currency":"KWD"}"#);
    assert_eq!(dinars, (true, "1:pNUdTG6sr16sMFXaam3R/DuMBpIfbRlzED9QA/SAuDs".to_owned()));
    let most = made("9999999999.99", "EUR", r#"{"minor":999999999999,"currency":"EUR"}"#);
    assert_eq!(most, (true, "1:XG4rxpQAMW6h7fetjOZeYYuB+FmGaDmtrhgw2rnhHBo".to_owned()));
}

fn fingerprint<C: Command>(command: &C) -> String {
    command.content().fingerprint(&fingerprint_keys(), &machine())
}
