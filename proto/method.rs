//! The methods of the service: the right that each method needs, and whether the method changes
//! state. Adapter guard, link and relay share this table.

use crate::refusal::Right;

/// A method of the service `causeway.v1.Processor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Name in the contract, such as "Authorize".
    pub name: &'static str,
    /// Right that a caller of the adapter needs.
    pub right: Right,
    /// Whether the method may change state. If so, the nonce of the request is stored, and a lost
    /// answer leaves the outcome unknown.
    pub changes: bool,
    /// Whether every call of the method is refused.
    pub refused: bool,
}

const fn method(name: &'static str, right: Right, changes: bool) -> Method {
    Method { name, right, changes, refused: false }
}

/// Every method, in the contract's order.
pub const METHODS: [Method; 24] = [
    method("Authorize", Right::Charge, true),
    method("Capture", Right::Charge, true),
    method("Refund", Right::Refund, true),
    Method { refused: true, ..method("Void", Right::Charge, false) },
    method("GetPayment", Right::Read, false),
    method("ListPayments", Right::Read, false),
    method("GetCapabilities", Right::Read, false),
    method("ListPaymentOptions", Right::Read, false),
    method("CheckPolicy", Right::Read, false),
    method("Tokenize", Right::Cards, true),
    method("DeleteCard", Right::Cards, true),
    method("ListCards", Right::Cards, false),
    method("SetDefaultCard", Right::Cards, true),
    method("PutCustomer", Right::Cards, true),
    method("Confirm", Right::Charge, true),
    method("ReleaseHold", Right::Charge, true),
    method("ReportOrderFailed", Right::Refund, true),
    method("ImportPayment", Right::Charge, true),
    method("SyncPayment", Right::Read, false),
    method("GetOrder", Right::Read, false),
    method("DecideRefund", Right::Refund, true),
    method("DeactivateCustomer", Right::Cards, true),
    method("WatchEvents", Right::Read, false),
    method("RunJob", Right::Jobs, true),
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
