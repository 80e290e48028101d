//! A process of hostile connections, all of one kind. They know no credential; each is opened anew a
//! short time after the server has closed it.
//!
//! The process is apart from the bench and from the programs, so that neither its memory nor its work
//! is counted as theirs, and it has a lower priority: it may not starve the machine by itself.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    rc::Rc,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{task::LocalSet, time::Instant};

use crate::{programs::arguments::Arguments, wire::Connector};

/// Frames and fields of HTTP/2.
mod frames;
/// Hostile connections to the webhook listener.
mod http1;
/// Hostile connections to a gRPC listener.
mod http2;
/// Kinds of hostile connections.
mod kind;
/// Clients that arrive during the attack.
pub(crate) mod newcomers;

pub(crate) use kind::{Kind, Target};

/// The argument that makes the bench a hostile process.
const HOSTILE: &str = "hostile";
/// Pause before a closed connection is opened again.
const PAUSE: Duration = Duration::from_millis(200);

/// What a hostile process attacks, and how much.
pub(crate) struct Attack {
    pub(crate) kind: Kind,
    pub(crate) target: Target,
    pub(crate) address: SocketAddr,
    /// The path of the webhook endpoint's name; a stranger may have seen it.
    pub(crate) endpoint: String,
    pub(crate) connections: u32,
    /// Number of source addresses of the connections.
    pub(crate) addresses: u32,
    /// Maximum number of new streams or requests per second, of all connections together.
    pub(crate) streams_per_second: u32,
    pub(crate) time: Duration,
}

/// Names of the arguments of a hostile process.
const ARGUMENTS: &[&str] = &[
    HOSTILE,
    "target",
    "address",
    "endpoint",
    "connections",
    "addresses",
    "streams-per-second",
    "millis",
    "ca",
];

impl Attack {
    /// Starts the process; it ends by itself.
    pub(crate) fn start(&self, ca: Option<&Path>) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut pass = |name: &str, value: String| {
            command.arg(format!("--{name}")).arg(value);
        };
        pass(HOSTILE, self.kind.name().to_owned());
        pass("target", self.target.name().to_owned());
        pass("address", self.address.to_string());
        pass("endpoint", self.endpoint.clone());
        pass("connections", self.connections.to_string());
        pass("addresses", self.addresses.to_string());
        pass("streams-per-second", self.streams_per_second.to_string());
        pass("millis", self.time.as_millis().to_string());
        if let Some(ca) = ca {
            pass("ca", ca.display().to_string());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Whether this process is a hostile one; if so, attacks until the time is over.
    pub(crate) fn is_this_process() -> bool {
        if !std::env::args().any(|argument| argument.strip_prefix("--") == Some(HOSTILE)) {
            return false;
        }
        rustix::process::setpriority_process(None, 10).unwrap();
        let given = Arguments::read(ARGUMENTS);
        let attack = Attack {
            kind: Kind::named(given.text(HOSTILE).unwrap()),
            target: Target::named(given.text("target").unwrap()),
            address: given.text("address").unwrap().parse().unwrap(),
            endpoint: given.text("endpoint").unwrap().to_owned(),
            connections: given.number("connections", 0),
            addresses: given.number("addresses", 1),
            streams_per_second: given.number("streams-per-second", 0),
            time: Duration::from_millis(given.number("millis", 0)),
        };
        let protocol = if attack.target == Target::Webhooks { "http/1.1" } else { "h2" };
        let connector = Connector::new(attack.address, given.text("ca").map(Path::new), protocol);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, attack.run(connector));
        true
    }

    async fn run(self, connector: Connector) {
        let until = Instant::now() + self.time;
        let hostile = Rc::new(Hostile {
            pace: Pace::new(self.streams_per_second),
            attack: self,
            connector,
            counts: Counts::default(),
        });
        for number in 0..hostile.attack.connections {
            tokio::task::spawn_local(Rc::clone(&hostile).again_and_again(number));
        }
        tokio::time::sleep_until(until).await;
        let counts = &hostile.counts;
        println!(
            "{} open of {} opened, {} refused, {} closed by the program, {} streams, {} answers, {} KiB sent, {} KiB received",
            counts.open.load(Relaxed),
            counts.opened.load(Relaxed),
            counts.unopened.load(Relaxed),
            counts.closed.load(Relaxed),
            counts.streams.load(Relaxed),
            counts.answers.load(Relaxed),
            counts.sent.load(Relaxed) / 1024,
            counts.received.load(Relaxed) / 1024,
        );
    }
}

/// The state of a hostile process.
struct Hostile {
    attack: Attack,
    connector: Connector,
    pace: Pace,
    counts: Counts,
}

/// Counters of a hostile process.
#[derive(Default)]
struct Counts {
    open: AtomicU64,
    opened: AtomicU64,
    unopened: AtomicU64,
    closed: AtomicU64,
    streams: AtomicU64,
    answers: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

fn more(counter: &AtomicU64, by: usize) {
    counter.fetch_add(u64::try_from(by).unwrap(), Relaxed);
}

impl Hostile {
    /// Keeps one place taken: the connection is opened, used until its end, and opened again.
    async fn again_and_again(self: Rc<Self>, number: u32) {
        // Not all in the same moment.
        tokio::time::sleep(Duration::from_millis(u64::from(number))).await;
        loop {
            drop(self.once(number).await);
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn once(&self, number: u32) -> io::Result<()> {
        let from = self.source(number);
        // Every second silent connection does not even begin the handshake of TLS.
        let connected = if self.attack.kind == Kind::Silence && number.is_multiple_of(2) {
            self.connector.tcp(from).await.map(|plain| Box::new(plain) as Box<dyn crate::wire::Wire>)
        } else {
            self.connector.connect(from).await
        };
        let connection = connected.inspect_err(|_| more(&self.counts.unopened, 1))?;
        more(&self.counts.opened, 1);
        self.counts.open.fetch_add(1, Relaxed);
        let ended = match self.attack.target {
            Target::Webhooks => http1::attack(self, connection, number).await,
            Target::Adapter | Target::Relay => http2::attack(self, connection, number).await,
        };
        self.counts.open.fetch_sub(1, Relaxed);
        more(&self.counts.closed, 1);
        ended
    }

    /// The source address of a connection, never the one that the bench's own clients have.
    fn source(&self, number: u32) -> IpAddr {
        let [.., high, low] = (2 + number % self.attack.addresses.max(1)).to_be_bytes();
        Ipv4Addr::new(127, 0, high, low).into()
    }
}

/// A limit on new streams.
struct Pace {
    per_second: u32,
    state: Mutex<(f64, Instant)>,
}

impl Pace {
    fn new(per_second: u32) -> Pace {
        Pace { per_second, state: Mutex::new((0.0, Instant::now())) }
    }

    /// How many of the wanted streams may be opened now.
    fn take(&self, wanted: usize) -> usize {
        let mut state = self.state.lock().unwrap();
        let (left, since) = *state;
        let most = f64::from(self.per_second);
        let left = (left + since.elapsed().as_secs_f64() * most).min(most / 10.0);
        let granted = wanted.min(left as usize);
        *state = (left - granted as f64, Instant::now());
        granted
    }
}
