//! Deaths by `kill -9`, and exit codes, signals and files of the programs.

use std::{sync::Arc, time::Duration};

use causeway::v1;
use causeway_sandbox::Sandbox;
use tempfile::TempDir;

use crate::stage::{
    Billing, Fault, FaultRule, Running, StoryClock,
    cards::{pay, store_card_request},
    eventually, method, order, post_fault,
    processes::{Process, run},
    settings, start_adapter,
};

/// A relay process that can be killed, between an adapter and a sandbox inside the test.
struct KillableRelay {
    sandbox: Sandbox,
    directory: TempDir,
    settings: String,
    relay: Option<Process>,
    adapter: Running,
    billing: Billing,
}

impl KillableRelay {
    async fn open() -> KillableRelay {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let template = settings::relay(&directory.path().join("relay.db"), &sandbox.url())
            .replace("timeout_seconds = 5", "timeout_seconds = 30");
        let relay = Process::start("causeway-relay", directory.path(), &template).await;
        let settings = template.replace("127.0.0.1:0", &relay.address.to_string());
        let clock = Arc::new(StoryClock::default());
        // A single try, so that the death of the relay is visible and not repaired.
        let adapter = settings::adapter(&[relay.address], "acme-1", settings::ACME_SECRET)
            .replace("allow_plaintext = true", "allow_plaintext = true\ntries = 1");
        let adapter = start_adapter(&adapter, &clock).await;
        let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
        KillableRelay { sandbox, directory, settings, relay: Some(relay), adapter, billing }
    }

    /// Sends the call, kills the relay once Stripe has received the request, and starts the relay again.
    async fn killed_during<F>(&mut self, fault: Fault, call: F)
    where
        F: Future<Output = crate::stage::Answer> + Send + 'static,
    {
        let posts = || self.sandbox.calls().iter().filter(|call| call.method == "POST").count();
        let before = posts();
        self.sandbox.arm_rule(post_fault(fault, 1));
        let call = tokio::spawn(call);
        eventually("Stripe is asked", async || posts() > before).await;
        // The sandbox has received the call; the pause lets the call reach the armed delay.
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.relay.take().unwrap().kill();
        let refusal = call.await.unwrap().refused();
        assert_eq!(refusal.reason, "ANSWER_LOST", "nobody says that nothing happened");
        assert_eq!(refusal.metadata["stripe_contacted"], "true");
        self.restart().await;
    }

    async fn restart(&mut self) {
        self.relay = Some(Process::start("causeway-relay", self.directory.path(), &self.settings).await);
    }

    fn rows(&self, table: &str) -> usize {
        settings::rows(&self.directory.path().join("relay.db"), table)
    }
}

/// F5: the journal has the payment, and Stripe has never received the request. The brand of a kept card is
/// known, so the payment would be the first call to Stripe.
#[tokio::test]
async fn a_relay_killed_before_the_call_charges_once() {
    let mut stage = KillableRelay::open().await;
    let card = stage.billing.stored_card(store_card_request("0", "c-1", "pm_card_visa")).await.token;
    let calls = stage.sandbox.calls_made();
    // Stripe's address leads to a listener that accepts connections and never answers.
    let unknown = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let good = stage.settings.clone();
    stage.settings = good.replace(&stage.sandbox.url(), &format!("http://{}", unknown.local_addr().unwrap()));
    stage.relay.take().unwrap().kill();
    stage.restart().await;
    let (billing, request) = (stage.billing.clone(), pay("1", "12.50 USD", "c-1", &card));
    let call = tokio::spawn(async move { billing.authorize(request).await });
    let (_connection, _) = unknown.accept().await.unwrap();
    stage.relay.take().unwrap().kill();
    assert_eq!(call.await.unwrap().refused().reason, "ANSWER_LOST");
    assert_eq!((stage.rows("payment"), stage.sandbox.calls_made()), (1, calls));

    stage.settings = good;
    stage.restart().await;
    assert!(stage.billing.authorize(pay("1", "12.50 USD", "c-1", &card)).await.result().duplicate);
    assert_eq!((stage.rows("payment"), stage.sandbox.ledger().entries().len()), (1, 1));
}

/// The relay is killed during the read of the card: no row is written, and the same request
/// is a first request.
#[tokio::test]
async fn a_relay_killed_before_begin_leaves_no_operation() {
    let mut stage = KillableRelay::open().await;
    let looks = FaultRule {
        method: Some("GET".to_owned()),
        ..post_fault(Fault::SlowBefore(Duration::from_secs(20)), 1)
    };
    stage.sandbox.arm_rule(looks);
    let billing = stage.billing.clone();
    let call = tokio::spawn(async move { billing.authorize(order("1", "12.50 USD")).await });
    eventually("Stripe is looked at", async || !stage.sandbox.calls().is_empty()).await;
    stage.relay.take().unwrap().kill();
    assert_eq!(call.await.unwrap().refused().reason, "ANSWER_LOST");
    assert_eq!((stage.rows("operation"), stage.rows("payment")), (0, 0));
    stage.restart().await;
    assert!(!stage.billing.authorize(order("1", "12.50 USD")).await.result().duplicate);
    assert_eq!(stage.sandbox.ledger().entries().len(), 1);
}

/// F6: the journal has the payment, and Stripe has received the request without an effect.
#[tokio::test]
async fn a_relay_killed_during_the_call_charges_once() {
    let mut stage = KillableRelay::open().await;
    let billing = stage.billing.clone();
    let call = async move { billing.authorize(order("1", "12.50 USD")).await };
    stage.killed_during(Fault::SlowBefore(Duration::from_secs(20)), call).await;
    assert_eq!(
        (stage.rows("operation"), stage.sandbox.ledger().entries().len()),
        (1, 0),
        "written down, not done"
    );

    let result = stage.billing.authorize(order("1", "12.50 USD")).await.result();
    assert!(result.duplicate);
    assert_eq!(result.outcome(), v1::Outcome::Approved);
    assert_eq!((stage.rows("operation"), stage.sandbox.ledger().entries().len()), (1, 1));
}

/// F7: Stripe has the effect, and the journal does not know.
#[tokio::test]
async fn a_relay_killed_before_recording_the_outcome_charges_once() {
    let mut stage = KillableRelay::open().await;
    let billing = stage.billing.clone();
    let call = async move { billing.authorize(order("1", "12.50 USD")).await };
    stage.killed_during(Fault::SlowAfter(Duration::from_secs(20)), call).await;
    assert_eq!(stage.sandbox.ledger().entries().len(), 1, "done");

    let held = stage.billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert_eq!(stage.sandbox.ledger().entries().len(), 1, "and not done again");

    // The same for a capture and a refund.
    let (billing, id) = (stage.billing.clone(), held.id.clone());
    let call = async move { billing.capture("2", &id, None).await };
    stage.killed_during(Fault::SlowAfter(Duration::from_secs(20)), call).await;
    assert_eq!(stage.billing.refund("0", &held.id, None).await.refused().reason, "OUTCOME_UNKNOWN");
    stage.billing.capture("2", &held.id, None).await.captured_payment();

    let (billing, id) = (stage.billing.clone(), held.id.clone());
    let call = async move { billing.refund("3", &id, Some("5.00 USD")).await };
    stage.killed_during(Fault::SlowAfter(Duration::from_secs(20)), call).await;
    stage.billing.refund("3", &held.id, Some("5.00 USD")).await.captured_payment();
    let ledger = stage.sandbox.ledger();
    assert_eq!((ledger.captured(None, "usd"), ledger.refunded(None, "usd")), (1250, 500));
}

/// F45: other content under the same request id is refused after a crash too.
#[tokio::test]
async fn a_changed_request_is_refused_after_a_crash() {
    let mut stage = KillableRelay::open().await;
    let billing = stage.billing.clone();
    let call = async move { billing.authorize(order("1", "12.50 USD")).await };
    stage.killed_during(Fault::SlowAfter(Duration::from_secs(20)), call).await;
    let calls = stage.sandbox.calls_made();
    let other = v1::AuthorizeRequest { instrument: method("pm_card_mastercard"), ..order("1", "12.50 USD") };
    assert_eq!(stage.billing.authorize(other).await.reason(), "AlreadyExists REQUEST_ID_REUSED");
    assert_eq!(stage.sandbox.calls_made(), calls);
}

/// F14: on SIGTERM a relay finishes the operations in flight.
#[tokio::test]
async fn sigterm_lets_operations_in_flight_finish() {
    let mut stage = KillableRelay::open().await;
    stage.sandbox.arm_rule(post_fault(Fault::SlowAfter(Duration::from_secs(2)), 1));
    let billing = stage.billing.clone();
    let call = tokio::spawn(async move { billing.authorize(order("1", "12.50 USD")).await });
    eventually("Stripe is asked", async || stage.sandbox.calls().iter().any(|call| call.method == "POST"))
        .await;
    let relay = stage.relay.take().unwrap();
    relay.terminate();
    call.await.unwrap().held_payment();
    assert!(relay.ended().await.success());
}

/// F14: an operation that exceeds the drain time is left to a repetition of the request,
/// with a single effect.
#[tokio::test]
async fn a_drain_ends_after_the_configured_time() {
    let mut stage = KillableRelay::open().await;
    stage.settings = format!("drain_seconds = 1\n{}", stage.settings);
    stage.relay.take().unwrap().kill();
    stage.restart().await;
    stage.sandbox.arm_rule(post_fault(Fault::SlowAfter(Duration::from_secs(20)), 1));
    let billing = stage.billing.clone();
    let call = tokio::spawn(async move { billing.authorize(order("1", "12.50 USD")).await });
    eventually("Stripe is asked", async || stage.sandbox.calls().iter().any(|call| call.method == "POST"))
        .await;
    let relay = stage.relay.take().unwrap();
    relay.terminate();
    let ended = tokio::time::timeout(Duration::from_secs(5), relay.ended()).await;
    assert!(ended.expect("it ends though Stripe does not answer").success());
    assert_eq!(call.await.unwrap().refused().reason, "ANSWER_LOST");
    stage.restart().await;
    stage.billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert_eq!(stage.sandbox.ledger().count(causeway_sandbox::Effect::Authorized), 1);
}

/// F26: a second relay on the same journal refuses to start.
#[tokio::test]
async fn two_relays_cannot_share_a_journal() {
    let stage = KillableRelay::open().await;
    let config = stage.directory.path().join("second.toml");
    std::fs::write(
        &config,
        stage.settings.replace(&stage.relay.as_ref().unwrap().address.to_string(), "127.0.0.1:0"),
    )
    .unwrap();
    let second = run("causeway-relay", &["--config", config.to_str().unwrap()], &[]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another relay has"), "{second:?}");
}

/// Files of the journal are readable by the owner only.
#[tokio::test]
async fn only_the_owner_can_read_the_journal_file() {
    use std::os::unix::fs::PermissionsExt;
    let stage = KillableRelay::open().await;
    stage.billing.authorize(order("1", "12.50 USD")).await.held_payment();
    for entry in std::fs::read_dir(stage.directory.path()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("relay.db") {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{entry:?}");
        }
    }
}

/// The commands of the README for a first payment by hand; the CLI's exit code gives the outcome.
#[tokio::test(flavor = "multi_thread")]
async fn the_cli_reports_the_outcome_by_exit_code() {
    let stage = KillableRelay::open().await;
    let adapter = format!("http://{}", stage.adapter.address);
    let environment = [("CAUSEWAY_ADAPTER", adapter.as_str()), ("CAUSEWAY_TOKEN", settings::BILLING_TOKEN)];
    let causeway = |arguments: &str| {
        let arguments: Vec<_> = arguments.split(' ').collect();
        // Relay and adapter answer while this thread is blocked: the relay is a process, and the adapter
        // runs on another thread.
        tokio::task::block_in_place(|| run("causeway", &arguments, &environment))
    };
    let json =
        |output: &std::process::Output| serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();

    let held = causeway("--json authorize 12.50 USD --payment-method pm_card_visa --request-id cli-1");
    assert_eq!(held.status.code(), Some(0), "{held:?}");
    let id = json(&held)["result"]["payment"]["id"].as_str().unwrap().to_owned();
    assert_eq!(causeway(&format!("capture {id} 10.00 USD")).status.code(), Some(0));
    assert_eq!(causeway(&format!("void {id}")).status.code(), Some(3));
    assert_eq!(causeway(&format!("refund {id} 11.00 USD")).status.code(), Some(3));
    assert_eq!(causeway(&format!("refund {id}")).status.code(), Some(0));
    assert_eq!(causeway(&format!("payment {id}")).status.code(), Some(0));
    assert_eq!(causeway("payments").status.code(), Some(0));
    assert_eq!(causeway("capabilities").status.code(), Some(0));
    let declined = causeway("authorize 5.00 USD --payment-method pm_card_visa_chargeDeclined");
    assert_eq!(declined.status.code(), Some(4));
    assert_eq!(
        causeway("authorize 5.00 USD --payment-method pm_card_authenticationRequired").status.code(),
        Some(7)
    );
    let refused = causeway("--json authorize 0.49 USD --payment-method pm_card_visa");
    assert_eq!(refused.status.code(), Some(3));
    assert_eq!(json(&refused)["refusal"]["payer_message"], "Your payment must be no less than 0.50 USD");
    stage.sandbox.arm_rule(post_fault(Fault::ServerError { effect: false }, 1));
    assert_eq!(causeway("authorize 5.00 USD --payment-method pm_card_visa").status.code(), Some(5));
    let unknown = run(
        "causeway",
        &["--adapter", "http://127.0.0.1:9", "--token", settings::BILLING_TOKEN, "capabilities"],
        &[],
    );
    assert_eq!(unknown.status.code(), Some(6));
}
