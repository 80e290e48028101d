//! Frames of HTTP/2 (RFC 9113), built by hand, and the server's reactions.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 1;
pub(super) const ACK: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a server may take to react.
const PATIENCE: Duration = Duration::from_secs(3);

/// A frame with the true length of the payload.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    framed(u32::try_from(payload.len()).unwrap(), kind, flags, stream, payload)
}

/// A frame with the given length in the head.
pub(super) fn framed(length: u32, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    [&length.to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The start of a connection, followed by the given frames.
pub(super) fn after_hello(frames: &[Vec<u8>]) -> Vec<u8> {
    [PREFACE.to_vec(), frame(SETTINGS, 0, 0, &[]), frames.concat()].concat()
}

/// A header in HPACK (RFC 7541) without tables.
pub(super) fn header(name: &str, value: &str) -> Vec<u8> {
    [vec![0], text(name), text(value)].concat()
}

fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length < 127);
    [vec![length.expect("a short text")], text.as_bytes().to_vec()].concat()
}

/// A setting's number and value.
pub(super) fn setting(number: u16, value: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[&number.to_be_bytes()[..], &value.to_be_bytes()].concat())
}

/// The server's last reaction: "GOAWAY 1", "RST_STREAM 8", "refused", "closed", "answered", or
/// "silent" if the server goes on reading.
pub(super) async fn last_reaction(address: SocketAddr, bytes: Vec<u8>) -> String {
    let connection = TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = connection.into_split();
    let writes = tokio::spawn(async move {
        drop(to.write_all(&bytes).await);
        // The client keeps the connection open, so that only the server can end the connection.
        std::future::pending::<()>().await;
    });
    let listened = tokio::time::timeout(PATIENCE, listen(&mut from)).await;
    writes.abort();
    listened.unwrap_or_else(|_| "silent".to_owned())
}

async fn listen(from: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut head = [0; 9];
    while from.read_exact(&mut head).await.is_ok() {
        let length = usize::try_from(u32::from_be_bytes([0, head[0], head[1], head[2]])).unwrap();
        let mut payload = vec![0; length];
        if from.read_exact(&mut payload).await.is_err() {
            return "closed".to_owned();
        }
        let number = |from: usize| u32::from_be_bytes(payload[from..from + 4].try_into().unwrap());
        match (head[3], head[4]) {
            (GOAWAY, _) if number(4) == 0 => {}
            (GOAWAY, _) => return format!("GOAWAY {}", number(4)),
            (RST_STREAM, _) => return format!("RST_STREAM {}", number(0)),
            (DATA, _) => return "answered".to_owned(),
            (HEADERS, flags) if flags & END_STREAM > 0 => return "refused".to_owned(),
            _ => {}
        }
    }
    "closed".to_owned()
}
