//! The context that is added to a refusal: the intent of the call, and a hint about an object
//! in the other mode.

use axum::http::Method;
use serde_json::Value;

use crate::access::{Key, Rights, Side};
use crate::error::StripeError;
use crate::exchange::Exchange;
use crate::lock::lock;
use crate::objects::{Object, Seen};
use crate::page_view::for_pages;
use crate::state::Account;

impl Exchange<'_> {
    /// The refusal as this caller receives the refusal: with context, and reduced for pages in a browser.
    pub(crate) fn in_context(&self, error: StripeError, key: &Key) -> StripeError {
        let error = self.with_intent(self.with_other_side(error, key), key);
        if !matches!(key.rights, Rights::Page) {
            return error;
        }
        ["payment_intent", "payment_method", "setup_intent"]
            .into_iter()
            .fold(error, |error, name| error.mapped(name, for_pages))
    }

    /// Adds the intent to a refusal with status 400 or 402 of a `POST` call about the intent.
    fn with_intent(&self, error: StripeError, key: &Key) -> StripeError {
        let mut parts = self.incoming.path.split('/').skip(2);
        let (kind, id) = (parts.next(), parts.next().unwrap_or_default());
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
        let seen = Seen { livemode: key.side.livemode, now: self.shared.clock.now().as_second() };
        let world = lock(&self.shared.world);
        match world.accounts.get(&key.side).and_then(|account| intent(account, id, seen)) {
            Some(shown) => error.with(field, shown),
            None => error,
        }
    }

    /// Adds a hint to a refusal for a missing object, if the other mode of the account has the object.
    fn with_other_side(&self, error: StripeError, key: &Key) -> StripeError {
        let livemode = key.side.livemode;
        let other = Side { livemode: !livemode, ..key.side.clone() };
        let seen = Seen { livemode: !livemode, now: 0 };
        let there = error.missing_id().is_some_and(|id| {
            let world = lock(&self.shared.world);
            world.accounts.get(&other).is_some_and(|account| account.show(id, seen).is_some())
        });
        if !there {
            return error;
        }
        let (there_is, used) = if livemode { ("test", "live") } else { ("live", "test") };
        error.adding(&format!(
            "; a similar object exists in {there_is} mode, but a {used} mode key was used to make this request."
        ))
    }
}

/// The PaymentIntent or the SetupIntent with this id.
fn intent(account: &Account, id: &str, seen: Seen) -> Option<Value> {
    let payment = account.payment_intents.get(id).map(|intent| intent.show(seen));
    payment.or_else(|| account.setup_intents.get(id).map(|intent| intent.show(seen)))
}
