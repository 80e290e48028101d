//! The parameters of a confirmation: the presence of the customer, the return URL, and the owner's consent.

use crate::attempt::Confirmation;
use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::intents::FutureUsage;
use crate::objects::mandate::Acceptance;
use crate::params::Flag;
use crate::words::{Word, words};

words! {
    /// The values of `off_session` besides `true` and `false`.
    Absence {
        /// A single payment without the customer.
        OneOff = "one_off",
        /// One payment of a series.
        Recurring = "recurring",
    }
}

words! {
    /// The place where the owner of an account agreed to debits.
    AcceptanceType {
        /// The owner agreed in a browser.
        Online = "online",
        /// The owner agreed outside of a browser.
        Offline = "offline",
    }
}

/// Reads whether the PaymentMethod is kept; `None` if the parameter is absent, and `Some(None)` if
/// the parameter is empty.
pub(crate) fn read_usage(form: &Form) -> Answer<Option<Option<FutureUsage>>> {
    const NAME: &str = "setup_future_usage";
    if form.last(NAME) == Some("") {
        return Ok(Some(None));
    }
    Ok(form.choice(NAME)?.map(Some))
}

/// Reads the parameters of a confirmation.
pub(crate) fn read_confirmation(form: &Form) -> Answer<Confirmation> {
    Ok(Confirmation {
        off_session: off_session(form)?,
        error_on_requires_action: form.flag("error_on_requires_action")?.unwrap_or(false),
        return_url: return_url(form)?,
        use_stripe_sdk: form.flag("use_stripe_sdk")?.unwrap_or(false),
        acceptance: acceptance(form)?,
        mandate: form.text("mandate")?.map(str::to_owned),
        authenticated: false,
    })
}

fn off_session(form: &Form) -> Answer<bool> {
    let Some(text) = form.text("off_session")? else {
        return Ok(false);
    };
    match (Flag::from_word(text), Absence::from_word(text)) {
        (Some(flag), _) => Ok(flag == Flag::Yes),
        (None, Some(_)) => Ok(true),
        (None, None) => Err(StripeError::invalid(format!("Invalid boolean: {text}")).param("off_session")),
    }
}

fn return_url(form: &Form) -> Answer<Option<String>> {
    let Some(url) = form.text("return_url")? else {
        return Ok(None);
    };
    if url.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()) {
        return Ok(Some(url.to_owned()));
    }
    Err(StripeError::invalid("Not a valid URL").code("url_invalid").param("return_url"))
}

/// Reads the owner's consent to debits of the account, from `mandate_data`.
fn acceptance(form: &Form) -> Answer<Option<Acceptance>> {
    const AT: &str = "mandate_data[customer_acceptance]";
    let Some(kind) = form.choice::<AcceptanceType>(&format!("{AT}[type]"))? else {
        return Ok(None);
    };
    let online = |part: &str| form.last(&format!("{AT}[online][{part}]")).map(str::to_owned);
    form.needs_nothing(&format!("{AT}[offline]"));
    form.needs_nothing(&format!("{AT}[online][infer_from_client]"));
    Ok(Some(Acceptance {
        at: form.moment(&format!("{AT}[accepted_at]"))?,
        online: (kind == AcceptanceType::Online).then(|| (online("ip_address"), online("user_agent"))),
    }))
}
