//! Tests of the migration from the first version, of leases and options, and of inconsistent rows.

use causeway::request::authorize::CaptureMode;
use causeway_domain::operation::{CommandKind, Lease, PaymentCommand, Progress, Target};

use super::*;

/// A payment as the first version wrote the body.
const PAYMENT: &str = r#"{"id":"01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d","tenant":"acme","payment_system":"main",
    "account":"","test_mode":true,"order":{"request_id":"r-1","amount":{"minor":1250,"currency":"USD"},
    "capture_mode":null,"payment_method":"pm_1","customer":null,"reference":"INV 1","description":null,
    "metadata":{},"receipt_email":null,"descriptor_suffix":null,"return_url":null,"off_session":false},
    "capture_mode":"Manual","created":"2026-11-20T00:00:00Z","updated":"2026-11-20T00:00:00Z",
    "state":{"Authorized":{"hold_expires":null}},"facts":{"payment_intent":"pi_1","charge":"ch_1",
    "balance_transaction":null,"request":null,"card":null,"hold_expires":null,"authorization_code":null,
    "avs_line1":null,"avs_postal_code":null,"cvc":null,"network_transaction_id":null},
    "open_capture":null,"refunds":[]}"#;

/// A journal of the first version with a payment and an operation without a known outcome.
fn first_version(path: &Path) {
    let mut first = file::connect(path, Synchronous::Full).unwrap();
    embedded::migrations::runner().set_target(refinery::Target::Version(1)).run(&mut first).unwrap();
    let payment = "INSERT INTO payment VALUES ('01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d', 'acme', 'INV 1',
        'AUTHORIZED', 'USD', 1250, 0, 0, 0, 3, ?)";
    first.execute(payment, [PAYMENT]).unwrap();
    first
        .execute_batch(
            r#"INSERT INTO operation VALUES ('01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5e', 'acme', 'r-1', 'authorize',
                 '01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d', '1:hash', 'cw1-key',
                 '{"path":"/v1/payment_intents","form":[["amount","1250"]]}', 0, 'UNKNOWN', NULL);
               INSERT INTO history VALUES (1, '01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d', 0, NULL, 'STARTED',
                 'authorize', 'r-1', 'billing', 'asked for');
               INSERT INTO processor_object VALUES ('pi_1', '01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d');"#,
        )
        .unwrap();
}

async fn operation(journal: &Sqlite) -> Operation {
    let (acme, request) = (TenantName::parse("acme").unwrap(), RequestId::parse("r-1").unwrap());
    journal.operation(&acme, &request).await.unwrap().unwrap()
}

/// Rows of an earlier version survive an upgrade, and operations in those rows can be resumed.
#[tokio::test]
async fn a_journal_of_the_first_version_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    first_version(&path);
    let journal = Sqlite::open(&path, 0).unwrap();
    let acme = TenantName::parse("acme").unwrap();
    let operation = operation(&journal).await;
    assert_eq!(
        (operation.kind(), &operation.progress),
        (CommandKind::Payment(PaymentCommand::Authorize), &Progress::Unknown)
    );
    assert_eq!(operation.request.unwrap().form, [("amount".to_owned(), "1250".to_owned())]);
    let Target::Payment { id, .. } = operation.target else { panic!("{:?}", operation.target) };
    let found = journal.payment(&acme, id).await.unwrap().unwrap();
    assert_eq!((found.version, found.value.capture_mode), (3, CaptureMode::Manual));
    assert_eq!(found.value.order.method_type, None);
    assert_eq!(journal.history(id).await.unwrap().len(), 1);
    drop(journal);
    Sqlite::open(&path, 0).map(drop).unwrap();
}

/// F15: an earlier version of the relay does not touch rows of a later version.
#[test]
fn a_journal_of_a_newer_version_is_not_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    Sqlite::open(&path, 0).map(drop).unwrap();
    let later = "INSERT INTO refinery_schema_history VALUES (1000, 'later', '2030-01-01T00:00:00Z', '1')";
    let connection = file::connect(&path, Synchronous::Full).unwrap();
    connection.execute(later, []).unwrap();
    drop(connection);
    let message = Sqlite::open(&path, 0).map(drop).unwrap_err().to_string();
    assert!(message.contains("cannot be brought up to date") && message.contains("later"), "{message}");
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

async fn due(journal: &Sqlite, by: i64) -> usize {
    let which = Recoverable { tenant: None, by: Some(at(by)), most: 10 };
    journal.recoverable(which).await.unwrap().len()
}

/// F47: one relay works on an operation at a time. A relay without the lease writes no outcome.
#[tokio::test]
async fn an_operation_belongs_to_the_newest_lease() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    first_version(&path);
    let journal = Sqlite::open(&path, 0).unwrap();
    let [one, other] = [1, 2].map(uuid::Uuid::from_u128);
    let id = operation(&journal).await.id;
    let claim = |owner, epoch, now| Claim {
        operation: id,
        epoch,
        owner,
        now: at(now),
        until: at(now + 30),
        sends: true,
    };
    assert_eq!(due(&journal, 100).await, 1);
    assert!(journal.claim(claim(one, 0, 100)).await.unwrap());
    let taken = operation(&journal).await;
    assert_eq!(taken.lease, Lease { owner: Some(one), epoch: 1, due: Some(at(130)) });
    assert_eq!((taken.sent, due(&journal, 129).await, due(&journal, 130).await), (at(100), 0, 1));
    assert!(!journal.claim(claim(other, 0, 120)).await.unwrap(), "read before it was taken");
    assert!(!journal.claim(claim(other, 1, 120)).await.unwrap(), "it is somebody's");
    journal.renew(one, vec![id], at(150)).await.unwrap();
    assert!(!journal.claim(claim(other, 1, 140)).await.unwrap(), "it was renewed");
    assert!(journal.claim(claim(other, 1, 150)).await.unwrap(), "it lapsed");

    let outcome = |epoch, next| Record {
        operation: id,
        epoch,
        next,
        progress: if next.is_some() { Progress::Unknown } else { Progress::Finished { answer: vec![] } },
        key_spent: next.is_some(),
        changes: Changes::default(),
    };
    assert_eq!(journal.record(outcome(1, None)).await, Ok(Commit::LeaseLost), "the lease was lost");
    journal.renew(one, vec![id], at(900)).await.unwrap();
    assert_eq!(operation(&journal).await.lease.due, Some(at(180)), "another's is not renewed");
    assert_eq!(journal.record(outcome(2, Some(at(200)))).await, Ok(Commit::Committed));
    let free = operation(&journal).await;
    assert_eq!((free.lease.owner, free.lease.due, free.tries), (None, Some(at(200)), 2));
    assert!(free.key_spent && !taken.key_spent);
    assert!(journal.claim(claim(one, 2, 160)).await.unwrap(), "nobody's can be taken before it is due");
    drop(journal);
    let journal = Sqlite::open(&path, 0).unwrap();
    assert_eq!(
        (operation(&journal).await.lease.owner, due(&journal, 0).await),
        (None, 1),
        "nobody else is there"
    );
    assert_eq!(journal.record(outcome(3, None)).await, Ok(Commit::Committed));
    assert_eq!(journal.record(outcome(3, None)).await, Ok(Commit::LeaseLost), "finished is finished");
}

/// A row with a kind that contradicts the target is never read as an operation.
#[tokio::test]
async fn a_target_of_another_kind_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    first_version(&path);
    let journal = Sqlite::open(&path, 0).unwrap();
    let (acme, request) = (TenantName::parse("acme").unwrap(), RequestId::parse("r-1").unwrap());
    let rows = file::connect(&path, Synchronous::Full).unwrap();
    for kind in ["put_customer", "nothing"] {
        rows.execute("UPDATE operation SET checksum = NULL, kind = ?", [kind]).unwrap();
        let found = journal.operation(&acme, &request).await;
        assert!(matches!(found, Err(JournalError::Corrupt(_))), "{kind}: {found:?}");
    }
    rows.execute("UPDATE operation SET kind = 'authorize', card = 'ct_1'", []).unwrap();
    let found = journal.operation(&acme, &request).await;
    assert!(matches!(found, Err(JournalError::Corrupt(_))), "a card of a payment: {found:?}");
    let id = PaymentId::parse("01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d").unwrap();
    rows.execute("UPDATE history SET operation = 'put_customer'", []).unwrap();
    let found = journal.history(id).await;
    assert!(matches!(found, Err(JournalError::Corrupt(_))), "a history of customers: {found:?}");
}

#[test]
fn every_commit_waits_for_the_disk_unless_an_option_says_otherwise() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    assert_eq!(Options::default().synchronous, Synchronous::Full);
    assert_eq!(Options::default().duplicates, Duplicates::Refused);
    for (level, number) in [(Synchronous::Full, 2), (Synchronous::Normal, 1), (Synchronous::Off, 0)] {
        let connection = file::connect(&path, level).unwrap();
        let set: i64 = connection.query_one("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
        assert_eq!(set, number, "{level:?}");
    }
}
