//! The permissions of restricted keys: to read or to write, resource by resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::{Key, Rights, no_access};
use crate::error::{StripeError, StripeResult};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The resource to which a permission applies.
    Resource {
        /// The account of the key, `acct_…`.
        Account = "account",
        /// The available and the pending amounts of the balance.
        Balance = "balance",
        /// Balance transactions, `txn_…`, to list and to retrieve.
        BalanceTransactions = "balance_transactions",
        /// Charges and refunds, under one permission.
        Charges = "charges",
        /// ConfirmationTokens, `ctoken_…`, to create and to retrieve.
        ConfirmationTokens = "confirmation_tokens",
        /// Customers, including searches for customers.
        Customers = "customers",
        /// Disputes and the evidence of disputes.
        Disputes = "disputes",
        /// Early fraud warnings, `issfr_…`, to list and to retrieve.
        EarlyFraudWarnings = "early_fraud_warnings",
        /// Event destinations, `ed_…`, of version 2 of the API.
        EventDestinations = "event_destinations",
        /// Events, `evt_…`, to list, to retrieve and to send again.
        Events = "events",
        /// PaymentIntents, `pi_…`, in every status.
        PaymentIntents = "payment_intents",
        /// Domains on which wallets are shown, `pmd_…`.
        PaymentMethodDomains = "payment_method_domains",
        /// PaymentMethods, attached to a customer or not, and mandates.
        PaymentMethods = "payment_methods",
        /// Payouts to the bank account of the account, `po_…`.
        Payouts = "payouts",
        /// Reviews of payments, `prv_…`.
        Reviews = "reviews",
        /// SetupIntents, `seti_…`, in every status, and the attempts, `setatt_…`.
        SetupIntents = "setup_intents",
        /// Tokens, `tok_…`, to create and to retrieve.
        Tokens = "tokens",
        /// Webhook endpoints, `we_…`, and the enabled events.
        Webhooks = "webhook_endpoints",
    }
}

stripe_enum! {
    /// The level of access that a permission grants.
    Level {
        /// No access to the resource.
        None = "none",
        /// Read access: calls that retrieve or list.
        Read = "read",
        /// Write access, which includes read access.
        Write = "write",
    }
}

impl Resource {
    /// The resource's name inside the name of a permission, such as `rak_customer_read`.
    fn name(self) -> &'static str {
        match self {
            Self::Account => "accounts_kyc_basic",
            Self::BalanceTransactions => "balance_transaction_source",
            Self::Webhooks => "webhook",
            Self::Balance
            | Self::Charges
            | Self::ConfirmationTokens
            | Self::Customers
            | Self::Disputes
            | Self::EarlyFraudWarnings
            | Self::EventDestinations
            | Self::Events
            | Self::PaymentIntents
            | Self::PaymentMethodDomains
            | Self::PaymentMethods
            | Self::Payouts
            | Self::Reviews
            | Self::SetupIntents
            | Self::Tokens => self.as_str().trim_end_matches('s'),
        }
    }

    /// The missing permission as Stripe's refusal names the permission, with the alternative that Stripe
    /// names for the look at a SetupIntent.
    fn named_permission(self, wanted: Level) -> String {
        let permission = format!("'rak_{}_{}'", self.name(), wanted.as_str());
        if self == Self::SetupIntents && wanted == Level::Read {
            return format!("'rak_confirmation_token_client_read', {permission} permissions");
        }
        format!("{permission} permission")
    }
}

/// The permissions of one restricted key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Permissions {
    levels: Option<BTreeMap<String, Level>>,
}

impl Permissions {
    /// All permissions, for every resource.
    pub(crate) fn everything() -> Self {
        Self { levels: None }
    }

    /// Only the given permissions; every other resource has none.
    pub(crate) fn only(levels: impl IntoIterator<Item = (Resource, Level)>) -> Self {
        Self {
            levels: Some(
                levels.into_iter().map(|(resource, level)| (resource.as_str().to_owned(), level)).collect(),
            ),
        }
    }

    fn allow(&self, resource: Resource, wanted: Level) -> bool {
        let Some(levels) = &self.levels else {
            return true;
        };
        match levels.get(resource.as_str()) {
            Some(Level::Write) => true,
            Some(Level::Read) => wanted == Level::Read,
            Some(Level::None) | None => false,
        }
    }
}

impl Key {
    /// Refuses a `Stripe-Account` header that names another account, because the sandbox
    /// has no connected accounts.
    pub(crate) fn check_account(&self, wanted: Option<&str>) -> StripeResult<()> {
        match wanted {
            Some(account) if account != self.mode.account => Err(no_access(&self.masked, account)),
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses a call for which the key has no permission. `by_page` is true for calls that a page in a
    /// browser may make with a publishable key.
    pub(crate) fn check(&self, resource: Resource, wanted: Level, by_page: bool) -> StripeResult<()> {
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
                 '{}'. Having the {} would allow this request to continue.",
                self.masked,
                self.mode.account,
                resource.named_permission(wanted)
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
        let permissions =
            Permissions::only([(Resource::Customers, Level::Write), (Resource::Charges, Level::Read)]);
        for (resource, level, allowed) in [
            (Resource::Customers, Level::Read, true),
            (Resource::Customers, Level::Write, true),
            (Resource::Charges, Level::Read, true),
            (Resource::Charges, Level::Write, false),
            (Resource::Events, Level::Read, false),
        ] {
            assert_eq!(permissions.allow(resource, level), allowed, "{resource:?} {level:?}");
        }
        assert!(Permissions::everything().allow(Resource::Tokens, Level::Write));
        for (resource, level, name) in [
            (Resource::PaymentIntents, Level::Write, "'rak_payment_intent_write' permission"),
            (Resource::Account, Level::Read, "'rak_accounts_kyc_basic_read' permission"),
            (Resource::Webhooks, Level::Write, "'rak_webhook_write' permission"),
            (Resource::SetupIntents, Level::Write, "'rak_setup_intent_write' permission"),
            (
                Resource::SetupIntents,
                Level::Read,
                "'rak_confirmation_token_client_read', 'rak_setup_intent_read' permissions",
            ),
        ] {
            assert_eq!(resource.named_permission(level), name);
        }
    }
}
