//! The bodies of spoiled answers: bodies that break off, and bodies that are far too long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::Sleep;

/// The time for the caller to receive the first part of an answer that breaks off.
const FLUSH_TIME: Duration = Duration::from_millis(50);

/// One block of padding bytes.
static PADDING: [u8; 64 * 1024] = [b'x'; 64 * 1024];

/// A body that breaks off: after the first part, or before the headers are sent.
#[derive(Debug)]
pub(crate) struct BrokenBody {
    first: Option<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl BrokenBody {
    /// Breaks off before the headers are sent.
    pub(crate) fn before_headers() -> Self {
        Self { first: None, pause: None }
    }

    /// Breaks off after these bytes.
    pub(crate) fn after(first: Bytes) -> Self {
        Self { first: Some(first), pause: Some(Box::pin(tokio::time::sleep(FLUSH_TIME))) }
    }
}

impl Body for BrokenBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if let Some(pause) = &mut self.pause
            && pause.as_mut().poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the answer breaks off here"))))
    }
}

/// A JSON object with a field of padding before the other fields. The padding is generated during the
/// sending.
#[derive(Debug)]
pub(crate) struct PaddedBody {
    start: Option<Bytes>,
    padding: u64,
    end: Option<Bytes>,
    length: u64,
}

impl PaddedBody {
    /// An object that is padded to a length in bytes. An object that is long enough, an empty object,
    /// and a body that is not an object stay unchanged.
    pub(crate) fn of(object: &[u8], length: u64) -> Self {
        const START: &[u8] = b"{\"padding\":\"";
        const END: &[u8] = b"\",";
        let length_of = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let fields = object.strip_prefix(b"{").filter(|fields| !fields.trim_ascii_start().starts_with(b"}"));
        let padded = fields.and_then(|fields| {
            let end = [END, fields].concat();
            let padding = length.checked_sub(length_of(START).saturating_add(length_of(&end)))?;
            let (start, end) = (Some(Bytes::from_static(START)), Some(Bytes::from(end)));
            Some(Self { start, padding, end, length })
        });
        padded.unwrap_or_else(|| {
            let end = Some(Bytes::copy_from_slice(object));
            Self { start: None, padding: 0, end, length: length_of(object) }
        })
    }

    /// The length of the body in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    fn next(&mut self) -> Option<Bytes> {
        if let Some(start) = self.start.take() {
            return Some(start);
        }
        if self.padding == 0 {
            return self.end.take();
        }
        let count = usize::try_from(self.padding).map_or(PADDING.len(), |left| left.min(PADDING.len()));
        self.padding = self.padding.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        PADDING.get(..count).map(Bytes::from_static)
    }
}

impl Body for PaddedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.next().map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(mut body: PaddedBody) -> Vec<u8> {
        let mut all = vec![];
        while let Some(bytes) = body.next() {
            all.extend_from_slice(&bytes);
        }
        all
    }

    #[test]
    fn an_object_is_padded_to_the_given_length_and_stays_json() {
        for length in [40, 65_536, 200_001] {
            let body = PaddedBody::of(b"{\"id\":\"pi_1\"}", length);
            assert_eq!(body.length(), length);
            let all = whole(body);
            assert_eq!(u64::try_from(all.len()).unwrap(), length);
            let read: serde_json::Value = serde_json::from_slice(&all).unwrap();
            assert_eq!(read["id"], "pi_1");
        }
    }

    #[test]
    fn long_and_non_object_bodies_stay_unchanged() {
        for (object, length) in [(&b"{\"id\":1}"[..], 5), (b"{}", 500), (b"plain", 500), (b"", 500)] {
            let body = PaddedBody::of(object, length);
            assert_eq!(body.length(), u64::try_from(object.len()).unwrap());
            assert_eq!(whole(body), object);
        }
    }
}
