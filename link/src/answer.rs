//! The body of an answer, given to the connection in small parts as the client reads.
//!
//! A client that opens no window for an answer would otherwise make the program keep the whole
//! answer beyond its limits. The permit of the request is held until the last part is taken, and a
//! connection whose answers make no progress is closed.

use std::{
    pin::Pin,
    task::{Context, Poll},
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
        if let Some(unread) = &mut self.unread {
            unread.progress();
        }
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.part())));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else {
            // The service has no more data yet, which is no stall of the client.
            if let Some(unread) = &mut self.unread {
                unread.pause();
            }
            return Poll::Pending;
        };
        let Some(frame) = frame else { return Poll::Ready(None) };
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use causeway::method::Class;
    use http_body_util::{BodyExt, Full};

    use super::*;
    use crate::share::{ShareLimits, Shares};

    const LIMITS: ShareLimits = ShareLimits { owner: "caller", changes: 1, reads: 1, lists: 1, syncs: 1 };

    #[tokio::test(start_paused = true)]
    async fn an_answer_leaves_in_parts_and_holds_its_permit_until_the_last() {
        let share = Shares::new(LIMITS).of("billing");
        let whole: Vec<_> = (0..40 * 1024_u32).flat_map(u32::to_be_bytes).take(40 * 1024).collect();
        let permit = share.permit(Class::Read).await.unwrap();
        let mut answer = Answer::body(Body::new(Full::new(Bytes::from(whole.clone()))), permit, None);
        let (mut read, mut sizes) = (vec![], vec![]);
        while let Some(frame) = answer.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            sizes.push(data.len());
            read.extend(data);
            let other = tokio::time::timeout(Duration::from_secs(1), share.permit(Class::Read)).await;
            assert!(other.is_err(), "the permit is in use");
        }
        assert_eq!(sizes, [PART, PART, 8 * 1024]);
        assert_eq!(read, whole);
        drop(answer);
        share.permit(Class::Read).await.unwrap();
    }
}
