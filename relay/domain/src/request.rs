//! The request to a processor. The request is complete when the journal writes it, and is sent from the
//! journal, so that a repetition after a crash is identical byte for byte. No request holds a card number.

/// A request in the form of one processor's client; only that client reads the form.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProcessorRequest {
    /// The path of the call, as in `/v1/payment_intents`.
    pub path: String,
    /// Names and values, in the order in which they are sent.
    pub form: Vec<(String, String)>,
}
