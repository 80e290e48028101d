//! The calls of Stripe's API that the relay makes: the object in the answer, the priority, and the name
//! under which Stripe counts the call. The only code that parses a path.

use causeway_ports::processor::Delivery;

use crate::priority::Priority;

/// The kind of object in the answer to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    /// A PaymentIntent of Stripe, "pi_…".
    Intent,
    /// A refund, "re_…" or "pyr_…".
    Refund,
    /// A SetupIntent of Stripe, "seti_…".
    Setup,
    /// A PaymentMethod of Stripe, "pm_…".
    Method,
    /// A customer of Stripe, "cus_…".
    Customer,
}

impl ObjectKind {
    /// Stripe's name of the type, in the field `object`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ObjectKind::Intent => "payment_intent",
            ObjectKind::Refund => "refund",
            ObjectKind::Setup => "setup_intent",
            ObjectKind::Method => "payment_method",
            ObjectKind::Customer => "customer",
        }
    }
}

/// A POST of Stripe's API, for any id in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    CreateIntent,
    ConfirmIntent,
    CaptureIntent,
    CancelIntent,
    CreateRefund,
    CreateSetup,
    CancelSetup,
    CreateMethod,
    DetachMethod,
    CreateCustomer,
    UpdateCustomer,
}

/// A GET of Stripe's API, for any id in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Query {
    Intent,
    Intents,
    Refund,
    Refunds,
    Disputes,
    Setup,
    Method,
    Customer,
    CustomerMethods,
    Events,
}

/// Any call of Stripe's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A POST, which changes an object.
    Post(Command),
    /// A GET, which changes no object.
    Get(Query),
    /// The only DELETE: that of a customer.
    DeleteCustomer,
}

impl Command {
    /// Reads the path of a request, with the id in the path or an empty text. `None` for a path that
    /// the relay does not call.
    pub(crate) fn parse(path: &str) -> Option<(Command, &str)> {
        let parts: Vec<_> = path.strip_prefix("/v1/")?.split('/').collect();
        Some(match parts.as_slice() {
            ["payment_intents"] => (Command::CreateIntent, ""),
            ["payment_intents", id, "confirm"] => (Command::ConfirmIntent, id),
            ["payment_intents", id, "capture"] => (Command::CaptureIntent, id),
            ["payment_intents", id, "cancel"] => (Command::CancelIntent, id),
            ["refunds"] => (Command::CreateRefund, ""),
            ["setup_intents"] => (Command::CreateSetup, ""),
            ["setup_intents", id, "cancel"] => (Command::CancelSetup, id),
            ["payment_methods"] => (Command::CreateMethod, ""),
            ["payment_methods", id, "detach"] => (Command::DetachMethod, id),
            ["customers"] => (Command::CreateCustomer, ""),
            ["customers", id] => (Command::UpdateCustomer, id),
            _ => return None,
        })
    }

    /// The kind of object in the answer.
    pub(crate) fn answered_with(self) -> ObjectKind {
        match self {
            Command::CreateIntent
            | Command::ConfirmIntent
            | Command::CaptureIntent
            | Command::CancelIntent => ObjectKind::Intent,
            Command::CreateRefund => ObjectKind::Refund,
            Command::CreateSetup | Command::CancelSetup => ObjectKind::Setup,
            Command::CreateMethod | Command::DetachMethod => ObjectKind::Method,
            Command::CreateCustomer | Command::UpdateCustomer => ObjectKind::Customer,
        }
    }

    fn priority(self) -> Priority {
        match self {
            Command::CaptureIntent | Command::CancelIntent | Command::CancelSetup => Priority::Settle,
            Command::CreateRefund => Priority::Refund,
            Command::CreateIntent
            | Command::ConfirmIntent
            | Command::CreateSetup
            | Command::CreateMethod
            | Command::DetachMethod
            | Command::CreateCustomer
            | Command::UpdateCustomer => Priority::Authorize,
        }
    }
}

impl Endpoint {
    /// The priority in the queue. A command that may have been sent before has the priority of recovery.
    pub(crate) fn priority(self, delivery: Delivery) -> Priority {
        match (self, delivery) {
            (Endpoint::Post(_), Delivery::MaybeSent) => Priority::Recovery,
            (Endpoint::Post(command), Delivery::NotSent) => command.priority(),
            // The admission of a new payment waits for the PaymentMethod.
            (Endpoint::Get(Query::Method), _) => Priority::Authorize,
            // Recovery looks up single objects; lists have the lowest priority.
            (Endpoint::Get(Query::Intent | Query::Refund | Query::Setup | Query::Customer), _) => {
                Priority::Recovery
            }
            (
                Endpoint::Get(
                    Query::Intents
                    | Query::Refunds
                    | Query::Disputes
                    | Query::CustomerMethods
                    | Query::Events,
                ),
                _,
            ) => Priority::Read,
            // Background jobs delete customers.
            (Endpoint::DeleteCustomer, _) => Priority::Recovery,
        }
    }

    /// The name under which Stripe counts the call: method and path, the same for all ids.
    pub(crate) fn counted_as(self) -> &'static str {
        match self {
            Endpoint::Post(Command::CreateIntent) => "POST v1/payment_intents",
            Endpoint::Post(Command::ConfirmIntent) => "POST v1/payment_intents/*/confirm",
            Endpoint::Post(Command::CaptureIntent) => "POST v1/payment_intents/*/capture",
            Endpoint::Post(Command::CancelIntent) => "POST v1/payment_intents/*/cancel",
            Endpoint::Post(Command::CreateRefund) => "POST v1/refunds",
            Endpoint::Post(Command::CreateSetup) => "POST v1/setup_intents",
            Endpoint::Post(Command::CancelSetup) => "POST v1/setup_intents/*/cancel",
            Endpoint::Post(Command::CreateMethod) => "POST v1/payment_methods",
            Endpoint::Post(Command::DetachMethod) => "POST v1/payment_methods/*/detach",
            Endpoint::Post(Command::CreateCustomer) => "POST v1/customers",
            Endpoint::Post(Command::UpdateCustomer) => "POST v1/customers/*",
            Endpoint::Get(Query::Intent) => "GET v1/payment_intents/*",
            Endpoint::Get(Query::Intents) => "GET v1/payment_intents",
            Endpoint::Get(Query::Refund) => "GET v1/refunds/*",
            Endpoint::Get(Query::Refunds) => "GET v1/refunds",
            Endpoint::Get(Query::Disputes) => "GET v1/disputes",
            Endpoint::Get(Query::Setup) => "GET v1/setup_intents/*",
            Endpoint::Get(Query::Method) => "GET v1/payment_methods/*",
            Endpoint::Get(Query::Customer) => "GET v1/customers/*",
            Endpoint::Get(Query::CustomerMethods) => "GET v1/customers/*/payment_methods",
            Endpoint::Get(Query::Events) => "GET v1/events",
            Endpoint::DeleteCustomer => "DELETE v1/customers/*",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_has_its_priority_and_its_answer() {
        use Priority::{Authorize, Read, Recovery, Refund, Settle};
        for (path, priority, answer) in [
            ("/v1/payment_intents", Authorize, ObjectKind::Intent),
            ("/v1/payment_intents/pi_1/confirm", Authorize, ObjectKind::Intent),
            ("/v1/payment_methods", Authorize, ObjectKind::Method),
            ("/v1/payment_methods/pm_1/detach", Authorize, ObjectKind::Method),
            ("/v1/setup_intents", Authorize, ObjectKind::Setup),
            ("/v1/setup_intents/seti_1/cancel", Settle, ObjectKind::Setup),
            ("/v1/payment_intents/pi_1/capture", Settle, ObjectKind::Intent),
            ("/v1/payment_intents/pi_1/cancel", Settle, ObjectKind::Intent),
            ("/v1/refunds", Refund, ObjectKind::Refund),
            ("/v1/customers", Authorize, ObjectKind::Customer),
            ("/v1/customers/cus_1", Authorize, ObjectKind::Customer),
        ] {
            let (command, id) = Command::parse(path).unwrap();
            let endpoint = Endpoint::Post(command);
            assert_eq!(endpoint.priority(Delivery::NotSent), priority, "{path}");
            assert_eq!(endpoint.priority(Delivery::MaybeSent), Recovery, "{path}");
            assert_eq!(command.answered_with(), answer, "{path}");
            let counted = path.trim_start_matches('/').replace(if id.is_empty() { " " } else { id }, "*");
            assert_eq!(endpoint.counted_as(), format!("POST {counted}"));
        }
        for (query, priority) in [
            (Query::Method, Authorize),
            (Query::Intent, Recovery),
            (Query::Refund, Recovery),
            (Query::Intents, Read),
            (Query::Events, Read),
            (Query::CustomerMethods, Read),
        ] {
            assert_eq!(Endpoint::Get(query).priority(Delivery::NotSent), priority, "{query:?}");
        }
        for path in ["", "/v1/", "/v1/payment_intents/pi_1", "/v2/refunds", "/v1/refunds/re_1", "v1/refunds"]
        {
            assert_eq!(Command::parse(path), None, "{path}");
        }
    }
}
