//! The `Stripe-Signature` header: proof of the sender and the time of a delivery.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key of the scheme `v0`, which test mode adds and which no handler can check.
const TEST_MODE_SECRET: &str = "v0";

/// The header for a body that is sent at a moment, in unix seconds, with one signature for each secret.
pub(crate) fn header(secrets: &[String], livemode: bool, at: i64, body: &str) -> String {
    let mut header = format!("t={at}");
    let test_mode = (!livemode).then_some(("v0", TEST_MODE_SECRET));
    for (scheme, secret) in secrets.iter().map(|secret| ("v1", secret.as_str())).chain(test_mode) {
        let _never_fails = write!(header, ",{scheme}={}", signature(secret, at, body));
    }
    header
}

/// One signature in hexadecimal digits. The whole text of the secret, with the prefix `whsec_`, is the
/// key.
fn signature(secret: &str, at: i64, body: &str) -> String {
    // HMAC accepts keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{at}.").as_bytes());
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both signatures were made with OpenSSL: `printf '1746768339.{}' | openssl dgst -sha256 -hmac whsec_a`.
    #[test]
    fn each_secret_signs_and_test_mode_adds_a_v0_signature() {
        let secrets = ["whsec_a".to_owned(), "whsec_b".to_owned()];
        let (first, second) = (
            "58cc9021e72cc7411a15475ffde39cdfb9e829d120a4865c5cb542a25d891092",
            "c87437834530c3a6e4e0590085705ba0b2fbe00b3f3629f6815cde0d8effd8b2",
        );
        let live = header(&secrets, true, 1_746_768_339, "{}");
        assert_eq!(live, format!("t=1746768339,v1={first},v1={second}"));
        let test = header(&secrets, false, 1_746_768_339, "{}");
        let test_mode = test.strip_prefix(&live).and_then(|rest| rest.strip_prefix(",v0=")).unwrap();
        assert!(
            test_mode.len() == 64 && test_mode.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{test_mode}"
        );
    }
}
