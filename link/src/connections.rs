//! The connections of a listener: how many there may be, and which connection is closed when room
//! is needed.
//!
//! A connection is unauthenticated until its first request with a good signature or token. An
//! unauthenticated connection costs a file descriptor and memory that a stranger can ask for, so
//! there are few of them, fewer for one address, and the oldest is closed for a new one.
//! Authenticated connections have places of their own, which strangers cannot take.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use causeway::refusal::Refusal;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The maximum number of unauthenticated connections over all addresses.
const MAX_UNAUTHENTICATED: usize = 256;
/// The maximum number of authenticated connections. An adapter keeps two connections open, a
/// billing platform one for each of its processes.
const MAX_AUTHENTICATED: usize = 768;
/// The maximum number of connections of a listener.
pub const MAX_CONNECTIONS: usize = MAX_UNAUTHENTICATED + MAX_AUTHENTICATED;
/// The maximum number of authenticated connections of one tenant or caller.
const MAX_OF_ONE: usize = 384;
/// The maximum number of simultaneous requests on an unauthenticated connection.
const MAX_STREAMS: usize = 16;
/// Bytes of request bodies that all unauthenticated connections together may hold.
const MAX_HELD: usize = 16 * 1024 * 1024;
/// The maximum time without progress of an answer that the client does not read.
const MAX_STALL: Duration = Duration::from_secs(15);
/// Refused requests that are answered at once on an unauthenticated connection.
const PROMPT_REFUSALS: usize = 8;
/// Delay of each further answer to a refused request on an unauthenticated connection.
const REFUSAL_DELAY: Duration = Duration::from_secs(1);
/// Wait before a retry that is suggested to a client without a place.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// All connections of a listener.
pub struct Connections {
    per_address: usize,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// By id, so that the first is the oldest.
    unauthenticated: BTreeMap<u64, Arc<Connection>>,
    addresses: HashMap<IpAddr, BTreeSet<u64>>,
    authenticated: HashMap<u64, Arc<Connection>>,
    callers: HashMap<String, usize>,
    /// Bytes of bodies that unauthenticated connections hold.
    held: usize,
}

/// One connection, known to every request on it.
pub struct Connection {
    id: u64,
    address: IpAddr,
    connections: Arc<Connections>,
    authenticated: AtomicBool,
    /// The tenant or caller of an authenticated connection.
    caller: OnceLock<String>,
    /// Cancelled when the connection has to close.
    closing: CancellationToken,
    /// Requests without a complete answer.
    streams: AtomicUsize,
    refused: AtomicUsize,
    held: AtomicUsize,
    /// Answers whose last byte is not sent.
    answers: AtomicUsize,
    /// Time of the last progress of an answer, in milliseconds since the start of the listener.
    progress: AtomicU64,
}

/// The place of a connection, freed on drop.
pub struct Lease(Arc<Connection>);

impl Connections {
    /// No connections yet; at most `per_address` unauthenticated connections from one address.
    pub fn new(per_address: usize) -> Arc<Connections> {
        Arc::new(Connections { per_address, started: Instant::now(), state: Mutex::default() })
    }

    /// A place for a new connection. An older unauthenticated connection is closed if there is no
    /// room: the oldest of the same address, or of the address with the most connections.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Lease {
        let address = subscriber(address);
        let mut state = self.lock();
        if let Some(oldest) = self.to_close(&state, address) {
            tracing::debug!(address = %oldest.address, "an unauthenticated connection was closed to make room");
            state.remove(&oldest);
            oldest.close();
        }
        let id = state.next;
        state.next = id.saturating_add(1);
        let connection = Arc::new(Connection {
            id,
            address,
            connections: Arc::clone(self),
            authenticated: AtomicBool::new(false),
            caller: OnceLock::new(),
            closing: CancellationToken::new(),
            streams: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            answers: AtomicUsize::new(0),
            progress: AtomicU64::new(self.now()),
        });
        state.unauthenticated.insert(id, Arc::clone(&connection));
        state.addresses.entry(address).or_default().insert(id);
        Lease(connection)
    }

    /// The connection that has to give way to a new connection of the address.
    fn to_close(&self, state: &State, address: IpAddr) -> Option<Arc<Connection>> {
        let own = state.addresses.get(&address).filter(|own| own.len() >= self.per_address);
        let largest = || {
            let full = state.unauthenticated.len() >= MAX_UNAUTHENTICATED;
            state.addresses.values().filter(|_| full).max_by_key(|connections| connections.len())
        };
        let oldest = own.or_else(largest)?.first()?;
        state.unauthenticated.get(oldest).cloned()
    }

    /// Closes connections with an answer that the client does not read.
    pub fn close_stalled(&self) {
        let now = self.now();
        let state = self.lock();
        for connection in state.authenticated.values().chain(state.unauthenticated.values()) {
            let stalled = now.saturating_sub(connection.progress.load(Ordering::Relaxed));
            if connection.answers.load(Ordering::Relaxed) > 0 && u128::from(stalled) > MAX_STALL.as_millis() {
                tracing::warn!(
                    address = %connection.address,
                    "a connection was closed: the client did not read an answer for {} s",
                    MAX_STALL.as_secs()
                );
                connection.close();
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Removes an authenticated connection from the count of its tenant or caller.
    fn leave(&mut self, connection: &Connection) {
        let Some(caller) = connection.caller.get() else { return };
        if let Some(own) = self.callers.get_mut(caller) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                self.callers.remove(caller);
            }
        }
    }

    /// Removes an unauthenticated connection.
    fn remove(&mut self, connection: &Connection) {
        if self.unauthenticated.remove(&connection.id).is_some() {
            if let Some(own) = self.addresses.get_mut(&connection.address) {
                own.remove(&connection.id);
                if own.is_empty() {
                    self.addresses.remove(&connection.address);
                }
            }
            self.held = self.held.saturating_sub(connection.held.swap(0, Ordering::Relaxed));
        }
    }
}

impl Connection {
    /// Moves the connection to the authenticated ones. Refused if the tenant or caller, or all of
    /// them together, have no place left.
    pub fn authenticate(&self, caller: &str) -> Result<(), Refusal> {
        if self.is_authenticated() {
            return Ok(());
        }
        let mut state = self.connections.lock();
        let Some(connection) = state.unauthenticated.get(&self.id).cloned() else {
            // Closed to make room, or authenticated by another request meanwhile.
            return Ok(());
        };
        let full = |what| Err(Refusal::Overloaded { what, retry_after: RETRY_AFTER });
        let own = state.callers.get(caller).copied().unwrap_or_default();
        if own >= MAX_OF_ONE {
            return full("this tenant or caller has its share of connections open");
        }
        if state.authenticated.len() >= MAX_AUTHENTICATED {
            return full("as many connections are open as the program takes");
        }
        state.remove(&connection);
        state.callers.insert(caller.to_owned(), own.saturating_add(1));
        // Set once: the connection has just left the unauthenticated ones.
        drop(self.caller.set(caller.to_owned()));
        state.authenticated.insert(self.id, connection);
        drop(state);
        self.authenticated.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether a request with a good signature or token has arrived.
    pub fn is_authenticated(&self) -> bool {
        self.authenticated.load(Ordering::Acquire)
    }

    /// The tenant or caller that authenticated first on this connection.
    pub(crate) fn caller(&self) -> Option<&str> {
        self.caller.get().map(String::as_str)
    }

    /// Closes the connection, together with its requests.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Cancelled when the connection has to close.
    pub(super) fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// Whether no request is without a complete answer.
    pub(super) fn is_idle(&self) -> bool {
        self.streams.load(Ordering::Relaxed) == 0
    }

    /// Counts a request until the value is dropped. `None`: the connection has too many for one that
    /// is not authenticated, and closes.
    pub fn request(self: &Arc<Self>) -> Option<Stream> {
        let before = self.streams.fetch_add(1, Ordering::Relaxed);
        let stream = Stream(Arc::clone(self));
        if before >= MAX_STREAMS && !self.is_authenticated() {
            self.close();
            return None;
        }
        Some(stream)
    }

    /// Counts a refused request and waits before the answer if the connection is unauthenticated and
    /// had many refused requests before.
    pub async fn refused(&self) {
        if !self.is_authenticated() && self.refused.fetch_add(1, Ordering::Relaxed) >= PROMPT_REFUSALS {
            tokio::time::sleep(REFUSAL_DELAY).await;
        }
    }

    /// Counts bytes of a body that are held before the sender is authenticated. If all connections
    /// together hold too much, the connection with the most bytes is closed.
    pub fn hold(&self, bytes: usize) {
        let mut state = self.connections.lock();
        if !state.unauthenticated.contains_key(&self.id) {
            return;
        }
        self.held.fetch_add(bytes, Ordering::Relaxed);
        state.held = state.held.saturating_add(bytes);
        if state.held <= MAX_HELD {
            return;
        }
        let largest = state.unauthenticated.values().max_by_key(|c| c.held.load(Ordering::Relaxed));
        if let Some(largest) = largest.cloned() {
            state.remove(&largest);
            largest.close();
        }
    }

    /// Releases the bytes of a body.
    pub fn release(&self) {
        let mut state = self.connections.lock();
        state.held = state.held.saturating_sub(self.held.swap(0, Ordering::Relaxed));
    }

    /// Counts an answer that is not sent completely, until the value is dropped.
    pub fn answer(self: &Arc<Self>) -> Unread {
        let mut unread = Unread { connection: Arc::clone(self), counted: false };
        unread.progress();
        unread
    }
}

/// A request without a complete answer.
pub struct Stream(Arc<Connection>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An answer that is not sent completely.
pub struct Unread {
    connection: Arc<Connection>,
    /// Whether the answer waits for the client, and not for the service.
    counted: bool,
}

impl Unread {
    /// Records that the client has read a part of the answer, and has to read the next one.
    pub fn progress(&mut self) {
        self.connection.progress.store(self.connection.connections.now(), Ordering::Relaxed);
        if !self.counted {
            self.counted = true;
            self.connection.answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Records that the client has read all that there is so far.
    pub fn pause(&mut self) {
        if self.counted {
            self.counted = false;
            self.connection.answers.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.progress();
        self.pause();
    }
}

impl Lease {
    /// The connection of the place.
    pub fn connection(&self) -> &Arc<Connection> {
        &self.0
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let connections = Arc::clone(&self.0.connections);
        let mut state = connections.lock();
        state.remove(&self.0);
        if state.authenticated.remove(&self.0.id).is_some() {
            state.leave(&self.0);
        }
    }
}

/// The address of one subscriber: IPv4 whole, IPv6 the network of 64 bits, because a subscriber may
/// choose the rest.
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests;
