//! The byte stream of one connection, with the limits that hold until the client is authenticated.
//!
//! Bytes of an unauthenticated client arrive in small parts with a pause in between, so that requests are
//! counted before more of them are decoded: one byte of HPACK can stand for a header of 4 KiB.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::transport::server::Connected;

use crate::connections::{Connection, Lease};

/// The maximum time for a connection to send the HTTP/2 preface.
const SLOWEST_PREFACE: Duration = Duration::from_secs(10);

/// The maximum age of an unauthenticated connection without a request in flight.
const MAX_AGE: Duration = Duration::from_secs(30);

/// The maximum age of an unauthenticated connection.
const MAX_AGE_BUSY: Duration = Duration::from_secs(60);

/// Length of the preface in bytes (RFC 9113, section 3.4).
const PREFACE: usize = 24;

/// Bytes of one read before authentication.
const PART: usize = 512;

/// The pause after a full part.
const PAUSE: Duration = Duration::from_millis(1);

/// The maximum number of bytes that a gRPC client may send before authentication: a first request of
/// the largest size takes one round trip to be authenticated by its headers.
const MAX_RECEIVED: usize = 64 * 1024;

/// Whether an unauthenticated client may send large bodies: the signature of a webhook covers the
/// body, so that the body has to be read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// gRPC: the headers authenticate.
    Http2,
    /// Webhooks: the body authenticates.
    Http1,
}

/// The byte stream of one connection, which frees the connection's place on drop.
pub struct Limited<IO> {
    io: IO,
    protocol: Protocol,
    lease: Lease,
    opened: Instant,
    received: usize,
    /// End of the current limit of time.
    deadline: Pin<Box<Sleep>>,
    /// End of the pause between two parts.
    pause: Option<Pin<Box<Sleep>>>,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<IO> Limited<IO> {
    pub(super) fn new(io: IO, protocol: Protocol, lease: Lease) -> Limited<IO> {
        let opened = Instant::now();
        Limited {
            io,
            protocol,
            opened,
            received: 0,
            deadline: Box::pin(tokio::time::sleep(SLOWEST_PREFACE)),
            pause: None,
            closing: Box::pin(lease.connection().closing().clone().cancelled_owned()),
            lease,
        }
    }

    /// The connection of the stream.
    pub fn connection(&self) -> &Arc<Connection> {
        self.lease.connection()
    }

    /// An error if the connection has to close. A client that does not read blocks the writes, so
    /// that this is asked on every read and write.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.closing.as_mut().poll(context).is_ready() {
            return Err(aborted("the connection was closed to make room"));
        }
        if !self.connection().is_authenticated()
            && let Poll::Ready(reason) = self.poll_deadline(context)
        {
            return Err(aborted(reason));
        }
        Ok(())
    }

    /// Ready with the reason once an unauthenticated connection has used up its time.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<&'static str> {
        loop {
            ready!(self.deadline.as_mut().poll(context));
            if self.received < PREFACE {
                return Poll::Ready("the connection sent no request in time");
            }
            let age = self.opened.elapsed();
            let limit = if self.connection().is_idle() { MAX_AGE } else { MAX_AGE_BUSY };
            if age >= limit {
                return Poll::Ready("the connection was not authenticated in time");
            }
            let next = if age < MAX_AGE { MAX_AGE.saturating_sub(age) } else { Duration::from_secs(1) };
            self.deadline.set(tokio::time::sleep(next));
        }
    }
}

impl<IO: AsyncRead + Unpin> Limited<IO> {
    /// Reads one part before authentication.
    fn poll_part(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let mut part = [0; PART];
        let most = part.len().min(buffer.remaining());
        let mut part = ReadBuf::new(part.get_mut(..most).unwrap_or_default());
        ready!(Pin::new(&mut self.io).poll_read(context, &mut part))?;
        let filled = part.filled();
        self.received = self.received.saturating_add(filled.len());
        if self.protocol == Protocol::Http2 {
            if self.received > MAX_RECEIVED {
                return Poll::Ready(Err(aborted("the connection sent too much before it was authenticated")));
            }
            if filled.len() == PART {
                self.pause = Some(Box::pin(tokio::time::sleep(PAUSE)));
            }
        }
        buffer.put_slice(filled);
        Poll::Ready(Ok(()))
    }
}

fn aborted(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, reason)
}

impl<IO> Connected for Limited<IO> {
    type ConnectInfo = Arc<Connection>;

    fn connect_info(&self) -> Arc<Connection> {
        Arc::clone(self.connection())
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Limited<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        if self.connection().is_authenticated() {
            return Pin::new(&mut self.io).poll_read(context, buffer);
        }
        self.poll_part(context, buffer)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Limited<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;
    use crate::connections::Connections;

    const PREFACE_TEXT: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    fn pair(protocol: Protocol) -> (DuplexStream, Limited<DuplexStream>) {
        let (client, server) = tokio::io::duplex(1024 * 1024);
        let lease = Connections::new(64).admit(IpAddr::from([192, 0, 2, 1]));
        (client, Limited::new(server, protocol, lease))
    }

    /// Reads until the connection ends: the bytes, and the time of the end.
    async fn read(server: &mut Limited<DuplexStream>) -> (usize, String, Duration) {
        let began = Instant::now();
        let mut received = 0;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            match server.read(&mut buffer).await {
                Ok(0) => return (received, "end".to_owned(), began.elapsed()),
                Ok(more) => received += more,
                Err(error) => return (received, error.to_string(), began.elapsed()),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_connection_ends_after_ten_seconds() {
        let (_client, mut server) = pair(Protocol::Http2);
        let (received, end, after) = read(&mut server).await;
        assert_eq!((received, end.as_str()), (0, "the connection sent no request in time"));
        assert_eq!(after.as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_that_sends_only_pings_ends_after_thirty_seconds() {
        let (mut client, mut server) = pair(Protocol::Http2);
        client.write_all(PREFACE_TEXT).await.unwrap();
        let pings = tokio::spawn(async move {
            while client.write_all(&[0; 17]).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let (_, end, after) = read(&mut server).await;
        assert_eq!(end, "the connection was not authenticated in time");
        assert_eq!(after.as_secs(), 30);
        drop(server);
        pings.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_sends_little_and_an_authenticated_client_as_much_as_needed() {
        let (mut client, mut server) = pair(Protocol::Http2);
        client.write_all(&vec![0; 200 * 1024]).await.unwrap();
        let (received, end, _) = read(&mut server).await;
        assert_eq!(end, "the connection sent too much before it was authenticated");
        assert!(received <= MAX_RECEIVED, "{received}");

        let (mut client, mut server) = pair(Protocol::Http2);
        client.write_all(PREFACE_TEXT).await.unwrap();
        server.read_exact(&mut [0; PREFACE]).await.unwrap();
        server.connection().authenticate("acme").unwrap();
        client.write_all(&vec![0; 200 * 1024]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        drop(client);
        let (received, end, _) = read(&mut server).await;
        assert_eq!((received, end.as_str()), (200 * 1024, "end"));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_of_a_stranger_arrive_in_parts_with_a_pause() {
        let (mut client, mut server) = pair(Protocol::Http2);
        client.write_all(&[7; 2 * PART]).await.unwrap();
        let began = Instant::now();
        let mut buffer = [0; 16 * 1024];
        assert_eq!(server.read(&mut buffer).await.unwrap(), PART);
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!(server.read(&mut buffer).await.unwrap(), PART);
        assert!(began.elapsed() >= PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_reader_is_closed_by_the_search_for_stalled_answers() {
        let connections = Connections::new(64);
        let lease = connections.admit(IpAddr::from([192, 0, 2, 1]));
        let connection = Arc::clone(lease.connection());
        let (_client, server) = tokio::io::duplex(64);
        let mut server = Limited::new(server, Protocol::Http2, lease);
        connection.authenticate("acme").unwrap();
        let mut unread = connection.answer();
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_secs(10)).await;
            unread.progress();
            connections.close_stalled();
        }
        assert!(!connection.closing().is_cancelled(), "a slow reader is still a reader");
        unread.pause();
        tokio::time::sleep(Duration::from_secs(60)).await;
        connections.close_stalled();
        assert!(!connection.closing().is_cancelled(), "an answer that waits for the service is no stall");
        unread.progress();
        tokio::time::sleep(Duration::from_secs(16)).await;
        connections.close_stalled();
        let full = server.write_all(&[0; 1024]).await.unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::ConnectionAborted);
        drop(unread);
    }
}
