//! Calls straight to the sandbox, as a person makes in Stripe's dashboard.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::problem::Problem;

/// An account of the sandbox, with the account's secret key.
pub(crate) struct Dashboard {
    /// The URL of the sandbox.
    pub(super) sandbox: String,
    /// The secret key of the account.
    pub(super) key: SecretString,
}

impl Dashboard {
    /// Makes a POST call and returns the created object.
    pub(crate) async fn post(&self, path: &str, form: &str) -> Result<Value, Problem> {
        let failed = |reason: String| Problem::Own(format!("the sandbox does not do {path}: {reason}"));
        let client =
            reqwest::Client::builder().no_proxy().build().map_err(|error| failed(error.to_string()))?;
        let answer = client
            .post(format!("{}{path}", self.sandbox))
            .bearer_auth(self.key.expose_secret())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
            .send()
            .await
            .map_err(|error| failed(error.to_string()))?;
        let success = answer.status().is_success();
        let body = answer.bytes().await.map_err(|error| failed(error.to_string()))?;
        let object: Value = serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
        if success { Ok(object) } else { Err(failed(object.to_string())) }
    }
}
