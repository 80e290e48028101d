//! The handle's operations for webhooks: read deliveries, arm faults, and the actions of Stripe's
//! dashboard.

use std::time::Duration;

use crate::bounded_log::BoundedLog;
use crate::lock::lock;
use crate::sandbox::Sandbox;
use crate::shared::Shared;
use crate::webhooks::delivery::Delivery;
use crate::webhooks::fault::{WebhookFault, WebhookFaultRule};
use crate::webhooks::pending_delivery::{DeliveryReason, PendingDelivery};

impl Sandbox {
    /// The newest deliveries, up to the number in the settings: one entry for every attempt.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.delivery_queue.read_log(BoundedLog::entries)
    }

    /// The number of deliveries since the start.
    pub fn deliveries_made(&self) -> usize {
        self.shared.delivery_queue.read_log(BoundedLog::total)
    }

    /// Waits until no delivery is in flight, and returns false if the time ends first. Scheduled
    /// retries and deferred deliveries do not count as in flight.
    pub async fn settle_deliveries(&self, within: Duration) -> bool {
        let settled = self.shared.delivery_queue.settled(&self.shared.clock);
        tokio::time::timeout(within, settled).await.is_ok()
    }

    /// Starts the deliveries, after a start with [`crate::Settings::deliveries_wait`].
    pub fn start_deliveries(&self) {
        self.shared.delivery_queue.resume();
    }

    /// Sends an event to an endpoint once more, as Stripe's dashboard does. Returns whether both exist
    /// in the same account and the endpoint is enabled.
    pub fn redeliver(&self, event: &str, endpoint: &str) -> bool {
        self.shared.redeliver(event, endpoint)
    }

    /// Gives an endpoint a new secret, as Stripe's dashboard does, and returns the secret. The old
    /// secret signs as well for as long as requested, at most for a day.
    pub fn roll_secret(&self, endpoint: &str, keep_old_for: Duration) -> Option<String> {
        self.shared.roll_secret(endpoint, keep_old_for)
    }

    /// Arms a fault for the next delivery.
    pub fn arm_webhook_fault(&self, fault: WebhookFault) {
        self.arm_webhook(WebhookFaultRule::next_delivery(fault));
    }

    /// Arms a fault for the deliveries that a rule names.
    pub fn arm_webhook(&self, rule: WebhookFaultRule) {
        self.shared.delivery_queue.arm(rule);
    }

    /// The rules that can still hit a delivery.
    pub fn webhook_rules(&self) -> Vec<WebhookFaultRule> {
        self.shared.delivery_queue.armed()
    }

    /// Removes all rules for deliveries, and queues the deliveries that are deferred until the next
    /// delivery.
    pub fn disarm_webhooks(&self) {
        self.shared.delivery_queue.disarm();
    }
}

impl Shared {
    /// Sends an event to an endpoint once more, and returns whether both exist.
    pub(crate) fn redeliver(&self, event: &str, endpoint: &str) -> bool {
        let state = lock(&self.state);
        let delivery = state.accounts.values().find_map(|account| {
            let target = account.webhook_endpoints.get(endpoint).filter(|endpoint| !endpoint.disabled)?;
            let event = account.events.snapshot(event)?;
            Some(PendingDelivery::new(&account.mode, &target.id, &event, DeliveryReason::Resent))
        });
        let found = delivery.is_some();
        delivery.into_iter().for_each(|delivery| self.delivery_queue.enqueue_resend(delivery));
        found
    }

    /// Gives an endpoint a new secret, and returns the secret.
    pub(crate) fn roll_secret(&self, endpoint: &str, keep_old_for: Duration) -> Option<String> {
        let now = self.clock.now().as_second();
        let mut state = lock(&self.state);
        let secret = format!("whsec_{}", state.ids.letters(32));
        let mut accounts = state.accounts.values_mut();
        let endpoint = accounts.find_map(|account| account.webhook_endpoints.get_mut(endpoint))?;
        endpoint.roll(secret.clone(), now, keep_old_for);
        Some(secret)
    }
}
