//! Hostile connections to a gRPC listener.

use std::{collections::HashSet, io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use super::{
    Hostile, Kind, Target,
    frames::{
        ACK, DATA, END_HEADERS, END_STREAM, Fields, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, Received,
        SETTINGS, WINDOW_UPDATE, frame, message, opening, take,
    },
    http1::{slowly, until_closed},
    more,
};
use crate::wire::Wire;

/// The maximum number of streams that a hostile connection has open.
const STREAMS: usize = 1024;
/// Requests in flight on a connection that sends requests at full speed, or slow bodies.
const IN_FLIGHT: usize = 8;
/// References to the large field: one more would pass the limit of 16 KiB.
const REFERENCES: usize = 3;
/// Interval at which ended streams are replaced.
const TICK: Duration = Duration::from_millis(100);
/// Interval of the bytes of slow bodies.
const SECOND: Duration = Duration::from_secs(1);

const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const CHECK: &str = "/grpc.health.v1.Health/Check";
const AUTHORIZE: &str = "/causeway.v1.Processor/Authorize";

/// Attacks until the program closes the connection.
pub(super) async fn attack(hostile: &Hostile, mut connection: Box<dyn Wire>, number: u32) -> io::Result<()> {
    match (hostile.attack.kind, number % 3) {
        (Kind::Silence, _) => return until_closed(&mut connection).await,
        (Kind::Slow, 0) => return slowly(connection, PREFACE.iter().copied()).await,
        (Kind::Slow, 1) => {
            // A HEADERS frame that never ends.
            let begun = [opening(), frame(HEADERS, 0, 1, &[0; 1000])[..9].to_vec()].concat();
            connection.write_all(&begun).await?;
            return slowly(connection, std::iter::repeat_n(0x83, 1000)).await;
        }
        _ => {}
    }
    connection.write_all(&opening()).await?;
    let call = Call::of(hostile, number);
    let mut client = Client {
        hostile,
        streams: call.streams,
        call,
        open: HashSet::new(),
        next: 1,
        window: 65_535,
        out: vec![],
        slow_at: Instant::now(),
    };
    let ended = client.run(connection, number).await;
    drop(client);
    ended
}

/// The request that a connection repeats.
struct Call {
    fields: Fields,
    /// The beginning of the body; none for a request without a body.
    body: Option<Vec<u8>>,
    /// Whether the request ends there.
    ends: bool,
    /// Maximum number of streams open at the same time.
    streams: usize,
}

impl Call {
    fn of(hostile: &Hostile, number: u32) -> Call {
        let tls = hostile.connector.tls.is_some();
        let small = |path: &str, further: &[(&str, &str)]| Fields::small(tls, path, further);
        let call =
            |fields, body: &[u8], ends, streams| Call { fields, body: Some(message(body)), ends, streams };
        // Headers that look right: a token, or a signature, of a credential that does not exist.
        let forged: &[(&str, &str)] = match hostile.attack.target {
            Target::Adapter | Target::Webhooks => {
                &[("authorization", "Bearer token-of-a-stranger-0123456789")]
            }
            Target::Relay => &[
                ("content-digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"),
                (
                    "signature-input",
                    "sig1=(\"@method\" \"@path\" \"@authority\" \"content-digest\" \"content-type\");created=1000000000;keyid=\"stranger\";nonce=\"AAAAAAAAAAAAAAAAAAAAAA==\"",
                ),
                ("signature", "sig1=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"),
            ],
        };
        match hostile.attack.kind {
            // "Which file has causeway.v1.Processor?", and the stream stays open.
            Kind::Reflection => {
                call(small(REFLECTION, &[]), b"\x22\x15causeway.v1.Processor", false, STREAMS)
            }
            Kind::Health => call(small(WATCH, &[]), &[], true, STREAMS),
            Kind::IndexedHeaders => {
                let path = if number.is_multiple_of(2) { WATCH } else { AUTHORIZE };
                Call {
                    fields: Fields::large(tls, path, REFERENCES),
                    body: None,
                    ends: false,
                    streams: STREAMS,
                }
            }
            Kind::ZeroWindow => {
                let path = if number % 4 < 2 { CHECK } else { AUTHORIZE };
                call(small(path, forged), &[], true, STREAMS)
            }
            Kind::Slow => call(small(AUTHORIZE, forged), &[0; 1], false, IN_FLIGHT),
            Kind::Unsigned => call(small(AUTHORIZE, forged), &[0; 200], true, IN_FLIGHT),
            Kind::Pings | Kind::KeepAliveErrors | Kind::Silence => call(small(CHECK, &[]), &[], true, 0),
        }
    }
}

struct Client<'a> {
    hostile: &'a Hostile,
    call: Call,
    /// Maximum number of open streams; the server may allow fewer.
    streams: usize,
    open: HashSet<u32>,
    next: u32,
    /// The connection's window for DATA to the server.
    window: usize,
    out: Vec<u8>,
    slow_at: Instant,
}

impl Client<'_> {
    async fn run(&mut self, connection: Box<dyn Wire>, number: u32) -> io::Result<()> {
        let (mut from, mut to) = tokio::io::split(connection);
        let mut buffer = vec![];
        self.first_settings(&mut from, &mut buffer).await?;
        let deaf = self.hostile.attack.kind == Kind::ZeroWindow && number % 2 == 1;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                read = from.read_buf(&mut buffer), if !deaf => {
                    let read = read?;
                    if read == 0 {
                        return Ok(());
                    }
                    more(&self.hostile.counts.received, read);
                    while let Some(received) = take(&mut buffer) {
                        if !self.hear(&received) {
                            return Ok(());
                        }
                    }
                    if self.hostile.attack.kind == Kind::Unsigned {
                        self.open_streams();
                    }
                }
                written = to.write(&self.out), if !self.out.is_empty() => {
                    let written = written?;
                    if written == 0 {
                        return Ok(());
                    }
                    more(&self.hostile.counts.sent, written);
                    self.out.drain(..written);
                    if self.out.is_empty() {
                        to.flush().await?;
                    }
                }
                _ = tick.tick() => self.open_streams(),
            }
        }
    }

    /// Waits for the server's SETTINGS: streams above its limit would only be refused.
    async fn first_settings(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        let settings = async {
            loop {
                if from.read_buf(buffer).await? == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
                while let Some(received) = take(buffer) {
                    self.hear(&received);
                    if received.kind == SETTINGS {
                        return Ok(());
                    }
                }
            }
        };
        // A connection that the server has not accepted yet waits; it takes a place in the queue.
        timeout(Duration::from_secs(60), settings).await?
    }

    /// Handles a frame; false if the connection ends.
    fn hear(&mut self, received: &Received) -> bool {
        const MAX_CONCURRENT_STREAMS: u16 = 3;
        match received.kind {
            SETTINGS if received.flags & ACK == 0 => {
                for setting in received.payload.chunks_exact(6) {
                    let value = u32::from_be_bytes(setting[2..].try_into().unwrap());
                    if u16::from_be_bytes([setting[0], setting[1]]) == MAX_CONCURRENT_STREAMS {
                        self.streams = self.streams.min(usize::try_from(value).unwrap());
                    }
                }
                self.out.extend(frame(SETTINGS, ACK, 0, &[]));
            }
            PING if received.flags & ACK == 0 => self.out.extend(frame(PING, ACK, 0, &received.payload)),
            WINDOW_UPDATE if received.stream == 0 => {
                let more = u32::from_be_bytes(received.payload[..4].try_into().unwrap());
                self.window += usize::try_from(more).unwrap();
            }
            HEADERS | DATA | RST_STREAM => {
                more(&self.hostile.counts.answers, usize::from(received.kind == HEADERS));
                let ends = received.kind == RST_STREAM || received.flags & END_STREAM != 0;
                if ends
                    && self.open.remove(&received.stream)
                    && !self.call.ends
                    && received.kind != RST_STREAM
                {
                    self.out.extend(frame(RST_STREAM, 0, received.stream, &[0, 0, 0, 8]));
                }
            }
            GOAWAY => return false,
            _ => {}
        }
        true
    }

    /// Opens as many streams as are missing and allowed, and continues slow bodies.
    fn open_streams(&mut self) {
        let slow = self.hostile.attack.kind == Kind::Slow;
        if self.out.len() > 1 << 20 || (slow && self.slow_at.elapsed() < SECOND) {
            return;
        }
        let missing = self.streams.saturating_sub(self.open.len());
        for _ in 0..self.hostile.pace.take(missing) {
            let length = self.call.body.as_ref().map_or(0, Vec::len);
            if length > self.window {
                break;
            }
            self.window -= length;
            let fields = if self.next == 1 { &self.call.fields.first } else { &self.call.fields.later };
            self.out.extend(frame(HEADERS, END_HEADERS, self.next, fields));
            if let Some(body) = &self.call.body {
                let flags = if self.call.ends { END_STREAM } else { 0 };
                self.out.extend(frame(DATA, flags, self.next, body));
            }
            self.open.insert(self.next);
            self.next += 2;
            more(&self.hostile.counts.streams, 1);
        }
        if slow {
            self.slow_at = Instant::now();
            for stream in self.open.iter().take(self.window) {
                self.window -= 1;
                self.out.extend(frame(DATA, 0, *stream, &[0]));
            }
        }
    }
}
