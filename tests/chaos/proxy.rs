//! A faulty connection: a proxy between two programs that applies network faults to their bytes, at
//! given rates.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
};

use crate::{
    config::SeededRng,
    faults::{ConnectionFault, Hits, Rates},
    traffic_log::{Reader, TrafficLog},
};

/// How long a half-open connection stays half-open.
const HALF_OPEN: Duration = Duration::from_secs(12);
/// How many bytes of a client are kept for a replay.
const MAX_RECORDED: usize = 256 * 1024;

/// A proxy before one server.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    wire: Arc<ProxyState>,
}

struct ProxyState {
    name: &'static str,
    server: SocketAddr,
    rates: Rates,
    hits: Arc<Hits>,
    traffic: Option<Arc<TrafficLog>>,
    breaks: AtomicBool,
    mended: Notify,
    seed: u64,
    connections: AtomicU64,
}

/// One connection through a proxy.
struct Connection {
    wire: Arc<ProxyState>,
    reader: Reader,
    /// Notified when both directions have to end.
    cut: Notify,
    half_open: AtomicBool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    There,
    Back,
}

impl Proxy {
    pub(crate) async fn before(
        name: &'static str,
        server: SocketAddr,
        (rates, hits): (Rates, Arc<Hits>),
        seed: u64,
        traffic: Option<Arc<TrafficLog>>,
    ) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (breaks, mended) = (AtomicBool::new(false), Notify::new());
        let connections = AtomicU64::new(0);
        let wire =
            Arc::new(ProxyState { name, server, rates, hits, traffic, breaks, mended, seed, connections });
        let serves = Arc::clone(&wire);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(Arc::clone(&serves), client));
            }
        });
        Proxy { address, wire }
    }

    /// Starts or ends the faults. At the end, stalled connections are cut.
    pub(crate) fn inject_faults(&self, breaks: bool) {
        self.wire.breaks.store(breaks, Ordering::SeqCst);
        if !breaks {
            self.wire.mended.notify_waiters();
        }
    }
}

impl ProxyState {
    /// Whether a fault strikes now.
    fn strikes(&self, rng: &mut SeededRng, fault: ConnectionFault) -> bool {
        let rate = self.rates.of(fault);
        let breaks = rate > 0 && self.breaks.load(Ordering::SeqCst);
        breaks && self.hits.strike(self.name, fault, rate, rng)
    }
}

async fn carry(wire: Arc<ProxyState>, client: TcpStream) {
    let number = wire.connections.fetch_add(1, Ordering::SeqCst);
    let mut rng = SeededRng::of(wire.seed, wire.name, number);
    if wire.strikes(&mut rng, ConnectionFault::Refuse) {
        drop(client.set_zero_linger());
        return;
    }
    let Ok(server) = TcpStream::connect(wire.server).await else { return };
    drop(client.set_nodelay(true));
    drop(server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (cut, half_open) = (Notify::new(), AtomicBool::new(false));
    let connection = Arc::new(Connection { wire, reader: Reader::default(), cut, half_open });
    let position = pump(
        Arc::clone(&connection),
        Direction::There,
        (from_client, to_server),
        SeededRng(rng.below(u64::MAX)),
    );
    let back = pump(
        Arc::clone(&connection),
        Direction::Back,
        (from_server, to_client),
        SeededRng(rng.below(u64::MAX)),
    );
    let both = async { tokio::join!(position, back) };
    tokio::select! {
        _ = both => {}
        () = connection.cut.notified() => {}
    }
}

async fn pump(
    connection: Arc<Connection>,
    direction: Direction,
    (mut from, mut to): (OwnedReadHalf, OwnedWriteHalf),
    mut rng: SeededRng,
) {
    let mut buffer = vec![0; 65_536];
    let mut recorded = vec![];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let piece = &mut buffer[..count];
        connection.record(direction, piece);
        if connection.half_open.load(Ordering::SeqCst) {
            continue;
        }
        if direction == Direction::There && recorded.len() + count <= MAX_RECORDED {
            recorded.extend_from_slice(piece);
        }
        if connection.apply_faults(direction, piece, &mut to, &mut rng).await.is_err() {
            connection.cut.notify_one();
            return;
        }
        if direction == Direction::There && connection.wire.strikes(&mut rng, ConnectionFault::Replay) {
            tokio::spawn(replay(connection.wire.server, recorded.clone()));
        }
    }
    drop(to.shutdown().await);
}

impl Connection {
    fn record(&self, direction: Direction, piece: &[u8]) {
        if let Some(traffic) = &self.wire.traffic {
            match direction {
                Direction::There => traffic.request(&self.reader, piece),
                Direction::Back => traffic.answer(&self.reader, piece),
            }
        }
    }

    /// Passes a chunk on, with or without a fault. An error ends the connection.
    async fn apply_faults(
        &self,
        direction: Direction,
        piece: &mut [u8],
        to: &mut OwnedWriteHalf,
        rng: &mut SeededRng,
    ) -> Result<(), ()> {
        let wire = &self.wire;
        if wire.strikes(rng, ConnectionFault::Latency) {
            tokio::time::sleep(rng.millis(20, 300)).await;
        }
        if wire.strikes(rng, ConnectionFault::Lose) {
            return Err(());
        }
        if wire.strikes(rng, ConnectionFault::HalfOpen) {
            self.half_open.store(true, Ordering::SeqCst);
            tokio::select! {
                () = tokio::time::sleep(HALF_OPEN) => {}
                () = wire.mended.notified() => {}
            }
            return Err(());
        }
        if wire.strikes(rng, ConnectionFault::Cut) {
            drop(to.write_all(&piece[..piece.len() / 2]).await);
            drop(to.flush().await);
            return Err(());
        }
        // Only on connections with a signature: elsewhere TLS would detect the flipped bit, and the
        // test has no TLS.
        if direction == Direction::There && wire.strikes(rng, ConnectionFault::Flip) {
            let place = rng.place(piece.len());
            piece[place] ^= 1 << rng.below(8);
        }
        if wire.strikes(rng, ConnectionFault::Drip) {
            let size = (piece.len() / 40).max(1);
            for drop in piece.chunks(size) {
                to.write_all(drop).await.map_err(|_| ())?;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        } else {
            to.write_all(piece).await.map_err(|_| ())?;
        }
        if wire.strikes(rng, ConnectionFault::ResetAfter) { Err(()) } else { Ok(()) }
    }
}

/// Sends the recorded bytes of another client to a server.
async fn replay(server: SocketAddr, recorded: Vec<u8>) {
    let again = async {
        let mut connection = TcpStream::connect(server).await?;
        connection.write_all(&recorded).await?;
        let mut answer = vec![0; 65_536];
        while connection.read(&mut answer).await? > 0 {}
        std::io::Result::Ok(())
    };
    // A connection that stays open is closed after a while.
    drop(tokio::time::timeout(Duration::from_secs(2), again).await);
}
