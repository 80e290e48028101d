//! Which calls to Stripe go first when there are more than may be made, and which
//! endpoint of Stripe's they count for.

use super::client::Heard;

/// What goes before what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody waits for a payment, or for the card that pays.
    Authorize,
    /// Capture and release: the payer has gone, and a hold lapses.
    Settle,
    /// Money on its way back.
    Refund,
    /// What was asked for before and is not known.
    Recovery,
    /// Lists, for jobs and people who look.
    Read,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Priority; 5] =
        [Priority::Authorize, Priority::Settle, Priority::Refund, Priority::Recovery, Priority::Read];

    /// Whether nobody waits for it.
    pub fn is_background(self) -> bool {
        matches!(self, Priority::Recovery | Priority::Read)
    }

    /// Of a call that asks for something.
    pub fn of_post(path: &str, heard: Heard) -> Priority {
        let last = path.rsplit('/').next().unwrap_or_default();
        match last {
            _ if heard == Heard::Maybe => Priority::Recovery,
            "capture" | "cancel" => Priority::Settle,
            "refunds" => Priority::Refund,
            _ => Priority::Authorize,
        }
    }

    /// Of a look. A new payment waits for its PaymentMethod; one object is what recovery
    /// looks at, and lists are for all the rest.
    pub fn of_get(path: &str) -> Priority {
        match named(path).as_slice() {
            ["v1", "payment_methods", _] => Priority::Authorize,
            ["v1", _, _] => Priority::Recovery,
            _ => Priority::Read,
        }
    }
}

/// What Stripe counts together: the method and the path, whatever the id in it.
pub fn endpoint(method: &str, path: &str) -> String {
    let mut parts = named(path);
    if let Some(id) = parts.get_mut(2) {
        *id = "*";
    }
    format!("{method} {}", parts.join("/"))
}

/// "/v1/refunds/re_1?expand=x" as v1, refunds, re_1.
fn named(path: &str) -> Vec<&str> {
    let path = path.split('?').next().unwrap_or_default();
    path.split('/').filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::paths;

    #[test]
    fn each_call_has_its_priority() {
        use Priority::{Authorize, Read, Recovery, Refund, Settle};
        for (path, priority) in [
            ("/v1/payment_intents", Authorize),
            ("/v1/payment_intents/pi_1/confirm", Authorize),
            ("/v1/payment_methods", Authorize),
            ("/v1/setup_intents", Authorize),
            ("/v1/payment_intents/pi_1/capture", Settle),
            ("/v1/payment_intents/pi_1/cancel", Settle),
            ("/v1/refunds", Refund),
        ] {
            assert_eq!(Priority::of_post(path, Heard::Nothing), priority, "{path}");
            assert_eq!(Priority::of_post(path, Heard::Maybe), Recovery, "{path}");
        }
        for (path, priority) in [
            (paths::method("pm_1"), Authorize),
            (paths::intent("pi_1"), Recovery),
            (paths::refund("re_1"), Recovery),
            (paths::intents(1, 2), Read),
            (paths::events_since(1), Read),
            (paths::cards_of("cus_1"), Read),
        ] {
            assert_eq!(Priority::of_get(&path), priority, "{path}");
        }
        assert!(Priority::ALL.is_sorted());
    }

    #[test]
    fn an_endpoint_is_one_for_all_ids() {
        assert_eq!(endpoint("GET", &paths::intent("pi_1")), endpoint("GET", &paths::intent("pi_2")));
        assert_ne!(endpoint("GET", "/v1/refunds"), endpoint("POST", "/v1/refunds"));
        assert_eq!(endpoint("POST", "/v1/payment_intents/pi_1/capture"), "POST v1/payment_intents/*/capture");
    }
}
