//! The dashboard's payment methods: the wallets that an account has enabled.

use serde::Deserialize;
use serde_json::json;

use crate::control::accounts::account_or_key_of;
use crate::control::{ControlError, ControlRequest, ControlResult, Refusal};
use crate::lock::lock;
use crate::objects::instrument::MethodType;
use crate::objects::wallet::{EnabledWallets, WalletKind};
use crate::shared::Shared;
use crate::stripe_enum::StripeEnum;

/// The wallets of an account, as the body of the request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WalletsChange {
    account: Option<String>,
    account_of: Option<String>,
    wallets: Vec<String>,
}

/// Sets the wallets that an account has enabled.
pub(super) fn set_wallets(request: &ControlRequest<'_>) -> ControlResult {
    let change: WalletsChange = request.body()?;
    let Some(account) = account_or_key_of(change.account, change.account_of)? else {
        return Err(ControlError::Fields("say account or account_of"));
    };
    let wallets: Vec<&str> = change.wallets.iter().map(String::as_str).collect();
    let account = request.shared.enable_wallets(&account, &wallets)?;
    Ok(json!({ "account": account, "wallets": change.wallets }))
}

impl Shared {
    /// Enables wallets in one account, and disables all other wallets. Returns the account's id.
    pub(crate) fn enable_wallets(&self, account_or_key: &str, wallets: &[&str]) -> Result<String, Refusal> {
        let account = self.account_named(account_or_key)?;
        let read = |name: &&str| {
            let kind = MethodType::parse(name).and_then(WalletKind::of);
            kind.ok_or_else(|| Refusal::NotAWallet { text: (*name).to_owned() })
        };
        let kinds: Vec<WalletKind> = wallets.iter().map(read).collect::<Result<_, Refusal>>()?;
        lock(&self.state).wallets.insert(account.clone(), EnabledWallets::of(&kinds));
        Ok(account)
    }
}
