//! `POST /v1/payment_intents/{id}/confirm`: saying go.

use crate::attempt::Confirmation;
use crate::changes::{Change, ShippingChange};
use crate::endpoints::conditions::{
    check_way, needs_consent, needs_return_url, no_payment_method, unexpected_state,
};
use crate::endpoints::payment_intents::options::OptionsChange;
use crate::endpoints::payment_methods::chosen::Chosen;
use crate::endpoints::{Plan, Request};
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent};
use crate::objects::mandate::Acceptance;
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, Stage};
use crate::params::Flag;
use crate::state::Desk;
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

/// What a confirmation may change about the terms.
#[derive(Debug)]
struct Changes {
    method: Option<Chosen>,
    options: OptionsChange,
    capture_method: Option<CaptureMethod>,
    receipt_email: Change,
    setup_future_usage: Option<Option<FutureUsage>>,
    shipping: ShippingChange,
}

/// Reads the call.
pub(crate) fn read(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let confirmation = read_confirmation(form)?;
    let changes = Changes {
        method: Chosen::read(form, call.rules)?,
        options: OptionsChange::read(form)?,
        capture_method: form.choice("capture_method")?,
        receipt_email: Change::read_email(form, "receipt_email")?,
        setup_future_usage: read_usage(form)?,
        shipping: ShippingChange::read(form)?,
    };
    Plan::one(form, Kind::PaymentIntent, move |desk| {
        let intent = confirm(desk, &id, changes, confirmation)?;
        Ok(intent.show(desk.seen()))
    })
}

fn confirm(
    desk: &mut Desk<'_>,
    id: &str,
    changes: Changes,
    mut confirmation: Confirmation,
) -> Answer<PaymentIntent> {
    let mut intent = desk.payment_intent(id, "intent")?;
    if !intent.stage.is_open() {
        return Err(not_open(desk, &intent));
    }
    if let Some(customer) = &intent.terms.customer {
        desk.require_customer(customer)?;
    }
    needs_return_url(&intent.terms.ways, &confirmation, Intent::Payment)?;
    let same = changes.method.is_none();
    let customer = intent.terms.customer.as_deref();
    let chosen = changes.method.or_else(|| intent.payment_method.clone().map(Chosen::Id));
    let chosen = chosen.ok_or_else(|| no_payment_method(Intent::Payment, customer))?;
    let method = desk.choose(chosen, customer, Intent::Payment)?;
    let terms = &mut intent.terms;
    terms.capture_method = changes.capture_method.unwrap_or(terms.capture_method);
    changes.options.over(&mut terms.options);
    check_way(terms, &method)?;
    changes.receipt_email.apply(&mut terms.receipt_email);
    terms.setup_future_usage = changes.setup_future_usage.unwrap_or(terms.setup_future_usage);
    terms.shipping = changes.shipping.after(terms.shipping.take());
    needs_consent(terms.setup_future_usage, &confirmation)?;
    confirmation.authenticated = same && intent.stage == Stage::RequiresConfirmation { authenticated: true };
    desk.attempt(intent, &method, &confirmation)
}

fn not_open(desk: &Desk<'_>, intent: &PaymentIntent) -> StripeError {
    let message = match intent.stage {
        Stage::Succeeded(_) => {
            "You cannot confirm this PaymentIntent because it has already succeeded after \
                                being previously confirmed."
                .to_owned()
        }
        Stage::RequiresPaymentMethod
        | Stage::RequiresConfirmation { .. }
        | Stage::RequiresAction(_)
        | Stage::Processing
        | Stage::RequiresCapture { .. }
        | Stage::Canceled { .. } => format!(
            "This PaymentIntent could not be confirmed because it has a status of {}. Only a PaymentIntent \
             with one of the following statuses may be confirmed: requires_payment_method, \
             requires_confirmation, requires_action.",
            intent.stage.word()
        ),
    };
    unexpected_state(desk, intent, message)
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
