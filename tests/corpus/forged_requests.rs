//! Changes of a signed request: of each header, each parameter, each covered component, each byte.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use causeway::method::METHODS;
use causeway_link::digest::content_digest;
use reqwest::Method;

use super::{
    link::{Forged, OTHER_HOST, SIGNATURE, TestBed},
    signature_inputs,
};
use crate::stage::signed_requests::SignedRequest;

const UNKNOWN: &str = "Unimplemented METHOD_UNKNOWN";

const HEADERS: [&str; 4] = ["signature-input", "signature", "content-digest", "content-type"];

#[rustfmt::skip]
const TYPES: [&str; 6] = [
    "application/grpc+proto", "application/grpc;charset=utf-8", "application/grpc-web", "application/json",
    "Application/gRPC", "text/plain",
];

/// Paths of the service with another method than Authorize.
#[rustfmt::skip]
const METHOD_PATHS: [&str; 9] = [
    "authorize", "AUTHORIZE", "Steal", "Authorize/", "Authorize/x", "%41uthorize", "Authorize%00",
    "Authorize;a=1", "Authorize%20",
];

/// Paths outside of the service.
#[rustfmt::skip]
const OTHER_PATHS: [&str; 6] = [
    "/", "//causeway.v1.Processor/Authorize", "/causeway.v2.Processor/Authorize",
    "/causeway.v1.Processo/Authorize", "/CAUSEWAY.v1.Processor/Authorize",
    "/x/causeway.v1.Processor/Authorize",
];

/// All forged requests of this class.
pub(super) fn all(test_bed: &TestBed) -> Vec<Forged> {
    [
        headers(test_bed),
        signature_inputs::all(test_bed),
        signatures(test_bed),
        digests(test_bed),
        bodies(test_bed),
        lines(test_bed),
    ]
    .concat()
}

/// A good request with one change.
fn spoiled(test_bed: &TestBed, label: impl Into<String>, spoil: impl FnOnce(&mut SignedRequest)) -> Forged {
    let mut sealed = test_bed.good();
    spoil(&mut sealed);
    Forged::new(label, sealed, SIGNATURE)
}

/// A request with another value of a header.
pub(super) fn with(
    test_bed: &TestBed,
    name: &'static str,
    label: &str,
    other: impl FnOnce(&str) -> String,
) -> Forged {
    spoiled(test_bed, format!("{name} {label}"), |sealed| {
        let value = sealed.header(name);
        *value = other(value);
    })
}

/// Each header: missing, repeated, and in other forms.
fn headers(test_bed: &TestBed) -> Vec<Forged> {
    let mut cases = vec![];
    for name in HEADERS {
        let with = |label: &str, other: fn(&str) -> String| with(test_bed, name, label, other);
        let without = |sealed: &mut SignedRequest| sealed.headers.retain(|(given, _)| *given != name);
        let place =
            |sealed: &SignedRequest| sealed.headers.iter().position(|(given, _)| *given == name).unwrap();
        let stranger = || test_bed.good().header(name).clone();
        let one_more = |label: &str, value: Option<String>, behind: usize| {
            spoiled(test_bed, format!("{name} twice: {label}"), |sealed| {
                let (place, value) = (place(sealed), value.unwrap_or_else(|| sealed.header(name).clone()));
                sealed.headers.insert(place + behind, (name, value));
            })
        };
        cases.extend([
            spoiled(test_bed, format!("no {name}"), without),
            one_more("the same", None, 1),
            one_more("another's behind it", Some(stranger()), 1),
            one_more("another's before it", Some(stranger()), 0),
            one_more("nothing behind it", Some(String::new()), 1),
            one_more("nothing before it", Some(String::new()), 0),
            with("is empty", |_| String::new()),
            with("is a space", |_| " ".to_owned()),
            with("begins with a space", |value| format!(" {value}")),
            with("ends with a space", |value| format!("{value} ")),
            with("begins with a tab", |value| format!("\t{value}")),
            with("ends with a tab", |value| format!("{value}\t")),
            with("ends with a comma", |value| format!("{value},")),
            with("ends with a semicolon", |value| format!("{value};")),
            with("has a parameter more", |value| format!("{value};a=1")),
            with("is told twice in one", |value| format!("{value}, {value}")),
            with("is quoted", |value| format!("\"{value}\"")),
            with("is in capitals", str::to_uppercase),
            with("is not ASCII", |value| format!("{value}\u{e9}")),
            with("lacks its first character", |value| value[1..].to_owned()),
            with("lacks its last character", |value| value[..value.len() - 1].to_owned()),
            with("is very long", |value| value.repeat(40)),
        ]);
    }
    cases.extend(
        TYPES.map(|other| with(test_bed, "content-type", &format!("is {other}"), |_| other.to_owned())),
    );
    cases.push(with(test_bed, "signature-input", "of another request", |_| {
        test_bed.good().header("signature-input").clone()
    }));
    cases.push(with(test_bed, "signature", "of another request", |_| {
        test_bed.good().header("signature").clone()
    }));
    cases
}

/// Each flipped bit of the MAC, other lengths, and other encodings.
fn signatures(test_bed: &TestBed) -> Vec<Forged> {
    let mac =
        |value: &str| STANDARD.decode(value.trim_start_matches("causeway=:").trim_end_matches(':')).unwrap();
    let signature = |label: String, other: &dyn Fn(Vec<u8>) -> String| {
        with(test_bed, "signature", &label, |value| format!("causeway={}", other(mac(value))))
    };
    let bytes = |label: String, other: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        signature(label, &|mac| format!(":{}:", STANDARD.encode(other(mac))))
    };
    let mut cases = vec![];
    for bit in 0..256 {
        cases.push(bytes(format!("with bit {bit} flipped"), &|mut mac| {
            mac[bit / 8] ^= 1 << (bit % 8);
            mac
        }));
    }
    for length in [0, 1, 2, 4, 8, 16, 20, 24, 28, 30, 31] {
        cases.push(bytes(format!("of {length} bytes"), &|mac| mac[..length].to_vec()));
    }
    cases.extend([
        bytes("with a zero more".to_owned(), &|mac| [mac, vec![0]].concat()),
        bytes("twice over".to_owned(), &|mac| mac.repeat(2)),
        bytes("backwards".to_owned(), &|mac| mac.into_iter().rev().collect()),
        bytes("of zeros".to_owned(), &|_| vec![0; 32]),
        bytes("of ones".to_owned(), &|_| vec![0xff; 32]),
        signature("without padding".to_owned(), &|mac| {
            format!(":{}:", STANDARD.encode(mac).trim_end_matches('='))
        }),
        signature("with more padding".to_owned(), &|mac| format!(":{}=:", STANDARD.encode(mac))),
        signature("for URLs".to_owned(), &|mac| {
            format!(":{}:", URL_SAFE.encode([&mac[..31], &[0xff]].concat()))
        }),
        signature("with the last bits set".to_owned(), &|mac| {
            // Two bits of the last character have no meaning; only one encoding is valid.
            let text = STANDARD.encode(mac);
            let last = char::from(text.as_bytes()[42] + 1);
            format!(":{}{last}=:", &text[..42])
        }),
        signature("in hex".to_owned(), &|mac| format!(":{}:", hex::encode(mac))),
        signature("without colons".to_owned(), &|mac| STANDARD.encode(mac)),
        signature("as a text".to_owned(), &|mac| format!("\"{}\"", STANDARD.encode(mac))),
        signature("with a space within".to_owned(), &|mac| format!(": {}:", STANDARD.encode(mac))),
    ]);
    cases
        .push(with(test_bed, "signature", "under another name", |value| value.replace("causeway=", "sig1=")));
    cases.push(with(test_bed, "signature", "in capitals", |value| value.replace("causeway=", "Causeway=")));
    cases.push(with(test_bed, "signature", "behind another", |value| format!("other=:AAAA:, {value}")));
    cases
}

/// Digests of other bytes, and in other forms.
fn digests(test_bed: &TestBed) -> Vec<Forged> {
    let digest = |label: &str, other: &dyn Fn(&str) -> String| with(test_bed, "content-digest", label, other);
    vec![
        digest("of nothing", &|_| content_digest(b"")),
        digest("of another body", &|_| content_digest(b"x")),
        digest("of zeros", &|_| format!("sha-256=:{}:", STANDARD.encode([0; 32]))),
        digest("under another name", &|value| value.replace("sha-256", "sha-512")),
        digest("in capitals", &|value| value.replace("sha-256", "SHA-256")),
        digest("under md5", &|_| "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:".to_owned()),
        digest("without a name", &|value| value.trim_start_matches("sha-256=").to_owned()),
        digest("without padding", &|value| value.replace("=:", ":").replacen(':', "=:", 1)),
        digest("behind another", &|value| format!("sha-512=:AAAA:, {value}")),
        digest("before another", &|value| format!("{value}, sha-512=:AAAA:")),
        digest("cut", &|value| format!("{}:", &value[..30])),
        digest("as a text", &|value| value.replace(':', "\"")),
    ]
}

/// Another body under the same signature: each byte changed, each length, and a fresh digest.
fn bodies(test_bed: &TestBed) -> Vec<Forged> {
    let length = test_bed.good().body.len();
    let mut cases = vec![];
    for place in 0..length {
        for bit in [0, 3, 7] {
            let flipped = |sealed: &mut SignedRequest| sealed.body[place] ^= 1 << bit;
            cases.push(spoiled(test_bed, format!("bit {bit} of byte {place} flipped"), flipped));
        }
        cases.push(spoiled(test_bed, format!("cut to {place}"), |sealed| sealed.body.truncate(place)));
    }
    let digested = |sealed: &mut SignedRequest| {
        *sealed.body.last_mut().unwrap() ^= 1;
        let digest = content_digest(&sealed.body);
        *sealed.header("content-digest") = digest;
    };
    cases.push(spoiled(test_bed, "another body with its own digest", digested));
    cases.push(spoiled(test_bed, "a zero more", |sealed| sealed.body.push(0)));
    cases.push(spoiled(test_bed, "two messages", |sealed| sealed.body = sealed.body.repeat(2)));
    cases.push(spoiled(test_bed, "no message", |sealed| sealed.body = vec![0; 5]));
    cases.push(spoiled(test_bed, "a large body", |sealed| sealed.body = vec![0; 100_000]));
    cases
}

/// Another method, path or host than was signed.
fn lines(test_bed: &TestBed) -> Vec<Forged> {
    let mut cases = vec![];
    for http in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::HEAD] {
        cases.push(Forged { http: http.clone(), ..spoiled(test_bed, format!("by {http}"), |_| ()) });
    }
    for method in METHODS.iter().filter(|method| method.name != "Authorize") {
        let path = format!("/causeway.v1.Processor/{}", method.name);
        cases.push(spoiled(test_bed, format!("to {path}"), |sealed| sealed.path = path));
    }
    for path in METHOD_PATHS {
        let path = format!("/causeway.v1.Processor/{path}");
        cases.push(spoiled(test_bed, format!("to {path}"), |sealed| sealed.path = path));
    }
    for path in OTHER_PATHS {
        let elsewhere = spoiled(test_bed, format!("to {path}"), |sealed| sealed.path = path.to_owned());
        cases.push(Forged { verdict: UNKNOWN, ..elsewhere });
    }
    let port = test_bed.good().relay.port();
    cases.push(Forged {
        host: format!("{OTHER_HOST}:{port}"),
        ..spoiled(test_bed, "for another host", |_| ())
    });
    cases
}
