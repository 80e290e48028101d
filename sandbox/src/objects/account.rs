//! The account of a caller: whether live charges are possible, the capabilities, and the bank account for
//! payouts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::access::AccountMode;
use crate::ids::derived;
use crate::objects::{Object, RenderContext};

/// The moment of creation of every account, in unix seconds.
const CREATED: i64 = 1_577_836_800;

/// The capabilities that an account has unless a test sets another status.
pub(crate) const CAPABILITIES: &[&str] = &[
    "card_payments",
    "klarna_payments",
    "link_payments",
    "sepa_debit_payments",
    "transfers",
    "us_bank_account_ach_payments",
];

/// The status of one capability of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CapabilityStatus {
    /// Payments of this kind are possible.
    Active,
    /// Payments of this kind are refused.
    Inactive,
    /// Stripe still checks the account, and payments of this kind are refused.
    Pending,
}

/// The rule by which the available balance is paid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PayoutSchedule {
    /// Payouts are created by calls only.
    #[default]
    Manual,
    /// The available balance is paid out each day at midnight, by the sandbox's clock.
    Daily,
}

/// The settings of one account, the same in both modes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountSettings {
    /// The id of the account, `acct_…`.
    pub(crate) id: String,
    /// Whether the account is activated, so that live charges are possible.
    pub(crate) activated: bool,
    /// The country of the business, as two letters in upper case.
    pub(crate) country: String,
    /// The ISO 4217 code of the account's currency, in lower case.
    pub(crate) default_currency: String,
    /// The capabilities with a status other than active.
    pub(crate) capabilities: BTreeMap<String, CapabilityStatus>,
    /// The rule by which the available balance is paid out.
    pub(crate) payouts: PayoutSchedule,
    /// The number of the bank account that receives payouts. A test number selects the outcome.
    pub(crate) bank_account: String,
}

/// The object `account`: the settings, and the prefix of the statement descriptors.
#[derive(Clone, Debug)]
pub(crate) struct ShownAccount<'a> {
    /// The settings of the account.
    pub(crate) settings: &'a AccountSettings,
    /// The prefix of the statement descriptors of cards.
    pub(crate) prefix: &'a str,
}

impl AccountSettings {
    /// The settings of an account before any change: activated, in the United States, with manual payouts
    /// to the test account that receives every payout.
    pub(crate) fn of_new(mode: &AccountMode) -> Self {
        Self {
            id: mode.account.clone(),
            activated: true,
            country: "US".to_owned(),
            default_currency: "usd".to_owned(),
            capabilities: BTreeMap::new(),
            payouts: PayoutSchedule::Manual,
            bank_account: "000123456789".to_owned(),
        }
    }

    /// The status of a capability. An account that is not activated has none.
    pub(crate) fn capability(&self, name: &str) -> CapabilityStatus {
        if !self.activated {
            return CapabilityStatus::Inactive;
        }
        self.capabilities.get(name).copied().unwrap_or(CapabilityStatus::Active)
    }

    /// The statuses of all capabilities, as JSON.
    pub(crate) fn capabilities_json(&self) -> Value {
        let status = |name: &&str| ((*name).to_owned(), json!(self.capability(name)));
        Value::Object(CAPABILITIES.iter().map(status).collect::<Map<String, Value>>())
    }

    /// The id of the bank account that receives payouts, `ba_…`.
    pub(crate) fn bank_account_id(&self) -> String {
        let letters = derived(&format!("{} {}", self.id, self.bank_account));
        format!("ba_1{letters}")
    }

    fn payout_schedule(&self) -> Value {
        match self.payouts {
            PayoutSchedule::Manual => json!({ "delay_days": 7, "interval": "manual" }),
            PayoutSchedule::Daily => json!({ "delay_days": 7, "interval": "daily" }),
        }
    }
}

impl Object for AccountSettings {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        CREATED
    }

    /// The account without a prefix for statement descriptors; the answer to a call shows the prefix.
    fn show(&self, _context: RenderContext) -> Value {
        ShownAccount { settings: self, prefix: "" }.show()
    }
}

impl ShownAccount<'_> {
    /// The account as JSON, with the fields that Stripe shows to the owner of the account.
    pub(crate) fn show(&self) -> Value {
        let settings = self.settings;
        let prefix = (!self.prefix.is_empty()).then_some(self.prefix);
        json!({
            "id": settings.id,
            "object": "account",
            "business_profile": business_profile(),
            "business_type": "company",
            "capabilities": settings.capabilities_json(),
            "charges_enabled": settings.activated,
            "controller": { "type": "account" },
            "country": settings.country,
            "created": CREATED,
            "default_currency": settings.default_currency,
            "details_submitted": settings.activated,
            "email": "sandbox@example.com",
            "groups": null,
            "payouts_enabled": settings.activated,
            "settings": {
                "bacs_debit_payments": { "display_name": null, "service_user_number": null },
                "branding": { "icon": null, "logo": null, "primary_color": null, "secondary_color": null },
                "card_issuing": { "tos_acceptance": { "date": null, "ip": null } },
                "card_payments": {
                    "decline_on": { "avs_failure": false, "cvc_failure": false },
                    "statement_descriptor_prefix": prefix,
                    "statement_descriptor_prefix_kana": null,
                    "statement_descriptor_prefix_kanji": null,
                },
                "dashboard": { "display_name": "Sandbox", "timezone": "Etc/UTC" },
                "invoices": { "default_account_tax_ids": null, "hosted_payment_method_save": "offer" },
                "payments": {
                    "statement_descriptor": prefix,
                    "statement_descriptor_kana": null,
                    "statement_descriptor_kanji": null,
                },
                "payouts": {
                    "debit_negative_balances": true,
                    "schedule": settings.payout_schedule(),
                    "statement_descriptor": null,
                },
                "sepa_debit_payments": {},
            },
            "type": "standard",
        })
    }
}

fn business_profile() -> Value {
    json!({
        "annual_revenue": null,
        "estimated_worker_count": null,
        "mcc": "5734",
        "minority_owned_business_designation": null,
        "name": "Sandbox",
        "product_description": null,
        "support_address": null,
        "support_email": null,
        "support_phone": null,
        "support_url": null,
        "url": "https://example.com",
    })
}
