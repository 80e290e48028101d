//! The client: sends requests to Stripe, and repeats a request where a repetition is safe.

use std::{sync::Arc, time::Duration};

use causeway::{environment::Environment, tenant::TenantName};
use causeway_domain::idempotency::IdempotencyKey;
use causeway_ports::processor::Delivery;
use causeway_runtime::backoff::Backoff;

/// The implementation of the port `Processor`.
mod port;

use crate::{
    config::StripeConfig,
    endpoint::{Command, Endpoint, Query},
    expected::Ours,
    limiter::{AccountQueue, Limiter, Permit},
    priority::Priority,
    reply::{Attempt, RawReply},
    transport::{Body, Https, NoAnswer, Outgoing, Transport},
};

/// Backoff between the tries of one call.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(5) };

/// The tenant and the payment system of a client, for log lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owner {
    /// Name of the tenant.
    pub(crate) tenant: String,
    /// Name of the payment system in the tenant's settings.
    pub(crate) payment_system: String,
}

/// The client of one Stripe account.
pub struct StripeClient {
    config: StripeConfig,
    owner: Owner,
    transport: Arc<dyn Transport>,
    line: AccountQueue,
    environment: Environment,
}

/// A call with the data for each repetition.
#[derive(Clone, Copy)]
enum Call<'a> {
    Get(Query),
    DeleteCustomer,
    Post(Command, &'a Body, &'a IdempotencyKey),
}

impl StripeClient {
    /// A client over HTTPS. All clients of one account share one `limiter`.
    pub fn over_https(
        config: StripeConfig,
        limiter: Arc<Limiter>,
        environment: Environment,
    ) -> Result<StripeClient, reqwest::Error> {
        let transport = Arc::new(Https::new(&config.api_base, config.connect_timeout)?);
        Ok(StripeClient::over(transport, config, limiter, environment))
    }

    /// A client over any transport, for tests.
    pub fn over(
        transport: Arc<dyn Transport>,
        config: StripeConfig,
        limiter: Arc<Limiter>,
        environment: Environment,
    ) -> StripeClient {
        StripeClient {
            config,
            owner: Owner::default(),
            transport,
            line: AccountQueue::of(limiter, ""),
            environment,
        }
    }

    /// The client with the names of the tenant and the payment system in each log line.
    #[must_use]
    pub fn of(self, tenant: &TenantName, payment_system: &str) -> StripeClient {
        let owner = Owner { tenant: tenant.to_string(), payment_system: payment_system.to_owned() };
        let line = AccountQueue::of(self.line.limiter, tenant.as_str());
        StripeClient { owner, line, ..self }
    }

    /// The names for log lines.
    pub(crate) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The account, as far as answers show it.
    pub(crate) fn ours(&self) -> Ours<'_> {
        let StripeConfig { account, test_mode, api_base, .. } = &self.config;
        Ours { account, test_mode: *test_mode, plain_http: api_base.starts_with("http://") }
    }

    /// Sends a GET, with repetitions.
    pub(crate) async fn get(&self, query: Query, path: &str) -> RawReply {
        self.repeat(path, Call::Get(query), &mut Delivery::NotSent).await
    }

    /// Repeats a call until an answer is final or the repetitions are used up. `delivery` becomes
    /// [`Delivery::MaybeSent`] with the first try that may have reached Stripe.
    async fn repeat(&self, path: &str, call: Call<'_>, delivery: &mut Delivery) -> RawReply {
        let priority = call.endpoint().priority(*delivery);
        let mut tries: u64 = 0;
        let Owner { tenant, payment_system } = self.owner();
        loop {
            let attempt = self.attempt(path, call, priority).await;
            if matches!(attempt, Attempt::Again { delivery: Delivery::MaybeSent, .. }) {
                *delivery = Delivery::MaybeSent;
            }
            match attempt {
                Attempt::Final(reply) => return reply,
                Attempt::Again { why, .. } if tries >= self.config.max_network_retries => {
                    tracing::warn!(
                        tenant,
                        payment_system,
                        path,
                        tries,
                        "Stripe gave no answer to a call, and recovery resolves an unknown outcome: {why}"
                    );
                    return RawReply::Unknown { why };
                }
                Attempt::Again { why, .. } => {
                    tracing::info!(
                        tenant,
                        payment_system,
                        path,
                        "a call to Stripe failed and is repeated: {why}"
                    );
                    causeway_runtime::failpoint!("relay.stripe.before_retry");
                    tries = tries.saturating_add(1);
                    tokio::time::sleep(BACKOFF.with_equal_jitter(tries, &self.environment)).await;
                }
            }
        }
    }

    /// F35: while Stripe refuses the secret key, new operations are pointless.
    fn notice_key(&self, status: u16) {
        if status == 401 {
            tracing::error!(
                tenant = self.owner.tenant,
                payment_system = self.owner.payment_system,
                account = self.config.account,
                "Stripe refuses the secret key of a payment system; put a good key into the settings and restart \
                 the relay"
            );
        }
        self.limiter().key_is_refused(status == 401);
    }

    /// Waits in the queue, at most as long as a call may take.
    async fn permit(&self, endpoint: Endpoint, priority: Priority) -> Option<Permit> {
        let turn = self.limiter().enter(&self.line.member, priority, endpoint.counted_as());
        tokio::time::timeout(self.config.timeout, turn).await.ok().flatten()
    }

    /// Makes one try: waits for a permit, sends, and classifies the answer.
    async fn attempt(&self, path: &str, call: Call<'_>, priority: Priority) -> Attempt {
        let Some(permit) = self.permit(call.endpoint(), priority).await else {
            let why = "too many calls to this account were waiting before it".to_owned();
            return Attempt::Final(RawReply::Unknown { why });
        };
        let (body, key) = match call {
            Call::Get(_) | Call::DeleteCustomer => (None, None),
            Call::Post(_, body, key) => (Some(body.clone()), Some(key)),
        };
        let outgoing = Outgoing {
            body,
            deletes: matches!(call, Call::DeleteCustomer),
            url: format!("{}{path}", self.config.api_base),
            key: self.config.secret_key.expose(),
            idempotency_key: key.map(IdempotencyKey::as_str),
            timeout: self.config.timeout,
        };
        causeway_runtime::failpoint!("relay.stripe.before_send");
        match self.transport.send(outgoing).await {
            Ok(incoming) => {
                permit.answered();
                self.notice_key(incoming.status);
                if incoming.is_rate_limit() {
                    tracing::warn!(
                        tenant = self.owner.tenant,
                        payment_system = self.owner.payment_system,
                        account = self.config.account,
                        path,
                        "Stripe limits the rate of calls, so the queue of the account is slowed down for a while; \
                         lower requests_per_second if this repeats"
                    );
                    self.limiter().slow_down();
                }
                Attempt::read(&incoming, key.is_some(), &self.owner)
            }
            Err(no_answer) => {
                let delivery = match no_answer {
                    NoAnswer::NotSent(_) => Delivery::NotSent,
                    NoAnswer::MaybeSent(_) => Delivery::MaybeSent,
                };
                Attempt::Again { why: no_answer.to_string(), delivery }
            }
        }
    }

    fn limiter(&self) -> &Arc<Limiter> {
        &self.line.limiter
    }
}

impl Call<'_> {
    fn endpoint(self) -> Endpoint {
        match self {
            Call::Get(query) => Endpoint::Get(query),
            Call::DeleteCustomer => Endpoint::DeleteCustomer,
            Call::Post(command, ..) => Endpoint::Post(command),
        }
    }
}
