//! How a caller confirms an intent: who is there, where they come back to, and what they agreed to.

use crate::attempt::Confirmation;
use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::intents::FutureUsage;
use crate::objects::mandate::Acceptance;
use crate::params::Flag;
use crate::words::{Word, words};

words! {
    /// The ways of saying that the customer is not there, besides yes and no.
    Absence {
        /// For once.
        OneOff = "one_off",
        /// In a series.
        Recurring = "recurring",
    }
}

words! {
    /// Where the owner of an account agreed.
    AcceptanceType {
        /// In a browser.
        Online = "online",
        /// Elsewhere.
        Offline = "offline",
    }
}

/// Reads whether the PaymentMethod is kept, if that is said.
pub(crate) fn read_usage(form: &Form) -> Answer<Option<Option<FutureUsage>>> {
    const NAME: &str = "setup_future_usage";
    if form.last(NAME) == Some("") {
        return Ok(Some(None));
    }
    Ok(form.choice(NAME)?.map(Some))
}

/// Reads how a caller confirms.
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

/// Reads how the owner of an account agreed that it is debited.
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
