//! Books that billing keeps from events alone, in two other languages, while relay, adapter and the
//! bookkeeping programs are killed, and Stripe loses, doubles and reorders webhooks. At the end the books
//! equal the sandbox's ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use causeway::v1;
use causeway_sandbox::{Ledger, Sandbox, Settings, WebhookFault, WebhookFaultRule};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::stage::{
    Billing, Effect, Fault, FaultRule, eventually,
    external_tools::is_installed,
    post_fault,
    process_group::{Bookkeeper, ProcessGroup},
};

/// The course of a single payment, by `Course`.
mod payment_flows;

use payment_flows::{BillingClient, COURSES, Course, Plan};

const PAYMENTS: u64 = 66;
/// Number of payments in flight at a time.
const CONCURRENT_PAYMENTS: u64 = 6;
const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");

/// Splitmix64 generator: the same seed gives the same numbers.
struct SeededRng(u64);

impl SeededRng {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn place(&mut self, end: usize) -> usize {
        usize::try_from(self.below(u64::try_from(end).unwrap())).unwrap()
    }
}

/// Formats minor units as a decimal amount of the currency.
fn decimals(minor_units: u64, currency: &str) -> String {
    if currency == "JPY" {
        minor_units.to_string()
    } else {
        format!("{}.{:02}", minor_units / 100, minor_units % 100)
    }
}

fn plans(rng: &mut SeededRng) -> Vec<Plan> {
    let plan = |number: u64| {
        let course = COURSES[usize::try_from(number).unwrap() % COURSES.len()];
        let currencies: &[_] =
            if course.may_be_captured_at_once() { &["USD", "JPY", "EUR"] } else { &["USD", "JPY"] };
        let currency = currencies[rng.place(currencies.len())];
        Plan { number, course, minor_units: (5 + rng.below(90)) * 100, currency }
    };
    (0..PAYMENTS).map(plan).collect()
}

/// Arms webhook and call faults between Stripe and the relay, which last while payments are made.
fn arm_faults(sandbox: &Sandbox) {
    let deliveries = [
        (WebhookFault::Lost, 100),
        (WebhookFault::Doubled, 150),
        (WebhookFault::Reordered, 100),
        (WebhookFault::Delayed { after: Duration::from_millis(700) }, 100),
        (WebhookFault::Unheard, 30),
        (WebhookFault::BadSignature, 10),
    ];
    for (fault, rate_per_mille) in deliveries {
        let rule = WebhookFaultRule::next_delivery(fault);
        sandbox.arm_webhook(WebhookFaultRule { times: None, rate_per_mille, ..rule });
    }
    for (fault, rate_per_mille) in [(Fault::LoseAnswer, 80), (Fault::ServerError { effect: true }, 20)] {
        // Keys of the relay begin with `cw1-`, so calls from the dashboard are not hit.
        let idempotency_key = Some("cw1-".to_owned());
        sandbox.arm_rule(FaultRule { idempotency_key, rate_per_mille, ..post_fault(fault, 12) });
    }
}

/// Prints the faults that occurred, and fails when a fault kind is missing: a story without
/// faults proves no claim.
fn check_faults_occurred(sandbox: &Sandbox) {
    let mut faults = BTreeMap::<String, u32>::new();
    for fault in sandbox.deliveries().into_iter().filter_map(|delivery| delivery.fault) {
        let formatted = format!("{fault:?}");
        *faults.entry(formatted.split(' ').next().unwrap().to_owned()).or_default() += 1;
    }
    eprintln!("webhooks: {faults:?}; calls: {:?}", sandbox.fault_hits());
    for needed in ["Lost", "Doubled", "Reordered", "Delayed"] {
        assert!(faults.contains_key(needed), "no webhook was {needed}");
    }
    assert!(sandbox.fault_hits().contains_key("lose_answer"));
}

/// Kills a random program of the four until `done` is set and each was killed three times; returns the
/// number of kills of each.
async fn kill_until_done(
    mut processes: ProcessGroup,
    mut bookkeepers: Vec<Bookkeeper>,
    mut rng: SeededRng,
    done: Arc<AtomicBool>,
) -> (ProcessGroup, Vec<Bookkeeper>, [u32; 4]) {
    let mut killed = [0; 4];
    while !done.load(Ordering::SeqCst) || killed.iter().any(|times| *times < 3) {
        tokio::time::sleep(Duration::from_millis(400 + rng.below(600))).await;
        let victim = rng.place(4);
        match victim {
            0 => processes.kill_relay(Duration::from_millis(rng.below(400))).await,
            1 => processes.kill_adapter().await,
            bookkeeper => {
                let bookkeeper = &mut bookkeepers[bookkeeper - 2];
                bookkeeper.kill();
                tokio::time::sleep(Duration::from_millis(rng.below(300))).await;
                bookkeeper.start(&processes);
            }
        }
        killed[victim] += 1;
    }
    (processes, bookkeepers, killed)
}

/// Interpreter and bookkeeping program of each language; `None` when a tool is missing.
fn programs() -> Option<[(&'static str, PathBuf); 2]> {
    let mut probe = Command::new("python3");
    probe.args(["-c", "import grpc, google.rpc.error_details_pb2"]);
    let typescript = format!("{CLIENTS}/typescript");
    let installed = is_installed("python3 with grpcio", &mut probe)
        && is_installed(
            "node with the client's packages",
            Command::new("npm").args(["ls", "--prefix", &typescript]),
        );
    if !installed {
        return None;
    }
    let mut compile = Command::new(format!("{typescript}/node_modules/.bin/tsc"));
    let compiled = compile.args(["--outDir", "build/books"]).current_dir(&typescript).output().unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
    let python = Path::new(CLIENTS).join("python/keep_books.py");
    Some([("python3", python), ("node", Path::new(&typescript).join("build/books/keep_books.js"))])
}

/// The scenario of issue 5, with the seed from CAUSEWAY_SEED.
#[tokio::test(flavor = "multi_thread")]
async fn books_kept_from_events_equal_the_ledger_under_faults() {
    let Some(programs) = tokio::task::block_in_place(programs) else { return };
    let seed = std::env::var("CAUSEWAY_SEED").map_or(20_261_121, |seed| seed.parse().unwrap());
    eprintln!("the seed is {seed}; CAUSEWAY_SEED sets another one");
    let sandbox = Sandbox::start(Settings { seed: Some(seed), ..Settings::default() }).await.unwrap();
    let processes = ProcessGroup::open(&sandbox).await;
    let mut bookkeepers: Vec<_> =
        programs.iter().map(|(name, program)| Bookkeeper::new(name, program, &processes)).collect();
    bookkeepers.iter_mut().for_each(|bookkeeper| bookkeeper.start(&processes));
    let billing = processes.billing().await;
    arm_faults(&sandbox);

    let mut rng = SeededRng(seed);
    let plans = plans(&mut rng);
    let done = Arc::new(AtomicBool::new(false));
    let killing = tokio::spawn(kill_until_done(
        processes,
        bookkeepers,
        SeededRng(rng.below(u64::MAX)),
        Arc::clone(&done),
    ));
    let mut clients = JoinSet::new();
    for client_number in 0..CONCURRENT_PAYMENTS {
        let mine: Vec<_> =
            plans.iter().filter(|plan| plan.number % CONCURRENT_PAYMENTS == client_number).cloned().collect();
        let billing_client = BillingClient { billing: billing.clone(), stripe: sandbox.url() };
        let mut rng = SeededRng(rng.below(u64::MAX));
        clients.spawn(async move {
            for plan in mine {
                billing_client.play(&plan).await;
                tokio::time::sleep(Duration::from_millis(rng.below(600))).await;
            }
        });
    }
    clients.join_all().await;
    done.store(true, Ordering::SeqCst);
    let (_processes, bookkeepers, killed) = killing.await.unwrap();
    check_faults_occurred(&sandbox);
    eprintln!("killed: relay {}, adapter {}, Python {}, Node {}", killed[0], killed[1], killed[2], killed[3]);

    sandbox.disarm();
    sandbox.disarm_webhooks();
    // After 31 minutes the late refunds have failed and the banks have decided the disputes.
    sandbox.advance(Duration::from_secs(31 * 60));
    assert!(sandbox.settle_deliveries(Duration::from_secs(20)).await);
    for job in ["poll", "inbox", "open", "sweep", "poll", "inbox"] {
        // A relay is not reachable right after a kill, and a busy relay answers late.
        let message = || v1::RunJobRequest { job: job.to_owned() };
        let run = async || billing.client.clone().run_job(billing.request(message())).await.is_ok();
        eventually("the job ran", run).await;
    }
    compare(&sandbox.ledger(), &plans, &billing, &bookkeepers).await;
}

/// Waits for the books, and compares the books with the ledger, the events and each other.
async fn compare(ledger: &Ledger, plans: &[Plan], billing: &Billing, bookkeepers: &[Bookkeeper]) {
    let expected = totals(ledger);
    let right = |bookkeeper: &Bookkeeper| bookkeeper.books()["totals"] == expected;
    for _ in 0..200 {
        if bookkeepers.iter().all(right) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let events = billing.events(0).await;
    check_log(&events);
    let last = json!(events.len());
    for bookkeeper in bookkeepers {
        eventually("the books are at the last event", async || bookkeeper.books()["after"] == last).await;
        assert_eq!(
            bookkeeper.books()["totals"],
            expected,
            "{}\n{:?}",
            bookkeeper.log_tail(),
            differing(&events, ledger)
        );
        assert_eq!(bookkeeper.books()["seen"], last, "each event was entered once");
    }
    let (python, typescript) = (bookkeepers[0].books(), bookkeepers[1].books());
    assert_eq!(python, typescript, "the same books in both languages");
    assert_eq!(python["payments"].as_object().unwrap().len(), plans.len());
    assert!(differing(&events, ledger).is_empty(), "{:?}", differing(&events, ledger));
    let declined = plans.iter().filter(|plan| plan.course == Course::Declined).count();
    assert_eq!(ledger.count(Effect::Authorized), plans.len() - declined, "nothing was charged twice");
    let polled = events.iter().filter(|event| event.source() == v1::EventSource::Recovery).count();
    eprintln!("{} events, {polled} of them found by asking", events.len());
    assert!(polled > 0, "webhooks alone told everything");
    let alarms: Vec<_> = events.iter().filter_map(|event| event.alarm.as_ref()).collect();
    assert!(alarms.is_empty(), "{alarms:?}");
}

/// Captured, refunded and charged-back sums of the sandbox's ledger, by currency.
fn totals(ledger: &Ledger) -> Value {
    let of = |currency: &str| {
        let lower = currency.to_lowercase();
        let formatted = |minor_units: u64| decimals(minor_units, currency);
        let sums = json!({
            "captured": formatted(ledger.captured(None, &lower)),
            "refunded": formatted(ledger.refunded(None, &lower)),
            "charged_back": formatted(ledger.disputed(None, &lower)),
        });
        (currency.to_owned(), sums)
    };
    ["USD", "EUR", "JPY"].into_iter().map(of).collect::<serde_json::Map<_, _>>().into()
}

/// The payments of which the last event shows other sums than the ledger.
fn differing(events: &[v1::Event], ledger: &Ledger) -> Vec<String> {
    let last: BTreeMap<_, _> = events
        .iter()
        .filter_map(|event| event.payment.as_ref())
        .map(|payment| (payment.id.as_str(), payment))
        .collect();
    let mut differing = vec![];
    for payment in last.values() {
        let intent = payment.processor_ids.clone().unwrap_or_default().payment_intent;
        let currency = &payment.amount.as_ref().unwrap().currency;
        let sum = |more: Effect, less: Option<Effect>| {
            let of = |effect: Effect| -> u64 {
                let entries = ledger.of_payment_intent(&intent).into_iter();
                entries.filter(|entry| entry.effect == effect).map(|entry| entry.amount).sum()
            };
            of(more) - less.map_or(0, of)
        };
        let at_stripe = [
            sum(Effect::Captured, None),
            sum(Effect::Refunded, Some(Effect::RefundFailed)),
            sum(Effect::Disputed, Some(Effect::DisputeWon)),
        ];
        let at_stripe = at_stripe.map(|minor_units| decimals(minor_units, currency));
        let in_event = [&payment.captured, &payment.refunded, &payment.charged_back];
        let in_event =
            in_event.map(|money| money.as_ref().map_or(decimals(0, currency), |money| money.amount.clone()));
        if in_event != at_stripe {
            differing
                .push(format!("{} {intent} {currency}: {in_event:?}, at Stripe {at_stripe:?}", payment.id));
        }
    }
    differing
}

/// Sequences have no gaps, each event has a distinct id, and no event is emitted twice.
fn check_log(events: &[v1::Event]) {
    let (mut ids, mut changes) = (BTreeSet::new(), BTreeSet::new());
    for (number, event) in (1..).zip(events) {
        assert_eq!(event.sequence, number);
        assert!(ids.insert(&event.id), "two events have the id {}", event.id);
        // Events of these kinds may come several times for a payment.
        if matches!(
            event.kind(),
            v1::EventKind::PaymentUnknown | v1::EventKind::PaymentResolved | v1::EventKind::DisputeUpdated
        ) {
            continue;
        }
        let of = |id: Option<&String>| id.cloned().unwrap_or_default();
        let change = (
            event.kind,
            of(event.payment.as_ref().map(|payment| &payment.id)),
            of(event.refund.as_ref().map(|refund| &refund.id)),
            of(event.dispute.as_ref().map(|dispute| &dispute.id)),
        );
        assert!(changes.insert(change.clone()), "{:?} was told twice: {change:?}", event.kind());
    }
}
