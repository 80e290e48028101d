//! The methods of the service: the right that each method needs, and whether the method changes
//! state. Adapter guard, link and relay share this table.

use crate::refusal::Right;

/// The kind of work of a method. Work of different kinds has limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Changes payments, cards or customers.
    Change,
    /// Reads one object or the settings.
    Read,
    /// Reads a list, whose answer may be large.
    List,
    /// Asks the processor and waits for its answer.
    Sync,
    /// Streams events without an end.
    Watch,
    /// Runs a job.
    Job,
}

/// A method of the service `causeway.v1.Processor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Name in the contract, such as "Authorize".
    pub name: &'static str,
    /// Right that a caller of the adapter needs.
    pub right: Right,
    /// The kind of work.
    pub class: Class,
    /// Whether the method may change state. If so, the nonce of the request is stored, and a lost
    /// answer leaves the outcome unknown.
    pub changes: bool,
    /// Whether every call of the method is refused.
    pub refused: bool,
}

const fn method(name: &'static str, right: Right, class: Class) -> Method {
    Method { name, right, class, changes: matches!(class, Class::Change | Class::Job), refused: false }
}

/// Every method, in the contract's order.
pub const METHODS: [Method; 24] = [
    method("Authorize", Right::Charge, Class::Change),
    method("Capture", Right::Charge, Class::Change),
    method("Refund", Right::Refund, Class::Change),
    Method { refused: true, ..method("Void", Right::Charge, Class::Read) },
    method("GetPayment", Right::Read, Class::Read),
    method("ListPayments", Right::Read, Class::List),
    method("GetCapabilities", Right::Read, Class::Read),
    method("ListPaymentOptions", Right::Read, Class::Read),
    method("CheckPolicy", Right::Read, Class::Read),
    method("Tokenize", Right::Cards, Class::Change),
    method("DeleteCard", Right::Cards, Class::Change),
    method("ListCards", Right::Cards, Class::List),
    method("SetDefaultCard", Right::Cards, Class::Change),
    method("PutCustomer", Right::Cards, Class::Change),
    method("Confirm", Right::Charge, Class::Change),
    method("ReleaseHold", Right::Charge, Class::Change),
    method("ReportOrderFailed", Right::Refund, Class::Change),
    method("ImportPayment", Right::Charge, Class::Change),
    method("SyncPayment", Right::Read, Class::Sync),
    method("GetOrder", Right::Read, Class::List),
    method("DecideRefund", Right::Refund, Class::Change),
    method("DeactivateCustomer", Right::Cards, Class::Change),
    method("WatchEvents", Right::Read, Class::Watch),
    method("RunJob", Right::Jobs, Class::Job),
];

/// Finds a method by the path of the call, "/causeway.v1.Processor/Authorize".
pub fn of_path(path: &str) -> Option<Method> {
    of(path.rsplit('/').next().unwrap_or_default())
}

/// Finds a method by name, such as "Authorize".
pub fn of(name: &str) -> Option<Method> {
    METHODS.into_iter().find(|method| method.name == name)
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    /// The table lists every method of the contract.
    #[test]
    fn the_table_is_the_contract() {
        let files = prost_types::FileDescriptorSet::decode(crate::v1::DESCRIPTORS).unwrap();
        let services = files.file.iter().flat_map(|file| &file.service);
        let contract: Vec<_> =
            services.flat_map(|service| &service.method).map(|method| method.name().to_owned()).collect();
        assert_eq!(contract, METHODS.map(|method| method.name.to_owned()));
    }
}
