//! Connections: a limit on the number, and a deadline for the first bytes of each connection.
//!
//! A connection costs a file descriptor before the client is authenticated. Without a limit a
//! silent client could take every descriptor, including the descriptors for the journal and for
//! Stripe.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Sleep,
};
use tonic::transport::server::Connected;

/// The maximum number of simultaneous connections. The billing platform and each adapter keep one
/// or two connections open.
pub const MAX_CONNECTIONS: usize = 512;

/// The maximum time for a connection to send the HTTP/2 preface.
const SLOWEST_PREFACE: Duration = Duration::from_secs(10);

/// Length of the preface in bytes (RFC 9113, section 3.4).
const PREFACE: usize = 24;

/// Permits for simultaneous connections.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn new() -> Room {
        Room(Arc::new(Semaphore::new(MAX_CONNECTIONS)))
    }

    /// Waits for a permit. Never `None`, because the semaphore is never closed.
    pub(super) async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).acquire_owned().await.ok()
    }
}

/// A connection with a permit, closed with an error unless the preface arrives in time.
pub struct PrefaceTimeout<IO> {
    io: IO,
    received: usize,
    deadline: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl<IO> PrefaceTimeout<IO> {
    pub(super) fn new(io: IO, place: OwnedSemaphorePermit) -> PrefaceTimeout<IO> {
        PrefaceTimeout {
            io,
            received: 0,
            deadline: Box::pin(tokio::time::sleep(SLOWEST_PREFACE)),
            _place: place,
        }
    }
}

impl<IO: Connected> Connected for PrefaceTimeout<IO> {
    type ConnectInfo = IO::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.io.connect_info()
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for PrefaceTimeout<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if self.received >= PREFACE {
            return read;
        }
        let came = buffer.filled().len().saturating_sub(before);
        self.received = self.received.saturating_add(came);
        match read {
            Poll::Pending if self.deadline.as_mut().poll(context).is_ready() => {
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the connection says nothing")))
            }
            read @ (Poll::Ready(_) | Poll::Pending) => read,
        }
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for PrefaceTimeout<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
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
        Pin::new(&mut self.io).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
