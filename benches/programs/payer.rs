//! A tenant that pays at a steady rate, whatever the rest of the load does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use causeway::{status::RefusalDetails, v1};
use tokio::{task::JoinSet, time::Instant};
use tonic::{Request, transport::Channel};

/// The deadline of a payment.
const DEADLINE: Duration = Duration::from_secs(10);

/// Pays at a steady rate over one connection.
#[derive(Clone)]
pub(crate) struct Payer {
    channel: Channel,
    token: String,
    per_second: u32,
    number: Arc<AtomicUsize>,
    /// Ends a measurement early.
    pub(crate) stop: Arc<AtomicBool>,
}

/// The payments of a measurement.
#[derive(Default)]
pub(crate) struct Paid {
    /// Durations, in ascending order.
    took: Vec<Duration>,
    /// Payments that were refused, or not approved.
    pub(crate) refused: usize,
    /// Why the first of these was.
    pub(crate) reason: Option<String>,
}

impl Paid {
    /// A percentile in milliseconds.
    pub(crate) fn at(&self, percent: usize) -> f64 {
        let place = self.took.len().saturating_sub(1) * percent / 100;
        self.took.get(place).copied().unwrap_or_default().as_secs_f64() * 1000.0
    }

    /// Number of payments.
    pub(crate) fn count(&self) -> usize {
        self.took.len()
    }
}

impl Payer {
    /// Pays with the token of a caller.
    pub(crate) fn new(channel: Channel, token: &str, per_second: u32) -> Payer {
        let token = token.to_owned();
        Payer { channel, token, per_second, number: Arc::default(), stop: Arc::default() }
    }

    /// One payment of 12.50 USD; the reason if the payment is not approved.
    async fn one(&self) -> Result<(), String> {
        let number = self.number.fetch_add(1, Relaxed);
        let mut request = Request::new(v1::AuthorizeRequest {
            request_id: format!("steady-{number}"),
            amount: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
            instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_card_visa".to_owned())),
            ..Default::default()
        });
        request.set_timeout(DEADLINE);
        let mut client = super::billing(self.channel.clone(), &self.token);
        match client.authorize(request).await {
            Ok(answer) => {
                let outcome = answer.into_inner().result.unwrap_or_default().outcome();
                let approved = outcome == v1::Outcome::Approved;
                approved.then_some(()).ok_or_else(|| outcome.as_str_name().to_owned())
            }
            Err(status) => {
                let reason = RefusalDetails::of(&status).reason;
                Err(if reason.is_empty() { status.to_string() } else { reason })
            }
        }
    }

    /// Waits until a payment is approved.
    pub(crate) async fn until_approved(&self) {
        for _ in 0..200 {
            match self.one().await {
                Ok(()) => return,
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        self.one().await.unwrap();
    }

    /// Starts payments at the rate for some time, and waits for their ends.
    pub(crate) async fn pay(&self, time: Duration) -> Paid {
        let mut starts = tokio::time::interval(Duration::from_secs(1) / self.per_second);
        let (until, mut payments) = (Instant::now() + time, JoinSet::new());
        while Instant::now() < until && !self.stop.load(Relaxed) {
            starts.tick().await;
            let payer = self.clone();
            payments.spawn(async move {
                let since = Instant::now();
                let ended = payer.one().await;
                (since.elapsed(), ended)
            });
        }
        let mut paid = Paid::default();
        for (took, ended) in payments.join_all().await {
            paid.took.push(took);
            if let Err(reason) = ended {
                paid.refused += 1;
                paid.reason.get_or_insert(reason);
            }
        }
        paid.took.sort_unstable();
        paid
    }
}
