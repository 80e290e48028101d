//! The adapter to call, and the caller's token: from the options, or from the file of a `dev` run.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use causeway::text::CardToken;
use secrecy::{ExposeSecret, SecretString};
use tonic::transport::Uri;

use crate::{arguments::ConnectionOptions, endpoints::Endpoints, problem::Problem};

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
        let token = connection.token.clone().filter(|token| !token.expose_secret().is_empty());
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
                let message =
                    "there is no token: set CAUSEWAY_TOKEN, or name a trial ground's directory with --state";
                return Err(Problem::Usage(message.to_owned()));
            }
        };
        let timeout = Duration::from_secs(connection.timeout);
        Ok(Target { adapter: url(&adapter)?, token, ca: connection.ca.clone(), timeout })
    }
}

/// Over http the token is not encrypted, so http is only for this machine.
fn url(text: &str) -> Result<Uri, Problem> {
    let invalid =
        |reason: &str| Problem::Usage(format!("the adapter's URL {reason}, as in {DEFAULT_ADAPTER}"));
    let uri: Uri = text.parse().map_err(|_| invalid("is not one"))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        _ if uri.path() != "/" || uri.query().is_some() => Err(invalid("has to end after host and port")),
        Some("https") => Ok(uri),
        Some("http") if loopback => Ok(uri),
        Some("http") => Err(invalid("has to be https: http is for an adapter on this machine")),
        _ => Err(invalid("has to start with https:// or http://")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(adapter: Option<&str>, token: Option<&str>, state: Option<PathBuf>) -> ConnectionOptions {
        let (adapter, token) = (adapter.map(str::to_owned), token.map(SecretString::from));
        ConnectionOptions { adapter, token, state, ca: None, timeout: 90, json: false }
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
    }
}
