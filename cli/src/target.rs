//! The adapter to call, and the caller's token: from the options, or from the file of a `dev` run.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use causeway::text::CardToken;
use secrecy::{ExposeSecret, SecretString};
use tonic::transport::Uri;

use crate::{arguments::Place, endpoints::Endpoints, problem::Problem};

/// The adapter's address when neither option nor file names one.
const USUAL: &str = "http://127.0.0.1:50051";

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
    pub(crate) patience: Duration,
}

impl Target {
    /// An option wins over the file of a `dev` run.
    pub(crate) fn of(place: &Place) -> Result<Target, Problem> {
        let adapter = place.adapter.clone().filter(|text| !text.is_empty());
        let token = place.token.clone().filter(|token| !token.expose_secret().is_empty());
        if token.as_ref().is_some_and(|token| CardToken::parse(token.expose_secret()).is_ok()) {
            let message = "--token is the caller's own; a card that is kept is given with --card-token";
            return Err(Problem::Usage(message.to_owned()));
        }
        let (adapter, token) = match (adapter, token, &place.state) {
            (Some(adapter), Some(token), _) => (adapter, token),
            (adapter, token, Some(state)) => {
                let written = Endpoints::read(state)?;
                (adapter.unwrap_or(written.adapter), token.unwrap_or(written.token))
            }
            (adapter, Some(token), None) => (adapter.unwrap_or_else(|| USUAL.to_owned()), token),
            (_, None, None) => {
                let message =
                    "there is no token: set CAUSEWAY_TOKEN, or name a trial ground's directory with --state";
                return Err(Problem::Usage(message.to_owned()));
            }
        };
        let patience = Duration::from_secs(place.timeout);
        Ok(Target { adapter: url(&adapter)?, token, ca: place.ca.clone(), patience })
    }
}

/// Over http the token is not encrypted, so http is only for this machine.
fn url(text: &str) -> Result<Uri, Problem> {
    let wrong = |why: &str| Problem::Usage(format!("the adapter's URL {why}, as in {USUAL}"));
    let uri: Uri = text.parse().map_err(|_| wrong("is not one"))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        _ if uri.path() != "/" || uri.query().is_some() => Err(wrong("has to end after host and port")),
        Some("https") => Ok(uri),
        Some("http") if loopback => Ok(uri),
        Some("http") => Err(wrong("has to be https: http is for an adapter on this machine")),
        _ => Err(wrong("has to start with https:// or http://")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(adapter: Option<&str>, token: Option<&str>, state: Option<PathBuf>) -> Place {
        let (adapter, token) = (adapter.map(str::to_owned), token.map(SecretString::from));
        Place { adapter, token, state, ca: None, timeout: 90, json: false }
    }

    #[track_caller]
    fn check(place: &Place, expected: &str) {
        let seen = match Target::of(place) {
            Ok(target) => format!("{} {}", target.adapter, target.token.expose_secret()),
            Err(problem) => problem.to_string(),
        };
        assert!(seen.starts_with(expected), "{seen}");
    }

    #[test]
    fn what_was_given_wins() {
        let state = tempfile::tempdir().unwrap();
        let home = || Some(state.path().to_owned());
        check(&place(None, None, None), "there is no token");
        check(&place(None, Some(""), None), "there is no token");
        check(&place(None, Some("t"), None), "http://127.0.0.1:50051/ t");
        check(&place(None, None, home()), "there is no /");
        let written = Endpoints {
            adapter: "http://127.0.0.1:1".to_owned(),
            relay: String::new(),
            sandbox: String::new(),
            token: SecretString::from("written"),
        };
        written.write(state.path()).unwrap();
        check(&place(None, None, home()), "http://127.0.0.1:1/ written");
        check(&place(None, Some("t"), home()), "http://127.0.0.1:1/ t");
        let card = CardToken::of_bits(7).to_string();
        check(&place(None, Some(&card), home()), "--token is the caller's own");
        check(&place(Some("https://a.example"), None, home()), "https://a.example/ written");
    }

    #[test]
    fn a_token_does_not_travel_in_the_open() {
        check(&place(Some("http://[::1]:1"), Some("t"), None), "http://[::1]:1/ t");
        check(&place(Some("http://a.example:1"), Some("t"), None), "the adapter's URL has to be https");
        check(&place(Some("https://a.example/x"), Some("t"), None), "the adapter's URL has to end after");
        check(&place(Some("127.0.0.1:1"), Some("t"), None), "the adapter's URL");
    }
}
