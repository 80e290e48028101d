//! The state directory of `dev`: a named directory that stays, or a temporary one.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use causeway::environment::Environment;
use secrecy::SecretString;
use tempfile::TempDir;

use crate::{endpoints::Endpoints, problem::Problem, sandbox, secret_file};

/// The state directory and the secrets in the directory's files.
pub(super) struct StateDir {
    directory: Directory,
    /// The link secret that adapter and relay share, base64.
    pub(super) link: SecretString,
    /// The token that the adapter accepts.
    pub(super) token: SecretString,
    /// The secret key of the usual sandbox account.
    pub(super) stripe: SecretString,
    /// The secret key of the sandbox account that takes American Express.
    pub(super) amex: SecretString,
}

enum Directory {
    Named(PathBuf),
    Temporary(TempDir),
}

impl StateDir {
    /// Opens the named directory, or makes a temporary one. Secrets in the directory are used
    /// again; missing secrets are made.
    pub(super) fn open(state: Option<PathBuf>, environment: &Environment) -> Result<StateDir, Problem> {
        let directory = match state {
            Some(path) => {
                secret_file::directory(&path)?;
                Directory::Named(path)
            }
            None => {
                let owner_only = fs::Permissions::from_mode(0o700);
                Directory::Temporary(
                    tempfile::Builder::new().prefix("causeway-").permissions(owner_only).tempdir()?,
                )
            }
        };
        let [link, token, stripe, amex] = new_secrets(environment);
        let stored_or_new = |name: &str, new: String| match &directory {
            Directory::Named(path) => stored_or_new(&path.join(name), new),
            Directory::Temporary(_) => Ok(SecretString::from(new)),
        };
        Ok(StateDir {
            link: stored_or_new("link-secret", link)?,
            token: stored_or_new("caller-token", token)?,
            stripe: stored_or_new("stripe-key", stripe)?,
            amex: stored_or_new("stripe-key-amex", amex)?,
            directory,
        })
    }

    fn path(&self) -> &Path {
        match &self.directory {
            Directory::Named(path) => path,
            Directory::Temporary(directory) => directory.path(),
        }
    }

    /// Path of the relay's journal in this directory.
    pub(super) fn journal(&self) -> PathBuf {
        self.path().join("relay.db")
    }

    /// The sandbox's state in a named directory. In a temporary one the sandbox keeps no state.
    pub(super) fn sandbox(&self) -> Option<PathBuf> {
        self.state().map(sandbox::state_of)
    }

    /// The file with the sandbox's webhook endpoint, in a named directory.
    pub(super) fn webhook_endpoint(&self) -> Option<PathBuf> {
        self.state().map(|state| state.join("webhook-endpoint"))
    }

    /// The directory, unless the directory is temporary.
    pub(super) fn state(&self) -> Option<&Path> {
        match &self.directory {
            Directory::Named(path) => Some(path),
            Directory::Temporary(_) => None,
        }
    }

    /// Removes the endpoints file of an earlier run. Call only after the journal is open: before
    /// that, the earlier process may still run.
    pub(super) fn forget_endpoints(&self) -> io::Result<()> {
        match self.state().map(|state| fs::remove_file(Endpoints::file(state))) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            None | Some(Ok(()) | Err(_)) => Ok(()),
        }
    }

    /// Removes the directory if the directory is temporary.
    pub(super) fn close(self) -> io::Result<()> {
        match self.directory {
            Directory::Named(_) => Ok(()),
            Directory::Temporary(directory) => directory.close(),
        }
    }
}

fn new_secrets(environment: &Environment) -> [String; 4] {
    let mut random_bytes = [[0; 32]; 4];
    random_bytes.iter_mut().for_each(|random_bytes| environment.random.fill(random_bytes));
    let [link, token, stripe, amex] = random_bytes;
    [STANDARD.encode(link), URL_SAFE_NO_PAD.encode(token), stripe_key(stripe), stripe_key(amex)]
}

fn stripe_key(random_bytes: [u8; 32]) -> String {
    format!("sk_test_{}", hex::encode(random_bytes))
}

fn stored_or_new(file: &Path, new: String) -> Result<SecretString, Problem> {
    if let Some(stored) = secret_file::read(file)? {
        return Ok(SecretString::from(stored.trim().to_owned()));
    }
    secret_file::write(file, &new)?;
    Ok(SecretString::from(new))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn secrets(state: Option<&Path>) -> [String; 4] {
        let state_dir =
            StateDir::open(state.map(Path::to_owned), &causeway_runtime::machine::environment()).unwrap();
        [&state_dir.link, &state_dir.token, &state_dir.stripe, &state_dir.amex]
            .map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn secrets_are_kept_in_a_named_directory_only() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("new");
        let first = secrets(Some(&state));
        assert_eq!(secrets(Some(&state)), first);
        assert_ne!(secrets(None), first);
        assert_ne!(secrets(None), secrets(None));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&state), 0o700);
        for name in ["link-secret", "caller-token", "stripe-key", "stripe-key-amex"] {
            assert_eq!(mode(&state.join(name)), 0o600, "{name}");
        }
    }

    #[test]
    fn a_temporary_directory_is_removed() {
        let state_dir = StateDir::open(None, &causeway_runtime::machine::environment()).unwrap();
        let path = state_dir.path().to_owned();
        assert!(path.is_dir() && state_dir.state().is_none());
        state_dir.close().unwrap();
        assert!(!path.exists());
    }
}
