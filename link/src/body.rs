//! Reads a whole request body with a limit on size and time.

use std::time::Duration;

use bytes::Bytes;
use causeway::refusal::Refusal;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tonic::body::Body;

use crate::MAX_MESSAGE;

/// The maximum time for a body to arrive.
const SLOWEST_BODY: Duration = Duration::from_secs(15);

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

/// Refuses a body with more than one message: gRPC would ignore the bytes after the first message.
pub fn one_message(body: &Bytes) -> Result<(), Refusal> {
    let Some([_, length @ ..]) = body.first_chunk::<FRAME>() else { return Ok(()) };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if body.len() > length.saturating_add(FRAME) { Err(Refusal::MalformedMessage) } else { Ok(()) }
}
