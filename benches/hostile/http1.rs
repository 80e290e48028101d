//! Hostile connections to the webhook listener.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::sleep,
};

use super::{Hostile, Kind, more};
use crate::wire::{Wire, ask, event};

/// Pause between two requests that find no page.
const BETWEEN_ERRORS: Duration = Duration::from_secs(5);
/// Pause between two bytes.
const BETWEEN_BYTES: Duration = Duration::from_secs(1);
/// A moment long ago: the time of a signature that cannot be good.
const LONG_AGO: i64 = 1_000_000_000;

/// Attacks until the program closes the connection.
pub(super) async fn attack(hostile: &Hostile, mut connection: Box<dyn Wire>, number: u32) -> io::Result<()> {
    let endpoint = &hostile.attack.endpoint;
    match hostile.attack.kind {
        Kind::KeepAliveErrors => loop {
            request(hostile, &mut connection, b"GET /nothing HTTP/1.1\r\nhost: relay\r\n\r\n").await?;
            sleep(BETWEEN_ERRORS).await;
        },
        Kind::Unsigned => {
            let forged = event(endpoint, "whsec_of_a_stranger", "evt_forged", LONG_AGO);
            loop {
                if hostile.pace.take(1) == 0 {
                    sleep(Duration::from_millis(20)).await;
                    continue;
                }
                request(hostile, &mut connection, &forged).await?;
            }
        }
        Kind::Slow => {
            let head = format!(
                "POST /webhooks/{endpoint} HTTP/1.1\r\nhost: relay\r\ncontent-length: 100000\r\n\r\n"
            );
            let whole = if number.is_multiple_of(2) { 0 } else { head.len() };
            connection.write_all(&head.as_bytes()[..whole]).await?;
            slowly(connection, head.as_bytes()[whole..].iter().copied().chain(std::iter::repeat(b' '))).await
        }
        Kind::Silence
        | Kind::Reflection
        | Kind::Health
        | Kind::IndexedHeaders
        | Kind::ZeroWindow
        | Kind::Pings => until_closed(&mut connection).await,
    }
}

async fn request(hostile: &Hostile, connection: &mut Box<dyn Wire>, request: &[u8]) -> io::Result<()> {
    more(&hostile.counts.streams, 1);
    more(&hostile.counts.sent, request.len());
    ask(connection, request).await?;
    more(&hostile.counts.answers, 1);
    Ok(())
}

/// Reads and forgets everything.
pub(super) async fn until_closed(connection: &mut Box<dyn Wire>) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while connection.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Sends a byte each second, until the program closes the connection.
pub(super) async fn slowly(mut connection: Box<dyn Wire>, bytes: impl Iterator<Item = u8>) -> io::Result<()> {
    for byte in bytes {
        connection.write_all(&[byte]).await?;
        connection.flush().await?;
        if let Ok(closed) = tokio::time::timeout(BETWEEN_BYTES, until_closed(&mut connection)).await {
            return closed;
        }
    }
    Ok(())
}
