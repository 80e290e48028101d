//! Forged, altered, stale and replayed requests: each is refused before the body is decoded, and no row is
//! written (F62 to F66).

use causeway::v1;
use jiff::{SignedDuration, Timestamp};

use crate::stage::{
    Stage, order, settings,
    signed_requests::{SignedRequest, Signer, authenticate, http2},
};

const SIGNATURE: &str = "Unauthenticated LINK_SIGNATURE";
const CLOCK: &str = "Unauthenticated LINK_CLOCK";
const REPLAY: &str = "Unauthenticated LINK_REPLAY";

/// Alters a signed request after the signature.
type Alteration = Box<dyn Fn(&mut SignedRequest)>;

fn now(stage: &Stage) -> Timestamp {
    causeway::environment::Clock::now(stage.clock.as_ref())
}

fn sealed(stage: &Stage, nonce: u128) -> SignedRequest {
    Signer::for_acme(now(stage), nonce).sign(stage.relay_address(), "Authorize", &order("1", "12.50 USD"))
}

async fn nothing_happened(stage: &Stage) {
    assert_eq!(
        (stage.rows("operation"), stage.rows("payment"), stage.rows("nonce"), stage.calls()),
        (0, 0, 0, 0)
    );
}

#[tokio::test]
async fn a_request_that_differs_from_its_signature_is_refused() {
    let stage = Stage::open().await;
    let client = http2();
    authenticate(&client, stage.relay_address(), now(&stage)).await;
    let alterations: Vec<(&str, Alteration)> = vec![
        ("another body", Box::new(|s| *s.body.last_mut().unwrap() ^= 1)),
        ("a longer body", Box::new(|s| s.body.push(0))),
        ("no body", Box::new(|s| s.body.clear())),
        (
            "another digest",
            Box::new(|s| *s.header("content-digest") = causeway_link::digest::content_digest(b"x")),
        ),
        ("another path", Box::new(|s| s.path = s.path.replace("Authorize", "Capture"))),
        (
            "another content type",
            Box::new(|s| *s.header("content-type") = "application/grpc+proto".to_owned()),
        ),
        (
            "another key id",
            Box::new(|s| {
                *s.header("signature-input") = s.header("signature-input").replace("acme-1", "globex-1")
            }),
        ),
        (
            "an unknown key id",
            Box::new(|s| {
                *s.header("signature-input") = s.header("signature-input").replace("acme-1", "nobody")
            }),
        ),
        ("no signature", Box::new(|s| s.headers.retain(|(name, _)| *name != "signature"))),
        ("no parameters", Box::new(|s| s.headers.retain(|(name, _)| *name != "signature-input"))),
        ("no digest", Box::new(|s| s.headers.retain(|(name, _)| *name != "content-digest"))),
        (
            "two signatures",
            Box::new(|s| {
                let again = s.header("signature").clone();
                s.headers.push(("signature", again));
            }),
        ),
        (
            "two digests",
            Box::new(|s| {
                let again = s.header("content-digest").clone();
                s.headers.push(("content-digest", again));
            }),
        ),
        ("an empty signature", Box::new(|s| s.header("signature").clear())),
        (
            "less covered",
            Box::new(|s| {
                *s.header("signature-input") = s.header("signature-input").replace("\"content-digest\" ", "")
            }),
        ),
    ];
    for (number, (label, alter)) in (1..).zip(&alterations) {
        let mut request = sealed(&stage, number);
        alter(&mut request);
        assert_eq!(request.send(&client).await, SIGNATURE, "{label}");
    }
    nothing_happened(&stage).await;
    assert_eq!(sealed(&stage, 999).send(&client).await, "let in", "unspoiled it is good");
}

/// Flips bits in each base64 character of the MAC, where the result is printable, and every
/// bit of the body.
#[tokio::test]
async fn each_flipped_bit_is_detected() {
    let stage = Stage::open().await;
    let client = http2();
    authenticate(&client, stage.relay_address(), now(&stage)).await;
    let good = sealed(&stage, 1);
    let mut tries = 0;
    for place in "causeway=:".len()..good.clone().header("signature").len() - 1 {
        for bit in 0..6 {
            let mut altered = good.clone();
            let mut bytes = altered.header("signature").clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            if text.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) {
                continue;
            }
            *altered.header("signature") = text;
            assert_eq!(altered.send(&client).await, SIGNATURE);
            tries += 1;
        }
    }
    for place in 0..good.body.len() {
        for bit in 0..8 {
            let mut altered = good.clone();
            altered.body[place] ^= 1 << bit;
            assert_eq!(altered.send(&client).await, SIGNATURE);
            tries += 1;
        }
    }
    assert!(tries > 400, "{tries}");
    nothing_happened(&stage).await;
}

#[tokio::test]
async fn a_signature_is_valid_within_five_minutes_of_the_relays_clock() {
    let stage = Stage::open().await;
    let client = http2();
    for (number, (seconds, verdict)) in (1..).zip([
        (-305, CLOCK),
        (305, CLOCK),
        (-86400, CLOCK),
        (86400, CLOCK),
        (-290, "let in"),
        (290, "let in"),
    ]) {
        let created = now(&stage).checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let message = order(&format!("{number}"), "12.50 USD");
        let request = Signer::for_acme(created, number).sign(stage.relay_address(), "Authorize", &message);
        assert_eq!(request.send(&client).await, verdict, "{seconds} s");
    }
    assert_eq!(stage.authorizations(), 2);
}

/// F63, F64: the same bytes again, at once, later and after a restart.
#[tokio::test]
async fn a_replayed_request_is_refused() {
    let mut stage = Stage::open().await;
    let client = http2();
    let request = sealed(&stage, 1);
    assert_eq!(request.send(&client).await, "let in");
    assert_eq!(request.send(&client).await, REPLAY);
    let again = sealed(&stage, 2);
    assert_eq!(again.send(&client).await, "let in", "a true repetition is signed anew");
    let look = Signer::for_acme(now(&stage), 3).sign(
        stage.relay_address(),
        "GetCapabilities",
        &v1::GetCapabilitiesRequest {},
    );
    assert_eq!(look.send(&client).await, "let in");

    stage.clock.forward(SignedDuration::from_secs(2));
    stage.stop_relay().await;
    stage.start_relay().await;
    let client = http2();
    assert_eq!(request.send(&client).await, REPLAY, "after a restart");
    assert_eq!(again.send(&client).await, REPLAY, "the repetition too, though it wrote no operation");
    assert_eq!(look.send(&client).await, CLOCK, "what only looks is too old after a restart");
    assert_eq!((stage.stripe_posts(), stage.authorizations()), (1, 1));
}

/// S7: of a hundred copies at once a single copy is accepted.
#[tokio::test]
async fn a_single_copy_of_a_hundred_concurrent_replays_is_accepted() {
    let stage = Stage::open().await;
    let client = http2();
    let request = sealed(&stage, 1);
    let copies = (0..100).map(|_| {
        let (client, request) = (client.clone(), request.clone());
        tokio::spawn(async move { request.send(&client).await })
    });
    let mut verdicts = vec![];
    for copy in copies.collect::<Vec<_>>() {
        verdicts.push(copy.await.unwrap());
    }
    assert_eq!(verdicts.iter().filter(|verdict| *verdict == "let in").count(), 1);
    assert_eq!(verdicts.iter().filter(|verdict| *verdict == REPLAY).count(), 99);
}

/// F65, P3: the tenant follows from the key, not from the message.
#[tokio::test]
async fn a_request_belongs_to_the_tenant_of_the_signing_key() {
    let stage = Stage::open().await;
    let client = http2();
    let globex = Signer {
        key_id: "globex-1".to_owned(),
        secret: settings::GLOBEX_SECRET.to_owned(),
        ..Signer::for_acme(now(&stage), 1)
    };
    let request = globex.sign(stage.relay_address(), "Authorize", &order("1", "12.50 USD"));
    assert_eq!(request.send(&client).await, "let in");
    let mixed = Signer { key_id: "acme-1".to_owned(), nonce: [9; 16], ..globex };
    let request = mixed.sign(stage.relay_address(), "Authorize", &order("2", "12.50 USD"));
    assert_eq!(request.send(&client).await, SIGNATURE, "acme's name with globex' key");
    let listed = stage.billing().await.list(v1::ListPaymentsRequest::default()).await.unwrap();
    assert!(listed.payments.is_empty(), "acme has no payment");
}

/// P4, F68: during a rotation two credentials are valid; afterwards the old credential is refused.
#[tokio::test]
async fn link_credentials_rotate_without_interruption() {
    let second = "YSBzZWNvbmQgc2VjcmV0IG9mIGFjbWUsIHRvIHJvdGF0ZSE=";
    let mut stage = Stage::with_settings(|settings| {
        settings.replace(
            "[tenants.acme.payment_systems.main]",
            &format!("[tenants.acme.credentials.acme-2]\nsecret = \"{second}\"\n[tenants.acme.payment_systems.main]"),
        )
    })
    .await;
    let client = http2();
    let old = |stage: &Stage, number| Signer::for_acme(now(stage), number);
    let new = |stage: &Stage, number| Signer {
        key_id: "acme-2".to_owned(),
        secret: second.to_owned(),
        ..old(stage, number)
    };
    let send = async |stage: &Stage, seal: Signer, id: &str| {
        seal.sign(stage.relay_address(), "Authorize", &order(id, "1.00 USD")).send(&client).await
    };
    assert_eq!(send(&stage, old(&stage, 1), "1").await, "let in");
    assert_eq!(send(&stage, new(&stage, 2), "2").await, "let in");

    stage.stop_relay().await;
    let first = format!("[tenants.acme.credentials.acme-1]\nsecret = \"{}\"", settings::ACME_SECRET);
    stage.relay_settings = stage.relay_settings.replace(&first, "");
    stage.start_relay().await;
    let client = http2();
    let send = async |stage: &Stage, seal: Signer, id: &str| {
        seal.sign(stage.relay_address(), "Authorize", &order(id, "1.00 USD")).send(&client).await
    };
    assert_eq!(send(&stage, old(&stage, 3), "3").await, SIGNATURE);
    assert_eq!(send(&stage, new(&stage, 4), "4").await, "let in");
}
