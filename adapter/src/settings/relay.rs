//! Addresses of the relays and the credential of the link.

use std::time::Duration;

use causeway_link::credential::{KeyId, LinkKey};
use causeway_runtime::{
    private_file,
    settings::{
        Section,
        url::{Reach, Url, UrlError},
    },
};
use http::Uri;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tonic::transport::Certificate;

/// The relays of an adapter. All relays serve the same journal.
#[derive(Clone)]
pub struct Relay {
    /// URLs of the relays, the preferred relay first.
    pub addresses: Vec<Uri>,
    /// Id of the credential that signs.
    pub key_id: KeyId,
    /// The shared key of the credential.
    pub key: LinkKey,
    /// The private CA of the relays' certificates; `None`: the root certificates of the machine.
    pub ca: Option<Certificate>,
    /// The maximum number of attempts per request.
    pub tries: u64,
    /// Time limit of a request without a deadline of the caller.
    pub patience: Duration,
    /// The maximum number of requests in flight that change state.
    pub calls_at_once: usize,
}

impl Relay {
    pub(super) fn read(section: &mut Section) -> Option<Relay> {
        let plaintext = section.flag("allow_plaintext", false);
        let addresses = read_addresses(section, plaintext);
        let key_id = section.parse("key_id", "acme-1", KeyId::parse);
        let secret = section.secret("secret");
        let key = secret.and_then(|secret| section.understood("secret", LinkKey::parse(&secret)));
        let ca = read_ca(section);
        let tries = section.number("tries", 3, 1, 10);
        let patience = section.number("patience_seconds", 90, 1, 600);
        let calls_at_once = section.number("calls_at_once", 512, 1, 100_000);
        Some(Relay {
            addresses: addresses?,
            key_id: key_id?,
            key: key?,
            ca: ca?,
            tries: tries?,
            patience: Duration::from_secs(patience?),
            calls_at_once: usize::try_from(calls_at_once?).ok()?,
        })
    }
}

fn read_addresses(section: &mut Section, plaintext: Option<bool>) -> Option<Vec<Uri>> {
    let texts = section.list("addresses")?;
    if texts.is_empty() {
        section.wrong(
            "addresses",
            "there is none; name at least one relay, as in [\"https://relay.example:443\"]",
        );
        return None;
    }
    let read = texts.iter().map(|text| section.understood("addresses", address(text, plaintext?)));
    read.collect::<Vec<_>>().into_iter().collect()
}

fn address(text: &str, plaintext: bool) -> Result<Uri, String> {
    let url = Url::parse(text).map_err(|error| match error {
        UrlError::Shape => format!("{text} is not the URL of a relay, as in \"https://relay.example:443\""),
        // The text is left out, because a password may be in it.
        UrlError::Credentials => format!("an address is no URL of a relay: {error}"),
        UrlError::Fragment | UrlError::Host | UrlError::Forbidden | UrlError::Port => {
            format!("{text} is no URL of a relay: {error}")
        }
    })?;
    if !url.is_bare() {
        return Err(format!("{text} has to end after host and port"));
    }
    match (url.is_https(), url.reach()) {
        (true, _) => Ok(url.into_uri()),
        (false, Reach::Loopback) if plaintext => Ok(url.into_uri()),
        (false, Reach::Loopback) => {
            Err(format!("{text} is plaintext; set allow_plaintext = true if this is a trial"))
        }
        (false, Reach::Private | Reach::Public) => {
            Err(format!("{text} is plaintext, which is for loopback only; use https"))
        }
    }
}

fn read_ca(section: &mut Section) -> Option<Option<Certificate>> {
    let Some(file) = section.file("ca_file")? else {
        return Some(None);
    };
    let read = private_file::read(&file);
    let read = read.map_err(|error| format!("{} cannot be read: {error}", file.display()));
    let (pem, _) = section.understood("ca_file", read)?;
    // Reported at start-up, instead of at every request.
    if CertificateDer::pem_slice_iter(&pem).filter(Result::is_ok).count() == 0 {
        section.wrong("ca_file", format!("{} holds no certificate in PEM", file.display()));
        return None;
    }
    Some(Some(Certificate::from_pem(pem)))
}
