//! The permissions of restricted keys: to read or to write, resource by resource.

use std::collections::BTreeMap;

use crate::access::{Key, Rights};
use crate::error::{Answer, StripeError};
use crate::words::{Word, words};

words! {
    /// What a permission is about.
    Resource {
        /// The balance and its transactions.
        Balance = "balance",
        /// Charges and refunds.
        Charges = "charges",
        /// Customers.
        Customers = "customers",
        /// Disputes.
        Disputes = "disputes",
        /// Events.
        Events = "events",
        /// PaymentIntents.
        PaymentIntents = "payment_intents",
        /// PaymentMethods.
        PaymentMethods = "payment_methods",
        /// SetupIntents.
        SetupIntents = "setup_intents",
        /// Tokens.
        Tokens = "tokens",
        /// Webhook endpoints.
        Webhooks = "webhook_endpoints",
    }
}

words! {
    /// How far a permission goes.
    Level {
        /// Not at all.
        None = "none",
        /// To look.
        Read = "read",
        /// To look and to change.
        Write = "write",
    }
}

impl Resource {
    /// The name as it stands in the names of permissions, `rak_customer_read`.
    fn name(self) -> &'static str {
        if self == Self::Webhooks { "webhook" } else { self.word().trim_end_matches('s') }
    }
}

/// The permissions of a key.
#[derive(Clone, Debug)]
pub(crate) struct Permissions {
    levels: Option<BTreeMap<&'static str, Level>>,
}

impl Permissions {
    /// All there are.
    pub(crate) fn everything() -> Self {
        Self { levels: None }
    }

    /// Only these.
    pub(crate) fn only(levels: impl IntoIterator<Item = (Resource, Level)>) -> Self {
        Self { levels: Some(levels.into_iter().map(|(resource, level)| (resource.word(), level)).collect()) }
    }

    fn allow(&self, resource: Resource, wanted: Level) -> bool {
        let Some(levels) = &self.levels else {
            return true;
        };
        match levels.get(resource.word()) {
            Some(Level::Write) => true,
            Some(Level::Read) => wanted == Level::Read,
            Some(Level::None) | None => false,
        }
    }
}

impl Key {
    /// Refuses to act for another account, `Stripe-Account`, because no account is connected to any.
    pub(crate) fn check_account(&self, wanted: Option<&str>) -> Answer<()> {
        match wanted {
            Some(account) if account != self.side.account => Err(StripeError::invalid(format!(
                "The provided key '{}' does not have access to account '{account}' (or that account does not \
                 exist). Application access may have been revoked.",
                self.hidden
            ))
            .status(403)
            .code("account_invalid")
            .bare()),
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses a call for which the key has no permission. `by_page` says whether a page in a browser may make
    /// it.
    pub(crate) fn check(&self, resource: Resource, wanted: Level, by_page: bool) -> Answer<()> {
        match &self.rights {
            Rights::All => Ok(()),
            Rights::Page if by_page => Ok(()),
            Rights::Page => Err(StripeError::invalid(
                "This API call cannot be made with a publishable API key. Please use a secret API key. You can \
                 find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
            )
            .status(403)
            .code("secret_key_required")),
            Rights::Some(permissions) if permissions.allow(resource, wanted) => Ok(()),
            Rights::Some(_) => Err(StripeError::invalid(format!(
                "The provided key '{}' does not have the required permissions for this endpoint on account \
                 '{}'. Having the 'rak_{}_{}' permission would allow this request to continue.",
                self.hidden,
                self.side.account,
                resource.name(),
                wanted.word()
            ))
            .status(403)
            .code("more_permissions_required")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_includes_reading() {
        let some = Permissions::only([(Resource::Customers, Level::Write), (Resource::Charges, Level::Read)]);
        for (resource, level, allowed) in [
            (Resource::Customers, Level::Read, true),
            (Resource::Customers, Level::Write, true),
            (Resource::Charges, Level::Read, true),
            (Resource::Charges, Level::Write, false),
            (Resource::Events, Level::Read, false),
        ] {
            assert_eq!(some.allow(resource, level), allowed, "{resource:?} {level:?}");
        }
        assert!(Permissions::everything().allow(Resource::Tokens, Level::Write));
        assert_eq!(Resource::PaymentIntents.name(), "payment_intent");
    }
}
