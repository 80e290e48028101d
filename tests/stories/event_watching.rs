//! WatchEvents: from any sequence, without an end, and across every interruption.

use std::{net::SocketAddr, time::Duration};

use causeway::{
    status::RefusalDetails,
    v1::{self, PaymentStatus},
};
use tokio::{sync::oneshot, time::Instant};
use tonic::{Code, metadata::MetadataValue, transport::Channel};

use crate::stage::{
    Billing, Running, Stage,
    billing::{read, reason},
    events::event_line,
    eventually, method, order,
    proxy::Proxy,
    settings::{self, ACME_SECRET, BILLING_TOKEN, DESK_TOKEN, VIEWER_TOKEN},
    start_adapter,
    watcher::Follower,
};

/// Far below the drain time, which is 30 seconds.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Another adapter of acme, at the address `listen` when given.
async fn adapter_of(stage: &Stage, relay: SocketAddr, listen: Option<SocketAddr>) -> Running {
    let mut settings = settings::adapter(&[relay], "acme-1", ACME_SECRET);
    if let Some(listen) = listen {
        settings = settings.replace("127.0.0.1:0", &listen.to_string());
    }
    start_adapter(&settings, &stage.clock).await
}

/// Authorizes, and repeats the request as billing does after UNAVAILABLE.
async fn pay(billing: &Billing, request_id: &str) {
    loop {
        match billing.authorize(order(request_id, "12.50 USD")).await.0 {
            Ok(_) => return,
            Err(status) if status.code() == Code::Unavailable => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(status) => panic!("{status:?}"),
        }
    }
}

/// Authorizes payments until stopped; `stop` returns the number of payments.
struct Payer(oneshot::Sender<()>, tokio::task::JoinHandle<u64>);

impl Payer {
    fn start(billing: Billing, name: &'static str) -> Payer {
        let (stop, mut stopped) = oneshot::channel();
        let paying = tokio::spawn(async move {
            let mut count = 0;
            while stopped.try_recv().is_err() {
                count += 1;
                pay(&billing, &format!("{name}-{count}")).await;
            }
            count
        });
        Payer(stop, paying)
    }

    async fn stop(self) -> u64 {
        self.0.send(()).unwrap();
        self.1.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_gets_stored_events_and_then_new_events() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let mut early = billing.watch(0).await;
    assert!(early.is_quiet().await);
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    billing.capture("r-2", &held.id, Some("10.00 USD")).await.captured_payment();
    let (mut first, mut second) = (billing.watch(0).await, billing.watch(1).await);
    for (watcher, expected) in [(&mut early, &[1, 2][..]), (&mut first, &[1, 2]), (&mut second, &[2])] {
        assert_eq!(watcher.sequences(expected.len()).await, expected);
    }
    billing.refund("r-3", &held.id, None).await.result();
    let mut last = billing.watch(4).await;
    for watcher in [&mut early, &mut first, &mut second] {
        let events = [watcher.next().await, watcher.next().await];
        assert_eq!(events.each_ref().map(event_line), ["REFUND_CREATED api", "REFUND_SUCCEEDED api"]);
        assert_eq!(events.map(|event| event.sequence), [3, 4]);
    }
    assert!(last.is_quiet().await, "nothing is told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_identical_in_each_read() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    billing.capture("r-2", &held.id, None).await.captured_payment();
    let events = billing.events(0).await;
    assert_ne!(events[0].id, events[1].id);
    stage.stop_relay().await;
    stage.start_relay().await;
    assert_eq!(billing.events(0).await, events);
    assert_eq!(billing.events(1).await, events[1..]);
    assert_eq!(billing.events(2).await, []);
}

/// M10: an event shows the payment at the time of the event, without the payer's client secret.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_shows_the_payment_at_its_time_without_secrets() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let message = v1::AuthorizeRequest {
        instrument: method("pm_card_threeDSecure2Required"),
        return_url: "https://shop.example/back".to_owned(),
        ..order("r-1", "3.00 USD")
    };
    let result = billing.authorize(message).await.action_required();
    let secret = result.payment.unwrap().action.unwrap().client_secret;
    assert!(secret.contains("_secret_"), "billing needs it, and has it from the answer");
    let held = billing.authorize(order("r-2", "12.50 USD")).await.held_payment();
    billing.capture("r-3", &held.id, Some("10.00 USD")).await.captured_payment();
    billing.refund("r-4", &held.id, Some("4.00 USD")).await.result();
    let events = billing.events(0).await;
    let then: Vec<_> = events
        .iter()
        .map(|event| (event, event.payment.as_ref().unwrap()))
        .map(|(event, then)| (event_line(event), then.status(), read(&then.captured), read(&then.refunded)))
        .collect();
    let line = |spoken: &str, status, captured: &str, refunded: &str| {
        (spoken.to_owned(), status, captured.to_owned(), refunded.to_owned())
    };
    let captured = |spoken, refunded| line(spoken, PaymentStatus::Captured, "10.00 USD", refunded);
    let expected = [
        line("PAYMENT_ACTION_REQUIRED api", PaymentStatus::ActionRequired, "", ""),
        line("PAYMENT_AUTHORIZED api", PaymentStatus::Authorized, "", ""),
        captured("PAYMENT_CAPTURED api", ""),
        captured("REFUND_CREATED api", "4.00 USD"),
        captured("REFUND_SUCCEEDED api", "4.00 USD"),
    ];
    assert_eq!(then, expected);
    let action = events[0].payment.as_ref().unwrap().action.as_ref().unwrap();
    assert!(!action.r#type.is_empty());
    assert!(!format!("{events:?}").contains("_secret_"), "a client secret is in an event");
}

/// The relay stops and starts again; billing's stream stays open.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_restart_does_not_interrupt_a_watcher() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let follower = Follower::of(stage.adapter.address, VIEWER_TOKEN).await;
    let payer = Payer::start(billing.clone(), "on");
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        stage.stop_relay().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        stage.start_relay().await;
    }
    let paid = payer.stop().await;
    follower.receives_each_once(paid).await;
    assert_eq!(follower.streams(), 1, "the adapter bridged it");
    assert!(paid > 3, "{paid}");
}

/// The adapter stops: billing's stream ends, and billing continues from the last sequence.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_continues_after_adapter_restarts() {
    let stage = Stage::open().await;
    let mut adapter = adapter_of(&stage, stage.relay_address(), None).await;
    let address = adapter.address;
    let follower = Follower::of(address, VIEWER_TOKEN).await;
    let payer = Payer::start(stage.billing().await, "on");
    for restarts in 0..3 {
        eventually("the stream is open", async || follower.streams() == restarts + 1).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        adapter.stop().await;
        adapter = adapter_of(&stage, stage.relay_address(), Some(address)).await;
    }
    eventually("the stream is open again", async || follower.streams() == 4).await;
    let paid = payer.stop().await;
    follower.receives_each_once(paid).await;
    assert_eq!(follower.streams(), 4);
}

/// The connection between adapter and relay breaks in the middle of events.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_link_does_not_interrupt_a_watcher() {
    let stage = Stage::open().await;
    let proxy = Proxy::before(stage.relay_address()).await;
    let adapter = adapter_of(&stage, proxy.address, None).await;
    let follower = Follower::of(adapter.address, VIEWER_TOKEN).await;
    let billing = stage.billing().await;
    pay(&billing, "r-1").await;
    follower.receives_each_once(1).await;
    for paid in 2..=6_u64 {
        proxy.lose_answers(1);
        pay(&billing, &format!("r-{paid}")).await;
        follower.receives_each_once(paid).await;
        assert_eq!(proxy.answers_left_to_lose(), 0);
    }
    assert_eq!(follower.streams(), 1, "the adapter bridged it");
    adapter.stop().await;
}

/// P3: each tenant has separate events and sequences.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_receives_only_its_own_events() {
    let stage = Stage::open().await;
    let acme = stage.billing().await;
    let adapter = stage.adapter_of_globex().await;
    let globex = Billing::connect(adapter.address, BILLING_TOKEN).await;
    let (mut acme_events, mut globex_events) = (acme.watch(0).await, globex.watch(0).await);
    let held = acme.authorize(order("r-1", "12.50 USD")).await.held_payment();
    assert!(globex_events.is_quiet().await);
    let other = globex.authorize(order("r-1", "12.50 USD")).await.held_payment();
    let (acme_event, globex_event) = (acme_events.next().await, globex_events.next().await);
    assert_eq!(
        (acme_event.sequence, globex_event.sequence),
        (1, 1),
        "each tenant's are counted by themselves"
    );
    assert_eq!((acme_event.payment.unwrap().id, globex_event.payment.unwrap().id), (held.id, other.id));
    assert_ne!(acme_event.id, globex_event.id);
    assert!(acme_events.is_quiet().await);
    assert_eq!((acme.events(0).await.len(), globex.events(0).await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_requires_the_read_right_and_jobs_the_jobs_right() {
    let stage = Stage::open().await;
    let viewer = Billing::connect(stage.adapter.address, VIEWER_TOKEN).await;
    assert!(viewer.watch(0).await.is_quiet().await);
    let clerk = Billing::connect(stage.adapter.address, DESK_TOKEN).await;
    let status = clerk.watch_refusal(0).await;
    assert_eq!(reason(&status), "PermissionDenied RIGHT_MISSING");
    assert_eq!(status.message(), "this caller has no right \"read\"; the adapter's settings give it");
    let job = v1::RunJobRequest { job: "poll".to_owned() };
    let status = viewer.client.clone().run_job(viewer.request(job)).await.unwrap_err();
    assert_eq!(reason(&status), "PermissionDenied RIGHT_MISSING");
    assert_eq!(status.message(), "this caller has no right \"jobs\"; the adapter's settings give it");
    let unknown = Billing::connect(stage.adapter.address, "a-token-that-nobody-has-given-out").await;
    assert_eq!(reason(&unknown.watch_refusal(0).await), "Unauthenticated CALLER_UNKNOWN");
}

/// A cursor ahead of the journal, as after the loss of a journal, is refused: otherwise later events
/// would be skipped silently.
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_ahead_of_the_journal_is_refused() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    pay(&billing, "r-1").await;
    assert!(billing.watch(1).await.is_quiet().await);
    for after in [2, u64::MAX] {
        let refusal = RefusalDetails::of(&billing.watch_refusal(after).await);
        assert_eq!(refusal.reason, "EVENTS_AHEAD");
        assert_eq!(
            (refusal.metadata["configured"].as_str(), &refusal.metadata["actual"]),
            ("1", &after.to_string())
        );
    }
}

/// A8: a caller with an unsupported contract version is refused, and the refusal
/// names the supported versions.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_with_an_unsupported_contract_version_is_refused() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for (version, refused) in
        [("v1", false), ("v1.0", false), ("v1.1", false), ("v1.2", false), ("v2", true), ("v0.9", true)]
    {
        let mut request = billing.request(v1::WatchEventsRequest { after: 0, until_caught_up: true });
        request.metadata_mut().insert("causeway-contract", MetadataValue::from_static(version));
        let refusal_details = billing
            .client
            .clone()
            .watch_events(request)
            .await
            .err()
            .map(|status| RefusalDetails::of(&status));
        assert_eq!(refusal_details.is_some(), refused, "{version}: {refusal_details:?}");
        if let Some(refusal_details) = refusal_details {
            assert_eq!(refusal_details.reason, "CONTRACT_VERSION_UNSUPPORTED");
            assert!(
                refusal_details.message.contains(&format!("version {version} of")),
                "{}",
                refusal_details.message
            );
            let output = (
                refusal_details.metadata["configured"].as_str(),
                refusal_details.metadata["actual"].as_str(),
            );
            assert_eq!(output, ("v1.0 to v1.2", version));
        }
    }
}

/// Open streams do not keep a program from ending.
#[tokio::test(flavor = "multi_thread")]
async fn open_watchers_do_not_delay_a_stop() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    pay(&billing, "r-1").await;
    let adapter = adapter_of(&stage, stage.relay_address(), None).await;
    let there = Billing::connect(adapter.address, VIEWER_TOKEN).await;
    let mut watching = vec![];
    for _ in 0..20 {
        watching.push(there.watch(0).await);
    }
    for watcher in &mut watching {
        assert_eq!(watcher.next().await.sequence, 1);
    }
    let since = Instant::now();
    stage.stop_relay().await;
    assert!(since.elapsed() < STOP_LIMIT, "the relay took {:?}", since.elapsed());
    let since = Instant::now();
    adapter.stop().await;
    assert!(since.elapsed() < STOP_LIMIT, "the adapter took {:?}", since.elapsed());
    for mut watcher in watching {
        assert_eq!(reason(&watcher.message().await.unwrap_err()), "Unavailable STOPPING");
    }
}

/// Events that a watcher does not read stay on the relay's disk, and other watchers continue.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_never_reads_delays_no_other_watcher() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let (silent_reader, slow) =
        (with_small_windows(&stage).watch(0).await, with_small_windows(&stage).watch(0).await);
    let follower = Follower::of(stage.adapter.address, VIEWER_TOKEN).await;
    // Payments so large that the events exceed all buffers between relay and client.
    let metadata = (0..20).map(|number| (format!("key-{number}"), "x".repeat(480))).collect();
    let fat = v1::AuthorizeRequest { metadata, ..order("", "12.50 USD") };
    for number in 1..=200 {
        let fat = v1::AuthorizeRequest { request_id: format!("r-{number}"), ..fat.clone() };
        billing.authorize(fat).await.held_payment();
    }
    follower.receives_each_once(200).await;
    let mut slow = slow;
    assert_eq!(slow.sequences(200).await, (1..=200).collect::<Vec<_>>(), "nothing was left out");
    drop(silent_reader);
}

/// A client with small flow-control windows.
fn with_small_windows(stage: &Stage) -> Billing {
    let endpoint = Channel::from_shared(format!("http://{}", stage.adapter.address)).unwrap();
    let endpoint = endpoint.initial_stream_window_size(4096).initial_connection_window_size(65_535);
    Billing::over(endpoint.connect_lazy(), BILLING_TOKEN)
}
