//! Hostile connections: half open, silent, too many, and abuse of HTTP/2.

use std::{net::SocketAddr, time::Duration};

use causeway::v1::Outcome;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::stage::{
    Billing, Fault, Stage,
    events::ENDPOINT,
    eventually, order,
    proxy::Proxy,
    settings::{self, BILLING_TOKEN},
    signed_requests::http2,
    start_adapter,
};

/// A silent or too slow client is disconnected within this time.
const PATIENCE: Duration = Duration::from_secs(20);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const END_STREAM: u8 = 1;

/// A frame of HTTP/2 (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `POST http://x/` in HPACK, from the static table.
const POST: &[u8] = &[0x83, 0x86, 0x84, 0x01, 1, b'x'];

/// The preface of a connection with SETTINGS, followed by `frames`.
fn opening(frames: &[Vec<u8>]) -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frames.concat()].concat()
}

/// Sends bytes, and returns the server's bytes until the server closes the connection. A connection still
/// open after `PATIENCE` is a failure.
async fn received(address: SocketAddr, bytes_to_send: &[u8]) -> Vec<u8> {
    let connection = TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = connection.into_split();
    let bytes_to_send = bytes_to_send.to_vec();
    let talking = tokio::spawn(async move {
        drop(to.write_all(&bytes_to_send).await);
        // The connection stays open on this side.
        std::future::pending::<()>().await;
    });
    let mut received = vec![];
    let closed = timeout(PATIENCE, async {
        let mut buffer = vec![0; 65536];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            received.extend_from_slice(&buffer[..count]);
        }
    });
    assert!(closed.await.is_ok(), "the connection is still open");
    talking.abort();
    received
}

/// Error code of the last GOAWAY frame: RFC 9113, section 7.
fn goaway(received: &[u8]) -> Option<u32> {
    let (mut rest, mut why) = (received, None);
    while rest.len() >= 9 {
        let length = usize::try_from(u32::from_be_bytes([0, rest[0], rest[1], rest[2]])).unwrap();
        if rest[3] == GOAWAY && rest.len() >= 17 {
            why = Some(u32::from_be_bytes(rest[13..17].try_into().unwrap()));
        }
        rest = rest.get(9 + length..).unwrap_or_default();
    }
    why
}

/// F71: a half-open link is detected by silence. The adapter sends the same request again, and
/// the effect happens once.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_link_is_detected_and_the_request_repeated() {
    let stage = Stage::open().await;
    let proxy = Proxy::before(stage.relay_address()).await;
    let through = settings::adapter(&[proxy.address], "acme-1", settings::ACME_SECRET);
    let adapter = start_adapter(&through, &stage.clock).await;
    let billing = Billing::connect(adapter.address, BILLING_TOKEN).await;
    billing.authorize(order("0", "1.00 USD")).await.held_payment();
    let before = proxy.connections();

    stage.arm(Fault::SlowAfter(Duration::from_secs(2)));
    let paying = billing.clone();
    let since = Instant::now();
    let call = tokio::spawn(async move { paying.authorize(order("1", "12.50 USD")).await });
    eventually("Stripe is asked", async || stage.stripe_posts() == 2).await;
    proxy.go_silent();
    let result = call.await.unwrap().result();
    assert_eq!((result.outcome(), result.duplicate), (Outcome::Approved, true));
    assert!(since.elapsed() < Duration::from_secs(25), "{:?}", since.elapsed());
    assert!(proxy.connections() > before, "on a new connection");
    assert_eq!((stage.stripe_posts(), stage.authorizations(), stage.rows("operation")), (2, 2, 2));
}

/// F74: a client that stops in the middle of an HTTP/2 handshake, a head or a body, or between
/// two requests, is disconnected.
#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_handshake_head_or_body_is_disconnected() {
    let (stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    let webhook_address: SocketAddr = webhook.url.split('/').nth(2).unwrap().parse().unwrap();
    let head = format!("POST /webhooks/{ENDPOINT} HTTP/1.1\r\nhost: x\r\n");
    let body = format!("{head}content-length: 100\r\n\r\n{{");
    let whole = format!("{head}content-length: 2\r\n\r\n{{}}");
    let half_head = opening(&[frame(HEADERS, 0, 1, POST)]);
    let idle = opening(&[]);
    let (relay, adapter) = (stage.relay_address(), stage.adapter.address);
    let ends = tokio::join!(
        received(relay, &half_head),
        received(adapter, &half_head),
        received(relay, &idle),
        received(adapter, &idle),
        received(webhook_address, b""),
        received(webhook_address, b"POST /webhooks/"),
        received(webhook_address, head.as_bytes()),
        received(webhook_address, body.as_bytes()),
        received(webhook_address, whole.as_bytes()),
    );
    assert!(ends.7.starts_with(b"HTTP/1.1 400 "), "half a body: {}", String::from_utf8_lossy(&ends.7));
    assert!(ends.8.starts_with(b"HTTP/1.1 400 "), "an unsigned one: {}", String::from_utf8_lossy(&ends.8));
    stage.billing().await.authorize(order("1", "12.50 USD")).await.held_payment();
}

/// F75: streams that are opened and reset at once (CVE-2023-44487) end their own connection,
/// and no other connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_stream_resets_closes_its_connection() {
    const ENHANCE_YOUR_CALM: u32 = 11;
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    billing.authorize(order("0", "1.00 USD")).await.held_payment();
    let cancel = 8_u32.to_be_bytes();
    let frames: Vec<_> = (0..20_000)
        .flat_map(|number| {
            let stream = 2 * number + 1;
            [frame(HEADERS, END_HEADERS | END_STREAM, stream, POST), frame(RST_STREAM, 0, stream, &cancel)]
        })
        .collect();
    let flood = opening(&frames);
    for address in [stage.relay_address(), stage.adapter.address] {
        for _ in 0..5 {
            let ended = received(address, &flood).await;
            assert!(matches!(goaway(&ended), Some(ENHANCE_YOUR_CALM) | None), "{:?}", goaway(&ended));
        }
    }
    let since = Instant::now();
    billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    assert_eq!((stage.rows("operation"), stage.authorizations()), (2, 2));
}

/// F72: a head without an end, in one frame or in many, is not kept.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_head_is_not_read() {
    let stage = Stage::open().await;
    let mut frames = vec![frame(HEADERS, 0, 1, POST)];
    // A header field of 107 bytes, 40 times in each frame.
    let header = [&[0x00, 4][..], b"name", &[100], &[b'v'; 100]].concat();
    frames.extend((0..2000).map(|_| frame(CONTINUATION, 0, 1, &header.repeat(40))));
    let flood = opening(&frames);
    assert!(flood.len() > 8_000_000);
    for address in [stage.relay_address(), stage.adapter.address] {
        let ended = received(address, &flood).await;
        assert!(ended.len() < 10_000, "{}", ended.len());
    }
    let large = http2()
        .post(format!("http://{}/causeway.v1.Processor/Authorize", stage.adapter.address))
        .header("x-large", "x".repeat(100_000))
        .send();
    match large.await {
        Ok(answer) => assert_eq!(answer.status(), 431),
        Err(error) => assert!(error.is_request(), "{error:?}"),
    }
    stage.billing().await.authorize(order("1", "12.50 USD")).await.held_payment();
}

/// F78: idle connections that occupy every place do not block connected callers, and do not block a
/// new caller for long.
#[tokio::test(flavor = "multi_thread")]
async fn connections_above_the_limit_delay_no_caller() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    billing.authorize(order("0", "1.00 USD")).await.held_payment();
    let mut idle_connections = vec![];
    for _ in 0..600 {
        idle_connections.push(TcpStream::connect(stage.adapter.address).await.unwrap());
    }
    let since = Instant::now();
    billing.authorize(order("1", "1.00 USD")).await.held_payment();
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    stage.billing().await.authorize(order("2", "1.00 USD")).await.held_payment();
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
    drop(idle_connections);
}
