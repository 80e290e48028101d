//! An amount with its currency, as one argument.

use causeway::v1;

/// As in "12.50 USD". What it holds is for the adapter to judge.
pub(super) fn money(text: &str) -> Result<v1::Money, &'static str> {
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [amount, currency] => {
            Ok(v1::Money { amount: (*amount).to_owned(), currency: (*currency).to_owned() })
        }
        _ => Err("write amount and currency as one argument, as in \"12.50 USD\""),
    }
}
