//! The request to a processor. It is complete when it is written to the journal, and it is sent
//! from there, so that a repetition after a crash is the same to the byte. No card number is ever
//! in one.

/// A request as its processor's client made it, and as only that client reads it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProcessorRequest {
    /// The path of the call, as in `/v1/payment_intents`.
    pub path: String,
    /// Names and values, in the order in which they are sent.
    pub form: Vec<(String, String)>,
}
