//! Changes of `Signature-Input`: of each covered component and of each parameter.

use base64::{Engine, engine::general_purpose::STANDARD};
use causeway_link::signature::COVERED;

use super::{
    forged_requests::with,
    link::{Forged, TestBed},
};

const PARAMETERS: [&str; 4] = ["created", "nonce", "keyid", "alg"];

/// Key ids that do not exist, or that belong to another tenant.
#[rustfmt::skip]
const IDS: [&str; 11] = [
    "acme-2", "globex-1", "ACME-1", "acme-1 ", "acme-1\\\"", "", "acme.1", "*", "' OR '1'='1", "../acme-1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

const ALGORITHMS: [&str; 7] =
    ["hmac-sha1", "hmac-sha512", "HMAC-SHA256", "none", "ed25519", "rsa-pss-sha512", "hmac-sha256 "];

#[rustfmt::skip]
const MOMENTS: [&str; 8] = [
    "01700000000", "+1700000000", "1e9", "999999999999999", "-999999999999999", "9223372036854775807", "1700000000.0", "NaN",
];

/// All changes of the header in this class.
pub(super) fn all(test_bed: &TestBed) -> Vec<Forged> {
    [components(test_bed), parameters(test_bed), values(test_bed), forms(test_bed)].concat()
}

/// The parts of `Signature-Input`: covered components, and parameters.
fn parts(input: &str) -> (Vec<String>, Vec<String>) {
    let (covered, parameters) = input.strip_prefix("causeway=(").unwrap().split_once(");").unwrap();
    let split = |text: &str, by: char| text.split(by).map(str::to_owned).collect();
    (split(covered, ' '), split(parameters, ';'))
}

fn written(covered: &[String], parameters: &[String]) -> String {
    format!("causeway=({});{}", covered.join(" "), parameters.join(";"))
}

/// A request with other components or parameters in the header.
fn input(test_bed: &TestBed, label: String, other: &dyn Fn(&mut Vec<String>, &mut Vec<String>)) -> Forged {
    with(test_bed, "signature-input", &label, |value| {
        let (mut covered, mut parameters) = parts(value);
        other(&mut covered, &mut parameters);
        written(&covered, &parameters)
    })
}

/// Each covered component: missing, repeated, changed, moved.
fn components(test_bed: &TestBed) -> Vec<Forged> {
    let mut cases = vec![];
    for (place, name) in COVERED.iter().enumerate() {
        let covered = |label: &str, other: &dyn Fn(&mut Vec<String>)| {
            input(test_bed, format!("{label} {name}"), &|covered, _| other(covered))
        };
        cases.extend([
            covered("without", &|covered| drop(covered.remove(place))),
            covered("twice", &|covered| covered.insert(place, covered[place].clone())),
            covered("in capitals", &|covered| covered[place] = covered[place].to_uppercase()),
            covered("unquoted", &|covered| covered[place] = covered[place].trim_matches('"').to_owned()),
            covered("elsewhere", &|covered| covered.swap(place, (place + 1) % 5)),
            covered("with a parameter:", &|covered| covered[place].push_str(";req")),
            covered("something else for", &|covered| covered[place] = "\"date\"".to_owned()),
            covered("only", &|covered| *covered = vec![covered[place].clone()]),
        ]);
    }
    cases
}

/// Each parameter: missing, repeated, changed, moved, of another type.
fn parameters(test_bed: &TestBed) -> Vec<Forged> {
    let mut cases = vec![];
    for (place, name) in PARAMETERS.iter().enumerate() {
        let parameter = |label: &str, other: &dyn Fn(&mut Vec<String>)| {
            input(test_bed, format!("{label} {name}"), &|_, parameters| other(parameters))
        };
        let value = |label: &str, other: &'static str| {
            parameter(label, &move |all| {
                let (name, _) = all[place].split_once('=').unwrap();
                all[place] = format!("{name}={other}");
            })
        };
        cases.extend([
            parameter("without", &|all| drop(all.remove(place))),
            parameter("twice", &|all| all.push(all[place].clone())),
            parameter("in capitals", &|all| all[place] = all[place].to_uppercase()),
            parameter("elsewhere", &|all| all.swap(place, (place + 1) % 4)),
            parameter("a space before", &|all| all[place].insert(0, ' ')),
            parameter("a bare", &|all| all[place] = all[place].split('=').next().unwrap().to_owned()),
            value("an empty", "\"\""),
            value("a number for", "1"),
            value("a long number for", "1000000000000000"),
            value("a negative number for", "-1"),
            value("a decimal number for", "1.5"),
            value("a true", "?1"),
            value("bytes for", ":AAAA:"),
            value("a token for", "a"),
            value("a text for", "\"a\""),
            value("a date for", "@1700000000"),
        ]);
    }
    cases
}

/// Parameters of the right type, with wrong values.
fn values(test_bed: &TestBed) -> Vec<Forged> {
    let replace = |part: &str, other: String| {
        input(test_bed, format!("with {other}"), &|_, parameters| {
            let place = parameters.iter().position(|parameter| parameter.starts_with(part)).unwrap();
            parameters[place] = other.clone();
        })
    };
    let nonces = [0, 1, 8, 15, 17, 32, 64].map(|bytes| STANDARD.encode(vec![7; bytes]));
    let mut cases: Vec<_> =
        nonces.iter().map(|nonce| replace("nonce", format!("nonce=\"{nonce}\""))).collect();
    cases.extend(IDS.map(|id| replace("keyid", format!("keyid=\"{id}\""))));
    cases.extend(ALGORITHMS.map(|algorithm| replace("alg", format!("alg=\"{algorithm}\""))));
    cases.extend(MOMENTS.map(|moment| replace("created", format!("created={moment}"))));
    cases
}

/// The name of another form of the header, and the function that makes the form.
type Form = (&'static str, fn(&str) -> String);

/// The same content in other forms.
fn forms(test_bed: &TestBed) -> Vec<Forged> {
    let whole: [Form; 8] = [
        ("under another name", |value| value.replace("causeway=", "sig1=")),
        ("under two names", |value| format!("{value}, other={}", value.trim_start_matches("causeway="))),
        ("behind another", |value| format!("other=(), {value}")),
        ("with more parameters", |value| format!("{value};expires=9999999999;tag=\"a\"")),
        ("with two spaces", |value| value.replace("\" \"", "\"  \"")),
        ("without a space", |value| value.replacen("\" \"", "\"\"", 1)),
        ("with commas", |value| value.replace("\" \"", "\",\"")),
        ("of nothing", |_| "causeway=()".to_owned()),
    ];
    whole.map(|(label, other)| with(test_bed, "signature-input", label, other)).into()
}
