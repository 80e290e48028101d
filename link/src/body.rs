//! Reads a whole request body with a limit on size and time.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use causeway::refusal::Refusal;
use http_body::Frame;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::Sleep;
use tonic::{Status, body::Body};

use crate::MAX_MESSAGE;

/// The maximum time for a body to arrive.
const SLOWEST_BODY: Duration = Duration::from_secs(15);

/// The maximum age of a stream of requests.
const LONGEST_STREAM: Duration = Duration::from_secs(300);

/// Length of the gRPC frame header before each message, in bytes.
const FRAME: usize = 5;

/// Reads the whole body. A body over the size limit or the time limit is refused without reading to
/// the end.
pub async fn whole(body: Body) -> Result<Bytes, Refusal> {
    let limited = Limited::new(body, MAX_MESSAGE.saturating_add(FRAME));
    match tokio::time::timeout(SLOWEST_BODY, limited.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Refusal::MessageTooLarge { limit: MAX_MESSAGE })
        }
        Ok(Err(_)) | Err(_) => Err(Refusal::MalformedMessage),
    }
}

/// A stream of requests up to the size of one message, which ends after a time.
pub(crate) struct Stream {
    inner: Limited<Body>,
    end: Pin<Box<Sleep>>,
}

impl Stream {
    pub(crate) fn body(inner: Body) -> Body {
        let end = Box::pin(tokio::time::sleep(LONGEST_STREAM));
        Body::new(Stream { inner: Limited::new(inner, MAX_MESSAGE), end })
    }
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.inner).poll_frame(context).map_err(Status::from_error)
    }
}

/// Refuses a body with more than one message: gRPC would ignore the bytes after the first message.
pub fn one_message(body: &Bytes) -> Result<(), Refusal> {
    let Some([_, length @ ..]) = body.first_chunk::<FRAME>() else { return Ok(()) };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if body.len() > length.saturating_add(FRAME) { Err(Refusal::MalformedMessage) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stream_of_requests_ends_after_five_minutes() {
        let silent = http_body_util::StreamBody::new(tokio_stream::pending::<Result<Frame<Bytes>, Status>>());
        let began = Instant::now();
        assert!(Stream::body(Body::new(silent)).frame().await.is_none());
        assert_eq!(began.elapsed(), LONGEST_STREAM);
    }
}
