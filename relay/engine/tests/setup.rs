//! Settings and requests shared by the tests: one tenant, one payment system, US dollars.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::OnceLock,
    time::Duration,
};

use causeway::{
    card::Brand, currency::Currency, environment::Environment, money::PositiveMoney,
    request::authorize::CaptureMode, tenant::TenantName,
};
use causeway_domain::tenant::{
    Assignment, CardDataMode, MethodType, PaymentSystem, ProcessorKind, Tenant, WithoutHold,
};
use causeway_engine::{
    EngineConfig, JobIntervals, RecoveryLimits,
    fingerprint::{FingerprintKey, FingerprintKeys},
};
use causeway_journal::sqlite::Sqlite;
use causeway_stripe::currency::{limits, step_rule};
use tempfile::TempDir;

/// The name of the payment system.
pub(crate) const SYSTEM: &str = "main";

/// The name of the only tenant.
pub(crate) fn tenant() -> TenantName {
    TenantName::parse("acme").unwrap()
}

/// An amount in US dollars, from cents.
pub(crate) fn usd(cents: u64) -> PositiveMoney {
    PositiveMoney::of_minor(cents, dollars()).unwrap()
}

fn dollars() -> Currency {
    Currency::parse("USD").unwrap()
}

/// The clock and randomness of the machine.
pub(crate) fn machine() -> Environment {
    causeway_runtime::machine::environment()
}

/// A payment system in test mode that holds first and may release holds.
pub(crate) fn payment_system(processor: ProcessorKind) -> PaymentSystem {
    PaymentSystem {
        name: SYSTEM.to_owned(),
        processor,
        login: "login".to_owned(),
        account: String::new(),
        publishable_key: None,
        test_mode: true,
        capture_mode: CaptureMode::Manual,
        active: true,
        brands: Brand::ALL.iter().copied().collect(),
        method_types: BTreeSet::from([MethodType::Card]),
        card_data_mode: CardDataMode::TokenOnly,
        cvc_required: false,
        method_without_hold: WithoutHold::Refuse,
        card_list_lives: Duration::from_mins(15),
        release_hold: true,
        refund_approval: false,
        warn_of_hold: Some(Duration::from_hours(24)),
        renew_hold: None,
    }
}

/// The settings of an engine for one payment system; no job runs unless the test calls the job.
pub(crate) fn config(system: PaymentSystem) -> EngineConfig {
    let limits = limits(dollars()).unwrap();
    let assignment = Assignment {
        payment_system: system.name.clone(),
        minimum: limits.minimum,
        maximum: limits.maximum,
        step: step_rule(dollars()).unwrap(),
    };
    let tenant = Tenant {
        name: tenant(),
        active: true,
        payment_systems: BTreeMap::from([(system.name.clone(), system)]),
        currencies: BTreeMap::from([(dollars(), vec![assignment])]),
    };
    EngineConfig {
        environment: "test".to_owned(),
        operations_at_once: 512,
        jobs: JobIntervals::default(),
        recovery: RecoveryLimits::default(),
        tenants: BTreeMap::from([(tenant.name.clone(), tenant)]),
    }
}

/// A constant key for fingerprints.
pub(crate) fn fingerprint_keys() -> FingerprintKeys {
    let current = FingerprintKey::parse(&"YSBrZXkgZm9yIGZpbmdlcnByaW50cyBvZiB0ZXN0cyE=".into())
        .unwrap_or_else(|why| panic!("{why}"));
    FingerprintKeys { current, previous: vec![] }
}

/// A folder with an empty journal, "relay.db". The folder is in memory where possible, because the
/// speed of a disk is not under test.
pub(crate) fn folder_with_journal() -> TempDir {
    let memory = Path::new("/dev/shm");
    let builder = tempfile::Builder::new();
    let folder = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
    let folder = folder.unwrap();
    std::fs::write(folder.path().join("relay.db"), empty_journal()).unwrap();
    folder
}

/// Created once, because the migrations take longer than a test.
fn empty_journal() -> &'static [u8] {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (made, copy) = (folder.path().join("made.db"), folder.path().join("copy.db"));
        let journal = Sqlite::open(&made, 0).unwrap();
        let connection = rusqlite::Connection::open(&made).unwrap();
        connection.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        drop(journal);
        std::fs::read(copy).unwrap()
    })
}
