//! The command `authorize` with all options.

use std::collections::HashMap;

use causeway::v1;
use clap::{ArgGroup, Args, ValueEnum};

use super::{
    amount::money,
    answering::AnswerOption,
    customer::Payer,
    instrument::{Instrument, StoreCard},
};
use crate::problem::Problem;

/// The amount to hold and the card for the hold.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("pays")
    .args(["payment_method", "card", "card_token", "customer"])
    .required(true)
    .multiple(true))]
pub(crate) struct Authorize {
    /// In major units, as in 12.50
    #[arg(allow_negative_numbers = true)]
    amount: String,
    /// ISO 4217 code, as in USD
    currency: String,
    #[command(flatten)]
    instrument: Instrument,
    /// The processor's customer that the PaymentMethod is stored with, cus_…
    #[arg(long, value_name = "CUS")]
    processor_customer: Option<String>,
    /// Stores the card for later payments after this payment has succeeded
    #[arg(long, value_name = "REUSE", requires = "customer")]
    store_card: Option<StoreCard>,
    /// The payment system of the payment [default: the one assigned to the currency]
    #[arg(long, value_name = "NAME")]
    payment_system: Option<String>,
    /// The total of the invoice, as in "12.50 USD"; another amount is refused
    #[arg(long, value_name = "AMOUNT CURRENCY", value_parser = money)]
    expected_total: Option<v1::Money>,
    /// The amount still due, as in "12.50 USD"; a higher amount is accepted, and the
    /// payment shows the surplus
    #[arg(long, value_name = "AMOUNT CURRENCY", value_parser = money)]
    amount_due: Option<v1::Money>,
    /// When the amount is captured [default: as the payment system is configured]
    #[arg(long)]
    capture: Option<Capture>,
    /// The billing platform's own reference of the invoice or order
    #[arg(long)]
    reference: Option<String>,
    /// Shown in Stripe's dashboard and on receipts
    #[arg(long)]
    description: Option<String>,
    /// Stored with the payment; may be given several times
    #[arg(long, value_name = "K=V", value_parser = key_value, num_args = 1..)]
    metadata: Vec<(String, String)>,
    /// The address for Stripe's receipt
    #[arg(long, value_name = "EMAIL")]
    receipt_email: Option<String>,
    /// The text on the card statement after the account's own prefix
    #[arg(long, value_name = "TEXT")]
    descriptor_suffix: Option<String>,
    /// The URL to which the browser returns after 3-D Secure
    #[arg(long, value_name = "URL")]
    return_url: Option<String>,
    /// The payer is absent and cannot act
    #[arg(long)]
    off_session: bool,
    #[command(flatten)]
    answering: AnswerOption,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
    #[command(flatten)]
    payer: Payer,
}

/// The moment at which a hold is captured.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Capture {
    /// At once, with the authorization.
    Auto,
    /// By a later capture.
    Manual,
}

fn key_value(text: &str) -> Result<(String, String), &'static str> {
    let key_value = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    key_value.ok_or("write it as KEY=VALUE")
}

impl Authorize {
    /// Builds the message. The adapter judges the content of the fields. The request id is made
    /// last, after every other error of the command line is ruled out.
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
        let instrument = self.instrument.message()?;
        Ok(v1::AuthorizeRequest {
            request_id: request_id(),
            amount: Some(v1::Money { amount: self.amount, currency: self.currency }),
            capture_mode: capture_mode.into(),
            instrument,
            processor_customer: self.processor_customer.unwrap_or_default(),
            billing_reference: self.reference.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            metadata,
            receipt_email: self.receipt_email.unwrap_or_default(),
            statement_descriptor_suffix: self.descriptor_suffix.unwrap_or_default(),
            return_url: self.return_url.unwrap_or_default(),
            off_session: self.off_session,
            customer: self.payer.message(),
            store_card: self.store_card.map(StoreCard::to_wire).unwrap_or_default().into(),
            payment_system: self.payment_system.unwrap_or_default(),
            expected_total: self.expected_total,
            amount_due: self.amount_due,
            answer_mode: self.answering.to_wire().into(),
        })
    }
}

fn metadata(pairs: Vec<(String, String)>) -> Result<HashMap<String, String>, Problem> {
    let mut map = HashMap::new();
    for (key, value) in pairs {
        if map.insert(key, value).is_some() {
            return Err(Problem::Usage("--metadata has the same key twice".to_owned()));
        }
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Call, Command, MoneyCall, ReadCall};

    fn call(line: &[&str]) -> Call {
        let line = ["causeway"].iter().chain(line);
        match Arguments::try_parse_from(line).unwrap().command {
            Command::Call(call) => call,
            other @ (Command::Dev(_) | Command::Sandbox(_) | Command::Events(_)) => panic!("{other:?}"),
        }
    }

    fn expected() -> v1::AuthorizeRequest {
        v1::AuthorizeRequest {
            request_id: "r-1".to_owned(),
            amount: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
            instrument: Some(v1::authorize_request::Instrument::CardToken("ct_1".to_owned())),
            customer: Some(v1::Customer {
                id: "c-1".to_owned(),
                email: "a@example.com".to_owned(),
                address: Some(v1::Address { state: "BE".to_owned(), ..Default::default() }),
                ..Default::default()
            }),
            payment_system: "main".to_owned(),
            expected_total: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
            amount_due: Some(v1::Money { amount: "10".to_owned(), currency: "USD".to_owned() }),
            answer_mode: v1::AnswerMode::Async.into(),
            off_session: true,
            store_card: v1::CardReuse::None.into(),
            ..Default::default()
        }
    }

    const LINE: &str = "12.50 USD --card-token ct_1 --customer c-1 --email a@example.com --address-state BE \
                        --payment-system main --off-session --async --store-card none --request-id r-1";

    fn line(first: &'static str) -> Vec<&'static str> {
        let arguments = [first].into_iter().chain(LINE.split_whitespace());
        arguments.chain(["--expected-total", "12.50 USD", "--amount-due", "10 USD"]).collect()
    }

    #[test]
    fn every_argument_is_in_the_message() {
        let Call::Money(MoneyCall::Authorize(mut authorize)) = call(&line("authorize")) else { panic!() };
        let id = authorize.request_id.take().unwrap();
        assert_eq!(authorize.message(|| id).unwrap(), expected());
    }

    #[test]
    fn a_check_has_the_same_payment_as_authorize() {
        let mut arguments = line("check");
        arguments.extend(["--operation", "capture"]);
        let Call::Read(ReadCall::Check(check)) = call(&arguments) else { panic!() };
        let check = check.message().unwrap();
        assert_eq!((check.operation.as_str(), check.payment), ("Capture", Some(expected())));
    }

    #[test]
    fn a_payment_without_an_instrument_has_no_instrument_in_the_message() {
        let arguments = ["authorize", "1", "USD", "--customer", "c-1"];
        let Call::Money(MoneyCall::Authorize(authorize)) = call(&arguments) else { panic!() };
        let message = authorize.message(String::new).unwrap();
        assert_eq!((message.instrument, message.customer.unwrap().address), (None, None));
    }
}
