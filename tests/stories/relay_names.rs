//! A request is for one relay and for one time: the names of a relay, and reads of clocks that are ahead.

use causeway::v1;
use jiff::SignedDuration;

use crate::stage::{
    Stage, order,
    signed_requests::{SignedRequest, Signer, http2},
};

const SIGNATURE: &str = "Unauthenticated LINK_SIGNATURE";
const CLOCK: &str = "Unauthenticated LINK_CLOCK";
const REPLAY: &str = "Unauthenticated LINK_REPLAY";

/// Restarts the relay with the names.
async fn rename(stage: &mut Stage, names: &str) {
    stage.stop_relay().await;
    let before = stage.relay_settings.clone();
    stage.relay_settings = format!("names = [{names}]\n{before}");
    stage.start_relay().await;
    stage.relay_settings = before;
}

fn sealed(stage: &Stage, nonce: u128, ahead: SignedDuration, method: &str) -> SignedRequest {
    let now = causeway::environment::Clock::now(stage.clock.as_ref());
    let seal = Signer::for_acme(now.checked_add(ahead).unwrap(), nonce);
    match method {
        "ListPayments" => seal.sign(stage.relay_address(), method, &v1::ListPaymentsRequest::default()),
        "RunJob" => {
            let request = v1::RunJobRequest { job: "open".to_owned() };
            seal.sign(stage.relay_address(), method, &request)
        }
        _ => seal.sign(stage.relay_address(), method, &order("1", "12.50 USD")),
    }
}

/// E11: the same bytes at two relays with one credential: the relay that is not meant refuses them.
#[tokio::test]
async fn a_request_for_another_relay_is_refused() {
    let mut stage = Stage::open().await;
    let own = format!("\"relay.example:8443\", \"{}\"", stage.relay_address());
    let now = SignedDuration::ZERO;
    rename(&mut stage, "\"relay.example:8443\", \"other.example\"").await;
    for method in ["Authorize", "ListPayments", "RunJob"] {
        assert_eq!(sealed(&stage, 1, now, method).send(&http2()).await, SIGNATURE, "{method}");
    }
    assert_eq!((stage.rows("operation"), stage.calls()), (0, 0));
    rename(&mut stage, &own).await;
    assert_eq!(sealed(&stage, 2, now, "Authorize").send(&http2()).await, "let in");
    assert_eq!(stage.authorizations(), 1);
}

/// E11: a read that was signed by a fast clock is dated after the restart, and is refused there all the
/// same. Later reads of the same clock are accepted.
#[tokio::test]
async fn a_read_of_a_fast_clock_is_not_replayed_after_a_restart() {
    let mut stage = Stage::open().await;
    let fast = SignedDuration::from_secs(100);
    let look = sealed(&stage, 1, fast, "ListPayments");
    assert_eq!(look.send(&http2()).await, "let in");
    assert_eq!(look.send(&http2()).await, REPLAY);
    stage.stop_relay().await;
    stage.start_relay().await;
    assert_eq!(look.send(&http2()).await, CLOCK, "at once");
    // The other tenant's clock is right, and the restart refuses none of its reads.
    let globex = stage.adapter_of_globex().await;
    let billing = crate::stage::Billing::connect(globex.address, crate::stage::settings::BILLING_TOKEN).await;
    billing.list(v1::ListPaymentsRequest::default()).await.unwrap();
    stage.clock.forward(fast);
    assert_eq!(look.send(&http2()).await, CLOCK, "when its date has come");
    assert_eq!(sealed(&stage, 2, fast, "ListPayments").send(&http2()).await, "let in", "a later read");
    globex.stop().await;
}

/// E11: a job has effects, so its request runs once, also over a restart.
#[tokio::test]
async fn a_job_is_not_run_again_by_a_replay() {
    let mut stage = Stage::open().await;
    let job = sealed(&stage, 1, SignedDuration::ZERO, "RunJob");
    assert_eq!(job.send(&http2()).await, "let in");
    assert_eq!((job.send(&http2()).await.as_str(), stage.rows("nonce")), (REPLAY, 1));
    stage.stop_relay().await;
    stage.start_relay().await;
    assert_eq!(job.send(&http2()).await, REPLAY, "after a restart");
}
