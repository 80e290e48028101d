//! Card numbers and keys, where they must not be: on disk and in the log, at the
//! most talkative level, after success, decline, refusal, bad input and a crash.

use std::{path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use causeway::v1;

use crate::stage::{Billing, Fault, method, order, processes::Process, settings};

const CARD: &str = "4000056655665556";

/// The places where one of the texts is found, in any of its spellings.
fn search(directory: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".toml") {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        for text in texts {
            for spelling in spellings(text) {
                if bytes.windows(spelling.len()).any(|window| window == spelling) {
                    found.push(format!("{text} in {name}"));
                }
            }
        }
    }
    found
}

/// As it is, in groups, in base64 at each alignment, in hex and in UTF-16.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    let groups: Vec<_> =
        text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut all = vec![
        text.as_bytes().to_vec(),
        groups.join(" ").into_bytes(),
        groups.join("-").into_bytes(),
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
    ];
    all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    for skip in 0..3 {
        let padded = [&vec![0; skip][..], text.as_bytes()].concat();
        let encoded = STANDARD.encode(padded);
        // What is left of the neighbours' bits at both ends is cut off.
        let end = encoded.len() - 4;
        all.push(encoded.as_bytes()[if skip == 0 { 0 } else { 4 }..end].to_vec());
    }
    all
}

#[tokio::test]
async fn no_card_number_and_no_key_reaches_disk_or_log() {
    let sandbox = causeway_sandbox::Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let talkative = |toml: String| format!("log = \"trace\"\n{toml}");
    let relay_settings = talkative(settings::relay(&directory.path().join("relay.db"), &sandbox.url()));
    let relay = Process::start("causeway-relay", directory.path(), &relay_settings).await;
    let adapter_settings = talkative(settings::adapter(&[relay.address], "acme-1", settings::ACME_SECRET));
    let adapter = Process::start("causeway-adapter", directory.path(), &adapter_settings).await;
    let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;

    play(&billing, &sandbox).await;
    relay.kill();
    adapter.kill();

    let secrets =
        [CARD, settings::ACME_KEY, settings::ACME_SECRET, settings::BILLING_TOKEN, settings::GLOBEX_KEY];
    let log = std::fs::read_to_string(directory.path().join("causeway-relay.log")).unwrap();
    assert!(log.contains("TRACE"), "the log was as talkative as it can be");
    assert_eq!(search(directory.path(), &secrets), Vec::<String>::new());

    // A search that finds nothing proves nothing unless it can find something.
    for (number, spelling) in spellings(CARD).into_iter().enumerate() {
        std::fs::write(directory.path().join("planted"), [b"x".as_slice(), &spelling].concat()).unwrap();
        assert!(!search(directory.path(), &[CARD]).is_empty(), "spelling {number}");
    }
}

/// Success, decline, refusal, card numbers in every wrong place, and a call that
/// the relay is killed in.
async fn play(billing: &Billing, sandbox: &causeway_sandbox::Sandbox) {
    let paid = billing.authorize(order("1", "10.00 EUR")).await.taken();
    billing.refund("2", &paid.id, None).await.taken();
    let declined =
        v1::AuthorizeRequest { instrument: method("pm_card_visa_chargeDeclined"), ..order("3", "10.00 EUR") };
    billing.authorize(declined).await.declined();
    let grouped = "4000 0566 5566 5556";
    let wrong = [
        v1::AuthorizeRequest { instrument: method(CARD), ..order("4", "10.00 EUR") },
        v1::AuthorizeRequest { description: format!("card {grouped}"), ..order("4", "10.00 EUR") },
        v1::AuthorizeRequest {
            metadata: [("card".to_owned(), CARD.to_owned())].into(),
            ..order("4", "10.00 EUR")
        },
        v1::AuthorizeRequest {
            metadata: [(CARD.to_owned(), "x".to_owned())].into(),
            ..order("4", "10.00 EUR")
        },
        v1::AuthorizeRequest { billing_reference: CARD.to_owned(), ..order("4", "10.00 EUR") },
        order(CARD, "10.00 EUR"),
        order("4", &format!("{CARD} EUR")),
        order("4", &format!("10.00 {CARD}")),
    ];
    for wrong in wrong {
        let told = billing.authorize(wrong).await.refused();
        assert!(!format!("{told:?}").contains(CARD), "{told:?}");
    }
    sandbox.revoke_key(settings::ACME_KEY);
    billing.authorize(order("5", "10.00 USD")).await.declined();
    sandbox.arm_rule(crate::stage::asking(Fault::SlowBefore(Duration::from_secs(20)), 1));
    let call = billing.clone();
    tokio::spawn(async move { call.authorize(order("6", "10.00 EUR")).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
}
