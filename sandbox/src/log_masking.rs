//! The masks of the log: the number of a card or of an account keeps the last four digits, and a
//! security code is replaced completely.

use crate::bank::number;

/// The query string, with the secrets of cards masked.
pub(crate) fn masked_query(query: &str) -> String {
    query.split('&').map(masked_pair).collect::<Vec<_>>().join("&")
}

/// The body, with the secrets of cards masked. For a body that is not a form, only the length is
/// logged.
pub(crate) fn masked_body(body: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(body) {
        Ok(text) if !text.trim_start().starts_with(['{', '[']) => masked_query(text).into_bytes(),
        Ok(_) | Err(_) => format!("({} bytes that are no form)", body.len()).into_bytes(),
    }
}

/// A pair as sent, unless the pair carries a secret.
fn masked_pair(pair: &str) -> String {
    let Some((sent, _)) = pair.split_once('=') else {
        return pair.to_owned();
    };
    let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
        return pair.to_owned();
    };
    if ["[number]", "[iban]", "[account_number]"].iter().any(|end| name.ends_with(end)) {
        let digits: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        return format!("{sent}={}", number::masked(&digits));
    }
    if name.ends_with("[cvc]") || name == "client_secret" {
        return format!("{sent}=***");
    }
    pair.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_card_secrets_and_client_secrets_are_masked() {
        for (sent, logged) in [
            ("type=card&card[number]=4242424242424242", "type=card&card[number]=************4242"),
            ("card%5Bnumber%5D=378282246310005&x=%20+", "card%5Bnumber%5D=***********0005&x=%20+"),
            ("card[cvc]=123&card[exp_month]=1", "card[cvc]=***&card[exp_month]=1"),
            ("payment_method_data[card][number]=42+42", "payment_method_data[card][number]=****"),
            ("client_secret=pi_1_secret_2", "client_secret=***"),
            ("sepa_debit[iban]=DE89+3704+0044+0532+0130+00", "sepa_debit[iban]=******************3000"),
            ("us_bank_account[account_number]=000123456789", "us_bank_account[account_number]=********6789"),
            ("number=4242424242424242&cvc=123&&a", "number=4242424242424242&cvc=123&&a"),
            ("", ""),
        ] {
            assert_eq!(masked_query(sent), logged);
        }
        assert_eq!(masked_body(&[0xff, b'=']), b"(2 bytes that are no form)");
        assert_eq!(masked_body(b"{\"number\": 1}"), b"(13 bytes that are no form)");
    }
}
