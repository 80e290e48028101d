//! The adapter to call, and the caller's token: from the options, or from the file of a `dev` run.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use causeway::text::CardToken;
use causeway_runtime::settings::url::{Reach, Url};
use secrecy::{ExposeSecret, SecretString};
use tonic::transport::Uri;

use crate::{arguments::Place, endpoints::Endpoints, private, problem::Problem};

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
        let token = match &place.token_file {
            Some(file) => Some(of_file(file)?),
            None => place.token.clone().filter(|token| !token.expose_secret().is_empty()),
        };
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
                let message = "there is no token: set CAUSEWAY_TOKEN, name its file with --token-file, or name a trial ground's directory with --state";
                return Err(Problem::Usage(message.to_owned()));
            }
        };
        let patience = Duration::from_secs(place.timeout);
        Ok(Target { adapter: url(&adapter)?, token, ca: place.ca.clone(), patience })
    }
}

/// Reads the token from a file that only the owner may read.
fn of_file(file: &Path) -> Result<SecretString, Problem> {
    let text = private::read(file)?;
    let text = text.ok_or_else(|| Problem::Usage(format!("there is no {}", file.display())))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(Problem::Usage(format!("{} holds no token", file.display())));
    }
    Ok(SecretString::from(token))
}

/// Over http the token is not encrypted, so http is only for this machine.
fn url(text: &str) -> Result<Uri, Problem> {
    let wrong = |why: &str| Problem::Usage(format!("the adapter's URL {why}, as in {USUAL}"));
    let url = Url::parse(text).map_err(|error| wrong(&format!("is not right: {error}")))?;
    match (url.is_https(), url.reach()) {
        _ if !url.is_bare() => Err(wrong("has to end after host and port")),
        (true, _) | (false, Reach::Loopback) => Ok(url.into_uri()),
        (false, Reach::Private | Reach::Public) => {
            Err(wrong("has to be https: http is for an adapter on this machine"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(adapter: Option<&str>, token: Option<&str>, state: Option<PathBuf>) -> Place {
        let (adapter, token) = (adapter.map(str::to_owned), token.map(SecretString::from));
        Place { adapter, token, token_file: None, state, ca: None, timeout: 90, json: false }
    }

    #[test]
    fn a_token_comes_from_a_file_of_its_owner() {
        use std::{fs, os::unix::fs::PermissionsExt};
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("billing.token");
        let of_file = || Place { token_file: Some(file.clone()), ..place(None, Some("t"), None) };
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
        check(
            &place(Some("https://a:b@c.example"), Some("t"), None),
            "the adapter's URL is not right: it holds a name",
        );
    }
}
