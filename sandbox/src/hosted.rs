//! The bank's page on which a customer authenticates: two links, one to pass and one to fail.

use axum::http::Method;

use crate::attempt::Confirmation;
use crate::bank::decline::Decline;
use crate::exchange::Incoming;
use crate::form::Form;
use crate::lock::lock;
use crate::objects::payment_intent::{NextAction, PaymentIntent, Stage};
use crate::reply::Reply;
use crate::shared::Shared;
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

/// The page, if the call asks for it. It needs no key.
pub(crate) fn page(shared: &Shared, incoming: &Incoming) -> Option<Reply> {
    if incoming.method != Method::GET || incoming.path != PATH {
        return None;
    }
    let form = Form::decode(incoming.query.as_bytes());
    let id = form.last("payment_intent").unwrap_or_default();
    let Some(choice) = form.last("outcome").and_then(Choice::from_word) else {
        return Some(links(id));
    };
    let Some(before) = authenticate(shared, id, choice == Choice::Pass) else {
        return Some(Reply::of("text/plain", 404, b"There is nothing to authenticate here.\n".to_vec()));
    };
    Some(way_back(&before, choice))
}

/// Lets the customer of a PaymentIntent pass or fail. Returns the PaymentIntent as it was before.
pub(crate) fn authenticate(shared: &Shared, id: &str, passes: bool) -> Option<PaymentIntent> {
    let now = shared.clock.now();
    let mut world = lock(&shared.world);
    world.sweep(now);
    let owner = world.accounts.values().find(|account| account.payment_intents.get(id).is_some())?.id.clone();
    let mut desk = shared.desk(&mut world, &owner, now, None)?;
    let intent = desk.account.payment_intents.get(id)?.clone();
    if !matches!(intent.stage, Stage::RequiresAction(_)) {
        return None;
    }
    let method = desk.account.payment_methods.get(intent.payment_method.as_deref()?)?.clone();
    if passes {
        // A bank that still says no has left its refusal in the PaymentIntent; there is no caller to tell.
        let _refused = desk.attempt(intent.clone(), &method, &Confirmation::default(), true);
    } else {
        desk.declined(intent.clone(), &method, Decline::AuthenticationFailed);
    }
    Some(intent)
}

fn links(id: &str) -> Reply {
    let id: String = id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    let link = |choice: Choice, text: &str| {
        format!("<p><a href=\"{PATH}?payment_intent={id}&amp;outcome={}\">{text}</a></p>", choice.word())
    };
    let (pass, fail) =
        (link(Choice::Pass, "Complete authentication"), link(Choice::Fail, "Fail authentication"));
    let page = format!(
        "<!doctype html><html lang=\"en\"><title>3D Secure</title><h1>3D Secure</h1>{pass}{fail}</html>\n"
    );
    Reply::of("text/html; charset=utf-8", 200, page.into_bytes())
}

fn way_back(intent: &PaymentIntent, choice: Choice) -> Reply {
    let Stage::RequiresAction(NextAction::Redirect { return_url, .. }) = &intent.stage else {
        return Reply::of("text/plain", 200, b"Done. You can close this page.\n".to_vec());
    };
    let status = if choice == Choice::Pass { "succeeded" } else { "failed" };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("payment_intent", &intent.id)
        .append_pair("payment_intent_client_secret", &intent.client_secret)
        .append_pair("redirect_status", status)
        .finish();
    let joint = if return_url.contains('?') { '&' } else { '?' };
    Reply::of("text/plain", 303, vec![]).with("location", format!("{return_url}{joint}{query}"))
}
