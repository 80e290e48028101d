//! What there is to call: for each method the right that it needs and whether it
//! changes something. Guard, link and relay all ask here.

use crate::refusal::Right;

/// A method of `causeway.v1.Processor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// What a caller of the adapter needs for it.
    pub right: Right,
    /// Whether it may change something, so that its nonce is written down and a lost
    /// answer leaves a doubt.
    pub changes: bool,
    /// Whether it is there to be refused.
    pub refused: bool,
}

const fn method(name: &'static str, right: Right, changes: bool) -> Method {
    Method { name, right, changes, refused: false }
}

/// All of them, in the contract's order.
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
    method("RunJob", Right::Jobs, false),
];

/// A method by the path of its call, "/causeway.v1.Processor/Authorize".
pub fn of_path(path: &str) -> Option<Method> {
    of(path.rsplit('/').next().unwrap_or_default())
}

/// A method by its name.
pub fn of(name: &str) -> Option<Method> {
    METHODS.into_iter().find(|method| method.name == name)
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    /// No method of the contract is forgotten.
    #[test]
    fn the_table_is_the_contract() {
        let files = prost_types::FileDescriptorSet::decode(crate::v1::DESCRIPTORS).unwrap();
        let services = files.file.iter().flat_map(|file| &file.service);
        let contract: Vec<_> =
            services.flat_map(|service| &service.method).map(|method| method.name().to_owned()).collect();
        assert_eq!(contract, METHODS.map(|method| method.name.to_owned()));
    }
}
