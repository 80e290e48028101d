//! The history of all requests and answers, with times: in memory for the judge, in a file for the
//! reader of a failed run.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Mutex,
};

use serde_json::json;
use tokio::time::Instant;

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Authorize,
    Capture,
    Release,
    Refund,
}

/// The answer that the billing platform received.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    Approved,
    /// The code of the failure.
    Declined(String),
    /// The payer has to act, or the processor is still working.
    NotYet,
    Unknown,
    /// A final refusal, with the reason.
    Refused(String),
    /// An answer or error after which the billing platform asks again, with a name.
    Nothing(String),
}

impl Reply {
    /// Whether the billing platform may rely on the answer.
    pub(crate) fn is_definitive(&self) -> bool {
        matches!(self, Reply::Approved | Reply::Declined(_) | Reply::Refused(_))
    }
}

/// One request id, with all answers.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) kind: Kind,
    pub(crate) tenant: usize,
    pub(crate) minor_units: u64,
    pub(crate) currency: &'static str,
    pub(crate) with_number: bool,
    /// Whether the amount is captured at once.
    pub(crate) at_once: bool,
    /// Every reply, with a digest of each answer's content.
    pub(crate) reply: Vec<(Reply, Option<u64>)>,
    /// Replies to other requests with the same request id.
    pub(crate) replies_to_others: Vec<Reply>,
    /// The status from GetPayment right after the approval.
    pub(crate) journal_status: Option<String>,
    /// The status from GetPayment at the end, for a request without an answer.
    pub(crate) status_at_end: Option<String>,
}

impl Request {
    pub(crate) fn was_answered(&self, wanted: impl Fn(&Reply) -> bool) -> bool {
        self.reply.iter().any(|(reply, _)| wanted(reply))
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.was_answered(Reply::is_definitive)
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

    /// Writes a line of the history.
    pub(crate) fn note(&self, event: &str, id: &str, detail: &str) {
        let at = u64::try_from(self.begun.elapsed().as_micros()).unwrap();
        let line = json!({"at": at, "what": event, "who": id, "how": detail});
        writeln!(self.file.lock().unwrap(), "{line}").unwrap();
    }

    /// Records a request before the first call.
    pub(crate) fn begin(&self, id: &str, request: Request) {
        self.requests.lock().unwrap().entry(id.to_owned()).or_insert(request);
    }

    pub(crate) fn reply(&self, id: &str, reply: Reply, digest: Option<u64>) {
        self.note("told", id, &format!("{reply:?}"));
        self.change(id, |request| request.reply.push((reply, digest)));
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
