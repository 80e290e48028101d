//! The HTML of the bank's page: the merchant, the amount and the means of payment, and two buttons. A script
//! translates the texts, which are English here.

use crate::bank_page::{Choice, PATH, POLICY};
use crate::currency::decimal;
use crate::objects::instrument::Instrument;
use crate::objects::intents::Intent;
use crate::reply::Reply;
use crate::stripe_enum::StripeEnum;

/// The subject of the page: an intent that waits for the customer.
#[derive(Debug)]
pub(crate) struct PageSubject {
    /// The kind of the intent.
    pub(crate) of: Intent,
    /// Id of the intent.
    pub(crate) id: String,
    /// The name of the merchant.
    pub(crate) merchant: String,
    /// The amount and the currency of a payment; a setup has none.
    pub(crate) amount: Option<(u64, String)>,
    /// The card, the account or the wallet.
    pub(crate) instrument: Option<Instrument>,
}

impl PageSubject {
    /// The page with the two buttons. The choice is posted, so that following the link to the page does not
    /// authenticate a payment; tests may name the outcome in a link.
    pub(crate) fn page(&self) -> Reply {
        let wallet = self.instrument.as_ref().and_then(Instrument::wallet);
        let (title, about, pass, fail) = match wallet {
            Some(_) => (
                ("bank_wallet_title", "Test payment page"),
                (
                    "bank_wallet_about",
                    "The customer would agree here. Nothing is charged: this is a sandbox.",
                ),
                ("bank_authorize", "Authorize test payment"),
                ("bank_refuse", "Fail test payment"),
            ),
            None => (
                ("bank_title", "3D Secure"),
                (
                    "bank_about",
                    "A bank would ask here whether it is you. Nothing is charged: this is a sandbox.",
                ),
                ("bank_complete", "Complete"),
                ("bank_fail", "Fail"),
            ),
        };
        let pass = self.button(Choice::Pass, "test-source-authorize-3ds", pass);
        let fail = self.button(Choice::Fail, "test-source-fail-3ds", fail);
        html(&format!(
            "<p class=\"mark\">{}</p>\n<h1>{}</h1>\n<dl>\n{}</dl>\n<p>{}</p>\n\
             <form method=\"post\">\n<input type=\"hidden\" name=\"framed\" value=\"\">\n{pass}\n{fail}\n</form>",
            text(("bank_mark", "Test mode")),
            text(title),
            self.rows(),
            text(about),
        ))
    }

    fn button(&self, choice: Choice, html_id: &str, (key, label): (&str, &str)) -> String {
        let id: String =
            self.id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
        let (of, outcome) = (self.of.as_str(), choice.as_str());
        format!(
            "<button id=\"{html_id}\" data-text=\"{key}\" formaction=\"{PATH}?{of}={id}&amp;outcome={outcome}\">\
             {label}</button>"
        )
    }

    /// The rows with the merchant, the amount and the means of payment.
    fn rows(&self) -> String {
        let row = |label: (&str, &str), value: &str| {
            format!("<div><dt>{}</dt><dd>{value}</dd></div>\n", text(label))
        };
        let mut rows = row(("bank_merchant", "Merchant"), &escaped(&self.merchant));
        if let Some((amount, currency)) = &self.amount {
            let (amount, code) = (decimal(*amount, currency), currency.to_ascii_uppercase());
            let shown = format!(
                "<span data-amount=\"{amount}\" data-currency=\"{code}\" dir=\"auto\">{amount} {code}</span>"
            );
            rows.push_str(&row(("bank_amount", "Amount"), &shown));
        }
        if let Some(instrument) = &self.instrument {
            let shown = format!("<span dir=\"ltr\">{}</span>", means(instrument));
            rows.push_str(&row(("bank_method", "Payment method"), &shown));
        }
        rows
    }
}

/// The means of payment as a short text: the brand and the last digits, or the name of the wallet.
fn means(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Card(card) => format!("{} •••• {}", card.token_brand(), card.last4),
        Instrument::SepaDebit(account) => format!("IBAN •••• {}", account.last4),
        Instrument::UsBankAccount(account) => format!("ACH •••• {}", account.last4),
        Instrument::Wallet(wallet) => wallet.kind.name().to_owned(),
    }
}

/// The page that explains the report of the microdeposits.
pub(crate) fn microdeposits() -> Reply {
    html(
        "<h1>Small deposits</h1>\n\
         <p>Here a customer would tell what two small deposits were. In the sandbox they are 32 and 45, or SM11AA \
         on the statement; tell them by <code>verify_microdeposits</code>.</p>",
    )
}

/// The page after the choice, inside a dialog that closes itself.
pub(crate) fn done(choice: Choice) -> Reply {
    html(&format!(
        "<p data-outcome=\"{}\">{}</p>",
        choice.as_str(),
        text(("bank_done", "Done. You can close this page."))
    ))
}

/// A text that the script translates.
fn text((key, english): (&str, &str)) -> String {
    format!("<span data-text=\"{key}\">{english}</span>")
}

/// A text of the account as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A page of the bank, with the script that translates it and that talks to the surrounding dialog.
fn html(body: &str) -> Reply {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>3D Secure</title>\n\
         <link rel=\"stylesheet\" href=\"/v3/bank/bank.css\">\n\
         <script type=\"module\" src=\"/v3/bank/bank.js\"></script>\n<main>\n{body}\n</main>\n</html>\n"
    );
    Reply::of("text/html; charset=utf-8", 200, page.into_bytes())
        .with("cache-control", "no-store")
        .with("content-security-policy", POLICY)
}
