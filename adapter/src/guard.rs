//! Authentication and rights of callers, checked before a message is decoded.

use bytes::Bytes;
use causeway::{method, refusal::Refusal, version};
use causeway_link::gate::Examine;
use http::{
    HeaderMap, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE},
    request::Parts,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::settings::{Caller, CallerName, Rights};

fn admit<'a>(callers: &'a [Caller], path: &str, headers: &HeaderMap) -> Result<&'a Caller, Refusal> {
    let caller = known(callers, headers).ok_or(Refusal::CallerUnknown)?;
    // The version is checked before the rights: a method may have another meaning in an older
    // contract.
    version::check(headers.get(version::HEADER).map(HeaderValue::as_bytes))?;
    // An unknown method needs a known caller only.
    match method::of_path(path).map(|method| method.right) {
        Some(right) if !caller.rights.include(right) => Err(Refusal::RightMissing { needed: right }),
        Some(_) | None => Ok(caller),
    }
}

/// Finds the caller of a token. The token is compared with every caller, each in constant time.
fn known<'a>(callers: &'a [Caller], headers: &HeaderMap) -> Option<&'a Caller> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let hash: [u8; 32] = Sha256::digest(token).into();
    callers.iter().fold(
        None,
        |found, caller| {
            if bool::from(caller.token.ct_eq(&hash)) { Some(caller) } else { found }
        },
    )
}

/// Whether the request is a gRPC request with a protobuf message: method POST and content type.
fn is_grpc(head: &Parts) -> bool {
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim_end();
    head.method == Method::POST && matches!(kind, "application/grpc" | "application/grpc+proto")
}

/// Authenticates every request by bearer token.
pub struct Guard(pub Vec<Caller>);

/// The caller of a request, for the extensions of the request.
pub struct Sender {
    name: CallerName,
    rights: Rights,
}

impl Examine for Guard {
    type Sender = Sender;

    fn examine_head(&self, head: &Parts) -> Result<Sender, Refusal> {
        let caller = admit(&self.0, head.uri.path(), &head.headers)?;
        if !is_grpc(head) {
            return Err(Refusal::MalformedMessage);
        }
        Ok(Sender { name: caller.name.clone(), rights: caller.rights.clone() })
    }

    fn name<'a>(&'a self, sender: &'a Sender) -> &'a str {
        &sender.name.0
    }

    fn examine_body(&self, head: &mut Parts, sender: Sender, _: &Bytes) -> Result<(), Refusal> {
        head.extensions.insert(sender.name);
        head.extensions.insert(sender.rights);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use causeway::refusal::Right;

    use super::*;
    use crate::settings::{CallerName, Rights};

    fn callers() -> Vec<Caller> {
        let caller = |name: &str, rights: &[Right]| Caller {
            name: CallerName(name.into()),
            token: Sha256::digest(format!("token-of-{name}")).into(),
            rights: Rights(rights.to_vec()),
        };
        vec![caller("billing", &[Right::Charge, Right::Read]), caller("desk", &[Right::Refund])]
    }

    #[track_caller]
    fn check(authorization: &[&str], method: &str, verdict: &str) {
        check_speaking(None, authorization, method, verdict);
    }

    #[track_caller]
    fn check_speaking(version: Option<&str>, authorization: &[&str], method: &str, verdict: &str) {
        let mut headers = HeaderMap::new();
        for value in authorization {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        if let Some(version) = version {
            headers.insert(version::HEADER, version.parse().unwrap());
        }
        let callers = callers();
        let admitted = admit(&callers, &format!("/causeway.v1.Processor/{method}"), &headers);
        let seen = admitted.map_or_else(|refusal| refusal.to_string(), |_| "admitted".to_owned());
        assert!(seen.starts_with(verdict), "{authorization:?} {method}: {seen}");
    }

    #[test]
    fn a_token_gives_the_rights_of_its_caller() {
        let (billing, desk) = ("Bearer token-of-billing", "bearer token-of-desk");
        check(&[billing], "Authorize", "admitted");
        check(&[billing], "Capture", "admitted");
        check(&[billing], "Void", "admitted");
        check(&[billing], "GetPayment", "admitted");
        check(&[billing], "Refund", "this caller has no right \"refund\"");
        check(&[desk], "Refund", "admitted");
        check(&[desk], "Authorize", "this caller has no right \"charge\"");
        check(&[desk], "ListPayments", "this caller has no right \"read\"");
        for nobody in [
            &[][..],
            &["Bearer "],
            &["Bearer token-of-nobody"],
            &["Basic token-of-billing"],
            &["token-of-billing"],
            &[billing, desk],
        ] {
            check(nobody, "Authorize", "the caller is not known");
        }
    }

    #[test]
    fn a_known_caller_of_another_version_learns_the_version_and_a_stranger_does_not() {
        let (billing, desk) = ("Bearer token-of-billing", "Bearer token-of-desk");
        let other = "the caller speaks version v0.9 of the contract, and here v1.0 to";
        check_speaking(Some("v1.0"), &[billing], "Authorize", "admitted");
        check_speaking(Some("v0.9"), &[billing], "Authorize", other);
        check_speaking(Some("v0.9"), &[desk], "Authorize", other);
        check_speaking(Some("v1.0"), &[desk], "RunJob", "this caller has no right \"jobs\"");
        check_speaking(Some("v0.9"), &[], "Authorize", "the caller is not known");
    }
}
