//! The handle's operations for webhooks: read deliveries, arm faults, and the actions of Stripe's
//! dashboard.

use std::time::Duration;

use crate::lock::lock;
use crate::newest::BoundedLog;
use crate::sandbox::Sandbox;
use crate::shared::Shared;
use crate::webhooks::delivery::Delivery;
use crate::webhooks::fault::{WebhookFault, WebhookFaultRule};
use crate::webhooks::parcel::{PendingDelivery, Reason};

impl Sandbox {
    /// The newest deliveries, up to the number in the settings: one entry for every attempt.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.post.inspect(BoundedLog::kept)
    }

    /// The number of deliveries since the start.
    pub fn deliveries_made(&self) -> usize {
        self.shared.post.inspect(BoundedLog::made)
    }

    /// Waits until no delivery is in flight, and returns false if the time ends first. Scheduled
    /// retries and held parcels do not count as in flight.
    pub async fn settle_deliveries(&self, within: Duration) -> bool {
        let settled = self.shared.post.settled(&self.shared.clock);
        tokio::time::timeout(within, settled).await.is_ok()
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
        self.shared.post.arm(rule);
    }

    /// The rules that can still hit a delivery.
    pub fn webhook_rules(&self) -> Vec<WebhookFaultRule> {
        self.shared.post.armed()
    }

    /// Removes all rules for deliveries, and releases the parcels that are held back for the next
    /// delivery.
    pub fn disarm_webhooks(&self) {
        self.shared.post.disarm();
    }
}

impl Shared {
    /// Sends an event to an endpoint once more, and returns whether both exist.
    pub(crate) fn redeliver(&self, event: &str, endpoint: &str) -> bool {
        let world = lock(&self.world);
        let parcel = world.accounts.values().find_map(|account| {
            let to = account.webhook_endpoints.get(endpoint).filter(|endpoint| !endpoint.disabled)?;
            let event = account.events.snapshot(event)?;
            Some(PendingDelivery::new(&account.side, &to.id, &event, Reason::Resent))
        });
        let found = parcel.is_some();
        parcel.into_iter().for_each(|parcel| self.post.send_again(parcel));
        found
    }

    /// Gives an endpoint a new secret, and returns the secret.
    pub(crate) fn roll_secret(&self, endpoint: &str, keep_old_for: Duration) -> Option<String> {
        let now = self.clock.now().as_second();
        let mut world = lock(&self.world);
        let secret = format!("whsec_{}", world.ids.letters(32));
        let mut accounts = world.accounts.values_mut();
        let endpoint = accounts.find_map(|account| account.webhook_endpoints.get_mut(endpoint))?;
        endpoint.roll(secret.clone(), now, keep_old_for);
        Some(secret)
    }
}
