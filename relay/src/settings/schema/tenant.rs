//! The description of a tenant's tables: credentials and currencies.

use std::collections::BTreeMap;

use causeway_settings_reference::kind::{Amount, File, Secret};
use schemars::JsonSchema;

use super::payment_system::PaymentSystemTable;

/// A tenant: one billing platform, with credentials, payment systems and currencies of its own. At least
/// one tenant is required.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct TenantTable {
    /// False: nothing may be changed; payments and cards can still be read.
    #[schemars(extend("default" = true))]
    active: Option<bool>,
    /// The credentials of the tenant's adapter: one, or two during a rotation.
    #[schemars(extend("x-name" = "KEY_ID"))]
    credentials: BTreeMap<String, CredentialTable>,
    /// The payment systems of the tenant, a table each.
    #[schemars(extend("x-name" = "SYSTEM"))]
    payment_systems: Option<BTreeMap<String, PaymentSystemTable>>,
    /// The currencies that the tenant takes, a table each, as in `[tenants.acme.currencies.USD]`.
    #[schemars(extend("x-name" = "CURRENCY"))]
    currencies: Option<BTreeMap<String, CurrencyTable>>,
}

/// A credential of the tenant's adapter. The name of the table is the adapter's `relay.key_id`, which no
/// other tenant may use. One credential is required; a second one is allowed during a rotation.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CredentialTable {
    /// The shared key, the same as the adapter's `relay.secret`: base64 of at least 32 bytes, as
    /// `openssl rand -base64 32` makes one.
    #[schemars(extend("x-default" = "**required**, one of the two"))]
    secret: Option<Secret>,
    /// File with the shared key. Not readable for all users.
    secret_file: Option<File>,
}

/// A currency, by its ISO 4217 code: the payment system that takes the currency, with the limits of an
/// amount. For several payment systems in one currency, use tables
/// `[tenants.TENANT.currencies.CURRENCY.payment_systems.SYSTEM]` and no other setting of this table; the
/// payment systems must serve no payment method in common.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CurrencyTable {
    /// Name of the payment system that takes the currency.
    #[schemars(extend("x-default" = "**required**, unless there are tables `payment_systems`"))]
    payment_system: Option<String>,
    /// Smallest amount of a payment. A smaller one is refused with "Your payment must be no less than
    /// 0.50 USD" for the payer. May lie below Stripe's minimum, with a warning at the start.
    #[schemars(extend("x-default" = "Stripe's minimum"))]
    minimum: Option<Amount>,
    /// Largest amount of a payment. May lie above the default, with a warning at the start.
    #[schemars(extend("x-default" = "eight digits, Stripe's maximum"))]
    maximum: Option<Amount>,
    /// The payment systems of the currency, if there are several.
    #[schemars(extend("x-name" = "SYSTEM"))]
    payment_systems: Option<BTreeMap<String, LimitsTable>>,
}

/// One of several payment systems of a currency, with the limits of an amount. The name of the table is
/// the name of the payment system. The table may be empty.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LimitsTable {
    /// Smallest amount of a payment, as in a currency with one payment system.
    #[schemars(extend("x-default" = "Stripe's minimum"))]
    minimum: Option<Amount>,
    /// Largest amount of a payment, as in a currency with one payment system.
    #[schemars(extend("x-default" = "eight digits, Stripe's maximum"))]
    maximum: Option<Amount>,
}
