//! Values of the header Stripe-Signature, valid and invalid.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::webhooks::{Delivery, TestBed, post};

fn hex(secret: &str, moment: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(moment.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// A valid header, "t=…,v1=…".
pub(super) fn of(secret: &str, moment: &str, body: &[u8]) -> String {
    format!("t={moment},v1={}", hex(secret, moment, body))
}

/// Moments in other formats, or no moments; each is signed in the given form.
fn moments(now: i64) -> Vec<String> {
    let mut moments: Vec<String> = [
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e9",
        "0x10",
        "x",
        "NaN",
        "null",
        "99999999999999999999",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551616",
        "\u{661}",
        "0",
        "1",
        "1000000000",
    ]
    .map(str::to_owned)
    .to_vec();
    for past in [301, 302, 330, 600, 3600, 86_400, 604_800, 31_536_000] {
        moments.push((now - past).to_string());
    }
    for written in [
        format!("+{now}"),
        format!("-{now}"),
        format!(" {now}"),
        format!("{now} "),
        format!("{now}.0"),
        format!("\"{now}\""),
        format!("{now}000x"),
    ] {
        moments.push(written);
    }
    moments
}

/// All signatures that are refused.
pub(super) fn refused(test_bed: &TestBed) -> Vec<Delivery> {
    let TestBed { secret, now, good } = test_bed;
    let body = good.as_bytes();
    let t = now.to_string();
    let mut cases = vec![];
    let mut case = |label: String, header: String| cases.push(Delivery::new(label, post(&header, body), 400));
    for moment in moments(*now) {
        case(format!("the moment {moment:?}"), of(secret, &moment, body));
    }
    for header in [
        "", " ", ",", "=", "t", "v1", "t=", "v1=", "t,v1", "t=,v1=", "t=1", "x", "null", "{}", "\"\"",
        "Bearer x", ",,,,,,",
    ] {
        case(format!("the header {header:?}"), header.to_owned());
    }
    for (label, header) in headers(test_bed) {
        case(label.to_owned(), header);
    }
    let upper = secret.to_uppercase();
    for (label, other) in [
        ("no secret", ""),
        ("another secret", "whsec_0123456789abcdef0123456789"),
        ("the secret in capitals", &upper),
        ("the secret without its prefix", secret.trim_start_matches("whsec_")),
        ("the secret and a space", &format!("{secret} ")),
        ("the secret and a line's end", &format!("{secret}\n")),
        ("the secret key", crate::stage::settings::ACME_KEY),
    ] {
        case(label.to_owned(), of(other, &t, body));
    }
    let v1 = hex(secret, &t, body);
    for place in 0..v1.len() {
        let mut flipped = v1.clone().into_bytes();
        flipped[place] = if flipped[place] == b'0' { b'1' } else { b'0' };
        let flipped = String::from_utf8(flipped).unwrap();
        case(format!("digit {place} is another"), format!("t={t},v1={flipped}"));
    }
    cases.extend(of_other_bodies(test_bed));
    cases
}

/// Headers that are almost right.
fn headers(test_bed: &TestBed) -> Vec<(&'static str, String)> {
    let TestBed { secret, now, good } = test_bed;
    let body = good.as_bytes();
    let t = now.to_string();
    let v1 = hex(secret, &t, body);
    let zeros = "0".repeat(64);
    vec![
        ("no moment", format!("v1={v1}")),
        ("no signature but a moment", format!("t={t}")),
        ("v0 only", format!("t={t},v0={v1}")),
        ("v2 only", format!("t={t},v2={v1}")),
        ("V1", format!("t={t},V1={v1}")),
        ("T", format!("T={t},v1={v1}")),
        ("v1 without a name", format!("t={t},{v1}")),
        ("a space behind the comma", format!("t={t}, v1={v1}")),
        ("spaces around the sign", format!("t = {t},v1 = {v1}")),
        ("a semicolon", format!("t={t};v1={v1}")),
        ("an ampersand", format!("t={t}&v1={v1}")),
        ("a tab", format!("t={t},\tv1={v1}")),
        ("a colon", format!("t:{t},v1:{v1}")),
        ("quotes", format!("t={t},v1=\"{v1}\"")),
        ("two moments", format!("t={t},t={t},v1={v1}")),
        ("another moment behind", format!("t={t},v1={v1},t={}", now + 1)),
        ("an old moment before", format!("t=1,t={t},v1={v1}")),
        ("another moment", format!("t={},v1={v1}", now + 1)),
        ("capital digits", format!("t={t},v1={}", v1.to_uppercase())),
        ("sha256 before it", format!("t={t},v1=sha256={v1}")),
        ("one digit less", format!("t={t},v1={}", &v1[1..])),
        ("one byte less", format!("t={t},v1={}", &v1[2..])),
        ("one digit more", format!("t={t},v1={v1}0")),
        ("one byte more", format!("t={t},v1={v1}00")),
        ("twice as long", format!("t={t},v1={v1}{v1}")),
        ("half of it, twice", format!("t={t},v1={},v1={}", &v1[..32], &v1[32..])),
        ("zeros", format!("t={t},v1={zeros}")),
        ("backwards", format!("t={t},v1={}", v1.chars().rev().collect::<String>())),
        ("no digits", format!("t={t},v1={}", "g".repeat(64))),
        ("digits of other scripts", format!("t={t},v1={}", "\u{ff10}".repeat(64))),
        ("a hundred that are wrong", format!("t={t}{}", format!(",v1={zeros}").repeat(100))),
        ("v0 right and v1 wrong", format!("t={t},v1={zeros},v0={v1}")),
        ("of the body alone", format!("t={t},v1={}", hex(secret, "", body))),
        ("of nothing", format!("t={t},v1={}", hex(secret, &t, b""))),
        ("of the body twice", format!("t={t},v1={}", hex(secret, &t, &body.repeat(2)))),
        (
            "of the body and a line's end",
            format!("t={t},v1={}", hex(secret, &t, format!("{good}\n").as_bytes())),
        ),
        ("of other spaces", format!("t={t},v1={}", hex(secret, &t, good.replace(':', ": ").as_bytes()))),
    ]
}

/// The signature of another body than the one sent.
fn of_other_bodies(test_bed: &TestBed) -> Vec<Delivery> {
    let TestBed { secret, now, good } = test_bed;
    let body = good.as_bytes();
    let header = of(secret, &now.to_string(), body);
    let mut cases = vec![];
    for place in (0..body.len()).step_by(body.len().div_ceil(48)) {
        let mut other = body.to_vec();
        other[place] ^= 1;
        cases.push(Delivery::new(format!("byte {place} is another"), post(&header, &other), 400));
    }
    for cut in [1, 2, body.len() / 2, body.len()] {
        let other = &body[..body.len() - cut];
        cases.push(Delivery::new(format!("{cut} bytes less"), post(&header, other), 400));
    }
    cases
}

/// Valid headers of Stripe, also while a secret rolls; each signs the same event.
pub(super) fn good(test_bed: &TestBed) -> Vec<Delivery> {
    let TestBed { secret, now, good } = test_bed;
    let body = good.as_bytes();
    let t = now.to_string();
    let (v1, zeros) = (hex(secret, &t, body), "0".repeat(64));
    let (late, early, tomorrow) =
        ((now - 240).to_string(), (now + 240).to_string(), (now + 86_400).to_string());
    let headers = [
        ("as Stripe writes it", format!("t={t},v1={v1},v0={zeros}")),
        ("backwards around", format!("v1={v1},t={t}")),
        ("behind another secret's", format!("t={t},v1={zeros},v1={v1}")),
        ("before another secret's", format!("t={t},v1={v1},v1={zeros}")),
        ("with schemes of tomorrow", format!("t={t},v1={v1},v2=x,v9={zeros},x")),
        ("with nothing behind a comma", format!("t={t},v1={v1},")),
        ("with one that is none", format!("t={t},v1=x,v1={v1}")),
        ("four minutes old", of(secret, &late, body)),
        ("four minutes young", of(secret, &early, body)),
        ("of a clock that is wrong", of(secret, &tomorrow, body)),
    ];
    headers.map(|(label, header)| Delivery::new(label, post(&header, body), 200)).to_vec()
}
