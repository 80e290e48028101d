//! Random calls: the state that is read from the disk equals the state in memory.

use std::time::Duration;

use crate::RawCards;
use crate::ids::Ids;
use crate::tests::state::bench::{Disk, day, whole_state};
use crate::tests::test_bed::{CARD, KEY, TestBed};
use crate::tests::webhooks::receiver::settle;

/// The number of calls of one run.
const CALLS: usize = 60;

const NOTHING: [&String; 0] = [];

/// All lists of the account, as text.
async fn lists(test_bed: &TestBed, customers: &[String]) -> Vec<String> {
    let mut paths: Vec<String> = [
        "payment_intents",
        "charges",
        "refunds",
        "disputes",
        "customers",
        "setup_intents",
        "events",
        "webhook_endpoints",
        "balance_transactions",
        "balance",
    ]
    .map(|name| if name == "balance" { name.to_owned() } else { format!("{name}?limit=100") })
    .to_vec();
    paths.extend(customers.iter().map(|id| format!("payment_methods?customer={id}")));
    paths.extend(customers.iter().map(|id| format!("payment_intents?customer={id}")));
    paths.push("payment_intents/search?query=metadata['order']:'7'".to_owned());
    let mut lists = vec![];
    for path in paths {
        lists.push(test_bed.get(&path).without_schema_check().send().await.text);
    }
    lists
}

/// One random call or one step of the clock. Refusals are as good as successes.
async fn call(test_bed: &TestBed, ids: &mut Ids, made: &mut [Vec<String>; 2]) {
    let mut pick = |count: usize| ids.digits(4).parse::<usize>().unwrap() % count;
    let choice = pick(12);
    let (customer, intent) = (pick(made[0].len().max(1)), pick(made[1].len().max(1)));
    let card = [
        "pm_card_visa",
        "pm_card_chargeDeclined",
        "pm_card_createDispute",
        "pm_card_pendingRefund",
        "pm_card_authenticationRequired",
        "pm_card_bypassPending",
    ][pick(6)];
    let amount = 100 + pick(5000);
    let order = pick(9);
    let customer = made[0].get(customer).cloned().unwrap_or_default();
    let intent = made[1].get(intent).cloned().unwrap_or_default();
    let terms = format!(
        "amount={amount}&currency=usd&metadata[order]={order}&{CARD}&payment_method={card}&confirm=true"
    );
    let (path, body) = match choice {
        0 => ("customers".to_owned(), format!("name=Customer {order}&email=c{order}@example.com")),
        1 => ("payment_intents".to_owned(), terms),
        2 => ("payment_intents".to_owned(), format!("{terms}&capture_method=manual")),
        3 if !customer.is_empty() => (
            "payment_intents".to_owned(),
            format!("{terms}&customer={customer}&setup_future_usage=off_session"),
        ),
        4 => ("setup_intents".to_owned(), format!("payment_method={card}&confirm=true&{CARD}")),
        5 => (format!("payment_intents/{intent}/capture"), format!("amount_to_capture={}", amount / 4)),
        6 => (format!("payment_intents/{intent}/cancel"), String::new()),
        7 => ("refunds".to_owned(), format!("payment_intent={intent}&amount={}", amount / 3)),
        8 => (format!("payment_intents/{intent}"), format!("metadata[order]={order}&description=d{amount}")),
        9 => (format!("customers/{customer}"), format!("name=Changed {amount}")),
        10 => return test_bed.sandbox.advance(day(u64::try_from(pick(4)).unwrap())),
        _ if pick(4) == 0 => return drop(test_bed.delete(&format!("customers/{customer}")).send().await),
        _ => (
            "tokens".to_owned(),
            "card[number]=4242424242424242&card[exp_month]=3&card[exp_year]=2035".to_owned(),
        ),
    };
    let key = format!("k{}", pick(40));
    let answer = test_bed.post(&path, &body).with_idempotency_key(&key).without_schema_check().send().await;
    let kind = match path.as_str() {
        "customers" => 0,
        "payment_intents" => 1,
        _ => return,
    };
    if answer.status == 200 && !made[kind].contains(&answer.id()) {
        made[kind].push(answer.id());
    }
}

/// The lines that only one of two states has.
fn difference<'a>(read: &'a [String], stored: &'a [String]) -> Vec<&'a String> {
    let more = read.iter().filter(|line| !stored.contains(line));
    more.chain(stored.iter().filter(|line| !read.contains(line))).collect()
}

#[tokio::test]
async fn the_state_on_the_disk_equals_the_state_in_memory() {
    for seed in 0..4 {
        let disk = Disk::new();
        let before = disk.start().await;
        before.post("webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*").send().await.success();
        before.sandbox.allow_raw_cards(KEY, RawCards::TestNumbers);
        let (mut ids, mut made) = (Ids::seeded(seed), [vec![], vec![]]);
        for _ in 0..CALLS {
            call(&before, &mut ids, &mut made).await;
        }
        // Nothing becomes due while the states are compared.
        before.sandbox.advance(Duration::from_secs(3600));
        settle(&before).await;
        let (stored, listed) = (whole_state(&before), lists(&before, &made[0]).await);
        let (ledger, crashed) = (before.ledger(), disk.crash());
        assert!(ledger.len() > 5 && stored.len() > 100, "{seed}: {ledger:?}");
        before.sandbox.stop().await;
        for disk in [disk, crashed] {
            let after = disk.start().await;
            assert_eq!(difference(&whole_state(&after), &stored), NOTHING, "{seed}");
            assert_eq!(lists(&after, &made[0]).await, listed, "{seed}");
            assert_eq!(after.ledger(), ledger, "{seed}");
            // What was read is written whole, and read once more.
            after.sandbox.stop().await;
            assert_eq!(difference(&whole_state(&disk.start().await), &stored), NOTHING, "{seed}");
        }
    }
}
