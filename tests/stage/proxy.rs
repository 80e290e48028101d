//! A wire that breaks when it is told to.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Stands before a server. While it is told to, it cuts the connection when the
/// server has answered and before the answer is passed on.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    cuts: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) async fn before(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cuts = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&cuts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(server).await {
                    tokio::spawn(carry(client, server, Arc::clone(&count)));
                }
            }
        });
        Proxy { address, cuts }
    }

    /// Loses this many answers from now on.
    pub(crate) fn lose_answers(&self, count: usize) {
        self.cuts.store(count, Ordering::SeqCst);
    }

    pub(crate) fn left_to_lose(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Carries bytes both ways. What the server says within 100 bytes is HTTP/2's own
/// talk; more is an answer.
async fn carry(client: TcpStream, server: TcpStream, cuts: Arc<AtomicUsize>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut buffer = vec![0; 65536];
    while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
        let lost = count > 100
            && cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if lost || to_client.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    up.abort();
}
