//! Wrong input of every kind: a clear refusal, no row written, no call sent.

use causeway::{status::RefusalDetails, v1};
use prost::Message;

use crate::stage::{
    Stage,
    billing::{money, reason},
    method, order,
    settings::BILLING_TOKEN,
    signed_requests::http2,
};

async fn untouched(stage: &Stage) {
    assert_eq!((stage.rows("operation"), stage.rows("payment"), stage.calls()), (0, 0, 0));
}

/// A refusal lists all violations at once, field by field.
#[tokio::test]
async fn all_violations_of_a_request_are_reported_at_once() {
    let stage = Stage::open().await;
    let wrong = v1::AuthorizeRequest {
        request_id: "a b".to_owned(),
        amount: Some(money("12.505 USD")),
        instrument: method("tok_visa"),
        receipt_email: "nobody".to_owned(),
        ..Default::default()
    };
    let status = stage.billing().await.authorize(wrong).await.0.unwrap_err();
    assert_eq!(reason(&status), "InvalidArgument MALFORMED_REQUEST");
    let details = tonic_types::StatusExt::get_error_details(&status);
    let fields: Vec<_> = details
        .bad_request()
        .unwrap()
        .field_violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, ["request_id", "amount", "payment_method", "receipt_email"]);
    untouched(&stage).await;
}

/// Amounts that the contract refuses in `Money.amount`.
const AMOUNTS: &[&str] = &[
    "",
    "0",
    "0.00",
    "-1",
    "-0.50",
    "+5",
    "1e3",
    "1E3",
    "0x10",
    "NaN",
    "inf",
    "1,00",
    "1.000,00",
    "1 000",
    " 1",
    "1 ",
    "1.",
    ".5",
    ".",
    "..",
    "1.2.3",
    "12.505",
    "0.001",
    "99999999999",
    "9223372036854775808",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "١٢",
    "１２",
    "1\0",
    "1\n",
    "'; DROP TABLE payment; --",
    "<b>1</b>",
];

/// Currencies that are refused, with the reason of the refusal.
const CURRENCIES: &[(&str, &str)] = &[
    ("", "MALFORMED_REQUEST"),
    ("usd", "MALFORMED_REQUEST"),
    ("US", "MALFORMED_REQUEST"),
    ("USDT", "MALFORMED_REQUEST"),
    ("U$D", "MALFORMED_REQUEST"),
    ("ＵＳＤ", "MALFORMED_REQUEST"),
    ("UЅD", "MALFORMED_REQUEST"),
    (" USD", "MALFORMED_REQUEST"),
    ("XXX", "CURRENCY_UNKNOWN"),
    ("XAU", "CURRENCY_UNKNOWN"),
    ("HRK", "CURRENCY_UNKNOWN"),
    ("ZZZ", "CURRENCY_UNKNOWN"),
];

/// Amounts and currencies of every wrong kind are refused.
#[tokio::test]
async fn invalid_amounts_and_currencies_are_refused() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;

    for amount in AMOUNTS {
        let request = v1::AuthorizeRequest {
            amount: Some(v1::Money { amount: (*amount).to_owned(), currency: "USD".to_owned() }),
            ..order("1", "1.00 USD")
        };
        assert_eq!(
            billing.authorize(request).await.reason(),
            "InvalidArgument MALFORMED_REQUEST",
            "{amount:?}"
        );
    }

    for (currency, expected) in CURRENCIES {
        let request = v1::AuthorizeRequest {
            amount: Some(v1::Money { amount: "5.00".to_owned(), currency: (*currency).to_owned() }),
            ..order("1", "1.00 USD")
        };
        assert_eq!(
            billing.authorize(request).await.reason(),
            format!("InvalidArgument {expected}"),
            "{currency:?}"
        );
    }
    untouched(&stage).await;
}

/// Ids, keys and texts of every wrong kind, in every field; no refusal repeats the text.
#[tokio::test]
async fn invalid_ids_and_texts_are_refused_and_not_repeated() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let long = "x".repeat(5000);
    let nasty = ["a\0b", "a\r\nb", "4242424242424242", "4000 0000 0000 0002", long.as_str()];
    for text in nasty {
        let text = text.to_owned();
        let good = || order("1", "1.00 USD");
        let request = [
            v1::AuthorizeRequest { request_id: text.clone(), ..good() },
            v1::AuthorizeRequest { instrument: method(&text), ..good() },
            v1::AuthorizeRequest { processor_customer: text.clone(), ..good() },
            v1::AuthorizeRequest { billing_reference: text.clone(), ..good() },
            v1::AuthorizeRequest { description: text.clone(), ..good() },
            v1::AuthorizeRequest { metadata: [(text.clone(), "v".to_owned())].into(), ..good() },
            v1::AuthorizeRequest { receipt_email: text.clone(), ..good() },
            v1::AuthorizeRequest { statement_descriptor_suffix: text.clone(), ..good() },
            v1::AuthorizeRequest { return_url: text.clone(), ..good() },
        ];
        for request in request {
            // Metadata and descriptor beyond Stripe's limits break a rule, which is checked after the form
            // of the request.
            let texts = request.metadata.is_empty() && request.statement_descriptor_suffix.is_empty();
            let refusal_details = billing.authorize(request).await.refused();
            assert_eq!(
                refusal_details.reason,
                if texts { "MALFORMED_REQUEST" } else { "TEXTS_BEYOND_LIMITS" }
            );
            assert!(!refusal_details.message.contains(&text), "{}", refusal_details.message);
        }
        let refusal_details = billing.capture("1", &text, None).await.refused();
        assert_eq!(refusal_details.reason, "MALFORMED_REQUEST");
    }
    untouched(&stage).await;
}

/// F72: a message of ten megabytes is refused without being read in full.
#[tokio::test]
async fn a_message_of_ten_megabytes_is_refused() {
    let stage = Stage::open().await;
    let request = v1::AuthorizeRequest { description: "x".repeat(10_000_000), ..order("1", "1.00 USD") };
    let refusal = stage.billing().await.authorize(request).await.refused();
    assert_eq!(refusal.reason, "MESSAGE_TOO_LARGE");
    assert_eq!(refusal.message, "the message is larger than 131072 bytes, the most that is read");
    untouched(&stage).await;
}

/// F73: bytes that are no valid message, sent straight to the adapter.
#[tokio::test]
async fn malformed_protobuf_is_refused() {
    let stage = Stage::open().await;
    let client = http2();
    let good = order("1", "1.00 USD").encode_to_vec();
    let mut bodies: Vec<Vec<u8>> = (1..good.len()).map(|cut| good[..cut].to_vec()).collect();
    bodies.extend([
        vec![0xff; 64],
        vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
        vec![0x08; 10],
        vec![0x0b],
        vec![0x0c],
        vec![0x0a, 1, 0xff],
    ]);
    for body in bodies {
        let framed = [&[0][..], &u32::try_from(body.len()).unwrap().to_be_bytes(), &body].concat();
        let seen = post(&client, &stage, "Authorize", framed).await;
        // A message that was cut between two fields is well formed and incomplete.
        assert!(
            ["InvalidArgument MALFORMED_MESSAGE", "InvalidArgument MALFORMED_REQUEST"]
                .contains(&seen.as_str()),
            "{body:x?}: {seen}"
        );
    }
    for frame in [
        vec![],
        vec![0],
        vec![0, 0, 0, 0],
        vec![0, 0, 0, 0, 9, 1],
        vec![1, 0, 0, 0, 1, 0],
        vec![7, 0, 0, 0, 0],
    ] {
        let seen = post(&client, &stage, "Authorize", frame.clone()).await;
        assert!(seen != "let in", "{frame:x?}: {seen}");
    }
    assert_eq!(post(&client, &stage, "Steal", vec![0; 5]).await, "Unimplemented METHOD_UNKNOWN");
    untouched(&stage).await;
    // An unknown field of a newer contract is ignored.
    let mut newer = good;
    newer.extend([0xfa, 0x3f, 1, b'x']);
    let framed = [&[0][..], &u32::try_from(newer.len()).unwrap().to_be_bytes(), &newer].concat();
    assert_eq!(post(&client, &stage, "Authorize", framed).await, "let in");
}

async fn post(
    client: &reqwest::Client,
    stage: &Stage,
    method: &str,
    body: impl Into<reqwest::Body>,
) -> String {
    let response = client
        .post(format!("http://{}/causeway.v1.Processor/{method}", stage.adapter.address))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", format!("Bearer {BILLING_TOKEN}"))
        .body(body)
        .send()
        .await
        .unwrap();
    match tonic::Status::from_header_map(response.headers()) {
        Some(status) => format!("{:?} {}", status.code(), RefusalDetails::of(&status).reason),
        None => "let in".to_owned(),
    }
}

/// F74: a connection that stays silent, or stops in the middle of a message, is closed within 20 seconds.
#[tokio::test]
async fn a_silent_connection_is_closed() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stage = Stage::open().await;
    let silent = async |address: std::net::SocketAddr, says: &'static [u8]| {
        let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
        connection.write_all(says).await.unwrap();
        let mut received = vec![];
        let end =
            tokio::time::timeout(std::time::Duration::from_secs(20), connection.read_to_end(&mut received))
                .await;
        assert!(end.is_ok(), "the connection is still open");
    };
    let stalled = async || {
        // A body that is announced and never sent.
        let body = reqwest::Body::wrap(http_body_util::StreamBody::new(tokio_stream::pending::<
            Result<http_body::Frame<bytes::Bytes>, std::io::Error>,
        >()));
        post(&http2(), &stage, "Authorize", body).await
    };
    let (_, _, _, stalled) = tokio::join!(
        silent(stage.adapter.address, b""),
        silent(stage.relay_address(), b""),
        silent(stage.relay_address(), b"PRI * HTTP"),
        stalled(),
    );
    assert_eq!(stalled, "InvalidArgument MALFORMED_MESSAGE");
    stage.billing().await.authorize(order("1", "12.50 USD")).await.held_payment();
}
