//! The bad-input corpus: tables of wrong input with the expected answers.
//!
//! Every case is refused with the expected code and reason, the answer does not repeat secret text,
//! and the case leaves neither a row nor a call to Stripe. Input that only looks wrong is accepted,
//! and counted separately.

use std::{
    cell::Cell,
    collections::HashSet,
    path::Path,
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use causeway_sandbox::Sandbox;
use prost::Message;
use tokio::{task::JoinSet, time::Instant};
use tonic_types::StatusExt;

use crate::stage::{
    Stage,
    billing::reason,
    settings::{self, BILLING_TOKEN},
    signed_requests::http2,
};

/// Amounts and currencies, valid and invalid.
mod amounts;
/// Card data, valid and invalid.
mod cards;
/// Keys and free texts of each message.
mod texts;
/// Wrong texts, by the kind of field.
mod hostile_texts;
/// Wrong details of a customer.
mod customers;
/// Well-formed texts that name no existing object.
mod unknown_references;
/// Bytes that are no message of the contract.
mod protobuf;
/// More bytes that are no message, and some that are one.
mod bytes;
/// Requests over the link with a signature that does not match.
mod link;
/// Changes of a signed request.
mod forged_requests;
/// Changes of the header `Signature-Input`.
mod signature_inputs;
/// A Stripe with hostile answers.
mod stripe_answers;
/// Answers of Stripe that are no objects.
mod raw_replies;
/// Answers with another object than the requested one.
mod stripe_objects;
/// Invalid or unusual JSON.
mod json;
/// Webhooks without a valid or recent signature.
mod webhooks;
/// Valid and invalid webhook signatures.
mod signatures;
/// Frames of HTTP/2, and the server's reactions.
mod frames;
/// HTTP/2 frames that are wrong.
mod framing;
/// HTTP/2 frames that are too many.
mod frame_floods;
/// Settings files and secret files.
mod settings_files;
/// The number of cases in each class.
mod counts;

const MALFORMED: &str = "InvalidArgument MALFORMED_REQUEST";
const ACCEPTED: &str = "let in";

/// Cases that are in flight at the same time.
const CONCURRENT_CASES: usize = 16;
/// The deadline of one case, with the others in flight.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest text that an answer may repeat, in characters.
const MAX_REPEATED: usize = 40;
/// Tables in which a refused case must leave no row.
const TABLES: [&str; 4] = ["operation", "payment", "customer", "card"];

/// A call of a method, and the expected result.
#[derive(Clone)]
struct Case {
    label: String,
    method: &'static str,
    message: Vec<u8>,
    verdict: &'static str,
    /// The field that `BadRequest` has to name; empty: any field.
    field: String,
    /// Texts that the answer must not repeat.
    hidden: Vec<String>,
}

impl Case {
    fn new(
        method: &'static str,
        label: impl Into<String>,
        message: &impl Message,
        verdict: &'static str,
    ) -> Case {
        Case::of_bytes(method, label, message.encode_to_vec(), verdict)
    }

    fn of_bytes(
        method: &'static str,
        label: impl Into<String>,
        message: Vec<u8>,
        verdict: &'static str,
    ) -> Case {
        Case { label: label.into(), method, message, verdict, field: String::new(), hidden: vec![] }
    }

    /// Sets the field that `BadRequest` has to name.
    fn field(self, field: impl Into<String>) -> Case {
        Case { field: field.into(), ..self }
    }

    /// A text that must not be repeated if long, or if the text has the digits of a card number.
    fn non_repeatable(mut self, text: &str) -> Case {
        let digits = text.chars().filter(|character| character.is_numeric()).count();
        if text.chars().count() > MAX_REPEATED || digits > 11 {
            self.hidden.push(text.to_owned());
        }
        self
    }

    /// A text that must never be repeated; texts of fewer than three characters
    /// occur in any answer.
    fn secret(mut self, text: &str) -> Case {
        if text.chars().count() > 2 {
            self.hidden.push(text.to_owned());
        }
        self
    }

    /// Calls the adapter; returns a description of a wrong answer.
    async fn play(self, client: reqwest::Client, url: String) -> Option<String> {
        let length = u32::try_from(self.message.len()).unwrap().to_be_bytes();
        let request = client
            .post(format!("{url}/causeway.v1.Processor/{}", self.method))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("authorization", format!("Bearer {BILLING_TOKEN}"))
            .body([&[0], length.as_slice(), &self.message].concat());
        let answer = Answer::to(request).await;
        let wrong = answer.differs(self.verdict, &self.field, &self.hidden)?;
        Some(format!("{} {}: {wrong}", self.method, self.label))
    }
}

/// A unique request id, so that no case receives another case's answer.
fn next() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("case-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The start of a text, in readable form.
fn shown(text: &str) -> String {
    let beginning: String = text.chars().take(60).collect();
    if text.len() > 60 { format!("{beginning:?}… of {} bytes", text.len()) } else { format!("{text:?}") }
}

/// The answer of the adapter.
struct Answer {
    verdict: String,
    /// The whole text of the answer, the bytes of the details included.
    text: String,
    fields: Vec<String>,
}

impl Answer {
    /// The answer to a request: a refusal, or a whole message.
    async fn to(request: reqwest::RequestBuilder) -> Answer {
        let plain = |verdict: String| Answer { verdict, text: String::new(), fields: vec![] };
        let response = match request.timeout(PATIENCE).send().await {
            Ok(response) => response,
            Err(error) => return plain(format!("no answer: {error:?}")),
        };
        let Some(status) = tonic::Status::from_header_map(response.headers()) else {
            let body = response.bytes().await.unwrap_or_default();
            let whole = body.len() >= 5 && body[0] == 0;
            return plain(if whole { ACCEPTED.to_owned() } else { format!("half an answer: {body:?}") });
        };
        let details = status.get_error_details();
        let violations = details.bad_request().map(|wrong| wrong.field_violations.as_slice());
        let named = violations.unwrap_or_default().iter().map(|violation| violation.field.clone());
        Answer {
            verdict: reason(&status),
            text: format!("{} {}", status.message(), String::from_utf8_lossy(status.details())),
            fields: named.collect(),
        }
    }

    /// The difference to the expected answer.
    fn differs(&self, verdict: &str, field: &str, hidden: &[String]) -> Option<String> {
        let text = &self.text;
        if self.verdict != verdict {
            return Some(format!("{} instead of {verdict}: {text}", self.verdict));
        }
        if !field.is_empty() && !self.fields.iter().any(|named| named == field) {
            return Some(format!("{:?} instead of {field}: {text}", self.fields));
        }
        hidden.iter().find(|hidden| repeats(text, hidden)).map(|_| format!("the answer repeats it: {text}"))
    }
}

/// Whether an answer repeats a text, the text's beginning, or the text's
/// digits in another spelling.
fn repeats(text: &str, hidden: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let beginning: String = hidden.chars().take(MAX_REPEATED + 1).collect();
    let number = digits(hidden);
    text.contains(&beginning) || number.len() > 11 && digits(text).contains(&number)
}

/// Plays cases in small groups, and checks after each group for rows and calls left
/// behind. Returns all failures.
async fn play<C, F>(
    cases: Vec<C>,
    play: impl Fn(C) -> F,
    leftovers: impl Fn() -> Option<String>,
) -> Vec<String>
where
    F: Future<Output = Option<String>> + Send + 'static,
{
    let (mut wrong, mut before) = (vec![], None);
    let mut cases = cases.into_iter().peekable();
    while cases.peek().is_some() {
        let mut few = JoinSet::new();
        for case in cases.by_ref().take(CONCURRENT_CASES) {
            few.spawn(play(case));
        }
        wrong.extend(few.join_all().await.into_iter().flatten());
        let now = leftovers();
        wrong.extend(now.clone().filter(|_| now != before));
        before = now;
    }
    wrong
}

/// Plays a class of cases at an adapter: first the refused cases, which leave no rows and
/// calls behind, then the accepted ones. `counts` are the expected numbers of both, so that no
/// case is lost unseen.
async fn play_class(
    name: &str,
    stage: &Stage,
    refused: Vec<Case>,
    accepted: Vec<Case>,
    counts: (usize, usize),
) {
    let (start, panics) = (Instant::now(), panics());
    assert_eq!((refused.len(), accepted.len()), counts, "cases of {name}: refused, let in");
    check_unique_names(refused.iter().chain(&accepted).map(|case| format!("{} {}", case.method, case.label)));
    let (client, url) = (http2(), format!("http://{}", stage.adapter.address));
    let play_case = |case: Case| case.play(client.clone(), url.clone());
    let mut wrong = play(refused, play_case, || leftovers(&stage.journal(), &stage.sandbox)).await;
    wrong.extend(play(accepted, play_case, || None).await);
    print_result(name, counts, start, &wrong, panics);
}

/// Every case has a unique name.
fn check_unique_names(names: impl Iterator<Item = String>) {
    let mut seen = HashSet::new();
    for name in names {
        assert!(seen.insert(name.clone()), "twice: {name}");
    }
}

/// Prints the counts and fails on wrong answers.
fn print_result(name: &str, counts: (usize, usize), start: Instant, wrong: &[String], panics_before: usize) {
    counts::check(name, counts);
    let ((refused, accepted), seconds) = (counts, start.elapsed().as_secs_f64());
    eprintln!("corpus: {name}: {refused} to be refused, {accepted} to be let in, {seconds:.1} s");
    let shown: Vec<_> =
        wrong.iter().take(60).map(|wrong| wrong.chars().take(400).collect::<String>()).collect();
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), shown.join("\n"));
    assert_eq!(panics(), panics_before, "something has panicked behind an answer");
}

/// Rows and calls that a refused case must not leave.
fn leftovers(journal: &Path, sandbox: &Sandbox) -> Option<String> {
    let rows = TABLES.map(|table| settings::rows(journal, table));
    let calls = sandbox.calls_made();
    (rows != [0; 4] || calls > 0).then(|| format!("rows of {TABLES:?}: {rows:?}, calls: {calls}"))
}

/// Panics on this thread so far; all tasks of a test run on this thread. A server hides panics: the
/// client of the panicking call gets an ordinary error.
fn panics() -> usize {
    thread_local! {
        static PANICS: Cell<usize> = const { Cell::new(0) };
    }
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.set(PANICS.get() + 1);
            before(panic);
        }));
    });
    PANICS.get()
}
