//! The few frames of HTTP/2 (RFC 9113) and HPACK fields (RFC 7541) that a hostile client needs,
//! written by hand: the libraries refuse to send most of them.

/// Kinds of frames.
pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;

/// Flags of frames. ACK and END_STREAM are the same bit of different frames.
pub(super) const ACK: u8 = 1;
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Length of the head of a frame.
const HEAD: usize = 9;
/// The dynamic table has the last inserted field here.
const NEWEST: usize = 62;
/// The value of the field that fills the dynamic table of 4,096 bytes alone.
const LARGE: usize = 3_950;

/// A frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Preface and SETTINGS of a client that gives every stream a window of zero: no DATA of any answer
/// can be sent.
pub(super) fn opening() -> Vec<u8> {
    const INITIAL_WINDOW_SIZE: u8 = 4;
    [PREFACE, &frame(SETTINGS, 0, 0, &[0, INITIAL_WINDOW_SIZE, 0, 0, 0, 0])].concat()
}

/// A message as gRPC frames messages.
pub(super) fn message(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[0], &length[..], body].concat()
}

/// A frame of the server.
pub(super) struct Received {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

/// Takes the first frame out of a buffer, if the frame is complete.
pub(super) fn take(buffer: &mut Vec<u8>) -> Option<Received> {
    let head = buffer.get(..HEAD)?;
    let length = usize::try_from(u32::from_be_bytes([0, head[0], head[1], head[2]])).unwrap();
    let (kind, flags) = (head[3], head[4]);
    let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
    let payload = buffer.get(HEAD..HEAD + length)?.to_vec();
    buffer.drain(..HEAD + length);
    Some(Received { kind, flags, stream, payload })
}

/// A whole number of HPACK with a prefix of some bits.
fn number(value: usize, bits: u32, first: u8) -> Vec<u8> {
    let most = (1_usize << bits) - 1;
    if value < most {
        return vec![first | u8::try_from(value).unwrap()];
    }
    let (mut bytes, mut rest) = (vec![first | u8::try_from(most).unwrap()], value - most);
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

fn text(text: &[u8]) -> Vec<u8> {
    [&number(text.len(), 7, 0)[..], text].concat()
}

/// The fields of a request: in the first HEADERS frame of a connection, and in all later ones, which
/// refer to the first one's fields by index.
pub(super) struct Fields {
    pub(super) first: Vec<u8>,
    pub(super) later: Vec<u8>,
}

/// `:method POST` and `:scheme` from the static table.
fn begin(tls: bool) -> Vec<u8> {
    vec![0x83, if tls { 0x87 } else { 0x86 }]
}

impl Fields {
    /// A gRPC call with further fields. All of them enter the dynamic table.
    pub(super) fn small(tls: bool, path: &str, further: &[(&str, &str)]) -> Fields {
        let names = [(Some(4), "", path), (Some(1), "", "relay.example"), (Some(31), "", "application/grpc")];
        let further = further.iter().map(|(name, value)| (None, *name, *value));
        let all: Vec<_> = names.into_iter().chain([(None, "te", "trailers")]).chain(further).collect();
        let (mut first, mut later) = (begin(tls), begin(tls));
        for (place, (index, name, value)) in all.iter().enumerate() {
            match index {
                Some(index) => first.extend(number(*index, 6, 0x40)),
                None => first.extend([&[0x40][..], &text(name.as_bytes())].concat()),
            }
            first.extend(text(value.as_bytes()));
            later.extend(number(NEWEST + all.len() - 1 - place, 7, 0x80));
        }
        Fields { first, later }
    }

    /// A gRPC call with one field that fills the dynamic table, referred to `times` times.
    pub(super) fn large(tls: bool, path: &str, times: usize) -> Fields {
        let mut plain = begin(tls);
        for (index, value) in [(4, path), (1, "relay.example"), (31, "application/grpc")] {
            plain.extend(number(index, 4, 0));
            plain.extend(text(value.as_bytes()));
        }
        plain.extend([&[0][..], &text(b"te"), &text(b"trailers")].concat());
        let inserted = [&[0x40][..], &text(b"x"), &text(&[b'v'; LARGE])].concat();
        let referred = number(NEWEST, 7, 0x80);
        let first = [&plain[..], &inserted, &referred.repeat(times - 1)].concat();
        Fields { first, later: [&plain[..], &referred.repeat(times)].concat() }
    }
}
