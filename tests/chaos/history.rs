//! Everything that was asked and answered, with times: in memory for the judge, in a file
//! for whoever wants to know what happened.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Mutex,
};

use serde_json::json;
use tokio::time::Instant;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Authorize,
    Capture,
    Release,
    Refund,
}

/// What billing was told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Approved,
    /// The failure's code.
    Declined(String),
    /// The payer has to act, or Stripe works on it.
    NotYet,
    Unknown,
    /// A refusal for good, by its reason.
    Refused(String),
    /// Anything after which billing asks again, by its name.
    Nothing(String),
}

impl Told {
    /// Whether billing may rely on it.
    pub(crate) fn is_definitive(&self) -> bool {
        matches!(self, Told::Approved | Told::Declined(_) | Told::Refused(_))
    }
}

/// One request id, and all that became of it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) kind: Kind,
    pub(crate) tenant: usize,
    pub(crate) coins: u64,
    pub(crate) currency: &'static str,
    pub(crate) with_number: bool,
    /// Whether what is authorized is taken at once.
    pub(crate) at_once: bool,
    /// Every reply, and for answers a digest of all that they say.
    pub(crate) told: Vec<(Told, Option<u64>)>,
    /// Replies to others who used the id for something else.
    pub(crate) told_others: Vec<Told>,
    /// What GetPayment said right after it was approved.
    pub(crate) behind: Option<String>,
    /// What GetPayment said of it in the end, if nobody had an answer by then.
    pub(crate) looked: Option<String>,
}

impl Request {
    pub(crate) fn was_told(&self, wanted: impl Fn(&Told) -> bool) -> bool {
        self.told.iter().any(|(told, _)| wanted(told))
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.was_told(Told::is_definitive)
    }
}

/// The history of a run.
pub(crate) struct History {
    begun: Instant,
    file: Mutex<BufWriter<File>>,
    requests: Mutex<BTreeMap<String, Request>>,
}

impl History {
    pub(crate) fn in_file(file: &Path) -> History {
        let file = Mutex::new(BufWriter::new(File::create(file).unwrap()));
        History { begun: Instant::now(), file, requests: Mutex::default() }
    }

    /// Something happened.
    pub(crate) fn note(&self, what: &str, who: &str, how: &str) {
        let at = u64::try_from(self.begun.elapsed().as_micros()).unwrap();
        let line = json!({"at": at, "what": what, "who": who, "how": how});
        writeln!(self.file.lock().unwrap(), "{line}").unwrap();
    }

    /// A request is made for the first time.
    pub(crate) fn begin(&self, id: &str, request: Request) {
        self.requests.lock().unwrap().entry(id.to_owned()).or_insert(request);
    }

    pub(crate) fn reply(&self, id: &str, told: Told, digest: Option<u64>) {
        self.note("told", id, &format!("{told:?}"));
        self.change(id, |request| request.told.push((told, digest)));
    }

    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Request)) {
        change(self.requests.lock().unwrap().get_mut(id).expect("it was begun"));
    }

    pub(crate) fn requests(&self) -> BTreeMap<String, Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn flush(&self) {
        self.file.lock().unwrap().flush().unwrap();
    }
}
