//! The parser of one argument that holds an amount and a currency.

use causeway::v1;

/// Parses a text such as "12.50 USD". The adapter judges amount and currency.
pub(super) fn money(text: &str) -> Result<v1::Money, &'static str> {
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [amount, currency] => {
            Ok(v1::Money { amount: (*amount).to_owned(), currency: (*currency).to_owned() })
        }
        _ => Err("write amount and currency as one argument, as in \"12.50 USD\""),
    }
}
