//! Frames that are valid one by one, and too many.

use super::{
    frames::{
        ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS,
        WINDOW_UPDATE, after_hello, frame, header,
    },
    framing::{Framing, case, head},
};

/// The connection has to be cut.
const CUT: &[&str] = &["GOAWAY 11", "GOAWAY 1", "closed", "RST_STREAM 7", "refused"];
/// The server may bear the flood, as long as memory does not grow.
const TOLERATED: &[&str] = &["GOAWAY 11", "GOAWAY 1", "closed", "silent", "refused"];

/// The numbers of a client's streams.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|number| 2 * number + 1)
}

/// All floods of this class.
pub(super) fn all() -> Vec<Framing> {
    let good = head(&[]);
    let reset = |stream: u32| {
        [frame(HEADERS, END_HEADERS, stream, &good), frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())]
            .concat()
    };
    let open = |stream: u32| frame(HEADERS, END_HEADERS, stream, &good);
    let many = |count: usize, one: Vec<u8>| after_hello(&vec![one; count]);
    let filler = header("x-filler", &"a".repeat(100)).repeat(120);
    let parts = vec![frame(CONTINUATION, 0, 1, &filler); 400];
    let empty = vec![frame(CONTINUATION, 0, 1, &[]); 50_000];
    let first = frame(HEADERS, 0, 1, &good);
    // One entry of the table, named many times: small on the wire, large in memory.
    let entry = [&[0x40, 1, b'x', 0x7f, 0xc9, 0x1e][..], &[b'a'; 4000]].concat();
    let bomb = [good.clone(), entry, vec![0xbe; 12_000]].concat();
    vec![
        case("5,000 rapid resets", after_hello(&streams(5000).map(reset).collect::<Vec<_>>()), CUT),
        case("a head of 5 MB", after_hello(&[vec![first.clone()], parts].concat()), CUT),
        case("50,000 empty CONTINUATIONs", after_hello(&[vec![first], empty].concat()), CUT),
        case(
            "a head that grows to 48 MB",
            after_hello(&[frame(HEADERS, END_HEADERS | END_STREAM, 1, &bomb)]),
            CUT,
        ),
        case(
            "5,000 streams that are not ended",
            after_hello(&streams(5000).map(open).collect::<Vec<_>>()),
            CUT,
        ),
        case("50,000 PINGs", many(50_000, frame(PING, 0, 0, &[0; 8])), TOLERATED),
        case("50,000 answers to no PING", many(50_000, frame(PING, ACK, 0, &[0; 8])), TOLERATED),
        case("50,000 SETTINGS", many(50_000, frame(SETTINGS, 0, 0, &[])), TOLERATED),
        case("50,000 PRIORITYs", many(50_000, frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 1])), TOLERATED),
        case("50,000 frames of no kind", many(50_000, frame(0x77, 0xff, 0, &[0; 8])), TOLERATED),
        case(
            "a window that grows by one 50,000 times",
            many(50_000, frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
            TOLERATED,
        ),
        case(
            "50,000 times nothing of a body",
            {
                let nothing = vec![frame(DATA, 0, 1, &[]); 50_000];
                after_hello(&[vec![frame(HEADERS, END_HEADERS, 1, &good)], nothing].concat())
            },
            TOLERATED,
        ),
        case(
            "50,000 bytes of a body, one by one",
            {
                let byte = vec![frame(DATA, 0, 1, &[0]); 50_000];
                after_hello(&[vec![frame(HEADERS, END_HEADERS, 1, &good)], byte].concat())
            },
            TOLERATED,
        ),
    ]
}
