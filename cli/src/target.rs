//! The adapter to call, and the caller's token: from the options, or from the file of a `dev` run.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use causeway::text::CardToken;
use causeway_runtime::settings::url::{Reach, Url};
use secrecy::{ExposeSecret, SecretString};
use tonic::transport::Uri;

use crate::{arguments::ConnectionOptions, endpoints::Endpoints, problem::Problem, secret_file};

/// The adapter's address when neither option nor file names one.
const DEFAULT_ADAPTER: &str = "http://127.0.0.1:50051";

/// An adapter's address with the caller's token.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// URL of the adapter, http or https.
    pub(crate) adapter: Uri,
    /// The caller's bearer token for the adapter.
    pub(crate) token: SecretString,
    /// The CA of an https adapter. `None`: the machine's roots.
    pub(crate) ca: Option<PathBuf>,
    /// How long an answer is waited for.
    pub(crate) timeout: Duration,
}

impl Target {
    /// An option wins over the file of a `dev` run.
    pub(crate) fn of(connection: &ConnectionOptions) -> Result<Target, Problem> {
        let adapter = connection.adapter.clone().filter(|text| !text.is_empty());
        let token = match &connection.token_file {
            Some(file) => Some(token_of_file(file)?),
            None => connection.token.clone().filter(|token| !token.expose_secret().is_empty()),
        };
        if token.as_ref().is_some_and(|token| CardToken::parse(token.expose_secret()).is_ok()) {
            let message = "--token is the caller's own; a card that is kept is given with --card-token";
            return Err(Problem::Usage(message.to_owned()));
        }
        let (adapter, token) = match (adapter, token, &connection.state) {
            (Some(adapter), Some(token), _) => (adapter, token),
            (adapter, token, Some(state)) => {
                let stored = Endpoints::read(state)?;
                (adapter.unwrap_or(stored.adapter), token.unwrap_or(stored.token))
            }
            (adapter, Some(token), None) => (adapter.unwrap_or_else(|| DEFAULT_ADAPTER.to_owned()), token),
            (_, None, None) => {
                let message = "there is no token: set CAUSEWAY_TOKEN, name its file with --token-file, or name a trial ground's directory with --state";
                return Err(Problem::Usage(message.to_owned()));
            }
        };
        let timeout = Duration::from_secs(connection.timeout);
        Ok(Target { adapter: url(&adapter)?, token, ca: connection.ca.clone(), timeout })
    }
}

/// Reads the token from a file that only the owner may read.
fn token_of_file(file: &Path) -> Result<SecretString, Problem> {
    let text = secret_file::read(file)?;
    let text = text.ok_or_else(|| Problem::Usage(format!("there is no {}", file.display())))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(Problem::Usage(format!("{} holds no token", file.display())));
    }
    Ok(SecretString::from(token))
}

/// Over http the token is not encrypted, so http is only for this machine.
fn url(text: &str) -> Result<Uri, Problem> {
    let invalid = |why: &str| Problem::Usage(format!("the adapter's URL {why}, as in {DEFAULT_ADAPTER}"));
    let url = Url::parse(text).map_err(|error| invalid(&format!("is not right: {error}")))?;
    match (url.is_https(), url.reach()) {
        _ if !url.is_bare() => Err(invalid("has to end after host and port")),
        (true, _) | (false, Reach::Loopback) => Ok(url.into_uri()),
        (false, Reach::Private | Reach::Public) => {
            Err(invalid("has to be https: http is for an adapter on this machine"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(adapter: Option<&str>, token: Option<&str>, state: Option<PathBuf>) -> ConnectionOptions {
        let (adapter, token) = (adapter.map(str::to_owned), token.map(SecretString::from));
        ConnectionOptions { adapter, token, token_file: None, state, ca: None, timeout: 90, json: false }
    }

    #[test]
    fn a_token_comes_from_a_file_of_its_owner() {
        use std::{fs, os::unix::fs::PermissionsExt};
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("billing.token");
        let of_file =
            || ConnectionOptions { token_file: Some(file.clone()), ..connection(None, Some("t"), None) };
        check(&of_file(), "there is no /");
        fs::write(&file, "from-the-file\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Target::of(&of_file()).unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        check(&of_file(), "http://127.0.0.1:50051/ from-the-file");
        fs::write(&file, " \n").unwrap();
        assert!(Target::of(&of_file()).unwrap_err().to_string().contains("holds no token"));
    }

    #[track_caller]
    fn check(connection: &ConnectionOptions, expected: &str) {
        let actual = match Target::of(connection) {
            Ok(target) => format!("{} {}", target.adapter, target.token.expose_secret()),
            Err(problem) => problem.to_string(),
        };
        assert!(actual.starts_with(expected), "{actual}");
    }

    #[test]
    fn options_take_precedence_over_the_endpoints_file() {
        let state = tempfile::tempdir().unwrap();
        let state_dir = || Some(state.path().to_owned());
        check(&connection(None, None, None), "there is no token");
        check(&connection(None, Some(""), None), "there is no token");
        check(&connection(None, Some("t"), None), "http://127.0.0.1:50051/ t");
        check(&connection(None, None, state_dir()), "there is no /");
        let stored = Endpoints {
            adapter: "http://127.0.0.1:1".to_owned(),
            relay: String::new(),
            sandbox: String::new(),
            token: SecretString::from("written"),
        };
        stored.write(state.path()).unwrap();
        check(&connection(None, None, state_dir()), "http://127.0.0.1:1/ written");
        check(&connection(None, Some("t"), state_dir()), "http://127.0.0.1:1/ t");
        let card = CardToken::of_bits(7).to_string();
        check(&connection(None, Some(&card), state_dir()), "--token is the caller's own");
        check(&connection(Some("https://a.example"), None, state_dir()), "https://a.example/ written");
    }

    #[test]
    fn http_is_refused_for_remote_adapters() {
        check(&connection(Some("http://[::1]:1"), Some("t"), None), "http://[::1]:1/ t");
        check(&connection(Some("http://a.example:1"), Some("t"), None), "the adapter's URL has to be https");
        check(
            &connection(Some("https://a.example/x"), Some("t"), None),
            "the adapter's URL has to end after",
        );
        check(&connection(Some("127.0.0.1:1"), Some("t"), None), "the adapter's URL");
        check(
            &connection(Some("https://a:b@c.example"), Some("t"), None),
            "the adapter's URL is not right: it holds a name",
        );
    }
}
