//! Wrong HTTP/2 and gRPC frames: the connection or the stream ends, no row is written, no call is
//! sent, and other connections are served as before.

use std::net::SocketAddr;

use causeway_sandbox::Sandbox;
use prost::Message;
use tempfile::TempDir;
use tokio::time::Instant;

use super::{
    check_unique_names, frame_floods,
    frames::{
        ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PREFACE, PRIORITY,
        PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, after_hello, frame, framed, header, last_reaction,
        setting,
    },
    leftovers, panics, play, print_result,
};
use crate::stage::{
    Billing, order,
    processes::Process,
    settings::{self, ACME_SECRET, BILLING_TOKEN},
};

/// The bytes to send, and the accepted reactions.
#[derive(Clone)]
pub(super) struct Framing {
    pub(super) label: String,
    pub(super) bytes: Vec<u8>,
    pub(super) ends: &'static [&'static str],
}

const PROTOCOL: &[&str] = &["GOAWAY 1"];
// The HTTP/2 library reports most of these errors as protocol errors.
const SIZE: &[&str] = &["GOAWAY 6", "GOAWAY 1"];
const COMPRESSION: &[&str] = &["GOAWAY 9", "GOAWAY 1"];
const FLOW: &[&str] = &["GOAWAY 3", "GOAWAY 1"];
const CLOSED: &[&str] = &["closed", "GOAWAY 1"];
const STREAM: &[&str] = &["RST_STREAM 1", "GOAWAY 1"];
const REFUSED: &[&str] = &["refused"];

pub(super) fn case(label: impl Into<String>, bytes: Vec<u8>, ends: &'static [&'static str]) -> Framing {
    Framing { label: label.into(), bytes, ends }
}

/// The head of a good call, with extra or replaced headers.
pub(super) fn head(others: &[(&str, &str)]) -> Vec<u8> {
    let token = format!("Bearer {BILLING_TOKEN}");
    let usual = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/causeway.v1.Processor/Authorize"),
        (":authority", "adapter"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("authorization", token.as_str()),
    ];
    let own = |name: &str| others.iter().any(|(other, _)| *other == name);
    let usual = usual.into_iter().filter(|(name, _)| !own(name));
    // Pseudo headers come first, in either list; a header with an empty value is left out.
    let all: Vec<_> = others.iter().copied().filter(|(name, _)| name.starts_with(':')).chain(usual).collect();
    let behind = others.iter().copied().filter(|(name, _)| !name.starts_with(':'));
    let all = all.into_iter().chain(behind).filter(|(_, value)| !value.is_empty());
    all.flat_map(|(name, value)| header(name, value)).collect()
}

fn call(others: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let begin = frame(HEADERS, END_HEADERS, 1, &head(others));
    after_hello(&[begin, frame(DATA, END_STREAM, 1, body)])
}

/// A message in a gRPC frame, with a flag.
fn message(flag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[flag], u32::try_from(bytes.len()).unwrap().to_be_bytes().as_slice(), bytes].concat()
}

fn prefaces() -> Vec<Framing> {
    let mut cases = vec![];
    for text in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /causeway.v1.Processor/Authorize HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        "PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n",
        "pri * http/2.0\r\n\r\nsm\r\n\r\n",
        "PRI * HTTP/2.0\n\nSM\n\n",
        "PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "SSH-2.0-OpenSSH_9.9\r\n\r\n\r\n\r\n",
        "EHLO example\r\nEHLO example\r\n",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        "\x16\x03\x01\x02\0\x01\0\x01\x7f\x03\x03aaaaaaaaaaaaaaaaaaaaaaaa",
        "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n",
        "{\"jsonrpc\":\"2.0\",\"method\":\"Authorize\"}\n",
        "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
    ] {
        let shown: String = text.chars().take(60).collect();
        cases.push(case(format!("{shown:?} to begin with"), text.as_bytes().to_vec(), CLOSED));
    }
    for (label, first) in [
        ("a PING", frame(PING, 0, 0, &[0; 8])),
        ("DATA", frame(DATA, 0, 1, b"x")),
        ("HEADERS", frame(HEADERS, END_HEADERS, 1, &head(&[]))),
        ("the preface again", PREFACE.to_vec()),
        ("SETTINGS that are acknowledged", frame(SETTINGS, ACK, 0, &[])),
        ("a GOAWAY", frame(GOAWAY, 0, 0, &[0; 8])),
    ] {
        cases.push(case(
            format!("{label} before SETTINGS"),
            [PREFACE, &first].concat(),
            &["GOAWAY 1", "GOAWAY 6", "closed", "silent", "refused"],
        ));
    }
    cases
}

/// Frames with a wrong length for their kind, or at a forbidden place.
fn lone_frames() -> Vec<Framing> {
    let mut cases = vec![];
    for (label, one, ends) in [
        ("SETTINGS of 5 bytes", frame(SETTINGS, 0, 0, &[0; 5]), SIZE),
        ("SETTINGS on a stream", frame(SETTINGS, 0, 1, &[]), PROTOCOL),
        ("an acknowledgement with a setting", frame(SETTINGS, ACK, 0, &[0; 6]), SIZE),
        ("a window of 2^31", setting(4, 0x8000_0000), FLOW),
        ("a window of 2^32 - 1", setting(4, u32::MAX), FLOW),
        ("frames of 16,383 bytes", setting(5, 16_383), PROTOCOL),
        ("frames of 2^24 bytes", setting(5, 1 << 24), PROTOCOL),
        ("push 2", setting(2, 2), PROTOCOL),
        ("a PING of 7 bytes", frame(PING, 0, 0, &[0; 7]), SIZE),
        ("a PING of 9 bytes", frame(PING, 0, 0, &[0; 9]), SIZE),
        ("a PING on a stream", frame(PING, 0, 1, &[0; 8]), PROTOCOL),
        ("a window that grows by nothing", frame(WINDOW_UPDATE, 0, 0, &[0; 4]), PROTOCOL),
        ("WINDOW_UPDATE of 3 bytes", frame(WINDOW_UPDATE, 0, 0, &[0; 3]), SIZE),
        ("WINDOW_UPDATE of an idle stream", frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]), PROTOCOL),
        ("a window that grows beyond its end", frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff]), FLOW),
        ("a GOAWAY of 7 bytes", frame(GOAWAY, 0, 0, &[0; 7]), SIZE),
        ("a GOAWAY on a stream", frame(GOAWAY, 0, 1, &[0; 8]), PROTOCOL),
        ("RST_STREAM of an idle stream", frame(RST_STREAM, 0, 1, &[0; 4]), PROTOCOL),
        ("RST_STREAM of no stream", frame(RST_STREAM, 0, 0, &[0; 4]), PROTOCOL),
        ("RST_STREAM of 3 bytes", frame(RST_STREAM, 0, 1, &[0; 3]), SIZE),
        ("PRIORITY of 4 bytes", frame(PRIORITY, 0, 1, &[0; 4]), SIZE),
        ("PRIORITY of no stream", frame(PRIORITY, 0, 0, &[0; 5]), PROTOCOL),
        ("a promise of a client's", frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2]), PROTOCOL),
        ("CONTINUATION of nothing", frame(CONTINUATION, END_HEADERS, 1, &[]), PROTOCOL),
        ("DATA of no stream", frame(DATA, 0, 0, b"x"), PROTOCOL),
        ("DATA of an idle stream", frame(DATA, 0, 1, b"x"), PROTOCOL),
        ("DATA of an even stream", frame(DATA, 0, 2, b"x"), PROTOCOL),
        ("a frame of 16,385 bytes", framed(16_385, DATA, 0, 1, &[0; 100]), SIZE),
        ("a frame of 16 MiB", framed(0xff_ffff, 0x20, 0, 0, &[0; 100]), SIZE),
    ] {
        cases.push(case(label, after_hello(&[one]), ends));
    }
    cases
}

/// Header blocks that are invalid HPACK.
fn blocks() -> [(&'static str, Vec<u8>); 10] {
    [
        ("index 0", vec![0x80]),
        ("index 200", vec![0xff, 0x49]),
        ("an index of more than 64 bits", [vec![0xff], vec![0xff; 12]].concat()),
        ("a literal of index 200", vec![0x7f, 0x89, 0x01, 0x01, b'a']),
        ("a table larger than was agreed", vec![0x3f, 0xe1, 0xff, 0x03]),
        ("a table that changes behind a header", vec![0x82, 0x20]),
        ("a text beyond the end", vec![0x00, 0x05, b'a']),
        ("a name beyond the end", vec![0x00, 0x7f, 0x80, 0x80]),
        ("Huffman's end within a text", vec![0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, b'a']),
        ("Huffman with long padding", vec![0x00, 0x82, 0xff, 0xff, 0x01, b'a']),
    ]
}

/// Heads that begin no call.
fn heads() -> Vec<Framing> {
    let begin = |flags: u8, stream: u32, block: &[u8]| after_hello(&[frame(HEADERS, flags, stream, block)]);
    let good = head(&[]);
    let mut cases = vec![
        case("HEADERS of no stream", begin(END_HEADERS, 0, &good), PROTOCOL),
        case("HEADERS of an even stream", begin(END_HEADERS, 2, &good), PROTOCOL),
        case("padding that is longer than its frame", begin(END_HEADERS | PADDED, 1, &[255, 0x88]), PROTOCOL),
        case("padding of nothing", begin(END_HEADERS | PADDED, 1, &[]), &["GOAWAY 1", "GOAWAY 6"]),
        case("a priority of nothing", begin(END_HEADERS | 0x20, 1, &[0, 0]), &["GOAWAY 1", "GOAWAY 6"]),
        case(
            "a stream that waits for itself",
            begin(END_HEADERS | 0x20, 1, &[&[0, 0, 0, 1, 0], good.as_slice()].concat()),
            &["GOAWAY 1", "RST_STREAM 1"],
        ),
        case(
            "a CONTINUATION of another stream",
            after_hello(&[frame(HEADERS, 0, 1, &good), frame(CONTINUATION, END_HEADERS, 3, &[])]),
            PROTOCOL,
        ),
        case(
            "a PING within a head",
            after_hello(&[frame(HEADERS, 0, 1, &good), frame(PING, 0, 0, &[0; 8])]),
            PROTOCOL,
        ),
        case(
            "an older stream",
            after_hello(&[frame(HEADERS, END_HEADERS, 5, &good), frame(HEADERS, END_HEADERS, 3, &good)]),
            PROTOCOL,
        ),
    ];
    for (label, block) in blocks() {
        cases.push(case(format!("HPACK: {label}"), begin(END_HEADERS, 1, &block), COMPRESSION));
    }
    let doubled = [header(":method", "POST"), good.clone()].concat();
    let behind = [good.clone(), header(":x", "y")].concat();
    let within = [header("a", "b"), good.clone()].concat();
    cases.extend([
        case("two methods", begin(END_HEADERS, 1, &doubled), STREAM),
        case("a pseudo header that there is not", begin(END_HEADERS, 1, &behind), STREAM),
        case("pseudo headers behind others", begin(END_HEADERS, 1, &within), STREAM),
        case("nothing in a head", begin(END_HEADERS, 1, &[]), STREAM),
    ]);
    for (name, value) in [
        ("Content-Type", "application/grpc"),
        ("connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("te", "gzip"),
        ("a b", "c"),
        ("a\0", "b"),
        ("a", "b\r\nc: d"),
        ("a", "b\0c"),
        (":status", "200"),
    ] {
        let block = [good.clone(), header(name, value)].concat();
        cases.push(case(format!("a header {name:?} {value:?}"), begin(END_HEADERS, 1, &block), STREAM));
    }
    for missing in [":method", ":scheme", ":path"] {
        let block = head(&[(missing, "")]);
        cases.push(case(format!("no {missing}"), begin(END_HEADERS, 1, &block), STREAM));
    }
    cases
}

/// Bodies that belong to no call.
fn bodies() -> Vec<Framing> {
    let good = order("r", "1.00 USD").encode_to_vec();
    let begin = |flags: u8| frame(HEADERS, END_HEADERS | flags, 1, &head(&[]));
    let whole = message(0, &good);
    vec![
        case(
            "DATA behind the end",
            after_hello(&[begin(END_STREAM), frame(DATA, END_STREAM, 1, &whole)]),
            &["RST_STREAM 5", "GOAWAY 5", "GOAWAY 1"],
        ),
        case(
            "padding that is longer than its DATA",
            after_hello(&[begin(0), frame(DATA, PADDED, 1, &[9, 0])]),
            PROTOCOL,
        ),
        case(
            "trailers that are not the end",
            after_hello(&[begin(0), frame(HEADERS, END_HEADERS, 1, &header("a", "b"))]),
            &["RST_STREAM 1", "GOAWAY 1"],
        ),
        case("more than the length says", call(&[("content-length", "4")], &whole), STREAM),
        case("less than the length says", call(&[("content-length", "400")], &whole), STREAM),
        case(
            "a window that overflows",
            after_hello(&[begin(0), frame(WINDOW_UPDATE, 0, 1, &[0x7f, 0xff, 0xff, 0xff])]),
            &["RST_STREAM 3"],
        ),
        case(
            "a stream's window that grows by nothing",
            after_hello(&[begin(0), frame(WINDOW_UPDATE, 0, 1, &[0; 4])]),
            &["RST_STREAM 1", "GOAWAY 1"],
        ),
        case(
            "pseudo headers in trailers",
            after_hello(&[
                begin(0),
                frame(DATA, 0, 1, &whole[1..]),
                frame(HEADERS, END_HEADERS | END_STREAM, 1, &header(":path", "/x")),
            ]),
            &["RST_STREAM 1", "GOAWAY 1", "refused"],
        ),
    ]
}

/// Calls that are good HTTP/2, and no good gRPC.
fn calls() -> Vec<Framing> {
    let good = order("r", "1.00 USD").encode_to_vec();
    let whole = message(0, &good);
    let mut cases = vec![];
    for flag in [1, 2, 3, 7, 128, 255] {
        cases.push(case(format!("the flag {flag}"), call(&[], &message(flag, &good)), REFUSED));
    }
    for encoding in ["gzip", "deflate", "zstd", "br", "snappy", "identity, gzip", "x"] {
        let bytes = call(&[("grpc-encoding", encoding)], &message(1, &good));
        cases.push(case(format!("the encoding {encoding}"), bytes, REFUSED));
    }
    for (label, body) in [
        ("nothing", vec![]),
        ("a flag", vec![0]),
        ("half a length", vec![0, 0, 0]),
        ("a length and nothing", vec![0, 0, 0, 0, 9]),
        ("a length of 2^32 - 1", vec![0, 255, 255, 255, 255, 1]),
        ("a length of 2^31", vec![0, 128, 0, 0, 0, 1]),
        ("a byte less", whole[..whole.len() - 1].to_vec()),
        ("two messages", whole.repeat(2)),
        ("a byte more", [whole.as_slice(), &[0]].concat()),
        ("no frame", good.clone()),
    ] {
        cases.push(case(format!("a body of {label}"), call(&[], &body), REFUSED));
    }
    for (name, value) in [
        (":method", "GET"),
        (":method", "PUT"),
        (":method", "STEAL"),
        (":path", "/"),
        (":path", "/causeway.v1.Processor/"),
        (":path", "/causeway.v1.Processor/authorize"),
        (":path", "/causeway.v1.Processor/Authorize/"),
        (":path", "//causeway.v1.Processor/Authorize"),
        (":path", "/causeway.v2.Processor/Authorize"),
        (":path", "/causeway.v1.Processor/../Authorize"),
        (":path", "/causeway.v1.Processor/Authorize%00"),
        ("content-type", "text/plain"),
        ("content-type", "application/json"),
        ("content-type", "application/grpc-web"),
        ("content-type", "application/grpc+json"),
        ("authorization", "Bearer x"),
        ("authorization", "Basic YTpi"),
        ("grpc-timeout", "0n"),
        ("grpc-timeout", "1n"),
    ] {
        cases.push(case(format!("{name} {value:?}"), call(&[(name, value)], &whole), REFUSED));
    }
    cases
}

/// The adapter in a separate process.
struct TestBed {
    adapter: Process,
    relay: Process,
    sandbox: Sandbox,
    directory: TempDir,
}

impl TestBed {
    async fn open() -> TestBed {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        let directory = TempDir::new().unwrap();
        let journal = directory.path().join("relay.db");
        let relay = settings::relay(&journal, &sandbox.url());
        let relay = Process::start("causeway-relay", directory.path(), &relay).await;
        let adapter = settings::adapter(&[relay.address], "acme-1", ACME_SECRET);
        let adapter = Process::start("causeway-adapter", directory.path(), &adapter).await;
        TestBed { adapter, relay, sandbox, directory }
    }

    fn memory(&self) -> [u64; 2] {
        [self.adapter.memory(), self.relay.memory()]
    }
}

async fn wrong_reaction(label: &'static str, address: SocketAddr, case: Framing) -> Option<String> {
    let seen = last_reaction(address, case.bytes).await;
    let right = case.ends.contains(&seen.as_str());
    (!right).then(|| format!("{} to the {label}: {seen} instead of {:?}", case.label, case.ends))
}

/// The most that a program's memory may grow during all cases, in KiB: less than one
/// of these floods has.
const GROWTH: u64 = 64 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn invalid_frames_close_only_their_own_connection() {
    let (start, panics) = (Instant::now(), panics());
    let test_bed = TestBed::open().await;
    let journal = test_bed.directory.path().join("relay.db");
    let both = [prefaces(), lone_frames(), heads(), bodies(), frame_floods::all()].concat();
    let counts = (2 * both.len() + calls().len(), 0);
    check_unique_names(both.iter().chain(&calls()).map(|case| case.label.clone()));
    let (adapter, relay, before) = (test_bed.adapter.address, test_bed.relay.address, test_bed.memory());
    let nothing = || leftovers(&journal, &test_bed.sandbox);
    let mut wrong = play(both.clone(), |case| wrong_reaction("adapter", adapter, case), nothing).await;
    wrong.extend(play(both, |case| wrong_reaction("relay", relay, case), nothing).await);
    wrong.extend(play(calls(), |case| wrong_reaction("adapter", adapter, case), nothing).await);
    let grown = test_bed.memory().into_iter().zip(before).map(|(now, before)| now.saturating_sub(before));
    wrong.extend(
        grown.filter(|grown| *grown > GROWTH).map(|grown| format!("a program has grown by {grown} KiB")),
    );
    Billing::connect(adapter, BILLING_TOKEN).await.authorize(order("good", "12.50 USD")).await.held_payment();
    print_result("framing", counts, start, &wrong, panics);
}
