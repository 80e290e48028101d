//! `endpoints.json`: the addresses of a `dev` run, and the token that the adapter accepts.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::{problem::Problem, secret_file};

/// The addresses of all programs, and the token.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    /// URL of the adapter.
    pub(crate) adapter: String,
    /// URL of the relay.
    pub(crate) relay: String,
    /// URL of the sandbox.
    pub(crate) sandbox: String,
    /// The token that the adapter accepts.
    pub(crate) token: SecretString,
}

impl Endpoints {
    /// The file in a state directory.
    pub(crate) fn file(state: &Path) -> PathBuf {
        state.join("endpoints.json")
    }

    /// Writes the whole file with permissions for the owner only.
    pub(crate) fn write(&self, state: &Path) -> Result<(), Problem> {
        let written = json!({
            "adapter": self.adapter,
            "relay": self.relay,
            "sandbox": self.sandbox,
            "token": self.token.expose_secret(),
        });
        Ok(secret_file::write(&Endpoints::file(state), &format!("{written:#}\n"))?)
    }

    /// Reads and parses the file of a state directory.
    pub(crate) fn read(state: &Path) -> Result<Endpoints, Problem> {
        let file = Endpoints::file(state);
        let path = file.display();
        let text = secret_file::read(&file)?.ok_or_else(|| {
            Problem::Usage(format!("there is no {path}; `causeway dev --state DIR` writes it"))
        })?;
        // The parser's message may repeat a part of the file, and so of the token. Only the line is
        // shown.
        let value: Value = serde_json::from_str(&text)
            .map_err(|error| Problem::Own(format!("{path} is not JSON, line {}", error.line())))?;
        let field = |name: &str| {
            let text = value.get(name).and_then(Value::as_str).map(str::to_owned);
            text.ok_or_else(|| Problem::Own(format!("{path} has no text \"{name}\"")))
        };
        Ok(Endpoints {
            adapter: field("adapter")?,
            relay: field("relay")?,
            sandbox: field("sandbox")?,
            token: SecretString::from(field("token")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_endpoints_are_read_unchanged() {
        let directory = tempfile::tempdir().unwrap();
        let written = Endpoints {
            adapter: "http://127.0.0.1:1".to_owned(),
            relay: "http://127.0.0.1:2".to_owned(),
            sandbox: "http://127.0.0.1:3".to_owned(),
            token: SecretString::from("a token"),
        };
        written.write(directory.path()).unwrap();
        let read = Endpoints::read(directory.path()).unwrap();
        assert_eq!(
            (&read.adapter, &read.relay, &read.sandbox),
            (&written.adapter, &written.relay, &written.sandbox)
        );
        assert_eq!(read.token.expose_secret(), "a token");
        let text = std::fs::read_to_string(Endpoints::file(directory.path())).unwrap();
        let Value::Object(keys) = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["adapter", "relay", "sandbox", "token"]);
    }

    #[test]
    fn the_error_about_a_broken_file_hides_the_token() {
        let directory = tempfile::tempdir().unwrap();
        secret_file::write(&Endpoints::file(directory.path()), "{\"token\": \"geheim").unwrap();
        let message = Endpoints::read(directory.path()).unwrap_err().to_string();
        assert!(message.ends_with("is not JSON, line 1"), "{message}");
    }
}
