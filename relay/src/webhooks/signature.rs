//! Verification of Stripe's webhook signature (docs.stripe.com/webhooks/signature), with the same
//! result as Stripe's own libraries.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The maximum age of a signature in seconds. A timestamp in the future is accepted, as in Stripe's
/// libraries.
pub const TOLERANCE: i64 = 300;

/// Whether one of the secrets signed the body recently. `body` is the raw bytes of the request.
pub fn is_good(header: &[u8], body: &[u8], secrets: &[SecretString], now: Timestamp) -> bool {
    let Some(parts) = std::str::from_utf8(header).ok().and_then(Parts::read) else { return false };
    if now.as_second().saturating_sub(parts.moment) > TOLERANCE {
        return false;
    }
    // Every secret is tried with every signature, so that the response time reveals no match.
    secrets.iter().fold(false, |good, secret| good | parts.fit(body, secret))
}

struct Parts<'a> {
    /// The timestamp as written, because the signature covers the text.
    written: &'a str,
    moment: i64,
    signatures: Vec<[u8; 32]>,
}

impl Parts<'_> {
    /// Parses "t=1492774577,v1=5257a869…,v1=…,v0=…". Other schemes are ignored.
    fn read(header: &str) -> Option<Parts<'_>> {
        let pairs = || header.split(',').filter_map(|part| part.split_once('='));
        let mut moments = pairs().filter(|(name, _)| *name == "t");
        // Two timestamps would be ambiguous.
        let ((_, written), None) = (moments.next()?, moments.next()) else { return None };
        let plain = !written.is_empty() && written.bytes().all(|b| b.is_ascii_digit());
        let moment = written.parse().ok().filter(|_| plain)?;
        let signatures: Vec<_> =
            pairs().filter(|(name, _)| *name == "v1").filter_map(|(_, hex)| unhex(hex)).collect();
        (!signatures.is_empty()).then_some(Parts { written, moment, signatures })
    }

    fn fit(&self, body: &[u8], secret: &SecretString) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
            return false;
        };
        mac.update(self.written.as_bytes());
        mac.update(b".");
        mac.update(body);
        self.signatures
            .iter()
            .fold(false, |good, signature| good | mac.clone().verify_slice(signature).is_ok())
    }
}

/// Decodes 64 lower-case hex digits, as Stripe writes the signature.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    hex::decode_to_slice(text, &mut bytes).ok().filter(|()| lower).map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\"id\":\"evt_1\"}";
    const NOW: i64 = 1_795_000_000;

    fn signed(secret: &str, moment: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(moment.as_bytes());
        mac.update(b".");
        mac.update(BODY);
        hex::encode(mac.finalize().into_bytes())
    }

    #[track_caller]
    fn check(header: &str, good: bool) {
        let secrets = ["whsec_new", "whsec_old"].map(SecretString::from);
        let now = Timestamp::from_second(NOW).unwrap();
        assert_eq!(is_good(header.as_bytes(), BODY, &secrets, now), good, "{header}");
        assert!(!is_good(header.as_bytes(), b"{\"id\":\"evt_2\"}", &secrets, now), "another body: {header}");
        assert!(!is_good(header.as_bytes(), BODY, &[], now), "no secret: {header}");
    }

    #[test]
    fn only_bodies_signed_by_stripe_are_accepted() {
        let at = |moment: i64| moment.to_string();
        let header = |moment: &str, secret: &str| format!("t={moment},v1={}", signed(secret, moment));
        check(&header(&at(NOW), "whsec_new"), true);
        check(&header(&at(NOW), "whsec_old"), true);
        check(&header(&at(NOW), "whsec_other"), false);
        check(&header(&at(NOW - 300), "whsec_new"), true);
        check(&header(&at(NOW - 301), "whsec_new"), false);
        check(&header(&at(NOW + 3600), "whsec_new"), true);
        let good = signed("whsec_new", &at(NOW));
        check(&format!("t={NOW},v1={},v1={good}", "0".repeat(64)), true);
        check(&format!("t={NOW},v0={},v1={good},v2=x", "0".repeat(64)), true);
        check(&format!("v1={good},t={NOW}"), true);
        check(&format!("t={NOW},v0={good}"), false);
        check(&format!("t={NOW},v1={}", good.to_uppercase()), false);
        check(&format!("t={NOW}, v1={good}"), false);
        check(&format!("t={NOW},t={NOW},v1={good}"), false);
        check(&format!("t={},v1={good}", NOW + 1), false);
        for wrong in [
            "",
            "t",
            "t=",
            "v1=",
            "t=,v1=",
            "t=x,v1=y",
            "t=-1,v1=00",
            "t=1e9,v1=00",
            "t=99999999999999999999",
        ] {
            check(wrong, false);
        }
        check(&format!("v1={good}"), false);
        check(&format!("t={NOW}"), false);
        check(&format!("t={NOW},v1={}", &good[..62]), false);
    }
}
