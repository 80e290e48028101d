//! Reading a whole body, if it is small and comes in time.

use std::time::Duration;

use bytes::Bytes;
use causeway::refusal::Refusal;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tonic::body::Body;

use crate::MOST_MESSAGE;

/// How long a body may take to arrive.
const SLOWEST_BODY: Duration = Duration::from_secs(15);

/// gRPC puts five bytes before each message.
const FRAME: usize = 5;

/// All of a body. One that is too large is not read to its end, and one that stalls
/// is not waited for.
pub async fn whole(body: Body) -> Result<Bytes, Refusal> {
    let limited = Limited::new(body, MOST_MESSAGE.saturating_add(FRAME));
    match tokio::time::timeout(SLOWEST_BODY, limited.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Refusal::MessageTooLarge { limit: MOST_MESSAGE })
        }
        Ok(Err(_)) | Err(_) => Err(Refusal::MalformedMessage),
    }
}

/// A call has one message. What stands behind it would be passed over unread.
pub fn one_message(body: &Bytes) -> Result<(), Refusal> {
    let Some([_, length @ ..]) = body.first_chunk::<FRAME>() else { return Ok(()) };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if body.len() > length.saturating_add(FRAME) { Err(Refusal::MalformedMessage) } else { Ok(()) }
}
