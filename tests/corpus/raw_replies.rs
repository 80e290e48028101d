//! Bytes that Stripe or a proxy may answer in place of an object.

use std::sync::Arc;

use super::stripe_answers::{Call, Expected, ForgedCase};
use crate::stage::forging_proxy::{ForgedAnswer, answer};

/// Statuses that leave the outcome unknown with any body: informal, redirects, client and server
/// errors, and undefined ones.
#[rustfmt::skip]
const STATUSES: &[u16] = &[
    204, 205, 300, 301, 302, 303, 304, 305, 307, 308, 310, 399, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411,
    413, 414, 415, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 508, 511,
    520, 521, 522, 523, 524, 525, 530, 599, 600, 799, 999,
];

/// Texts where a JSON object should be.
#[rustfmt::skip]
const BODIES: &[&str] = &[
    "", " ", "\0", "null", "true", "0", "\"succeeded\"", "[]", "[{}]", "{", "}", "{}{}", "OK",
    "<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>",
    "<html><head><title>502 Bad Gateway</title></head></html>", "<?xml version=\"1.0\"?><error/>",
    "status=requires_capture&amount=1250", "{\"id\":", "{}", "{\"error\":null}", "{\"error\":{}}",
    "{\"object\":\"payment_intent\"}", "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"deleted\":true}",
    "{\"object\":\"list\",\"data\":[],\"has_more\":false}",
];

/// Errors that are not in Stripe's form, with the statuses of real ones.
#[rustfmt::skip]
const ERRORS: &[(u16, &str)] = &[
    (400, "{\"error\":{\"type\":\"invalid_request_error\""), (400, "{\"error\":\"invalid_client\"}"),
    (400, "{\"message\":\"no such intent\"}"), (400, "[{\"error\":{\"type\":\"invalid_request_error\"}}]"),
    (400, "{\"error\":{\"type\":\"idempotency_error\",\"message\":\"other parameters\"}}"),
    (400, "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"lock_timeout\"}}"),
    (402, "{\"error\":{\"type\":\"card_eror\",\"code\":\"card_declined\"}}"),
    (402, "{\"error\":{\"type\":null,\"code\":\"card_declined\"}}"), (402, "{\"error\":{\"code\":\"card_declined\"}}"),
    (402, "{\"error\":{\"type\":\"card_error\",\"code\":5}}"), (402, "{\"error\":[\"card_error\",\"card_declined\"]}"),
    (402, "{\"error\":{\"type\":\"card_error\",\"payment_intent\":5}}"),
    (402, "{\"error\":{\"type\":\"card_error\",\"payment_intent\":{\"id\":\"pi_1\"}}}"),
    (402, "{\"error\":{\"type\":\"card_error\",\"payment_method\":[5]}}"),
    (402, "{\"error\":{\"type\":\"CARD_ERROR\",\"code\":\"card_declined\"}}"),
    (402, "<html>Payment Required</html>"), (404, "<html>404 page not found</html>"), (404, "{}"),
    (500, "{\"error\":{\"type\":\"api_error\"}}"), (500, "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\"}}"),
    (200, "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\"}}"),
];

/// Bytes that are not HTTP, or an incomplete answer.
#[rustfmt::skip]
const WIRES: &[(&str, &str)] = &[
    ("nothing at all", ""), ("one byte", "H"), ("half a status line", "HTTP/1.1 20"), ("a status line without one", "HTTP/1.1  OK\r\n\r\n"),
    ("an old version", "HTTP/0.9 200 OK\r\n\r\n{}"), ("a version of tomorrow", "HTTP/7.0 200 OK\r\n\r\n{}"),
    ("a TLS alert", "\x15\x03\x03\0\x02\x02\x28"), ("a banner of SSH", "SSH-2.0-OpenSSH_9.9\r\n"),
    ("HTTP/2's first frame", "\0\0\0\x04\0\0\0\0\0"), ("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"),
    ("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"), ("a negative status", "HTTP/1.1 -200 OK\r\n\r\n"),
    ("a head without an end", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"),
    ("a header without a name", "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\n{}"),
    ("a header with a zero", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}"),
    ("a body that is cut", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"id\":\"pi_1\""),
    ("a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"),
    ("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
    ("a length of more than 64 bits", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}"),
    ("the longest length", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n{}"),
    ("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    ("a chunk that is cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"id\":"),
    ("a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n"),
    ("a chunk size that is no number", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n"),
    ("a chunk size of more than 64 bits", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}"),
    ("chunks without an end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    ("an encoding that there is not", "HTTP/1.1 200 OK\r\nTransfer-Encoding: brotli\r\n\r\n{}"),
    ("another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
    ("only informal statuses", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"),
];

fn bytes_answer(bytes: Vec<u8>) -> ForgedAnswer {
    Arc::new(move |_| bytes.clone())
}

/// The honest object within other bytes.
fn transformed(dress: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> ForgedAnswer {
    Arc::new(move |real_answer| dress(real_answer.body.to_string().as_bytes()))
}

/// A redirect, with the honest object as the body: the client does not follow the redirect.
fn redirect(status: u16, to: &'static str) -> ForgedAnswer {
    transformed(move |body| answer(status, &format!("Location: {to}\r\n"), body))
}

fn chunked(chunks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"HTTP/1.1 200 OK\r\nRequest-Id: req_1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in chunks {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend(b"\r\n");
    }
    bytes
}

/// Bodies that are no object, and objects under a status that is no success.
fn unbelievable() -> Vec<(String, ForgedAnswer)> {
    let mut cases: Vec<(String, ForgedAnswer)> = vec![];
    for status in STATUSES {
        let form = b"{\"error\":{\"type\":\"of_tomorrow\",\"message\":\"no\"}}";
        cases.push((format!("HTTP {status}"), bytes_answer(answer(*status, "", form))));
    }
    for body in BODIES {
        cases.push((format!("{body:?}"), bytes_answer(answer(200, "", body.as_bytes()))));
    }
    for (status, body) in ERRORS {
        cases.push((format!("HTTP {status} {body}"), bytes_answer(answer(*status, "", body.as_bytes()))));
    }
    for (label, bytes) in WIRES {
        cases.push(((*label).to_owned(), bytes_answer(bytes.as_bytes().to_vec())));
    }
    let targets =
        ["/v1/stolen", "http://127.0.0.1:1/stolen", "//127.0.0.1:1/stolen", "", "https://api.stripe.com/"];
    for (status, to) in [301, 302, 303, 307, 308].into_iter().zip(targets) {
        cases.push((format!("HTTP {status} to {to:?}"), redirect(status, to)));
    }
    // Stripe gives each answer an id; a proxy does not.
    let unsigned = "HTTP/1.1 402 No\r\nContent-Length: 63\r\n\r\n{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\",\"x\":\"1234\"}}";
    cases.push(("a decline without Request-Id".to_owned(), bytes_answer(unsigned.as_bytes().to_vec())));
    cases
}

/// Too many bytes, and the honest object in a disguised form.
fn too_large() -> Vec<(String, ForgedAnswer)> {
    let space = vec![b' '; 5 * 1024 * 1024];
    let many = vec![b'a'; 65_536];
    let endless: Vec<&[u8]> = std::iter::repeat_n(many.as_slice(), 80).collect();
    let headers = "X-Filler: abcdefghijklmnop\r\n".repeat(20_000);
    let line = format!("X-Filler: {}\r\n", "a".repeat(1_000_000));
    let large = space.clone();
    vec![
        ("5 MiB of spaces".to_owned(), bytes_answer(answer(200, "", &space))),
        ("an object behind 5 MiB of spaces".to_owned(), {
            transformed(move |body| answer(200, "", &[large.as_slice(), body].concat()))
        }),
        ("chunks of 5 MiB without an end".to_owned(), bytes_answer(chunked(&endless))),
        ("20,000 headers".to_owned(), transformed(move |body| answer(200, &headers, body))),
        ("a header of a million bytes".to_owned(), transformed(move |body| answer(200, &line, body))),
        ("an object that is cut".to_owned(), transformed(|body| answer(200, "", &body[..body.len() / 2]))),
        ("an object of which a byte is missing".to_owned(), {
            transformed(|body| {
                let whole = answer(200, "", body);
                whole[..whole.len() - 1].to_vec()
            })
        }),
        ("two objects".to_owned(), transformed(|body| answer(200, "", &[body, body].concat()))),
        ("an object in a list".to_owned(), transformed(|body| answer(200, "", &[b"[", body, b"]"].concat()))),
        ("an object in quotes".to_owned(), {
            transformed(|body| {
                answer(200, "", serde_json::json!(String::from_utf8_lossy(body)).to_string().as_bytes())
            })
        }),
        ("an object that is said to be gzip and cut".to_owned(), {
            transformed(|body| answer(200, "Content-Encoding: gzip\r\n", &body[..100]))
        }),
    ]
}

/// Unusual answers that are valid: the whole object has arrived.
fn good() -> Vec<(String, ForgedAnswer)> {
    vec![
        ("an object behind hints".to_owned(), {
            transformed(|body| {
                let hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".to_vec();
                [hints, answer(200, "", body)].concat()
            })
        }),
        ("an object in chunks".to_owned(), {
            transformed(|body| chunked(&[&body[..1], &body[1..100], &body[100..], b""]))
        }),
        (
            "an object as text".to_owned(),
            transformed(|body| answer(200, "Content-Type: text/plain\r\n", body)),
        ),
        ("an object between spaces".to_owned(), {
            transformed(|body| answer(200, "", &[b"\r\n\t ", body, b" \n"].concat()))
        }),
        ("an object and more behind it".to_owned(), {
            transformed(|body| {
                [answer(200, "Connection: close\r\n", body), b"HTTP/1.1 402 No\r\n\r\n".to_vec()].concat()
            })
        }),
        ("HTTP 201".to_owned(), transformed(|body| answer(201, "", body))),
    ]
}

/// The answers that are played for each call: one of each sort.
const FOR_EACH: [&str; 12] = [
    "\"\"",
    "\"{}\"",
    "\"null\"",
    "HTTP 302",
    "HTTP 404",
    "HTTP 500",
    "HTTP 402 <html>Payment Required</html>",
    "nothing at all",
    "a body that is cut",
    "two lengths",
    "5 MiB of spaces",
    "an object that is cut",
];

/// All hostile replies of this class.
pub(super) fn all() -> Vec<ForgedCase> {
    let unknown = [unbelievable(), too_large()].concat();
    let mut cases = vec![];
    for call in [Call::Capture, Call::Release, Call::Refund, Call::Sync] {
        let some = unknown.iter().filter(|(label, _)| FOR_EACH.contains(&label.as_str()));
        cases.extend(
            some.map(|(label, forge)| ForgedCase::new(call, label, Arc::clone(forge), Expected::Unknown)),
        );
    }
    let authorize = |(label, forge), comes| ForgedCase::new(Call::Authorize, label, forge, comes);
    // A key that belongs to another request also raises an alarm for the operator.
    // The type of an object that is not the one asked for is an alarm too.
    let alarming = |label: &str| label.contains("idempotency_error") || label.contains("has_more");
    let comes = |label: &str| if alarming(label) { Expected::Alarm } else { Expected::Unknown };
    cases.extend(unknown.into_iter().map(|case| {
        let comes = comes(&case.0);
        authorize(case, comes)
    }));
    cases.extend(good().into_iter().map(|case| authorize(case, Expected::Believed)));
    cases
}
