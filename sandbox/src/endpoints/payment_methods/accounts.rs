//! The bank account of a new PaymentMethod. Only the last digits of the account number are stored.

use crate::bank::debits::{american, european, parse_iban};
use crate::bank::number::last4;
use crate::endpoints::payment_methods::new::nested_name;
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::objects::card::fingerprint;
use crate::objects::instrument::{MethodType, SepaAccount, UsAccount};
use crate::objects::wallet::{Birthday, Wallet, WalletKind};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The kind of holder of an account.
    Holder {
        /// A natural person holds the account.
        Individual = "individual",
        /// A company holds the account.
        Company = "company",
    }
}

stripe_enum! {
    /// The kind of a bank account.
    AccountType {
        /// An account for payments.
        Checking = "checking",
        /// An account for savings.
        Savings = "savings",
    }
}

/// Reads a bank account in Europe, by IBAN.
pub(crate) fn read_sepa(form: &Form, at: &str, account: &str) -> StripeResult<SepaAccount> {
    let name = nested_name(at, "sepa_debit[iban]");
    let Some(iban) = parse_iban(form.required(&name)?) else {
        return Err(StripeError::invalid("The IBAN you provided is invalid.")
            .code("invalid_bank_account_iban")
            .param(name));
    };
    Ok(SepaAccount {
        bank_code: iban.chars().skip(4).take(8).collect(),
        country: iban.chars().take(2).collect(),
        last4: last4(&iban).to_owned(),
        fingerprint: fingerprint(account, &iban),
        bank: european(&iban),
    })
}

/// Reads a bank account in the United States, by routing number and account number.
pub(crate) fn read_us(form: &Form, at: &str, account: &str) -> StripeResult<UsAccount> {
    let part = |name: &str| nested_name(at, &format!("us_bank_account[{name}]"));
    let holder = form.choice::<Holder>(&part("account_holder_type"))?.unwrap_or(Holder::Individual);
    let kind = form.choice::<AccountType>(&part("account_type"))?.unwrap_or(AccountType::Checking);
    let number = form.required(&part("account_number"))?;
    let routing = form.required(&part("routing_number"))?;
    if routing.len() != 9 || !routing.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(StripeError::invalid("Routing number must have 9 digits")
            .code("routing_number_invalid")
            .param(part("routing_number")));
    }
    if !(4..=17).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(StripeError::invalid("You must use a valid bank account number.")
            .code("account_number_invalid")
            .param(part("account_number")));
    }
    Ok(us_account(account, routing, number, (holder.as_str(), kind.as_str()), false))
}

/// Reads Klarna, PayPal or Link. Klarna can have the customer's day of birth, and Link needs an email address.
pub(crate) fn read_wallet(form: &Form, at: &str) -> StripeResult<Wallet> {
    let kind = form.last(&nested_name(at, "type")).and_then(MethodType::parse).and_then(WalletKind::of);
    let kind = kind.unwrap_or(WalletKind::Link);
    let part = |name: &str| form.integer(&nested_name(at, &format!("klarna[dob][{name}]")));
    let birthday = match (part("day")?, part("month")?, part("year")?) {
        (Some(day), Some(month), Some(year)) => Some(Birthday { day, month, year }),
        (_, _, _) => None,
    };
    if kind == WalletKind::Link {
        form.required(&nested_name(at, "billing_details[email]"))?;
    }
    Ok(Wallet { kind, birthday })
}

/// Builds a bank account in the United States, without the account number.
pub(crate) fn us_account(
    account: &str,
    routing: &str,
    number: &str,
    (holder, kind): (&str, &str),
    verified: bool,
) -> UsAccount {
    UsAccount {
        routing_number: routing.to_owned(),
        holder: holder.to_owned(),
        kind: kind.to_owned(),
        last4: last4(number).to_owned(),
        fingerprint: fingerprint(account, &format!("{routing} {number}")),
        bank: american(number),
        verified,
    }
}
