//! Fair shares (E5): whatever one tenant or caller takes, the others have their part, and a refusal says
//! whose share is used up.

use std::time::Duration;

use causeway::{
    status::RefusalDetails,
    v1::{self, WatchEventsRequest},
};
use causeway_sandbox::FaultRule;
use tokio::task::JoinSet;
use tonic::Status;
use tonic_types::StatusExt;

use crate::stage::{
    Billing, Fault, Stage, eventually, order, post_fault,
    settings::{self, ACME_KEY, ACME_SECRET, BILLING_TOKEN, DESK_TOKEN, GLOBEX_KEY, VIEWER_TOKEN},
    start_adapter,
    webhooks::fixture_with_ids,
};

/// Reason, and the owner of the used up share, of a refusal that says when to ask again.
fn share_of(status: &Status) -> (String, String) {
    let details = RefusalDetails::of(status);
    let wait = status.get_error_details().retry_info().and_then(|info| info.retry_delay);
    assert!(wait.is_some(), "it says when to ask again");
    (details.reason.clone(), details.metadata.get("share_of").cloned().unwrap_or_default())
}

fn overloaded(whose: &str) -> (String, String) {
    ("OVERLOADED".to_owned(), whose.to_owned())
}

/// Starts `count` payments at the same time.
fn payments(billing: &Billing, name: &str, count: usize) -> JoinSet<Result<v1::OperationResult, Status>> {
    let mut all = JoinSet::new();
    for number in 0..count {
        let (billing, id) = (billing.clone(), format!("{name}-{number}"));
        all.spawn(async move { billing.authorize(order(&id, "1.00 USD")).await.0 });
    }
    all
}

/// Two tenants share a Stripe account with one call at a time: the calls take turns, and each tenant has
/// places of its own in the queue.
#[tokio::test(flavor = "multi_thread")]
async fn tenants_of_one_account_take_turns() {
    let narrow = "requests_per_second = 0\nrequests_at_once = 1\nrequests_waiting = 19";
    let shared = |settings: String| {
        settings.replace(GLOBEX_KEY, ACME_KEY).replacen("requests_per_second = 0", narrow, 1)
    };
    let stage = Stage::with_settings(shared).await;
    let acme = stage.billing().await;
    let globex_adapter = stage.adapter_of_globex().await;
    let globex = Billing::connect(globex_adapter.address, BILLING_TOKEN).await;
    stage.sandbox.arm_rule(FaultRule {
        times: None,
        path: Some("/v1/payment_intents$".to_owned()),
        ..post_fault(Fault::SlowAfter(Duration::from_millis(300)), 1)
    });
    // A quarter of twenty places is kept for the other tenant.
    let mut greedy = payments(&acme, "greedy", 30);
    eventually("the share is used up", async || stage.rows("operation") == 15).await;
    globex.authorize(order("g", "1.00 USD")).await.held_payment();
    assert!(stage.authorizations() < 10, "the other tenant has not waited for all of them");
    let (mut held, mut refused) = (0, 0);
    while let Some(answer) = greedy.join_next().await {
        match answer.unwrap() {
            Ok(_) => held += 1,
            Err(status) => {
                assert_eq!(share_of(&status), overloaded("tenant acme"));
                refused += 1;
            }
        }
    }
    assert_eq!((held, refused), (15, 15));
}

/// The operations under way of one tenant leave places for the other.
#[tokio::test(flavor = "multi_thread")]
async fn operations_under_way_are_shared() {
    let stage = Stage::with_settings(|settings: String| format!("operations_at_once = 8\n{settings}")).await;
    // An adapter with one caller, so that the caller has the whole share of the tenant.
    let settings = settings::adapter(&[stage.relay_address()], "acme-1", ACME_SECRET);
    let (alone, _) = settings.split_once("[callers.desk]").unwrap();
    let acme_adapter = start_adapter(alone, &stage.clock).await;
    let acme = Billing::connect(acme_adapter.address, BILLING_TOKEN).await;
    let globex_adapter = stage.adapter_of_globex().await;
    let globex = Billing::connect(globex_adapter.address, BILLING_TOKEN).await;
    stage.sandbox.arm_rule(FaultRule {
        times: None,
        path: Some("/v1/payment_intents$".to_owned()),
        account: Some(ACME_KEY.to_owned()),
        ..post_fault(Fault::SlowAfter(Duration::from_secs(2)), 1)
    });
    let greedy = payments(&acme, "greedy", 4);
    eventually("the share is used up", async || stage.rows("operation") == 4).await;
    let status = acme.authorize(order("more", "1.00 USD")).await.0.unwrap_err();
    assert_eq!(share_of(&status), overloaded("tenant acme"));
    // One caller of three has half of the share.
    for answer in payments(&globex, "globex", 2).join_all().await {
        answer.unwrap();
    }
    for answer in greedy.join_all().await {
        answer.unwrap();
    }
}

/// The operations under way of one caller leave places for the other callers of the same adapter, also
/// where its payments were answered before they were made.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_leaves_places_for_the_other_callers_of_its_adapter() {
    let stage = Stage::with_settings(|settings: String| format!("operations_at_once = 16\n{settings}")).await;
    let billing = stage.billing().await;
    let desk = Billing::connect(stage.adapter.address, DESK_TOKEN).await;
    let payment = billing.authorize(order("1", "5.00 USD")).await.held_payment();
    billing.capture("c", &payment.id, None).await.captured_payment();
    stage.sandbox.arm_rule(FaultRule {
        times: None,
        path: Some("/v1/payment_intents$".to_owned()),
        account: Some(ACME_KEY.to_owned()),
        ..post_fault(Fault::SlowAfter(Duration::from_secs(2)), 1)
    });
    let asynchronous = |id: &str| v1::AuthorizeRequest {
        answer_mode: v1::AnswerMode::Async.into(),
        ..order(id, "1.00 USD")
    };
    // One tenant of two has eight places, and one caller of three has four of them.
    let mut refused = None;
    for number in 0..8 {
        if let Err(status) = billing.authorize(asynchronous(&format!("greedy-{number}"))).await.0 {
            refused.get_or_insert((number, share_of(&status)));
        }
    }
    assert_eq!(refused, Some((4, overloaded("caller billing of tenant acme"))));
    desk.refund("r", &payment.id, None).await.0.unwrap();
}

/// Streams of events of one caller leave places for the other callers of an adapter.
#[tokio::test(flavor = "multi_thread")]
async fn the_watchers_of_a_caller_leave_places_for_the_others() {
    let stage = Stage::open().await;
    let address = stage.adapter.address;
    let mut streams = vec![];
    let refused = 'full: loop {
        // A connection has some hundred streams.
        let viewer = Billing::connect(address, VIEWER_TOKEN).await;
        for _ in 0..100 {
            let request = tonic::Request::new(WatchEventsRequest::default());
            match viewer.client.clone().watch_events(request).await {
                Ok(stream) => streams.push((viewer.clone(), stream)),
                Err(status) => break 'full status,
            }
        }
        assert!(streams.len() < 2000, "there is no limit");
    };
    assert_eq!(share_of(&refused), ("TOO_MANY_WATCHERS".to_owned(), "caller viewer".to_owned()));
    let billing = stage.billing().await;
    let mut watcher = billing.watch(0).await;
    billing.authorize(order("1", "1.00 USD")).await.held_payment();
    assert_eq!(watcher.next().await.sequence, 1);
}

/// A flood of events at one endpoint does not use up the rate of another one.
#[tokio::test(flavor = "multi_thread")]
async fn each_endpoint_has_a_rate_of_its_own() {
    let theirs = "endpoint-of-globex-which-cannot-be-guessed";
    let change = |settings: String| {
        let secret = "webhook_secret = \"whsec_of_globex_0000000000000000\"";
        let endpoint = format!("webhook_endpoint = \"{theirs}\"\n{secret}\nsecret_key = \"{GLOBEX_KEY}\"");
        settings
            .replace("[webhooks]", "[webhooks]\nevents_per_second = 1")
            .replace(&format!("secret_key = \"{GLOBEX_KEY}\""), &endpoint)
    };
    let (stage, hook) = Stage::with_webhooks(change).await;
    let mut other = hook.clone();
    let (door, _) = hook.url.rsplit_once('/').unwrap();
    other.url = format!("{door}/{theirs}");
    other.secret = "whsec_of_globex_0000000000000000".to_owned();
    let event = |number| fixture_with_ids("customer.created", number, &[]);
    let mut number = 0;
    while stage.post_event(&hook, &event(number)).await == 200 {
        number += 1;
        assert!(number < 1000, "there is no limit");
    }
    assert_eq!(stage.post_event(&other, &event(5000)).await, 200);
}

/// The jobs that a tenant asks for are limited, and those of another tenant are not held up.
#[tokio::test(flavor = "multi_thread")]
async fn jobs_on_request_have_a_rate() {
    let stage = Stage::open().await;
    let acme = stage.billing().await;
    let globex_adapter = stage.adapter_of_globex().await;
    let globex = Billing::connect(globex_adapter.address, BILLING_TOKEN).await;
    let run = async |billing: &Billing| {
        let request = billing.request(v1::RunJobRequest { job: "setups".to_owned() });
        billing.client.clone().run_job(request).await.map(drop)
    };
    let mut count = 0;
    let refused = loop {
        match run(&acme).await {
            Ok(()) => count += 1,
            Err(status) => break status,
        }
        assert!(count < 5000, "there is no limit");
    };
    assert_eq!(share_of(&refused), overloaded("tenant acme"));
    run(&globex).await.unwrap();
}
