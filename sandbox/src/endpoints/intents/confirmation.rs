//! The parameters of a confirmation: the presence of the customer, the return URL, and the owner's consent.

use crate::attempt::Confirmation;
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::objects::intents::FutureUsage;
use crate::objects::mandate::Acceptance;
use crate::params::Flag;
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The values of `off_session` besides `true` and `false`.
    Absence {
        /// A single payment without the customer.
        OneOff = "one_off",
        /// One payment of a series.
        Recurring = "recurring",
    }
}

stripe_enum! {
    /// The place where the owner of an account agreed to debits.
    AcceptanceType {
        /// The owner agreed in a browser.
        Online = "online",
        /// The owner agreed outside of a browser.
        Offline = "offline",
    }
}

/// Reads whether the PaymentMethod is saved; `None` if the parameter is absent, and `Some(None)` if
/// the parameter is empty.
pub(crate) fn read_usage(form: &Form) -> StripeResult<Option<Option<FutureUsage>>> {
    const NAME: &str = "setup_future_usage";
    if form.last(NAME) == Some("") {
        return Ok(Some(None));
    }
    Ok(form.choice(NAME)?.map(Some))
}

/// Reads the parameters of a confirmation.
pub(crate) fn read_confirmation(form: &Form) -> StripeResult<Confirmation> {
    let token = form.text("confirmation_token")?.map(str::to_owned);
    Ok(Confirmation {
        off_session: off_session(form)?,
        error_on_requires_action: form.flag("error_on_requires_action")?.unwrap_or(false),
        return_url: read_return_url(form)?,
        use_stripe_sdk: form.flag("use_stripe_sdk")?.unwrap_or(token.is_some()),
        acceptance: read_acceptance(form)?,
        mandate: form.text("mandate")?.map(str::to_owned),
        authenticated: false,
        token,
    })
}

fn off_session(form: &Form) -> StripeResult<bool> {
    let Some(text) = form.text("off_session")? else {
        return Ok(false);
    };
    match (Flag::read(text), Absence::parse(text)) {
        (Some(flag), _) => Ok(flag),
        (None, Some(_)) => Ok(true),
        (None, None) => Err(StripeError::invalid(format!("Invalid boolean: {text}")).param("off_session")),
    }
}

/// Reads the URL to which the customer returns after a redirect.
pub(crate) fn read_return_url(form: &Form) -> StripeResult<Option<String>> {
    let Some(url) = form.text("return_url")? else {
        return Ok(None);
    };
    if url.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()) {
        return Ok(Some(url.to_owned()));
    }
    Err(StripeError::invalid("Not a valid URL").code("url_invalid").param("return_url"))
}

/// Reads the owner's consent to debits of the account, from `mandate_data`.
pub(crate) fn read_acceptance(form: &Form) -> StripeResult<Option<Acceptance>> {
    const PREFIX: &str = "mandate_data[customer_acceptance]";
    let Some(kind) = form.choice::<AcceptanceType>(&format!("{PREFIX}[type]"))? else {
        return Ok(None);
    };
    let online = |part: &str| form.last(&format!("{PREFIX}[online][{part}]")).map(str::to_owned);
    form.mark_read(&format!("{PREFIX}[offline]"));
    form.mark_read(&format!("{PREFIX}[online][infer_from_client]"));
    Ok(Some(Acceptance {
        at: form.integer(&format!("{PREFIX}[accepted_at]"))?,
        online: (kind == AcceptanceType::Online).then(|| (online("ip_address"), online("user_agent"))),
    }))
}
