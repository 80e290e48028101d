//! The context that is added to a refusal: the intent of the call, and a hint about an object
//! in the other mode.

use axum::http::Method;
use serde_json::Value;

use crate::access::{AccountMode, Key, Rights};
use crate::error::StripeError;
use crate::exchange::Exchange;
use crate::objects::{Object, RenderContext};
use crate::page_view::for_pages;
use crate::state::{Account, SandboxState};
use crate::version::{self, Version};

impl Exchange<'_> {
    /// The refusal as this caller receives the refusal: with context, and reduced for pages in a browser.
    pub(crate) fn in_context(&self, error: StripeError, key: &Key, state: &SandboxState) -> StripeError {
        let error = self.with_intent(with_other_mode(error, key, state), key, state);
        let error = self.in_version(error, key, state);
        if !matches!(key.rights, Rights::Page) {
            return error;
        }
        ["payment_intent", "payment_method", "setup_intent"]
            .into_iter()
            .fold(error, |error, name| error.mapped(name, for_pages))
    }

    /// Shows the intent in a refusal in the version of the call.
    fn in_version(&self, error: StripeError, key: &Key, state: &SandboxState) -> StripeError {
        let version = Version::of_call(&self.incoming.headers).unwrap_or_default();
        if !version.has_earlier_answers() || !error.has("payment_intent") {
            return error;
        }
        let context = RenderContext { livemode: key.mode.livemode, now: self.shared.clock.now().as_second() };
        let Some(account) = state.accounts.get(&key.mode) else { return error };
        error.mapped("payment_intent", |intent| version::answer::rendered(intent, version, account, context))
    }

    /// Adds the intent to a refusal with status 400 or 402 of a `POST` call about the intent.
    fn with_intent(&self, error: StripeError, key: &Key, state: &SandboxState) -> StripeError {
        let mut segments = self.incoming.path.split('/').skip(2);
        let (kind, id) = (segments.next(), segments.next().unwrap_or_default());
        let field = match kind {
            Some("payment_intents") => "payment_intent",
            Some("setup_intents") => "setup_intent",
            Some(_) | None => return error,
        };
        let wanted = self.incoming.method == Method::POST && [400, 402].contains(&error.status);
        // A page that has not sent the client secret must not learn the secret from the refusal.
        if !wanted || error.has(field) || matches!(key.rights, Rights::Page) {
            return error;
        }
        let context = RenderContext { livemode: key.mode.livemode, now: self.shared.clock.now().as_second() };
        match state.accounts.get(&key.mode).and_then(|account| intent(account, id, context)) {
            Some(intent_json) => error.with(field, intent_json),
            None => error,
        }
    }
}

/// Adds a hint to a refusal for a missing object, if the other mode of the account has the object.
fn with_other_mode(error: StripeError, key: &Key, state: &SandboxState) -> StripeError {
    let livemode = key.mode.livemode;
    let other = AccountMode { livemode: !livemode, ..key.mode.clone() };
    let context = RenderContext { livemode: !livemode, now: 0 };
    let exists = error.missing_id().is_some_and(|id| {
        state.accounts.get(&other).is_some_and(|account| account.show(id, context).is_some())
    });
    if !exists {
        return error;
    }
    let (existing, used) = if livemode { ("test", "live") } else { ("live", "test") };
    error.adding(&format!(
        "; a similar object exists in {existing} mode, but a {used} mode key was used to make this request."
    ))
}

/// The PaymentIntent or the SetupIntent with this id.
fn intent(account: &Account, id: &str, context: RenderContext) -> Option<Value> {
    let payment = account.payment_intents.get(id).map(|intent| intent.show(context));
    payment.or_else(|| account.setup_intents.get(id).map(|intent| intent.show(context)))
}
