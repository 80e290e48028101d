//! The billing platform's requests: messages, amounts, texts.

use causeway::{
    currency::Currency,
    money::PositiveMoney,
    pan::holds_card_number,
    refusal::Refusal,
    request::{Capture, Refund, Tokenize, authorize::Authorize},
    v1,
};
use prost::Message;

/// A decoded message is encoded to an equal message, without further effect.
pub(super) fn authorize_decode(data: &[u8]) {
    let Ok(message) = v1::AuthorizeRequest::decode(data) else { return };
    let again =
        v1::AuthorizeRequest::decode(message.encode_to_vec().as_slice()).expect("it was written by us");
    assert!(message == again, "another message comes back");
}

/// A message becomes a request within the limits, or a refusal that repeats no card number.
pub(super) fn to_domain(data: &[u8]) {
    let (kind, data) = data.split_first().map_or((0, data), |(kind, rest)| (*kind, rest));
    match kind % 4 {
        0 => {
            if let Ok(message) = v1::AuthorizeRequest::decode(data) {
                let read = Authorize::read(&message);
                if let Ok(order) = &read {
                    assert_eq!(order.request_id.as_str(), message.request_id);
                    assert!(message.metadata.len() <= 40 && message.amount.is_some());
                    assert!(!message.description.contains('\0'), "a zero gets through");
                    assert!(!holds_card_number(&message.description), "a card gets through");
                }
                contains_no_card_number(read);
            }
        }
        1 => {
            if let Ok(message) = v1::TokenizeRequest::decode(data) {
                contains_no_card_number(Tokenize::read(&message));
            }
        }
        2 => {
            if let Ok(message) = v1::CaptureRequest::decode(data) {
                contains_no_card_number(Capture::read(&message));
            }
        }
        _ => {
            if let Ok(message) = v1::RefundRequest::decode(data) {
                contains_no_card_number(Refund::read(&message));
            }
        }
    }
}

fn contains_no_card_number<T>(read: Result<T, Refusal>) {
    if let Err(refusal) = read {
        let output = refusal.to_string();
        // The one number that a refusal may contain is the example of a valid number.
        assert!(!holds_card_number(&output.replace("4242424242424242", "")), "{output}");
    }
}

/// A parsed amount is written as text that parses to the same amount; no amount is rounded.
pub(super) fn money(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (amount, currency) = text.split_once(' ').unwrap_or((text, "USD"));
    let Ok(money) = PositiveMoney::parse(amount, currency) else { return };
    assert!(money.minor() > 0);
    assert_eq!(PositiveMoney::parse(&money.amount(), currency), Ok(money));
    assert_eq!(PositiveMoney::try_from(money.money()), Ok(money));
    let units = money.money().units(money.currency().decimals()).expect("minor units are whole");
    assert_eq!(PositiveMoney::of_minor(units, money.currency()), Ok(money));
    assert_eq!(PositiveMoney::from_wire(&money.to_wire()), Ok(money));
    let plain = |amount: &str| {
        let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
        (whole.trim_start_matches('0').to_owned(), part.trim_end_matches('0').to_owned())
    };
    assert_eq!(plain(amount), plain(&money.amount()), "{amount} is another amount");
    let Ok(units) = causeway_stripe::currency::units(money) else { return };
    let unit = Currency::parse(currency).expect("it was read");
    assert_eq!(causeway_stripe::currency::money(units, unit), Ok(Some(money)));
}

/// A card number is seen wherever it stands in a text of words, and no text hides it by what surrounds it.
pub(super) fn pan_scan(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let seen = holds_card_number(&text);
    // Digits of fewer places than any card number are never one.
    let places = text.chars().filter(|character| character.is_numeric()).count();
    let numerals = text.chars().any(|character| "〇一二三四五六七八九%\\&".contains(character));
    assert!(!seen || places >= 14 || numerals, "{text}");
    for number in ["4242424242424242", "4242-4242-4242-4242", "42424242 42424242", "3782 822463 10005"] {
        assert!(holds_card_number(&format!("{text} - card {number} x")), "{text}");
        assert!(holds_card_number(&format!("card {number} x - {text}")), "{text}");
    }
}
