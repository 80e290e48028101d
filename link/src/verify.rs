//! The relay's side of the link: a gate that verifies the signature before the message is decoded
//! and before any write to the journal.

use std::collections::HashMap;

use bytes::Bytes;
use causeway::{environment::Environment, refusal::Refusal, tenant::TenantName};
use http::{HeaderMap, Uri, header::CONTENT_TYPE, request::Parts};
use jiff::Timestamp;

use super::{
    ahead::Ahead,
    credential::{Credential, KeyId},
    digest,
    gate::Examine,
    names::RelayNames,
    nonce::{Nonce, Nonces},
    signature::{self, Components, Parameters},
};

/// The maximum difference between the time of the signature and the relay's clock, in seconds, in
/// both directions.
pub const TOLERANCE: i64 = 300;

/// The sender of a request, proven by the signature. Stored in the request's extensions.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The tenant of the credential.
    pub tenant: TenantName,
    /// The nonce, stored in the journal with the first write.
    pub nonce: Nonce,
    /// Time until which the nonce has to be remembered.
    pub nonce_good_until: Timestamp,
}

/// Verifies the signatures of requests.
pub struct Verifier {
    credentials: HashMap<KeyId, Credential>,
    nonces: Nonces,
    environment: Environment,
    started: Timestamp,
    /// Whether a method changes state; nonces of such methods outlive the process.
    durable: fn(&str) -> bool,
    names: RelayNames,
    ahead: Ahead,
}

impl Verifier {
    /// A verifier with the accepted credentials and with the nonces that an earlier process of this
    /// relay stored, each with a time of expiry.
    pub fn new(
        credentials: impl IntoIterator<Item = Credential>,
        remembered: impl IntoIterator<Item = (Nonce, Timestamp)>,
        durable: fn(&str) -> bool,
        environment: Environment,
    ) -> Verifier {
        let started = environment.now();
        let nonces = Nonces::default();
        for (nonce, until) in remembered {
            nonces.first_time(nonce, started.as_second(), until.as_second());
        }
        let credentials = credentials.into_iter().map(|c| (c.key_id.clone(), c)).collect();
        let (names, ahead) = (RelayNames::default(), Ahead::forgetful());
        Verifier { credentials, nonces, environment, started, durable, names, ahead }
    }

    /// The verifier of a relay with these names, and with a record of reads from fast clocks.
    pub fn of_relay(self, names: RelayNames, ahead: Ahead) -> Verifier {
        Verifier { names, ahead, ..self }
    }

    /// Whether the request was signed for this relay. Called after the signature is verified, because
    /// the log line names the authority.
    fn check_name(&self, authority: &str, tenant: &TenantName) -> Result<(), Refusal> {
        if self.names.accept(authority) {
            return Ok(());
        }
        tracing::warn!(
            %tenant,
            authority,
            "a request was signed for another relay: it names none of this relay's names, {}; compare \
             relay.addresses of the adapter with names of this relay",
            self.names
        );
        Err(Refusal::LinkSignature {
            why: "it is for another relay: the address that the adapter uses is none of the names in this \
                  relay's settings",
        })
    }

    /// Verifies the head of a request before the body is read: credential, time and signature.
    /// Returns the credential and the parameters.
    fn verify_head(&self, head: &Parts) -> Result<(&Credential, Parameters), Refusal> {
        let headers = &head.headers;
        let parameters = Parameters::from_header(one(headers, "signature-input")?)
            .ok_or(Refusal::LinkSignature { why: "signature-input is not written as the link writes it" })?;
        let credential = (self.credentials.get(&parameters.key_id))
            .ok_or(Refusal::LinkSignature { why: "the key id is not known" })?;
        // The signature covers the path but no query, and gRPC uses no query.
        if head.uri.query().is_some() {
            return Err(Refusal::LinkSignature { why: "its path has a query, which is not signed" });
        }
        let authority = authority(&head.uri);
        let components = Components {
            method: head.method.as_str(),
            path: head.uri.path(),
            authority: &authority,
            content_digest: one(headers, "content-digest")?,
            content_type: one(headers, CONTENT_TYPE.as_str())?,
        };
        if !signature::verify(&credential.key, components, &parameters, one(headers, "signature")?) {
            return Err(Refusal::LinkSignature { why: "it does not fit the request" });
        }
        self.check_name(&authority, &credential.tenant)?;
        self.check_moment(&parameters, head.uri.path())?;
        // Looked up before the body is read, and spent after: a repeated head proves nothing.
        if self.nonces.is_known(&nonce_of(&parameters)) {
            return Err(Refusal::LinkReplay);
        }
        Ok((credential, parameters))
    }

    fn check_moment(&self, parameters: &Parameters, path: &str) -> Result<(), Refusal> {
        let now = self.environment.now();
        let signed = Timestamp::from_second(parameters.created)
            .map_err(|_| Refusal::LinkSignature { why: "its moment is not a moment in time" })?;
        let apart = parameters.created.abs_diff(now.as_second());
        // Nonces of reads are lost with the process, so reads signed before the start of the
        // process are refused.
        let read = !(self.durable)(path);
        let from_before = signed.as_second() < self.started.as_second()
            || self.ahead.was_before(&parameters.key_id, parameters.created);
        let from_before = read && from_before;
        if apart > TOLERANCE.unsigned_abs() || from_before {
            return Err(Refusal::LinkClock { signed, now });
        }
        if read && let Err(error) = self.ahead.note(&parameters.key_id, parameters.created, now.as_second()) {
            tracing::error!(%error, "a read was signed by a clock ahead of this relay's, and is refused because it could not be recorded beside the journal; check the disk");
            return Err(Refusal::LinkClock { signed, now });
        }
        Ok(())
    }

    fn check_nonce(&self, sender: Verified) -> Result<Signed, Refusal> {
        let Verified { tenant, parameters } = sender;
        let now = self.environment.now().as_second();
        let good_until = parameters.created.saturating_add(TOLERANCE);
        let nonce = nonce_of(&parameters);
        if !self.nonces.first_time(nonce.clone(), now, good_until) {
            return Err(Refusal::LinkReplay);
        }
        let nonce_good_until = Timestamp::from_second(good_until).map_err(|_| Refusal::Internal)?;
        Ok(Signed { tenant, nonce, nonce_good_until })
    }
}

/// A request whose head is good: the credential and the parameters of the signature.
pub struct Verified {
    tenant: TenantName,
    parameters: Parameters,
}

impl Examine for Verifier {
    type Sender = Verified;

    fn examine_head(&self, head: &Parts) -> Result<Verified, Refusal> {
        let (credential, parameters) = self.verify_head(head)?;
        Ok(Verified { tenant: credential.tenant.clone(), parameters })
    }

    fn name<'a>(&'a self, sender: &'a Verified) -> &'a str {
        sender.tenant.as_str()
    }

    /// Verifies the digest and the nonce.
    fn examine_body(&self, head: &mut Parts, sender: Verified, body: &Bytes) -> Result<(), Refusal> {
        if !digest::fits(one(&head.headers, "content-digest")?, body) {
            return Err(Refusal::LinkSignature { why: "the body is not the one that was signed" });
        }
        let signed = self.check_nonce(sender)?;
        head.extensions.insert(signed);
        Ok(())
    }
}

/// The value of a header that occurs exactly once, as text.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (Some(Ok(value)), None) => Ok(value),
        (None, _) => Err(Refusal::LinkSignature { why: "a header of the signature is missing" }),
        _ => Err(Refusal::LinkSignature { why: "a header of the signature is doubled or not text" }),
    }
}

fn nonce_of(parameters: &Parameters) -> Nonce {
    (parameters.key_id.to_string(), parameters.nonce.clone())
}

fn authority(uri: &Uri) -> String {
    uri.authority().map(|authority| authority.as_str().to_ascii_lowercase()).unwrap_or_default()
}
