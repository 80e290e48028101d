//! A proxy that breaks connections on demand.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// A proxy before a server. On demand the proxy cuts the connection after the server's answer and
/// before the answer is passed on, or goes silent without a cut.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    forwarded: Arc<ForwardedCalls>,
}

#[derive(Default)]
struct ForwardedCalls {
    /// The number of answers still to lose.
    cuts: AtomicUsize,
    /// The number of connections so far.
    connections: AtomicUsize,
    /// The first connections, up to this number, carry no more bytes.
    silent: AtomicUsize,
}

impl Proxy {
    pub(crate) async fn before(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let forwarded = Arc::<ForwardedCalls>::default();
        let wire = Arc::clone(&forwarded);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = wire.connections.fetch_add(1, Ordering::SeqCst);
                if let Ok(server) = TcpStream::connect(server).await {
                    tokio::spawn(carry(client, server, Arc::clone(&wire), number));
                }
            }
        });
        Proxy { address, forwarded }
    }

    /// Loses this many answers from now on.
    pub(crate) fn lose_answers(&self, count: usize) {
        self.forwarded.cuts.store(count, Ordering::SeqCst);
    }

    pub(crate) fn answers_left_to_lose(&self) -> usize {
        self.forwarded.cuts.load(Ordering::SeqCst)
    }

    /// The present connections carry no more bytes, and neither side is
    /// notified. New connections work.
    pub(crate) fn go_silent(&self) {
        self.forwarded.silent.store(self.connections(), Ordering::SeqCst);
    }

    pub(crate) fn connections(&self) -> usize {
        self.forwarded.connections.load(Ordering::SeqCst)
    }
}

impl ForwardedCalls {
    /// A chunk of at most 200 bytes is part of the HTTP/2 protocol, or an answer to a health check;
    /// a longer chunk is an answer about a payment.
    fn is_lost(&self, count: usize) -> bool {
        let next = |left: usize| left.checked_sub(1);
        count > 200 && self.cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).is_ok()
    }

    async fn unless_silent(&self, number: usize) {
        if number < self.silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

/// Carries bytes in both directions.
async fn carry(client: TcpStream, server: TcpStream, forwarded: Arc<ForwardedCalls>, number: usize) {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    let up = tokio::spawn(carry_up(from_client, to_server, Arc::clone(&forwarded), number));
    let mut buffer = vec![0; 65536];
    while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
        forwarded.unless_silent(number).await;
        if forwarded.is_lost(count) || to_client.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    up.abort();
}

async fn carry_up(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    forwarded: Arc<ForwardedCalls>,
    number: usize,
) {
    let mut buffer = vec![0; 65536];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        forwarded.unless_silent(number).await;
        if to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
}
