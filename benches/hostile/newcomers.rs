//! Clients that arrive during the attack, each on a new connection: a client of the adapter, an
//! adapter at the relay, and Stripe with a signed webhook.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use causeway::{environment::Environment, v1};
use causeway_adapter::{
    link::Link,
    settings::{CallerName, Settings},
};
use tokio::time::{Instant, timeout};
use tonic::transport::Channel;

use crate::{
    programs::{
        TestBed, billing,
        settings::{self, Tenant},
    },
    wire::{Connector, ask, event},
};

/// The maximum time to wait for one.
const LONGEST: Duration = Duration::from_secs(10);
/// Interval between two rounds.
const EVERY: Duration = Duration::from_secs(2);

/// The longest times until the first answer.
#[derive(Clone, Copy, Default)]
pub(crate) struct Longest {
    pub(crate) client: Duration,
    pub(crate) adapter: Duration,
    pub(crate) webhook: Duration,
}

/// How the clients reach the programs.
pub(crate) struct Newcomers {
    tenant: Tenant,
    caller: &'static str,
    address: SocketAddr,
    link: String,
    webhooks: SocketAddr,
    ca: Option<PathBuf>,
    environment: Environment,
}

impl Newcomers {
    /// Clients with the credentials of a tenant.
    pub(crate) fn of(test_bed: &TestBed, tenant: Tenant, caller: &'static str) -> Newcomers {
        let (folder, tls) = (test_bed.folder.path(), test_bed.ca().is_some());
        let address = test_bed.adapters[0].address;
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Newcomers {
            link: settings::adapter(folder, any, test_bed.relay.address, tls, &tenant),
            tenant,
            caller,
            address,
            webhooks: test_bed.webhooks,
            ca: test_bed.ca(),
            environment: causeway_runtime::machine::environment(),
        }
    }

    /// A round of all three each two seconds, until some time has passed.
    pub(crate) async fn arrive(&self, connect: impl Fn(SocketAddr) -> Channel, time: Duration) -> Longest {
        let (until, mut longest, mut number) = (Instant::now() + time, Longest::default(), 0);
        let mut rounds = tokio::time::interval(EVERY);
        rounds.tick().await;
        loop {
            tokio::select! {
                _ = rounds.tick() => {}
                () = tokio::time::sleep_until(until) => return longest,
            }
            number += 1;
            let (client, adapter, webhook) = tokio::join!(
                first(async || self.client(connect(self.address)).await),
                first(async || self.adapter().await),
                first(async || self.webhook(number).await),
            );
            longest.client = longest.client.max(client);
            longest.adapter = longest.adapter.max(adapter);
            longest.webhook = longest.webhook.max(webhook);
        }
    }

    async fn client(&self, channel: Channel) -> bool {
        let mut client = billing(channel, &self.tenant.token(self.caller));
        client.get_capabilities(v1::GetCapabilitiesRequest {}).await.is_ok()
    }

    async fn adapter(&self) -> bool {
        let settings = Settings::from_toml(&self.link).unwrap();
        let link = Link::new(&settings.relay, 1, self.environment.clone()).unwrap();
        let caller = CallerName(self.caller.into());
        link.call(&caller, v1::GetCapabilitiesRequest {}, Some(LONGEST)).await.is_ok()
    }

    async fn webhook(&self, number: usize) -> bool {
        let connector = Connector::new(self.webhooks, self.ca.as_deref(), "http/1.1");
        let Ok(mut connection) = connector.connect(IpAddr::from(Ipv4Addr::LOCALHOST)).await else {
            return false;
        };
        let moment = self.environment.now().as_second();
        let (endpoint, secret) = (self.tenant.endpoint(), self.tenant.webhook_secret());
        let event = event(&endpoint, &secret, &format!("evt_newcomer{number}"), moment);
        matches!(ask(&mut connection, &event).await, Ok(200))
    }
}

/// The time until the first good answer; what fails at once is repeated, as any client does.
async fn first(attempt: impl AsyncFn() -> bool) -> Duration {
    let since = Instant::now();
    let answered = async {
        while !attempt().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    drop(timeout(LONGEST, answered).await);
    since.elapsed()
}
