//! A process that asks for as much as possible in one way, with good credentials.
//!
//! The process is apart from the bench and from the programs, and has a lower priority: it may not
//! starve the machine by itself.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use causeway::v1;
use tokio::{task::LocalSet, time::Instant};
use tonic::{
    Code, Request, Status,
    transport::{Channel, Endpoint},
};

use crate::{
    programs::{arguments::Arguments, billing},
    wire::{Connector, ask, event},
};

/// The requests of each way.
mod request;
/// The ways.
mod way;

pub(crate) use request::{BIG_ORDER, big_payment};
pub(crate) use way::Way;

/// The argument that makes the bench a greedy process.
const GREEDY: &str = "greedy";
/// Streams on a connection, below the server's limit.
const ON_ONE: usize = 1000;
/// Pause after a refusal, so that the greedy process does not only refuse itself the machine.
const PAUSE: Duration = Duration::from_millis(5);
/// The deadline of a call.
const DEADLINE: Duration = Duration::from_secs(20);

/// The credentials of the greedy side, and the way.
pub(crate) struct Greed {
    pub(crate) way: Way,
    pub(crate) adapter: SocketAddr,
    pub(crate) token: String,
    pub(crate) webhooks: SocketAddr,
    pub(crate) endpoint: String,
    pub(crate) webhook_secret: String,
    pub(crate) time: Duration,
}

const ARGUMENTS: &[&str] = &[GREEDY, "adapter", "token", "webhooks", "endpoint", "webhook-secret", "millis"];

impl Greed {
    /// Starts the process; it ends by itself.
    pub(crate) fn start(&self) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut pass = |name: &str, value: String| {
            command.arg(format!("--{name}")).arg(value);
        };
        pass(GREEDY, self.way.name().to_owned());
        pass("adapter", self.adapter.to_string());
        pass("token", self.token.clone());
        pass("webhooks", self.webhooks.to_string());
        pass("endpoint", self.endpoint.clone());
        pass("webhook-secret", self.webhook_secret.clone());
        pass("millis", self.time.as_millis().to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Whether this process is a greedy one; if so, asks until the time is over.
    pub(crate) fn is_this_process() -> bool {
        if !std::env::args().any(|argument| argument.strip_prefix("--") == Some(GREEDY)) {
            return false;
        }
        rustix::process::setpriority_process(None, 10).unwrap();
        let given = Arguments::read(ARGUMENTS);
        let text = |name: &str| given.text(name).unwrap().to_owned();
        let greed = Greed {
            way: Way::named(&text(GREEDY)),
            adapter: text("adapter").parse().unwrap(),
            token: text("token"),
            webhooks: text("webhooks").parse().unwrap(),
            endpoint: text("endpoint"),
            webhook_secret: text("webhook-secret"),
            time: Duration::from_millis(given.number("millis", 0)),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, greed.run());
        true
    }

    async fn run(self) {
        let until = Instant::now() + self.time;
        let asking = Rc::new(Asking { greed: self, counts: Counts::default() });
        let at_once = asking.greed.way.at_once();
        let channels: Vec<_> = (0..at_once.div_ceil(ON_ONE)).map(|_| asking.greed.channel()).collect();
        for number in 0..at_once {
            let channel = channels[number / ON_ONE].clone();
            tokio::task::spawn_local(Rc::clone(&asking).again_and_again(channel));
        }
        tokio::time::sleep_until(until).await;
        let counts = &asking.counts;
        println!(
            "{at_once} at once: {} answered, {} refused for lack of room, {} refused or failed otherwise, {} under way",
            counts.answered.load(Relaxed),
            counts.no_room.load(Relaxed),
            counts.otherwise.load(Relaxed),
            counts.under_way.load(Relaxed),
        );
    }

    fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.adapter)).unwrap();
        // With a window of zero no DATA of an answer can be sent.
        let unread = self.way == Way::UnreadAnswers;
        let endpoint = if unread { endpoint.initial_stream_window_size(0) } else { endpoint };
        endpoint.connect_lazy()
    }
}

/// The state of a greedy process.
struct Asking {
    greed: Greed,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    number: AtomicUsize,
    under_way: AtomicUsize,
    answered: AtomicUsize,
    no_room: AtomicUsize,
    otherwise: AtomicUsize,
}

impl Asking {
    async fn again_and_again(self: Rc<Self>, channel: Channel) {
        loop {
            self.counts.under_way.fetch_add(1, Relaxed);
            let ended = self.once(channel.clone()).await;
            self.counts.under_way.fetch_sub(1, Relaxed);
            let counter = match &ended {
                Ok(()) => &self.counts.answered,
                Err(status) if status.code() == Code::ResourceExhausted => &self.counts.no_room,
                Err(_) => &self.counts.otherwise,
            };
            counter.fetch_add(1, Relaxed);
            if ended.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// One call, or a stream or a connection until its end.
    async fn once(&self, channel: Channel) -> Result<(), Status> {
        let number = self.counts.number.fetch_add(1, Relaxed);
        let mut client = billing(channel, &self.greed.token);
        macro_rules! send {
            ($method:ident, $message:expr) => {{
                let mut request = Request::new($message);
                request.set_timeout(DEADLINE);
                client.$method(request).await.map(drop)
            }};
        }
        match self.greed.way {
            Way::WatchPlaces => {
                let request = v1::WatchEventsRequest { after: 0, until_caught_up: false };
                let mut stream = client.watch_events(request).await?.into_inner();
                while stream.message().await?.is_some() {}
                Ok(())
            }
            Way::Reads => send!(get_payment, request::read()),
            Way::LongLists => send!(list_payments, request::list()),
            Way::UnreadAnswers => send!(get_order, request::order()),
            Way::LinkStreams => send!(sync_payment, request::sync()),
            Way::LargeMessages => send!(check_policy, request::large_check()),
            Way::RunJob => send!(run_job, request::job(number)),
            Way::Operations => send!(authorize, request::operation(number)),
            Way::Asynchronous => send!(authorize, request::asynchronous(number)),
            Way::JournalRoom => send!(authorize, big_payment(&format!("room-{number}"), "", "GBP")),
            Way::Refusals => send!(authorize, request::refused(number)),
            Way::Webhooks => self.webhooks().await,
        }
    }

    /// Signed webhooks on one connection, until the relay closes the connection.
    async fn webhooks(&self) -> Result<(), Status> {
        let environment = causeway_runtime::machine::environment();
        let connector = Connector::new(self.greed.webhooks, None, "http/1.1");
        let mut connection = connector.connect(IpAddr::from(Ipv4Addr::LOCALHOST)).await?;
        loop {
            let number = self.counts.number.fetch_add(1, Relaxed);
            let (endpoint, secret) = (&self.greed.endpoint, &self.greed.webhook_secret);
            let moment = environment.now().as_second();
            let event = event(endpoint, secret, &format!("evt_greedy{number}"), moment);
            match ask(&mut connection, &event).await? {
                200 => self.counts.answered.fetch_add(1, Relaxed),
                429 | 503 => self.counts.no_room.fetch_add(1, Relaxed),
                _ => self.counts.otherwise.fetch_add(1, Relaxed),
            };
        }
    }
}
