//! Bodies of answers that go wrong: they break off, or they are far too long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::Sleep;

/// How long the sandbox waits until the caller has received the first part of an answer that breaks off.
const FLUSHED: Duration = Duration::from_millis(50);

/// A piece of what an answer is padded with.
static PADDING: [u8; 64 * 1024] = [b'x'; 64 * 1024];

/// A body that breaks off: after its first part, or before anything, in which case not even the headers are
/// sent.
#[derive(Debug)]
pub(crate) struct BrokenBody {
    first: Option<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl BrokenBody {
    /// Breaks off before the headers are sent.
    pub(crate) fn before_anything() -> Self {
        Self { first: None, pause: None }
    }

    /// Breaks off after these bytes.
    pub(crate) fn after(first: Bytes) -> Self {
        Self { first: Some(first), pause: Some(Box::pin(tokio::time::sleep(FLUSHED))) }
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

/// A JSON object with a field of padding before its own fields. It is made while it is sent.
#[derive(Debug)]
pub(crate) struct PaddedBody {
    start: Option<Bytes>,
    padding: u64,
    end: Option<Bytes>,
    length: u64,
}

impl PaddedBody {
    /// An object, padded to a length, or as it is if it is that long anyway. What is no object is not padded.
    pub(crate) fn of(object: &[u8], length: u64) -> Self {
        const START: &[u8] = b"{\"padding\":\"";
        const END: &[u8] = b"\",";
        let long = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let fields = object.strip_prefix(b"{").filter(|fields| !fields.trim_ascii_start().starts_with(b"}"));
        let padded = fields.and_then(|fields| {
            let end = [END, fields].concat();
            let padding = length.checked_sub(long(START).saturating_add(long(&end)))?;
            let (start, end) = (Some(Bytes::from_static(START)), Some(Bytes::from(end)));
            Some(Self { start, padding, end, length })
        });
        padded.unwrap_or_else(|| {
            let end = Some(Bytes::copy_from_slice(object));
            Self { start: None, padding: 0, end, length: long(object) }
        })
    }

    /// How many bytes it has.
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
        let many = usize::try_from(self.padding).map_or(PADDING.len(), |left| left.min(PADDING.len()));
        self.padding = self.padding.saturating_sub(u64::try_from(many).unwrap_or(u64::MAX));
        PADDING.get(..many).map(Bytes::from_static)
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
    fn an_object_is_padded_to_the_byte_and_stays_json() {
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
    fn what_is_long_enough_or_no_object_is_left_alone() {
        for (object, length) in [(&b"{\"id\":1}"[..], 5), (b"{}", 500), (b"plain", 500), (b"", 500)] {
            let body = PaddedBody::of(object, length);
            assert_eq!(body.length(), u64::try_from(object.len()).unwrap());
            assert_eq!(whole(body), object);
        }
    }
}
