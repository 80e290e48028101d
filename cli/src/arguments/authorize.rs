//! Authorize and its options.

use std::collections::HashMap;

use causeway::v1;
use clap::{Args, ValueEnum};

use crate::problem::Problem;

/// What to hold, and on which card.
#[derive(Debug, Args)]
pub(crate) struct Authorize {
    /// In major units, as in 12.50
    #[arg(allow_negative_numbers = true)]
    amount: String,
    /// ISO 4217 code, as in USD
    currency: String,
    /// The card's PaymentMethod, as in pm_card_visa; never a card number
    #[arg(long, value_name = "PM")]
    payment_method: String,
    /// The processor's customer that the PaymentMethod is stored with
    #[arg(long, value_name = "CUS")]
    customer: Option<String>,
    /// When it is taken [default: as the payment system is configured]
    #[arg(long)]
    capture: Option<Capture>,
    /// Billing's own name of what is paid
    #[arg(long)]
    reference: Option<String>,
    /// Shown in Stripe's dashboard and on receipts
    #[arg(long)]
    description: Option<String>,
    /// Kept with the payment; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair, num_args = 1..)]
    metadata: Vec<(String, String)>,
    /// Where Stripe sends its receipt
    #[arg(long, value_name = "EMAIL")]
    receipt_email: Option<String>,
    /// What the card statement shows after the account's own prefix
    #[arg(long, value_name = "TEXT")]
    descriptor_suffix: Option<String>,
    /// Where the browser returns after 3-D Secure
    #[arg(long, value_name = "URL")]
    return_url: Option<String>,
    /// The payer is not there to act
    #[arg(long)]
    off_session: bool,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// When a hold is taken.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Capture {
    /// At once.
    Auto,
    /// By a later capture.
    Manual,
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let pair = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    pair.ok_or("write it as KEY=VALUE")
}

impl Authorize {
    /// The message. What its fields hold is for the adapter to judge. The request id
    /// is asked for when nothing else can be wrong any more.
    pub(crate) fn message(
        self,
        request_id: impl FnOnce() -> String,
    ) -> Result<v1::AuthorizeRequest, Problem> {
        let capture_mode = match self.capture {
            None => v1::CaptureMode::Unspecified,
            Some(Capture::Auto) => v1::CaptureMode::Automatic,
            Some(Capture::Manual) => v1::CaptureMode::Manual,
        };
        let metadata = metadata(self.metadata)?;
        Ok(v1::AuthorizeRequest {
            request_id: request_id(),
            amount: Some(v1::Money { amount: self.amount, currency: self.currency }),
            capture_mode: capture_mode.into(),
            payment_method: self.payment_method,
            processor_customer: self.customer.unwrap_or_default(),
            billing_reference: self.reference.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            metadata,
            receipt_email: self.receipt_email.unwrap_or_default(),
            statement_descriptor_suffix: self.descriptor_suffix.unwrap_or_default(),
            return_url: self.return_url.unwrap_or_default(),
            off_session: self.off_session,
        })
    }
}

fn metadata(pairs: Vec<(String, String)>) -> Result<HashMap<String, String>, Problem> {
    let mut all = HashMap::new();
    for (key, value) in pairs {
        if all.insert(key, value).is_some() {
            return Err(Problem::Usage("--metadata has the same key twice".to_owned()));
        }
    }
    Ok(all)
}
