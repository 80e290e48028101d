//! The bank's page on which a customer authenticates: two buttons, to pass or to fail.

use axum::http::Method;

use crate::attempt::Confirmation;
use crate::bank::decline::Decline;
use crate::bank_html::{PageSubject, done, microdeposits};
use crate::exchange::Incoming;
use crate::form::Form;
use crate::lock::lock;
use crate::objects::intents::{Intent, NextAction};
use crate::objects::payment_intent::{ConfirmationMethod, PaymentIntent, PaymentIntentStatus};
use crate::objects::payment_method::Attachment;
use crate::objects::setup_intent::SetupIntentStatus;
use crate::reply::Reply;
use crate::shared::{RequestIds, Shared};
use crate::state::{Account, WorkContext};
use crate::stripe_enum::{StripeEnum, stripe_enum};

/// The path of the bank's page.
pub(crate) const PATH: &str = "/3d_secure_2/hosted";

/// The content security policy of the sandbox's pages: scripts, styles, frames and calls only from
/// the sandbox. The targets of forms are not restricted, because the form of the bank's page leads
/// back to the merchant.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                                 connect-src 'self'; frame-src 'self'; base-uri 'none'";

stripe_enum! {
    /// The choice of the customer on the bank's page.
    Choice {
        /// The customer authenticates.
        Pass = "pass",
        /// The customer fails to authenticate.
        Fail = "fail",
    }
}

/// The result of a customer's authentication, passed or failed.
pub(crate) struct AuthenticationResult {
    of: Intent,
    id: String,
    client_secret: String,
    /// The next action that sent the customer to the bank, with the return URL.
    next: NextAction,
    /// Whether the intent was refused in the end, by the customer or by the bank.
    failed: bool,
}

/// The bank's page, if the call asks for the page. No key is needed.
pub(crate) fn page(shared: &Shared, incoming: &Incoming) -> Option<Reply> {
    if ![Method::GET, Method::POST].contains(&incoming.method) || incoming.path != PATH {
        return None;
    }
    let form = Form::decode(&[incoming.query.as_bytes(), b"&", &incoming.body].concat());
    let named = |of: &Intent| Some((*of, form.last(of.as_str())?));
    let (of, id) = Intent::ALL.iter().find_map(named).unwrap_or((Intent::Payment, ""));
    let Some(choice) = form.last("outcome").and_then(Choice::parse) else {
        return Some(if waits_for_deposits(shared, id) {
            microdeposits()
        } else {
            subject(shared, of, id).page()
        });
    };
    let Some(result) = authenticate(shared, id, choice == Choice::Pass) else {
        return Some(Reply::of("text/plain", 404, b"There is nothing to authenticate here.\n".to_vec()));
    };
    let framed = form.last("framed") == Some("true");
    Some(return_reply(&result, choice, framed))
}

/// Lets the customer of a PaymentIntent or a SetupIntent pass or fail, if the intent
/// waits for the authentication.
pub(crate) fn authenticate(shared: &Shared, id: &str, passes: bool) -> Option<AuthenticationResult> {
    let mut state = lock(&shared.state);
    let now = state.current_time(&shared.clock);
    state.do_due_work(now);
    let mut accounts = state.accounts.values();
    let owner = accounts
        .find(|account| account.payment_intents.get(id).is_some() || account.setup_intents.get(id).is_some());
    let owner = owner?.mode.clone();
    let mut work = shared.work(&mut state, &owner, now, RequestIds::default());
    finish_payment(&mut work, id, passes).or_else(|| finish_setup(&mut work, id, passes))
}

fn finish_payment(work: &mut WorkContext<'_>, id: &str, passes: bool) -> Option<AuthenticationResult> {
    let intent = work.account.payment_intents.get(id)?.clone();
    let next = intent.status.clone().pending_authentication()?;
    let method = work.account.payment_methods.get(intent.payment_method.as_deref()?)?.clone();
    let client_secret = intent.client_secret.clone();
    let unusable = method.attachment == Attachment::Unusable && intent.terms.customer.is_some();
    if !passes || unusable {
        // A card that was detached from the customer meanwhile is not charged.
        let is_wallet = method.instrument.wallet().is_some();
        let decline = if is_wallet { Decline::CustomerDeclined } else { Decline::AuthenticationFailed };
        work.declined(intent, &method, decline);
    } else if intent.terms.confirmation_method == ConfirmationMethod::Manual {
        // With manual confirmation, the caller has to confirm once more.
        work.store_intent(PaymentIntent {
            status: PaymentIntentStatus::RequiresConfirmation { authenticated: true },
            ..intent
        });
    } else {
        let confirmation = Confirmation { authenticated: true, ..Confirmation::default() };
        // A decline after authentication is recorded in the PaymentIntent; no caller waits for the error.
        let _refused = work.attempt(intent, &method, &confirmation);
    }
    let failed = work.account.payment_intents.get(id)?.last_error.is_some();
    Some(AuthenticationResult { of: Intent::Payment, id: id.to_owned(), client_secret, next, failed })
}

fn finish_setup(work: &mut WorkContext<'_>, id: &str, passes: bool) -> Option<AuthenticationResult> {
    let intent = work.account.setup_intents.get(id)?.clone();
    let next = intent.status.clone().pending_authentication()?;
    let method = work.account.payment_methods.get(intent.payment_method.as_deref()?)?.clone();
    let client_secret = intent.client_secret.clone();
    work.finish_setup_authentication(intent, &method, passes);
    let failed = work.account.setup_intents.get(id)?.last_error.is_some();
    Some(AuthenticationResult { of: Intent::Setup, id: id.to_owned(), client_secret, next, failed })
}

/// Whether the owner of the account has to report the amounts of the microdeposits.
fn waits_for_deposits(shared: &Shared, id: &str) -> bool {
    let of_payment = |account: &Account| {
        let status = account.payment_intents.get(id).map(|intent| &intent.status);
        matches!(status, Some(PaymentIntentStatus::RequiresAction(NextAction::Microdeposits { .. })))
    };
    let of_setup = |account: &Account| {
        let status = account.setup_intents.get(id).map(|intent| &intent.status);
        matches!(status, Some(SetupIntentStatus::RequiresAction(NextAction::Microdeposits { .. })))
    };
    lock(&shared.state).accounts.values().any(|account| of_payment(account) || of_setup(account))
}

/// The subject of the page: the intent with this id, or an empty subject for an unknown id.
fn subject(shared: &Shared, of: Intent, id: &str) -> PageSubject {
    let state = lock(&shared.state);
    let owner = state
        .accounts
        .values()
        .find(|account| account.payment_intents.get(id).is_some() || account.setup_intents.get(id).is_some());
    let payment = owner.and_then(|account| account.payment_intents.get(id));
    let setup = owner.and_then(|account| account.setup_intents.get(id));
    let method = payment.and_then(|intent| intent.payment_method.as_deref());
    let method = method.or_else(|| setup.and_then(|intent| intent.payment_method.as_deref()));
    let method = owner.zip(method).and_then(|(account, method)| account.payment_methods.get(method));
    PageSubject {
        of,
        id: id.to_owned(),
        merchant: shared.prefix.clone(),
        amount: payment.map(|intent| (intent.terms.amount, intent.terms.currency.clone())),
        instrument: method.map(|method| (*method.instrument).clone()),
    }
}

/// The reply after the choice: a redirect to the merchant's page, unless the merchant's page
/// still surrounds the dialog.
fn return_reply(result: &AuthenticationResult, choice: Choice, framed: bool) -> Reply {
    let Some(return_url) = result.next.return_url().filter(|_| !framed) else {
        return done(choice);
    };
    let of = result.of.as_str();
    let status = if result.failed { "failed" } else { "succeeded" };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair(of, &result.id)
        .append_pair(&format!("{of}_client_secret"), &result.client_secret)
        .append_pair("redirect_status", status)
        .finish();
    let (page, place) = return_url.split_once('#').map_or((return_url, None), |(page, at)| (page, Some(at)));
    let joint = if page.contains('?') { '&' } else { '?' };
    let place = place.map(|place| format!("#{place}")).unwrap_or_default();
    Reply::of("text/plain", 303, vec![]).with("location", format!("{page}{joint}{query}{place}"))
}
