//! What somebody does straight at the sandbox, as in Stripe's dashboard.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::problem::Problem;

/// An account of the sandbox, for whoever has its key.
pub(crate) struct Dashboard {
    /// Where the sandbox is.
    pub(super) sandbox: String,
    /// What opens the account.
    pub(super) key: SecretString,
}

impl Dashboard {
    /// Asks for something; the object that came of it.
    pub(crate) async fn post(&self, path: &str, form: &str) -> Result<Value, Problem> {
        let failed = |why: String| Problem::Own(format!("the sandbox does not do {path}: {why}"));
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
        let good = answer.status().is_success();
        let body = answer.bytes().await.map_err(|error| failed(error.to_string()))?;
        let object: Value = serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
        if good { Ok(object) } else { Err(failed(object.to_string())) }
    }
}
