//! The files of a state directory: their modes, their format, damage, and one process at a time.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::json;

use crate::lock::lock;
use crate::storage::log_file;
use crate::tests::state::bench::{Disk, whole_state};
use crate::tests::test_bed::TestBed;
use crate::{RawCards, Settings};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Starts on the directory, which is refused, and returns the refusal.
async fn refusal(disk: &Disk) -> String {
    disk.try_start().await.unwrap_err().to_string()
}

#[tokio::test]
async fn only_the_owner_reads_the_state() {
    let disk = Disk::new();
    let test_bed = disk.start().await;
    test_bed.customer().await;
    assert_eq!(mode(&disk.path()), 0o700);
    for name in ["state.log", "lock"] {
        assert_eq!(mode(&disk.path().join(name)), 0o600, "{name}");
    }
    test_bed.sandbox.stop().await;
    fs::set_permissions(disk.log(), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = refusal(&disk).await;
    assert!(refused.contains("state.log holds secrets and others may read it: chmod 600"), "{refused}");
}

#[tokio::test]
async fn a_second_process_is_refused_by_the_name_of_the_directory() {
    let disk = Disk::new();
    let first = disk.start().await;
    let refused = refusal(&disk).await;
    let expected = format!("the state in {} is in use by another process", disk.path().display());
    assert!(refused.starts_with(&expected), "{refused}");
    assert!(refused.contains(&format!("({})", std::process::id())), "{refused}");
    first.sandbox.stop().await;
    disk.start().await;
}

#[tokio::test]
async fn a_file_of_another_format_is_refused_and_left_alone() {
    let disk = Disk::new();
    disk.start().await.sandbox.stop().await;
    let written = fs::read(disk.log()).unwrap();
    let newer = [b"causeway sandbox state 2\n".as_slice(), &written[25..]].concat();
    for (content, expected) in [
        (
            newer,
            "has format 2, and this version of causeway reads format 1: it was written by a newer version",
        ),
        (b"causeway sandbox state 0\nold".to_vec(), "it was written by an older version"),
        (b"SQLite format 3\0".to_vec(), "is not the state of a sandbox"),
        (vec![], "is not the state of a sandbox"),
    ] {
        fs::write(disk.log(), &content).unwrap();
        let refused = refusal(&disk).await;
        assert!(refused.contains(expected), "{refused}");
        assert!(refused.contains(&disk.log().display().to_string()), "{refused}");
        assert_eq!(fs::read(disk.log()).unwrap(), content);
    }
    fs::remove_file(disk.log()).unwrap();
    symlink("/dev/null", disk.log()).unwrap();
    assert!(refusal(&disk).await.contains("is a link"));
}

#[tokio::test]
async fn a_torn_end_is_dropped_and_a_broken_middle_is_refused_with_the_position() {
    let disk = Disk::new();
    let test_bed = disk.start().await;
    let start = fs::read(disk.log()).unwrap().len();
    let first = test_bed.customer().await;
    let middle = fs::read(disk.log()).unwrap().len();
    test_bed.customer().await;
    let whole = fs::read(disk.log()).unwrap();
    assert!(start < middle && middle < whole.len());

    for cut in [middle + 1, middle + 10, middle + 30, whole.len() - 1] {
        let crashed = disk.crash();
        fs::write(crashed.log(), &whole[..cut]).unwrap();
        let customers = crashed.start().await.get("customers").send().await.success().ids();
        assert_eq!(customers, std::slice::from_ref(&first), "{cut}");
    }
    let crashed = disk.crash();
    fs::write(crashed.log(), [&whole[..middle], &vec![0; whole.len() - middle]].concat()).unwrap();
    assert_eq!(crashed.start().await.get("customers").send().await.success().ids(), [first]);

    for position in [start, start + 5, start + 12, middle - 1] {
        let crashed = disk.crash();
        let mut broken = whole.clone();
        broken[position] ^= 0x40;
        fs::write(crashed.log(), &broken).unwrap();
        let refused = refusal(&crashed).await;
        let expected = format!("{} is broken at byte {start}:", crashed.log().display());
        assert!(refused.starts_with(&expected), "{position}: {refused}");
        assert_eq!(fs::read(crashed.log()).unwrap(), broken);
    }
}

#[tokio::test]
async fn a_state_of_other_types_is_refused_as_another_versions() {
    let disk = Disk::new();
    let test_bed = disk.start().await;
    test_bed.customer().await;
    let written = fs::read(disk.log()).unwrap();
    test_bed.sandbox.stop().await;
    let missing = json!([{ "ledger": [{ "effect": "Captured" }] }]);
    let hidden = json!([{ "ids": "whsec_secret" }]);
    for (content, expected) in [(missing, "missing field `amount`"), (hidden, "a value has another type")] {
        let frame = log_file::frame_of(&serde_json::to_vec(&content).unwrap()).unwrap();
        fs::write(disk.log(), [written.clone(), frame].concat()).unwrap();
        let refused = refusal(&disk).await;
        let start =
            format!("was written by another version of causeway: at byte {}, {expected}", written.len());
        assert!(refused.contains(&start) && !refused.contains("whsec_"), "{refused}");
    }
}

#[tokio::test]
async fn no_number_of_a_card_reaches_the_disk() {
    const NUMBERS: [&str; 3] = ["378282246310005", "4000056655665556", "5200828282828210"];
    let disk = Disk::new();
    let sandbox =
        crate::Sandbox::start(Settings { raw_cards: RawCards::TestNumbers, ..disk.settings() }).await;
    let test_bed = TestBed::of(sandbox.unwrap());
    let card = |number: &str| {
        let code = if number.len() == 15 { "9173" } else { "917" };
        format!("card[number]={number}&card[exp_month]=3&card[exp_year]=2035&card[cvc]={code}")
    };
    let method = test_bed.post("payment_methods", &format!("type=card&{}", card(NUMBERS[0])));
    let method = method.with_idempotency_key("a").send().await.success();
    test_bed.pay("2000 usd", &method.id(), "").with_idempotency_key("b").send().await.success();
    test_bed.post("tokens", &card(NUMBERS[1])).with_idempotency_key("c").send().await.success();
    let data = format!(
        "payment_method_data[type]=card&{}",
        card(NUMBERS[2]).replace("card[", "payment_method_data[card][")
    );
    let body = format!("amount=900&currency=usd&confirm=true&{}&{data}", crate::tests::test_bed::CARD);
    test_bed.post("payment_intents", &body).with_idempotency_key("d").send().await.success();
    let refused = test_bed.post("payment_methods", &format!("type=card&{}", card("4242424242424241")));
    assert_eq!(refused.with_idempotency_key("e").send().await.status, 402);

    let mut stored = serde_json::to_string(&disk.batches()).unwrap();
    let state = lock(&test_bed.sandbox.shared.state);
    for (_, answered) in
        state.accounts.values().flat_map(|account| account.idempotency_keys.answered(state.latest))
    {
        stored.push_str(&answered.body());
    }
    assert!(stored.contains("5556") && stored.contains("\"last4\""), "{stored}");
    for secret in NUMBERS.into_iter().chain(["4242424242424241", "9173"]) {
        assert!(!stored.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_file_is_replaced_when_it_has_grown() {
    let disk = Disk::new();
    let test_bed = disk.start().await;
    let customer = test_bed.customer().await;
    let change =
        |name: String| test_bed.post(&format!("customers/{customer}"), &format!("name={name}")).send();
    for number in 0..100 {
        change(format!("a{number}")).await.success();
    }
    let grown = fs::metadata(disk.log()).unwrap().len();
    test_bed.sandbox.shared.state.replace_file_soon();
    change("b".to_owned()).await.success();
    change("c".to_owned()).await.success();
    let before = whole_state(&test_bed);
    let batches = disk.batches();
    assert!(batches.len() < 6, "{}", batches.len());
    test_bed.sandbox.stop().await;
    let replaced = fs::metadata(disk.log()).unwrap().len();
    assert!(replaced < grown, "{replaced} {grown}");
    let after = disk.start().await;
    assert_eq!(whole_state(&after), before);
}

#[tokio::test]
async fn no_call_succeeds_after_the_state_could_not_be_written() {
    let disk = Disk::new();
    let test_bed = disk.start().await;
    let customer = test_bed.customer().await;
    fs::remove_dir_all(disk.path()).unwrap();
    test_bed.sandbox.shared.state.replace_file_soon();
    // The writer finds out with the next batch, and no later answer is sent.
    let change = || test_bed.post(&format!("customers/{customer}"), "name=A").without_schema_check().send();
    let _appended_before_the_replacement = change().await;
    let refused = change().await;
    assert_eq!(refused.status, 500, "{}", refused.text);
    assert!(refused.text_at("/error/message").starts_with("The sandbox cannot keep its state: "));
    let refused = test_bed.get(&format!("customers/{customer}")).without_schema_check().send().await;
    assert_eq!(refused.status, 500, "{}", refused.text);
}
