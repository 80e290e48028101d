//! Requests over the link with a signature that does not match: refused before the message is read.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use causeway::{
    environment::{Clock, Environment},
    v1,
};
use causeway_relay::{relay::Relay, settings::Settings};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{
    ACCEPTED, Answer, check_unique_names, forged_requests, leftovers, next, panics, play, print_result,
    texts::PAYMENT,
};
use crate::stage::{
    Stage, order,
    settings::{self, GLOBEX_SECRET},
    signed_requests::{SignedRequest, Signer, authenticate},
};

pub(super) const SIGNATURE: &str = "Unauthenticated LINK_SIGNATURE";
const CLOCK: &str = "Unauthenticated LINK_CLOCK";
const REPLAY: &str = "Unauthenticated LINK_REPLAY";

/// Host name of the relay that no request was signed for.
pub(super) const OTHER_HOST: &str = "relay.example";

/// Seconds that are too far from now, either way.
#[rustfmt::skip]
const TOO_FAR: [i64; 16] = [
    301, 302, 303, 305, 330, 360, 600, 900, 3599, 3600, 7200, 86_399, 86_400, 604_800, 31_536_000, 1_000_000_000,
];

/// Moments far away: the Unix epoch, before the epoch, and the edges of the calendar.
const OTHER_TIMES: [&str; 4] =
    ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-30T00:00:00Z"];

/// Key ids under which acme's key is not known.
const OTHER_IDS: [&str; 9] =
    ["globex-1", "acme-2", "acme", "acme-11", "acme-0", "acme_1", "main", "a", "acme-1-acme-1-acme-1"];

/// A clock that stands still, so that the last good second is one.
struct FixedClock(Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A request over the link, and the expected result.
#[derive(Clone)]
pub(super) struct Forged {
    pub(super) label: String,
    pub(super) http: reqwest::Method,
    pub(super) host: String,
    pub(super) sealed: SignedRequest,
    pub(super) verdict: &'static str,
}

impl Forged {
    pub(super) fn new(label: impl Into<String>, sealed: SignedRequest, verdict: &'static str) -> Forged {
        let host = sealed.relay.to_string();
        Forged { label: label.into(), http: reqwest::Method::POST, host, sealed, verdict }
    }

    async fn play(self, client: reqwest::Client) -> Option<String> {
        let url = format!("http://{}{}", self.host, self.sealed.path);
        let request = client.request(self.http, url).body(self.sealed.body);
        let request =
            self.sealed.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let wrong = Answer::to(request).await.differs(self.verdict, "", &[])?;
        Some(format!("{}: {wrong}", self.label))
    }
}

/// A relay at a fixed moment, and the signer of requests.
#[derive(Clone, Copy)]
pub(super) struct TestBed {
    relay: std::net::SocketAddr,
    now: Timestamp,
}

impl TestBed {
    /// Signs as acme's adapter does, at so many seconds from now.
    fn sign(&self, seconds: i64, nonce: u128) -> Signer {
        Signer::for_acme(self.now + SignedDuration::from_secs(seconds), nonce)
    }

    /// A good request that has not been sent.
    pub(super) fn good(&self) -> SignedRequest {
        let nonce = next().bytes().fold(0, |nonce: u128, byte| nonce << 8 | u128::from(byte));
        self.sign(0, nonce).sign(self.relay, "Authorize", &order("r", "12.50 USD"))
    }

    fn authorize(&self, seal: &Signer) -> SignedRequest {
        seal.sign(self.relay, "Authorize", &order(&next(), "12.50 USD"))
    }

    fn get_payment(&self, seal: &Signer) -> SignedRequest {
        seal.sign(self.relay, "GetCapabilities", &v1::GetCapabilitiesRequest {})
    }

    /// Signed correctly, at another time.
    fn clocks(&self) -> Vec<Forged> {
        let mut cases = vec![];
        for (nonce, seconds) in (5000..).zip(TOO_FAR.into_iter().flat_map(|far| [far, -far])) {
            cases.push(Forged::new(
                format!("{seconds} s"),
                self.authorize(&self.sign(seconds, nonce)),
                CLOCK,
            ));
        }
        for (nonce, seconds) in (6000..).zip([-1, -2, -30, -299, -300, -301, 301, 3600]) {
            let look = self.get_payment(&self.sign(seconds, nonce));
            cases.push(Forged::new(format!("a look {seconds} s from the relay's start"), look, CLOCK));
        }
        for (nonce, moment) in (7000..).zip(OTHER_TIMES) {
            let seal = Signer { created: moment.parse().unwrap(), ..self.sign(0, nonce) };
            cases.push(Forged::new(moment, self.authorize(&seal), CLOCK));
        }
        cases
    }

    /// Signed correctly, with another key or identity.
    fn unknown_signers(&self) -> Vec<Forged> {
        let acme = || self.sign(0, 8000);
        let named = |key_id: &str| Signer { key_id: key_id.to_owned(), ..acme() };
        let keyed = |secret: &[u8]| Signer { secret: STANDARD.encode(secret), ..acme() };
        let as_other = |id| Forged::new(format!("acme's key as {id}"), self.authorize(&named(id)), SIGNATURE);
        let mut cases: Vec<_> = OTHER_IDS.into_iter().map(as_other).collect();
        let of_globex = Signer { secret: GLOBEX_SECRET.to_owned(), ..acme() };
        cases.push(Forged::new("globex' key as acme-1", self.authorize(&of_globex), SIGNATURE));
        let zeros = [0; 64];
        for key in [&zeros[..32], &zeros, &[0xff; 32], &[b'a'; 48], settings::ACME_SECRET.as_bytes()] {
            cases.push(Forged::new(format!("the key {key:?}"), self.authorize(&keyed(key)), SIGNATURE));
        }
        cases
    }

    /// Accepted until the last second, and once for each key.
    fn valid_cases(&self) -> Vec<Forged> {
        let (key_id, secret) = ("globex-1".to_owned(), GLOBEX_SECRET.to_owned());
        let globex = Signer { key_id, secret, ..self.sign(0, 0) };
        let mut cases = vec![];
        for (nonce, seconds) in (0..).zip([0, 1, -1, 299, -299, 300, -300]) {
            let sealed = self.authorize(&self.sign(seconds, nonce));
            cases.push(Forged::new(format!("{seconds} s"), sealed, ACCEPTED));
        }
        cases.push(Forged::new("a nonce of acme's, by globex", self.authorize(&globex), ACCEPTED));
        cases.push(Forged::new("a look", self.get_payment(&self.sign(0, 100)), ACCEPTED));
        cases.push(Forged::new("what the others were before they were spoiled", self.good(), ACCEPTED));
        cases
    }

    /// Used nonces, in the same request and in other requests with a valid signature.
    fn replays(&self, sent: &[Forged]) -> Vec<Forged> {
        let mut cases = vec![];
        for (time, sent) in
            ["again", "and again"].into_iter().flat_map(|time| sent.iter().map(move |sent| (time, sent)))
        {
            cases.push(Forged::new(format!("{} {time}", sent.label), sent.sealed.clone(), REPLAY));
        }
        for (nonce, seconds) in (0..).zip([10, -10, 299, -300, 0, 17, 300]) {
            let again = self.sign(seconds, nonce);
            let void = v1::VoidRequest { request_id: next(), payment_id: PAYMENT.to_owned() };
            let void = again.sign(self.relay, "Void", &void);
            // A request of a method without effects is refused if the signature is older than the
            // relay's start.
            let refused = if seconds < 0 { CLOCK } else { REPLAY };
            let nothing = again.sign_bytes(self.relay, "/causeway.v1.Processor/Authorize", vec![]);
            let label = |other: &str| format!("the nonce {nonce} with {other}");
            cases.extend([
                Forged::new(label("another request"), self.authorize(&again), REPLAY),
                Forged::new(label("another method"), void, refused),
                Forged::new(label("no message"), nothing, REPLAY),
            ]);
        }
        cases.push(Forged::new("the nonce of a look", self.authorize(&self.sign(0, 100)), REPLAY));
        cases
    }
}

/// A relay with a clock that stands still, on a separate journal.
async fn relay_with_fixed_clock(stage: &Stage, now: Timestamp) -> (TestBed, std::path::PathBuf) {
    let journal = stage.directory.path().join("still.db");
    let settings = Settings::from_toml(&settings::relay(&journal, &stage.sandbox.url())).unwrap();
    let environment =
        Environment { clock: Arc::new(FixedClock(now)), ..causeway_runtime::machine::environment() };
    let relay = Relay::build(settings, environment).await.unwrap();
    let test_bed = TestBed { relay: relay.address(), now };
    tokio::spawn(async { relay.serve(std::future::pending()).await.unwrap() });
    (test_bed, journal)
}

#[tokio::test]
async fn a_link_request_with_a_mismatched_signature_is_refused() {
    let (start, panics) = (Instant::now(), panics());
    let stage = Stage::open().await;
    let now = Timestamp::from_second(stage.clock.now().as_second()).unwrap();
    let (test_bed, journal) = relay_with_fixed_clock(&stage, now).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy();
    let client = client.resolve(OTHER_HOST, test_bed.relay).build().unwrap();
    authenticate(&client, test_bed.relay, now).await;
    let play_case = |forged: Forged| forged.play(client.clone());

    let refused = [forged_requests::all(&test_bed), test_bed.clocks(), test_bed.unknown_signers()].concat();
    let good = test_bed.valid_cases();
    let replays = test_bed.replays(&good);
    let counts = (831, 10);
    assert_eq!((refused.len() + replays.len(), good.len()), counts, "cases of the link: refused, let in");
    check_unique_names(refused.iter().chain(&good).chain(&replays).map(|forged| forged.label.clone()));
    let nothing = || {
        let nonces = settings::rows(&journal, "nonce");
        leftovers(&journal, &stage.sandbox)
            .or((nonces > 0).then(|| format!("{nonces} nonces are written down")))
    };
    let mut wrong = play(refused, play_case, nothing).await;
    wrong.extend(play(good, play_case, || None).await);
    let before = leftovers(&journal, &stage.sandbox);
    // One hold for each accepted request, except the look-up.
    wrong.extend((stage.authorizations() != 9).then(|| format!("{} holds", stage.authorizations())));
    let more = || leftovers(&journal, &stage.sandbox).filter(|left| Some(left) != before.as_ref());
    wrong.extend(play(replays, play_case, more).await);
    print_result("link", counts, start, &wrong, panics);
}
