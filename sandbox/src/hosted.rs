//! The bank's page on which a customer authenticates: two links, one to pass and one to fail.

use axum::http::Method;

use crate::attempt::Confirmation;
use crate::bank::decline::Decline;
use crate::exchange::Incoming;
use crate::form::Form;
use crate::lock::lock;
use crate::objects::intents::{Intent, NextAction};
use crate::objects::payment_intent::Stage;
use crate::objects::setup_intent::SetupStage;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::state::Desk;
use crate::words::{Word, words};

/// Where the page is.
const PATH: &str = "/3d_secure_2/hosted";

words! {
    /// What the customer does on the page.
    Choice {
        /// Authenticates.
        Pass = "pass",
        /// Does not.
        Fail = "fail",
    }
}

/// What a customer has just authenticated, or failed to.
pub(crate) struct Authenticated {
    of: Intent,
    id: String,
    client_secret: String,
    /// Where the customer was sent, and from where to come back.
    next: NextAction,
}

/// The page, if the call asks for it. It needs no key.
pub(crate) fn page(shared: &Shared, incoming: &Incoming) -> Option<Reply> {
    if incoming.method != Method::GET || incoming.path != PATH {
        return None;
    }
    let form = Form::decode(incoming.query.as_bytes());
    let named = |of: &Intent| Some((*of, form.last(of.word())?));
    let (of, id) = Intent::ALL.iter().find_map(named).unwrap_or((Intent::Payment, ""));
    let Some(choice) = form.last("outcome").and_then(Choice::from_word) else {
        return Some(links(of, id));
    };
    let Some(done) = authenticate(shared, id, choice == Choice::Pass) else {
        return Some(Reply::of("text/plain", 404, b"There is nothing to authenticate here.\n".to_vec()));
    };
    Some(way_back(&done, choice))
}

/// Lets the customer of a PaymentIntent or a SetupIntent pass or fail, if it waits for that.
pub(crate) fn authenticate(shared: &Shared, id: &str, passes: bool) -> Option<Authenticated> {
    let now = shared.clock.now();
    let mut world = lock(&shared.world);
    world.sweep(now);
    let mut accounts = world.accounts.values();
    let owner = accounts
        .find(|account| account.payment_intents.get(id).is_some() || account.setup_intents.get(id).is_some());
    let owner = owner?.id.clone();
    let mut desk = shared.desk(&mut world, &owner, now, None)?;
    pay(&mut desk, id, passes).or_else(|| set_up(&mut desk, id, passes))
}

fn pay(desk: &mut Desk<'_>, id: &str, passes: bool) -> Option<Authenticated> {
    let intent = desk.account.payment_intents.get(id)?.clone();
    let Stage::RequiresAction(next) = intent.stage.clone() else {
        return None;
    };
    let method = desk.account.payment_methods.get(intent.payment_method.as_deref()?)?.clone();
    let client_secret = intent.client_secret.clone();
    if passes {
        // A bank that still says no has left its refusal in the PaymentIntent; there is no caller to tell.
        let _refused = desk.attempt(intent, &method, &Confirmation::default(), true);
    } else {
        desk.declined(intent, &method, Decline::AuthenticationFailed);
    }
    Some(Authenticated { of: Intent::Payment, id: id.to_owned(), client_secret, next })
}

fn set_up(desk: &mut Desk<'_>, id: &str, passes: bool) -> Option<Authenticated> {
    let intent = desk.account.setup_intents.get(id)?.clone();
    let SetupStage::RequiresAction(next) = intent.stage.clone() else {
        return None;
    };
    let method = desk.account.payment_methods.get(intent.payment_method.as_deref()?)?.clone();
    let client_secret = intent.client_secret.clone();
    desk.set_up_after(intent, &method, passes);
    Some(Authenticated { of: Intent::Setup, id: id.to_owned(), client_secret, next })
}

fn links(of: Intent, id: &str) -> Reply {
    let id: String = id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    let link = |choice: Choice, text: &str| {
        let (of, outcome) = (of.word(), choice.word());
        format!("<p><a href=\"{PATH}?{of}={id}&amp;outcome={outcome}\">{text}</a></p>")
    };
    let (pass, fail) =
        (link(Choice::Pass, "Complete authentication"), link(Choice::Fail, "Fail authentication"));
    let page = format!(
        "<!doctype html><html lang=\"en\"><title>3D Secure</title><h1>3D Secure</h1>{pass}{fail}</html>\n"
    );
    Reply::of("text/html; charset=utf-8", 200, page.into_bytes())
}

fn way_back(done: &Authenticated, choice: Choice) -> Reply {
    let Some(return_url) = done.next.return_url() else {
        return Reply::of("text/plain", 200, b"Done. You can close this page.\n".to_vec());
    };
    let of = done.of.word();
    let status = if choice == Choice::Pass { "succeeded" } else { "failed" };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair(of, &done.id)
        .append_pair(&format!("{of}_client_secret"), &done.client_secret)
        .append_pair("redirect_status", status)
        .finish();
    let joint = if return_url.contains('?') { '&' } else { '?' };
    Reply::of("text/plain", 303, vec![]).with("location", format!("{return_url}{joint}{query}"))
}
