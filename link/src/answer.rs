//! The body of an answer, given to the connection in small parts as the client reads.
//!
//! A client that opens no window for an answer would otherwise make the program keep the whole
//! answer beyond its limits. The permit of the request is held until the last part is taken, and a
//! connection whose answers make no progress is closed.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};

use crate::{connections::Unread, share::Permit};

/// The size of a part in bytes, as one HTTP/2 frame.
const PART: usize = 16 * 1024;

/// An answer with the permit of its request.
pub(crate) struct Answer {
    inner: Body,
    rest: Bytes,
    unread: Option<Unread>,
    _permit: Permit,
}

impl Answer {
    /// `unread` is absent for streams of events, whose client may be idle.
    pub(crate) fn body(inner: Body, permit: Permit, unread: Option<Unread>) -> Body {
        Body::new(Answer { inner, rest: Bytes::new(), unread, _permit: permit })
    }

    fn part(&mut self) -> Frame<Bytes> {
        let length = self.rest.len().min(PART);
        Frame::data(self.rest.split_to(length))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(unread) = &self.unread {
            unread.progress();
        }
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.part())));
        }
        let Some(frame) = ready!(Pin::new(&mut self.inner).poll_frame(context)) else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(match frame?.into_data() {
            Ok(data) => {
                self.rest = data;
                Ok(self.part())
            }
            Err(trailers) => Ok(trailers),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
