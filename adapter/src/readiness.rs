//! Readiness: the adapter is ready while at least one relay is reachable.

use std::{sync::Arc, time::Duration};

use causeway_link::{listen, sign::Signing};
use tonic::transport::Channel;
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_check_response, health_client::HealthClient},
    server::HealthReporter,
};

use crate::link::Link;

/// Interval of the check while a relay answers.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Interval of the check while no relay answers.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// The maximum time for a relay to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Keeps the status of the health service up to date.
pub(crate) async fn watch(health: HealthReporter, link: Arc<Link>) {
    let mut before = None;
    loop {
        let status =
            if any_serves(link.signed()).await { ServingStatus::Serving } else { ServingStatus::NotServing };
        if before != Some(status) {
            tracing::info!(
                "the adapter is {}",
                if status == ServingStatus::Serving { "ready" } else { "not ready: no relay answers" }
            );
            before = Some(status);
        }
        listen::report(&health, status).await;
        tokio::time::sleep(if status == ServingStatus::Serving { ASK_EVERY } else { ASK_AGAIN }).await;
    }
}

async fn any_serves(relays: &[Signing<Channel>]) -> bool {
    for relay in relays {
        let mut client = HealthClient::new(relay.clone());
        let request = HealthCheckRequest { service: "causeway.v1.Processor".to_owned() };
        let answer = tokio::time::timeout(PATIENCE, client.check(request)).await;
        let serving = health_check_response::ServingStatus::Serving;
        if matches!(answer, Ok(Ok(answer)) if answer.get_ref().status() == serving) {
            return true;
        }
    }
    false
}
