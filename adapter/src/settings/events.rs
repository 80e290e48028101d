//! Settings for posted events, for a billing platform that cannot watch.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use causeway_runtime::settings::{
    Section,
    url::{Reach, Url, UrlError},
};
use http::Uri;

use crate::events::sign::PostKey;

/// Target and key of posted events.
#[derive(Debug, Clone)]
pub struct Posting {
    /// URL that receives the events.
    pub post_to: Uri,
    /// Key that signs the events.
    pub key: PostKey,
    /// File with the sequence of the last event that the billing platform accepted.
    pub cursor_file: PathBuf,
    /// The maximum time for the billing platform to answer.
    pub timeout: Duration,
}

impl Posting {
    /// Reads the section; `Some(None)` if the section is absent.
    pub(super) fn read(root: &mut Section) -> Option<Option<Posting>> {
        if !root.has("events") {
            return Some(None);
        }
        let mut section = root.section("events")?;
        let posting = read(&mut section);
        section.finish();
        posting.map(Some)
    }
}

fn read(section: &mut Section) -> Option<Posting> {
    let post_to = section.parse("post_to", "http://127.0.0.1:8080/causeway/events", address);
    let secret = section.secret("secret");
    let key = secret.and_then(|secret| section.understood("secret", PostKey::parse(&secret)));
    let cursor_file = read_cursor_file(section);
    let timeout = section.number("timeout_seconds", 15, 1, 60);
    Some(Posting {
        post_to: post_to?,
        key: key?,
        cursor_file: cursor_file?,
        timeout: Duration::from_secs(timeout?),
    })
}

fn read_cursor_file(section: &mut Section) -> Option<PathBuf> {
    let file = section.file("cursor_file")?;
    let Some(file) = file else {
        section.wrong(
            "cursor_file",
            "it is missing; set it, as in cursor_file = \"/var/lib/causeway/events.cursor\"",
        );
        return None;
    };
    if !file.parent().is_some_and(Path::is_dir) {
        section.wrong("cursor_file", format!("there is no folder for {}", file.display()));
        return None;
    }
    Some(file)
}

/// Events are signed but not encrypted, so the URL has to be on the loopback interface.
fn address(text: &str) -> Result<Uri, String> {
    let url = Url::parse(text).map_err(|error| match error {
        UrlError::Shape => "it is not a URL, as in \"http://127.0.0.1:8080/causeway/events\"".to_owned(),
        UrlError::Credentials => {
            "it holds a name or a password, which would not be sent; the signature is the proof".to_owned()
        }
        UrlError::Fragment | UrlError::Host | UrlError::Forbidden | UrlError::Port => error.to_string(),
    })?;
    if url.is_https() || url.reach() != Reach::Loopback {
        return Err(
            "events are posted over http to loopback only; let something on this machine take them further"
                .to_owned(),
        );
    }
    Ok(url.into_uri())
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn read(events: &str) -> Result<Settings, Vec<String>> {
        let toml = format!(
            "[relay]\naddresses = [\"https://relay.example\"]\nkey_id = \"acme-1\"\n\
             secret = \"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"\n\
             [callers.billing]\ntoken = \"a-token-of-24-characters\"\nrights = [\"charge\"]\n{events}"
        );
        Settings::from_toml(&toml).map_err(|mistakes| mistakes.0)
    }

    #[track_caller]
    fn check(post_to: &str, secret: &str, rest: &str, expected: &[&str]) {
        let read = read(&format!("[events]\npost_to = \"{post_to}\"\nsecret = \"{secret}\"\n{rest}"));
        let message = read.err().unwrap_or_default();
        assert_eq!(message.len(), expected.len(), "{message:?}");
        for (message, expected) in message.iter().zip(expected) {
            assert!(message.starts_with(expected), "{message}");
            assert!(!message.contains("MfKQ"), "{message}");
        }
    }

    #[test]
    fn events_are_posted_where_that_was_set() {
        assert!(read("").unwrap().events.is_none());
        let posting = read(&format!(
            "[events]\npost_to = \"http://localhost:8080/e?x=1\"\nsecret = \"{SECRET}\"\ncursor_file = \"c\"\n"
        ));
        let posting = posting.unwrap().events.unwrap();
        assert_eq!(posting.post_to.to_string(), "http://localhost:8080/e?x=1");
        assert_eq!(posting.timeout.as_secs(), 15);
        assert_eq!(posting.cursor_file.to_string_lossy(), "./c");
    }

    #[test]
    fn each_wrong_setting_is_named() {
        let (good, file) = ("http://127.0.0.1:1/events", "cursor_file = \"c\"\n");
        check(good, SECRET, file, &[]);
        check("http://[::1]/", SECRET, file, &[]);
        for elsewhere in ["https://127.0.0.1/", "http://billing.example/", "http://10.0.0.1/"] {
            check(elsewhere, SECRET, file, &["events.post_to: events are posted over http to loopback only"]);
        }
        for shape in ["/events", "ftp://[::1]/"] {
            check(shape, SECRET, file, &["events.post_to: it is not a URL"]);
        }
        check("http://169.254.169.254/", SECRET, file, &["events.post_to: its host is an address"]);
        check("http://127.1/", SECRET, file, &["events.post_to: its host is neither"]);
        check("/events", SECRET, file, &["events.post_to: it is not a URL"]);
        check("http://a:b@127.0.0.1/", SECRET, file, &["events.post_to: it holds a name or a password"]);
        check(good, "MfKQ9r8G", file, &["events.secret: it is not \"whsec_\" and base64 behind it"]);
        check(good, "whsec_MfKQ", file, &["events.secret: it has 3 bytes and needs 24 to 64"]);
        check(good, SECRET, "", &["events.cursor_file: it is missing; set it"]);
        check(
            good,
            SECRET,
            "cursor_file = \"/nowhere/c\"\ntimeout_seconds = 61\nretry = 1",
            &[
                "events.cursor_file: there is no folder for /nowhere/c",
                "events.timeout_seconds: it has to be a whole number from 1 to 60",
                "events.retry: there is no such setting",
            ],
        );
        let message = read("[events]\n").err().unwrap();
        assert_eq!(message.len(), 3, "{message:?}");
        assert_eq!(read("events = 1").err().unwrap().len(), 1);
    }
}
