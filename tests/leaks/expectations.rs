//! Controls of the run: every planned case happened, and left bytes to search.

use std::{collections::BTreeSet, fs, path::Path};

use causeway_sandbox::Effect;

use super::{
    canary::{Card, Deck},
    search::Found,
    test_bed::TestBed,
};

/// The least count of each answer, in a word.
const EXPECTED_ANSWERS: &[(&str, usize)] = &[
    ("APPROVED", 90),
    ("APPROVED again", 85),
    ("DECLINED", 34),
    ("ACTION_REQUIRED", 3),
    ("UNKNOWN", 21),
    ("MALFORMED_REQUEST", 420),
    ("MALFORMED_MESSAGE", 32),
    ("METHOD_UNKNOWN", 1),
    ("TEXTS_BEYOND_LIMITS", 16),
    ("RAW_CARDS_NOT_ENABLED", 6),
    ("PROCESSOR_SILENT", 11),
    ("CARD_BRAND_REFUSED", 2),
    ("CVC_REQUIRED", 2),
    ("CARD_DATA_MODE", 1),
    ("AMOUNT_BELOW_MINIMUM", 1),
    ("AMOUNT_ABOVE_MAXIMUM", 1),
    ("CARD_EXPIRED", 2),
    ("EMAIL_REQUIRED", 12),
    ("REQUEST_ID_REUSED", 4),
    ("CALLER_UNKNOWN", 2),
    ("RIGHT_MISSING", 2),
    ("RELAY_UNREACHABLE", 4),
    ("ANSWER_LOST", 6),
];

/// Operations that are neither an Authorize nor a Tokenize: capture, refund,
/// default card, deletion, customer.
const OTHER_OPERATIONS: usize = 5;

/// Every planned case happened. The check runs while the journal is open.
pub(super) fn check_all_cases_happened(test_bed: &TestBed, deck: &Deck) {
    assert_eq!((deck.all.len(), deck.left()), (200, 0), "every card was dealt");
    let counts = test_bed.received.counts();
    for (word, least) in EXPECTED_ANSWERS {
        let count = counts.get(*word).copied().unwrap_or_default();
        assert!(count >= *least, "{word} was told {count} times: {counts:#?}");
    }
    assert_eq!(
        test_bed.rows("operation"),
        test_bed.received.answered() + OTHER_OPERATIONS,
        "what was answered is written down"
    );
    assert_eq!(test_bed.received.paid(), test_bed.sandbox.ledger().count(Effect::Authorized), "once each");
    assert!(test_bed.received.paid() >= 80 && test_bed.rows("payment") >= test_bed.received.paid());
    assert!(test_bed.rows("card") >= 60 && test_bed.rows("customer") >= 50);

    // Stripe received these numbers, each in a separate form.
    let calls = test_bed.sandbox.calls();
    let forms = calls.iter().filter(|call| call.path == "/v1/payment_methods" && call.method == "POST");
    let forms: Vec<_> = forms.map(|call| String::from_utf8_lossy(&call.body).into_owned()).collect();
    let sent: BTreeSet<_> = deck
        .all
        .iter()
        .map(Card::last4)
        .filter(|last4| {
            forms
                .iter()
                .any(|form| form.contains(&format!("*{last4}&")) && form.contains("card%5Bcvc%5D=***"))
        })
        .collect();
    assert!(sent.len() >= 120, "{} cards reached Stripe", sent.len());
}

/// Every place had enough bytes to search.
pub(super) fn check_all_places_searched(folder: &Path, found: &Found) {
    for (place, least) in [
        ("relay.db", 100_000),
        ("relay.db-wal", 1),
        ("relay.db-shm", 1),
        ("causeway-relay.log", 5_000_000),
        ("causeway-adapter.log", 5_000_000),
        ("what billing was told", 500_000),
        ("the sandbox's log of calls", 500_000),
    ] {
        let size = found.places.get(place).copied().unwrap_or_default();
        assert!(size >= least, "{place} has {size} bytes");
    }
    for name in ["causeway-relay.log", "causeway-adapter.log"] {
        let log = fs::read_to_string(folder.join(name)).unwrap();
        let lines = log.lines().filter(|line| line.contains(" TRACE ")).count();
        assert!(lines >= 10_000, "{name} has {lines} lines of TRACE");
        for target in ["h2::proto", "h2::hpack", "hyper_util::client", "tonic::transport", "causeway_"] {
            assert!(log.contains(&format!(" {target}")), "{name} has no line of {target}");
        }
    }
    let one_key = !folder.join("relay.db.card-key").exists();
    assert!(one_key, "the fingerprint key is the one of the settings");
}
