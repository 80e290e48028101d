//! The port's suite for the journal on SQLite, and for journals with one fault each.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use causeway_journal::sqlite::{Duplicates, Options, Sqlite, Synchronous};
use causeway_port_suites::journal::{JournalUnderTest, check, journal};
use causeway_ports::journal::Journal;

use liar::{Liar, Lie};

/// A journal with one fault.
mod liar;

/// Journals in a directory, one file each.
struct InFolder {
    folder: tempfile::TempDir,
    number: AtomicU32,
    last: Mutex<PathBuf>,
    options: Options,
    lie: Option<Lie>,
}

impl InFolder {
    fn new(options: Options, lie: Option<Lie>) -> InFolder {
        let folder = tempfile::tempdir().unwrap();
        InFolder { folder, number: AtomicU32::new(0), last: Mutex::default(), options, lie }
    }

    fn open(&self) -> Result<Arc<dyn Journal>, String> {
        let path = self.last.lock().unwrap().clone();
        let honest = Sqlite::open_with(&path, self.options).map_err(|error| error.to_string())?;
        Ok(match self.lie {
            None => Arc::new(honest),
            Some(lie) => Arc::new(Liar::new(honest, lie)),
        })
    }
}

#[async_trait]
impl JournalUnderTest for InFolder {
    async fn fresh(&self) -> Result<Arc<dyn Journal>, String> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        *self.last.lock().unwrap() = self.folder.path().join(format!("{number}.db"));
        self.open()
    }

    async fn reopened(&self, journal: Arc<dyn Journal>) -> Result<Option<Arc<dyn Journal>>, String> {
        match self.lie {
            Some(Lie::LeasesSurviveARestart) => Ok(Some(journal)),
            Some(Lie::ARestartForgets) => self.fresh().await.map(Some),
            Some(_) | None => {
                drop(journal);
                self.open().map(Some)
            }
        }
    }
}

#[tokio::test]
async fn sqlite_keeps_the_journals_promises() {
    let sqlite = InFolder::new(Options::default(), None);
    if let Err(report) = journal(&sqlite).await {
        panic!("{report}");
    }
}

/// The fault of a journal that replaces an operation of the same request id.
#[tokio::test]
async fn the_suite_finds_a_journal_that_replaces_duplicates() {
    let options = Options { duplicates: Duplicates::Replaced, ..Options::default() };
    let name = "a_request_id_begins_once";
    let report = check(&InFolder::new(options, None), name).await.unwrap_err();
    assert!(report.has(name), "{report}");
}

/// Without a fault, the decorator passes the whole suite.
#[tokio::test]
async fn the_suite_finds_no_fault_in_an_honest_decorator() {
    let sqlite = InFolder::new(Options::default(), Some(Lie::None));
    if let Err(report) = journal(&sqlite).await {
        panic!("{report}");
    }
}

#[tokio::test]
async fn the_suite_finds_every_lie() {
    for (lie, name) in Lie::ALL {
        let options = Options { synchronous: Synchronous::Off, ..Options::default() };
        let found = check(&InFolder::new(options, Some(lie)), name).await;
        assert!(found.is_err_and(|report| report.has(name)), "{lie:?} is not found by {name}");
    }
}
