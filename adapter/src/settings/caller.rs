//! Callers: for each caller a bearer token and rights.

use std::{fmt, sync::Arc};

use causeway::{refusal::Right, secret::is_guessable_token};
use causeway_runtime::settings::Section;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

/// The minimum length of a token in characters; a random token of that length cannot be guessed.
const MIN_TOKEN: usize = 24;

/// Name of a caller in the settings, shared by the caller's requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallerName(pub Arc<str>);

impl fmt::Display for CallerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A caller. Only a hash of the token is kept.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Name of the caller, for the log and for the shares of callers.
    pub name: CallerName,
    /// SHA-256 of the bearer token.
    pub token: [u8; 32],
    /// Rights of the caller, by kind of method.
    pub rights: Rights,
}

/// The rights of a caller. The guard leaves them with each request, for fields that need a right of
/// their own.
#[derive(Debug, Clone)]
pub struct Rights(pub Vec<Right>);

impl Rights {
    /// Whether the caller has a right.
    pub fn include(&self, right: Right) -> bool {
        self.0.contains(&right)
    }
}

pub(super) fn read_all(root: &mut Section) -> Option<Vec<Caller>> {
    let sections = root.sections("callers");
    if sections.is_empty() {
        root.wrong(
            "callers",
            "there is none, so every request would be refused; add one, as in [callers.billing]",
        );
        return None;
    }
    let read: Vec<_> = sections
        .into_iter()
        .map(|(name, mut section)| {
            let caller = read(&mut section, name);
            section.finish();
            caller
        })
        .collect();
    let callers: Vec<Caller> = read.into_iter().collect::<Option<_>>()?;
    for (place, caller) in callers.iter().enumerate() {
        if callers.iter().take(place).any(|other| other.token == caller.token) {
            root.wrong("callers", format!("{} has the token of another caller", caller.name));
        }
    }
    Some(callers)
}

fn read(section: &mut Section, name: String) -> Option<Caller> {
    let token = section.secret("token");
    let rights = read_rights(section);
    let token = token?;
    let text = token.expose_secret();
    if text.len() < MIN_TOKEN || !text.bytes().all(|b| b.is_ascii_graphic()) {
        section.wrong(
            "token",
            format!(
                "it needs at least {MIN_TOKEN} printable characters; make one with: openssl rand -base64 32"
            ),
        );
        return None;
    }
    if is_guessable_token(text) {
        section.wrong(
            "token",
            "it has few distinct characters and can be guessed; make one with: openssl rand -base64 32",
        );
        return None;
    }
    let name = CallerName(name.into());
    Some(Caller { name, token: Sha256::digest(text).into(), rights: Rights(rights?) })
}

fn read_rights(section: &mut Section) -> Option<Vec<Right>> {
    let names = section.list("rights")?;
    let rights = names.iter().map(|name| {
        let right = name.parse::<Right>().ok();
        if right.is_none() {
            let all = Right::ALL.iter().map(|right| right.as_str()).collect::<Vec<_>>().join(", ");
            section.wrong("rights", format!("{name} is not a right; they are {all}"));
        }
        right
    });
    rights.collect::<Vec<_>>().into_iter().collect()
}
